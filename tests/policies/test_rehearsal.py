"""A gate whose writer and reader are one unit of work that is rolled back: what it would decide, and nothing left of it."""

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from ledger.book.dry_run import rehearsal
from ledger.book.submission import DeadlinePassed
from ledger.book.writer_settings import Settings
from ledger.budgets.identities import IDENTITIES
from ledger.core.calendar import day_ends_us
from policies.gate import Decided
from policies.sheets import Wanted
from tests import kit
from tests.policies.scene import JOINT, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0


async def tried(scene: Scene, wanted: Wanted, **more: Any) -> Decided:
    """A spend that is only tried."""
    given = Settings(dsn=scene.book.dsn, book_id=scene.book.book_id, clock_us=scene.clock, nonce=kit.nonce,
                     identities=IDENTITIES)  # fmt: skip
    async with rehearsal(given) as unit:
        return await scene.gate(unit, reading=unit.reading).spend(wanted, sender(**more), PATIENCE)


async def test_a_trial_sees_the_money_of_a_hold_that_is_due(scene: Scene) -> None:
    """A referral's hold has run out and nothing has written its expiry yet: the trial counts its money as there, as the request
    would, and the expiry is not written either."""
    budget = await scene.budget(1_500_00)
    writer: Any = scene.writer
    assert outcome_of(await scene.gate().spend(budget.wants(1_000_01), sender(), PATIENCE)) == "refer"
    await writer.stop()
    await scene.clock.set(day_ends_us(scene.today() + timedelta(days=10 + 1)))
    before = await scene.size()
    decided = await tried(scene, budget.wants(900_00))
    assert (outcome_of(decided), [each.kind for each in decided.outcome.entries]) == (
        "allow",
        ["decision", "hold_placed"],
    )
    assert (await scene.size(), await scene.left(budget, "held")) == (before, 1_000_01)


async def test_a_trial_is_split_and_refused_as_the_request_would_be(scene: Scene) -> None:
    """The pennies of each share, and the no of the rules, are those of the real request that follows."""
    budget = await scene.budget(1_01, shares=JOINT)
    for amount in (33, 33, 34, 2, 1):
        first, then = (
            await tried(scene, budget.wants(amount)),
            await scene.gate().spend(budget.wants(amount), sender(), PATIENCE),
        )
        assert outcome_of(first) == outcome_of(then)
        assert findings_of(first) == findings_of(then)
        assert [each.legs for each in first.outcome.entries] == [each.legs for each in then.outcome.entries]


async def test_a_trial_waits_for_the_books_lock_and_no_longer(scene: Scene) -> None:
    """While somebody else holds the head of the book a trial is told that its deadline passed, like any other request."""
    budget = await scene.budget()
    connection = await asyncpg.connect(scene.book.dsn)
    async with connection.transaction():
        await connection.execute("SELECT 1 FROM phb.head FOR UPDATE")
        with pytest.raises(DeadlinePassed):
            await tried(scene, budget.wants(1))
    await connection.close()


async def test_trials_among_spends_change_none_of_them(scene: Scene) -> None:
    """Four are tried while four are done on one budget: everyone has a decision, and the book those of the four."""
    budget = await scene.budget(1_00, shares=JOINT)
    gate, before = scene.gate(), await scene.size()
    found = await asyncio.gather(
        *(tried(scene, budget.wants(7)) for _ in range(4)),
        *(gate.spend(budget.wants(7), sender(), PATIENCE) for _ in range(4)),
    )
    assert [outcome_of(decided) for decided in found] == ["allow"] * 8
    assert (await scene.size(), await scene.left(budget, "held")) == (before + 8, 28)
