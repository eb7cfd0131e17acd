"""Erases details of entries: what the law takes away goes, and the log shows that it went, by whom and on what ground."""

from collections.abc import Awaitable, Callable
from typing import Any

from ledger.book import store
from ledger.book.database import connect
from ledger.book.loading import read_head
from ledger.book.once import append_once
from ledger.core.batch import Outcome
from ledger.core.model import Item
from ledger.core.requests import Erase

Connection = Any


async def erase_details(
    dsn: str, book_id: int, item: Item, *, clock_us: Callable[[], int], nonce: Callable[[], str],
    fork_check: Callable[[Connection, Any], Awaitable[None]] | None = None,
) -> Outcome:  # fmt: skip
    """Write the erasure entry and delete the details in one unit of work, as the eraser. The item is one Erase; under a key that
    is known its first outcome comes again.

    Refusals: entry_unknown, nothing_to_erase (none there, or erased before), second_person_needed. Nothing is deleted then.
    The lines stay as they are: they never held more than a commitment. With the detail of a person's registration goes who
    they are (phb.identity), and with a payee's the hash by which they are found again."""
    entries = [number for request in item.requests if isinstance(request, Erase) for number in request.entries]
    connection = await connect(dsn, "phb_eraser", book_id)
    try:
        async with connection.transaction():
            if fork_check is not None:
                await connection.fetch(store.LOCK_HEAD, book_id)
                await fork_check(connection, await read_head(connection, book_id))
            [outcome] = await append_once(connection, book_id, [item], clock_us=clock_us, nonce=nonce)
            if outcome.refusal is None:
                await connection.execute(store.DELETE_DETAILS, book_id, entries)
                await connection.execute(store.FORGET_PAYEES, book_id, entries)
                await connection.execute(store.FORGET_IDENTITIES, book_id, entries)
            return outcome
    finally:
        await connection.close()
