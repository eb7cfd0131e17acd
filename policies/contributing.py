"""A person's own contribution to a line: received and returned, within what the plan agreed."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets.acts import contribution_received, contribution_returned
from ledger.budgets.chart import account_code
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.credits import contribution_met
from ledger.budgets.foreseen import foresee
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line
from ledger.budgets.presence import balance_of, came_in_on
from ledger.budgets.reading import funds_of, setup_of, shares_of, version_of, years_of
from ledger.budgets.shares import Share
from ledger.budgets.splits import agreed_contribution
from ledger.budgets.standing import line_said, read_rules, read_standing
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
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
    another than recorded that it came. What they owe of care that was accepted beyond what they had paid in is met first, in its
    own year and also when the line is over (event 27).

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
    funds = funds_of((await read_rules(connection, book_id)).funds)
    own = next(share for share in shares_of(found, year, funds, standing.balances) if share.kind == "contribution")
    # The end of a year opens the share of the next, also of a line that has ended by then: what is left of it is theirs.
    years = sorted({*years_of(found), *(share_year for share_year in _years_open(line, own.fund, standing.balances))})
    every = [
        each for name in years for each in shares_of(found, name, funds, standing.balances) if each.fund == own.fund
    ]
    owed = {share.ref: max(0, share.unfunded - share.available) for share in every if share.unfunded}
    if not returns and amount > sum(owed.values()):
        if act == "ended":
            raise NotSignable("line_not_going_on")
        if year not in years_of(found):
            raise NotSignable("line_without_contribution")
    if returns and year not in years:
        raise NotSignable("line_without_contribution")
    if not returns and sum(map(_given, every)) + amount > agreed_contribution(found, own.fund):
        raise NotSignable("contribution_above_agreed")
    agreed = [row for row in line_said(standing.said, line) if row.act == "agreed"]
    await foresee(connection, subjects=(f"unfunded/{own.recharged_to}",), accounts=(f"fund/{own.fund}/",) if returns else (),
                  credited=(own.code("contribution"),) if returns else ())  # fmt: skip
    stated: dict[str, Any] = {"effective_on": effective_on, "because": agreed[-1].number}
    guard = Guard(f"person/{person}", standing.version)
    if returns:
        met, guards = await _met(connection, book_id, every, {}, effective_on, before=0)
        earlier = await _of_earlier(connection, book_id, own, years, amount)
        back = contribution_returned(amount=amount, share=own, bank=bank, earlier=earlier, **stated)
        # What goes back leaves our bank, so nobody sends it who said that it had come.
        others = await came_in_on(connection, book_id, own.code("contribution"))
        return Resolution((*met, back), (guard, *guards), others)
    came = _laid_out(amount, own, owed)
    taken = [
        contribution_received(amount=came[share.ref], share=share, bank=bank, **stated)
        for share in {each.ref: each for each in (*every, own)}.values() if came.get(share.ref)
    ]  # fmt: skip
    met, guards = await _met(connection, book_id, every, came, effective_on, before=len(taken))
    return Resolution((*taken, *met), (guard, *guards))


def _laid_out(amount: int, own: Share, owed: Mapping[str, int]) -> dict[str, int]:
    """What comes in, by share: what is owed first, oldest year first, and the rest for the year of the day."""
    found: dict[str, int] = {}
    rest = amount
    for ref, pence in owed.items():
        found[ref] = min(rest, pence)
        rest -= found[ref]
    found[own.ref] = found.get(own.ref, 0) + rest
    return found


async def _met(
    connection: Connection, book_id: int, every: Sequence[Share], came: Mapping[str, int], effective_on: date, *, before: int
) -> tuple[tuple[AnyRequest, ...], tuple[Guard, ...]]:  # fmt: skip
    """What of the contributor's debt their money meets now, `came` included. `before` requests of the group come first."""
    could = [(share, min(share.unfunded, max(0, share.available) + came.get(share.ref, 0))) for share in every]
    parts = [(share, pence) for share, pence in could if pence > 0]
    if not parts:
        return (), ()
    first = parts[0][0]
    said = Evidence(
        subject=f"unfunded/{first.recharged_to}", person=first.person, line=first.line, amount=sum(pence for _, pence in parts)
    )  # fmt: skip
    recorded = evidence_recorded("unfunded_cleared", said, effective_on=effective_on)
    money = contribution_met(parts=parts, effective_on=effective_on, because=-1 - before)
    return (recorded, money), (Guard(said.subject, await version_of(connection, book_id, said.subject)),)


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


def _given(share: Share) -> int:
    had = (
        share.available + share.contingency + share.held + share.advanced + share.spent + share.recovering + share.lost
    )
    return had - share.unfunded
