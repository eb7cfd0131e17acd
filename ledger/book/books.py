"""Opens books and finds them. A book begins with one entry that states its currency, first month, nature and origin."""

from collections.abc import Callable
from typing import Any

import asyncpg
import msgspec

from ledger.book import store
from ledger.book.append import Sealed
from ledger.book.database import connect, set_book
from ledger.book.loading import BookUnknown, read_state
from ledger.core.batch import Batch, Outcome
from ledger.core.calendar import period_days
from ledger.core.canon import BOOK_CODE
from ledger.core.model import Asked, Item, Malformed
from ledger.core.requests import OpenBook


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
    dsn: str, code: str, request: OpenBook, asked: Asked, *, clock_us: Callable[[], int], nonce: Callable[[], str]
) -> Outcome:
    """Open a book: its row, its empty head and its first entry in one unit of work.

    Raises Malformed for a code that is none, BookExists if it is taken."""
    if not BOOK_CODE.fullmatch(code):
        raise Malformed("code_malformed", "book")
    connection = await connect(dsn, "phb_writer")
    try:
        async with connection.transaction():
            first_day = period_days(request.first_month)[0]
            try:
                book_id = await connection.fetchval(
                    store.CREATE_BOOK, code, request.currency, request.nature, first_day, request.origin
                )
            except asyncpg.UniqueViolationError:
                raise BookExists from None
            await set_book(connection, book_id)
            state, head = await read_state(connection, book_id, ())
            batch = Batch(state, nonce)
            outcome = batch.add(Item(requests=(request,), asked=asked), head["clock_us"])
            await Sealed(batch, head["root"]).send(connection, clock_us())
            return outcome
    finally:
        await connection.close()


async def find_book(connection: Any, code: str) -> BookRow:
    """The book of a code, or BookUnknown."""
    for book in await list_books(connection):
        if book.code == code:
            return book
    raise BookUnknown


async def list_books(connection: Any) -> list[BookRow]:
    """All books of this server, by code."""
    rows = await connection.fetch(store.BOOKS)
    return [
        BookRow(row["book_id"], row["code"], row["currency"], row["nature"], row["first_day"].isoformat())
        for row in rows
    ]
