"""What clients may send about bills to partners."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire import Code, Currency, Day, Size
from api.wire_budgets import Name, Words

Part = Annotated[
    str,
    Meta(
        description="Pounds and pence as text, nought or above.",
        examples=["75.50"],
        extra_json_schema={"pattern": r"^(0|[1-9][0-9]{0,12})\.[0-9]{2}$"},
    ),
]


class BillIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bills a partner for their part of the cost of these days, under a number of yours."""

    bill: Name
    start: date = field(name="from")
    end: date = field(name="to")
    amount: Size
    currency: Currency
    effective_on: Day


class BillDisputeIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The partner disputes this much of what is open of a bill; 0.00 ends it."""

    amount: Part
    reason: Code
    words: Words | None = None


class BillPaymentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The partner paid this much of a bill, to this bank of ours."""

    amount: Size
    currency: Currency
    bank: Name
    effective_on: Day


class BillCreditIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """This much was billed too much; it can be billed again."""

    amount: Size
    currency: Currency
    reason: Code
    effective_on: Day


class BillingBasisIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What partners are billed on from a day on: cost as it is recognised, or once it is paid."""

    basis: Literal["spent", "paid"]
    start: date = field(name="from")
