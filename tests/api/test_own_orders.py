"""An officer's own order is held to what was delegated to their grade; a holder's is not, for a holder has none."""

from typing import Any

from tests.api.lives import DAY, Lives, ordered
from tests.api.test_spending import code

START = {"from": "2025-04-01"}
SINGLE = "icb_policy.over_single_limit"


async def limited(lives: Lives, grade: str, amount: str, **more: str) -> None:
    """What a grade orders by itself."""
    sent = {"grade": grade, "act": "spend", "amount": amount, "currency": "GBP", **START, **more}
    await lives.done("/limits", sent, "finance")


async def grades(lives: Lives) -> None:
    """Olga is of a grade that orders £100, Ann of one that orders £5,000; Bo has none."""
    for actor, grade, amount in (("olga", "band5", "100.00"), ("ann", "band8", "5000.00")):
        await limited(lives, grade, amount)
        await lives.done("/grades", {"actor": actor, "grade": grade, **START}, "finance")


async def order(lives: Lives, amount: str, who: str, way: str = "spends", **more: Any) -> tuple[str, list[str]]:
    """What becomes of an order of Ned's."""
    done = await lives.done(way, ordered(amount, **more), who)
    return done["outcome"], [each["rule"] for each in done["findings"]]


async def test_an_officer_orders_up_to_what_their_grade_may_and_more_is_for_somebody_above(lives: Lives) -> None:
    """Exactly the limit is theirs, a penny more is referred, and decided by another whose limit it is within; whom the book limits
    nothing, and whom the local limit stops before, are as they were; so is a holder's own order."""
    before = await order(lives, "100.01", "officer:olga")
    assert before == ("allow", [])
    await grades(lives)
    assert await order(lives, "100.00", "officer:olga") == ("allow", [])
    for way in ("spends", "asks"):
        assert await order(lives, "100.01", "officer:olga", way) == ("refer", [SINGLE])
        assert await order(lives, "100.01", "officer:bo", way) == ("allow", [])
        assert await order(lives, "100.01", "holder:holder-N", way) == ("allow", [])
    assert await order(lives, "1000.01", "officer:ann") == ("refer", [SINGLE])
    [number] = [
        each["number"] for each in (await lives.get("/referrals", "officer")).json()["referrals"] if each["amount"] == "100.01"
        and each["act"] == "spend"
    ]  # fmt: skip
    yes = {"effective_on": DAY}
    assert code(await lives.send(f"decisions/{number}/approve", yes, "officer:olga"))[0] in (403, 422)
    approved = await lives.done(f"decisions/{number}/approve", yes, "officer:ann")
    assert approved["outcome"] == "allow"


async def test_no_day_is_chosen_for_a_limit_and_no_grade_ended_to_be_free_of_it(lives: Lives) -> None:
    """The lower of the order's day and today; whose grade has ended orders nothing alone; a repeated key has its first answer."""
    await grades(lives)
    await limited(lives, "band5", "900.00", **{"from": "2025-06-02"})
    assert await order(lives, "100.01", "officer:olga") == ("allow", [])
    assert await order(lives, "100.01", "officer:olga", effective_on="2025-06-01") == ("refer", [SINGLE])
    first = await lives.send("spends", ordered("899.00"), "officer:olga", key="one-order")
    assert first.json()["outcome"] == "allow"
    await limited(lives, "band5", "50.00", **{"from": "2025-06-02"})
    assert await order(lives, "50.01", "officer:olga") == ("refer", [SINGLE])
    again = await lives.send("spends", ordered("899.00"), "officer:olga", key="one-order")
    assert (again.json()["number"], again.json()["outcome"]) == (first.json()["number"], "allow")
    await lives.done("/grades", {"actor": "olga", "grade": None, "from": "2025-06-01"}, "finance")
    assert await order(lives, "0.01", "officer:olga") == ("refer", [SINGLE])


async def test_a_dry_run_says_what_would_become_of_it(lives: Lives) -> None:
    """The same limit, and nothing kept."""
    await grades(lives)
    tried = await lives.send("spends?dry_run=true", ordered("100.01"), "officer:olga")
    assert (tried.status_code, tried.json()["outcome"]) == (200, "refer")
