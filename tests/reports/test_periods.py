"""Identity R4: of each period of a schedule what was paid, offset or cut is what was due, and each once."""

from typing import Any

import asyncpg
import pytest

from ledger.budgets.chart import account
from ledger.core.requests import Record
from ledger.reports.identities import Identity, check_identities
from tests.policies.conftest import bundle as bundle
from tests.policies.conftest import engine as engine
from tests.policies.conftest import scene as scene
from tests.policies.scene import DAY, Budget, Scene
from tests.policies.test_scheduling import JUNE, MAY, asked, paid, returned, scheduled
from tests.reports.test_identities import GUARDED, Back
from tests.worked_example import instalment_paid

PLANTS = {
    "another amount of the schedule": (
        "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"100001\"}' WHERE kind = 'schedule'"
    ),
    "a lesser amount of the schedule": (
        "UPDATE phb.register SET attributes = attributes || '{\"amount\": \"1\"}' WHERE kind = 'schedule'"
    ),
    "a period that the schedule does not have": (
        "UPDATE phb.register SET attributes = attributes || '{\"period\": \"2025-05-02\"}' WHERE attributes ? 'period'"
    ),
    "one period paid twice": (
        "UPDATE phb.register SET attributes = attributes || '{\"period\": \"2025-05-01\"}' WHERE attributes ? 'period'"
    ),
    "the return of a payment": "DELETE FROM phb.register WHERE act = 'instalment_returned'",
}


async def r4(scene: Scene, change: str | None = None) -> Identity:
    """As the reader finds it after a change by the owner of the database, who then takes it back."""
    connection: Any = await asyncpg.connect(scene.book.dsn)
    try:
        async with connection.transaction():
            if change is not None:
                for table in GUARDED:
                    await connection.execute(f"ALTER TABLE phb.{table} DISABLE TRIGGER ALL")
                assert (await connection.execute(change)).split()[-1] != "0", "the change changes nothing"
            await connection.execute("SELECT set_config('phb.book_id', $1, true)", str(scene.book.book_id))
            await connection.execute("SET LOCAL ROLE phb_reader")
            found = await check_identities(connection, scene.book.book_id)
            await connection.execute("RESET ROLE")
            raise Back(found)
    except Back as back:
        [found] = [each for each in back.found if each.name == "R4"]
        return found
    finally:
        await connection.close()


async def _lived(scene: Scene) -> Budget:
    """May paid, returned and paid again; June paid; the others due."""
    budget = await scheduled(scene)
    first = await paid(scene, budget, (await asked(scene, budget, MAY)).outcome.number)
    await returned(scene, budget, first.outcome.number)
    for period in (MAY, JUNE):
        await paid(scene, budget, (await asked(scene, budget, period)).outcome.number)
    return budget


async def test_periods_that_were_paid_once_are_right(scene: Scene) -> None:
    """Twelve periods, two of them paid, one of these after the bank had sent it back."""
    await _lived(scene)
    found = await r4(scene)
    assert (found.ok, found.checked, found.first) == (True, 12, None)


@pytest.mark.parametrize("change", PLANTS)
async def test_what_was_changed_is_named(scene: Scene, change: str) -> None:
    """A change by somebody with every right breaks it, and the first place is told."""
    await _lived(scene)
    broken = await r4(scene, PLANTS[change])
    assert not broken.ok
    assert broken.first


async def test_an_instalment_paid_past_the_gate_is_named(scene: Scene) -> None:
    """Whoever stole the writer pays May once more, by a decision of their own making."""
    budget = await _lived(scene)
    given = (("act", "instalment"), ("amount", "100000"), ("bundle", "0"), ("hold", "no"), ("line", budget.line.line),
             ("outcome", "allow"), ("period", "2025-05-01"), ("person", budget.person))  # fmt: skip
    number = (await scene.do(Record(kind="decision", subject=f"line/{budget.line.line}", attributes=given))).number
    shares = budget.shares({f"share/{budget.line.line}/nhs/2025-26/available": 900_000})
    await scene.do(instalment_paid(
        amount=1_000_00, shares=shares, holder_account=budget.line.holder_account or "", effective_on=DAY, because=number,
        through=account("in_transit", account="main").code,
    ))  # fmt: skip
    found = await r4(scene)
    assert (found.ok, found.first) == (False, f"{budget.line.line} 2025-05-01: paid 2 times")


async def test_an_offset_of_more_than_was_due_is_named(scene: Scene) -> None:
    """£1,000.01 kept back of a period of £1,000 (reg 13(4): never more than is due)."""
    budget = await scheduled(scene)
    given = (("act", "offset"), ("amount", "100001"), ("line", budget.line.line), ("period", "2025-05-01"),
             ("person", budget.person))  # fmt: skip
    await scene.do(Record(kind="notice", subject="offset/1", attributes=given))
    found = await r4(scene)
    assert found.first == f"{budget.line.line} 2025-05-01: met by 1 more than the 100000 that was due"
