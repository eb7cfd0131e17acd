"""Lets a book go on after a restore: two people say so, and the log says so too, under a new origin."""

from collections.abc import Callable

from ledger.book.database import connect
from ledger.book.once import append_once
from ledger.core.batch import Outcome
from ledger.core.model import Asked, Item
from ledger.core.note import Checkpoint
from ledger.core.requests import Restart


async def restart_log(
    dsn: str, book_id: int, asked: Asked, *, second: str, ground: str, origin: str, newest: Checkpoint | None,
    clock_us: Callable[[], int], nonce: Callable[[], str],
) -> Outcome:  # fmt: skip
    """Write `log_restarted`: the old and the new origin, and the newest note found outside, which may be of entries that are lost.

    From then on the book belongs to this server and timeline. Refusal: second_person_needed."""
    request = Restart(
        origin=origin, second=second, ground=ground, note_size=newest.size if newest else 0,
        note_root=newest.root.hex() if newest else None,
    )  # fmt: skip
    connection = await connect(dsn, "phb_writer", book_id)
    try:
        async with connection.transaction():
            item = Item(requests=(request,), asked=asked)
            return await append_once(connection, book_id, item, clock_us=clock_us, nonce=nonce)
    finally:
        await connection.close()
