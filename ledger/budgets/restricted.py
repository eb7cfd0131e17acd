"""Records of people that are kept for a few of the staff, as a list about many people needs to know."""

from collections.abc import Iterable, Sequence
from typing import Any

from ledger.budgets import store_access as store

Connection = Any


async def restricted_from(connection: Connection, book_id: int, persons: Iterable[str], actor: str) -> frozenset[str]:
    """Of these people, those whose record is restricted to staff of whom `actor` is none. Role phb_reader, the book set."""
    named = sorted(set(persons))
    if not named:
        return frozenset()
    rows = await connection.fetch(store.RESTRICTED_FROM, book_id, actor, named)
    return frozenset(row["person"] for row in rows)


async def accounts_restricted_from(
    connection: Connection, book_id: int, beginnings: Sequence[str], actor: str, *, exact: bool
) -> frozenset[str]:  # fmt: skip
    """Of these accounts, or beginnings of their codes unless they are `exact`, those under which there is nothing but of people
    whose record is restricted to staff of whom `actor` is none."""
    # Every character of a code stands between a blank and a tilde.
    below = [f"{each} " if exact else f"{each}~" for each in beginnings]
    rows = await connection.fetch(store.ACCOUNTS_RESTRICTED_FROM, book_id, actor, list(beginnings), below)
    return frozenset(row["code"] for row in rows)
