"""What clients may send about a take-on, and about imported payments that find their line."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, ServiceCode, Words


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


class AgreementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The side that holds the earlier record agrees to a take-on. `party` is its code, such as another book's or a council's;
    `differences` are those of the take-on, named one by one; `words` say why they are accepted."""

    party: Code
    differences: Annotated[list[Code], Meta(max_length=20)] = []
    words: Words | None = None


class TakeOnSignatureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs a take-on; there is nothing to say besides."""
