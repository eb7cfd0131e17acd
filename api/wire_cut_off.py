"""What is sent when a year is cut off: estimates of care whose invoice or evidence has not come, and what undoes a closed year."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, ServiceCode, Words

Year = Annotated[
    str, Meta(description="A financial year that is over.", examples=["2025-26"], pattern="^[0-9]{4}-[0-9]{2}$")
]


class UninvoicedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Care that a payee gave in a year that is over and has not invoiced, at an estimate. It posts nothing until another person
    accepts it. `hold` is the order that it is taken from, which ends with it."""

    line: Name
    payee: Name
    service: ServiceCode
    year: Year
    amount: Size
    currency: Currency
    hold: EntryNumber | None = None
    care_from: date | None = None
    care_to: date | None = None
    words: Words | None = None


class CareBoughtIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Care that a direct payment bought in a year that is over and whose evidence is to come, at an estimate. It posts nothing
    until another person accepts it."""

    line: Name
    service: ServiceCode
    year: Year
    amount: Size
    currency: Currency
    care_from: date | None = None
    care_to: date | None = None
    words: Words | None = None


class CorrectionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Undoes one movement of care of a closed year whole, once, in the open year of this accounting day. `reason` is a code."""

    effective_on: Day
    reason: Code


class PrepaymentsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Makes what was paid ahead for a year the care of that year, once it has begun."""


class EstimateAcceptIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Accepts an estimate that another person entered; it stands on the last day of its year."""
