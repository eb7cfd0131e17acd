"""Decisions explained over HTTP, and referrals that are late: what the person reads, and what officers see is waiting."""

import re
from datetime import timedelta

from api import explaining, referrals, spends
from ledger.core.calendar import london_day
from tests import kit
from tests.api.lives import DAY, NED, Lives, ordered
from tests.api.test_spending import code


async def _explained(lives: Lives, number: int, who: str = "holder:holder-N", **query: str) -> dict:
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    found = await lives.get(f"/budgets/{NED}/decisions/{number}/explanation?{asked}", who)
    assert found.status_code == 200, found.text
    return found.json()


async def test_a_holder_reads_a_decision_in_three_forms_with_the_same_numbers(lives: Lives) -> None:
    """Referred: who decides and by when, a picture for each sentence of easy read, and the Welsh says that it is a draft."""
    referred = await lives.spend("1000.01")
    assert referred["explanation"].endswith(f"/budgets/{NED}/decisions/{referred['number']}/explanation")
    plain, easy, welsh = [
        await _explained(lives, referred["number"], form=form) for form in ("plain", "easy_read", "welsh")
    ]
    assert plain == await _explained(lives, referred["number"])
    assert plain["reference"] == referred["reference"]
    assert plain["title"][0]["says"].startswith("Not decided yet. A person will decide about £1,000.01")
    assert plain["next"][0]["says"].endswith("That is 10 days after you asked.")
    assert [each["rule"] for each in plain["why"]] == ["icb_policy.over_single_limit"]
    for form in (plain, easy, welsh):
        said = " ".join(each["says"] for name in ("title", "why") for each in form[name])
        assert set(re.findall(r"£[\d,.]*\d", said)) == {"£1,000.01", "£1,000"}
    assert all(each["picture"] for name in ("title", "why", "what_would_help", "next") for each in easy[name])
    assert (welsh["draft"], len(welsh["notice"]), plain["draft"], plain["notice"]) == (True, 2, False, [])
    assert [each["role"] for each in plain["help"]] == ["named_contact", "advocate", "complaints", "ombudsman"]


async def test_an_explanation_is_for_those_who_may_read_the_decision(lives: Lives) -> None:
    """Everybody else is told what they are told about the decision itself."""
    number = (await lives.spend("1000.01"))["number"]
    path = f"/budgets/{NED}/decisions/{number}/explanation"
    assert (await lives.get(path, "holder:holder-D")).status_code == 404
    assert code(await lives.get(f"{path}?form=rhyme", "officer"))[0] == 400
    assert code(await lives.get(f"/budgets/{NED}/decisions/{number + 1}/explanation")) == (404, "decision_not_found")


async def test_an_answer_in_time_is_not_late(lives: Lives) -> None:
    """A referral that is decided by its day has no lateness on its record."""
    number = (await lives.spend("1000.01"))["number"]
    assert (await lives.get("/referrals")).json()["referrals"][0]["late_days"] == 0
    assert (await lives.get("/referrals?overdue=true")).json()["referrals"] == []
    approved = await lives.done(f"decisions/{number}/approve", {"effective_on": DAY})
    assert "late_days" not in approved["stated"]
    assert (await lives.get("/referrals")).json()["referrals"] == []


async def test_lateness_of_the_commissioner_is_on_the_record_and_told(lives: Lives, monkeypatch) -> None:
    """A referral that is decided after its day says by how many days; until then officers see it as overdue, most late first."""
    number = (await lives.spend("1000.01"))["number"]
    for module in (spends, explaining, referrals):
        monkeypatch.setattr(module, "today", lambda: london_day(kit.clock_us()) + timedelta(days=13))
    [waiting] = (await lives.get("/referrals?overdue=true")).json()["referrals"]
    assert (waiting["number"], waiting["person"], waiting["late_days"]) == (number, NED, 3)
    assert (await _explained(lives, number))["next"][-1][
        "says"
    ] == "This is 3 days late. The delay is ours and not yours."
    approved = await lives.done(f"decisions/{number}/approve", {"effective_on": DAY})
    assert approved["stated"]["late_days"] == "3"
    told = await _explained(lives, approved["number"])
    assert "This is 3 days late. The delay is ours and not yours." in [each["says"] for each in told["next"]]
    assert (await lives.get("/referrals?overdue=true")).json()["referrals"] == []


async def test_the_list_of_referrals_is_for_those_who_decide_them(lives: Lives) -> None:
    """Officers and auditors read what waits; nobody else does."""
    await lives.spend("1000.01")
    assert len((await lives.get("/referrals", "auditor")).json()["referrals"]) == 1
    for who in ("holder:holder-N", "finance"):
        assert (await lives.get("/referrals", who)).status_code == 403


async def test_the_named_contact_is_the_care_coordinator_whom_the_plan_names(lives: Lives) -> None:
    """By the reference that the plan has, reached as the book says; the book's own contact where the plan names nobody."""
    number = (await lives.spend("1000.01"))["number"]
    contacts = {"named_contact": {"name": "Budget team", "how": "01234 567890"}}
    await lives.done("/contacts", {"from": DAY, "contacts": contacts}, "finance")
    for form, says in (
        ("plain", "care co-ordinator"),
        ("easy_read", "care co-ordinator"),
        ("welsh", "cydgysylltydd gofal"),
    ):
        first = (await _explained(lives, number, form=form))["help"][0]
        assert (first["role"], first["name"], first["how"]) == ("named_contact", "C1", "01234 567890")
        assert (says in first["says"], first["placeholder"]) == (True, False)
    await lives.uncoordinated()
    assert (await _explained(lives, number))["help"][0]["name"] == "Budget team"


async def test_an_officers_no_says_what_was_found_by_which_rule_and_what_would_help(lives: Lives) -> None:
    """What referred it stands in the no with its source, in every form, and so does what would make it a yes."""
    number = (await lives.spend("1000.01"))["number"]
    no = {"effective_on": DAY, "reason": "payee_unsuitable", "words": "We know this payee."}
    declined = await lives.done(f"decisions/{number}/decline", no)
    for form in ("plain", "easy_read", "welsh"):
        told = await _explained(lives, declined["number"], form=form)
        assert {each["rule"] for each in told["why"] if "source" in each} == {"icb_policy.over_single_limit"}
        assert "£1,000.01" in " ".join(each["says"] for each in told["why"])
        assert told["what_would_help"], form
    plain = (await _explained(lives, declined["number"]))["what_would_help"]
    assert plain[0]["says"].startswith("You can choose somebody else to be paid")


async def test_a_question_that_a_person_decided_since_names_that_decision(lives: Lives) -> None:
    """What relies on the question is told to name that reference; the question's explanation says which it is, and it is a yes."""
    first = await lives.done("asks", ordered("1000.01"), "holder:holder-N")
    leaning = await lives.spend("1000.01", relies_on=first["number"])
    told = await _explained(lives, leaning["number"])
    [remedy] = [each["says"] for each in told["what_would_help"] if each["rule"] == "icb_policy.answer_not_yes"]
    assert "use the reference of that decision" in remedy
    approved = await lives.done(f"decisions/{first['number']}/approve", {"effective_on": DAY})
    for form in ("plain", "easy_read", "welsh"):
        assert approved["reference"] in (await _explained(lives, first["number"], form=form))["next"][0]["says"]
    relied = await lives.spend("1000.01", relies_on=approved["number"])
    assert "icb_policy.answer_not_yes" not in {each["rule"] for each in relied["findings"]}
