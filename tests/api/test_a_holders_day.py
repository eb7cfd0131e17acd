"""A day of Amy, who holds a budget, and of Dawn, her mother, who does the money on her telephone (users.md 6.1): what a portal can
do for them with their tokens alone, and what it cannot.

Amy is the Dora of the other tests: £26,000 a year on line D, paid into an account. Everything is of 2 June 2025.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from api import reconsidering
from api.open_books import today
from tests import kit
from tests.api.lives import BOOK, DAY, DORA, NED, D, Lives
from tests.api.test_evidence_files import HEIC, PDF
from tests.api.test_recovery import GBP, ON, Owed, right

AMY, DAWN = "holder:holder-D", "holder:dawn"
MINE = f"/budgets/{DORA}"


class Day(Owed):
    """What Amy and Dawn do; the office does its part in between."""

    async def read(self, path: str, who: str = AMY) -> Any:
        """What they see, below their budget."""
        found = await self.lives.get(f"{MINE}{path}", who)
        assert found.status_code == 200, found.text
        return found.json()

    async def told(self, number: int, form: str) -> dict[str, Any]:
        """A decision in words."""
        found: dict[str, Any] = await self.read(f"/decisions/{number}/explanation?form={form}")
        return found

    async def file(self, of: int, sent: bytes, key: str, who: str = AMY) -> Any:
        """A document sent in whole."""
        headers = {**self.lives.headers(who), "Idempotency-Key": key}
        path = f"{BOOK}{MINE}/evidence/files?of={of}&document=receipt"
        return await self.lives.client.inner.post(path, content=sent, headers=headers)


@pytest.fixture
async def day(lives: Lives) -> Day:
    """Her first instalment of £2,000 was paid in; her mother may spend for her."""
    monthly = {"frequency": "monthly", "start": "2025-05-01", "end": "2026-03-31", "amount": "2000.00", **GBP}
    await lives.done("lines/D/schedule", monthly, line=D)
    wish = {"line": "D", "service": "home_care", "amount": "2000.00", "period": "2025-06-01", **GBP, **ON}
    asked = await lives.done("instalments", wish, line=D)
    assert asked["outcome"] == "allow", asked["findings"]
    await lives.done(f"instalments/{asked['number']}/release", {**ON, "bank": "main"}, "finance", D)
    await lives.done(f"/people/{DORA}/delegations", {"holder": "dawn", "scope": "spend", "from": "2025-04-01"}, line=D)
    return Day(lives)  # type: ignore[arg-type]


async def test_the_morning_have_the_wages_gone_in_and_how_much_is_there(day: Day) -> None:
    """8:10 the payment, and that it came back when it did; 9:02 by pot, in her own words, and until when in a sentence."""
    periods = (await day.read("/lines/D/schedule"))["periods"]
    assert [(each["period"], each["state"]) for each in periods[:3]] == [
        ("2025-05-01", "due"), ("2025-06-01", "paid"), ("2025-07-01", "due"),
    ]  # fmt: skip
    [payment] = periods[1]["payments"]
    happened = (await day.read(f"/statement?first_day={DAY}&last_day={DAY}"))["lines"]
    assert {each["number"]: each["event"] for each in happened}[payment] == 11
    line = (await day.read(f"?on={DAY}"))["lines"][0]
    assert (line["title"], line["description"]) == ("Help for D", "Mornings & evenings.")
    money = line["money"]
    assert (money["allocated"], money["left_to_spend"], money["can_use_now"], money["held"], money["awaiting_evidence"]) == (
        "26000.00", "26000.00", "2000.00", "0.00", "0.00",
    )  # fmt: skip
    [forecast] = (await day.read(f"/forecast?on={DAY}"))["lines"]
    assert (
        forecast["says"]
        == "The money lasts until 31 March 2026, when this part of the budget ends, with £26,000 left over."
    )
    await day.lives.done(f"instalments/{payment}/return", {**ON, "reason": "closed"}, "finance:ron", D)
    periods = (await day.read("/lines/D/schedule"))["periods"]
    assert (periods[1]["state"], periods[1]["returned"], periods[1]["left"]) == ("returned", "2000.00", "2000.00")


async def test_can_i_buy_this_is_answered_at_once_in_writing_and_holds(day: Day) -> None:
    """10:30, £38: a yes with a reference, until a day. £1,000.01: who decides and by when, and the answer; in plain words, easy
    read and Welsh, with the same numbers and where to get help."""
    ask = {"line": "D", "service": "exercise", "amount": "38.00", "payee": "A1", **GBP, **ON}
    yes = await day.done("asks", ask, AMY)
    assert (yes["outcome"], yes["amount"], yes["findings"], yes["hold"]) == ("allow", "38.00", [], None)
    assert yes["relied_until"] == "2025-06-30"
    found = await day.lives.get(f"/decisions/{yes['reference']}", AMY)
    assert found.json()["number"] == yes["number"]
    asked = await day.done("asks", {**ask, "amount": "1000.01"}, DAWN)
    assert (asked["outcome"], asked["hold"]) == ("refer", None)
    assert asked["decide_by"] == (today() + timedelta(days=10)).isoformat()
    forms = {form: await day.told(asked["number"], form) for form in ("plain", "easy_read", "welsh")}
    assert forms["plain"]["title"][0]["says"].startswith("Not decided yet. A person will decide about £1,000.01")
    assert all(each["picture"] for each in forms["easy_read"]["title"])
    assert (forms["welsh"]["draft"], forms["plain"]["draft"]) == (True, False)
    assert all("£1,000.01" in str(each["title"]) for each in forms.values())
    for form in forms.values():
        assert [each["role"] for each in form["help"]] == ["named_contact", "advocate", "complaints", "ombudsman"]
    [listed] = (await day.lives.get("/referrals")).json()["referrals"]
    assert (listed["number"], listed["late_days"]) == (asked["number"], 0)
    due = (today() + timedelta(days=14)).isoformat()
    await day.lives.done(
        f"decisions/{asked['number']}/approve",
        {**ON, "words": "Yes, go.", "conditions": [{"kind": "evidence_due", "day": due}]}, "officer:olga", D,
    )  # fmt: skip
    [waits] = (await day.read("/waiting"))["evidence"]
    assert (waits["what"], waits["due"], waits["amount"]) == ("condition", due, None)
    assert (await day.lives.get("/referrals")).json()["referrals"] == []
    decisions = (await day.read("/decisions"))["decisions"]
    assert [(each["act"], each["outcome"], each["words"]) for each in decisions[-3:]] == [
        ("ask", "allow", None), ("ask", "refer", None), ("approval", "allow", "Yes, go."),
    ]  # fmt: skip


async def test_what_dawn_laid_out_is_asked_for_and_a_mistake_is_taken_back_in_one_tap(day: Day) -> None:
    """12:00, £62 of a taxi from her own purse: once claimed wrongly and taken back by Amy, once claimed rightly, with the day by
    which it is paid back; what an officer has answered is not taken back, nor is another person's."""
    await day.done("hand-backs", {"line": "D", "amount": "2000.00", "bank": "main", **GBP, **ON}, "finance")
    taxi = {"line": "D", "service": "home_care", "amount": "620.00", "spent_on": DAY, "holder_account": "H1", **GBP}
    wrong = (await day.done("reimbursements", taxi, DAWN))["entries"][0]["number"]
    stranger = await day.lives.send(f"reimbursements/{wrong}/withdraw", {}, "holder:holder-N", D)
    assert (stranger.status_code, stranger.json()["code"]) == (404, "person_unknown")
    taken = await day.done(f"reimbursements/{wrong}/withdraw", {}, AMY)
    assert [each["attributes"]["reason"] for each in taken["entries"]] == ["withdrawn"]
    assert await day.no(f"reimbursements/{wrong}/withdraw", {}, AMY) == (409, "reimbursement_settled")
    assert await day.no(f"reimbursements/{wrong}/accept", ON) == (409, "reimbursement_settled")
    claimed = (await day.done("reimbursements", {**taxi, "amount": "62.00"}, DAWN))["entries"][0]["number"]
    accepted = await day.done(f"reimbursements/{claimed}/accept", ON)
    assert (accepted["entries"][0]["attributes"]["due_on"], await day.state("spent")) == ("2025-06-30", "62.00")
    assert await day.no(f"reimbursements/{claimed}/withdraw", {}, DAWN) == (409, "reimbursement_settled")
    told = {"line": "D", "service": "home_care", "amount": "5.00", "spent_on": DAY, **GBP}
    mistake = (await day.done("claims", told, AMY))["entries"][0]["number"]
    assert await day.no(f"claims/{mistake}/withdraw", {}, "officer") == (403, "claim_of_another")
    await day.done(f"claims/{mistake}/withdraw", {}, AMY)
    typed = (await day.done("claims", told, "officer"))["entries"][0]["number"]
    assert await day.no(f"claims/{typed}/withdraw", {}, "officer:olga") == (403, "claim_of_another")
    await day.done(f"claims/{typed}/withdraw", {}, "officer")
    assert await day.no(f"claims/{mistake}/accept", ON) == (409, "claim_settled")


