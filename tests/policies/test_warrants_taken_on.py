"""What comes from another system says where each figure is written; verification names what does not, and payments assigned for
nothing."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, claims, facts, plans, take_on
from ledger.budgets.chart import account
from ledger.core.model import Asked
from ledger.core.requests import OpenAccounts, Record
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene
from tests.policies.test_warrants import verified

MIGRATED = Asked("phb", "loader", None, "machine", "migrated")
LINEAGE = take_on.Lineage(take_on="T1", source="old", file="ab" * 32, sheet="openings", row=2)


def _opening(budget: Budget, **more: Any) -> take_on.Opening:
    given = {"share": budget.shares()[0], "allocated": 100_00, "spent": 40_00, "held": 10_00, **more}
    return take_on.Opening(**given)


async def _line(scene: Scene, amount: int = 100_00) -> Budget:
    """A person with a line to which nothing has been given, and where the earlier system's balances stand."""
    await scene.do(OpenAccounts(accounts=(account("opening", source="old"),)))
    budget = await scene.budget(1)
    more = msgspec.structs.replace(budget.line, amount=amount + 1)
    await scene.do(plans.line_recorded("agreed", more, because=budget.signed))
    return budget


async def _taken_on(scene: Scene, budget: Budget, by: Asked = MIGRATED, opening: Any = None, **stated: Any) -> int:
    """A figure taken on as it should be; the number of its posting."""
    opening = opening or _opening(budget)
    said = await scene.do(take_on.opening_stated(opening, LINEAGE, because=0), asked=by)
    given = {"effective_on": DAY, "because": said.number, "source": "old", **stated}
    return (await scene.do(take_on.budget_taken_on(opening, **given), asked=by)).number


async def test_a_budget_that_was_taken_on_is_right(scene: Scene) -> None:
    """A figure with its statement, and an order with its decision: each has its warrant, and none goes without."""
    budget = await _line(scene)
    await _taken_on(scene, budget)
    order = take_on.order_taken_on(
        amount=10_00, shares=[msgspec.structs.replace(budget.shares()[0], available=60_00)], service="home_care", payee="A1",
        lineage=LINEAGE, effective_on=DAY, because=0,
    )  # fmt: skip
    await scene.do(*order, asked=MIGRATED)
    found = await verified(scene)
    assert (found.ok, found.why) == (True, None)
    assert found.checks["movements_without_warrant"] == 0


async def _named(scene: Scene, number: int, why: str) -> None:
    found = await verified(scene)
    assert (found.ok, found.what, found.first_wrong) == (False, "unwarranted", number), found
    assert why in (found.why or "")


async def test_a_migrated_movement_that_is_no_take_on_is_named(scene: Scene) -> None:
    """The format asks no reason of what is migrated; whoever calls a payment so, to need no warrant, is found."""
    budget = await _line(scene)
    paid = facts.invoice_settled_directly(
        amount=1, shares=budget.shares(), payee="A1", effective_on=DAY, because=budget.signed
    )
    number = (await scene.do(paid, asked=MIGRATED)).number
    await _named(scene, number, "is a take-on, and nothing else is")


async def test_a_take_on_that_is_entered_by_hand_is_named(scene: Scene) -> None:
    """Only what was migrated is taken on."""
    budget = await _line(scene)
    await _named(scene, await _taken_on(scene, budget, by=CAROL), "is a take-on")


