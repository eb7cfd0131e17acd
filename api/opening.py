"""A book opened once under its key, by a command or over HTTP: asked for again with that key it is not opened twice."""

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from api.auth import Caller
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from ledger.book.books import open_book
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import Malformed
from ledger.core.requests import OpenBook
from ledger.money import to_money

ROUTE = "books"


async def open_once(
    dsn: str, secret: bytes, caller: Caller, code: str, *, nature: str, first_month: str, currency: str, key: str | None,
    fields: Mapping[str, Any], clock_us: Callable[[], int], nonce: Callable[[], str], is_dry: bool = False,
) -> Outcome:  # fmt: skip
    """The first entry of a new book, or of the one that this key opened with these fields. Without a key a book is opened or
    refused. Raises BookExists, Malformed, CurrencyNotInPence, the Problem of a key that was used for another book, and
    what the database being away raises."""
    request = OpenBook(currency=currency, first_month=first_month, nature=nature, origin=new_origin(code))
    to_money(0, currency)
    if first_month > f"{london_day(clock_us()):%Y-%m}":
        raise Malformed("first_month_in_future", "first_month")
    prints = canonical(ROUTE, fields)
    own = None if key is None else (stored_key(secret, code, caller, key), prints_of(secret, prints))
    with naming_reuse(secret, prints):
        return await open_book(dsn, code, request, caller.asked, clock_us=clock_us, nonce=nonce, key=own, is_dry=is_dry)


def new_origin(code: str) -> str:
    """The name of a new tree: the book, and what no other tree of it has."""
    return f"phb-ledger/{code}/{secrets.token_hex(8)}"
