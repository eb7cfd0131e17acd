"""What the rules ask is what is registered: the instalment a plan agreed, and whether the law lets a person have one at all."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.budgets import people
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0


def _instalment(budget: Budget, amount: int) -> Any:
    return budget.wants(amount, act="instalment", payee=None)


async def test_an_instalment_is_as_the_plan_agreed_to_the_penny(scene: Scene) -> None:
    """As agreed it is allowed, above every local limit; a penny more or less, or all that is available, is denied and keeps
    nothing."""
    budget = await scene.budget(20_000_00, management="direct_payment", instalment=1_540_00)
    gate = scene.gate()
    for amount in (1_539_99, 1_540_01, 20_000_00):
        no = await gate.instalment(_instalment(budget, amount), sender(BOB), PATIENCE)
        assert (outcome_of(no), findings_of(no)) == ("deny", ["plan.instalment_not_as_agreed"])
    assert await scene.left(budget, "held") == 0
    assert outcome_of(await gate.instalment(_instalment(budget, 1_540_00), sender(BOB), PATIENCE)) == "allow"
    assert await scene.left(budget, "held") == 1_540_00


async def test_an_instalment_of_which_the_plan_says_nothing_waits_for_a_person(scene: Scene) -> None:
    """Whatever its amount it is referred, its money kept until it is decided."""
    budget = await scene.budget(20_000_00, management="direct_payment")
    waits = await scene.gate().instalment(_instalment(budget, 20_000_00), sender(BOB), PATIENCE)
    assert (outcome_of(waits), findings_of(waits)) == ("refer", ["plan.instalment_not_said"])
    assert waits.outcome.entries[1].attribute("purpose") == "awaiting_decision"


async def test_a_one_off_payment_is_of_the_whole_line(scene: Scene) -> None:
    """Its line is the single item or service that was agreed (reg 10(6) to (8))."""
    budget = await scene.budget(449_00, management="one_off")
    gate = scene.gate()
    part = await gate.instalment(_instalment(budget, 448_99), sender(BOB), PATIENCE)
    assert findings_of(part) == ["plan.instalment_not_as_agreed"]
    assert outcome_of(await gate.instalment(_instalment(budget, 449_00), sender(BOB), PATIENCE)) == "allow"


async def test_who_is_excluded_by_the_schedule_has_no_direct_payment_until_that_is_lifted(scene: Scene) -> None:
    """The same gate, which remembers the budget, knows at once: said, lifted and said again."""
    budget = await scene.budget(20_000_00, management="direct_payment", instalment=100_00)
    gate, kept = scene.gate(), 0
    for act in ("schedule_lifted", "excluded_by_schedule", "schedule_lifted", "excluded_by_schedule"):
        await scene.do(people.person_recorded(act, person=budget.person, on=DAY), asked=CAROL)
        paid = await gate.instalment(_instalment(budget, 100_00), sender(BOB), PATIENCE)
        asked = await gate.ask(budget.wants(10_00), sender(), PATIENCE)
        if act == "excluded_by_schedule":
            assert (outcome_of(paid), findings_of(paid)) == ("deny", ["statute.schedule_person"])
            assert findings_of(asked) == ["statute.schedule_person"]
        else:
            assert (outcome_of(paid), outcome_of(asked)) == ("allow", "allow")
            kept += 100_00
    assert await scene.left(budget, "held") == kept


async def test_the_schedule_says_nothing_about_a_budget_that_the_commissioner_pays(scene: Scene) -> None:
    """It bars direct payments only (case 8)."""
    budget = await scene.budget()
    await scene.do(people.person_recorded("excluded_by_schedule", person=budget.person, on=DAY), asked=CAROL)
    assert outcome_of(await scene.gate().spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"


@pytest.mark.parametrize(("bars", "lifts", "rule"), [
    ("consent_withdrawn", "consent_given", "statute.consent"),
    ("excluded_by_schedule", "schedule_lifted", "statute.schedule_person"),
    ("capacity_lost", "capacity_found", "statute.capacity_consent"),
])  # fmt: skip
async def test_what_stands_of_a_person_goes_by_its_own_day_and_not_by_when_it_was_entered(
    scene: Scene, bars: str, lifts: str, rule: str
) -> None:
    """A paper of an earlier day that comes in later ends nothing; of one day the later entry counts."""
    budget = await scene.budget(20_000_00, management="direct_payment", instalment=100_00)
    gate, earlier = scene.gate(), DAY - timedelta(days=20)
    for act, on, expected in (
        (bars, DAY, "refuse"),
        (lifts, earlier, "refuse"),
        (lifts, DAY, "allow"),
        (bars, earlier, "allow"),
    ):
        await scene.do(people.person_recorded(act, person=budget.person, on=on), asked=CAROL)
        if act == "capacity_found" and on == DAY:
            await scene.do(people.person_recorded("consent_given", person=budget.person, on=DAY), asked=CAROL)
        paid = await gate.instalment(_instalment(budget, 100_00), sender(BOB), PATIENCE)
        assert findings_of(paid) == ([rule] if expected == "refuse" else [])
