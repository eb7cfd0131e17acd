"""Reads of a budget that ends: the orders that still keep money, its notices and liabilities, and what is left to be done."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets import store_endings as store
from ledger.budgets.carried import every_share_of
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line
from ledger.budgets.reading import Order, funds_of, order_of, said_of_person, shares_of
from ledger.budgets.shares import Share, split
from ledger.budgets.standing import Said, read_rules
from ledger.budgets.stopping import Liability, Stop, liability_of, stop_of
from ledger.budgets.wording import optional_number
from ledger.core.calendar import year_of
from ledger.core.canon import Entry

Connection = Any


async def open_orders(connection: Connection, book_id: int, person: str, line: str | None = None) -> list[Order]:
    """The orders of a person, or of one line of theirs, that still keep money, oldest first; those that something else than a
    decision placed are not orders."""
    rows = await connection.fetch(store.OPEN_HOLDS, book_id, person, line)
    found = [await order_of(connection, book_id, person, row["number"]) for row in rows]
    return [order for order in found if order is not None]


def with_released(balances: Mapping[str, int], orders: Sequence[Order]) -> dict[str, int]:
    """What accounts hold once these orders have given back what they keep (account code → pence)."""
    found = dict(balances)
    for order in orders:
        for share in order.shares:
            code = share.code("available")
            found[code] = found.get(code, 0) + order.remaining.get(share.code("held"), 0)
    return found


async def shares_left(
    connection: Connection, book_id: int, line: Line, balances: Mapping[str, int], *, keeping: int = 0, day: date
) -> tuple[Share, ...]:  # fmt: skip
    """What `shares_but` says of the funds of a book."""
    return shares_but(keeping, line, funds_of((await read_rules(connection, book_id)).funds), balances, day)


def shares_but(
    keeping: int, line: Line, funds: Mapping[str, Fund], balances: Mapping[str, int], day: date
) -> tuple[Share, ...]:  # fmt: skip
    """The shares of a line in all its years as its end meets them. `keeping` pence of what is available on a day are not theirs to
    give: each share of that year keeps its part as agreed, as far as it has it."""
    shares = every_share_of(line, funds, balances)
    if not keeping:
        return shares
    on = min(max(day, line.start), line.end)
    bearing = shares_of(line, year_of(on), funds, balances, on)
    kept = dict(zip((share.ref for share in bearing), split(keeping, bearing), strict=True))
    return tuple(
        msgspec.structs.replace(share, available=max(0, share.available - kept.get(share.ref, 0))) for share in shares
    )


async def returns_of(connection: Connection, book_id: int, person: str, line: str, ended: int) -> list[Entry]:
    """The entries by which authority went back because a line ended in entry `ended`, at once and later, in years that have not
    closed since."""
    rows = await connection.fetch(store.RETURNS_OF, book_id, person, line, ended)
    return [(await read_entry(connection, book_id, row["number"])).entry for row in rows]


class StopRead(NamedTuple):
    """A stop as it was last said: its entry and state, and what was said of its reconsideration since the notice, if anything."""

    number: int
    stop: Stop
    act: str
    reconsideration: str | None


async def stops_of(connection: Connection, book_id: int) -> list[StopRead]:
    """The last stop of every line of a book that one was notified for, those first that end first."""
    found = []
    for row in await connection.fetch(store.STOPS, book_id):
        stop, act = stop_of(row["subject"], json.loads(row["attributes"]))
        found.append(StopRead(row["number"], stop, act, row["reconsideration"]))
    return sorted(found, key=lambda each: (each.stop.ends_on, each.stop.line))


class LiabilityRead(msgspec.Struct, frozen=True):
    """A liability as it stands: the entry that stated it, the one that accepted it, what was paid of it and remained unused in
    pence, the last entry about it, and what the statutory rule comes to, where it was asked."""

    liability: Liability
    stated: int
    accepted: int | None
    declined: bool
    paid: int
    unused: int
    last: int
    computed: int | None = None

    @property
    def is_waiting(self) -> bool:
        """Whether it was stated and nobody has accepted or declined it."""
        return self.accepted is None and not self.declined

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
        before = found.get(row.subject) or LiabilityRead(
            liability, row.number, None, False, 0, 0, row.number, optional_number(row.attributes, "computed")
        )
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
