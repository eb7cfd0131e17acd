"""Finds out, after a lost connection, whether the batch in flight was committed: an unknown outcome is never called a failure."""

import asyncio
import time
from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.append import Sealed, committed
from ledger.book.database import LOST, connect
from ledger.book.submission import DatabaseAway

Connection = Any
AGAIN_SECONDS = 0.1


async def was_committed(dsn: str, role: str, sealed: Sealed, deadline: float) -> bool | None:
    """True if the batch stands in the log, False if it does not and never will, None if that cannot be learned in time.

    The lock on the head waits out the old backend. Should its call be taken up only later, it finds the head moved or the
    keys known, and writes nothing. `deadline` is of time.monotonic()."""
    book_id = sealed.batch.state.book_id
    while time.monotonic() < deadline:
        try:
            connection = await connect(dsn, role, book_id)
        except (DatabaseAway, asyncpg.PostgresError):
            await asyncio.sleep(AGAIN_SECONDS)
            continue
        try:
            async with connection.transaction():
                await connection.fetch(store.LOCK_HEAD, book_id)
                return await committed(connection, sealed)
        except (*LOST, asyncpg.PostgresError):
            await asyncio.sleep(AGAIN_SECONDS)
        finally:
            await close(connection)
    return None


async def close(connection: Connection) -> None:
    """Close a session, or drop it if it does not answer."""
    try:
        await connection.close(timeout=1)
    except LOST:
        connection.terminate()
