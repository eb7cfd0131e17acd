"""Referrals: an officer decides once, another than asked, and the money follows what they said."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.budgets import acts
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.reading import said_at
from ledger.core.batch import Outcome
from ledger.core.calendar import day_ends_us
from ledger.core.model import Asked, Malformed
from policies.decisions import answer_detail
from policies.referrals import NotReferred, ReferralDecided, Resolution, resolve
from tests import kit
from tests.policies.scene import ALICE, BOB, CAROL, DAY, JOINT, Budget, Scene, outcome_of, sender

PATIENCE = 20.0
MUCH = 1_000_01


async def referred(scene: Scene, budget: Budget, amount: int = MUCH) -> int:
    """A spend that waits for an officer, asked for by Alice; the number of its decision."""
    decided = await scene.gate().spend(budget.wants(amount), sender(ALICE), PATIENCE)
    assert outcome_of(decided) == "refer"
    return decided.outcome.number


async def resolution(scene: Scene, number: int, *, allows: bool, day: date = DAY) -> Resolution:
    async with scene.reading() as connection:
        referral = await said_at(connection, scene.book.book_id, number)
        assert referral is not None
        return await resolve(
            connection, scene.gate(), referral, actor="bob", allows=allows, effective_on=day, today=scene.today(),
            reason="not_in_plan", detail=answer_detail(b"s" * 16, "Not in this way."),
        )  # fmt: skip


async def _resolved(scene: Scene, number: int, *, allows: bool, asked: Asked = BOB) -> Outcome:
    found = await resolution(scene, number, allows=allows)
    return await scene.do(*found.requests, asked=asked, guards=found.guards, other_than=found.other_than)


async def test_an_approved_referral_becomes_an_order(scene: Scene) -> None:
    """The hold of the referral goes, the order's comes, in one group; what is held stays the same all along."""
    budget = await scene.budget()
    number = await referred(scene, budget)
    outcome = await _resolved(scene, number, allows=True)
    released, decision, hold = outcome.entries
    assert [each.kind for each in outcome.entries] == ["hold_released", "decision", "hold_placed"]
    assert (decision.attribute("outcome"), decision.attribute("of"), decision.subject) == (
        "allow", str(number), f"decision/{number}"
    )  # fmt: skip
    assert (released.because, decision.because, hold.because) == (number, number, decision.number)
    assert hold.attribute("purpose") == "order"
    assert await scene.left(budget, "held") == MUCH


async def test_an_approved_referral_is_for_the_care_that_was_asked_for(scene: Scene) -> None:
    """The order states the days of care as one that was allowed at once does, and is kept as long after them."""
    budget, care = await scene.budget(), {"care_from": DAY, "care_to": date(2026, 3, 1)}
    small = await scene.gate().spend(budget.wants(10_00, **care), sender(ALICE), PATIENCE)
    much = await scene.gate().spend(budget.wants(MUCH, **care), sender(ALICE), PATIENCE)
    assert (outcome_of(small), outcome_of(much)) == ("allow", "refer")
    approved = await _resolved(scene, much.outcome.number, allows=True)
    at_once, later = small.outcome.entries[-1], approved.entries[-1]
    assert (later.care_from, later.care_to) == (at_once.care_from, at_once.care_to) == (DAY, care["care_to"])
    assert later.attribute("expires_at") == at_once.attribute("expires_at") is not None


async def test_a_declined_referral_gives_the_money_back(scene: Scene) -> None:
    """The hold is released and the decision says no; all of it is available again."""
    budget = await scene.budget()
    outcome = await _resolved(scene, await referred(scene, budget), allows=False)
    assert [each.kind for each in outcome.entries] == ["hold_released", "decision"]
    assert (await scene.left(budget, "held"), await scene.left(budget)) == (0, 1_040_000)


async def test_two_officers_at_once_make_one_decision(scene: Scene) -> None:
    """One approves and one declines at the same moment: the first stands, the second learns that it is decided."""
    budget = await scene.budget()
    number = await referred(scene, budget)
    both = [(await resolution(scene, number, allows=allows), asked) for allows, asked in ((True, BOB), (False, CAROL))]
    sent = [
        scene.writer.submit(
            kit.item(*found.requests, asked=asked, guards=found.guards, other_than=found.other_than), 5.0
        )
        for found, asked in both
    ]
    outcomes = await asyncio.gather(*sent)
    assert sorted(each.refusal.code if each.refusal else "" for each in outcomes) == ["", "guard_stale"]
    said = "SELECT count(*) AS n FROM phb.register WHERE subject = $1"
    assert (await kit.rows(scene.book.dsn, said, f"decision/{number}"))[0]["n"] == 1
    with pytest.raises(ReferralDecided):
        await resolution(scene, number, allows=False)


