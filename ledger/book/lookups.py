"""Questions about single things of a book: whose accounts are these, what does this hold keep, what does this detail say."""

from typing import Any

import msgspec

from ledger.book import store

Connection = Any


class HoldUnknown(LookupError):
    """There is no hold of this number in this book."""

    code = "hold_unknown"


class HoldPairRead(msgspec.Struct, frozen=True):
    """What one fund keeps under a hold, in pence."""

    holding: str
    origin: str
    placed: int
    remaining: int


class HoldRead(msgspec.Struct, frozen=True):
    """One hold, open or closed; `expires_us` is microseconds UTC or None."""

    number: int
    purpose: str
    subject: str | None
    expires_us: int | None
    closed: bool
    pairs: tuple[HoldPairRead, ...]


async def read_hold(connection: Connection, book_id: int, number: int) -> HoldRead:
    """One hold with all its pairs. HoldUnknown."""
    rows = await connection.fetch(store.HOLDS, book_id, [number])
    if not rows:
        raise HoldUnknown
    first = rows[0]
    pairs = tuple(HoldPairRead(row["holding"], row["origin"], row["placed"], row["remaining"]) for row in rows)
    return HoldRead(number, first["purpose"], first["subject"], first["expires_us"], first["closed"], pairs)


async def read_detail(connection: Connection, book_id: int, number: int) -> bytes | None:
    """The content of an entry's detail; None when it has none, or none any more."""
    content: bytes | None = await connection.fetchval(store.DETAIL, book_id, number)
    return content
