"""Asking for a decision to be looked at again: by the door that its explanation names, once over all doors, with a day."""

from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import pytest

from ledger.core.calendar import london_day
from policies.reconsidered import ONCE, REFUSALS
from tests import kit
from tests.api.lives import DAY, DORA, NED, NO, D, Lives, bill
from tests.api.test_credits import accepted, note
from tests.api.test_ending import ending, notice, stopped, written
from tests.api.test_people_and_plans import PLAN, Office
from tests.api.test_recovery import GBP, Owed, right
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_requesting import REFUSED, REQUESTS
from tests.api.test_requesting import asked as requested
from tests.api.test_third_parties import T, held_by_b2, statement
from tests.api.test_versions import SIMPLE, noticed, signed

DUE = (date.fromisoformat(DAY) + timedelta(days=28)).isoformat()
LATER = "2026-11-02"
ENDS = {"to": "2026-03-31"}
HOLDER = "holder:holder-D"
BEFORE = ["statute.reconsidered_before"]
STOP = "lines/D/stop/reconsideration"


async def sign_plan(owed: Owed) -> int:
    """A plan signed beside the one she has, and cut; the decision on the cut."""
    return (await cut(owed))[2]


async def cut(owed: Owed, asked_of_notice: bool = False) -> tuple[int, int, int]:
    """Signs a plan, and a version that gives less of it after a written notice: the first decision, the notice, the second."""
    office = Office(owed.lives.client)
    line = SIMPLE | {"amount": "100.00"}
    drafted = await office.done("ann", f"/budgets/{DORA}/plans", PLAN | ENDS | {"lines": [line], "notice_days": 28})
    path = f"/budgets/{DORA}/plans/{drafted['plan']['plan']}"
    first = (await signed(office, path))["decision"]["number"]
    told = await noticed(office, DORA)
    if asked_of_notice:
        await owed.done("reconsiderations", {"about": "cut", "of": told["notice"], "received_on": DAY})
    less = line | {"line": drafted["plan"]["lines"][0]["line"], "amount": "60.00"}
    await office.done("ann", f"{path}/versions", PLAN | ENDS | told | {"lines": [less], "notice_days": 28})
    return first, told["notice"], (await signed(office, path))["decision"]["number"]


async def demand(owed: Owed) -> int:
    """A repayment demanded by a notice."""
    return (await owed.demand("60.00", await owed.notice("60.00")))["decision"]["number"]


async def stop(owed: Owed) -> int:
    """A stop that was referred, approved and notified."""
    return (await stopped(owed.lives))["number"]


async def suspend(owed: Owed) -> int:
    """A pause that another person approved."""
    sent = {"effective_on": DAY, "reasons": "The account is looked at.", "alternative": "commissioned"}
    asked = await owed.done("lines/D/suspend", sent)
    await owed.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga")
    return (await owed.done("lines/D/suspend", {**sent, "approved": asked["number"]}))["number"]


async def refuse_request(owed: Owed) -> int:
    """A request that an officer refused in writing."""
    return (await owed.done(f"{REQUESTS}/{await requested(owed.lives)}/refuse", REFUSED))["number"]


DECIDED_BY = {
    "sign_plan": ("officer:ben", "officer:ann"),
    "suspend": ("officer", "officer:olga"),
    "stop": ("officer", "officer:olga"),
}
"""Who asked for each, and who drafted or approved it."""
MAKE: dict[str, Callable[[Owed], Awaitable[int]]] = {
    each.__name__: each for each in (sign_plan, demand, stop, suspend)
}  # fmt: skip


async def explained(owed: Owed, number: int, form: str = "plain") -> dict[str, Any]:
    """A decision in words."""
    return (await owed.lives.get(f"/budgets/{DORA}/decisions/{number}/explanation?form={form}")).json()


def said(told: dict[str, Any]) -> str:
    """How to ask again, in one text."""
    return " ".join(each["says"] for each in told["ask_again"])


