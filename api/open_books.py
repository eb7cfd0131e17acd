"""What one process holds open: a pool for reads, and for each book that is written to a writer, a checkpointer and the
rounds of the projector.

Workers share nothing. Nothing connects before it is needed, so the service starts while the database is still
away, and says so.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import date
from typing import Any

import asyncpg
import msgspec
import structlog

from api.keyfiles import KeyFiles, keep_verifier, kept_verifiers
from api.nightly import Nightly, Reconciled, results
from api.settings import Settings
from ledger.book.books import BookRow, list_books
from ledger.book.checkpoint import Checkpointer, fork_check_for
from ledger.book.database import BY_KEY, EVERY_LENGTH, LOST, READING, connect, set_book
from ledger.book.loading import BookUnknown
from ledger.book.relay import Relay
from ledger.book.rounds import ProjectorRounds
from ledger.book.submission import DatabaseAway
from ledger.book.writer import Settings as WriterSettings
from ledger.book.writer import Writer
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.outlook import people_with_lines, read_outlook
from ledger.core.calendar import london_day
from ledger.core.canon import BOOK_CODE
from ledger.core.model import Asked
from ledger.core.note import Verifier
from policies.bundle import Bundle, Limits
from policies.engine import Engine
from policies.forecasting import look_for_shortfalls, shortfalls_changed
from policies.gate import Gate, Sender
from policies.publishing import bundle_on
from policies.resolution import Writes
from policies.settling import NotSettled
from policies.shelf import Shelf

Connection = Any
log = structlog.get_logger()
READ_TIMEOUT_SECONDS = 10.0
NIGHTLY = Asked("phb", "nightly", None, "machine", "generated")


def clock_us() -> int:
    """The process clock in microseconds UTC."""
    return time.time_ns() // 1000


def today() -> date:
    """The accounting day now, in Europe/London."""
    return london_day(clock_us())


def salt() -> bytes:
    """Sixteen random bytes for a detail."""
    return secrets.token_bytes(16)


async def _as_it_is(_: Connection) -> None:
    """What a reader's session was set to is set anew by whoever takes it next, so giving it back costs no question."""


def nonce() -> str:
    """Sixteen random bytes for a line."""
    return secrets.token_hex(16)


@asynccontextmanager
async def _lent(pool: Any) -> AsyncIterator[Connection]:
    """A connection of a pool for as long as the block runs. DatabaseAway when there is none, or when it is lost."""
    try:
        connection = await pool.acquire(timeout=READ_TIMEOUT_SECONDS)
    except (*LOST, asyncpg.ObjectNotInPrerequisiteStateError, asyncpg.TooManyConnectionsError) as gone:
        raise DatabaseAway(str(gone)) from gone
    try:
        yield connection
    except LOST as gone:
        raise DatabaseAway(str(gone)) from gone
    finally:
        await pool.release(connection)


class OpenBook(msgspec.Struct):
    """A book that this process writes."""

    row: BookRow
    writer: Writer | Relay
    checkpointer: Checkpointer
    projector: ProjectorRounds
    gate: Gate
    facts: Any


