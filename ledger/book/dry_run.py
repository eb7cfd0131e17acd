"""The real write path, rolled back: what would become of an item now. Nothing of it is ever committed."""

from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.append import Sealed, known, replay
from ledger.book.database import LOST, connect
from ledger.book.loading import load_for, read_state
from ledger.book.submission import DatabaseAway, DeadlinePassed
from ledger.book.writer import Settings
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Item


async def dry_run(settings: Settings, item: Item) -> Outcome:
    """The outcome that the item would have, through a unit of work of its own that is rolled back (answers.md
    1d).

    The entry numbers are those it would get if nothing came in between. A key that is known is replayed, as
    the writer would. Raises KeyReused, ForkSuspected, DatabaseAway, and DeadlinePassed when the book's lock
    could not be had in time."""
    connection = await connect(settings.dsn, settings.role, settings.book_id)
    try:
        return await _decided(connection, settings, item)
    except (asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError):
        raise DeadlinePassed from None
    except LOST as gone:
        raise DatabaseAway(str(gone)) from gone
    finally:
        connection.terminate()


async def _decided(connection: Any, settings: Settings, item: Item) -> Outcome:
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.fetch(store.LOCK_HEAD, settings.book_id)
        state, head = await read_state(connection, settings.book_id, settings.identities)
        if settings.fork_check is not None:
            await settings.fork_check(connection, head)
        if item.key is not None:
            rows = await known(connection, settings.book_id, [item.key])
            if item.key in rows:
                return await replay(connection, settings.book_id, item, rows[item.key])
        await load_for(connection, state, [item], head["clock_us"])
        batch = Batch(state, settings.nonce)
        outcome = batch.add(item, head["clock_us"])
        if len(batch):
            await Sealed(batch, head["root"]).send(connection, settings.clock_us())
        return outcome
    finally:
        await transaction.rollback()
