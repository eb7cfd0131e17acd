"""Decisions of a book as they were made, each with what is left of the facts behind it. Role phb_reader."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import msgspec

from ledger.reports.store_decisions import DECISIONS_COUNTED, DECISIONS_KEPT

Connection = Any
AT_ONCE = 1_000


class DecisionKept(msgspec.Struct, frozen=True):
    """One decision: its line, the codes of it, and its detail; `content` is None where there is none, `is_erased` says why."""

    number: int
    day: date
    person: str
    subject: str
    given: dict[str, str]
    body: str
    salt: bytes | None
    content: bytes | None
    is_erased: bool

    @property
    def pence(self) -> int:
        """What was asked for."""
        return int(self.given.get("amount", "0"))


async def decisions_kept(
    connection: Connection, book_id: int, *, since: date = date.min, until: date = date.max, after: int = 0
) -> AsyncIterator[DecisionKept]:  # fmt: skip
    """Every decision about an accounting day since one and until one, with a number after one, by numbers; read in short steps."""
    while rows := await connection.fetch(DECISIONS_KEPT, book_id, after, since, AT_ONCE, until):
        for row in rows:
            yield DecisionKept(
                row["number"], row["day"], row["person"], row["subject"],
                msgspec.json.decode(row["attributes"], type=dict[str, str]), row["body"], row["salt"], row["content"],
                row["is_erased"],
            )  # fmt: skip
        after = rows[-1]["number"]


async def count_decisions(connection: Connection, book_id: int, since: date, until: date, most: int) -> int:
    """How many decisions there are about accounting days since one and until one, months watched for patterns left out; counted to
    `most` and no further."""
    found: int = await connection.fetchval(DECISIONS_COUNTED, book_id, since, until, most)
    return found
