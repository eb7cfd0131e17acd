"""Offers of a budget are written down with their answers, and can be told apart from never having been asked."""

from tests.api.asking import DAY
from tests.api.test_people_and_plans import BOOK, Office
from tests.api.test_people_and_plans import office as office  # The fixture.

OFFER = {"on": DAY, "right": "chc", "options": ["notional", "direct_payment"], "answer": "asked_for_time"}


async def test_an_offer_and_what_the_person_said_of_it_can_be_read(office: Office) -> None:
    """Asked for time, and declined later with a reason: the newest answer counts, and the entry before stays."""
    person, other = await office.person(), await office.person()
    path = f"/people/{person}/offers"
    tried = await office.post("ann", f"{path}?dry_run=true", OFFER)
    assert (tried.status_code, tried.json()["number"]) == (200, 0)
    assert (await office.get(path)).json()["offers"] == []
    made = await office.done("ann", path, OFFER)
    offer = made["subject"].removeprefix("offer/")
    said = {"on": "2025-06-20", "answer": "declined", "reason": "happy_as_it_is"}
    answered = await office.done("ann", f"{path}/{offer}/answers", said)
    assert answered["because"] == made["number"]
    [found] = (await office.get(path)).json()["offers"]
    assert found == {
        "offer": offer, "number": answered["number"], "on": DAY, "right": "chc", "options": OFFER["options"],
        "answer": "declined", "answered_on": "2025-06-20", "reason": "happy_as_it_is",
    }  # fmt: skip
    for to, body, expected in (
        (path, OFFER | {"answer": "declined"}, (400, "reason_missing")),
        (path, OFFER | {"options": ["notional", "notional"]}, (400, "named_twice")),
        (path, OFFER | {"right": "luck"}, (400, "field_malformed")),
        (f"{path}/{offer}/answers", said | {"on": "2025-06-01"}, (400, "dates_malformed")),
        (f"{path}/NONE/answers", said, (404, "offer_not_found")),
        (f"/people/{other}/offers/{offer}/answers", said, (404, "offer_not_found")),
    ):
        assert await office.no("ann", to, body) == expected, body
    assert await office.no("fay", path, OFFER) == (403, "permission_missing")
    token = {"Authorization": office.client.token("holder", sub="h1")}
    assert (await office.client.inner.get(f"{BOOK}{path}", headers=token)).status_code == 403
