"""Counts every running total of a book again from its postings and names the first that differs."""

from datetime import date
from typing import Any

import msgspec

from ledger.book import store_reads
from ledger.book.projector import month_after, month_begins_us, recorded_month
from ledger.book.snapshot import snapshot, span

Connection = Any
COUNTING_SECONDS = 86_400.0


class Difference(msgspec.Struct, frozen=True):
    """The first stored row that its postings do not give, in pence and counts; None where there is no such
    row.

    | table | place | values |
    | --- | --- | --- |
    | `posting` | entry number | balance_after |
    | `balance` | None | balance, debit, credit, postings, last number |
    | `delta` | day | debit, credit |
    | `month_total` | month of effect `/` month recorded | debit, credit, postings |
    """

    table: str
    account: str
    place: str | None
    stored: tuple[int, ...] | None
    derived: tuple[int, ...] | None


class Recount(msgspec.Struct, frozen=True):
    """What was counted, through which entry, and the first difference, None if all agree."""

    through_entry: int
    projected_through: int
    accounts: int
    postings: int
    difference: Difference | None


async def recount(connection: Connection, book_id: int) -> Recount:
    """Compare posting.balance_after, balance, delta and month_total with what the postings give. Role
    phb_reader.

    Whether the postings are those of the entries is for verification to say, which reads the lines.
    BookUnknown."""
    async with snapshot(connection):
        size, projected = await span(connection, book_id)
        counts = await connection.fetchrow(store_reads.COUNTS, book_id, timeout=COUNTING_SECONDS)
        months, firsts = await _months_recorded(connection, book_id, size)
        comparisons: tuple[tuple[str, str, tuple[Any, ...]], ...] = (
            ("posting", store_reads.DIFFERENT_POSTING, ()),
            ("balance", store_reads.DIFFERENT_BALANCE, ()),
            ("delta", store_reads.DIFFERENT_DELTA, ()),
            ("month_total", store_reads.DIFFERENT_MONTH_TOTAL, (months, firsts, projected)),
        )
        difference = None
        for table, question, values in comparisons:
            row = await connection.fetchrow(question, book_id, *values, timeout=COUNTING_SECONDS)
            if row is not None:
                difference = Difference(
                    table, row["account"], row["place"], _values(row["stored"]), _values(row["derived"])
                )
                break
    return Recount(size, projected, counts["accounts"], counts["postings"], difference)


def _values(numbers: list[int] | None) -> tuple[int, ...] | None:
    return None if numbers is None else tuple(numbers)


async def _months_recorded(connection: Connection, book_id: int, size: int) -> tuple[list[date], list[int]]:
    """The months in which entries were recorded, and the number of the first entry of each."""
    if size == 0:
        return [], []
    month = recorded_month(await connection.fetchval(store_reads.RECORDED_US, book_id, 1))
    last = recorded_month(await connection.fetchval(store_reads.RECORDED_US, book_id, size))
    months = [month]
    while months[-1] < last:
        months.append(month_after(months[-1]))
    begins = [month_begins_us(each) for each in months]
    ends = [month_begins_us(month_after(each)) for each in months]
    rows = await connection.fetch(store_reads.NUMBERS_OF_MONTHS, book_id, months, begins, ends, size)
    recorded = [row for row in rows if row["low"] <= row["high"]]
    return [row["month"] for row in recorded], [row["low"] for row in recorded]
