"""Items appended by themselves, in a transaction that the caller holds: for acts that must commit together with
something else (erasure, recovery), and for a dry run, which is the same path rolled back."""

from collections.abc import Callable, Sequence
from typing import Any

from ledger.book import store
from ledger.book.append import Sealed, known, replay
from ledger.book.loading import load_for, read_state
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Identity, Item

Connection = Any


async def append_once(
    connection: Connection, book_id: int, items: Sequence[Item], *, clock_us: Callable[[], int], nonce: Callable[[], str],
    identities: tuple[Identity, ...] = (),
) -> list[Outcome]:  # fmt: skip
    """The outcomes of independent items in order, decided under the lock of the head, each after those before it, and written
    in the caller's transaction.

    A key that is known is replayed. Nothing is written for a refusal that leaves no entry. The role needs EXECUTE on
    append_batch. Raises KeyReused, ClockSkew."""
    await connection.fetch(store.LOCK_HEAD, book_id)
    rows = await known(connection, book_id, [item.key for item in items if item.key is not None])
    state, head = await read_state(connection, book_id, identities)
    fresh = [item for item in items if item.key not in rows]
    await load_for(connection, state, fresh, head["clock_us"])
    batch = Batch(state, nonce)
    outcomes = [
        await replay(connection, book_id, item.prints, rows[item.key])
        if item.key is not None and item.key in rows
        else batch.add(item, head["clock_us"])
        for item in items
    ]
    if len(batch):
        await Sealed(batch, head["root"]).send_alone(connection, clock_us())
    return outcomes
