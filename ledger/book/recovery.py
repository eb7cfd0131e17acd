"""Lets a book go on after a restore: two people say so, and the log says so too, under a new origin."""

from collections.abc import Awaitable, Callable
from typing import Any

from ledger.book import store
from ledger.book.append import known
from ledger.book.database import connect
from ledger.book.loading import read_head
from ledger.book.once import append_once
from ledger.book.submission import ForkSuspected
from ledger.core.batch import Outcome
from ledger.core.model import Item

Connection = Any


class RecoveryNotNeeded(RuntimeError):
    """The book extends what was published of it, on the server it belongs to: there is nothing to recover, and a new origin
    would only cost it its notes."""

    code = "recovery_not_needed"


async def restart_log(
    dsn: str, book_id: int, item: Item, *, clock_us: Callable[[], int], nonce: Callable[[], str],
    fork_check: Callable[[Connection, Any], Awaitable[None]],
) -> Outcome:  # fmt: skip
    """Write `log_restarted`: the old and the new origin, and the newest note found outside, which may be of entries that are lost.
    The item is one Restart; under a key that is known its first outcome comes again.

    From then on the book belongs to this server and timeline, and it stays read-only until a note of the new origin is published.
    Refusal: second_person_needed. Raises RecoveryNotNeeded when no fork is suspected."""
    connection = await connect(dsn, "phb_writer", book_id)
    try:
        async with connection.transaction():
            await connection.fetch(store.LOCK_HEAD, book_id)
            if item.key is None or not await known(connection, book_id, [item.key]):
                await _check_needed(connection, book_id, fork_check)
            [outcome] = await append_once(connection, book_id, [item], clock_us=clock_us, nonce=nonce)
            return outcome
    finally:
        await connection.close()


async def _check_needed(
    connection: Connection, book_id: int, fork_check: Callable[[Connection, Any], Awaitable[None]]
) -> None:
    try:
        await fork_check(connection, await read_head(connection, book_id))
    except ForkSuspected:
        return
    raise RecoveryNotNeeded
