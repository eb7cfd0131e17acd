"""What clients may send about payments that came back."""

from msgspec import Struct

from api.wire import Code, Day


class ReturnIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A payment came back whole. `reason` is a code, such as the bank's own: `account_closed`."""

    effective_on: Day
    reason: Code
