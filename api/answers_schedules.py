"""What clients get back about schedules, forecasts and reviews. Money is text."""

from datetime import date

from msgspec import Struct

from ledger.budgets.scheduled import PeriodsRead, PeriodState
from ledger.money import format_amount


class PartOut(Struct, frozen=True):
    """What of an amount is of one financial year."""

    year: str
    amount: str


class PeriodOut(Struct, frozen=True, kw_only=True):
    """One period: named by `period`, its first day, on which it is due. `state` is due, asked (waits for its decision or payment),
    paid, returned (due again), offset or cut; `left` is what is still due of it."""

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
    periods: list[PeriodOut]


def _amount(pence: int | None) -> str | None:
    return None if pence is None else format_amount(pence)


def period_of(state: PeriodState) -> PeriodOut:
    """A period as it stands."""
    period = state.period
    return PeriodOut(
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
        line=line, state="ended" if act == "ended" else "agreed", frequency=schedule.frequency, start=schedule.start,
        end=schedule.end, amount=_amount(schedule.amount), yearly=_amount(schedule.yearly), day_count=schedule.day_count,
        total=format_amount(sum(state.period.amount for state in states)), periods=[period_of(state) for state in states],
    )  # fmt: skip
