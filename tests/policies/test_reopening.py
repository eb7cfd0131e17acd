"""Periods opened again through the rules, by one gate and one writer of a real book."""

import pytest

from ledger.budgets.reading import said_at
from ledger.core.model import Asked
from ledger.core.requests import ChangePeriod
from policies.gate import Decided
from policies.judging import ApprovalUnfit
from policies.referrals import resolve
from policies.reopening import reopen_period
from tests.policies.scene import ALICE, BOB, CAROL, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0
DAY_US = 86_400_000_000


async def _reopened(scene: Scene, period: str, who: Asked, approved: int = 0, key: bytes | None = None) -> Decided:
    change = ChangePeriod(period=period, to="reopened", reason="late_invoice")
    return await reopen_period(scene.gate(), sender(who, key), PATIENCE, change=change, approved=approved)


async def _approved(scene: Scene, number: int) -> None:
    async with scene.reading() as connection:
        referral = await said_at(connection, scene.book.book_id, number)
        assert referral is not None
        found = await resolve(
            connection, scene.gate(), referral, actor="carol", allows=True, effective_on=scene.today(), today=scene.today(),
            reason=None, detail=None,
        )  # fmt: skip
    await scene.do(*found.requests, asked=CAROL, guards=found.guards, other_than=found.other_than)


async def test_who_closed_a_month_is_denied_and_another_opens_it_once(scene: Scene) -> None:
    """The denial is kept and changes nothing; the same key has the first answer; what is open is refused by the ledger."""
    await scene.do(ChangePeriod(period="2025-05", to="closed"), asked=ALICE)
    own = await _reopened(scene, "2025-05", ALICE)
    assert (outcome_of(own), findings_of(own), len(own.outcome.entries)) == (
        "deny",
        ["icb_policy.reopened_by_closer"],
        1,
    )
    key = b"k" * 16
    done = await _reopened(scene, "2025-05", BOB, key=key)
    assert [each.kind for each in done.outcome.entries] == ["decision", "period_reopened"]
    size = await scene.size()
    again = await _reopened(scene, "2025-05", BOB, key=key)
    assert (again.outcome.number, again.outcome.replayed, await scene.size()) == (done.outcome.number, True, size)
    assert outcome_of(await _reopened(scene, "2025-05", BOB)) == "period_state"


async def test_nobody_opens_what_was_closed_for_them_or_by_whom_they_act_for(scene: Scene) -> None:
    """Who acts for somebody is no second person beside them, whichever of the two acts for the other."""
    for_alice = Asked(BOB.client, "bob", "alice", "officer")
    await scene.do(ChangePeriod(period="2025-05", to="closed"), asked=ALICE)
    await scene.do(ChangePeriod(period="2025-06", to="closed"), asked=for_alice)
    for period, who in (
        ("2025-05", for_alice), ("2025-06", ALICE), ("2025-06", BOB), ("2025-06", Asked(CAROL.client, "carol", "alice")),
    ):  # fmt: skip
        own = await _reopened(scene, period, who)
        assert (outcome_of(own), findings_of(own)) == ("deny", ["icb_policy.reopened_by_closer"]), who
        with pytest.raises(AssertionError, match="second_person_needed"):
            await scene.do(ChangePeriod(period=period, to="reopened", reason="late_invoice"), asked=who)
    for period in ("2025-05", "2025-06"):
        assert outcome_of(await _reopened(scene, period, CAROL)) == "allow"


async def test_a_year_closed_long_ago_waits_for_a_second_look_and_a_month_does_not(scene: Scene) -> None:
    """On the last day of the limit it is allowed and the day after it is referred; approved by another, it is opened, and the
    approval is used then."""
    await scene.do(ChangePeriod(period="2025-26", to="closed"), asked=ALICE)
    await scene.do(ChangePeriod(period="2025-05", to="closed"), asked=ALICE)
    await scene.clock.set(scene.clock() + 90 * DAY_US)
    assert outcome_of(await _reopened(scene, "2025-26", BOB)) == "allow"
    await scene.do(ChangePeriod(period="2025-26", to="closed"), asked=ALICE)
    await scene.clock.set(scene.clock() + 91 * DAY_US)
    assert outcome_of(await _reopened(scene, "2025-05", BOB)) == "allow"
    referred = await _reopened(scene, "2025-26", BOB)
    assert (outcome_of(referred), findings_of(referred)) == ("refer", ["icb_policy.year_reopened_late"])
    await _approved(scene, referred.outcome.number)
    done = await _reopened(scene, "2025-26", BOB, approved=referred.outcome.number)
    assert (outcome_of(done), len(done.outcome.entries)) == ("allow", 2)
    await scene.do(ChangePeriod(period="2025-26", to="closed"), asked=ALICE)
    with pytest.raises(ApprovalUnfit):
        await _reopened(scene, "2025-26", BOB, approved=referred.outcome.number)
