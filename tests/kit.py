"""What many tests say in one word: open a book, post between two accounts, read the raw tables."""

import os
import secrets
import time
from collections.abc import Callable
from datetime import date
from typing import Any, NamedTuple

import asyncpg

from ledger.book.books import open_book as open_real_book
from ledger.book.writer import Settings, Writer
from ledger.core.batch import Outcome
from ledger.core.model import AccountSpec, Asked, Item, Leg
from ledger.core.requests import OpenAccounts, OpenBook, Post

ASKED = Asked("test", "tester")
DAY = date(2025, 6, 2)


class Book(NamedTuple):
    """A book of a test and where it lives."""

    dsn: str
    book_id: int
    code: str


def clock_us() -> int:
    """The process clock."""
    return time.time_ns() // 1000


def nonce() -> str:
    """A random nonce."""
    return secrets.token_hex(16)


async def open_book(
    dsn: str,
    code: str = "TEST",
    first_month: str = "2025-04",
    nature: str = "synthetic",
    clock_us: Callable[[], int] = clock_us,
) -> Book:
    """A book with its first entry."""
    request = OpenBook(currency="GBP", first_month=first_month, nature=nature, origin=f"phb-ledger/{code}/test")
    await open_real_book(dsn, code, request, ASKED, clock_us=clock_us, nonce=nonce)
    connection = await asyncpg.connect(dsn)
    book_id = await connection.fetchval("SELECT book_id FROM phb.book WHERE code = $1", code)
    await connection.close()
    return Book(dsn, book_id, code)


def writer_of(book: Book, **settings: Any) -> Writer:
    """A writer, not started yet."""
    given = {"dsn": book.dsn, "book_id": book.book_id, "clock_us": clock_us, "nonce": nonce, **settings}
    return Writer(Settings(**given))


def item(*requests: Any, key: bytes | None = None, **more: Any) -> Item:
    """An item of one or more requests under a random key."""
    given = {"asked": ASKED, "prints": b"p" * 24, **more}
    return Item(requests=requests, key=os.urandom(16) if key is None else key, **given)


def post(debit: str, credit: str, pence: int, day: date = DAY, **more: Any) -> Post:
    """Moves pence from the credited to the debited account."""
    return Post(effective_on=day, legs=(Leg(debit, pence), Leg(credit, -pence)), **more)


async def open_accounts(writer: Writer, *specs: AccountSpec | str, tags: tuple[tuple[str, str], ...] = ()) -> Outcome:
    """Opens accounts; a plain code becomes an unguarded asset."""
    made = tuple(spec if isinstance(spec, AccountSpec) else AccountSpec(spec, "bank") for spec in specs)
    return await writer.submit(item(OpenAccounts(accounts=made, tags=tags)))


async def rows(dsn: str, sql: str, *values: Any) -> list[Any]:
    """Rows as the superuser sees them."""
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(sql, *values))
    finally:
        await connection.close()


async def move_clock(dsn: str, offset_us: int) -> None:
    """Move PostgreSQL's clock, as a book sees it, by so many microseconds."""
    await rows(
        dsn,
        "CREATE OR REPLACE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql VOLATILE "
        f"RETURN (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + ({offset_us})",
    )
