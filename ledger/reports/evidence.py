"""Spending that no document shows: what was claimed, laid out, or left a holder's account, without a receipt or a word instead."""

from datetime import datetime
from typing import Any, NamedTuple

from ledger.reports import store_evidence as store

Connection = Any
TOLD = ("claimed", "evidence_accepted", "reimbursement_claimed", "reimbursement_accepted", "bank_line_taken")
"""The acts that tell of spending, as it stands. What was declined or reversed since has another."""
SHOWN = ("complete", "explained", "exempt")
"""The states of a document that show it; an explanation is lawful (SI 2013/1617 reg 12)."""


class Unshown(NamedTuple):
    """Spending without a document that shows it: its newest entry and its first, what it is, whose, pence, and the states of the
    documents that there are (`missing`, `illegible`, or none), with when it was first told."""

    number: int
    first: int
    act: str
    person: str
    line: str | None
    amount: int
    states: tuple[str, ...]
    told_at: datetime


async def read_unshown(
    connection: Connection, book_id: int, *, person: str | None, after: int, limit: int
) -> list[Unshown]:  # fmt: skip
    """What is not shown, by number; of one person, or of everybody. Role phb_reader, the book set."""
    rows = await connection.fetch(store.SPENDING_UNSHOWN, book_id, person, list(TOLD), list(SHOWN), after, limit)
    return [
        Unshown(row["number"], row["first"], row["act"], row["person_ref"], row["line"], row["amount"], tuple(row["states"]),
                row["recorded_at"])
        for row in rows
    ]  # fmt: skip
