"""A whole budget in a few short sentences: the numbers of the budget itself, the same in every form."""

import re
from typing import Any, get_args

import pytest

from policies.wording import Picture
from tests.api.lives import DAY, DORA, NED, D, Lives
from tests.api.test_spending import code
from tests.readability import reading_age

FORMS = ("easy_read", "plain", "welsh")


def numbers(told: dict[str, Any]) -> list[str]:
    """The pounds and days that are said, in order."""
    said = [
        each["says"]
        for part in (told["title"], told["money"], *(each["says"] for each in told["lines"]))
        for each in part
    ]
    return re.findall(r"£[\d,.]*\d|\b\d+ ", " ".join(said))


async def told(lives: Lives, person: str, form: str, who: str = "officer") -> dict[str, Any]:
    """The summary in one form."""
    answer = await lives.get(f"/budgets/{person}/summary?form={form}&on={DAY}", who)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def pounds(amount: str) -> str:
    """An amount of the API as a sentence says it."""
    return f"£{float(amount):,.2f}".removesuffix(".00")


@pytest.mark.parametrize("person", [DORA, NED])
async def test_every_form_says_the_numbers_of_the_budget(lives: Lives, person: str) -> None:
    """After an order, an invoice, an instalment, a claim and a bank line that nobody has explained; what is nought is not said."""
    await lives.spend("40.00")
    await lives.accept(await lives.invoice("W1", "12.50"))
    await lives.instalment("2000.00")
    await lives.accept(await lives.claim("75.50"), "officer", "claims", D)
    line = {
        "holder_account": "H1",
        "currency": "GBP",
        "on": DAY,
        "source": "bank_feed",
        "amount": "30.00",
        "reference": "W-1",
    }
    await lives.done("bank-lines", line, "finance", D)
    budget = (await lives.get(f"/budgets/{person}?on={DAY}")).json()
    easy, plain, welsh = [await told(lives, person, form) for form in FORMS]
    assert numbers(easy) == numbers(plain) == numbers(welsh)
    money = budget["total"]
    said = " ".join(each["says"] for each in easy["money"])
    for name in ("left_to_spend", "held", "spent", "awaiting_evidence", "contingency", "recovering"):
        assert (pounds(money[name]) in said) is (name == "left_to_spend" or money[name] != "0.00"), name
    assert easy["through_entry"] == budget["through_entry"]
    assert [(each["line"], each["name"]) for each in easy["lines"]] == [
        (each["line"], each["title"]) for each in budget["lines"]
    ]
    assert ("We paid you £2,000" in said) is (person == DORA)


async def test_easy_read_has_short_sentences_with_pictures_and_welsh_says_that_it_is_a_draft(lives: Lives) -> None:
    """Easy read is what comes if nothing is asked for; plain English is read at twelve at most; everybody is told who helps."""
    unasked = (await lives.get(f"/budgets/{NED}/summary", "holder:holder-N")).json()
    assert (unasked["form"], unasked["language"], unasked["draft"], unasked["notice"]) == ("easy_read", "en", False, [])
    for each in (*unasked["title"], *unasked["money"]):
        assert each["picture"] in get_args(Picture)
        assert len(each["says"].split()) <= 10
    plain, welsh = await told(lives, NED, "plain"), await told(lives, NED, "welsh")
    assert reading_age(" ".join(each["says"] for each in (*plain["title"], *plain["money"]))) <= 12
    assert not any("picture" in each for each in plain["money"])
    assert (welsh["language"], welsh["draft"], len(welsh["notice"])) == ("cy", True, 2)
    assert [each["role"] for each in welsh["help"]] == ["named_contact", "advocate", "complaints", "ombudsman"]


async def test_a_summary_is_for_whom_the_budget_is_for(lives: Lives) -> None:
    """Another's holder finds no such person, a form that there is not is malformed, and a commissioner has no right to it."""
    for path, who, no in (
        (f"/budgets/{DORA}/summary", "holder:holder-N", (404, "person_unknown")),
        (f"/budgets/{NED}/summary?form=loud", "officer", (400, "parameter_malformed")),
        (f"/budgets/{NED}/summary", "commissioner", (403, "permission_missing")),
    ):
        assert code(await lives.get(path, who)) == no


@pytest.mark.parametrize("form", FORMS)
async def test_of_who_has_died_nothing_is_said_to_them(lives: Lives, form: str) -> None:
    """Whoever reads it then is told that it was for somebody who has died, what is left, and nothing that could still be used; of a
    day before, as it was told then."""
    await lives.instalment("2000.00")
    await lives.accept(await lives.claim("75.50"), "officer", "claims", D)
    before = await told(lives, DORA, form)
    await lives.done(f"/people/{DORA}/events", {"act": "died", "on": "2025-06-01"}, "officer")
    after = await told(lives, DORA, form)
    words = {
        "plain": ("your budget", "You "),
        "easy_read": ("your budget", "You "),
        "welsh": ("eich cyllideb", "Mae gennych"),
    }
    for part in words[form]:
        said = [each["says"] for each in (*after["title"], *after["money"], *after["lines"][0]["says"])]
        assert not any(part in each for each in said), said
        assert any(part in each["says"] for each in (*before["title"], *before["money"]))
    assert "£25,924.50" in " ".join(each["says"] for each in after["money"])
    assert len(after["notice"]) == (2 if form == "welsh" else 0)
    earlier = await lives.get(f"/budgets/{DORA}/summary?form={form}&on=2025-05-31")
    assert words[form][0] in earlier.json()["title"][0]["says"]


@pytest.mark.parametrize("form", FORMS)
async def test_who_helps_is_the_care_coordinator_whom_the_plan_names(lives: Lives, form: str) -> None:
    """As in an explanation, and the book's own contact where the plan names nobody."""
    [contact, *_] = (await told(lives, NED, form))["help"]
    assert (contact["role"], contact["name"], "C1" in contact["says"]) == ("named_contact", "C1", True)
    await lives.uncoordinated()
    [contact, *_] = (await told(lives, NED, form))["help"]
    assert "C1" not in contact["says"]
