"""Month-end estimates: decided by finance once the month is over, line by line, each once."""

from datetime import date
from typing import Any

from ledger.budgets.accruals import (
    ACCRUED_FOR,
    accrual_recorded,
    accrual_subject,
    care_accrued,
    estimates_of,
)
from ledger.budgets.reading import funds_of, said_of, setup_of, shares_of
from ledger.budgets.standing import read_rules, read_standing
from ledger.core.calendar import is_year, period_days, year_of
from ledger.core.model import Guard, Malformed, check_period
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
ACCRUAL_ACTS = ("accrual_accepted", "accrual_dropped")


def month_named(text: str) -> str:
    """A month `2026-11`, or Malformed(period_malformed)."""
    if is_year(check_period(text, "month")):
        raise Malformed("period_malformed", "month")
    return text


async def person_of_line(connection: Connection, book_id: int, line: str) -> str:
    """Whose line it is. NotThere(line_unknown)."""
    said = [each for each in await said_of(connection, book_id, f"line/{line}") if each.kind == "line"]
    if not said:
        raise NotThere("line_unknown")
    return said[-1].attributes["person"]


async def decide_accrual(
    connection: Connection, book_id: int, *, month: str, line: str, amount: int, dropped: bool, reason: str | None, today: date
) -> Resolution:  # fmt: skip
    """Accepts a line's estimate for a month, as proposed or changed with a reason, or drops it with one (event 47). Accepted it is
    posted and taken back in one group, so it is decided from day one of the next month on.

    NotThere(line_unknown); NotSettled(accrual_too_early, accrual_at_year_end, accrual_not_for_line, accrual_decided,
    accrual_reason_missing)."""
    first, last = period_days(month)
    if today <= last:
        raise NotSettled("accrual_too_early")
    if last.month == 3:
        raise NotSettled("accrual_at_year_end")
    person = await person_of_line(connection, book_id, line)
    standing = await read_standing(connection, book_id, person)
    found, _ = setup_of(standing.said).lines[line]
    if found.management not in ACCRUED_FOR or found.end < first or found.start > last:
        raise NotSettled("accrual_not_for_line")
    subject = accrual_subject(line, month)
    before = await said_of(connection, book_id, subject)
    if before and before[-1].act in ACCRUAL_ACTS:
        raise NotSettled("accrual_decided")
    proposed = {each.line: each.proposed for each in await estimates_of(connection, book_id, month)}
    if reason is None and (dropped or amount != proposed.get(line, 0)):
        raise NotSettled("accrual_reason_missing")
    guards = (Guard(subject, before[-1].number if before else 0), Guard(f"person/{person}", standing.version))
    record = accrual_recorded(ACCRUAL_ACTS[dropped], line=found, month=month, amount=amount, reason=reason)
    if dropped:
        return Resolution((record,), guards)
    funds = funds_of((await read_rules(connection, book_id)).funds)
    shares = shares_of(found, year_of(last), funds, standing.balances, last)
    posts = care_accrued(amount=amount, shares=shares, month=month, effective_on=last, because=-1)
    return Resolution((record, *posts), guards)
