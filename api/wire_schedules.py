"""What clients may send about schedules, forecasts and reviews."""

from datetime import date
from typing import Literal

from msgspec import Struct

from api.wire import Currency, Size

Frequency = Literal["four_weekly", "monthly", "quarterly", "one_off"]


class ScheduleIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The intervals at which a line is paid out, from a first day to a last. Either `amount` is what each whole period is, or
    `yearly` what a year is, with the rule for parts of it: by 365ths, or by the actual days of each financial year."""

    frequency: Frequency
    start: date
    end: date
    currency: Currency
    amount: Size | None = None
    yearly: Size | None = None
    day_count: Literal["365", "actual"] | None = None


class ScheduleEndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Ends a schedule: after this day no period begins."""

    on: date
