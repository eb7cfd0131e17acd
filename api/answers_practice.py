"""What clients get back about how soon invoices are paid."""

from datetime import date

from msgspec import Struct

from api.answers_taking_on import CoveredOut


class PracticeOut(Struct, frozen=True, kw_only=True):
    """Invoices paid in a time, in all and within 30 days, by number and value. A percentage is text with one decimal place, rounded
    down; null of no invoices. `undated` are those of which nobody said when they came."""

    first_day: date
    last_day: date
    currency: str
    target_percent: int
    invoices: int
    invoices_within_30_days: int
    percent_by_number: str | None
    amount: str
    amount_within_30_days: str
    percent_by_value: str | None
    undated: int
    coverage: CoveredOut