@pytest.mark.parametrize("act", [*ONCE, "refuse_request"])
async def test_whatever_the_law_has_looked_at_again_is_taken_by_the_door_that_its_explanation_names(
    owed: Owed, act: str
) -> None:
    """From the decision to its explanation, through the door it names to a day and an answer; once, counted and clocked."""
    assert set(MAKE) == set(ONCE)
    number = await {**MAKE, "refuse_request": refuse_request}[act](owed)
    told = await explained(owed, number)
    assert (("once in six months" if (act, "allow") in REFUSALS else "right once") in said(told)) is True
    body = {**told["look_again"], "received_on": DAY, "words": "Please look again."}
    assert body["of"] == number
    asked = await owed.done("reconsiderations", body)
    assert (asked["decision"]["outcome"], asked["entries"][0]["attributes"]["answer_by"]) == ("allow", DUE)
    for decision in (number, asked["decision"]["number"]):
        told = await explained(owed, decision)
        assert ("We answer by" in said(told), told["look_again"]) == (True, None)
    again = (await owed.done("reconsiderations", body))["decision"]
    assert [each["rule"] for each in again["findings"]] == BEFORE
    told = await explained(owed, again["number"])
    assert "You asked us on 2 June 2025 to look at this again. We answer by 30 June 2025." in said(told)
    assert "We have looked" not in " ".join(
        each["says"] for each in (*told["why"], *told["what_would_help"], *told["ask_again"])
    )
    [waiting] = (await owed.lives.get(f"/budgets/{DORA}/waiting")).json()["looked_at_again"]
    assert (waiting["about"], waiting["answer_by"], waiting["words"]) == (body["about"], DUE, None)
    words, late = "It was right, because the plan says so.", {"on": LATER} if act == "stop" else {"answered_on": LATER}
    path = f"{STOP}/decide" if act == "stop" else f"reconsiderations/{asked['entries'][0]['number']}/answer"
    answer = {"outcome": "confirmed" if act == "stop" else "upheld", **late, "words": words}
    for who in DECIDED_BY.get(act, ("officer",)):
        assert await owed.no(path, answer, who) == (422, "second_person_needed"), who
    answered = (await owed.done(path, answer, "officer:oscar"))["entries"][0]["attributes"]
    assert (answered["late"], answered["answered_on"]) == ("yes", LATER)
    [waiting] = (await owed.lives.get(f"/budgets/{DORA}/waiting")).json()["looked_at_again"]
    assert (waiting["late"], waiting["words"]) == (True, words)
    for decision in (number, asked["decision"]["number"]):
        told = said(await explained(owed, decision))
        for part in (words, "late. The delay is ours", "complaint"):
            assert part in told


async def test_an_answer_dated_back_is_as_late_as_the_day_on_which_it_is_recorded(owed: Owed) -> None:
    """Dated within its time and recorded after it: the record, the list and the explanation say that it was late, and its entry by
    how many days. It is no answer before what it answers, nor of a day to come."""
    number = await MAKE["demand"](owed)
    body = {**(await explained(owed, number))["look_again"], "received_on": DAY}
    asked = (await owed.done("reconsiderations", body))["entries"][0]
    path, answer = f"reconsiderations/{asked['number']}/answer", {"outcome": "upheld", "words": "It was right."}
    now = london_day(kit.clock_us())
    for day in ("2025-06-01", (now + timedelta(days=1)).isoformat()):
        assert await owed.no(path, {**answer, "answered_on": day}, "officer:oscar") == (400, "dates_malformed")
    answered = (await owed.done(path, {**answer, "answered_on": DUE}, "officer:oscar"))["entries"][0]["attributes"]
    days = (now - date.fromisoformat(DUE)).days
    assert (answered["answered_on"], answered["late"], answered["late_days"]) == (DUE, "yes", str(days))
    [waiting] = (await owed.lives.get(f"/budgets/{DORA}/waiting")).json()["looked_at_again"]
    assert waiting["late"] is True
    assert f"{days} days late" in said(await explained(owed, number))