async def test_a_receipt_is_sent_in_however_bad_the_line_is(day: Day, book: kit.Book) -> None:
    """13:00: whole; in parts, taken up where the line broke; and `I cannot find it` in one call. What nobody can read is asked for
    again, by its number, until another one is there."""
    claims = [await day.lives.claim(amount) for amount in ("12.00", "38.00", "9.00")]
    whole = await day.file(claims[0], PDF, "whole")
    assert whole.status_code == 201, whole.text
    name, place = sha256(HEIC).hexdigest(), f"{BOOK}{MINE}/evidence/uploads"
    inner, headers = day.lives.client.inner, day.lives.headers(AMY)
    await inner.put(f"{place}/{name}/parts?offset=0", content=HEIC[:400], headers=headers)
    offset = (await inner.get(f"{place}/{name}", headers=headers)).json()["offset"]
    assert offset == 400
    await inner.put(f"{place}/{name}/parts?offset={offset}", content=HEIC[offset:], headers=headers)
    finished = await inner.post(
        f"{place}/{name}/finish?of={claims[1]}&document=receipt", headers={**headers, "Idempotency-Key": "parts"}
    )
    assert (finished.status_code, finished.json()["entries"][0]["attributes"]["type"]) == (201, "image/jpeg")
    await day.done("evidence", {"of": claims[2], "document": "receipt", "words": "The till had no paper."}, AMY)
    states = {each["of"]: each["state"] for each in (await day.read("/evidence"))["documents"]}
    assert states == dict(zip(claims, ("complete", "complete", "explained"), strict=True))
    unread = finished.json()["entries"][0]["number"]
    await day.done(f"evidence/{unread}/judge", {"state": "illegible", "words": "It is blurred."}, "officer:olga")
    [waits] = (await day.read("/waiting", DAWN))["evidence"]
    assert (waits["what"], waits["number"], waits["of"], waits["state"]) == ("document", unread, claims[1], "illegible")
    await right(day.lives, book)


