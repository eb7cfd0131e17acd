"""Contacts of a book: set from a day on, read by whoever reads a decision, and never another's."""

from datetime import timedelta
from typing import Any

import pytest

from ledger.book.erasure import erase_details
from ledger.core.calendar import london_day
from ledger.core.requests import Erase
from tests import kit
from tests.api.lives import NED, Lives
from tests.api.test_spending import code

JO = {"name": "Jo of the budget team", "how": "0300 000 0000, weekdays"}
OMBUDSMAN = "Parliamentary and Health Service Ombudsman"


def _sent(days: int = 0, **contacts: Any) -> dict[str, Any]:
    start = london_day(kit.clock_us()) + timedelta(days=days)
    return {"from": start.isoformat(), "contacts": contacts or {"named_contact": JO}}


@pytest.fixture(autouse=True)
async def uncoordinated(lives: Lives) -> None:
    """A plan's care co-ordinator would come before the book's contact."""
    await lives.uncoordinated()


async def _helps(lives: Lives, number: int) -> dict[str, tuple[str, bool]]:
    path = f"/budgets/{NED}/decisions/{number}/explanation"
    told = (await lives.get(path, "holder:holder-N")).json()
    return {each["role"]: (each["name"], each["placeholder"]) for each in told["help"]}


async def test_an_explanation_names_whom_the_book_names_from_their_day_on(lives: Lives) -> None:
    """Before the day it is the default; a role that is left out stays the default's; the last set of a day counts, whole."""
    number = (await lives.spend("10.00"))["number"]
    assert (await _helps(lives, number))["named_contact"] == ("", True)
    await lives.done("/contacts", _sent(1), "finance")
    assert (await _helps(lives, number))["named_contact"] == ("", True)
    await lives.done("/contacts", _sent(), "finance")
    assert await _helps(lives, number) == {
        "named_contact": (JO["name"], False), "advocate": ("", True), "complaints": ("", True), "ombudsman": (OMBUDSMAN, False),
    }  # fmt: skip
    await lives.done("/contacts", _sent(advocate={"name": "Voices", "how": "by post"}), "officer")
    helps = await _helps(lives, number)
    assert (helps["named_contact"], helps["advocate"]) == (("", True), ("Voices", False))
    read = (await lives.get("/contacts", "holder:holder-N")).json()
    assert [each["name"] for each in read["contacts"]] == ["", "Voices", "", OMBUDSMAN]


@pytest.mark.parametrize(
    ("contacts", "no"),
    [
        ({"named_contact": {"name": " ", "how": "by post"}}, "contacts_malformed"),
        ({"named_contact": {"name": "Jo", "how": ""}}, "contacts_malformed"),
        ({"landlord": JO}, "field_malformed"),
    ],
)
async def test_a_contact_without_a_name_or_a_way_is_none(lives: Lives, contacts: dict[str, Any], no: str) -> None:
    """Nothing is recorded of it."""
    before = (await lives.get("/contacts")).json()
    answer = await lives.send("/contacts", _sent(**contacts), "finance")
    assert (answer.status_code, (await lives.get("/contacts")).json()) == (400, before)
    assert code(answer)[1] == no


async def test_contacts_are_set_once_by_those_who_may(lives: Lives, book: kit.Book) -> None:
    """Under one key once, with another body not at all, tried without a trace; a holder and an auditor may not. Erased, the default
    is there again."""
    sent = _sent()
    assert (await lives.send("/contacts?dry_run=true", sent, "finance")).status_code == 200
    assert (await lives.get("/contacts")).json()["number"] is None
    for who in ("holder:holder-N", "auditor"):
        assert (await lives.send("/contacts", sent, who)).status_code == 403
    first = await lives.send("/contacts", sent, "finance", key="jo")
    assert (await lives.send("/contacts", sent, "finance", key="jo")).text == first.text
    other = _sent(advocate=JO)
    assert code(await lives.send("/contacts", other, "finance", key="jo"))[1] == "idempotency_key_reused"
    number = first.json()["number"]
    assert (await lives.get("/contacts")).json()["number"] == number
    assert await kit.rows(book.dsn, "SELECT 1 FROM phb.entry WHERE position('budget team' IN body) > 0") == []
    erase = kit.item(Erase(entries=(number,), second="second", ground="left"))
    await erase_details(book.dsn, book.book_id, erase, clock_us=kit.clock_us, nonce=kit.nonce)
    assert (await lives.get("/contacts")).json()["contacts"][0]["placeholder"]
