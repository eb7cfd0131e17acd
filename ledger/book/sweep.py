"""Expires the holds whose time has come and which nothing has touched since: an entry each, by the book's clock."""

from collections.abc import Callable
from typing import Any

from ledger.book import store
from ledger.book.loading import load_holds
from ledger.core.batch import Batch
from ledger.core.state import BookState

Connection = Any


async def expire_due(
    connection: Connection, state: BookState, nonce: Callable[[], str], now_us: int, most: int
) -> Batch:
    """A batch with the expiries that are due, at most so many; empty if none is. The caller holds the head's lock."""
    rows = await connection.fetch(store.DUE_HOLDS, state.book_id, now_us, most)
    await load_holds(connection, state, {row["number"] for row in rows})
    batch = Batch(state, nonce)
    for row in rows:
        hold = state.holds[row["number"]]
        if hold is not None:
            batch.expire(hold, now_us)
    return batch
