"""Reads of a budget that ends: the orders that still keep money, its notices and liabilities, and what is left to be done."""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets import store_endings as store
from ledger.budgets.reading import Order, order_of, said_of_person
from ledger.budgets.standing import Said
from ledger.budgets.stopping import Liability, liability_of

Connection = Any


async def open_orders(connection: Connection, book_id: int, person: str, line: str | None = None) -> list[Order]:
    """The orders of a person, or of one line of theirs, that still keep money, oldest first; those that something else than a
    decision placed are not orders."""
    rows = await connection.fetch(store.OPEN_HOLDS, book_id, person, line)
    found = [await order_of(connection, book_id, person, row["number"]) for row in rows]
    return [order for order in found if order is not None]


class LiabilityRead(msgspec.Struct, frozen=True):
    """A liability as it stands: the entry that stated it, the one that accepted it, what was paid of it and remained unused in
    pence, and the last entry about it."""

    liability: Liability
    stated: int
    accepted: int | None
    declined: bool
    paid: int
    unused: int
    last: int

    @property
    def rest(self) -> int:
        """Pence still provided for."""
        return self.liability.amount - self.paid - self.unused if self.accepted is not None else 0


def liabilities_in(said: list[Said]) -> list[LiabilityRead]:
    """The liabilities of a person's register rows, in the order in which they were stated."""
    found: dict[str, LiabilityRead] = {}
    for row in said:
        if not row.subject.startswith("liability/"):
            continue
        liability, act = liability_of(row.subject, row.attributes)
        before = found.get(row.subject) or LiabilityRead(liability, row.number, None, False, 0, 0, row.number)
        amount = int(row.attributes["amount"])
        found[row.subject] = msgspec.structs.replace(
            before, last=row.number, accepted=row.number if act == "liability_accepted" else before.accepted,
            declined=before.declined or act == "liability_declined",
            paid=before.paid + (amount if act == "liability_paid" else 0),
            unused=before.unused + (amount if act == "liability_unused" else 0),
        )  # fmt: skip
    return list(found.values())


async def liabilities_of(connection: Connection, book_id: int, person: str) -> list[LiabilityRead]:
    """Every liability of a person."""
    return liabilities_in(await said_of_person(connection, book_id, person, ["evidence"]))


async def unanswered_invoices(connection: Connection, book_id: int, person: str, after: date) -> list[tuple[int, int]]:
    """Invoices of a person that nobody has accepted or declined, for care after a day: entry and pence."""
    rows = await connection.fetch(store.UNANSWERED_INVOICES, book_id, person, after)
    return [(row["number"], row["amount"]) for row in rows]


async def money_in_accounts(connection: Connection, book_id: int, person: str) -> int:
    """Pence of ours that are in accounts of a person, in whatever state: what personal representatives are asked for."""
    return int(await connection.fetchval(store.MONEY_IN_ACCOUNTS, book_id, person))
