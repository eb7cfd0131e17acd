"""What is cut off at a year's end moves a line's money only by what somebody accepted, and authority comes back by plans alone."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, claims, funds, plans, year_end
from ledger.core.requests import ChangePeriod, Correct
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene
from tests.policies.test_scheduling import MAY, asked, paid, scheduled
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
    made = await scene.do(
        year_end.uninvoiced_opened("A1"),
        _said(budget, "uninvoiced_accepted", 10_00),
        _uninvoiced(budget, 10_00),
        asked=BOB,
    )
    more = (
        {}
        if how == "no estimate"
        else {"estimate": made.entries[1].number, "estimated": 9_99 if how == "another amount" else 10_00}
    )
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
    has = msgspec.structs.replace(share, available=7_00)
    returned = acts.authority_given_back(shares=[has], effective_on=DAY, because=-1)
    assert returned is not None
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


@pytest.mark.parametrize("how", ["none", "used up", "another line's", "declined before", "bought by the holder"])
async def test_an_estimate_that_an_invoice_names_stands_and_is_used_once(scene: Scene, how: str) -> None:
    """An invoice of an estimate that nobody accepted, that others have used up, or that is another line's, is named, though its
    line moves by nothing: what it takes was spent before."""
    budget, other = await scene.budget(), await scene.budget()
    act = "uninvoiced_entered" if how == "declined before" else "uninvoiced_accepted"
    whose = other if how == "another line's" else budget
    made = await scene.do(
        year_end.uninvoiced_opened("A1"),
        *((_said(whose, "uninvoiced_accepted", 20_00), year_end.care_uninvoiced_directly(
            amount=20_00, shares=whose.shares(), payee="A1", effective_on=DAY, because=-2)) if how != "bought by the holder"
          else (_said(whose, "care_bought_entered", 20_00),)),
        asked=BOB,
    )  # fmt: skip
    number = made.entries[0].number if how == "none" else made.entries[1].number
    if act == "uninvoiced_entered":
        entered = await scene.do(claims.evidence_recorded(act, claims.Evidence(
            subject="estimate/E2", person=budget.person, line=budget.line.line, amount=10_00, payee="A1")))  # fmt: skip
        number = entered.number
    amounts = (10_00, 10_01) if how == "used up" else (10_00,)
    for place, amount in enumerate(amounts):
        invoice = claims.Evidence(
            subject=claims.invoice_subject("A1", f"{place:032x}"), person=budget.person, line=budget.line.line, amount=amount,
            payee="A1", estimate=number, estimated=amount,
        )  # fmt: skip
        last = await scene.do(claims.evidence_recorded("invoice_accepted", invoice, effective_on=DAY), asked=CAROL)
    found = await verified(scene)
    assert (found.ok, found.first_wrong) == (False, last.number)
    assert found.why is not None
    assert "settles an estimate" in found.why


@pytest.mark.parametrize(
    ("act", "said"), [("care_bought_accepted", 9_99), ("care_bought_entered", 10_00), ("claimed", 10_00)]
)
async def test_care_that_was_bought_is_spent_as_it_was_accepted(scene: Scene, act: str, said: int) -> None:
    """Event 50: for just the amount of the estimate of its line, and only once somebody accepted it."""
    budget = await scheduled(scene)
    decision = (await asked(scene, budget, MAY)).outcome.number
    assert (await paid(scene, budget, decision)).outcome.refusal is None
    shares = [msgspec.structs.replace(share, advanced=1_000_00) for share in budget.shares()]
    bought = year_end.care_bought(
        amount=10_00, shares=shares, holder_account=budget.line.holder_account or "", effective_on=DAY, because=-1
    )
    told = claims.Evidence(subject="estimate/E1", person=budget.person, line=budget.line.line, amount=said)
    await _unwarranted(scene, claims.evidence_recorded(act, told, effective_on=DAY), bought, position=1)


@pytest.mark.parametrize("how", ["unsaid", "more ahead", "twice", "released before", "released for more"])
async def test_an_invoice_of_two_years_is_spent_and_paid_ahead_as_it_says(scene: Scene, how: str) -> None:
    """Event 52: the part of the next year is what the acceptance says, once; released, it is what somebody recorded as such."""
    budget = await scene.budget()
    following = None if how == "unsaid" else 4_00
    accepted = _said(budget, "invoice_accepted", 10_00, following=following)
    ahead = {"shares": budget.shares(), "payee": "A1", "effective_on": DAY}
    if how in ("unsaid", "more ahead"):
        pence = 4_00 if how == "unsaid" else 4_01
        await _unwarranted(scene, accepted, year_end.prepaid(amount=pence, because=-1, **ahead), position=1)
    elif how == "twice":
        twice = [year_end.prepaid(amount=4_00, because=-1, **ahead) for _ in range(2)]
        await _unwarranted(scene, accepted, *twice, position=2)
    else:
        await scene.do(accepted, year_end.prepaid(amount=4_00, because=-1, **ahead))
        act = "invoice_accepted" if how == "released before" else "prepayment_released"
        record = claims.Evidence(subject="prepayment/X", person=budget.person, line=budget.line.line,
                                 amount=4_00 if how == "released before" else 4_01)  # fmt: skip
        released = year_end.prepayment_released(parts=[(budget.shares()[0], 4_00)], effective_on=DAY, because=-1)
        await _unwarranted(scene, claims.evidence_recorded(act, record, effective_on=DAY), released, position=1)


@pytest.mark.parametrize("how", ["right", "another entry", "another amount", "another line", "undecided"])
async def test_a_closed_year_is_put_right_by_what_decided_just_that(scene: Scene, how: str) -> None:
    """Event 39: the entry named, its line, and all that it moved; the invoice itself decides nothing."""
    budget, other = await scene.budget(), await scene.budget()
    made = await scene.do(
        year_end.uninvoiced_opened("A1"), _said(budget, "uninvoiced_accepted", 10_00), _uninvoiced(budget, 10_00), asked=BOB
    )  # fmt: skip
    await scene.do(*funds.fund_opened(funds.Fund(fund="nhs"), ("2026-27",))[1:])
    shares = [plans.share_of(budget.line, each, "2026-27") for each in budget.line.shares]
    await scene.do(*(opening for share in shares for opening in plans.share_opened(share)))
    await scene.do(ChangePeriod(period="2025-26", to="closed"))
    entry, legs = made.entries[2].number, dict(made.entries[2].legs)
    decided = claims.Evidence(
        subject=f"correction/{entry}", person=(other if how == "another line" else budget).person,
        line=(other if how == "another line" else budget).line.line, of=entry - 1 if how == "another entry" else entry,
        amount=9_99 if how == "another amount" else 10_00,
    )  # fmt: skip
    later = date(2026, 4, 20)
    act = "uninvoiced_accepted" if how == "undecided" else "correction_decided"
    undone = year_end.correction(
        entry=entry, legs=legs, year="2025-26", line=budget.line.line, effective_on=later, because=-1
    )
    requests = (claims.evidence_recorded(act, decided, effective_on=later), undone)
    if how == "right":
        await scene.do(*requests, asked=CAROL)
        found = await verified(scene)
        assert (found.ok, found.why) == (True, None)
    else:
        await _unwarranted(scene, *requests, position=1)
