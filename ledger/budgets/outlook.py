"""What a forecast is made of: a person's lines as they stand on a day, read in two statements."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store_schedules as store
from ledger.budgets.forecast import WINDOW_DAYS, LineNow
from ledger.budgets.reading import Setup, folded, years_from
from ledger.budgets.scheduled import PeriodsRead, read_periods
from ledger.budgets.standing import Said

Connection = Any
PAGE = 500


class _Read(msgspec.Struct, frozen=True):
    through: int
    said: list[Said]
    balances: dict[str, int]
    spent: dict[str, int]


class Outlook(NamedTuple):
    """A person's budget after entry `through`, for a day: how it is set up, its lines that have not ended before, what was said of
    its reviews, and its schedules."""

    through: int
    setup: Setup
    lines: tuple[LineNow, ...]
    reviews: tuple[Said, ...]
    periods: PeriodsRead


_read = msgspec.json.Decoder(_Read).decode


async def read_outlook(connection: Connection, book_id: int, person: str, on: date) -> Outlook:
    """The lines of a person as they stand on a day, with what care cost in the ninety days that end with it. Role phb_reader; in
    one snapshot, if both statements are to be of one moment."""
    since = on - timedelta(days=WINDOW_DAYS - 1)
    found = _read(await connection.fetchval(store.FORECAST, book_id, person, since, on))
    periods = await read_periods(connection, book_id, person)
    setup = folded([said for said in found.said if said.kind != "review"])
    lines = []
    for name, (line, act) in setup.lines.items():
        if act == "ended" or line.end < on:
            continue
        money = years_from(found.balances, f"share/{name}/")
        lines.append(
            LineNow(
                line=name, start=line.start, end=line.end, allocated=sum(each.allocated for each in money),
                available=sum(each.available for each in money), held=sum(each.held for each in money),
                advanced=sum(each.advanced for each in money), spent=sum(each.spent for each in money),
                spent_in_window=found.spent.get(name, 0), to_come=_to_come(periods, name),
                once=line.management == "one_off" or line.interval == "once" or line.term_end is not None,
            )
        )  # fmt: skip
    return Outlook(
        found.through, setup, tuple(lines), tuple(said for said in found.said if said.kind == "review"), periods
    )


def _to_come(periods: PeriodsRead, line: str) -> int:
    """What the schedule has to pay out yet; what was asked for is kept already."""
    return sum(max(0, state.left) for state in periods.states_of(line) if not state.asked)


async def people_with_lines(connection: Connection, book_id: int) -> AsyncIterator[str]:
    """Everybody who has, or had, a line of a budget, by reference. Role phb_reader, the book set."""
    after = ""
    while rows := await connection.fetch(store.PEOPLE_WITH_LINES, book_id, after, PAGE):
        for row in rows:
            yield row["person_ref"]
        after = rows[-1]["person_ref"]
