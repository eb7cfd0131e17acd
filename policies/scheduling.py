"""Schedules of lines that are paid out: agreed, changed from a period on, or ended; nothing that was paid or met is changed.

What a schedule may be was agreed in the plan: it stays within the line's dates, and its amount without what is kept for
emergencies, and where the plan says what each instalment is, it says the same.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.plans import Line
from ledger.budgets.reading import setup_of, version_of
from ledger.budgets.schedule import Period, Schedule
from ledger.budgets.scheduled import (
    PeriodsRead,
    ScheduleNotOnPeriod,
    periods_after,
    read_periods,
    schedule_recorded,
)
from ledger.budgets.standing import line_said, read_standing
from ledger.core.model import Guard
from policies.gate import NotPaidOut
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any


class NotScheduled(NotSettled):
    """Why a schedule is not taken: schedule_known, schedule_unknown, schedule_outside_line, schedule_over_line, schedule_differs,
    schedule_not_on_period, period_met."""


async def _line(connection: Connection, book_id: int, person: str, name: str) -> tuple[Line, int]:
    """A line that is paid out, and the entry in which it was last stated. NotThere, NotPaidOut, NotScheduled."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if name not in setup.lines:
        raise NotThere("line_unknown")
    line, act = setup.lines[name]
    if line.is_kept:
        raise NotPaidOut
    if act == "ended":
        raise NotScheduled("schedule_outside_line")
    return line, line_said(standing.said, name)[-1].number


async def agree(connection: Connection, book_id: int, schedule: Schedule) -> Resolution:
    """Agrees a schedule for a line that has none, or changes it from the schedule's first day on: what begins before stays.
    NotThere(person_unknown, line_unknown), NotPaidOut, NotScheduled."""
    person = Guard(f"person/{schedule.person}", await version_of(connection, book_id, f"person/{schedule.person}"))
    line, because = await _line(connection, book_id, schedule.person, schedule.line)
    read = await read_periods(connection, book_id, schedule.person)
    last = read.last_of(schedule.line)
    act = "agreed" if last is None or last[1] == "ended" else "changed"
    try:
        periods = periods_after(read.periods_of(schedule.line), act, schedule)
    except ScheduleNotOnPeriod:
        raise NotScheduled("schedule_not_on_period") from None
    _check_within(line, schedule, periods)
    _check_unmet(read, schedule.line, schedule.start)
    return Resolution((schedule_recorded(act, schedule, because=because),), (person,))


async def end(connection: Connection, book_id: int, *, person: str, line: str, on: date) -> Resolution:
    """Ends a schedule: after this day no period begins. NotThere(person_unknown, line_unknown), NotPaidOut,
    NotScheduled(schedule_unknown, schedule_outside_line, period_met)."""
    guard = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    _, because = await _line(connection, book_id, person, line)
    read = await read_periods(connection, book_id, person)
    last = read.last_of(line)
    if last is None or last[1] == "ended":
        raise NotScheduled("schedule_unknown")
    if not last[0].start <= on <= last[0].end:
        raise NotScheduled("schedule_outside_line")
    _check_unmet(read, line, date.fromordinal(on.toordinal() + 1))
    ended = msgspec.structs.replace(last[0], end=on)
    return Resolution((schedule_recorded("ended", ended, because=because),), (guard,))


def _check_within(line: Line, schedule: Schedule, periods: tuple[Period, ...]) -> None:
    """Within the dates and the amount that the line was agreed for, but for what it keeps for emergencies."""
    if schedule.start < line.start or schedule.end > line.end:
        raise NotScheduled("schedule_outside_line")
    agreed = line.agreed_instalment
    if line.instalment is not None and schedule.amount != agreed:
        raise NotScheduled("schedule_differs")
    if line.management == "one_off" and (schedule.frequency != "one_off" or schedule.amount != agreed):
        raise NotScheduled("schedule_differs")
    if is_over(line, periods):
        raise NotScheduled("schedule_over_line")


def is_over(line: Line, periods: tuple[Period, ...]) -> bool:
    """Whether instalments come to more than the line has for them: what it keeps for emergencies pays none."""
    return sum(period.amount for period in periods) > line.amount - (line.contingency or 0)


def _check_unmet(read: PeriodsRead, line: str, first: date) -> None:
    """No period from a day on has been paid, asked for, offset or cut."""
    for state in read.states_of(line):
        if state.period.first >= first and (state.asked or state.paid > state.returned or state.offset or state.cut):
            raise NotScheduled("period_met")
