"""Opens books and finds them. A book begins with one entry that states its currency, first month, nature and origin."""

from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec

from ledger.book import store
from ledger.book.append import Sealed, known, replay
from ledger.book.database import LOST, connect, set_book
from ledger.book.loading import BookUnknown, read_state
from ledger.book.submission import OutcomeUnknown
from ledger.core.batch import Batch, Outcome
from ledger.core.calendar import period_days
from ledger.core.canon import BOOK_CODE
from ledger.core.model import Asked, Item, Malformed
from ledger.core.requests import OpenBook

Connection = Any


class BookExists(ValueError):
    """A book of this code has been opened before."""

    code = "book_exists"


class BookRow(msgspec.Struct, frozen=True):
    """What is known of a book without reading its log."""

    book_id: int
    code: str
    currency: str
    nature: str
    first_day: str


async def open_book(
    dsn: str, code: str, request: OpenBook, asked: Asked, *, clock_us: Callable[[], int], nonce: Callable[[], str],
    key: tuple[bytes, bytes] | None = None, is_dry: bool = False,
) -> Outcome:  # fmt: skip
    """Open a book: its row, its empty head and its first entry in one unit of work, which a dry run rolls back.

    `key` is a request's key with the fingerprints of its fields: if it opened this very book before, that is the answer again.
    Raises Malformed for a code that is none, BookExists if it is taken, KeyReused, ClockSkew, DatabaseAway, OutcomeUnknown."""
    if not BOOK_CODE.fullmatch(code):
        raise Malformed("code_malformed", "book")
    item = Item(requests=(request,), asked=asked, key=key and key[0], prints=key[1] if key else b"")
    connection = await connect(dsn, "phb_writer")
    try:
        transaction = connection.transaction()
        await transaction.start()
        try:
            outcome = await _first_entry(connection, code, request, item, clock_us, nonce)
        except BaseException:
            await transaction.rollback()
            raise
        await (transaction.rollback() if is_dry else transaction.commit())
        return outcome
    except asyncpg.UniqueViolationError:
        return await _opened_before(connection, code, item)
    except LOST as gone:
        raise OutcomeUnknown from gone
    finally:
        connection.terminate()


async def _first_entry(
    connection: Connection, code: str, request: OpenBook, item: Item, clock_us: Callable[[], int], nonce: Callable[[], str]
) -> Outcome:  # fmt: skip
    first_day = period_days(request.first_month)[0]
    book_id = await connection.fetchval(
        store.CREATE_BOOK, code, request.currency, request.nature, first_day, request.origin
    )
    await set_book(connection, book_id)
    state, head = await read_state(connection, book_id, ())
    batch = Batch(state, nonce)
    outcome = batch.add(item, head["clock_us"])
    await Sealed(batch, head["root"]).send_alone(connection, clock_us())
    return outcome


async def _opened_before(connection: Connection, code: str, item: Item) -> Outcome:
    """The first answer to the key that opened this book; BookExists when another request did."""
    row = await find_book(connection, code)
    if item.key is None:
        raise BookExists
    await set_book(connection, row.book_id)
    rows = await known(connection, row.book_id, [item.key])
    if item.key not in rows:
        raise BookExists
    return await replay(connection, row.book_id, item.prints, rows[item.key])


async def find_book(connection: Connection, code: str) -> BookRow:
    """The book of a code, or BookUnknown."""
    for book in await list_books(connection):
        if book.code == code:
            return book
    raise BookUnknown


async def list_books(connection: Connection) -> list[BookRow]:
    """All books of this server, by code."""
    rows = await connection.fetch(store.BOOKS)
    return [
        BookRow(row["book_id"], row["code"], row["currency"], row["nature"], row["first_day"].isoformat())
        for row in rows
    ]
