"""A stop on short notice is approved for its days of notice, and for no fewer (SI 2013/1617 reg 17(3))."""

from datetime import date, timedelta

import pytest

from ledger.budgets import stopping
from ledger.budgets.wording import detail_of
from policies.ending import notify_stop
from policies.gate import Decided
from policies.judging import ApprovalUnfit
from tests.cases.asked import life
from tests.policies.scene import ALICE, BOB, DAY, Budget, Scene, findings_of, outcome_of, sender
from tests.policies.test_referrals import resolution

PATIENCE = 20.0


async def stopped(scene: Scene, budget: Budget, ends_on: date, today: date, approved: int = 0) -> Decided:
    """Notice of a stop, given on a day without a written one before."""
    said = {
        "line": budget.line.line,
        "person": budget.person,
        "ground": "off_plan",
        "notified_on": today,
        "ends_on": ends_on,
    }
    return await notify_stop(
        scene.gate(), sender(ALICE), PATIENCE, stop=stopping.Stop(**said, alternative="commissioned"),  # type: ignore[arg-type]
        **said, effective_on=today, today=today, reasons=detail_of(b"s" * 16, {"words": "Off the plan."}), approved=approved,  # type: ignore[arg-type]
    )  # fmt: skip


async def approved(scene: Scene, number: int) -> None:
    """Approved by Bob."""
    found = await resolution(scene, number, allows=True)
    await scene.do(*found.requests, asked=BOB, guards=found.guards, other_than=found.other_than)


async def test_a_short_notice_that_was_approved_does_not_become_shorter(scene: Scene) -> None:
    """Twenty days were approved: a day later they are nineteen, which need another approval, and that is for nineteen."""
    budget = await life(scene)
    ends_on, later = DAY + timedelta(days=20), DAY + timedelta(days=1)
    first = await stopped(scene, budget, ends_on, DAY)
    assert (outcome_of(first), first.outcome.entries[0].attribute("notice_days")) == ("refer", "20")
    assert "icb_policy.stop_notice_short" in findings_of(first)
    await approved(scene, first.outcome.number)
    with pytest.raises(ApprovalUnfit):
        await stopped(scene, budget, ends_on, later, first.outcome.number)
    second = await stopped(scene, budget, ends_on, later)
    await approved(scene, second.outcome.number)
    assert outcome_of(await stopped(scene, budget, ends_on, later, second.outcome.number)) == "allow"


async def test_a_notice_that_stays_long_enough_is_given_on_a_later_day_than_approved(scene: Scene) -> None:
    """Forty days were approved for their ground; thirty-eight are as good, and twenty are referred for being few."""
    for passed, outcome in ((2, "allow"), (20, "refer")):
        budget = await life(scene)
        ends_on = DAY + timedelta(days=40)
        first = await stopped(scene, budget, ends_on, DAY)
        assert first.outcome.entries[0].attribute("notice_days") is None
        await approved(scene, first.outcome.number)
        given = await stopped(scene, budget, ends_on, DAY + timedelta(days=passed), first.outcome.number)
        assert outcome_of(given) == outcome
