"""What finance sends around the close of a month or a year."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Currency, Size
from api.wire_budgets import Name


class SoftPeriodIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Closes a month to others than finance, or opens it to them again, for which a reason is needed."""

    reason: Code | None = None


class BasisIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Which view of cost is the book's own from a day on: of care that is evidenced, or paid for."""

    basis: Literal["evidenced", "paid"]
    first_day: Annotated[date, Meta(description="The first accounting day that it holds for.")]


class AccrualIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Decides the estimate of one line for a month that is over: accepted at this amount, which needs a reason where it is not the
    one proposed, or dropped, which needs one always."""

    line: Name
    amount: Size
    currency: Currency
    dropped: bool = False
    reason: Code | None = None
