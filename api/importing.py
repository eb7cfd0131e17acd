"""Imports as they are done, by a command or by a request: published payments into suspense, and a caseload whole.

Both go the same way: decided first by a trial that keeps nothing where that is asked for, then posted, each row or person once
under a key of its own, however often and by whatever way they come."""

import os
import secrets
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, asynccontextmanager
from datetime import date
from typing import Any

import msgspec

from api.keyfiles import KeyFiles
from api.open_books import OpenBook, clock_us, nonce
from api.people import WAITING
from ledger.book.books import BookRow
from ledger.book.database import READING, connect
from ledger.book.relay import Relay
from ledger.book.sink import LiveSink, Sink, TrialSink
from ledger.book.writer import Writer
from ledger.budgets import feeds
from ledger.budgets.caseload_import import Identities, Importer, Secrets
from ledger.budgets.caseload_report import TakeOnReport
from ledger.budgets.caseload_rows import Caseload
from ledger.budgets.caseload_tables import Trouble
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.payments_file import FEED
from ledger.core.calendar import london_day
from ledger.core.model import Asked

Connection = Any
Writing = Callable[[], AbstractAsyncContextManager[tuple[Writer | Relay, Connection]]]
Watching = Callable[[str], AbstractContextManager[Callable[[int], None]]]


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Into which book, at which server, by whom, with which keys; `writing` gives the book's writer, and a connection of its role
    for as long as it is used."""

    row: BookRow
    url: str
    keys: KeyFiles
    asked: Asked
    writing: Writing


def into(book: OpenBook, url: str, keys: KeyFiles, asked: Asked) -> Import:
    """An import into a book that this process serves."""

    @asynccontextmanager
    async def writing() -> AsyncIterator[tuple[Writer | Relay, Connection]]:
        connection = await connect(url, "phb_writer", book.row.book_id)
        try:
            yield book.writer, connection
        finally:
            await connection.close()

    return Import(row=book.row, url=url, keys=keys, asked=asked, writing=writing)


def payments_feed(given: Import, delivery: str | None) -> feeds.Feed:
    """The feed of published payments into a book; `delivery` names an extract that has rows of its own."""
    return feeds.Feed(
        book=given.row.code, name=FEED, asked=given.asked, request_secret=given.keys.requests, lookup_secret=given.keys.lookup,
        token=lambda: f"py-{secrets.token_hex(6)}", salt=lambda: os.urandom(16), delivery=delivery,
    )  # fmt: skip


async def payments_imported(
    given: Import, delivery: str | None, rows: Callable[[], AbstractContextManager[Iterable[feeds.FeedRow | feeds.Problem]]],
    watching: Watching, *, is_atomic: bool = False, is_trial: bool = False, each: Callable[[int, str], None] | None = None,
) -> feeds.ImportReport:  # fmt: skip
    """Every row posted once; those that are broken are told, and stop all of an atomic import before any is posted. A trial decides
    and posts nothing. `each` is told of every row that is, or would be, in the book."""
    feed = payments_feed(given, delivery)

    async def one_way(
        sink: Sink, words: str, told: Callable[[int, str], None] | None, stops: bool
    ) -> feeds.ImportReport:
        with rows() as some, watching(words) as progress:
            importer = feeds.Importer(feed, sink, progress=progress, stop_at_refusal=stops, each=told)
            return await importer.run(some)

    async with given.writing() as (writer, connection):
        if is_atomic or is_trial:
            trial = TrialSink(connection, given.row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES)
            report = await one_way(trial, "deciding", each if is_trial else None, False)
            if is_atomic and report.refused:
                report.withheld, report.posted, report.new_payees = report.posted, 0, 0
            if is_trial or report.withheld or report.refused:
                return report
        return await one_way(LiveSink(writer, connection, given.row.book_id), "importing", each, is_atomic)


async def caseload_taken_on(
    given: Import, reading: Connection, services: frozenset[str], caseload: Caseload, troubles: list[Trouble],
    watching: Watching, *, is_trial: bool,
) -> TakeOnReport:  # fmt: skip
    """One way through a caseload: deciding, or posting. `reading` is of the role phb_reader with the book set."""
    row, keys = given.row, given.keys
    async with AsyncExitStack() as stack:
        sink: Sink
        if is_trial:
            own = await connect(given.url, "phb_writer", row.book_id, READING)
            stack.push_async_callback(own.close)
            sink = TrialSink(own, row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES)
        else:
            writer, own = await stack.enter_async_context(given.writing())
            sink = LiveSink(writer, own, row.book_id)
        registrar = await connect(given.url, "phb_registrar", row.book_id, WAITING)
        stack.push_async_callback(registrar.close)
        identities = Identities(registrar, row.book_id, keys.lookup, is_trial=is_trial)
        stack.push_async_callback(identities.close)
        progress = stack.enter_context(watching("deciding" if is_trial else "taking on"))
        importer = Importer(
            book=row.code, book_id=row.book_id, sink=sink, identities=identities, reading=reading, asked=given.asked,
            secrets=Secrets(keys.requests, keys.lookup, lambda: os.urandom(16)),
            today=london_day(clock_us()), now_us=clock_us(), services=services, progress=progress,
            first_day=date.fromisoformat(row.first_day),
        )  # fmt: skip
        return await importer.run(caseload, list(troubles))
