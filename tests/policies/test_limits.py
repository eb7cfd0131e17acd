"""The limit for one service in 30 days: what is held and spent counts, what was given back does not."""

from datetime import timedelta

import pytest

from ledger.budgets import acts, claims, facts
from ledger.core.requests import ReleaseHold
from policies.decisions import content_of
from policies.facts import Sheet
from policies.gate import Decided
from tests.policies.scene import BOB, CAROL, DAY, JOINT, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0
OVER = ["icb_policy.over_30_day_limit"]


async def _spent(scene: Scene, budget: Budget, amount: int, **more: object) -> Decided:
    return await scene.gate().spend(budget.wants(amount, **more), sender(), PATIENCE)


def _so_far(decided: Decided) -> int:
    assert decided.detail is not None
    return Sheet.from_bytes(content_of(decided.detail).facts.encode()).service_30_days_pence


async def test_at_the_limit_is_within_it_and_a_penny_more_is_not(scene: Scene) -> None:
    """£2,500 of one service is allowed; one penny more waits for an officer; another service starts at nothing."""
    budget = await scene.budget(shares=JOINT)
    for amount in (1_000_00, 1_000_00, 499_99):
        assert outcome_of(await _spent(scene, budget, amount)) == "allow"
    penny = await _spent(scene, budget, 1)
    assert (outcome_of(penny), _so_far(penny)) == ("allow", 2_499_99)
    over = await _spent(scene, budget, 1)
    assert (outcome_of(over), findings_of(over), _so_far(over)) == ("refer", OVER, 2_500_00)
    assert outcome_of(await _spent(scene, budget, 1_000_00, service="exercise")) == "allow"
    assert outcome_of(await _spent(scene, await scene.budget(), 1_000_00)) == "allow"


async def test_the_window_is_thirty_days_with_the_day_itself(scene: Scene) -> None:
    """A spend counts on the thirtieth day and not on the thirty-first, before the day and after it."""
    budget = await scene.budget()
    await _spent(scene, budget, 900_00)
    assert _so_far(await _spent(scene, budget, 1_00, effective_on=DAY + timedelta(days=29))) == 900_00
    assert _so_far(await _spent(scene, budget, 2_00, effective_on=DAY + timedelta(days=30))) == 1_00
    assert _so_far(await _spent(scene, budget, 3_00, effective_on=DAY - timedelta(days=1))) == 900_00
    assert _so_far(await _spent(scene, budget, 4_00, effective_on=DAY - timedelta(days=29))) == 903_00
    assert _so_far(await _spent(scene, budget, 5_00, effective_on=DAY - timedelta(days=30))) == 3_00 + 4_00


@pytest.mark.parametrize("days", [(0, -1, -2), (0, 29, 15), (0, -29, -14), (-10, 10, 0)])
async def test_no_order_of_entry_gets_past_the_limit(scene: Scene, days: tuple[int, ...]) -> None:
    """Three orders in thirty days that are too much together: the third is looked at, whichever of the days comes last, by a gate
    that remembers and by one that reads."""
    for gates in ([scene.gate()] * 3, [scene.gate() for _ in range(3)]):
        budget = await scene.budget()
        wants = [budget.wants(1_000_00, effective_on=DAY + timedelta(days=each), asked_on=DAY) for each in days]
        decided = [await gate.spend(each, sender(), PATIENCE) for gate, each in zip(gates, wants, strict=True)]
        assert [outcome_of(each) for each in decided] == ["allow", "allow", "refer"]
        assert (findings_of(decided[-1]), _so_far(decided[-1])) == (OVER, 2_000_00)


async def test_of_all_thirty_days_with_the_day_the_fullest_count(scene: Scene) -> None:
    """What is too far apart to be in one window is not added up."""
    budget = await scene.budget()
    for day, amount in ((-20, 100_00), (-10, 200_00), (15, 400_00), (28, 50_00)):
        await _spent(scene, budget, amount, effective_on=DAY + timedelta(days=day))
    assert _so_far(await _spent(scene, budget, 1, effective_on=DAY)) == 200_00 + 400_00


async def test_what_was_released_or_reversed_does_not_count(scene: Scene) -> None:
    """An order given back in part counts for what it keeps; given back whole or reversed, for nothing."""
    budget = await scene.budget()
    one, two, three = [await _spent(scene, budget, amount) for amount in (500_00, 600_00, 700_00)]
    assert _so_far(await _spent(scene, budget, 1)) == 1_800_00
    hold = one.outcome.entries[1]
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    await scene.do(
        acts.hold_released(hold=hold.number, shares=budget.shares(), amount=200_00, remaining=kept, effective_on=DAY,
                           because=one.outcome.number),
        asked=BOB,
    )  # fmt: skip
    await scene.do(
        ReleaseHold(event=30, hold=two.outcome.entries[1].number, effective_on=DAY, because=two.outcome.number)
    )
    await scene.do(
        acts.reversal(entry=three.outcome.entries[1].number, line=budget.line.line, effective_on=DAY,
                      because=three.outcome.number),
        asked=CAROL,
    )  # fmt: skip
    assert _so_far(await _spent(scene, budget, 2)) == 300_00 + 1


async def test_an_accepted_invoice_counts_once_and_its_reversal_takes_it_out(scene: Scene) -> None:
    """Care ordered and then invoiced is counted once, at what was invoiced; a posting reversed is no spending."""
    budget = await scene.budget()
    ordered = await _spent(scene, budget, 400_00)
    decision, hold = ordered.outcome.entries
    kept = {code: pence for code, pence in hold.legs if code.endswith("/held")}
    evidence = claims.Evidence(
        subject=claims.invoice_subject("A1", "ab" * 16), person=budget.person, amount=300_00, line=budget.line.line,
        payee="A1", service="home_care",
    )  # fmt: skip
    settled = await scene.do(
        claims.evidence_recorded("invoice_accepted", evidence, effective_on=DAY),
        facts.invoice_settles_hold(hold=hold.number, remaining=kept, amount=300_00, shares=budget.shares(), payee="A1",
                                   final=True, effective_on=DAY, because=-1),
        asked=BOB,
    )  # fmt: skip
    assert _so_far(await _spent(scene, budget, 1)) == 300_00
    await scene.do(
        acts.reversal(entry=settled.entries[1].number, line=budget.line.line, effective_on=DAY,
                      because=settled.entries[0].number),
        asked=CAROL,
    )  # fmt: skip
    # The settlement is taken back: the order keeps all of its money again, and nothing is spent.
    assert _so_far(await _spent(scene, budget, 2)) == 400_00 + 1
    assert decision.attribute("service") == "home_care"


async def test_a_referral_and_its_approval_count_once(scene: Scene) -> None:
    """What waits for an officer is held and counts; what could not be held does not."""
    budget = await scene.budget(1_200_00)
    assert outcome_of(await _spent(scene, budget, 1_000_01)) == "refer"
    assert _so_far(await _spent(scene, budget, 10_00)) == 1_000_01
    denied = await _spent(scene, budget, 1_000_00)
    assert outcome_of(denied) == "deny"
    assert _so_far(await _spent(scene, budget, 1_00)) == 1_010_01
