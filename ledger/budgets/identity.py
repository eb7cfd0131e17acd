"""Who a person is: a name and an NHS number, outside the log, kept by the registrar alone and erasable.

The log and every other table know a person by reference. An NHS number is found again by a keyed hash, so that the same
person is not registered twice; nothing here says whose reference a number has.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from ledger.budgets import store, store_access
from ledger.core.model import Malformed

Connection = Any
WEIGHTS = (10, 9, 8, 7, 6, 5, 4, 3, 2)


class PersonKnown(Exception):
    """Somebody else of this book has this NHS number."""

    code = "person_known"


class IdentityDiffers(Exception):
    """Another identity is kept for this person already."""


class Identity(msgspec.Struct, frozen=True):
    """The name of a person and their NHS number, ten digits, or None where it is not known (yet)."""

    name: str
    nhs_number: str | None = None

    def __post_init__(self) -> None:
        if self.nhs_number is not None and not is_nhs_number(self.nhs_number):
            raise Malformed("nhs_number_malformed", "nhs_number")

    def lookup(self, secret: bytes) -> bytes | None:
        """The keyed hash by which the number is found again; None without a number."""
        if self.nhs_number is None:
            return None
        return hmac.new(secret, b"identity|" + self.nhs_number.encode(), sha256).digest()

    def to_bytes(self) -> bytes:
        """As it is kept; the same identity gives the same bytes."""
        return msgspec.json.encode(self, order="sorted")


def is_nhs_number(text: str) -> bool:
    """Ten digits whose last checks the others by modulus 11 (NHS Data Dictionary, NHS NUMBER)."""
    if len(text) != 10 or not text.isascii() or not text.isdigit():
        return False
    check = 11 - sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text, strict=False)) % 11
    return check % 11 == int(text[9])


def identity_of(content: bytes) -> Identity:
    """The inverse of `Identity.to_bytes`."""
    return msgspec.json.decode(content, type=Identity)


async def keep_identity(connection: Connection, book_id: int, person: str, identity: Identity, secret: bytes) -> None:
    """Keep who a person is, in the caller's unit of work. The same again changes nothing.

    Raises PersonKnown when the NHS number is another person's, and IdentityDiffers when something else is kept for this
    one. Another unit of work that is keeping the same number is waited for, so that one of the two succeeds."""
    lookup, content = identity.lookup(secret), identity.to_bytes()
    done = await connection.execute(store.KEEP_IDENTITY, book_id, person, lookup, content)
    if done.endswith(" 1"):
        return
    kept = await connection.fetchrow(store.IDENTITY, book_id, person)
    if kept is None:
        raise PersonKnown
    if kept["lookup"] != lookup or kept["content"] != content:
        raise IdentityDiffers


async def read_identity(connection: Connection, book_id: int, person: str) -> Identity | None:
    """Who a person is, or None when that was never said or has been erased."""
    kept = await connection.fetchrow(store.IDENTITY, book_id, person)
    return None if kept is None else identity_of(kept["content"])


async def record_access(
    connection: Connection, book_id: int, *, client: str, actor: str, act: str, subject: str, request_id: str,
    purpose: str | None = None, outcome: str = "allow", rule: str | None = None,
) -> None:  # fmt: skip
    """Write down who looked at what, for which purpose, before it is shown; `outcome` is deny where it was not, by `rule`. Takes a
    connection of role phb_access_writer."""
    await connection.execute(
        store_access.RECORD_ACCESS, book_id, client, actor, act, subject, request_id, purpose, outcome, rule
    )


class Access(msgspec.Struct, frozen=True):
    """A note of a look: when, by whom and with which program, at what, what for, and whether it was shown."""

    access_id: int
    at: datetime
    client: str
    actor: str
    act: str
    purpose: str | None
    outcome: str


async def accesses_of(
    connection: Connection, book_id: int, person: str, *, before: int | None, limit: int
) -> list[Access]:  # fmt: skip
    """Who looked at a person's record or at a file of theirs, the newest first. Role phb_reader, the book set."""
    rows = await connection.fetch(store_access.ACCESSES, book_id, person, before, limit)
    return [Access(**dict(row)) for row in rows]


async def details_of_person(connection: Connection, book_id: int, person: str) -> tuple[int, ...]:
    """The entries about a person whose details somebody may have written about them, and are still there: all but what the rules
    decided by themselves. All of them when none is there, so that a repeated erasure has its first answer."""
    rows = await connection.fetch(store.DETAILS_OF_PERSON, book_id, person)
    return tuple(row["number"] for row in rows if row["there"]) or tuple(row["number"] for row in rows)


async def details_left(connection: Connection, book_id: int, numbers: Sequence[int]) -> list[int]:
    """Which of these entries still have their details, in order."""
    return [row["number"] for row in await connection.fetch(store.DETAILS_LEFT, book_id, list(numbers))]
