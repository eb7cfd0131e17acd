"""A stop rests on its written notice until the line ends: one that reached nobody stops nothing (SI 2013/1617 reg 17(3))."""

import pytest

from tests.api.lives import DAY, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import LAST, stopped, written

ENDS = {"effective_on": LAST, "owes_nothing": True}


async def ended(lives: Tried, **more: str) -> tuple[int, str | None]:
    """What comes of ending the line."""
    answer = await lives.send("lines/D/stop/end", {**ENDS, **more}, line=D)
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize("act", ["returned", "withdrawn"])
async def test_nothing_stops_by_a_notice_that_reached_nobody(lives: Tried, act: str) -> None:
    """It was sent, the stop was approved on it, and then it came back or was withdrawn: the line does not end."""
    notice = await written(lives, delivered=False)
    assert (await stopped(lives, notice=notice))["outcome"] == "allow"
    await lives.done(f"notices/{notice}/move", {"act": act, "on": DAY}, line=D)
    assert await ended(lives) == (422, "stop_notice_not_given")
    assert (await lives.money(D))["left_to_spend"] == "26000.00"


async def test_a_notice_that_is_given_again_runs_again(lives: Tried) -> None:
    """Sent once more and delivered in July, the 28 days run from then."""
    notice = await written(lives, delivered=False)
    await stopped(lives, notice=notice)
    for act, on, who in (
        ("returned", DAY, "officer"),
        ("sent", "2025-07-09", "officer"),
        ("delivered", "2025-07-10", "officer:olga"),
    ):
        await lives.done(f"notices/{notice}/move", {"act": act, "on": on}, who, D)
    assert await ended(lives) == (422, "stop_too_early")
    assert await ended(lives, effective_on="2025-08-06") == (422, "stop_too_early")
    assert await ended(lives, effective_on="2025-08-07") == (201, None)


async def test_what_cannot_wait_for_a_notice_does_not_wait_for_its_post(lives: Tried) -> None:
    """On such a ground a notice that came back keeps nothing going."""
    notice = await written(lives, delivered=False)
    assert (await stopped(lives, notice=notice, ground="fraud"))["outcome"] == "allow"
    await lives.done(f"notices/{notice}/move", {"act": "returned", "on": DAY}, line=D)
    assert await ended(lives) == (201, None)
