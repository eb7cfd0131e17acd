"""Money moves between lines only where the plan lets it, fund by fund, and what was moved is warranted by its decision."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, plans
from ledger.core.model import Malformed
from policies import changing
from policies.gate import Decided
from policies.sheets import NotThere
from tests.policies.scene import BOB, DAY, JOINT, NHS, START, Budget, Scene, findings_of, outcome_of, sender, share_of
from tests.policies.test_warrants import verified

PATIENCE = 20.0


async def with_second_line(
    scene: Scene, budget: Budget, shares: Any = None, name: str = "B", **changes: Any
) -> plans.Line:  # fmt: skip
    """Another line of the same plan and person, of £1,000; both are of the flexibility group care unless told otherwise."""
    first = msgspec.structs.replace(budget.line, flexibility="care")
    line = msgspec.structs.replace(
        first, line=f"{first.line}{name}", amount=1_000_00, shares=shares or first.shares, **changes
    )
    made = tuple(share_of(line, share) for share in line.shares)
    opened = [request for share in made for request in plans.share_opened(share)]
    await scene.do(
        plans.plan_recorded("signed", budget.plan), plans.line_recorded("agreed", first, because=-1),
        plans.line_recorded("agreed", line, because=-1), *opened,
        acts.allocated(amount=line.amount, shares=made, effective_on=START, because=-1), asked=BOB,
    )  # fmt: skip
    return line


async def moved(scene: Scene, budget: Budget, to: str, amount: int, **more: Any) -> Decided:
    """Asked of the gate."""
    given = {"person": budget.person, "line": budget.line.line, "to": to, "amount": amount, "effective_on": DAY, **more}
    return await changing.move_between_lines(scene.gate(), sender(), PATIENCE, **given)


async def test_money_moves_between_lines_of_a_group_fund_by_fund(scene: Scene) -> None:
    """Both lines change by the amount, each fund keeps its own, and verification finds the decision behind it."""
    budget = await scene.budget(shares=JOINT)
    line = await with_second_line(scene, budget)
    decided = await moved(scene, budget, line.line, 100_01)
    assert outcome_of(decided) == "allow"
    other = Budget(budget.person, budget.plan, line, budget.signed)
    assert (await scene.left(budget), await scene.left(other)) == (1_040_000 - 100_01, 1_100_01)
    legs = dict(decided.outcome.entries[1].legs)
    year = "2025-26"
    assert legs[f"share/{line.line}/nhs/{year}/available"] == 60_01
    assert legs[f"share/{line.line}/council/{year}/available"] == 40_00
    assert (await verified(scene)).ok


@pytest.mark.parametrize(
    ("how", "rules"),
    [
        ("stated", ["plan.virement_stated"]),
        ("another group", ["plan.virement_stated"]),
        ("another fund", ["plan.virement_unlike"]),
        ("not started", ["plan.change_not_in_force"]),
        (
            "too much",
            ["icb_policy.change_not_enough_left", "icb_policy.moved_above_limit", "icb_policy.virement_far_above_plan"],
        ),
    ],
)
async def test_what_the_plan_does_not_let_move_stays(scene: Scene, how: str, rules: list[str]) -> None:
    """A no with its reason, recorded, and no money moved."""
    budget = await scene.budget(shares=JOINT if how == "another fund" else NHS)
    changes: dict[str, Any] = {
        "stated": {"flexibility": None}, "another group": {"flexibility": "aids"}, "another fund": {"shares": NHS},
        "not started": {"start": DAY.replace(month=7)},
    }.get(how, {})  # fmt: skip
    line = await with_second_line(scene, budget, **changes)
    decided = await moved(scene, budget, line.line, 1_040_001 if how == "too much" else 1_00)
    assert (outcome_of(decided), findings_of(decided), len(decided.outcome.entries)) == ("deny", rules, 1)
    assert await scene.left(budget) == 1_040_000


async def test_a_direct_payment_that_would_no_longer_cover_its_care_is_looked_at(scene: Scene) -> None:
    """Reg 13(1): to the penny of what its care costs money may move; a penny more waits for a person, with nothing moved."""
    made = await scene.budget(management="direct_payment", instalment=800_00)
    budget = Budget(made.person, made.plan, msgspec.structs.replace(made.line, cost=10_300_00), made.signed)
    line = await with_second_line(scene, budget)
    assert outcome_of(await moved(scene, budget, line.line, 100_00)) == "allow"
    more = await moved(scene, budget, line.line, 100_01)
    assert (outcome_of(more), findings_of(more)) == ("refer", ["statute.moved_below_cost"])
    assert (len(more.outcome.entries), await scene.left(budget)) == (1, 1_030_000)


async def test_what_is_set_aside_for_emergencies_pays_for_no_care_that_money_is_moved_from(scene: Scene) -> None:
    """Reg 13(1): £10,400 with £100 set aside cover care of £10,100 while £200 move; a penny more would be of the emergencies."""
    made = await scene.budget(management="direct_payment", instalment=800_00)
    line = msgspec.structs.replace(made.line, cost=10_100_00)
    budget = Budget(made.person, made.plan, line, made.signed)
    other = await with_second_line(scene, budget)
    aside = await changing.move_contingency(
        scene.gate(), sender(), PATIENCE, person=budget.person, line=line.line, amount=100_00, draws=False,
        reason="emergency", effective_on=DAY,
    )  # fmt: skip
    assert outcome_of(aside) == "allow"
    more = await moved(scene, budget, other.line, 200_01)
    assert (outcome_of(more), findings_of(more)) == ("refer", ["statute.moved_below_cost"])
    assert outcome_of(await moved(scene, budget, other.line, 200_00)) == "allow"


async def test_what_is_not_there_is_said_before_any_rule(scene: Scene) -> None:
    """Another person's line, no such person, one line twice."""
    budget, other = await scene.budget(), await scene.budget()
    with pytest.raises(NotThere, match="line_unknown"):
        await moved(scene, budget, other.line.line, 1_00)
    with pytest.raises(NotThere, match="person_unknown"):
        await moved(scene, budget, "N9", 1_00, person="PNOBODY")
    with pytest.raises(Malformed):
        await moved(scene, budget, budget.line.line, 1_00)


async def test_money_that_moved_to_another_line_than_was_decided_is_named(scene: Scene) -> None:
    """The decision names both lines: one from the same line to a third is no warrant, and verification says so."""
    budget = await scene.budget()
    line, third = await with_second_line(scene, budget), await with_second_line(scene, budget, name="C")
    decided = await moved(scene, budget, line.line, 50_00)
    back = acts.reversal(entry=decided.outcome.entries[1].number, line=budget.line.line, effective_on=DAY,
                         because=decided.outcome.number)  # fmt: skip
    await scene.do(back, asked=BOB)
    assert (await verified(scene)).ok
    balances = {share.code("available"): await scene.left(budget) for share in budget.shares()}
    posted = await scene.do(
        acts.virement(
            amount=50_00, out_of=budget.shares(balances), into=[share_of(third, each) for each in third.shares],
            effective_on=DAY, because=decided.outcome.number,
        )
    )  # fmt: skip
    found = await verified(scene)
    assert (found.what, found.first_wrong) == ("unwarranted", posted.number)
