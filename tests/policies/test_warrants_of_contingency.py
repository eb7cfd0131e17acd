"""What a line keeps for emergencies is set aside by its agreement up to what that says, or by a decision; else it is named."""

import msgspec
import pytest

from ledger.budgets import acts, plans
from tests.policies.scene import DAY, Budget, Scene
from tests.policies.test_warrants import _unwarranted, verified


async def _agreed(scene: Scene, budget: Budget, pence: int, version: int, year: str | None = None) -> int:
    """A version that keeps so much of the line; the entry of its agreement."""
    line = msgspec.structs.replace(budget.line, version=version, contingency=pence, contingency_year=year)
    plan = msgspec.structs.replace(budget.plan, version=version)
    made = await scene.do(
        plans.plan_recorded("signed", plan, because=budget.signed), plans.line_recorded("agreed", line, because=-1)
    )
    return made.entries[1].number


@pytest.mark.parametrize("how", ["none agreed", "more", "twice", "drawn", "another line", "the plan"])
async def test_a_contingency_that_no_version_keeps_is_named(scene: Scene, how: str) -> None:
    """Set aside without a version that says so, for more, once more, the other way, of another line, or behind the plan alone."""
    budget, other = await scene.budget(), await scene.budget()
    agreed = await _agreed(scene, budget, 100_00, 2)
    aside = acts.contingency_set_aside(amount=100_00, shares=budget.shares(), effective_on=DAY, because=agreed)
    if how != "more":
        await scene.do(aside)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
    wrong = {
        "none agreed": lambda: acts.contingency_set_aside(
            amount=1, shares=other.shares(), effective_on=DAY, because=other.signed + 1
        ),
        "more": lambda: acts.contingency_set_aside(amount=100_01, shares=budget.shares(), effective_on=DAY, because=agreed),
        "twice": lambda: acts.contingency_set_aside(amount=1, shares=budget.shares(), effective_on=DAY, because=agreed),
        "drawn": lambda: acts.contingency_drawn(
            amount=1, shares=[msgspec.structs.replace(each, contingency=100_00) for each in budget.shares()], effective_on=DAY,
            because=agreed,
        ),
        "another line": lambda: acts.contingency_set_aside(amount=1, shares=other.shares(), effective_on=DAY, because=agreed),
        "the plan": lambda: acts.contingency_set_aside(amount=1, shares=other.shares(), effective_on=DAY, because=other.signed),
    }[how]()  # fmt: skip
    await _unwarranted(scene, wrong)


async def test_what_a_later_version_keeps_less_comes_back_and_no_more(scene: Scene) -> None:
    """Of the 100 pounds 60 are kept from the second version on: 40 come back, and no penny besides."""
    budget = await scene.budget()
    agreed = await _agreed(scene, budget, 100_00, 2)
    await scene.do(acts.contingency_set_aside(amount=100_00, shares=budget.shares(), effective_on=DAY, because=agreed))
    later = await _agreed(scene, budget, 60_00, 3)
    kept = [msgspec.structs.replace(each, contingency=100_00) for each in budget.shares()]
    await scene.do(acts.contingency_drawn(amount=40_00, shares=kept, effective_on=DAY, because=later))
    assert (await verified(scene)).ok
    await _unwarranted(scene, acts.contingency_drawn(amount=1, shares=kept, effective_on=DAY, because=later))


async def test_what_is_kept_of_another_year_is_set_aside_anew_and_the_old_comes_back(scene: Scene) -> None:
    """Both up to what their versions say, and no penny besides."""
    budget = await scene.budget()
    agreed = await _agreed(scene, budget, 100_00, 2, "2025-26")
    await scene.do(acts.contingency_set_aside(amount=100_00, shares=budget.shares(), effective_on=DAY, because=agreed))
    later = await _agreed(scene, budget, 60_00, 3, "2026-27")
    kept = [msgspec.structs.replace(each, contingency=100_00) for each in budget.shares()]
    await scene.do(acts.contingency_drawn(amount=100_00, shares=kept, effective_on=DAY, because=later))
    await scene.do(acts.contingency_set_aside(amount=60_00, shares=budget.shares(), effective_on=DAY, because=later))
    assert (await verified(scene)).ok
    await _unwarranted(
        scene, acts.contingency_set_aside(amount=1, shares=budget.shares(), effective_on=DAY, because=later)
    )
