"""Periods opened again through the rules: by another than closed them, and a year that was closed long ago after a second look."""

from typing import Any

from ledger.book.periods import list_periods
from ledger.book.statements import read_entry
from ledger.budgets.foreseen import PERIODS, foresee
from ledger.budgets.reading import version_of
from ledger.budgets.standing import read_rules
from ledger.core.calendar import is_year, london_day
from ledger.core.model import Guard
from ledger.core.requests import ChangePeriod
from policies.facts_closing import Reopening
from policies.gate import ACTIVE_BUNDLE, BundleNotActive, Decided, Gate, Sender
from policies.judging import Case, judge
from policies.resolution import Resolution

Connection = Any


async def reopen_period(
    gate: Gate, sender: Sender, timeout_seconds: float, *, change: ChangePeriod, approved: int = 0
) -> Decided:  # fmt: skip
    """Opens a closed month or year again, when the rules allow it. What is not closed the ledger refuses (period_state), and
    whatever the rules say it has nobody open what they closed themselves. So in a book that never had rules, such as one of
    imported payments, it needs none."""

    async def look(connection: Connection) -> Case:
        period, today = change.period, gate.today()
        await foresee(connection, entries=(approved,), subjects=(period, f"decision/{approved}"), parts=(PERIODS,))
        found = await list_periods(connection, gate.book_id, today)
        closed = next((each for each in (*found.months, *found.years) if each.period == period and each.closed), None)
        days, closers = 0, frozenset[str]()
        if closed is not None and closed.number is not None:
            entry = (await read_entry(connection, gate.book_id, closed.number)).entry
            days, closers = max(0, (today - london_day(entry.recorded_us)).days), entry.people
        sheet = Reopening(
            act="reopen_period", closed_by_same=bool(closers & sender.asked.people), is_year=is_year(period), closed_days=days,
            limit_year_reopened_days=gate.limits_on(today).year_reopened_days,
        )  # fmt: skip
        return Case(
            sheet=sheet, act="reopen_period", person="", subject=f"reopening/{period}", amount=0, effective_on=today,
            requests=(change,), guards=(Guard(period, await version_of(connection, gate.book_id, period)),), approved=approved,
            because=0 if closed is None or closed.number is None else closed.number, stated={"of_period": period},
        )  # fmt: skip

    async def unruled(connection: Connection) -> Resolution:
        if (await read_rules(connection, gate.book_id)).bundle_version:
            raise BundleNotActive
        return Resolution((change,), (Guard(ACTIVE_BUNDLE, 0),))

    try:
        return await judge(gate, sender, timeout_seconds, look, person="")
    except BundleNotActive:
        return await gate.carry_out(unruled, sender, timeout_seconds)
