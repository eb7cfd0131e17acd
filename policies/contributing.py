"""A person's own contribution to a line: received and returned, within what the plan agreed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets.acts import contribution_received, contribution_returned
from ledger.budgets.chart import account_code
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line
from ledger.budgets.presence import balance_of, came_in_on
from ledger.budgets.reading import funds_of, said_of, setup_of, shares_of, years_of
from ledger.budgets.shares import Share, split
from ledger.budgets.splits import borne_by
from ledger.budgets.standing import read_rules, read_standing
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
    is the agreement of the line, and no more is taken than it says: the rest is not for this line, and goes back. It goes back by
    another than recorded that it came.

    NotThere(person_unknown, line_unknown), NotSignable(line_without_contribution, contribution_above_agreed, line_not_going_on).
    Refusals: account_unknown (the bank), not_enough_available (returned: what has been ordered or used)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found, act = setup.lines[line]
    year = found.year_on(effective_on)
    if not any(share.kind == "contribution" for share in found.shares):
        raise NotSignable("line_without_contribution")
    if act == "ended" and not returns:
        raise NotSignable("line_not_going_on")
    funds = funds_of((await read_rules(connection, book_id)).funds)
    own = next(share for share in shares_of(found, year, funds, standing.balances) if share.kind == "contribution")
    # The end of a year opens the share of the next, also of a line that has ended by then: what is left of it is theirs.
    years = sorted({*years_of(found), *(share_year for share_year in _years_open(line, own.fund, standing.balances))})
    if year not in (years if returns else years_of(found)):
        raise NotSignable("line_without_contribution")
    shares = [each for name in years for each in shares_of(found, name, funds, standing.balances)]
    given = sum(_given(share) for share in shares if share.fund == own.fund)
    if not returns and given + amount > agreed_contribution(found, own.fund):
        raise NotSignable("contribution_above_agreed")
    agreed = [row for row in await said_of(connection, book_id, f"line/{line}") if row.act == "agreed"]
    stated: dict[str, Any] = {"effective_on": effective_on, "because": agreed[-1].number}
    moved = (
        contribution_returned(
            amount=amount, share=own, bank=bank, earlier=await _of_earlier(connection, book_id, own, years, amount), **stated
        )
        if returns
        else contribution_received(amount=amount, share=own, bank=bank, **stated)
    )  # fmt: skip
    # What goes back leaves our bank, so nobody sends it who said that it had come.
    others = await came_in_on(connection, book_id, own.code("contribution")) if returns else ()
    return Resolution((moved,), (Guard(f"person/{person}", standing.version),), others)


def _years_open(line: str, fund: str, balances: Mapping[str, int]) -> Iterator[str]:
    """The financial years that a line has accounts of its contribution in."""
    for code in balances:
        family, *names = code.split("/")
        if family == "share" and names[:2] == [line, fund] and names[-1] == "available":
            yield names[2]


async def _of_earlier(
    connection: Connection, book_id: int, own: Share, years: Sequence[str], amount: int
) -> dict[str, int]:  # fmt: skip
    """What of an amount that goes back had come in in earlier years than the share's, the latest of them first: what the fund has
    received in the year itself goes back of that."""
    found: dict[str, int] = {}
    rest = amount - max(0, -(await balance_of(connection, book_id, own.code("source")) or 0))
    for year in reversed([each for each in years if each < own.year]):
        source = account_code("source", fund=own.fund, year=year)
        part = min(rest, max(0, -(await balance_of(connection, book_id, source) or 0)))
        if part > 0:
            found[year] = part
            rest -= part
    return found


class Contribution(NamedTuple):
    """What a person gives towards a line, in pence: as agreed, received less what went back, and what became of that."""

    fund: str
    agreed: int
    received: int
    held: int
    spent: int
    available: int


def contributions_of(line: Line, funds: Mapping[str, Fund], balances: Mapping[str, int]) -> tuple[Contribution, ...]:
    """The contributions to a line, fund by fund; most lines have none."""
    found = []
    for own in (share for share in line.bearers if share.kind == "contribution"):
        years = sorted({*years_of(line), *_years_open(line.line, own.fund, balances)})
        shares = [share for year in years for share in shares_of(line, year, funds, balances) if share.fund == own.fund]
        states = [sum(getattr(share, state) for share in shares) for state in ("held", "spent", "available")]
        found.append(Contribution(own.fund, agreed_contribution(line, own.fund), sum(map(_given, shares)), *states))
    return tuple(found)


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
