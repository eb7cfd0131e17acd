"""What clients get back about schedules, forecasts and reviews. Money is text."""

from datetime import date

from msgspec import Struct

from ledger.budgets.forecast import Forecast
from ledger.budgets.reviews import ReviewDue
from ledger.budgets.scheduled import PeriodsRead, PeriodState
from ledger.money import format_amount, format_pounds
from policies.bundle import Limits
from policies.forecasting import warnings_of


class PartOut(Struct, frozen=True):
    """What of an amount is of one financial year."""

    year: str
    amount: str


class SchedulePeriodOut(Struct, frozen=True, kw_only=True):
    """One period: named by `period`, its first day, on which it is due. `state` is due, asked (waits for its decision or payment),
    paid, returned (due again), offset, cut or closed (its line has ended); `left` is what was not paid of it."""

    period: date
    due: date
    covers_from: date
    covers_to: date
    amount: str
    years: list[PartOut]
    state: str
    paid: str
    returned: str
    offset: str
    cut: str
    left: str
    payments: list[int]


class ScheduleOut(Struct, frozen=True, kw_only=True):
    """The schedule of a line as it was last stated, and all its periods, those before the last change too. `total` is what they
    come to."""

    line: str
    state: str
    frequency: str
    start: date
    end: date
    amount: str | None
    yearly: str | None
    day_count: str | None
    total: str
    periods: list[SchedulePeriodOut]


def _amount(pence: int | None) -> str | None:
    return None if pence is None else format_amount(pence)


def period_of(state: PeriodState) -> SchedulePeriodOut:
    """A period as it stands."""
    period = state.period
    return SchedulePeriodOut(
        period=period.first, due=period.due, covers_from=period.first, covers_to=period.last,
        amount=format_amount(period.amount), years=[PartOut(year, format_amount(part)) for year, part in period.parts],
        state=state.state, paid=format_amount(state.paid), returned=format_amount(state.returned),
        offset=format_amount(state.offset), cut=format_amount(state.cut), left=format_amount(state.left),
        payments=list(state.payments),
    )  # fmt: skip


def schedule_out(read: PeriodsRead, line: str) -> ScheduleOut | None:
    """The schedule of a line, or None where it has none."""
    last = read.last_of(line)
    if last is None:
        return None
    schedule, act = last
    states = read.states_of(line)
    return ScheduleOut(
        line=line, state="ended" if act == "ended" or line in read.ended else "agreed", frequency=schedule.frequency,
        start=schedule.start, end=schedule.end, amount=_amount(schedule.amount), yearly=_amount(schedule.yearly),
        day_count=schedule.day_count, total=format_amount(sum(state.period.amount for state in states)),
        periods=[period_of(state) for state in states],
    )  # fmt: skip


class ForecastOut(Struct, frozen=True, kw_only=True):
    """How long the money of one line lasts, with the working: `spent_in_window` between `window_from` and `window_to` is
    `per_week`; at that, with what is planned, `needed` is what care costs up to `end`, and no less than what is `held`; `over` is
    what of `left` (available + held + advanced) is then left over, or lacking. `lasts_until` is the last day that it covers.
    `time_gone` and `money_gone` are per cent of the line's days and of its money. `schedule_over` is what is available beyond
    `schedule_to_come`. `warnings` are shortfall, schedule_short and surplus, by the local values of the rules."""

    line: str
    on: date
    end: date
    window_from: date
    window_to: date
    spent_in_window: str
    per_week: str
    available: str
    held: str
    advanced: str
    left: str
    needed: str
    over: str
    lasts_until: date
    covers_to_end: bool
    time_gone: str
    money_gone: str
    schedule_to_come: str
    schedule_over: str
    warnings: list[str]
    says: str


class ReviewDueOut(Struct, frozen=True, kw_only=True):
    """When the next review of a budget is due, and why: first (three months after the first payment), regular (twelve after the
    last), shortfall, asked_for, health_changed, or reconsidered: a plan that was looked at again is to be changed. One that is
    `overdue` is the commissioner's breach of reg 14, or of what it answered."""

    person: str
    due: date
    reason: str
    held_on: date | None
    first_paid: date | None
    overdue: bool


class ForecastsOut(Struct, frozen=True, kw_only=True):
    """The forecasts of all lines that have not ended, after one entry, and the next review."""

    through_entry: int
    person: str
    lines: list[ForecastOut]
    review: ReviewDueOut | None


class WhatIfOut(Struct, frozen=True, kw_only=True):
    """What would be, beside what is. Nothing was posted, and it promises nothing."""

    through_entry: int
    now: ForecastOut
    then: ForecastOut


class ReviewsOut(Struct, frozen=True):
    """A page of reviews that are due, by person. `kept_back` are of people whose records are for others of the staff."""

    reviews: list[ReviewDueOut]
    kept_back: int


def forecast_out(found: Forecast, limits: Limits) -> ForecastOut:
    """A forecast with its working and one sentence."""
    line = found.line
    return ForecastOut(
        line=line.line, on=found.on, end=found.end, window_from=found.window[0], window_to=found.window[1],
        spent_in_window=format_amount(line.spent_in_window), per_week=format_amount(found.per_week),
        available=format_amount(line.available), held=format_amount(line.held), advanced=format_amount(line.advanced),
        left=format_amount(line.left), needed=format_amount(found.needed), over=format_amount(found.over),
        lasts_until=found.lasts_until, covers_to_end=found.covers_to_end, time_gone=_percent(found.time_gone),
        money_gone=_percent(found.money_gone), schedule_to_come=format_amount(line.to_come),
        schedule_over=format_amount(found.schedule_over), warnings=list(warnings_of(found, limits)), says=_says(found),
    )  # fmt: skip


def review_out(found: ReviewDue, today: date) -> ReviewDueOut:
    """A review that is due; overdue once its day has passed."""
    return ReviewDueOut(
        person=found.person, due=found.due, reason=found.reason, held_on=found.held_on, first_paid=found.first_paid,
        overdue=found.due < today,
    )  # fmt: skip


def _percent(thousandths: int) -> str:
    whole, rest = divmod(abs(thousandths), 10)
    return f"{'-' if thousandths < 0 else ''}{whole}.{rest}"


def _says(found: Forecast) -> str:
    day = f"{found.lasts_until.day} {found.lasts_until:%B %Y}"
    if found.covers_to_end:
        return f"The money lasts until {day}, when this part of the budget ends, with {format_pounds(found.over)} left over."
    return f"The money lasts until {day}. {format_pounds(-found.over)} more would be needed to last to the end."
