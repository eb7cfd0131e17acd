"""Referrals that nobody has decided yet, evidence that approvals asked for, checks of providers; and what is late of them."""

from datetime import date
from typing import Any, NamedTuple

from ledger.reports import store_referrals as store

Connection = Any


class Waiting(NamedTuple):
    """A decision that waits for an officer: its entry, the act, whose budget, pence, and the day by which it was to be decided."""

    number: int
    act: str
    person: str | None
    line: str | None
    amount: int
    decide_by: date | None

    def late_days(self, today: date) -> int:
        """Days since its day; 0 in time."""
        return 0 if self.decide_by is None else max(0, (today - self.decide_by).days)


async def read_waiting(
    connection: Connection, book_id: int, *, late_on: date | None, after: int, limit: int
) -> list[Waiting]:  # fmt: skip
    """What waits, the oldest first: all of it, or what is late on a day. Role phb_reader, the book set."""
    rows = await connection.fetch(store.REFERRALS_WAITING, book_id, after, late_on, limit)
    return [Waiting(*row) for row in rows]


class EvidenceDue(NamedTuple):
    """An approval that asked for evidence by a day, which nobody has seen."""

    number: int
    person: str
    line: str | None
    due: date


async def read_evidence_due(
    connection: Connection, book_id: int, *, late_on: date | None, after: int, limit: int
) -> list[EvidenceDue]:  # fmt: skip
    """Evidence that has not come, the oldest approval first: all of it, or what is late on a day. Role phb_reader, the book set."""
    rows = await connection.fetch(store.EVIDENCE_DUE, book_id, after, late_on, limit)
    return [EvidenceDue(*row) for row in rows]


class CheckToMake(NamedTuple):
    """A provider that the commissioner was asked to check: the entry, for whom, since when and by when."""

    number: int
    person: str
    payee: str
    asked_on: date
    due_on: date


async def checks_to_make(connection: Connection, book_id: int, *, after: int, limit: int) -> list[CheckToMake]:
    """Checks of providers that are still to be made, the oldest first. Role phb_reader, the book set."""
    return [CheckToMake(*row) for row in await connection.fetch(store.CHECKS_TO_MAKE, book_id, after, limit)]