async def test_a_stop_is_asked_about_once_over_both_doors(lives: Lives) -> None:
    """By its line and then by its decision, its own entry or its letter, and the other way round; both have a day."""
    letter = await written(lives)
    number = (await stopped(lives, notice=letter))["number"]
    asked = await lives.done(STOP, {"on": DAY}, line=D)
    assert asked["entries"][0]["attributes"]["answer_by"] == DUE
    for of in (number, number + 1, letter):
        body = {"about": "stop", "of": of, "received_on": DAY}
        again = (await lives.done("reconsiderations", body, line=D))["decision"]
        assert [each["rule"] for each in again["findings"]] == BEFORE
    answer = {"outcome": "withdrawn", "on": LATER, "words": "You need it."}
    request = asked["entries"][0]["number"]
    no = await lives.send(f"reconsiderations/{request}/answer", {"outcome": "changed", "answered_on": DAY}, line=D)
    assert (no.status_code, no.json()["code"]) == (422, "reconsidered_with_stop")
    decided = await lives.done(f"{STOP}/decide", answer, "officer:oscar", D)
    assert decided["entries"][0]["attributes"]["late"] == "yes"
    assert (await lives.send(STOP, {"on": DAY}, line=D)).json()["code"] == "stop_not_found"
    # A stop that is notified anew is another one.
    await stopped(lives)
    assert (await lives.done(STOP, {"on": DAY}, line=D))["decision"]["outcome"] == "allow"


async def test_a_stop_that_was_asked_about_by_its_decision_is_answered_as_a_stop(lives: Lives) -> None:
    """It stands with the stop, is listed with it, and is not asked about by its line any more."""
    number = (await stopped(lives))["number"]
    await lives.done("reconsiderations", {"about": "stop", "of": number, "received_on": DAY}, line=D)
    assert [each["reconsideration"] for each in (await ending(lives))["stops"]] == ["requested"]
    again = (await lives.done(STOP, {"on": DAY}, line=D))["decision"]
    assert [each["rule"] for each in again["findings"]] == BEFORE
    await lives.done(f"{STOP}/decide", {"outcome": "withdrawn", "on": DAY, "words": "You need it."}, "officer:oscar", D)
    assert [each["state"] for each in (await ending(lives))["stops"]] == ["stop_withdrawn"]


async def letter_asked(lives: Lives) -> tuple[int, str]:
    """A letter that was asked about before its stop; and where that is answered."""
    letter = await written(lives)
    asked = await lives.done("reconsiderations", {"about": "stop", "of": letter, "received_on": DAY}, line=D)
    return letter, f"reconsiderations/{asked['entries'][0]['number']}/answer"


async def test_a_letter_that_was_asked_about_before_its_stop_counts_as_the_stop(lives: Lives) -> None:
    """The person answers the letter; the stop that follows from it is no second matter, and tells what was looked at."""
    letter, path = await letter_asked(lives)
    upheld = {"outcome": "upheld", "answered_on": DAY, "words": "The money went on other things."}
    await lives.done(path, upheld, "officer:oscar", D)
    number = (await stopped(lives, notice=letter))["number"]
    again = (await lives.done(STOP, {"on": DAY}, line=D))["decision"]
    assert [each["rule"] for each in again["findings"]] == BEFORE
    told = await explained(Owed(lives), number)
    assert (told["look_again"], upheld["words"] in said(told)) == (None, True)


async def test_no_stop_is_made_on_a_letter_that_is_looked_at_or_was_taken_back(lives: Lives) -> None:
    """Neither while that is open nor once it was changed; a new letter is another matter, until its stop is withdrawn."""
    letter, path = await letter_asked(lives)
    refused = (422, "letter_reconsidered")
    owed = Owed(lives)
    assert await owed.no("lines/D/stop", notice(notice=letter)) == refused
    await lives.done(path, {"outcome": "changed", "answered_on": DAY, "words": "You were right."}, "officer:oscar", D)
    assert await owed.no("lines/D/stop", notice(notice=letter)) == refused
    anew = await written(lives)
    assert (await stopped(lives, notice=anew))["outcome"] == "allow"
    await lives.done(STOP, {"on": DAY}, line=D)
    await lives.done(f"{STOP}/decide", {"outcome": "withdrawn", "on": DAY, "words": "You need it."}, "officer:oscar", D)
    assert await owed.no("lines/D/stop", notice(notice=anew)) == refused


