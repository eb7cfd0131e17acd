"""Which months and years a book has, which of them are open, and the first day that still takes postings.
Reads only.

A period is opened, closed and reopened by entries, through the writer; this file only says how they stand.
"""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any

import msgspec

from ledger.book import store_reads
from ledger.book.projector import month_after
from ledger.book.snapshot import snapshot, span
from ledger.core.calendar import Months, is_year, month_of, period_days, year_of
from ledger.core.canon import parse

Connection = Any


class Period(msgspec.Struct, frozen=True):
    """A month `2026-03` or a financial year `2025-26`.

    `closed`: itself closed. `takes_postings`: neither it nor, for a month, its year is closed. `number`,
    `actor` and `reason` are of the entry that last closed or reopened it, None if there was none."""

    period: str
    first_day: date
    last_day: date
    closed: bool
    takes_postings: bool
    number: int | None
    actor: str | None
    reason: str | None


class Periods(msgspec.Struct, frozen=True):
    """All months and years of a book, in order. `first_open_day` may lie after today if everything else is
    closed."""

    through_entry: int
    first_day: date
    first_open_day: date
    months: tuple[Period, ...]
    years: tuple[Period, ...]


async def list_periods(connection: Connection, book_id: int, today: date) -> Periods:
    """The periods from the book's first month to that of `today` (Europe/London), and later ones with a
    record.

    A year that would read as a month (`2001-02` to `2011-12`) cannot be closed and is not listed.
    BookUnknown."""
    async with snapshot(connection):
        size, _ = await span(connection, book_id)
        first_day = await connection.fetchval(store_reads.FIRST_DAY, book_id)
        found = await connection.fetch(store_reads.PERIODS_WITH_ENTRIES, book_id)
    rows = {row["period"]: row for row in found}
    last_day = max([today, *(row["last_day"] for row in rows.values())])
    codes: dict[str, None] = {}
    years: dict[str, None] = {}
    month = first_day.replace(day=1)
    while month <= last_day:
        codes[month_of(month)] = None
        if is_year(year_of(month)):
            years[year_of(month)] = None
        month = month_after(month)
    closed = _closed(found)
    return Periods(
        through_entry=size,
        first_day=first_day,
        first_open_day=Months(first_day, closed).first_open_on(first_day),
        months=tuple(_period(code, rows, closed) for code in codes),
        years=tuple(_period(code, rows, closed) for code in years),
    )


def first_open_day(first_day: date, periods: Iterable[Any], day: date) -> date:
    """The first day, from this one on, that takes postings: by the book's first day, and of each month and year of which something
    was said its `period`, whether it is `closed`, and the `body` of the entry that says so."""
    return Months(first_day, _closed(periods)).first_open_on(day)


def _closed(rows: Iterable[Any]) -> dict[str, frozenset[str]]:
    return {row["period"]: parse(row["body"]).people for row in rows if row["closed"]}


def _period(code: str, rows: dict[str, Any], closed: Collection[str]) -> Period:
    first, last = period_days(code)
    row = rows.get(code)
    # A month is also closed by its year; a year's own record says nothing of its months.
    takes_postings = code not in closed and (is_year(code) or not _closed_by_year(first, closed))
    return Period(
        period=code,
        first_day=first,
        last_day=last,
        closed=code in closed,
        takes_postings=takes_postings,
        number=row["number"] if row else None,
        actor=row["actor"] if row else None,
        reason=parse(row["body"]).attribute("reason") if row else None,
    )


def _closed_by_year(day: date, closed: Collection[str]) -> bool:
    year = year_of(day)
    return is_year(year) and year in closed
