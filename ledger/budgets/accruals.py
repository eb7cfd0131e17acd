"""Month-end accruals: an estimate of care that was had and not invoiced, recognised in its month and taken back on day one of the
next (accounting.md event 47).

Estimate and its taking back are one group: a book never has the one without the other, so no estimate is forgotten. That is
possible because a month's estimates are decided once the month is over. Amounts are pence.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Unpack

import msgspec

from ledger.book.snapshot import snapshot
from ledger.budgets import store_closing
from ledger.budgets.acts import line_of_shares
from ledger.budgets.claims import Evidence, evidence_of, evidence_recorded
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.plans import Line, line_of
from ledger.budgets.reading import said_from
from ledger.budgets.shares import Share, split
from ledger.core.calendar import month_of, period_days
from ledger.core.model import Detail
from ledger.core.requests import Post, Record

Connection = Any
MONTHS_BESIDE = 3
"""How many earlier months stand beside an estimate."""
ACCRUED_FOR = ("notional", "third_party")
"""Lines whose care is invoiced or stated by whoever gives it. What a direct payment bought is known by its evidence."""


def care_accrued(*, amount: int, shares: Sequence[Share], month: str, **stated: Unpack[Stated]) -> tuple[Post, Post]:
    """Event 47: Dr expense / Cr accrual of each share by weight on the last day of the month, J; and the mirror of it on day one of
    the next. A contributor's part is what they will owe, for the money they paid in is not applied to an estimate. `effective_on`
    is not read: the month says both days. Refusals: period_closed, effective_in_future (the next month has not begun). Source:
    accounting.md event 47, IAS 37 (accruals)."""
    _, last = period_days(month)
    days, made = (last, last + timedelta(days=1)), []
    parts = split(amount, shares)
    for sign, day in zip((1, -1), days, strict=True):
        moved = Movement()
        for share, part in zip(shares, parts, strict=True):
            owed = [sign * part if share.kind == "contribution" else 0]
            moved.care([share], [sign * part], credit=share.code("accrual"), owed=owed)
        given = about(line_of_shares(shares), {**stated, "effective_on": day})
        made.append(Post(event=47, legs=moved.legs, **given))
    return made[0], made[1]


def accrual_subject(line: str, month: str) -> str:
    """The subject of a line's estimate for a month, `accrual/{line}/{month}`."""
    return f"accrual/{line}/{month}"


def accrual_recorded(
    act: str, *, line: Line, month: str, amount: int, reason: str | None = None, because: int = 0, detail: Detail | None = None
) -> Record:  # fmt: skip
    """An estimate `accrual_accepted`, for this amount in pence, or `accrual_dropped`; posts nothing."""
    found = Evidence(subject=accrual_subject(line.line, month), person=line.person, amount=amount, line=line.line)
    return evidence_recorded(act, found, reason=reason, because=because, detail=detail)


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """What a line's care of a month is thought to have cost beyond what is recorded, in pence, and how that was worked out.

    `by_rate` is the line's amount by day, less what is recorded for the month; `by_orders` what open orders for the month still
    keep. `proposed` follows the orders where there are any (`method` says which). `before` are the earlier months, each with what
    is recorded for it by now. `decided` is what became of it (accrual_accepted, accrual_dropped, or None), for `estimated`;
    `came_in` what was recorded for the month after its last day."""

    line: str
    person: str
    month: str
    days: int
    rate_pence: int
    rate_days: int
    recorded: int
    by_rate: int
    by_orders: int
    method: str
    proposed: int
    before: tuple[tuple[str, int], ...]
    decided: str | None = None
    number: int | None = None
    estimated: int = 0
    came_in: int = 0


def by_day(pence: int, days: int, of: int) -> int:
    """The part of an amount that falls on so many days of its dates, to the nearest penny, halves up."""
    return (2 * pence * days + of) // (2 * of)


def estimate_of(
    line: Line, month: str, *, recorded: int, ordered: int, before: tuple[tuple[str, int], ...]
) -> Estimate:  # fmt: skip
    """What is proposed for one line and month."""
    first, last = period_days(month)
    days = (min(last, line.end) - max(first, line.start)).days + 1
    whole = (line.end - line.start).days + 1
    by_rate = max(0, by_day(line.amount, days, whole) - recorded)
    return Estimate(
        line=line.line, person=line.person, month=month, days=days, rate_pence=line.amount, rate_days=whole, recorded=recorded,
        by_rate=by_rate, by_orders=ordered, method="open_orders" if ordered else "rate_days", proposed=ordered or by_rate,
        before=before,
    )  # fmt: skip


def months_before(month: str, many: int = MONTHS_BESIDE) -> tuple[str, ...]:
    """The months before one, newest first."""
    found, first = [], period_days(month)[0]
    for _ in range(many):
        first = period_days(month_of(first - timedelta(days=1)))[0]
        found.append(month_of(first))
    return tuple(found)


async def estimates_of(connection: Connection, book_id: int, month: str) -> tuple[Estimate, ...]:
    """The estimate of every line that was in force in a month and is invoiced, by line; those of nothing that nobody decided are
    left out. Role phb_reader."""
    first, last = period_days(month)
    beside = months_before(month)
    begin = period_days(beside[-1])[0]
    async with snapshot(connection):
        lines = await connection.fetch(store_closing.LINES_NOW, book_id)
        cares = await connection.fetch(store_closing.CARE_BY_MONTH, book_id, begin, last, last)
        orders = await connection.fetch(store_closing.ORDERS_OPEN, book_id, first, last)
        said = await connection.fetch(store_closing.ACCRUALS_SAID, book_id, month)
    then = {(row["line"], row["month"]): (row["by_then"], row["by_now"]) for row in cares}
    ordered = {row["line"]: row["pence"] for row in orders}
    decided = {row.subject: row for row in map(said_from, said)}
    found = []
    for row in map(said_from, lines):
        line, act = line_of(row.subject, row.attributes)
        if line.management not in ACCRUED_FOR or line.end < first or line.start > last or act == "suspended":
            continue
        recorded, now = then.get((line.line, month), (0, 0))
        made = estimate_of(line, month, recorded=recorded, ordered=ordered.get(line.line, 0),
                           before=tuple((each, then.get((line.line, each), (0, 0))[1]) for each in beside))  # fmt: skip
        last_word = decided.get(accrual_subject(line.line, month))
        if last_word is not None and last_word.act != "reversed":
            evidence, became = evidence_of(last_word.subject, last_word.attributes)
            estimated = evidence.amount if became == "accrual_accepted" else 0
            made = msgspec.structs.replace(made, decided=became, number=last_word.number, estimated=estimated,
                                           came_in=now - recorded)  # fmt: skip
        if made.proposed or made.decided:
            found.append(made)
    return tuple(found)


def undecided(estimates: Sequence[Estimate]) -> Mapping[str, int]:
    """What nobody has decided yet, by line, in pence."""
    return {each.line: each.proposed for each in estimates if each.decided is None}