class OpenBooks:
    """The books of one process."""

    def __init__(self, settings: Settings, keys: KeyFiles, engine: Engine) -> None:
        self.settings = settings
        self.keys = keys
        self.engine = engine
        self.shelf = Shelf(engine)
        self.replaying = asyncio.Lock()
        """Whoever decides the past again has it: one at a time, beside everything else."""
        self._pool: Any = None
        self._rows: dict[str, BookRow] = {}
        self._open: dict[str, OpenBook] = {}
        self._opening = asyncio.Lock()
        self._nightly: Nightly | None = None

    async def start(self) -> None:
        """Make the pool; it connects when it is first used."""
        self._pool = await self._readers({**READING, "role": "phb_reader"})
        if self.settings.reconcile_hour is not None:
            self._nightly = Nightly(
                rows=self.rows, connect=self._alone, open_reviews=self.open_reviews, directory=self.settings.notes_dir,
                hour=self.settings.reconcile_hour, clock_us=clock_us,
            )  # fmt: skip
            await self._nightly.start()

    async def _alone(self, row: BookRow) -> Connection:
        """A connection of its own for what reads a whole book."""
        return await connect(self.settings.database_url, "phb_reader", row.book_id, READING)

    async def open_reviews(self, row: BookRow, on: date) -> int:
        """Records, as the service itself, the reviews that forecasts of a day demand and the shortfalls that are gone; of how many
        people. Whoever looks a second time, or at the same moment, records nothing. What goes wrong with one person is told without
        saying of whom, and looked for again the next night; the others have their turn."""
        people = failed = 0
        connection = await self._alone(row)
        try:
            known = [person async for person in people_with_lines(connection, row.book_id)]
            limits = (await self.bundle_in_force(row, connection)).limits_on(row.code, on) if known else None
            for person in known:
                assert limits is not None
                try:
                    outlook = await read_outlook(connection, row.book_id, person, on)
                    if shortfalls_changed(outlook, person, on, limits):
                        people += await self._open_reviews_of(row, person, on, limits)
                except DatabaseAway:
                    raise
                except Exception as gone:
                    if connection.is_closed():
                        raise
                    failed += 1
                    log.warning("review_failed", book=row.code, error=type(gone).__name__)
        finally:
            await connection.close()
        if failed:
            log.warning("reviews_failed", book=row.code, entries=failed)
        return people

    async def _open_reviews_of(self, row: BookRow, person: str, on: date, limits: Limits) -> bool:
        sender = Sender(NIGHTLY, salt(), b"")
        try:
            found = await (await self.open(row)).gate.carry_out(
                lambda connection: look_for_shortfalls(connection, row.book_id, person=person, on=on, limits=limits),
                sender, self.settings.timeout_seconds, person=person,
            )  # fmt: skip
        except NotSettled:
            return False
        return found.outcome.refusal is None

    async def _readers(self, options: dict[str, str]) -> Any:
        return await asyncpg.create_pool(
            self.settings.database_url, min_size=0, max_size=self.settings.read_connections, timeout=5, command_timeout=30,
            server_settings=options, reset=_as_it_is, **EVERY_LENGTH,
        )  # fmt: skip

    async def stop(self) -> None:
        """Finish every queue, sign a last checkpoint of each book, let go of the database."""
        if self._nightly is not None:
            await self._nightly.stop()
        books = list(self._open.values())
        await asyncio.gather(*(book.projector.stop() for book in books))
        await asyncio.gather(*(book.writer.stop() for book in books))
        await asyncio.gather(*(book.checkpointer.stop() for book in books))
        for pool in (self._pool, *(book.facts for book in books)):
            if pool is not None:
                try:
                    await asyncio.wait_for(pool.close(), READ_TIMEOUT_SECONDS)
                except TimeoutError:
                    pool.terminate()

    def writers(self) -> Iterator[tuple[str, Writer | Relay]]:
        """The writers of this process with the codes of their books."""
        for code, book in list(self._open.items()):
            yield code, book.writer

    def projector_lags(self) -> Iterator[tuple[str, int]]:
        """How many entries the totals of this process's books were behind when last looked at."""
        for code, book in list(self._open.items()):
            if book.projector.lag is not None:
                yield code, book.projector.lag

    def reconciled(self) -> Iterator[Reconciled]:
        """What the last nightly run found in each book, in whichever process it was."""
        return results(self.settings.notes_dir)

    def checkpoint_problems(self) -> list[str]:
        """What keeps books of this process from being signed, as codes."""
        return sorted(
            {book.checkpointer.problem for book in self._open.values() if book.checkpointer.problem is not None}
        )

    @asynccontextmanager
    async def reading(self, row: BookRow | None = None) -> AsyncIterator[Connection]:
        """A connection of the reader, pointed at a book if one is given. DatabaseAway when it cannot be
        had."""
        async with _lent(self._pool) as connection:
            if row is not None:
                await set_book(connection, row.book_id)
            yield connection

    async def rows(self) -> list[BookRow]:
        """All books of this server, by code."""
        async with self.reading() as connection:
            found = await list_books(connection)
        self._rows.update((row.code, row) for row in found)
        return found

    async def row(self, code: str) -> BookRow:
        """One book. Books are never renamed, so a known one is not looked up again. BookUnknown."""
        known = self._rows.get(code)
        if known is not None:
            return known
        if BOOK_CODE.fullmatch(code):
            await self.rows()
        if code not in self._rows:
            raise BookUnknown
        return self._rows[code]

    async def open(self, row: BookRow) -> OpenBook:
        """The writer of a book, started when it is first written to."""
        book = self._open.get(row.code)
        if book is not None:
            return book
        async with self._opening:
            if row.code not in self._open:
                self._open[row.code] = await self._started(row)
            return self._open[row.code]

    async def _started(self, row: BookRow) -> OpenBook:
        settings, keys = self.settings, self.keys
        given = self.writer_settings(row)
        writer = Writer(given) if settings.run_dir is None else Relay(given, settings.run_dir, row.code)
        checkpointer = Checkpointer(
            connect=lambda: self._alone(row), book_id=row.book_id,
            code=row.code, directory=settings.notes_dir, signer_name=keys.signer_name, private_key=keys.signer,
            fork_check=fork_check_for(settings.notes_dir, self.verifiers()),
        )  # fmt: skip
        keep_verifier(settings.notes_dir, keys.verifier)
        await writer.start()
        await checkpointer.start()
        projector = ProjectorRounds(
            connect=lambda: connect(settings.database_url, "phb_projector", row.book_id), book_id=row.book_id
        )
        await projector.start()
        facts = await self._readers({**BY_KEY, "role": "phb_reader", "phb.book_id": str(row.book_id)})
        gate = self.gate(row, writer, lambda: _lent(facts))
        writer.listeners.append(gate.hear)
        return OpenBook(row, writer, checkpointer, projector, gate, facts)

    def gate(
        self, row: BookRow, writer: Writes, reading: Callable[[], AbstractAsyncContextManager[Connection]], *,
        is_rehearsal: bool = False,
    ) -> Gate:  # fmt: skip
        """The gate of a book before a writer: the book's own, or the rehearsal of one request."""
        return Gate(
            engine=self.engine, book_id=row.book_id, book=row.code, writer=writer, reading=reading, clock_us=clock_us,
            today=today, salt=salt, shelf=self.shelf, is_rehearsal=is_rehearsal,
        )  # fmt: skip

    async def bundle_in_force(self, row: BookRow, connection: Connection) -> Bundle:
        """The rules in force in a book today, for what is only read by their limits or services."""
        return await bundle_on(connection, row.book_id, today(), self.shelf)

    def verifiers(self) -> tuple[Verifier, ...]:
        """Whose notes are believed: the signer of now, and those whose verifiers are kept beside the notes."""
        return kept_verifiers(self.settings.notes_dir, self.keys.verifier)

    def writer_settings(self, row: BookRow) -> WriterSettings:
        """What a writer of this book is made from; a dry run uses the same."""
        return WriterSettings(
            dsn=self.settings.database_url, book_id=row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES,
            fork_check=fork_check_for(self.settings.notes_dir, self.verifiers()),
        )  # fmt: skip
