"""Records of people that are not for everybody of the staff, as a list about many people needs to know."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from ledger.budgets import store_access as store

Connection = Any


async def kept_from(
    connection: Connection, book_id: int, persons: Iterable[str], actor: str, today: date
) -> frozenset[str]:  # fmt: skip
    """Of these people, those whose record `actor` does not see as one of the staff: it is restricted to others, or they act for
    the person themselves. Role phb_reader, the book set."""
    named = sorted(set(persons))
    if not named:
        return frozenset()
    rows = await connection.fetch(store.KEPT_FROM, book_id, actor, named, today)
    return frozenset(row["person"] for row in rows)


async def accounts_kept_from(
    connection: Connection, book_id: int, beginnings: Sequence[str], actor: str, today: date, *, exact: bool
) -> frozenset[str]:  # fmt: skip
    """Of these accounts, or beginnings of their codes unless they are `exact`, those under which there is nothing but of people
    whose record `actor` does not see as one of the staff."""
    # Every character of a code stands between a blank and a tilde.
    below = [f"{each} " if exact else f"{each}~" for each in beginnings]
    rows = await connection.fetch(store.ACCOUNTS_KEPT_FROM, book_id, actor, list(beginnings), below, today)
    return frozenset(row["code"] for row in rows)


async def persons_of(connection: Connection, book_id: int, numbers: Iterable[int]) -> frozenset[str]:
    """The people whom these entries are about, of whose money they moved some, or whom what they pay is for."""
    rows = await connection.fetch(store.PERSONS_OF, book_id, sorted({each for each in numbers if 0 < each < 2**63}))
    return frozenset(row["person"] for row in rows)
