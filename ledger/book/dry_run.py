"""The real write path, rolled back: what would become of an item now. Nothing of it is ever committed."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.database import LOST, connect
from ledger.book.once import append_once
from ledger.book.submission import DatabaseAway, DeadlinePassed
from ledger.book.sweep import sweep
from ledger.book.writer_session import WriterSession
from ledger.book.writer_settings import Settings
from ledger.core.batch import Outcome
from ledger.core.model import Item

Connection = Any
MOST_DUE = 500


async def dry_run(settings: Settings, items: Sequence[Item]) -> list[Outcome]:
    """The outcomes that independent items would have, each after those before it, in a rehearsal of their own."""
    async with rehearsal(settings) as unit:
        return await unit.decide(items)


class Rehearsal:
    """A unit of work as if it were a writer, with a connection that reads what it has done so far. All that it reads is of one
    moment of the book, which nobody else writes meanwhile; a repeatable snapshot would be of one before it had the lock.

    The entry numbers are those an item would get if nothing came in between. A key that is known is replayed, as the
    writer would. Raises KeyReused, ClockSkew."""

    def __init__(self, session: WriterSession) -> None:
        self._session = session

    async def decide(self, items: Sequence[Item]) -> list[Outcome]:
        """The outcomes of independent items, each after those before it."""
        session = self._session
        given = session.settings
        await self._become(given.role)
        return await append_once(
            session.connection, given.book_id, items, clock_us=given.clock_us, nonce=given.nonce,
            identities=given.identities,
        )  # fmt: skip

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """As Writer.submit. The session's own limits are the deadline."""
        [outcome] = await self.decide([item])
        return outcome

    async def expire_due(self) -> None:
        """As Writer.expire_due: what is read afterwards has the money of holds whose time has come."""
        await self._become(self._session.settings.role)
        await sweep(self._session, MOST_DUE)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Connection]:
        """The unit's own connection, which sees what the unit has written, with the rights of a reader and no more."""
        await self._become("phb_reader")
        yield self._session.connection

    async def _become(self, role: str) -> None:
        # Before each use and not after it: a unit that has failed takes no more statements.
        await self._session.connection.fetch(store.SET_ROLE, role)


@asynccontextmanager
async def rehearsal(settings: Settings) -> AsyncIterator[Rehearsal]:
    """A unit of work of its own under the lock of the book's head, rolled back when the block ends (answers.md 1d): nobody else
    writes meanwhile, so the block does nothing slow. Raises ClockSkew, ForkSuspected, DatabaseAway, and DeadlinePassed when
    the lock could not be had in time."""
    session = WriterSession(settings)
    session.connection = session.reading = await connect(settings.dsn, settings.role, settings.book_id)
    try:
        transaction = session.connection.transaction()
        await transaction.start()
        try:
            await session.connection.fetch(store.LOCK_HEAD, settings.book_id)
            await session.read_state(session.connection)
            yield Rehearsal(session)
        finally:
            await transaction.rollback()
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
        raise DeadlinePassed from None
    except asyncpg.PostgresError as no:
        if isinstance(no, LOST):
            raise DatabaseAway(str(no)) from no
        raise
    except LOST as gone:
        raise DatabaseAway(str(gone)) from gone
    finally:
        session.connection.terminate()
