"""What is looked up anew because it has changed has one deadline for all its tries: who asked waits no longer than they said."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ledger.budgets.claims import Evidence, claim_subject, evidence_recorded
from ledger.budgets.delegated import grade_recorded, limit_recorded
from ledger.budgets.people import person_recorded
from policies.evidencing import accept_claim
from policies.gate import BudgetBusy, Decided, Gate
from policies.ordering import ordered
from tests.policies.scene import ALICE, BOB, DAY, START, Between, Budget, Scene, sender

Ask = Callable[[Gate, Budget], Awaitable[Decided]]
WAITS, EACH = 0.4, 0.1


async def _busy(scene: Scene, happens: Callable[[], Awaitable[object]], asks: Ask, budget: Budget) -> int:
    """How often something changed while a request was on its way, until it was told that the budget is busy."""
    count = 0

    async def changes() -> None:
        nonlocal count
        count += 1
        await asyncio.sleep(EACH)
        await happens()

    size = await scene.size()
    with pytest.raises(BudgetBusy):
        await asks(scene.gate(Between(scene.writer, changes, times=100)), budget)
    assert await scene.size() == size + count
    return count


async def test_a_fact_that_is_looked_up_again_and_again_has_one_deadline(scene: Scene) -> None:
    """A claim, while the person's consent is written down anew before each try."""
    budget = await scene.budget(management="direct_payment")
    claim = Evidence(
        subject=claim_subject("1"), person=budget.person, amount=1_00, line=budget.line.line, service="home_care"
    )
    number = (await scene.do(evidence_recorded("claimed", claim), asked=ALICE)).number

    def asks(gate: Gate, budget: Budget) -> Awaitable[Decided]:
        return accept_claim(gate, sender(BOB), WAITS, person=budget.person, number=number, effective_on=DAY)

    consent = person_recorded("consent_given", person=budget.person, on=DAY)
    assert await _busy(scene, lambda: scene.do(consent), asks, budget) <= WAITS / EACH


async def test_an_officers_order_has_one_deadline(scene: Scene) -> None:
    """While the officer's grade is given anew before each try."""
    budget = await scene.budget()
    grade = grade_recorded(actor=ALICE.actor, grade="band6", start=START)
    await scene.do(limit_recorded(grade="band6", act="spend", amount=9_000_00, start=START), grade)

    def asks(gate: Gate, budget: Budget) -> Awaitable[Decided]:
        return ordered(gate, sender(ALICE), WAITS, budget.wants(1_00))

    assert await _busy(scene, lambda: scene.do(grade), asks, budget) <= WAITS / EACH
