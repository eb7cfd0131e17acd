"""The real write path, rolled back: what would become of an item now. Nothing of it is ever committed."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.database import LOST, connect
from ledger.book.loading import read_head
from ledger.book.once import append_once
from ledger.book.submission import DatabaseAway, DeadlinePassed
from ledger.book.writer import Settings
from ledger.core.batch import Outcome
from ledger.core.model import Item


async def dry_run(settings: Settings, items: Sequence[Item]) -> list[Outcome]:
    """The outcomes that independent items would have, each after those before it, through one unit of work of their own that is
    rolled back (answers.md 1d).

    The entry numbers are those it would get if nothing came in between. A key that is known is replayed, as
    the writer would. Raises KeyReused, ForkSuspected, DatabaseAway, and DeadlinePassed when the book's lock
    could not be had in time."""
    connection = await connect(settings.dsn, settings.role, settings.book_id)
    try:
        return await _decided(connection, settings, items)
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
        raise DeadlinePassed from None
    except asyncpg.PostgresError as no:
        if isinstance(no, LOST):
            raise DatabaseAway(str(no)) from no
        raise
    except LOST as gone:
        raise DatabaseAway(str(gone)) from gone
    finally:
        connection.terminate()


async def _decided(connection: Any, settings: Settings, items: Sequence[Item]) -> list[Outcome]:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.fetch(store.LOCK_HEAD, settings.book_id)
        if settings.fork_check is not None:
            await settings.fork_check(connection, await read_head(connection, settings.book_id))
        return await append_once(
            connection, settings.book_id, items, clock_us=settings.clock_us, nonce=settings.nonce,
            identities=settings.identities,
        )  # fmt: skip
    finally:
        await transaction.rollback()
