"""Approvals with conditions and reasoned declines over HTTP: what is sent, what the person reads, what is done once."""

import asyncio
import json
import re
from datetime import timedelta
from typing import Any

from api.app import described
from ledger.core.calendar import london_day
from policies.referrals import DECLINED_FOR
from tests import kit
from tests.api.lives import DAY, NED, NO, D, Lives
from tests.api.test_holding import rules
from tests.api.test_spending import code

ON = {"effective_on": DAY}


async def _approved(lives: Lives, *conditions: dict[str, Any]) -> Any:
    """A referral of the holder's, approved with conditions."""
    number = (await lives.spend("1200.00"))["number"]
    return await lives.done(
        f"decisions/{number}/approve", {**ON, "words": "Yes.", "conditions": list(conditions)}, "officer:olga"
    )


async def _explained(lives: Lives, number: int, form: str = "plain") -> Any:
    return (await lives.get(f"/budgets/{NED}/decisions/{number}/explanation?form={form}", "holder:holder-N")).json()


async def test_a_person_reads_the_conditions_with_the_same_numbers_in_each_form(lives: Lives) -> None:
    """The cap, the days and the payee, beside what the officer wrote; and the decision itself has them as they were put."""
    last = london_day(kit.clock_us()) + timedelta(days=30)
    approved = await _approved(
        lives, {"kind": "evidence_due", "day": last.isoformat(), "words": "The receipt, please."}, {"kind": "payee_only"},
        {"kind": "amount_cap", "amount": "900.00"},
    )  # fmt: skip
    assert approved["amount"] == "900.00"
    assert approved["conditions"] == [
        {"kind": "amount_cap", "amount": "900.00", "words": None},
        {"kind": "payee_only", "payee": "A1", "words": None},
        {"kind": "evidence_due", "day": last.isoformat(), "words": "The receipt, please."},
    ]
    read = (await lives.get(f"/budgets/{NED}/decisions/{approved['number']}", "holder:holder-N")).json()
    assert read["conditions"] == approved["conditions"]
    for form in ("plain", "easy_read", "welsh"):
        told = await _explained(lives, approved["number"], form)
        said = " ".join(each["says"] for each in told["conditions"])
        assert set(re.findall(r"£[\d,.]*\d", said)) == {"£900"}
        assert f" {last.year}" in said
        assert "A1" in said
        assert "The receipt, please." in said
        assert len(told["conditions"]) == 5


HOLDER = "holder:holder-D"


async def _answered(lives: Lives, amount: str, *conditions: dict[str, Any]) -> int:
    """A question of Dora's holder about their direct payment, approved with conditions; the number of the answer."""
    given = {
        "line": "D",
        "service": "exercise",
        "amount": amount,
        "currency": "GBP",
        "payee": "A1",
        "effective_on": DAY,
    }
    asked = await lives.done("asks", given, HOLDER, D)
    assert (asked["outcome"], rules(asked)[1]) == ("refer", ["icb_policy.over_single_limit"])
    sent = {**ON, "conditions": list(conditions)}
    return int((await lives.done(f"decisions/{asked['number']}/approve", sent, "officer:olga", D))["number"])


async def _told(lives: Lives, amount: str, answer: int, **more: Any) -> tuple[str, list[str]]:
    """A claim that relies on an answer, accepted: what the rules say, and that its money was posted all the same."""
    claim = await lives.claim(amount, **{"service": "exercise", "payee": "A1", "relies_on": answer, **more})
    accepted = await lives.accept(claim, "officer:olga", "claims", D)
    assert [each["event"] for each in accepted["entries"] if each["kind"] == "transaction"] == [12]
    return rules(accepted["decision"])


