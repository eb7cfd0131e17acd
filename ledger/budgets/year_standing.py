"""How a year stands at its end: what is said of it, what lines and funds have left, and whether that moved since it was proposed.

It is read in one statement, and so of one moment. Amounts are pence; balances signed, debit positive.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from ledger.budgets import store_year_end as store
from ledger.budgets.concerned import Row
from ledger.budgets.foreseen import Foreseen
from ledger.budgets.of_orders import Invoiced, stays
from ledger.budgets.plans import Line, line_of
from ledger.budgets.standing import Said
from ledger.budgets.year_end import FundLeft, LineLeft, OpenOrder
from ledger.core.calendar import period_days

Connection = Any


class _Read(msgspec.Struct, frozen=True):
    size: int
    said: list[Row]
    approved: tuple[int, str, int | None, int | None] | None
    rules: list[tuple[str, str]]
    prepaid: bool
    lines: list[tuple[str, str, str, str, int]]
    funds: list[tuple[str, str, int]]
    version: int
    balances: dict[str, int]
    orders: list[tuple[int, str, int | None, str, int]]
    decisions: list[Said]
    used: list[tuple[int, int, int, int]]
    changed: bool


_read = msgspec.json.Decoder(_Read).decode


class YearEnd(msgspec.Struct, frozen=True):
    """A year at its end. `rules` are the carry rules by fund, `prepaid` says that care paid ahead for it is not released, `changed`
    that authority moved or a rule was set since the proposal. Of a line that is named: what was last said of it, its person and
    their version, its balances by account, its open orders, the decision behind each by its hold, and what used them."""

    year: str
    said: dict[str, list[Said]]
    rules: Mapping[str, str]
    prepaid: bool
    changed: bool
    lines: tuple[LineLeft, ...]
    funds: tuple[FundLeft, ...]
    line: Line | None
    version: int
    balances: dict[str, int]
    orders: tuple[OpenOrder, ...]
    decisions: dict[int, Said]
    used: dict[int, Invoiced]

    def said_of(self, subject: str) -> list[Said]:
        """Everything said of the end of the year, or of a line or fund in it that was named."""
        return self.said.get(subject, [])


async def read_year_end(
    connection: Connection, book_id: int, year: str, *, line: str | None = None, fund: str | None = None,
    proposal: int | None = None, approved: int = 0,
) -> YearEnd:  # fmt: skip
    """All of a year, or of a line of it or a fund's own money; measured by `proposal`, or else by the word before the last. An
    approval that is named is read with it."""
    last = period_days(year)[1].isoformat()
    whole = line is None and fund is None
    text = await connection.fetchval(
        store.YEAR_END, book_id, year, last, line, fund, proposal, approved or None, whole
    )  # fmt: skip
    read = _read(text)
    if approved and isinstance(connection, Foreseen):
        connection.learn((f"decision/{approved}",), approved, read.said, read.approved, read.size)
    said: dict[str, list[Said]] = {}
    for row in read.said:
        given = msgspec.json.decode(row.attributes, type=dict[str, str])
        said.setdefault(row.subject, []).append(Said(row.number, row.kind, row.subject, row.act, row.day, given))
    rules = dict(read.rules)
    stated = [row for row in said.get(f"line/{line}", []) if row.kind == "line"]
    return YearEnd(
        year=year, said=said, rules=rules, prepaid=read.prepaid, changed=read.changed, lines=_lines(read.lines),
        funds=tuple(FundLeft(*each, rules.get(each[0])) for each in read.funds),
        line=line_of(stated[-1].subject, stated[-1].attributes)[0] if stated else None, version=read.version,
        balances=read.balances, orders=_orders(read.orders), decisions={row.number + 1: row for row in read.decisions},
        used={order[0]: stays(each[1:] for each in read.used if each[0] == order[0]) for order in read.orders},
    )  # fmt: skip


def _lines(rows: list[tuple[str, str, str, str, int]]) -> tuple[LineLeft, ...]:
    found: dict[tuple[str, str], LineLeft] = {}
    for line, person, fund, klass, balance in rows:
        made = found.setdefault((line, fund), LineLeft(line, person, fund, {}))
        made.states[klass] = -balance if klass == "unfunded" else balance
    return tuple(found.values())


def _orders(rows: list[tuple[int, str, int | None, str, int]]) -> tuple[OpenOrder, ...]:
    found: dict[int, OpenOrder] = {}
    for number, purpose, expires_us, code, remaining in rows:
        made = found.setdefault(number, OpenOrder(number, purpose, expires_us, {}))
        made.kept[code.split("/")[2]] = remaining
    return tuple(found.values())
