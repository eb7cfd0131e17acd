"""Instalments of a line without a schedule follow the interval that its plan agreed (reg 8(4)(c))."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import people
from ledger.budgets.chart import account
from ledger.budgets.reading import said_at
from ledger.budgets.schedule import begun
from ledger.core.requests import OpenAccounts
from policies import instalments, paying
from policies.decisions import answer_detail
from policies.referrals import resolve
from policies.resolution import Resolution
from tests.policies.scene import ALICE, BOB, CAROL, DAY, START, Budget, Scene, findings_of, sender

PATIENCE = 20.0
APRIL, MAY, JUNE = START, date(2025, 5, 1), date(2025, 6, 1)
WAITS = ["statute.capacity_consent"]
TOO_SOON = ["plan.instalment_before_interval"]


@pytest.mark.parametrize(("interval", "first", "day", "expected"), [
    ("weekly", APRIL, date(2025, 3, 31), 0), ("weekly", APRIL, APRIL, 1), ("weekly", APRIL, date(2025, 4, 7), 1),
    ("weekly", APRIL, date(2025, 4, 8), 2), ("four_weekly", APRIL, date(2025, 4, 28), 1),
    ("four_weekly", APRIL, date(2025, 4, 29), 2), ("four_weekly", APRIL, date(2026, 3, 30), 13),
    ("four_weekly", APRIL, date(2026, 3, 31), 14), ("monthly", APRIL, date(2025, 4, 30), 1), ("monthly", APRIL, MAY, 2),
    ("monthly", date(2025, 1, 31), date(2025, 2, 27), 1), ("monthly", date(2025, 1, 31), date(2025, 2, 28), 2),
    ("monthly", date(2025, 1, 31), date(2025, 3, 30), 2), ("monthly", date(2025, 1, 31), date(2025, 3, 31), 3),
    ("monthly", APRIL, date(2026, 3, 31), 12), ("quarterly", APRIL, date(2025, 6, 30), 1),
    ("quarterly", APRIL, date(2025, 7, 1), 2), ("yearly", date(2024, 2, 29), date(2025, 2, 27), 1),
    ("yearly", date(2024, 2, 29), date(2025, 2, 28), 2), ("yearly", APRIL, date(2026, 3, 31), 1),
    ("once", APRIL, date(2035, 1, 1), 1),
])  # fmt: skip
def test_intervals_begin_as_the_periods_of_a_schedule_do(interval: str, first: date, day: date, expected: int) -> None:
    """By the day, over months of any length, leap days and the end of a financial year."""
    assert begun(interval, first, day) == expected


async def monthly(scene: Scene, interval: str | None = "monthly") -> Budget:
    await scene.do(OpenAccounts(accounts=tuple(account(klass, account="main") for klass in ("bank", "in_transit"))))
    return await scene.budget(12_000_00, management="direct_payment", instalment=1_000_00, interval=interval)


async def asked(scene: Scene, budget: Budget, on: date, amount: int = 1_000_00) -> tuple[int, list[str]]:
    wants = budget.wants(amount, act="instalment", payee=None, effective_on=on)
    outcome = await scene.gate().instalment(wants, sender(ALICE), PATIENCE)
    return outcome.outcome.entries[0].number, findings_of(outcome)


async def paid(scene: Scene, budget: Budget, number: int) -> int:
    found = await scene.gate().carry_out(
        lambda connection: instalments.release_instalment(
            connection, scene.book.book_id, person=budget.person, number=number, bank="main", effective_on=DAY,
            today=DAY,
        ),
        sender(BOB), PATIENCE,
    )  # fmt: skip
    assert found.outcome.refusal is None, found.outcome.refusal
    return found.outcome.number


async def test_an_interval_has_one_instalment_and_one_that_was_missed_is_caught_up(scene: Scene) -> None:
    """A second one of April is denied while the first waits and once it is paid; by June two more have begun."""
    budget = await monthly(scene)
    first, found = await asked(scene, budget, APRIL)
    assert found == []
    assert (await asked(scene, budget, APRIL))[1] == TOO_SOON
    await paid(scene, budget, first)
    assert (await asked(scene, budget, date(2025, 4, 30)))[1] == TOO_SOON
    assert (await asked(scene, budget, JUNE))[1] == []
    assert (await asked(scene, budget, JUNE))[1] == []
    assert (await asked(scene, budget, JUNE))[1] == TOO_SOON


async def test_an_instalment_that_came_back_is_due_again(scene: Scene) -> None:
    """What the bank returned is no instalment that the person has had."""
    budget = await monthly(scene)
    number = await paid(scene, budget, (await asked(scene, budget, APRIL))[0])
    assert (await asked(scene, budget, APRIL))[1] == TOO_SOON
    back = await scene.gate().carry_out(
        lambda connection: paying.return_instalment(
            connection, scene.book.book_id, person=budget.person, number=number, reason="account_closed", effective_on=DAY
        ),
        sender(CAROL), PATIENCE,
    )  # fmt: skip
    assert back.outcome.refusal is None
    # The account is to be approved anew, and the interval does not object.
    assert "plan.instalment_before_interval" not in (await asked(scene, budget, APRIL))[1]


async def test_a_referral_counts_until_it_is_declined(scene: Scene) -> None:
    """An instalment that waits for a person is one; declined it is none, and approved it is one again."""
    budget = await monthly(scene)
    await scene.do(people.person_recorded("capacity_found", person=budget.person, on=MAY))
    assert (await asked(scene, budget, APRIL))[1] == []
    number, found = await asked(scene, budget, MAY)
    assert found == WAITS
    assert sorted((await asked(scene, budget, MAY))[1]) == sorted((*TOO_SOON, *WAITS))
    await decided(scene, number, allows=False)
    number, found = await asked(scene, budget, MAY)
    assert found == WAITS
    await decided(scene, number, allows=True)
    assert sorted((await asked(scene, budget, MAY))[1]) == sorted((*TOO_SOON, *WAITS))


async def decided(scene: Scene, number: int, *, allows: bool) -> None:
    """An officer decides a referral."""

    async def make(connection: Any) -> Resolution:
        said = await said_at(connection, scene.book.book_id, number)
        assert said is not None
        return await resolve(connection, scene.gate(), said, actor="bob", allows=allows, effective_on=MAY, today=scene.today(),
                             reason="another", detail=answer_detail(b"s" * 16, "Not now."))  # fmt: skip

    found = await scene.gate().carry_out(make, sender(BOB), PATIENCE)
    assert found.outcome.refusal is None


async def test_no_interval_says_nothing(scene: Scene) -> None:
    """Where the plan agreed none, nothing is held against a second instalment."""
    budget = await monthly(scene, None)
    assert [(await asked(scene, budget, APRIL))[1] for _ in range(2)] == [[], []]
