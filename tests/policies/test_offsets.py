"""An instalment paid less an offset: its period is met, the rest is cleared or comes back, and no identity is broken."""

import pytest

from ledger.book.database import READING, connect
from ledger.budgets.reviews import care_checked
from ledger.core.model import Detail
from ledger.reports.identities import check_identities
from policies import owing, paying, surpluses
from policies.gate import Decided
from tests import kit
from tests.policies.scene import ALICE, BOB, CAROL, DAY, JOINT, NHS, START, Budget, Scene, outcome_of, sender
from tests.policies.test_scheduling import MAY, asked, paid, scheduled, state_of
from tests.policies.test_warrants import verified

PATIENCE = 20.0


async def surplus_of(scene: Scene, budget: Budget, amount: int) -> int:
    """The entry of a surplus of so many pence, of a balance of £3,000, of which April's £1,000 are ours."""
    await paid(scene, budget, (await asked(scene, budget, START)).outcome.number)
    act = owing.Act(person=budget.person, effective_on=DAY)
    await scene.do(care_checked(person=budget.person, line=budget.line.line, on=DAY, found="none_unmet"))
    made = await surpluses.determine_surplus(
        scene.gate(), sender(ALICE), PATIENCE, act, line=budget.line.line, balance=3_000_00, liabilities=0, contingency=0,
        amount=amount, subject="1",
    )  # fmt: skip
    assert outcome_of(made) == "allow"
    return made.outcome.entries[1].number


async def offset(scene: Scene, budget: Budget, instalment: int, amount: int, surplus: int) -> Decided:
    """Paid by Carol less so many pence of the surplus."""
    act = owing.Act(person=budget.person, effective_on=DAY)
    return await owing.offset(
        scene.gate(), sender(CAROL), PATIENCE, act, instalment=instalment, bank="main", amount=amount, surplus=surplus,
        demand=None, period=None, reasonable=Detail(bytes(16), b'{"words":"Nothing is planned with it."}'),
    )  # fmt: skip


async def broken(scene: Scene) -> list[str | None]:
    """What breaks an identity."""
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, READING)
    try:
        return [each.first for each in await check_identities(connection, scene.book.book_id) if not each.ok]
    finally:
        await connection.close()


@pytest.mark.parametrize(("shares", "amount", "event"), [(NHS, 600_00, 20), (JOINT, 600_01, 20), (NHS, 1_000_00, 21)])
async def test_a_period_is_met_by_what_is_paid_and_offset(
    scene: Scene, shares: object, amount: int, event: int
) -> None:
    """May's £1,000 less an offset: paid and offset come to what was due, once, for one fund and for two."""
    budget = await scheduled(scene, shares)
    surplus = await surplus_of(scene, budget, amount)
    done = await offset(scene, budget, (await asked(scene, budget, MAY)).outcome.number, amount, surplus)
    assert (outcome_of(done), done.outcome.entries[-1].event) == ("allow", event)
    state = await state_of(scene, budget, MAY)
    assert (state.paid, state.offset, state.left) == (1_000_00 - amount, amount, 0)
    assert await broken(scene) == []
    assert (await verified(scene)).ok


@pytest.mark.parametrize("comes_back", [False, True])
async def test_what_was_paid_besides_is_cleared_or_comes_back(scene: Scene, comes_back: bool) -> None:
    """£400 went to the bank: it clears as £400, or comes back and £400 of the period are due again; the offset stays."""
    budget = await scheduled(scene)
    surplus = await surplus_of(scene, budget, 600_00)
    done = await offset(scene, budget, (await asked(scene, budget, MAY)).outcome.number, 600_00, surplus)
    number = done.outcome.entries[-1].number
    settle = await scene.gate().carry_out(
        lambda connection: (
            paying.return_instalment(
                connection, scene.book.book_id, person=budget.person, number=number, reason="account_closed",
                effective_on=DAY,
            )
            if comes_back
            else paying.clear_instalment(
                connection, scene.book.book_id, person=budget.person, number=number, effective_on=DAY
            )
        ),
        sender(BOB), PATIENCE, person=budget.person,
    )  # fmt: skip
    assert settle.outcome.refusal is None
    rows = await kit.rows(
        scene.book.dsn,
        "SELECT code, balance FROM phb.account JOIN phb.balance USING (book_id, account_id) WHERE code LIKE '%/main'",
    )
    assert {row["code"]: row["balance"] for row in rows} == {
        "in_transit/main": -1_000_00, "bank/main": 0 if comes_back else -400_00,
    }  # fmt: skip
    assert (await state_of(scene, budget, MAY)).left == (400_00 if comes_back else 0)
    assert (await verified(scene)).ok