@pytest.mark.parametrize("notice_first", [True, False])
async def test_a_cut_is_looked_at_again_once_over_both_doors_by_who_had_no_part_in_it(
    owed: Owed, notice_first: bool
) -> None:
    """By its notice and then by the plan that was signed on it, and the other way round; not by who drafted or signed that."""
    _, letter, number = await cut(owed, asked_of_notice=notice_first)
    doors = [{"about": "cut", "of": letter}, {"about": "left_out", "of": number}]
    if notice_first:
        told = await explained(owed, number)
        assert ("We answer by" in said(told), told["look_again"]) == (True, None)
    else:
        await owed.done("reconsiderations", {**doors[1], "received_on": DAY})
    for door in doors:
        again = (await owed.done("reconsiderations", {**door, "received_on": DAY}))["decision"]
        assert [each["rule"] for each in again["findings"]] == BEFORE
    [waiting] = (await owed.lives.get(f"/budgets/{DORA}/waiting")).json()["looked_at_again"]
    path = f"reconsiderations/{waiting['number']}/answer"
    answer = {"outcome": "upheld", "answered_on": DAY, "words": "You need fewer hours."}
    for who in ("officer:ann", "officer:ben"):
        assert await owed.no(path, answer, who) == (422, "second_person_needed"), who
    await owed.done(path, answer, "officer:cat")


async def test_a_plan_that_takes_nothing_away_is_looked_at_again_for_what_was_asked_for(owed: Owed) -> None:
    """What somebody asked for is not in the book, so the offer says if: for a first plan as for a cut, once, by the same door."""
    first, _, second = await cut(owed)
    for number, is_if in ((first, True), (second, False)):
        told = await explained(owed, number)
        assert told["look_again"] == {"about": "left_out", "of": number}
        assert ("right once" in said(told), "If you asked for something that is not" in said(told)) == (True, is_if)
    body = {"about": "left_out", "of": first, "received_on": DAY}
    assert (await owed.done("reconsiderations", body))["decision"]["outcome"] == "allow"
    assert [each["rule"] for each in (await owed.done("reconsiderations", body))["decision"]["findings"]] == BEFORE


async def test_nobody_looks_again_at_a_stop_who_wrote_or_gave_its_letter(lives: Lives) -> None:
    """Whether it is asked about by its line, or by its letter before there is a stop: written, sent and delivered are a part in it,
    and so is each step of the decision. Somebody else confirms it."""
    given = {"about": "stop", "on": DAY, "reasons": ["off_plan"], "notice_days": 28, "takes_effect_on": "2025-06-30"}
    letters = []
    for _ in range(2):
        letters.append((await lives.done("notices", given, "officer:wyn", D))["entries"][0]["number"])
        for act, who in (("sent", "officer:sam"), ("delivered", "officer:dee")):
            await lives.done(f"notices/{letters[-1]}/move", {"act": act, "on": DAY}, who, D)
    letter, later = letters
    owed, hands = Owed(lives), ("officer:wyn", "officer:sam", "officer:dee")
    asked = await lives.done("reconsiderations", {"about": "stop", "of": letter, "received_on": DAY}, line=D)
    path = f"reconsiderations/{asked['entries'][0]['number']}/answer"
    upheld = {"outcome": "upheld", "answered_on": DAY, "words": "The money went on other things."}
    for who in hands:
        assert await owed.no(path, upheld, who) == (422, "second_person_needed"), who
    await lives.done(path, upheld, "officer:oscar", D)
    await stopped(lives, notice=later)
    await lives.done(STOP, {"on": DAY}, line=D)
    for who in (*hands, "officer", "officer:olga"):
        answer = {"outcome": "confirmed", "on": DAY, "words": "The money went on other things."}
        assert await owed.no(f"{STOP}/decide", answer, who) == (422, "second_person_needed"), who
    await lives.done(f"{STOP}/decide", answer, "officer:oscar", D)


