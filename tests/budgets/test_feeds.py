"""Imports that meet in one book: each payee is registered once, and every row is posted to it once."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from ledger.book.database import connect
from ledger.book.sink import LiveSink
from ledger.book.writer import Writer
from ledger.budgets.feeds import Feed, FeedRow, Importer
from ledger.core.model import Asked
from tests import kit

ACCOUNTS = "SELECT account_id FROM phb.account WHERE class = 'unassigned'"
POSTINGS = (
    "SELECT p.amount FROM phb.posting p JOIN phb.account a USING (book_id, account_id) WHERE a.class = 'unassigned'"
)


def _rows(*pence: int) -> list[FeedRow]:
    return [FeedRow(line, date(2025, 6, 2), "A CARE HOME", each) for line, each in enumerate(pence, 2)]


@pytest.mark.parametrize("as_processes", [False, True], ids=["one-writer", "two-writers"])
async def test_two_imports_that_meet_a_new_payee_at_once_post_all_rows_to_the_one_that_was_registered(
    book: kit.Book, make_writer: Callable[..., Awaitable[Writer]], as_processes: bool
) -> None:
    """The rows of the import that came second named an account that never was; they are posted again, and none is refused."""
    feed = Feed(
        book=book.code,
        name="payments",
        asked=Asked("test", "tester", source="imported"),
        request_secret=os.urandom(32),
        lookup_secret=os.urandom(32),
        token=lambda: f"py-{secrets.token_hex(6)}",
        salt=lambda: os.urandom(16),
    )
    one: Writer = await make_writer()
    other: Writer = await make_writer() if as_processes else one
    connections = [await connect(book.dsn, "phb_writer", book.book_id) for _ in range(2)]
    try:
        importers = [
            Importer(feed, LiveSink(writer, connection, book.book_id))
            for writer, connection in zip((one, other), connections, strict=True)
        ]
        reports = await asyncio.gather(importers[0].run(_rows(1, 2, 3)), importers[1].run(_rows(40, 50, 60)))
    finally:
        for connection in connections:
            await connection.close()
    assert [(each.rows, each.posted, each.refused) for each in reports] == [(3, 3, 0), (3, 3, 0)]
    assert sum(each.new_payees for each in reports) == 1
    assert len(await kit.rows(book.dsn, ACCOUNTS)) == 1
    assert sorted(row["amount"] for row in await kit.rows(book.dsn, POSTINGS)) == [1, 2, 3, 40, 50, 60]