async def test_who_holds_a_direct_payment_has_a_yes_with_conditions_too(lives: Lives) -> None:
    """They stand in the answer and hold the questions that rely on it, which are denied, and what was bought on it, which is looked
    at: more than the cap in all, another payee, and the same again. What relies on no answer is asked as ever."""
    await lives.instalment("2000.00")
    last = (london_day(kit.clock_us()) + timedelta(days=30)).isoformat()
    kinds = {"amount_cap": {"amount": "900.00"}, "payee_only": {}, "use_by": {"day": last}, "no_repeat": {"days": 28}}
    answer = await _answered(lives, "1200.00", *({"kind": kind, **said} for kind, said in kinds.items()))
    ask = {
        "line": "D",
        "service": "exercise",
        "amount": "900.01",
        "currency": "GBP",
        "payee": "B2",
        "effective_on": DAY,
    }
    outcome, found = rules(await lives.done("asks", {**ask, "relies_on": answer}, HOLDER, D))
    assert (outcome, {"approval.over_cap", "approval.other_payee"} <= set(found)) == ("deny", True)
    assert "approval.bought_again" not in found
    assert await _told(lives, "600.00", answer) == ("allow", [])
    assert await _told(lives, "300.00", answer) == ("refer", ["approval.bought_again"])
    assert await _told(lives, "0.01", answer) == ("refer", ["approval.bought_again", "approval.over_cap"])
    found = (await _told(lives, "10.00", answer, payee="B2"))[1]
    assert {"approval.other_payee", "approval.over_cap"} <= set(found)
    assert await _told(lives, "11.00", answer, relies_on=None) == ("allow", [])
    for other in ({"service": "home_care"}, {"relies_on": 1}, {"relies_on": 999_999}):
        wrong = {"line": "D", "service": "exercise", "amount": "1.00", "currency": "GBP", "spent_on": DAY, "payee": "A1",
                 "relies_on": answer, **other}  # fmt: skip
        assert code(await lives.send("claims", wrong, HOLDER, D)) == (404, "ask_unknown")


async def test_what_was_laid_out_on_a_yes_counts_against_its_cap(lives: Lives) -> None:
    """£90 of £100 out of somebody's own pocket, and then £11 that are looked at, out of the pocket or of the account."""
    answer = await _answered(lives, "1200.00", {"kind": "amount_cap", "amount": "100.00"})
    found = []
    for amount in ("90.00", "11.00"):
        laid = {"line": "D", "service": "exercise", "amount": amount, "currency": "GBP", "spent_on": DAY, "holder_account": "H1",
                "relies_on": answer}  # fmt: skip
        number = (await lives.done("reimbursements", laid, HOLDER, D))["entries"][0]["number"]
        found.append(rules((await lives.done(f"reimbursements/{number}/accept", ON, "officer:olga", D))["decision"]))
    assert found == [("allow", []), ("refer", ["approval.over_cap"])]
    await lives.instalment("2000.00")
    assert "approval.over_cap" in (await _told(lives, "12.00", answer))[1]


async def test_what_was_bought_on_a_yes_is_not_asked_how_much_it_is_again(lives: Lives) -> None:
    """£1,100 on an answer for £1,200 is spending that somebody looked at before; again, or on no answer, it is looked at."""
    await lives.instalment("4000.00")
    answer = await _answered(lives, "1200.00")
    assert await _told(lives, "1100.00", answer) == ("allow", [])
    assert (await _told(lives, "1101.00", answer))[1] == ["icb_policy.over_single_limit"]
    assert (await _told(lives, "1102.00", answer, relies_on=None))[1][-1] == "icb_policy.over_single_limit"


async def test_a_no_says_why_who_decided_and_how_to_ask_again(lives: Lives) -> None:
    """Its code in each form, its words as they were written, and the officer's code; a yes says who too."""
    number = (await lives.spend("1200.00"))["number"]
    declined = await lives.done(f"decisions/{number}/decline", {**ON, "reason": "not_in_plan", "words": "See page 3."},
                                "officer:olga")  # fmt: skip
    assert (declined["reason"], declined["words"], declined["outcome"]) == ("not_in_plan", "See page 3.", "deny")
    for form, why in (
        ("plain", "not in the plan"),
        ("easy_read", "not in your plan"),
        ("welsh", "nad yw yn y cynllun"),
    ):
        told = await _explained(lives, declined["number"], form)
        said = " ".join(each["says"] for each in told["why"])
        assert why in said
        assert "olga" in said
        assert "See page 3." in said
        assert declined["reference"] in told["ask_again"][0]["says"]


async def test_a_no_without_its_reason_is_refused_and_leaves_the_referral_open(lives: Lives) -> None:
    """No code, no words, blank words, and a code that is not of the list; each with its own no, and the key stays free."""
    number = (await lives.spend("1200.00"))["number"]
    path = f"decisions/{number}/decline"
    for sent, no in (
        ({}, "decline_unreasoned"), ({"reason": "another"}, "decline_unreasoned"), ({"words": "No."}, "decline_unreasoned"),
        ({"reason": "another", "words": " \n"}, "decline_unreasoned"), ({"reason": "because", "words": "No."}, "code_unknown"),
    ):  # fmt: skip
        told = await lives.send(path, {**ON, **sent}, "officer:olga", key="no")
        assert code(told) == (400, no)
    assert told.json()["field"] == "reason"
    assert told.json()["facts"]["allowed"].split(", ") == sorted(DECLINED_FOR)
    reason = json.loads(described())["components"]["schemas"]["ReferralDeclineIn"]["properties"]["reason"]
    assert all(f'"{each}"' in json.dumps(reason) for each in DECLINED_FOR)
    assert (await lives.get("/referrals")).json()["referrals"][0]["number"] == number
    assert (await lives.send(path, {**ON, **NO}, "officer:olga", key="no")).status_code == 201


