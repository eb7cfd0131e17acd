"""What somebody decided to have done, as it has to be submitted: the requests, and what must still be so when they are."""

import msgspec

from ledger.core.model import Guard
from ledger.core.requests import AnyRequest


class Resolution(msgspec.Struct, frozen=True):
    """The requests of a resolution, what guards them, and whose entries somebody else must have made."""

    requests: tuple[AnyRequest, ...]
    guards: tuple[Guard, ...]
    other_than: tuple[int, ...] = ()
