"""What clients may send about schedules, forecasts and reviews."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Currency, Size
from api.wire_budgets import Name, Words

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


class WhatIfChangeIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One thing that might change, from `start` to `end`, or for good. `hours`: so many hours a week more (`fewer`: less) at
    `rate`. `price`: what care costs becomes `percent` of it. `hospital_stay`: care costs `percent` of it while it lasts, as a
    retainer, and nothing if left out. `new_assistant`: hours a week at `rate`, `percent` of on-costs on top, and `start_up` once.
    Hours are text with two decimals, like money."""

    kind: Literal["hours", "price", "hospital_stay", "new_assistant"]
    start: date
    end: date | None = None
    hours_a_week: Size | None = None
    rate: Size | None = None
    fewer: bool = False
    percent: Annotated[int, Meta(ge=0, le=1000)] | None = None
    start_up: Size | None = None


class WhatIfIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What would become of a line's money. `end` is another last day for it; `on` the day to look from, today if left out."""

    line: Name
    currency: Currency
    changes: Annotated[list[WhatIfChangeIn], Meta(max_length=20)] = []
    end: date | None = None
    on: date | None = None


class ForecastReviewIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Opens a review if the money of a line is forecast to run out, as things stand on this day."""

    on: date


class ReviewCallIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Why a review is called for, and the day on which that was told. `health_changed`: significantly, and nothing says how."""

    on: date
    reason: Literal["health_changed", "asked_for"]


class ReviewIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A review as it was held on a day, and what became of the plan. `words` are erasable."""

    on: date
    outcome: Literal["unchanged", "changed", "ended"]
    words: Words | None = None
