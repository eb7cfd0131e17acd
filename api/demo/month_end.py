"""What the office does for the whole book at the end: a partner is billed and pays, months are looked at for patterns, one is
estimated and closed softly."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec

from api.demo.cast import BANK, Span, staff
from api.demo.loading import PATIENCE_SECONDS, Loader
from ledger.budgets.accruals import estimates_of
from ledger.budgets.bills import Bill, read_partner
from ledger.core.batch import Outcome
from ledger.core.calendar import month_of, period_days
from policies import accruing, billing, soft_close
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.thresholds import thresholds_from, thresholds_set
from policies.watching import watch_month

Connection = Any
PARTNER = "council"
MARCH = 3
ESTIMATED = 5
"""Of so many lines at most an estimate is accepted."""
ROUND = 100_00
WATCHED = 3
"""Months that are looked at for patterns."""
THRESHOLDS = Path(__file__).with_name("thresholds.json")


class NothingToDo(Exception):
    """Among the people who were loaded there is nothing to bill or to estimate."""


def month_to_close(span: Span) -> str:
    """The last month that is over and does not end a year: at a year's end care is accrued for good."""
    last = span.as_of.replace(day=1) - timedelta(days=1)
    if last.month == MARCH:
        last = last.replace(day=1) - timedelta(days=1)
    return month_of(last)


async def end_of_month(loader: Loader, span: Span) -> None:
    """The bill, the estimates and the soft close. What is done is found when it is done: a load that was killed
    finds what it did by its key."""
    await _bill(loader, span)
    month = month_to_close(span)
    if period_days(month)[0] < span.first:
        return
    for place in range(ESTIMATED):

        async def estimated(connection: Connection) -> Resolution:
            found = [
                each for each in await estimates_of(connection, loader.book_id, month) if each.decided is None and each.proposed > 0
            ]  # fmt: skip
            if not found:
                raise NothingToDo
            largest = min(found, key=lambda each: (-each.proposed, each.line))
            return await accruing.decide_accrual(
                connection, loader.book_id, month=month, line=largest.line, amount=largest.proposed, dropped=False,
                reason=None, today=span.as_of,
            )  # fmt: skip

        await _carried(loader, f"accrued/{place}", "finance", estimated)
    await _carried(loader, "soft_close", "finance", lambda connection: soft_close.change_soft_close(
        connection, loader.book_id, month=month, closes=True, reason=None, today=span.as_of
    ))  # fmt: skip


async def _bill(loader: Loader, span: Span) -> None:
    """Whole hundreds of pounds of what the partner has not been billed, and half of that paid."""
    on = span.as_of - timedelta(days=7)

    async def made(connection: Connection) -> Resolution:
        found = await read_partner(connection, loader.book_id, PARTNER)
        amount = 0 if found is None else found.billable_on(span.as_of) // ROUND * ROUND
        if amount <= 0:
            raise NothingToDo
        bill = Bill(partner=PARTNER, bill="B-1", start=span.first, end=on, raised_on=on, amount=amount)
        return await billing.raise_bill(connection, loader.book_id, bill, effective_on=on)

    raised = await _carried(loader, "bill", "finance", made)
    if raised is not None:
        half = int(raised.entries[0].attribute("amount") or 0) // 2
        await _carried(loader, "bill/paid", "treasury", lambda connection: billing.take_payment(
            connection, loader.book_id, partner=PARTNER, bill="B-1", amount=half, bank=BANK, effective_on=span.as_of
        ))  # fmt: skip


async def _carried(
    loader: Loader, place: str, role: str, make: Callable[[Connection], Awaitable[Resolution]]
) -> Outcome | None:  # fmt: skip
    try:
        done = await loader.gate.carry_out(make, loader.sender(f"month_end/{place}", staff(role, 0)), PATIENCE_SECONDS)
    except NothingToDo:
        return None
    return loader.tally.count(done)


async def months_watched(loader: Loader, span: Span) -> None:
    """The last months that are over, looked at for patterns, with thresholds that are made up and say so. What was kept already is
    not kept again."""
    given = msgspec.json.decode(THRESHOLDS.read_bytes(), type=dict[str, Any])
    await loader.must("thresholds", staff("finance", 0), thresholds_set(
        thresholds_from(msgspec.json.encode(given["values"])), since=date.fromisoformat(given["from"]), made_up=given["made_up"],
        salt=loader.salt(),
    ))  # fmt: skip
    last = span.as_of.replace(day=1)
    for _ in range(WATCHED):
        last = (last - timedelta(days=1)).replace(day=1)
        if last >= span.first:
            await _watched(loader, month_of(last))


async def _watched(loader: Loader, month: str) -> None:
    place, left = 0, "unknown"
    while left != "0":
        sender = loader.sender(f"watched/{month}/{place}", staff("finance", 0))
        try:
            done = await watch_month(loader.gate, sender, PATIENCE_SECONDS, month=month)
        except NotSettled:
            return
        place, left = place + 1, done.outcome.entries[0].attribute("left") or "0"
