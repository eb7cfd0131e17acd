"""What stands under an approval with a cap: orders, their invoices, and what came back of those, each counted once."""

from hashlib import sha256
from typing import Any

from ledger.budgets import claims
from ledger.budgets.of_orders import invoiced_on, used_under
from ledger.budgets.reading import order_of
from policies import accepting, crediting, settling
from policies.decisions import answer_detail
from tests.policies.scene import BOB, CAROL, DAY, Budget, Scene, outcome_of, sender
from tests.policies.test_conditions import CAP, PATIENCE, approved, decision_in, relying, rules_in
from tests.policies.test_warrants import verified


async def _entered(scene: Scene, budget: Budget, hold: int, amount: int, reference: str) -> int:
    evidence = claims.Evidence(
        subject=claims.invoice_subject("A1", sha256(reference.encode()).hexdigest()), person=budget.person,
        line=budget.line.line, payee="A1", amount=amount, service="home_care", hold=hold,
    )  # fmt: skip
    async with scene.reading() as connection:
        made = await settling.enter_invoice(
            connection, scene.book.book_id, evidence, detail=answer_detail(b"s" * 16, ""), care_from=None, care_to=None
        )
    return (await scene.do(*made.requests, guards=made.guards)).number


async def _accepted(scene: Scene, budget: Budget, hold: int, amount: int, reference: str) -> Any:
    """An invoice of an order, entered and accepted: the entries of its acceptance."""
    number = await _entered(scene, budget, hold, amount, reference)
    decided = await accepting.accept_invoice(
        scene.gate(), sender(CAROL), PATIENCE, person=budget.person, number=number, effective_on=DAY
    )
    assert decided.outcome.refusal is None
    return decided.outcome.entries


async def _reversed(scene: Scene, budget: Budget, entries: Any) -> None:
    [number] = [each.number for each in entries if each.legs]
    async with scene.reading() as connection:
        made = await settling.reverse_entry(
            connection, scene.book.book_id, person=budget.person, number=number, effective_on=DAY
        )
    await scene.do(*made.requests, asked=BOB, guards=made.guards, other_than=made.other_than)


async def _credited(scene: Scene, budget: Budget, entries: Any, amount: int, reference: str) -> None:
    [number] = [each.number for each in entries if each.kind == "evidence"]
    note = claims.Evidence(subject=f"credit/A1/{sha256(reference.encode()).hexdigest()}", person=budget.person, payee="A1",
                           amount=amount)  # fmt: skip
    async with scene.reading() as connection:
        made = await crediting.enter_credit(
            connection, scene.book.book_id, note, invoice=number, detail=answer_detail(b"s" * 16, "")
        )
    entered = (await scene.do(*made.requests, guards=made.guards)).number
    async with scene.reading() as connection:
        made = await crediting.accept_credit(
            connection, scene.book.book_id, person=budget.person, number=entered, effective_on=DAY
        )
    await scene.do(*made.requests, asked=BOB, guards=made.guards, other_than=made.other_than)


async def _used(scene: Scene, budget: Budget, approval: int, *holds: int) -> int:
    """What stands under the approval, which is what each order by itself says."""
    async with scene.reading() as connection:
        used = await used_under(connection, scene.book.book_id, budget.person, approval)
        apart = 0
        for hold in holds:
            order = await order_of(connection, scene.book.book_id, budget.person, hold)
            assert order is not None
            apart += sum(order.remaining.values())
            apart += (await invoiced_on(connection, scene.book.book_id, budget.person, hold)).pence
    assert used == apart
    return used


async def test_a_cap_counts_what_is_kept_and_invoiced_less_what_came_back(scene: Scene) -> None:
    """Three orders of one approval: an invoice reversed counts as its order again, accepted anew it counts once, and what a credit
    gives back counts no more; another person's approval is not there. Every penny of the rest can be used, and not one more."""
    budget, other = await scene.budget(), await scene.budget()
    outcome = await approved(scene, budget, CAP)
    approval, own = decision_in(outcome).number, outcome.entries[-1].number
    assert await _used(scene, budget, approval, own) == 900_00
    first = await _accepted(scene, budget, own, 300_01, "I-1")
    assert await _used(scene, budget, approval, own) == 900_00
    await _credited(scene, budget, first, 100_00, "CN-1")
    assert await _used(scene, budget, approval, own) == 800_00
    second = (await relying(scene, budget, approval, 60_00)).outcome.entries[-1].number
    third = (await relying(scene, budget, approval, 40_00)).outcome.entries[-1].number
    assert await _used(scene, budget, approval, own, second, third) == 900_00
    denied = await relying(scene, budget, approval, 1)
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.over_cap"])
    taken = await _accepted(scene, budget, second, 55_55, "I-2")
    await _reversed(scene, budget, taken)
    assert await _used(scene, budget, approval, own, second, third) == 900_00
    again = await _accepted(scene, budget, second, 55_55, "I-2")
    assert await _used(scene, budget, approval, own, second, third) == 900_00
    await _credited(scene, budget, again, 55_55, "CN-2")
    assert await _used(scene, budget, approval, own, second, third) == 900_00 - 55_55
    assert outcome_of(await relying(scene, budget, approval, 55_55)) == "allow"
    denied = await relying(scene, budget, approval, 1)
    assert (outcome_of(denied), rules_in(denied)) == ("deny", ["approval.over_cap"])
    async with scene.reading() as connection:
        assert await used_under(connection, scene.book.book_id, other.person, approval) == 0
    checked = await verified(scene)
    assert checked.ok, checked
