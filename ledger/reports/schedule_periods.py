"""Identity R4, worked out anew from the schedules: what each period is, and what was paid, offset or cut of it.

What is due follows from arithmetic that the database does not know, so it is added up here, some people at a time.
"""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

from ledger.budgets import store_schedules as store
from ledger.budgets.scheduled import PeriodsRead, PeriodState, ScheduleNotOnPeriod, read_periods
from ledger.core.model import Malformed

Connection = Any
PEOPLE = 200


async def _some_people(connection: Connection, book_id: int) -> AsyncIterator[PeriodsRead]:
    """Everybody's schedules, some people at a time."""
    after = ""
    while rows := await connection.fetch(store.PEOPLE_WITH_SCHEDULES, book_id, after, PEOPLE):
        yield await read_periods(connection, book_id, *(row["person_ref"] for row in rows))
        after = rows[-1]["person_ref"]


async def periods_are_met(connection: Connection, book_id: int) -> tuple[int, str | None]:
    """How many periods were looked at, and the first in order of people that breaks R4, in words. Role phb_reader."""
    checked, first = 0, None
    async for read in _some_people(connection, book_id):
        for line in read.lines():
            many, why = _of_line(read, line)
            checked, first = checked + many, first or why
    return checked, first


async def periods_unasked(connection: Connection, book_id: int, last: date) -> tuple[int, int, date | None]:
    """Instalments that schedules owe by a day and that nobody has asked for: how many, pence, and since when the oldest is due. Of
    a period that waits for its decision or payment others tell; one that came back is owed again. Role phb_reader."""
    many, pence, oldest = 0, 0, None
    async for read in _some_people(connection, book_id):
        for line in read.lines():
            try:
                states = read.states_of(line)
            except (Malformed, ScheduleNotOnPeriod):
                continue
            for state in states:
                if not state.is_met and state.period.due <= last:
                    many, pence = many + 1, pence + state.left
                    oldest = min(oldest or state.period.due, state.period.due)
    return many, pence, oldest


def _of_line(read: PeriodsRead, line: str) -> tuple[int, str | None]:
    try:
        states = read.states_of(line)
        strangers = read.strangers_of(line)
    except (Malformed, ScheduleNotOnPeriod):
        return 1, f"the schedule of {line} is none"
    broken = next((f"{line} {state.period.first}: {why}" for state in states if (why := _fault(state))), None)
    if broken is None and strangers:
        broken = f"{line}: entry {strangers[0]} is about a period that the schedule does not have"
    return len(states), broken


def _fault(state: PeriodState) -> str | None:
    """What is wrong with one period: met by more than was due, paid and not met, or paid twice."""
    if len(state.payments) > 1:
        return f"paid {len(state.payments)} times"
    if state.left < 0:
        return f"met by {-state.left} more than the {state.period.amount} that was due"
    if state.payments and state.left > 0:
        return f"paid, and {state.left} of {state.period.amount} is still due"
    return None
