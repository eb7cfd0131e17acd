"""One item appended by itself, in a transaction that the caller holds: for acts that must commit together with
something else (erasure, recovery), and for a dry run, which is the same path rolled back."""

from collections.abc import Callable
from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.append import Sealed
from ledger.book.loading import load_for, read_state
from ledger.book.submission import ClockSkew
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Identity, Item

Connection = Any


async def append_once(
    connection: Connection, book_id: int, item: Item, *, clock_us: Callable[[], int], nonce: Callable[[], str],
    identities: tuple[Identity, ...] = (),
) -> Outcome:  # fmt: skip
    """The outcome of one item, decided under the lock of the head and written in the caller's transaction.

    Nothing is written for a refusal that leaves no entry. The role needs EXECUTE on append_batch."""
    await connection.fetch(store.LOCK_HEAD, book_id)
    state, head = await read_state(connection, book_id, identities)
    await load_for(connection, state, [item], head["clock_us"])
    batch = Batch(state, nonce)
    outcome = batch.add(item, head["clock_us"])
    if len(batch):
        try:
            await Sealed(batch, head["root"]).send(connection, clock_us())
        except asyncpg.PostgresError as no:
            if no.sqlstate == "PH001":
                raise ClockSkew from no
            raise
    return outcome
