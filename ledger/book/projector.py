"""Keeps totals of postings by account, month of effect and month recorded, from which "as known at N" is
answered.

Works outside the head's lock and behind it: the cursor says through which entry the totals go (engine.md
21). Both months are those of Europe/London: that of the accounting day, and that of the moment of recording.
"""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from ledger.book import store_reads
from ledger.book.loading import BookUnknown
from ledger.core.calendar import LONDON, london_day
from ledger.core.canon import POSTING_KINDS, VERSION, NotALine

Connection = Any
CURSOR = "month_total"
SLICE = 5_000
_KINDS = sorted(POSTING_KINDS)


def recorded_month(recorded_us: int) -> date:
    """The first day of the month in Europe/London in which something was recorded."""
    return london_day(recorded_us).replace(day=1)


def month_begins_us(month: date) -> int:
    """The first microsecond of a month in Europe/London, given by its first day."""
    return int(datetime(month.year, month.month, 1, tzinfo=LONDON).timestamp()) * 1_000_000


def month_after(month: date) -> date:
    """The first day of the following month."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


async def project(connection: Connection, book_id: int, most: int = 50_000) -> int:
    """Take in the next entries, at most so many; the number through which the totals now go. Role
    phb_projector.

    Totals and cursor move in one unit of work, under a lock on the cursor's row: it can be stopped at any
    moment, and a second projector waits and goes on where the first one ended. BookUnknown."""
    async with connection.transaction():
        size = await connection.fetchval(store_reads.LOG_SIZE, book_id)
        if size is None:
            raise BookUnknown
        await connection.execute(store_reads.BEGIN_CURSOR, book_id, CURSOR)
        before: int = await connection.fetchval(store_reads.LOCK_CURSOR, book_id, CURSOR)
        through: int = max(before, min(size, before + most))
        if through == before:
            return before
        cells: dict[tuple[str, date, date], list[int]] = {}
        for first in range(before + 1, through + 1, SLICE):
            last = min(first + SLICE - 1, through)
            for row in await connection.fetch(store_reads.LINES_WITH_LEGS, book_id, first, last, _KINDS):
                _add(cells, row)
        await _write(connection, book_id, cells)
        await connection.execute(store_reads.MOVE_CURSOR, book_id, CURSOR, through)
    return through


async def catch_up(connection: Connection, book_id: int, most: int = 50_000) -> int:
    """Project until there is nothing new; the number through which the totals then go."""
    through = -1
    while (reached := await project(connection, book_id, most)) > through:
        through = reached
    return through


def _add(cells: dict[tuple[str, date, date], list[int]], row: Any) -> None:
    effect, recorded = row["effective_on"].replace(day=1), recorded_month(row["recorded_us"])
    for account, pence in _legs(row["body"]):
        cell = cells.setdefault((account, effect, recorded), [0, 0, 0])
        cell[0 if pence > 0 else 1] += abs(pence)
        cell[2] += 1


def _legs(line: str) -> Iterator[tuple[str, int]]:
    # The database holds only lines that were parsed when they were made; reading them whole again costs ten
    # times this.
    fields = line.split("|")
    if fields[0] != VERSION:
        raise NotALine("version")
    first = 21 + 2 * int(fields[19])
    for position in range(first, first + 2 * int(fields[first - 1]), 2):
        yield fields[position], int(fields[position + 1])


async def _write(connection: Connection, book_id: int, cells: dict[tuple[str, date, date], list[int]]) -> None:
    if not cells:
        return
    codes = sorted({account for account, _, _ in cells})
    ids = {row["code"]: row["account_id"] for row in await connection.fetch(store_reads.ACCOUNT_IDS, book_id, codes)}
    await connection.execute(
        store_reads.ADD_MONTH_TOTALS,
        book_id,
        [ids[account] for account, _, _ in cells],
        [effect for _, effect, _ in cells],
        [recorded for _, _, recorded in cells],
        [cell[0] for cell in cells.values()],
        [cell[1] for cell in cells.values()],
        [cell[2] for cell in cells.values()],
    )