async def test_after_a_stop_other_decisions_of_the_person_are_looked_at_again(lives: Lives) -> None:
    """What is asked of a stop does not stand in the way of what is asked of a refusal."""
    await stopped(lives)
    await lives.done(STOP, {"on": DAY}, line=D)
    wish = {"line": "D", "service": "gambling", "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    denied = await lives.done("asks", wish, HOLDER, D)
    body = {"about": "refusal", "of": denied["number"], "received_on": DAY}
    assert (await lives.done("reconsiderations", body, line=D))["decision"]["outcome"] == "allow"


async def test_a_holder_asks_about_a_stop_today(lives: Lives) -> None:
    """Nobody makes the commissioner late by a day that they choose themselves, by either door."""
    await stopped(lives)
    for sent, who in (({"on": DAY}, "holder:holder-D"), ({"on": "9999-12-31"}, "officer")):
        no = await lives.send(STOP, sent, who, D)
        assert (no.status_code, no.json()["code"], no.json()["field"]) == (400, "dates_malformed", "on")


@pytest.mark.parametrize("form", ["plain", "easy_read", "welsh"])
async def test_a_no_to_a_purchase_is_looked_at_again_once_and_says_so(lives: Lives, form: str) -> None:
    """Asked again as often as things change, and looked at again once, by the rules' no and an officer's."""
    big = {"line": "D", "service": "exercise", "amount": "1000.01", "currency": "GBP", "effective_on": DAY}
    referred = await lives.done("asks", big, HOLDER, D)
    declined = await lives.done(
        f"decisions/{referred['number']}/decline", {"effective_on": DAY, **NO}, "officer:olga", D
    )
    denied = await lives.done("asks", {**big, "service": "gambling"}, HOLDER, D)
    owed = Owed(lives)
    for number in (declined["number"], denied["number"]):
        told = await explained(owed, number, form)
        assert told["look_again"] == {"about": "refusal", "of": number}
        assert len(told["ask_again"]) == 3
        if form == "plain":
            assert "as often as you need" in said(told)
            assert "once to look at this no again" in said(told)
        body = {**told["look_again"], "received_on": DAY}
        assert (await lives.done("reconsiderations", body, line=D))["decision"]["outcome"] == "allow"
        assert [
            each["rule"] for each in (await lives.done("reconsiderations", body, line=D))["decision"]["findings"]
        ] == BEFORE


@pytest.mark.parametrize("kind", ["claims", "reimbursements"])
async def test_a_claim_that_an_officer_declines_is_a_decision_like_any_other(
    owed: Owed, book: kit.Book, kind: str
) -> None:
    """Not without words, and by another than made it; explained in all forms, with what comes next; looked at again, once. What was
    spent stays what it is."""
    spent = {"line": "D", "service": "home_care", "amount": "45.00", **GBP, "spent_on": DAY}
    sent = spent | ({"holder_account": "H1"} if kind == "reimbursements" else {})
    number = (await owed.done(kind, sent, "officer:olga"))["entries"][0]["number"]
    before = await owed.lives.money(D)
    path, no = f"{kind}/{number}/decline", {"reason": "off_plan", "words": "The plan has no taxis to the cinema."}
    for lacking in ({"reason": "off_plan"}, {**no, "words": " "}):
        assert await owed.no(path, lacking) == (400, "decline_unreasoned")
    assert await owed.no(path, no, "officer:olga") == (422, "second_person_needed")
    declined = await owed.done(path, no)
    made = declined["decision"]
    assert (made["outcome"], made["reason"], made["words"], made["of"]) == ("deny", "off_plan", no["words"], number)
    assert [entry["kind"] for entry in declined["entries"]] == ["evidence"]
    assert await owed.lives.money(D) == before
    [listed] = [
        each for each in (await owed.lives.get(f"/budgets/{DORA}/decisions", HOLDER)).json()["decisions"]
        if each["number"] == made["number"]
    ]  # fmt: skip
    assert listed["words"] == no["words"]
    for form in ("plain", "easy_read", "welsh"):
        told = await explained(owed, made["number"], form)
        assert no["words"] in [each["says"] for each in told["why"]]
        assert {"source"} < set(told["next"][0])
        assert "£45" in told["title"][0]["says"]
        assert told["help"]
    told = await explained(owed, made["number"])
    assert "explain it or send us other evidence" in told["next"][0]["says"]
    assert ("whether it is paid back" in told["next"][0]["says"]) is (kind == "claims")
    body = {**told["look_again"], "received_on": DAY}
    assert (await owed.done("reconsiderations", body))["decision"]["outcome"] == "allow"
    assert [each["rule"] for each in (await owed.done("reconsiderations", body))["decision"]["findings"]] == BEFORE
    await right(owed.lives, book)


async def sent_in(lives: Lives, kind: str) -> int:
    """An invoice, a credit note or a third party's statement about Ned, entered by Ed; its number."""
    if kind == "invoices":
        sent = bill("L-1", "45.00")
    elif kind == "credits":
        sent = note(await accepted(lives, "L-2", "100.00"), "L-3", "45.00")  # type: ignore[arg-type]
    else:
        await held_by_b2(lives, T)  # type: ignore[arg-type]
        sent = statement("45.00")
    return int((await lives.done(kind, sent, "officer:ed"))["entries"][0]["number"])


@pytest.mark.parametrize("kind", ["invoices", "credits", "statements"])
async def test_what_others_sent_in_and_an_officer_declines_is_a_decision_like_any_other(
    lives: Lives, kind: str
) -> None:
    """Not without words, and by another than entered it; explained to the person in all forms, with what comes next and what would
    help; looked at again, once, by another than said no; entered again, put right."""
    number, money = await sent_in(lives, kind), await lives.money()
    path, no = f"{kind}/{number}/decline", {"reason": "amount_wrong", "words": "You had four hours, and not five."}
    who, own = ("officer:ann", "officer:ed") if kind == "statements" else ("finance:fay", "finance:ed")
    for lacking in ({"reason": "amount_wrong"}, {**no, "words": " "}):
        wrong = await lives.send(path, lacking, who)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "decline_unreasoned")
    assert (await lives.send(path, no, own)).json()["code"] == "second_person_needed"
    tried = await lives.send(f"{path}?dry_run=true", no, who)
    assert (tried.status_code, tried.json()["decision"]["outcome"]) == (200, "deny")
    first = await lives.send(path, no, who, key=f"no-{kind}")
    assert (await lives.send(path, no, who, key=f"no-{kind}")).text == first.text
    declined = first.json()
    made = declined["decision"]
    assert (made["outcome"], made["reason"], made["words"], made["of"]) == ("deny", "amount_wrong", no["words"], number)
    assert ([each["kind"] for each in declined["entries"]], await lives.money()) == (["evidence"], money)
    assert (await lives.send(path, no, who)).status_code == 409
    there = f"/budgets/{NED}/decisions/{made['number']}/explanation"
    for form in ("plain", "easy_read", "welsh"):
        told = (await lives.get(f"{there}?form={form}", "holder:holder-N")).json()
        assert no["words"] in [each["says"] for each in told["why"]]
        assert ("£45" in told["title"][0]["says"], len(told["next"]), bool(told["help"])) == (True, 1, True)
        assert told["look_again"] == {"about": "refusal", "of": made["number"]}
    assert "put it right and send it again" in (await lives.get(there)).json()["next"][0]["says"]
    body = {**told["look_again"], "received_on": DAY}
    asked = await lives.done("reconsiderations", body)
    assert [each["rule"] for each in (await lives.done("reconsiderations", body))["decision"]["findings"]] == BEFORE
    answer = {"outcome": "upheld", "answered_on": DAY, "words": "It was four hours."}
    path = f"reconsiderations/{asked['entries'][0]['number']}/answer"
    assert (await lives.send(path, answer, who.replace("finance", "officer"))).json()["code"] == "second_person_needed"
    await lives.done(path, answer, "officer:oscar")


async def test_what_stands_is_told_with_its_reasons(owed: Owed) -> None:
    """Upheld, changed in part, or a stop that is confirmed: not without words. All of it taken back needs none."""
    number = await demand(owed) + 1
    asked = await owed.done("reconsiderations", {"about": "demand", "of": number, "received_on": DAY})
    path, on = f"reconsiderations/{asked['entries'][0]['number']}/answer", {"answered_on": DAY}
    part = {"outcome": "changed", "withdrawn": "59.99"}
    for sent in ({"outcome": "upheld"}, {"outcome": "upheld", "words": " "}, {"outcome": "changed"}, part):
        assert await owed.no(path, {**sent, **on}, "officer:olga") == (400, "reconsidered_unreasoned")
    await owed.done(path, {**part, **on, "withdrawn": "60.00"}, "officer:olga")
    await stop(owed)
    await owed.done(STOP, {"on": DAY})
    no = await owed.no(f"{STOP}/decide", {"outcome": "confirmed", "on": DAY}, "officer:oscar")
    assert no == (400, "reconsidered_unreasoned")
