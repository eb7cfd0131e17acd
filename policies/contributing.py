"""A person's own contribution to a line: received and returned, within what the plan agreed."""

from datetime import date
from typing import Any

from ledger.budgets.acts import contribution_received, contribution_returned
from ledger.budgets.plans import Line
from ledger.budgets.reading import funds_of, said_of, setup_of, shares_of, years_of
from ledger.budgets.shares import Share, split
from ledger.budgets.splits import borne_by
from ledger.budgets.standing import read_rules, read_standing
from ledger.core.calendar import year_of
from ledger.core.model import Guard
from policies.planning import NotSignable
from policies.resolution import Resolution
from policies.sheets import NotThere

Connection = Any


async def contribute(
    connection: Connection, book_id: int, *, person: str, line: str, amount: int, bank: str, effective_on: date,
    returns: bool,
) -> Resolution:  # fmt: skip
    """Event 45: what a person or charity gave towards a line, or what of it goes back, in the financial year of the day. Behind it
    is the agreement of the line, and no more is taken than it says: the rest is not for this line, and goes back.

    NotThere(person_unknown, line_unknown), NotSignable(line_without_contribution, contribution_above_agreed, line_not_going_on).
    Refusals: account_unknown (the bank), not_enough_available (returned: what has been ordered or used)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found, act = setup.lines[line]
    year = year_of(effective_on)
    if not any(share.kind == "contribution" for share in found.shares) or year not in years_of(found):
        raise NotSignable("line_without_contribution")
    if act == "ended" and not returns:
        raise NotSignable("line_not_going_on")
    funds = funds_of((await read_rules(connection, book_id)).funds)
    shares = {each: shares_of(found, each, funds, standing.balances) for each in years_of(found)}
    own = next(share for share in shares[year] if share.kind == "contribution")
    given = sum(_given(share) for each in shares.values() for share in each if share.fund == own.fund)
    if not returns and given + amount > agreed_contribution(found, own.fund):
        raise NotSignable("contribution_above_agreed")
    agreed = [row for row in await said_of(connection, book_id, f"line/{line}") if row.act == "agreed"]
    posts = contribution_returned if returns else contribution_received
    moved = posts(amount=amount, share=own, bank=bank, effective_on=effective_on, because=agreed[-1].number)
    return Resolution((moved,), (Guard(f"person/{person}", standing.version),))


def agreed_contribution(line: Line, fund: str) -> int:
    """Pence of a line that its contribution bears, as the plan splits it."""
    if line.is_split_by_day:
        return borne_by(line, fund)
    weights = [
        Share(line=line.line, fund=each.fund, year="0", person=line.person, kind="ring_fenced", weight=each.weight)
        for each in line.shares
    ]
    parts = split(line.amount, weights)
    return next(part for part, each in zip(parts, line.shares, strict=True) if each.fund == fund)


def _given(share: Share) -> int:
    had = (
        share.available + share.contingency + share.held + share.advanced + share.spent + share.recovering + share.lost
    )
    return had - share.unfunded
