"""What is committed to somebody by one person alone: the limit for a signature is for all of it together, in however many plans.

Two plans of £15,000 are £30,000, whoever of those who may give £15,000 signs the second. What a second person has looked at counts
no more, and neither does what was taken on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from ledger.budgets.plans import Line
from ledger.budgets.reading import YearMoney, said_at, setup_of, years_from
from ledger.budgets.shares import TERM
from ledger.budgets.standing import Said, Standing
from ledger.core.calendar import year_of
from ledger.core.requests import AnyRequest, Post

Connection = Any


def decided_by(said: msgspec.Raw) -> dict[str, int]:
    """The plan → the entry before that of its newest signature, which is the decision on it where there is one."""
    rows: list[Said] = msgspec.json.decode(said, type=list[Said])
    return {
        row.subject.removeprefix("plan/"): row.number - 1
        for row in rows if row.kind == "plan_version" and row.act == "signed"
    }  # fmt: skip


async def given_besides(
    connection: Connection, book_id: int, standing: Standing, lines: Sequence[Line], group: Sequence[AnyRequest]
) -> int:  # fmt: skip
    """Pence that a person was given by one person alone, by lines that are none of those which are signed, and count with them: in
    the financial year of either in which all of it is most. `group` is what the signature posts. What was given for a term is of
    each year, and what went back to its funds is of none."""
    plans = await _signed_alone(connection, book_id, decided_by(standing.said))
    setup, after = setup_of(standing.said), dict(standing.balances)
    own = {line.line for line in lines}
    first, last = (
        (min(year_of(each.start) for each in lines), max(year_of(each.end) for each in lines)) if lines else ("", "")
    )
    others = {
        name for name, (line, _) in setup.lines.items()
        if line.plan in plans and name not in own and year_of(line.start) <= last and first <= year_of(line.end)
    }  # fmt: skip
    for leg in (leg for each in group if isinstance(each, Post) for leg in each.legs):
        after[leg.account] = after.get(leg.account, 0) + leg.amount
    theirs, mine = ([*_given(after, names)] for names in (others, own))
    years = {each.year for each in (*theirs, *mine) if each.year == TERM or first <= each.year <= last}
    together = [_of_year(theirs, year) + _of_year(mine, year) for year in years if _of_year(theirs, year)]
    return max(0, max(together, default=0) - sum(line.amount for line in lines))


async def _signed_alone(connection: Connection, book_id: int, decided: Mapping[str, int]) -> frozenset[str]:
    """The plans whose newest signature one person decided, without a referral that another approved."""
    found = {plan: await said_at(connection, book_id, number) for plan, number in decided.items()}
    return frozenset(
        plan for plan, said in found.items()
        if said is not None and (said.kind, said.act) == ("decision", "sign_plan") and "relies_on" not in said.attributes
    )  # fmt: skip


def _given(balances: Mapping[str, int], lines: Collection[str]) -> Iterator[YearMoney]:
    for name in lines:
        yield from years_from(balances, f"share/{name}/")


def _of_year(money: Sequence[YearMoney], year: str) -> int:
    return sum(each.allocated for each in money if each.year in (year, TERM))