async def test_nobody_decides_what_they_asked_for(scene: Scene) -> None:
    """The officer who entered the request cannot approve it, and the money stays where it is."""
    budget = await scene.budget()
    found = await resolution(scene, await referred(scene, budget), allows=True)
    code = await scene.refused(*found.requests, asked=ALICE, guards=found.guards, other_than=found.other_than)
    assert code == "second_person_needed"
    assert await scene.left(budget, "held") == MUCH


async def test_a_yes_after_the_hold_lapsed_holds_the_money_anew(scene: Scene) -> None:
    """The decide-by day has passed: a yes places the hold again where the money is still there, else the ledger says no."""
    budget = await scene.budget(1_500_00)
    first = await referred(scene, budget)
    writer: Any = scene.writer
    await writer.stop()
    await scene.clock.set(day_ends_us(scene.today() + timedelta(days=11)))
    scene.writer = later = kit.writer_of(scene.book, clock_us=scene.clock, identities=IDENTITIES)
    await later.start()
    await later.sweep()
    assert await scene.left(budget, "held") == 0
    second = await referred(scene, budget)
    outcome = await _resolved(scene, first, allows=False)
    assert [each.kind for each in outcome.entries] == ["decision"]
    await _resolved(scene, second, allows=False)
    third = await referred(scene, budget)
    await scene.clock.set(day_ends_us(scene.today() + timedelta(days=11)))
    await later.stop()
    scene.writer = last = kit.writer_of(scene.book, clock_us=scene.clock, identities=IDENTITIES)
    await last.start()
    await last.sweep()
    outcome = await _resolved(scene, third, allows=True)
    assert [each.kind for each in outcome.entries] == ["decision", "hold_placed"]
    assert await scene.left(budget, "held") == MUCH
    await last.stop()


async def test_money_gone_after_a_lapsed_hold_is_the_ledgers_no(scene: Scene) -> None:
    """The hold of a referral was given back, and its money ordered: a yes is refused by the ledger, and nothing is left of it."""
    budget = await scene.budget(1_500_00)
    number = await referred(scene, budget)
    await scene.do(acts.hold_released(hold=number + 1, shares=budget.shares(), effective_on=DAY, because=number))
    decided = await scene.gate().spend(budget.wants(600_00), sender(ALICE), PATIENCE)
    assert outcome_of(decided) == "allow"
    found = await resolution(scene, number, allows=True)
    code = await scene.refused(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)
    assert code == "not_enough_available"
    assert await scene.left(budget, "held") == 600_00


async def test_a_yes_is_split_by_what_each_share_has_then(scene: Scene) -> None:
    """All that is left of a joint line is referred and approved: each share gives the order what it gets back from the referral.
    If money of the budget moves after that was read, the book says so instead of taking an old split."""
    budget = await scene.budget(1_000_07, shares=JOINT)
    gate = scene.gate()
    for _ in range(6):
        assert outcome_of(await gate.spend(budget.wants(1), sender(), PATIENCE)) == "allow"
    number = await referred(scene, budget)
    early = await resolution(scene, number, allows=True)
    held = (await gate.spend(budget.wants(1), sender(), PATIENCE)).outcome
    assert held.entries[0].attribute("outcome") == "deny"
    code = await scene.refused(*early.requests, asked=BOB, guards=early.guards, other_than=early.other_than)
    assert code == "guard_stale"
    await _resolved(scene, number, allows=True)
    assert (await scene.left(budget), await scene.left(budget, "held")) == (0, 1_000_07)


async def test_a_question_that_wasreferred_is_answered_by_an_officer_and_keeps_nothing(scene: Scene) -> None:
    """It names the day by which it is decided: by another than asked, once, and no money moves for it."""
    budget = await scene.budget()
    asked = await scene.gate().ask(budget.wants(MUCH), sender(ALICE), PATIENCE)
    assert asked.outcome.entries[0].attribute("decide_by")
    resolved = await _resolved(scene, asked.outcome.number, allows=True)
    assert [(entry.kind, entry.attribute("outcome"), entry.attribute("hold")) for entry in resolved.entries] == [
        ("decision", "allow", "no")
    ]
    with pytest.raises(ReferralDecided):
        await resolution(scene, asked.outcome.number, allows=False)


async def test_only_a_referral_waits_for_an_officer(scene: Scene) -> None:
    """An allow, a deny and a resolution are not decided again; nor does money move in another financial year."""
    budget = await scene.budget()
    gate = scene.gate()
    allowed = await gate.spend(budget.wants(10_00), sender(ALICE), PATIENCE)
    denied = await gate.spend(budget.wants(9_000_000), sender(ALICE), PATIENCE)
    waiting = await referred(scene, budget)
    resolved = await _resolved(scene, waiting, allows=False)
    for number in (allowed.outcome.number, denied.outcome.number, resolved.entries[-1].number):
        with pytest.raises(NotReferred):
            await resolution(scene, number, allows=True)
    with pytest.raises(Malformed, match="dates_malformed"):
        await resolution(scene, await referred(scene, budget), allows=True, day=date(2026, 4, 1))