@pytest.mark.parametrize(
    "how", ["no lineage", "another amount", "twice", "more than agreed", "a plan", "another person"]
)
async def test_a_figure_without_its_statement_is_named(scene: Scene, how: str) -> None:
    """A posting behind which stands no statement, one of another amount or person, one used before, or one of no file."""
    budget = await _line(scene)
    opening, stated = _opening(budget), _opening(budget)
    owner = budget
    record = take_on.opening_stated(stated, LINEAGE, because=0)
    if how == "no lineage":
        kept = tuple(each for each in record.attributes if each[0] != "file")
        record = msgspec.structs.replace(record, attributes=kept)
    elif how == "another amount":
        opening = _opening(budget, allocated=100_01)
    elif how == "more than agreed":
        opening = _opening(budget, allocated=100_01)
        record = take_on.opening_stated(opening, LINEAGE, because=0)
    elif how == "another person":
        owner = await scene.budget(1)
        given = {**dict(record.attributes), "person": owner.person}
        record = msgspec.structs.replace(record, attributes=tuple(sorted(given.items())))
    said = (await scene.do(record, asked=MIGRATED)).number
    because = budget.signed if how == "a plan" else said
    posts = [take_on.budget_taken_on(opening, source="old", effective_on=DAY, because=because)]
    if how == "twice":
        small = _opening(budget, allocated=20_00, spent=1_00, held=0)
        said = (await scene.do(take_on.opening_stated(small, LINEAGE, because=0), asked=MIGRATED)).number
        posts = [take_on.budget_taken_on(small, source="old", effective_on=DAY, because=said)] * 2
    for post in posts:
        number = (await scene.do(post, asked=MIGRATED)).number
    found = await verified(scene)
    assert (found.ok, found.what, found.first_wrong) == (False, "unwarranted", number), found


@pytest.mark.parametrize("how", ["a statement", "another amount"])
async def test_an_order_taken_on_without_its_decision_is_named(scene: Scene, how: str) -> None:
    """A hold that no decision of the earlier system stands behind, or one of another amount."""
    budget = await _line(scene)
    await _taken_on(scene, budget)
    decision, hold = take_on.order_taken_on(
        amount=10_00, shares=[msgspec.structs.replace(budget.shares()[0], available=60_00)], service="home_care", payee="A1",
        lineage=LINEAGE, effective_on=DAY, because=0,
    )  # fmt: skip
    record: Record = decision
    if how == "a statement":
        record = take_on.opening_stated(_opening(budget), LINEAGE, because=0)
    else:
        given = {**dict(decision.attributes), "amount": "999"}
        record = msgspec.structs.replace(decision, attributes=tuple(sorted(given.items())))
    made = await scene.do(record, hold, asked=MIGRATED)
    await _named(scene, made.entries[1].number, "behind it")


@pytest.mark.parametrize("how", ["an invoice", "another amount", "another line"])
async def test_a_payment_that_nobody_assigned_is_named(scene: Scene, how: str) -> None:
    """An imported payment moved to a line on something else, for more, or to another line."""
    budget, other = await scene.budget(), await scene.budget()
    await scene.do(OpenAccounts(accounts=(account("unassigned", source="csv", payee="A1"),), tags=(("payee", "A1"),)))
    evidence = claims.Evidence(
        subject="assignment/csv/A1", person=budget.person, amount=10_00, line=budget.line.line, payee="A1", service="home_care"
    )  # fmt: skip
    act = "invoice_accepted" if how == "an invoice" else "payment_assigned"
    amount, owner = (11_00, budget) if how == "another amount" else (10_00, other if how == "another line" else budget)
    said = (await scene.do(claims.evidence_recorded(act, evidence, effective_on=DAY), asked=BOB)).number
    post = facts.payment_assigned(
        amount=amount, shares=owner.shares(), source="csv", payee="A1", effective_on=DAY, because=said
    )
    await _named(scene, (await scene.do(post, asked=BOB)).number, "behind it")


async def test_a_take_on_is_not_taken_back(scene: Scene) -> None:
    """Undone by one person it would be a cut without notice."""
    budget = await _line(scene)
    opening = _opening(budget, held=0)
    number = await _taken_on(scene, budget, opening=opening)
    undone = acts.reversal(entry=number, line=budget.line.line, effective_on=DAY, because=budget.signed)
    await _named(scene, (await scene.do(undone, asked=CAROL)).number, "takes an allocation back")
