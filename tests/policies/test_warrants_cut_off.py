"""What is cut off at a year's end moves a line's money only by what somebody accepted, and authority comes back by plans alone."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import claims, year_end
from ledger.core.requests import Correct
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene
from tests.policies.test_warrants import _unwarranted, verified


def _said(budget: Budget, act: str, amount: int, **more: Any) -> Any:
    found = claims.Evidence(
        subject="estimate/E1", person=budget.person, line=budget.line.line, amount=amount, payee="A1", **more
    )
    return claims.evidence_recorded(act, found, effective_on=DAY)


def _uninvoiced(budget: Budget, amount: int) -> Any:
    return year_end.care_uninvoiced_directly(
        amount=amount, shares=budget.shares(), payee="A1", effective_on=DAY, because=-2
    )


@pytest.mark.parametrize(
    ("act", "said"), [("uninvoiced_accepted", 10_00), ("uninvoiced_accepted", 10_01), ("uninvoiced_entered", 10_00)]
)
async def test_care_without_an_invoice_is_spent_as_it_was_accepted(scene: Scene, act: str, said: int) -> None:
    """For just the amount of the estimate, and only once somebody accepted it."""
    budget = await scene.budget()
    requests = (year_end.uninvoiced_opened("A1"), _said(budget, act, said), _uninvoiced(budget, 10_00))
    if (act, said) == ("uninvoiced_accepted", 10_00):
        await scene.do(*requests, asked=BOB)
        found = await verified(scene)
        assert (found.ok, found.why) == (True, None)
    else:
        await _unwarranted(scene, *requests, position=2)


@pytest.mark.parametrize("how", ["right", "another amount", "no estimate"])
async def test_the_invoice_of_an_estimate_moves_the_line_by_what_it_differs(scene: Scene, how: str) -> None:
    """£11 for what was estimated at £10: a pound, and no more; nothing without an estimate."""
    budget = await scene.budget()
    await scene.do(
        year_end.uninvoiced_opened("A1"),
        _said(budget, "uninvoiced_accepted", 10_00),
        _uninvoiced(budget, 10_00),
        asked=BOB,
    )
    more = {} if how == "no estimate" else {"estimate": 1, "estimated": 9_99 if how == "another amount" else 10_00}
    settled = year_end.uninvoiced_invoiced(
        amount=11_00, estimated=10_00, shares=budget.shares(), payee="A1", effective_on=DAY, because=-1
    )
    requests = (_said(budget, "invoice_accepted", 11_00, **more), *settled)
    if how == "right":
        await scene.do(*requests, asked=CAROL)
        found = await verified(scene)
        assert (found.ok, found.why) == (True, None)
    else:
        await _unwarranted(scene, *requests, position=2)


@pytest.mark.parametrize("act", ["evidence_accepted", "invoice_accepted"])
async def test_authority_of_a_line_that_goes_on_comes_back_by_no_other_entry(scene: Scene, act: str) -> None:
    """What is unspent is returned by a new version of the plan (event 3), or with the end of the line: event 35 behind
    anything else is named."""
    budget = await scene.budget()
    [share] = budget.shares()
    has = msgspec.structs.replace(share, available=10_00)
    returned = year_end.unspent_returned(amount=7_00, shares=[has], effective_on=DAY, because=-1)
    await _unwarranted(scene, _said(budget, act, 7_00), returned, position=1)


async def test_a_correction_of_a_year_that_is_open_is_refused(scene: Scene) -> None:
    """It is for closed years alone; an open one has reversals."""
    budget = await scene.budget()
    made = await scene.do(
        year_end.uninvoiced_opened("A1"),
        _said(budget, "uninvoiced_accepted", 10_00),
        _uninvoiced(budget, 10_00),
        asked=BOB,
    )
    legs = dict(made.entries[2].legs)
    wanted: Correct = year_end.correction(entry=made.entries[2].number, legs=legs, year="2025-26", line=budget.line.line,
                                          effective_on=DAY, because=made.entries[1].number)  # fmt: skip
    assert (await scene.refused(wanted)) == "year_open"