async def test_the_office_asks_and_amy_answers_in_the_same_place(day: Day) -> None:
    """A bank line without evidence, and a question about £60 of it in words, are shown with what evidence has to be given for; a
    claim that names the line, once accepted, leaves what is still open."""
    taken = await day.bank_line("150.00")
    [waits] = (await day.read("/waiting"))["evidence"]
    assert (waits["what"], waits["of"], waits["amount"], waits["on"]) == ("bank_line", taken, "150.00", DAY)
    assert (await day.read(f"?on={DAY}"))["total"]["awaiting_evidence"] == "150.00"
    bought = {"line": "D", "service": "home_care", "amount": "90.00", "spent_on": DAY, "bank_line": taken, **GBP}
    claim = (await day.done("claims", bought, AMY))["entries"][0]["number"]
    await day.done(f"claims/{claim}/accept", ON, "officer:olga")
    asked = await day.done("questions", {"of": taken, "amount": "60.00", "words": "What was it for?", **GBP, **ON})
    question = asked["entries"][0]["number"]
    waits = (await day.read("/waiting"))["evidence"]
    assert [(each["what"], each["number"], each["of"], each["amount"], each["words"]) for each in waits] == [
        ("bank_line", taken, taken, "60.00", None), ("question", question, taken, "60.00", "What was it for?"),
    ]  # fmt: skip
    assert (await day.file(taken, PDF, "answer")).status_code == 201
    await day.done(
        f"questions/{question}/explain", {"amount": "60.00", "words": "A taxi.", **GBP, **ON}, "officer:olga"
    )
    assert [each["what"] for each in (await day.read("/waiting"))["evidence"]] == ["bank_line"]


