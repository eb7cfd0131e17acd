"""What clients may send about a take-on, and about imported payments that find their line."""

from datetime import date

from msgspec import Struct

from api.wire import Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, ServiceCode


class AssignmentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An imported payment, or a part of one, assigned to a line. `source` is the feed that it came by and `payee` its reference
    there, as in the account `unassigned/{source}/{payee}`. `hold` is the order that it pays, if there is one; `final` says that
    nothing else follows for it."""

    line: Name
    source: Name
    payee: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    effective_on: Day
    care_from: date | None = None
    care_to: date | None = None
    hold: EntryNumber | None = None
    final: bool = False
