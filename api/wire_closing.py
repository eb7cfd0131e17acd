"""What finance sends around the close of a month or a year."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Currency, EntryNumber, Size
from api.wire_budgets import Name


class SoftPeriodIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Closes a month to others than finance, or opens it to them again, for which a reason is needed."""

    reason: Code | None = None


class BasisIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which view of cost is the book's own from a day on: of care that is evidenced, or paid for."""

    basis: Literal["evidenced", "paid"]
    first_day: Annotated[date, Meta(description="The first accounting day that it holds for.")]


class CarryRuleIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What becomes of a fund's money at the end of years from a day on: all goes on; only what is committed does (paid out ahead,
    being recovered, ordered); or nothing is carried, and what is out already is the first call on the next year."""

    rule: Literal["all", "committed", "none"]
    first_day: Annotated[date, Meta(description="The first accounting day that it holds for.")]


class YearEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Proposes the end of a year, as the balances and rules are now."""


class YearEndConfirmIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Confirms a proposal, by another than made it."""

    proposal: EntryNumber


class LineEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Ends the year of one line. `approved` is the number of the decision that referred the same before, once another person has
    approved it."""

    line: Name
    approved: EntryNumber | None = None


class FundEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Ends the year of what a fund gave to no line; `approved` as for a line."""

    fund: Name
    approved: EntryNumber | None = None


class AccrualIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Decides the estimate of one line for a month that is over: accepted at this amount, which needs a reason where it is not the
    one proposed, or dropped, which needs one always."""

    line: Name
    amount: Size
    currency: Currency
    dropped: bool = False
    reason: Code | None = None