async def test_a_stay_in_hospital_is_tried_and_leaves_nothing(day: Day, book: kit.Book) -> None:
    """15:00: two weeks at half cost; the sentence before and after, no key, and not an entry more."""
    await day.done(f"claims/{await day.lives.claim('630.00')}/accept", ON, "officer:olga")
    size = await kit.rows(book.dsn, "SELECT max(number) AS size FROM phb.entry")
    stay = {"kind": "hospital_stay", "start": "2025-06-10", "end": "2025-06-23", "percent": 50}
    asked = {"line": "D", "on": DAY, "changes": [stay], **GBP}
    said = await day.lives.client.inner.post(f"{BOOK}{MINE}/what-if", json=asked, headers=day.lives.headers(AMY))
    # £10 a day for the 302 days after today are £3,020; fourteen of them at half are £70 less.
    assert (said.json()["now"]["needed"], said.json()["then"]["needed"]) == ("3020.00", "2950.00")
    assert said.json()["then"]["says"].startswith("The money lasts until 31 March 2026")
    assert await kit.rows(book.dsn, "SELECT max(number) AS size FROM phb.entry") == size


async def test_the_letter_is_there_with_its_words_and_amy_asks_for_another_look_herself(
    day: Day, book: kit.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """18:00: nothing of a draft; a sent notice in its words with what is demanded and until when; asked to be looked at again once,
    received on the day that it is sent and never before; the answer, with whether it was late; and a repayment lessens it."""
    notice = await day.notice("60.00", sent=False)
    assert (await day.read("/waiting"))["letters"] == []
    await day.done(f"notices/{notice}/move", {"act": "sent", "on": DAY})
    [letter] = (await day.read("/waiting"))["letters"]
    assert (letter["about"], letter["amount"], letter["pay_by"], letter["words"], letter["demand"]) == (
        "repayment", "60.00", "2025-07-02", "Bought outside the plan.", None,
    )  # fmt: skip
    demand = (await day.demand("60.00", notice))["entries"][0]["number"]
    now = today().isoformat()
    again = {"about": "demand", "of": demand, "received_on": now, "words": "It was for her bike."}
    for who, sent, expected in (
        (AMY, {**again, "received_on": DAY}, (400, "dates_malformed")),
        ("officer", {**again, "received_on": (today() + timedelta(days=1)).isoformat()}, (400, "dates_malformed")),
        ("holder:holder-N", again, (404, "person_unknown")), (DAWN, again, (403, "delegation_too_narrow")),
    ):  # fmt: skip
        assert await day.no("reconsiderations", sent, who) == expected, who
    asked = (await day.lives.send("reconsiderations", again, AMY, D, key="once")).json()
    assert asked["decision"]["outcome"] == "allow"
    with monkeypatch.context() as midnight:
        midnight.setattr(reconsidering, "today", lambda: today() + timedelta(days=1))
        late = await Lives.send(day.lives, "reconsiderations", again, AMY, D, key="once")
        assert (late.status_code, late.json(), late.headers["idempotency-replayed"]) == (201, asked, "true")
        assert await day.no("reconsiderations", again, AMY) == (400, "dates_malformed")
    assert (await day.done("reconsiderations", again, AMY))["decision"]["outcome"] == "deny"
    [looked] = (await day.read("/waiting"))["looked_at_again"]
    assert (looked["about"], looked["of"], looked["state"], looked["received_on"]) == (
        "demand",
        demand,
        "requested",
        now,
    )
    assert looked["answer_by"] > now
    words = await kit.rows(book.dsn, "SELECT content FROM phb.detail WHERE number = $1", looked["number"])
    assert "bike" in str(words)
    answer = {"outcome": "changed", "answered_on": now, "withdrawn": "40.00", "words": "The rest was no help."}
    await day.done(f"reconsiderations/{looked['number']}/answer", answer, "officer:olga")
    after = await day.read("/waiting")
    assert [(each["state"], each["late"]) for each in after["looked_at_again"]] == [("changed", False)]
    assert [(each["demand"], each["outstanding"]) for each in after["letters"]] == [(demand, "20.00")]
    await day.done(f"notices/{await day.notice('5.00')}/move", {"act": "returned", "on": DAY})
    assert len((await day.read("/waiting"))["letters"]) == 1
    await right(day.lives, book)


async def test_a_helper_is_named_sees_and_no_more_and_is_gone_at_the_next_request(day: Day) -> None:
    """Who only sees neither asks nor spends; revoked, they reach nothing."""
    path = f"/people/{DORA}/delegations"
    named = await day.done(path, {"holder": "sam", "scope": "see", "from": DAY})
    assert (await day.lives.get(MINE, "holder:sam")).status_code == 200
    ask = {"line": "D", "service": "exercise", "amount": "38.00", **GBP, **ON}
    assert await day.no("asks", ask, "holder:sam") == (403, "delegation_too_narrow")
    delegation = named["subject"].partition("/")[2]
    await day.done(f"{path}/{delegation}/revoke", {})
    for part in ("", "/waiting", "/statement?first_day=2025-04-01&last_day=2025-06-30"):
        assert (await day.lives.get(f"{MINE}{part}", "holder:sam")).status_code == 404, part


@pytest.mark.parametrize("who", [AMY, DAWN])
async def test_what_is_staffs_or_anothers_is_not_seen(day: Day, who: str) -> None:
    """Patterns, lists of the office, accounts, identity and considerations: 403. Another person: as if they were not there."""
    for path in ("/patterns", "/patterns/rates", "/referrals", "/conditions", "/recovery/notices", "/recovery/receivables",
                 "/reviews", "/accounts", "/transactions", "/deposits", "/autonomy", "/identities", f"/people/{DORA}",
                 f"/people/{DORA}/identity", f"{MINE}/bank-lines", f"{MINE}/lineage", "/payees/A1"):  # fmt: skip
        assert (await day.lives.get(path, who)).status_code == 403, path
    for part in ("", "/waiting", "/decisions", "/evidence", "/plans", "/forecast", "/ending"):
        assert (await day.lives.get(f"/budgets/{NED}{part}", who)).status_code == 404, part
    claim = await day.lives.claim("1000.01")
    await day.done(f"claims/{claim}/accept", ON, "officer:olga")
    decisions = (await day.read("/decisions", who))["decisions"]
    assert decisions
    assert all("reviews" not in each for each in decisions)
    await day.notice("60.00")
    assert "She was asked." not in str(await day.read("/waiting", who))
