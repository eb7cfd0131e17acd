"""A review that somebody calls for: a task with a day, once for each reason until one is held, and no payment waits for it."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from ledger.core.calendar import london_day
from tests import kit
from tests.api.lives import DORA, NED, D, Lives
from tests.api.test_spending import code

CALL = "reviews/call"


def told() -> dict[str, Any]:
    """Told today that health has changed."""
    return {"on": london_day(kit.clock_us()).isoformat(), "reason": "health_changed"}


async def due(lives: Lives, person: str) -> Any:
    """The next review of a person, as officers read it."""
    return (await lives.get(f"/budgets/{person}/forecast")).json()["review"]


@pytest.mark.parametrize("who", ["holder:holder-D", "officer:ann"])
async def test_a_change_of_health_opens_a_review_with_its_day(lives: Lives, book: kit.Book, who: str) -> None:
    """Reg 14(3): 28 days from the telling; the entry has a code and days, and no word of what changed; the instalment is paid."""
    await lives.done(CALL, told(), who, D)
    day = (london_day(kit.clock_us()) + timedelta(days=28)).isoformat()
    read = await due(lives, DORA)
    assert (read["due"], read["reason"], read["overdue"]) == (day, "health_changed", False)
    [said] = await kit.rows(
        book.dsn, "SELECT attributes::text AS given FROM phb.register WHERE kind = 'review' AND act = 'due'"
    )
    assert json.loads(said["given"]).keys() == {"act", "due", "person", "reason", "told_on"}
    after = (london_day(kit.clock_us()) + timedelta(days=29)).isoformat()
    listed = (await lives.get(f"/reviews?due_before={after}")).json()["reviews"]
    assert [(each["person"], each["reason"]) for each in listed] == [(DORA, "health_changed")]
    await lives.instalment("2000.00")


async def test_it_is_called_for_once_until_one_is_held(lives: Lives) -> None:
    """Sent again under its key it is one; called for again, or twice at once, it is refused as open; for another reason it is
    another; once one was held, a new change is a new one."""
    first = await lives.send(CALL, told(), "holder:holder-D", D, key="call")
    assert (await lives.send(CALL, told(), "holder:holder-D", D, key="call")).text == first.text
    assert code(await lives.send(CALL, {**told(), "reason": "asked_for"}, "holder:holder-D", D, key="call"))[0] == 422
    assert code(await lives.send(CALL, told(), "officer", D)) == (409, "review_open")
    await lives.done(CALL, {**told(), "reason": "asked_for"}, "officer", D)
    await lives.done("reviews", {"on": told()["on"], "outcome": "changed"}, "officer", D)
    both = await asyncio.gather(*(lives.send(CALL, told(), who, D) for who in ("officer:ann", "holder:holder-D")))
    assert sorted(each.status_code for each in both) == [201, 409]


async def test_who_may_not_and_what_cannot_be(lives: Lives) -> None:
    """A holder of another budget sees none; an auditor writes nothing; no day to come and no other reason."""
    assert code(await lives.send(CALL, told(), "holder:holder-N", D)) == (404, "person_unknown")
    assert (await lives.send(CALL, told(), "auditor", D)).status_code == 403
    later = (london_day(kit.clock_us()) + timedelta(days=1)).isoformat()
    assert code(await lives.send(CALL, {**told(), "on": later}, "officer", D)) == (400, "dates_malformed")
    assert (await lives.send(CALL, {**told(), "reason": "shortfall"}, "officer", D)).status_code == 400
    assert await due(lives, NED) is None


async def test_of_whom_none_is_called_for(lives: Lives, book: kit.Book) -> None:
    """Nobody reviews the budget of who has died, or one that there is not, and nothing is left of it. A day before
    the law was there is no day to tell anything on."""
    assert code(await lives.send(CALL, {**told(), "on": "2013-07-31"}, "officer", D)) == (400, "dates_malformed")
    someone = (await lives.done("/people", {}, "officer"))["subject"].removeprefix("person/")
    assert code(await lives.send(f"/budgets/{someone}/{CALL}", told(), "officer")) == (422, "review_without_plan")
    await lives.done(f"/people/{DORA}/events", {"act": "died", "on": told()["on"]}, "officer")
    for who in ("officer", "holder:holder-D"):
        assert code(await lives.send(CALL, told(), who, D)) == (422, "review_after_death")
    size = "SELECT count(*) AS said FROM phb.register WHERE kind = 'review' AND act = 'due'"
    assert [row["said"] for row in await kit.rows(book.dsn, size)] == [0]
