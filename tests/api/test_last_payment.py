"""Whether the money has gone in: the newest payment of a budget, with its days as they became known."""

from typing import Any

from tests.api.lives import DAY, DORA, NED, D, Lives
from tests.api.test_own_bank import MATCHING, ON, OPENING, own_file


async def _last(lives: Lives, person: str = DORA) -> Any:
    holder = "holder:holder-D" if person == DORA else "holder:holder-N"
    return (await lives.get(f"/budgets/{person}?on={DAY}", holder)).json()["last_payment"]


async def test_a_holder_reads_when_the_last_payment_was_asked_for_released_and_left_or_came_back(lives: Lives) -> None:
    """None before the first; on its way once released; cleared by our bank's line; returned when it came back."""
    assert await _last(lives) is None
    number = await lives.instalment("2000.00")
    told = {"number": number, "amount": "2000.00", "asked_on": DAY, "released_on": DAY, "cleared_on": None, "arrived_on": None,
            "returned_on": None}  # fmt: skip
    paid = await _last(lives)
    assert paid == told | {"state": "on_its_way", "number": paid["number"]}
    await lives.done(OPENING, own_file('03/06/2025,BACS,PHB H1,"2,000.00",,"3,000.00",B-1'), "finance")
    [out] = (await lives.get("/banks/main/lines", "finance")).json()["lines"]
    await lives.done(MATCHING.format(out["number"]), {"kind": "payments", "of": out["could_be"], **ON}, "finance")
    cleared = await _last(lives)
    assert (cleared["state"], cleared["cleared_on"]) == ("cleared", ON["effective_on"])
    assert await _last(lives, NED) is None


async def test_a_payment_that_came_back_says_so(lives: Lives) -> None:
    """With the day on which it did, and the whole amount."""
    number = await lives.instalment("2000.00")
    await lives.done(f"instalments/{number}/return", {**ON, "reason": "closed"}, "finance:ron", D)
    back = await _last(lives)
    assert (back["state"], back["returned_on"], back["amount"]) == ("returned", ON["effective_on"], "2000.00")
