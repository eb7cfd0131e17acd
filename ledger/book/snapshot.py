"""One moment of a book, as a reader asks for it: up to which entry and accounting day, and the sums of that.

"As effective on D known at N" is put together from the projector's cells (month of effect × month recorded)
that lie wholly before both bounds, and from ranges of postings for the rest (engine.md 21). It is right
wherever the projector stands; a projector that is far behind only makes it slower.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any, NamedTuple

from ledger.book import store_reads
from ledger.book.loading import BookUnknown
from ledger.book.projector import CURSOR, month_after, month_begins_us, recorded_month

Connection = Any
Sums = tuple[int, int]
EVER = date.max
"""Later than every day: asyncpg writes it as PostgreSQL's infinity."""


@asynccontextmanager
async def snapshot(connection: Connection) -> AsyncIterator[None]:
    """All reads inside see the same commit. In a caller's own transaction the caller sees to that."""
    if connection.is_in_transaction():
        yield
        return
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        yield


async def span(connection: Connection, book_id: int) -> tuple[int, int]:
    """The number of the last entry, and that through which the projector's totals go. BookUnknown."""
    row = await connection.fetchrow(store_reads.SPAN, book_id, CURSOR)
    if row is None:
        raise BookUnknown
    return row["size"], row["projected"]


class Moment(NamedTuple):
    """The last entry that counts, whether it is the last of all, and how far the projector has come."""

    through: int
    at_head: bool
    projected: int


class Cells(NamedTuple):
    """Which cells count whole, and the numbers of the postings that are read one by one.

    Whole are those with an effect month before `effect_before` and a month recorded before
    `recorded_before`. Of the effect month `partial` (None: no month is cut) postings are read in `months`,
    `lows`, `highs`, one range for each month recorded. After `reach` all postings are read up to the
    moment's entry."""

    effect_before: date
    recorded_before: date
    partial: date | None
    months: list[date]
    lows: list[int]
    highs: list[int]
    day: date
    reach: int
    through: int


async def moment_of(connection: Connection, book_id: int, known_at: int | None) -> Moment:
    """The moment of an entry number, held between 0 and the end of the log; None is the end. BookUnknown."""
    size, projected = await span(connection, book_id)
    through = size if known_at is None else max(0, min(known_at, size))
    return Moment(through, through == size, projected)


async def bounds_of(connection: Connection, book_id: int, moment: Moment) -> tuple[date, int]:
    """Cells recorded before this month count whole, and hold every posting up to this number."""
    if moment.through >= moment.projected:
        return EVER, moment.projected
    if moment.through == 0:
        return date.min, 0
    recorded_us = await connection.fetchval(store_reads.RECORDED_US, book_id, moment.through)
    month = recorded_month(recorded_us)
    return month, await connection.fetchval(store_reads.SIZE_AT, book_id, month_begins_us(month) - 1)


async def ranges_of(
    connection: Connection, book_id: int, recorded: list[date], reach: int
) -> tuple[list[date], list[int], list[int]]:
    """The first and last entry number of each of these months recorded, none after `reach`."""
    begins = [month_begins_us(month) for month in recorded]
    ends = [month_begins_us(month_after(month)) for month in recorded]
    rows = await connection.fetch(store_reads.NUMBERS_OF_MONTHS, book_id, recorded, begins, ends, reach)
    return [row["month"] for row in rows], [row["low"] for row in rows], [row["high"] for row in rows]


async def cells_of(
    connection: Connection, book_id: int, moment: Moment, day: date, accounts: list[int] | None
) -> Cells:
    """How "effective on `day`, known at the moment" is put together for these accounts, or for all of the
    book."""
    recorded_before, reach = await bounds_of(connection, book_id, moment)
    effect_before, partial = _split(day)
    months: list[date] = []
    lows: list[int] = []
    highs: list[int] = []
    if partial is not None:
        if accounts is None:
            rows = await connection.fetch(store_reads.RECORDED_MONTHS_OF_BOOK, book_id, partial, recorded_before)
        else:
            rows = await connection.fetch(store_reads.RECORDED_MONTHS, book_id, accounts, partial, recorded_before)
        recorded = [row["recorded_month"] for row in rows]
        months, lows, highs = await ranges_of(connection, book_id, recorded, reach)
    return Cells(effect_before, recorded_before, partial, months, lows, highs, day, reach, moment.through)


def _split(day: date) -> tuple[date, date | None]:
    """The month before which effect months count whole, and the month that the day cuts, if it cuts one."""
    month = day.replace(day=1)
    if (day.year, day.month) == (EVER.year, EVER.month):
        return (EVER, None) if day == EVER else (month, month)
    following = month_after(month)
    return (following, None) if (following - day).days == 1 else (month, month)


async def sums_of(
    connection: Connection, book_id: int, accounts: list[int], moment: Moment, day: date | None
) -> dict[int, Sums]:
    """Debits and credits of accounts by id, up to a day (None: every day), as known at the moment; absent
    if none."""
    if not moment.at_head:
        cells = await cells_of(connection, book_id, moment, EVER if day is None else day, accounts)
        rows = await connection.fetch(store_reads.SUMS_KNOWN, book_id, accounts, *cells)
    elif day is None:
        rows = await connection.fetch(store_reads.SUMS_RECORDED, book_id, accounts)
    else:
        rows = await connection.fetch(store_reads.SUMS_EFFECTIVE, book_id, accounts, day)
    return {row["account_id"]: (row["debit"], row["credit"]) for row in rows}


async def totals_of(
    connection: Connection, book_id: int, prefix: str, branch_at: int, moment: Moment, day: date | None
) -> list[Any]:
    """Rows (layer, class, balance_group, branch, accounts, debit, credit) of all accounts under a prefix.

    `branch` is the part of the code from position `branch_at` through the next `/`; empty if that is 0."""
    codes = (prefix, end_of(prefix), branch_at)
    if not moment.at_head:
        cells = await cells_of(connection, book_id, moment, EVER if day is None else day, None)
        rows = await connection.fetch(store_reads.TOTALS_KNOWN, book_id, *codes, *cells)
    elif day is None:
        rows = await connection.fetch(store_reads.TOTALS_RECORDED, book_id, *codes)
    else:
        rows = await connection.fetch(store_reads.TOTALS_EFFECTIVE, book_id, *codes, day)
    return list(rows)


def end_of(prefix: str) -> str:
    """The first text after all codes that begin with the prefix, in byte order; codes are ASCII."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1) if prefix else "\x7f"
