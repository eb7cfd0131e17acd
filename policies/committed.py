"""What is committed to somebody by one person alone: the limit for a signature is for all of it together, in however many plans.

Two plans of £15,000 are £30,000, whoever of those who may give £15,000 signs the second. What a second person has approved the
amount of counts no more, and neither does what was taken on. Whoever approves is held to all that was signed, whoever looked at it.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.budgets.plans import Line
from ledger.budgets.reading import YearMoney, said_at, setup_of, years_from
from ledger.budgets.shares import TERM
from ledger.budgets.standing import Said, Standing
from ledger.budgets.wording import numbered
from ledger.core.calendar import year_of
from ledger.core.requests import AnyRequest, Post

Connection = Any
ABOVE_LIMIT = "icb_policy.allocated_above_limit"
"""The rule by which a plan is more than whoever signs it may give alone."""


def decided_by(said: msgspec.Raw) -> dict[str, int]:
    """The plan → the entry before that of its newest signature, which is the decision on it where there is one."""
    rows: list[Said] = msgspec.json.decode(said, type=list[Said])
    return {
        row.subject.removeprefix("plan/"): row.number - 1
        for row in rows if row.kind == "plan_version" and row.act == "signed"
    }  # fmt: skip


class Besides(NamedTuple):
    """Pence that count with what is signed: of plans that one person signed alone, and of every plan that was signed."""

    alone: int
    signed: int


async def given_besides(
    connection: Connection, book_id: int, standing: Standing, lines: Sequence[Line], group: Sequence[AnyRequest]
) -> Besides:  # fmt: skip
    """What a person was given by lines that are none of those which are signed, and counts with them: in the financial year of
    either in which all of it is most. `group` is what the signature posts. What was given for a term is of each year, and what went
    back to its funds is of none."""
    looked_at = await _signed(connection, book_id, decided_by(standing.said))
    setup, after = setup_of(standing.said), dict(standing.balances)
    own = {line.line for line in lines}
    first, last = (
        (min(year_of(each.start) for each in lines), max(year_of(each.end) for each in lines)) if lines else ("", "")
    )
    others = {
        name: looked_at[line.plan] for name, (line, _) in setup.lines.items()
        if line.plan in looked_at and name not in own and year_of(line.start) <= last and first <= year_of(line.end)
    }  # fmt: skip
    for leg in (leg for each in group if isinstance(each, Post) for leg in each.legs):
        after[leg.account] = after.get(leg.account, 0) + leg.amount
    mine, amount = [*_given(after, own)], sum(line.amount for line in lines)

    def most(names: Collection[str]) -> int:
        theirs = [*_given(after, names)]
        years = {each.year for each in (*theirs, *mine) if each.year == TERM or first <= each.year <= last}
        together = [_of_year(theirs, year) + _of_year(mine, year) for year in years if _of_year(theirs, year)]
        return max(0, max(together, default=0) - amount)

    return Besides(most([name for name, looked in others.items() if not looked]), most(others))


async def _signed(connection: Connection, book_id: int, decided: Mapping[str, int]) -> dict[str, bool]:
    """The plans whose newest signature was decided, with whether another has approved how much it gives: who approved it for some
    other reason was not asked about that."""
    found = {}
    for plan, number in decided.items():
        said = await said_at(connection, book_id, number)
        if said is not None and (said.kind, said.act) == ("decision", "sign_plan"):
            approved = said.attributes.get("relies_on")
            referral = None if approved is None else await said_at(connection, book_id, int(approved))
            found[plan] = referral is not None and ABOVE_LIMIT in numbered(referral.attributes, "finding")
    return found


def _given(balances: Mapping[str, int], lines: Collection[str]) -> Iterator[YearMoney]:
    for name in lines:
        yield from years_from(balances, f"share/{name}/")


def _of_year(money: Sequence[YearMoney], year: str) -> int:
    return sum(each.allocated for each in money if each.year in (year, TERM))
