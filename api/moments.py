"""Which moment of a book a read is about: the accounting day, and what was recorded by then."""

import re
from datetime import date, datetime
from typing import Any, NamedTuple

from api.open_books import today
from api.problems import Problem
from api.wire import microseconds_of
from ledger.book.balances import entry_at

Connection = Any
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


class Asked(NamedTuple):
    """The bounds of a read: `effective_on` None counts every day, `known_at` None every entry."""

    effective_on: date | None
    known_at: int | None


async def asked_of(
    connection: Connection,
    book_id: int,
    as_recorded_at: str | None,
    effective_on: date | None,
    known_at: str | None,
) -> Asked:
    """The bounds that the query parameters mean. Without any: effective to today, all entries (what people
    call now).

    `as_recorded_at` asks for the balance in the order of recording, whatever the accounting days, so the
    others do not go with it."""
    if as_recorded_at is not None:
        if effective_on is not None or known_at is not None:
            raise Problem("parameter_malformed", field="as_recorded_at")
        return Asked(None, await _entry(connection, book_id, as_recorded_at, "as_recorded_at"))
    known = None if known_at is None else await _entry(connection, book_id, known_at, "known_at")
    return Asked(today() if effective_on is None else effective_on, known)


async def _entry(connection: Connection, book_id: int, text: str, field: str) -> int:
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        # A plus sign arrives as a blank when the client did not escape it.
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        microseconds = microseconds_of(moment, field)
    except (ValueError, OverflowError, Problem):
        raise Problem("parameter_malformed", field=field) from None
    return await entry_at(connection, book_id, microseconds)
