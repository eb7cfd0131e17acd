"""What one person approves or gives up alone: no day is chosen for its limit, and no grade is ended to be free of it."""

from datetime import date

import pytest

from ledger.budgets.delegated import grade_recorded, limit_recorded
from policies.delegated import own_limit
from policies.settling import NotSettled
from tests.policies.scene import DAY, START, Scene
from tests.policies.test_referrals import referred, resolution

MAY, MARCH = date(2025, 5, 31), date(2026, 3, 1)


async def limited(scene: Scene, amount: int, start: date = START) -> None:
    """What band 6, which Bob is of, approves of orders alone from a day on."""
    await scene.do(limit_recorded(grade="band6", act="spend", amount=amount, start=start))


@pytest.mark.parametrize("day", [DAY, MAY, MARCH])
async def test_the_lower_limit_of_the_day_and_of_today_counts(
    scene: Scene, day: date, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """£500 from June on, more before and more from March on: whichever day is named, an order above £500 is for somebody else."""
    await scene.do(grade_recorded(actor="bob", grade="band6", start=START))
    for amount, start in ((9_000_00, START), (500_00, date(2025, 6, 1)), (9_000_00, MARCH)):
        await limited(scene, amount, start)
    number = await referred(scene, await scene.budget())
    monkeypatch.setattr(scene, "today", lambda: DAY)
    with pytest.raises(NotSettled, match="over_own_limit"):
        await resolution(scene, number, allows=True, day=day)


async def test_a_limit_of_the_day_counts_although_it_is_higher_today(scene: Scene) -> None:
    """What was not theirs to approve on a day is not afterwards."""
    await scene.do(grade_recorded(actor="bob", grade="band6", start=START))
    for amount, start in ((500_00, START), (9_000_00, date(2025, 6, 1))):
        await limited(scene, amount, start)
    number = await referred(scene, await scene.budget())
    with pytest.raises(NotSettled, match="over_own_limit"):
        await resolution(scene, number, allows=True, day=MAY)
    assert (await resolution(scene, number, allows=True)).requests


async def test_whose_grade_has_ended_approves_nothing_alone_that_is_limited(scene: Scene) -> None:
    """Ended is less than a low limit and not none; an act that no grade has a limit for stays free, and so is who had none."""
    await scene.do(grade_recorded(actor="bob", grade="band6", start=START))
    number = await referred(scene, await scene.budget())
    await scene.do(grade_recorded(actor="bob", grade=None, start=MAY))
    assert (await resolution(scene, number, allows=True)).requests
    await limited(scene, 9_000_00)
    with pytest.raises(NotSettled, match="over_own_limit"):
        await resolution(scene, number, allows=True)
    async with scene.reading() as connection:
        for actor, act, free in (("bob", "spend", False), ("bob", "demand", True), ("carol", "spend", True)):
            limit = await own_limit(connection, scene.gate(), actor, act, DAY)
            assert (limit.pence > 0) is free, (actor, act)


@pytest.mark.parametrize(("act", "pence"), [
    ("allocate", 15_000_00), ("virement", 5_000_00), ("set_contingency_aside", 5_000_00), ("draw_contingency", 5_000_00),
    ("surplus", 5_000_00), ("offset", 5_000_00), ("demand", 5_000_00), ("civil_debt", 5_000_00), ("waive", 500_00),
    ("write_off", 500_00),
])  # fmt: skip
async def test_whose_grade_says_nothing_is_limited_by_what_is_shipped(scene: Scene, act: str, pence: int) -> None:
    """Of none, or of a grade without a limit for the act: the local limits hold; what the grade says goes before them."""
    await scene.do(grade_recorded(actor="bob", grade="band6", start=START))
    async with scene.reading() as connection:
        for actor in ("bob", "carol"):
            assert (await own_limit(connection, scene.gate(), actor, act, DAY)).pence == pence
    await scene.do(limit_recorded(grade="band6", act=act, amount=40_000_00, start=START))
    async with scene.reading() as connection:
        assert (await own_limit(connection, scene.gate(), "bob", act, DAY)).pence == 40_000_00