async def test_conditions_that_do_not_fit_are_refused_by_their_codes(lives: Lives) -> None:
    """What is above the request is unfit, what lacks its amount malformed; a decline takes none."""
    number = (await lives.spend("1200.00"))["number"]
    path = f"decisions/{number}/approve"
    for condition, no in (
        ({"kind": "amount_cap", "amount": "1200.01"}, (422, "condition_unfit")),
        ({"kind": "amount_cap"}, (400, "condition_malformed")),
    ):
        assert code(await lives.send(path, {**ON, "conditions": [condition]}, "officer:olga")) == no
    declined = await lives.send(f"decisions/{number}/decline", {**ON, **NO, "conditions": []}, "officer:olga")
    assert declined.status_code == 400


async def test_an_approval_with_conditions_is_given_once(lives: Lives) -> None:
    """Twice under one key it is the first, with other conditions another request; twice at once one of them stands; and never by
    whoever asked."""
    number = (await lives.spend("1200.00", who="officer:otto"))["number"]
    path = f"decisions/{number}/approve"
    capped, bare = ({**ON, "conditions": [{"kind": "payee_only"}]}, {**ON, "conditions": []})
    assert code(await lives.send(path, capped, "officer:otto")) == (422, "second_person_needed")
    both = await asyncio.gather(
        lives.send(path, capped, "officer:olga", key="a"), lives.send(path, bare, "officer:oscar", key="b")
    )
    assert sorted(each.status_code for each in both) == [201, 409]
    if both[0].status_code == 201:
        first, other, who, key = capped, bare, "officer:olga", "a"
    else:
        first, other, who, key = bare, capped, "officer:oscar", "b"
    stood = next(each for each in both if each.status_code == 201)
    assert (await lives.send(path, first, who, key=key)).text == stood.text
    assert code(await lives.send(path, other, who, key=key))[1] == "idempotency_key_reused"


async def test_evidence_that_came_is_said_once_and_leaves_the_list(lives: Lives) -> None:
    """It waits in the list of officers and auditors until another than asked says that it came; holders may not."""
    day = london_day(kit.clock_us()).isoformat()
    number = (await _approved(lives, {"kind": "evidence_due", "day": day}))["number"]
    [waiting] = (await lives.get("/conditions", "auditor")).json()["conditions"]
    assert (waiting["number"], waiting["person"], waiting["due"], waiting["late_days"]) == (number, NED, day, 0)
    assert (await lives.get("/conditions?overdue=true")).json()["conditions"] == []
    assert (await lives.get("/conditions", "holder:holder-N")).status_code == 403
    path = f"decisions/{number}/evidence-came"
    assert (await lives.send(path, {"on": day}, "holder:holder-N")).status_code == 403
    tried = await lives.send(f"{path}?dry_run=true", {"on": day}, "officer:olga")
    assert tried.status_code == 200
    first = await lives.send(path, {"on": day, "words": "A receipt."}, "officer:olga", key="came")
    assert first.status_code == 201
    assert (await lives.send(path, {"on": day, "words": "A receipt."}, "officer:olga", key="came")).text == first.text
    assert code(await lives.send(path, {"on": day}, "officer:olga")) == (409, "condition_met")
    assert code(await lives.send(f"decisions/{number - 1}/evidence-came", {"on": day})) == (404, "condition_not_found")
    assert (await lives.get("/conditions")).json()["conditions"] == []


async def test_what_relies_on_an_approval_is_held_to_it(lives: Lives) -> None:
    """Over HTTP as at the gate: another payee is a no by the rule of the approval."""
    number = (await _approved(lives, {"kind": "payee_only"}))["number"]
    allowed = await lives.spend("10.00", relies_on=number)
    denied = await lives.spend("10.00", relies_on=number, payee="B2")
    assert (allowed["outcome"], allowed["relies_on"], denied["outcome"]) == ("allow", number, "deny")
    assert [each["rule"] for each in denied["findings"]] == ["approval.other_payee"]
    assert denied["findings"][0]["authority"] == "approval"
