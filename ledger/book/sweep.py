"""Expires the holds whose time has come and which nothing has touched since: an entry each, by the book's clock."""

import asyncio

from ledger.book import store
from ledger.book.append import Sealed
from ledger.book.loading import load_holds
from ledger.book.writer_session import WriterSession
from ledger.core.batch import Batch


async def sweep(session: WriterSession, most: int) -> int:
    """Write the expiries that are due, at most so many, in a batch of their own; how many entries that made."""
    await session.ready(idle=True)
    async with session.connection.transaction():
        await session.connection.fetch(store.LOCK_HEAD, session.settings.book_id)
        await session.read_state(session.connection)
        batch = await _due(session, most)
        session.state = None
        if len(batch):
            await Sealed(batch, session.root).send(session.connection, session.settings.clock_us())
    return len(batch)


def tell(asked: list[asyncio.Future[None]]) -> None:
    """Answer whoever asked for a sweep, whether it went well or not: what was not released yet is only not spendable yet."""
    while asked:
        each = asked.pop()
        if not each.done():
            each.set_result(None)


async def _due(session: WriterSession, most: int) -> Batch:
    """A batch with the expiries that are due, at most so many; empty if none is. The caller holds the head's lock.

    Due holds are taken in the order of their times, going on where the last sweep of this session ended: holds that have to
    wait stay due, and must not keep those behind them waiting too."""
    state, now_us = session.state, session.now_us()
    assert state is not None
    rows = await session.connection.fetch(store.DUE_HOLDS, state.book_id, now_us, *session.swept_through, most)
    session.swept_through = (0, 0) if len(rows) < most else (rows[-1]["expires_us"], rows[-1]["number"])
    await load_holds(session.connection, state, {row["number"] for row in rows})
    batch = Batch(state, session.settings.nonce)
    for row in rows:
        hold = state.holds[row["number"]]
        if hold is not None:
            batch.expire(hold, now_us)
    return batch
