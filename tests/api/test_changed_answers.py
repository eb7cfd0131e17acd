"""What an answer that changes something does at once, and what it promises by a day, on record until it is done."""

from datetime import date, timedelta
from typing import Any

import pytest

from api.open_books import today
from ledger.budgets import people
from tests import kit
from tests.api.lives import BOB, DAY, DORA, NO, D, N, ordered
from tests.api.test_ending import in_order, stopped
from tests.api.test_looking_again import ENDS, HOLDER, cut, explained, said, suspend
from tests.api.test_people_and_plans import PLAN, Office
from tests.api.test_recovery import Owed
from tests.api.test_recovery import owed as owed  # The fixture.
from tests.api.test_versions import SIMPLE, noticed, signed

TODAY = today().isoformat()
DUE = (today() + timedelta(days=28)).isoformat()
CHANGED = {"outcome": "changed", "answered_on": TODAY, "words": "You have all your hours again."}
EVER = "9998-12-31"


async def ask(owed: Owed, about: str, of: int) -> str:
    """Asks for another look; where that is answered."""
    asked = await owed.done("reconsiderations", {"about": about, "of": of, "received_on": DAY})
    return f"reconsiderations/{asked['entries'][0]['number']}/answer"


async def next_of(owed: Owed, number: int, form: str = "plain") -> str:
    """Who does what next, in one text."""
    return " ".join(each["says"] for each in (await explained(owed, number, form))["next"])


async def reviews(owed: Owed) -> list[tuple[str, str, bool]]:
    """What is listed as due of her: why, by when, and whether it is late."""
    listed = (await owed.lives.get(f"/reviews?due_before={EVER}")).json()["reviews"]
    return [(each["reason"], each["due"], each["overdue"]) for each in listed if each["person"] == DORA]


async def looked_at(owed: Owed) -> tuple[Any, Any]:
    """By when her plan is changed, and whether it has been, as she reads it herself."""
    [found] = (await owed.lives.get(f"/budgets/{DORA}/waiting", HOLDER)).json()["looked_at_again"]
    return found["change_by"], found["changed"]


async def restored(owed: Owed, decision: int) -> Any:
    """A version of the plan that a decision cut, with all of it again, drafted and signed."""
    return await another_version(owed, decision, "100.00", {"from": "2025-05-01"})


async def cut_further(owed: Owed, decision: int) -> Any:
    """The same, with less than ever, on a notice of its own."""
    return await another_version(owed, decision, "10.00", await noticed(Office(owed.lives.client), DORA))


async def another_version(owed: Owed, decision: int, amount: str, more: dict[str, Any]) -> Any:
    """A version of the plan that a decision cut, drafted and signed."""
    office = Office(owed.lives.client)
    plan = (await owed.lives.get(f"/budgets/{DORA}/decisions/{decision}")).json()["stated"]["plan"]
    path = f"/budgets/{DORA}/plans/{plan}"
    [line] = (await office.get(path)).json()["versions"][-1]["lines"]
    version = PLAN | ENDS | more | {"lines": [SIMPLE | {"line": line["line"], "amount": amount}], "notice_days": 28}
    await office.done("ann", f"{path}/versions", version)
    return await signed(office, path)


@pytest.mark.parametrize("about", ["left_out", "cut"])
async def test_a_cut_that_was_changed_is_on_record_until_the_plan_is(owed: Owed, about: str, book: kit.Book) -> None:
    """The answer says what is changed, and by when the plan is: told to her, and a review that is due, whatever review is held,
    until a version of that plan is signed."""
    _, letter, number = await cut(owed)
    path = await ask(owed, about, number if about == "left_out" else letter)
    assert await owed.no(path, {**CHANGED, "words": " "}, "officer:cat") == (400, "reconsidered_unreasoned")
    made = await owed.done(path, CHANGED, "officer:cat")
    assert [(each["kind"], each["attributes"].get("due")) for each in made["entries"]] == [
        ("reconsideration", None), ("review", DUE),
    ]  # fmt: skip
    for form in ("plain", "easy_read", "welsh"):
        assert str(date.fromisoformat(DUE).year) in await next_of(owed, number, form)
    assert "The budget team now changes your plan" in await next_of(owed, number)
    assert CHANGED["words"] in said(await explained(owed, number))
    assert await looked_at(owed) == (DUE, False)
    await owed.done("reviews", {"on": TODAY, "outcome": "unchanged"})
    assert ("reconsidered", DUE, False) in await reviews(owed)
    await restored(owed, number)
    assert "reconsidered" not in [reason for reason, _, _ in await reviews(owed)]
    assert "has been changed since" in await next_of(owed, number)
    assert await looked_at(owed) == (DUE, True)
    await in_order(owed.lives, book)


async def test_a_change_that_was_promised_and_is_late_is_the_commissioners_own_breach(owed: Owed) -> None:
    """Listed as overdue, said to her as ours, and noticed beside each payment, which goes on. Answered twice under one key it is
    promised once, and under another not again."""
    _, _, number = await cut(owed)
    path, late = await ask(owed, "left_out", number), CHANGED | {"answered_on": DAY}
    first = await owed.lives.send(path, late, "officer:cat", D, key="answer")
    assert (await owed.lives.send(path, late, "officer:cat", D, key="answer")).text == first.text
    assert await owed.no(path, late, "officer:cat") == (409, "reconsideration_answered")
    assert "reconsidered" in [reason for reason, _, _ in await reviews(owed)]
    await owed.done("reviews", {"on": TODAY, "outcome": "unchanged"})
    assert ("reconsidered", "2025-06-30", True) in await reviews(owed)
    assert "late. The delay is ours" in await next_of(owed, number)
    claim = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": "2025-07-01"}
    found = await owed.done("instalments", claim)
    assert "statute.review_overdue" in [each["rule"] for each in found["reviews"]]
    await restored(owed, number)
    found = await owed.done("instalments", claim)
    assert "statute.review_overdue" not in [each["rule"] for each in found["reviews"]]


async def test_what_was_put_right_before_the_answer_is_no_promise(owed: Owed) -> None:
    """A version that was signed since she asked is the change itself."""
    _, _, number = await cut(owed)
    path = await ask(owed, "left_out", number)
    await restored(owed, number)
    made = await owed.done(path, CHANGED, "officer:cat")
    assert [each["kind"] for each in made["entries"]] == ["reconsideration"]
    assert await looked_at(owed) == (None, None)


async def test_nothing_is_cut_on_a_letter_that_was_taken_back(owed: Owed) -> None:
    """Before a version is signed on it nothing is left to do but that; a new letter is another matter."""
    office = Office(owed.lives.client)
    line = SIMPLE | {"amount": "100.00"}
    drafted = await office.done("ann", f"/budgets/{DORA}/plans", PLAN | ENDS | {"lines": [line], "notice_days": 28})
    path = f"/budgets/{DORA}/plans/{drafted['plan']['plan']}"
    await signed(office, path)
    told = await noticed(office, DORA)
    made = await owed.done(await ask(owed, "cut", told["notice"]), CHANGED, "officer:cat")
    assert [each["kind"] for each in made["entries"]] == ["reconsideration"]
    less = PLAN | ENDS | {"lines": [line | {"line": drafted["plan"]["lines"][0]["line"], "amount": "60.00"}],
                          "notice_days": 28}  # fmt: skip
    await office.done("ann", f"{path}/versions", less | told)
    assert await office.no("ben", f"{path}/sign", {"effective_on": DAY}) == (422, "letter_reconsidered")
    await office.done("ann", f"{path}/versions", less | await noticed(office, DORA))
    assert (await signed(office, path))["decision"]["outcome"] == "allow"


@pytest.mark.parametrize("is_another", [False, True])
async def test_a_pause_that_was_changed_is_lifted_with_the_answer(
    owed: Owed, is_another: bool, book: kit.Book
) -> None:  # fmt: skip
    """By the same group, and said so; a pause that was made after the one that was asked about stays."""
    number = await suspend(owed)
    path = await ask(owed, "suspend", number)
    if is_another:
        await owed.done("lines/D/resume", {})
        await suspend(owed)
    assert await owed.no(path, {**CHANGED, "words": None}, "officer:oscar") == (400, "reconsidered_unreasoned")
    for who in ("officer", "officer:olga"):
        assert await owed.no(path, CHANGED, who) == (422, "second_person_needed"), who
    made = await owed.done(path, CHANGED, "officer:oscar")
    acts = [each["attributes"]["act"] for each in made["entries"]]
    assert acts == (["changed"] if is_another else ["changed", "resumed"])
    again = await owed.lives.send("lines/D/resume", {}, "officer", D)
    assert again.status_code == (201 if is_another else 422)
    assert ("the pause of the payments has ended" in said(await explained(owed, number))) is not is_another
    assert CHANGED["words"] in said(await explained(owed, number))
    await in_order(owed.lives, book)


async def test_what_is_resumed_after_an_answer_is_not_said_of_it(owed: Owed) -> None:
    """The pause was made again before the answer, which left it; somebody resumes the line by the very next entry."""
    number = await suspend(owed)
    path = await ask(owed, "suspend", number)
    await owed.done("lines/D/resume", {})
    await suspend(owed)
    answered = await owed.done(path, CHANGED, "officer:oscar")
    resumed = await owed.done("lines/D/resume", {})
    assert resumed["entries"][0]["number"] == answered["entries"][0]["number"] + 1
    assert "has ended" not in said(await explained(owed, number))


async def test_a_pause_of_a_line_that_has_ended_is_not_said_to_be_over(owed: Owed) -> None:
    """The stop ended the line before the answer: nothing is paid, and nobody is told that it is."""
    number = await suspend(owed)
    path = await ask(owed, "suspend", number)
    await stopped(owed.lives)
    await owed.done("lines/D/stop/end", {"effective_on": "2025-06-30", "owes_nothing": True}, "officer:oscar")
    made = await owed.done(path, CHANGED, "officer:oscar")
    assert [each["kind"] for each in made["entries"]] == ["reconsideration"]
    for form in ("plain", "easy_read"):
        assert "pause" not in said(await explained(owed, number, form))


@pytest.mark.parametrize("is_before", [True, False])
async def test_nothing_is_promised_of_a_plan_of_somebody_who_has_died(owed: Owed, is_before: bool) -> None:
    """After a death the answer promises no plan, and what was promised before ends with it: no review is due for it, nobody is told
    that it is late, and why is said."""
    _, _, number = await cut(owed)
    path = await ask(owed, "left_out", number)
    died = people.person_recorded("died", person=DORA, on=date(2025, 6, 3))
    if is_before:
        await owed.lives.do(died, asked=BOB)
    await owed.done(path, CHANGED | {"answered_on": DAY}, "officer:cat")
    if not is_before:
        assert "The new plan is" in await next_of(owed, number)
        await owed.lives.do(died, asked=BOB)
    assert "reconsidered" not in [reason for reason, _, _ in await reviews(owed)]
    assert await looked_at(owed) == (None, None)
    for form, words in (("plain", "no new plan is made"), ("easy_read", "no new plan"), ("welsh", "ni wneir")):
        told = await next_of(owed, number, form)
        assert words in told
        for late in ("514", "late", "yn hwyr"):
            assert late not in told


async def test_a_new_plan_keeps_what_was_promised_of_the_old_one(owed: Owed) -> None:
    """A plan that cannot go on is changed by another that takes its place, signed after the answer; one of before says nothing."""
    office = Office(owed.lives.client)

    async def planned() -> str:
        drafted = await office.done(
            "ann", f"/budgets/{DORA}/plans", PLAN | ENDS | {"lines": [SIMPLE], "notice_days": 28}
        )
        path = f"/budgets/{DORA}/plans/{drafted['plan']['plan']}"
        assert (await signed(office, path))["decision"]["outcome"] == "allow"
        return path

    _, _, number = await cut(owed)
    path = await ask(owed, "left_out", number)
    before = await planned()
    await owed.done(path, CHANGED, "officer:cat")
    assert await looked_at(owed) == (DUE, False)
    [line] = (await office.get(before)).json()["versions"][-1]["lines"]
    again = {"lines": [SIMPLE | {"line": line["line"]}], "notice_days": 28}
    await office.done("ann", f"{before}/versions", PLAN | ENDS | {"from": "2025-05-01"} | again)
    await signed(office, before)
    assert await looked_at(owed) == (DUE, False)
    await planned()
    assert await looked_at(owed) == (DUE, True)
    assert "reconsidered" not in [reason for reason, _, _ in await reviews(owed)]
    assert "has been changed since" in await next_of(owed, number)


@pytest.mark.parametrize("is_before", [True, False])
async def test_a_further_cut_is_not_the_change_that_was_promised(
    owed: Owed, is_before: bool, book: kit.Book
) -> None:  # fmt: skip
    """Neither before the answer nor after it; what gives all of it back is."""
    _, _, number = await cut(owed)
    path = await ask(owed, "left_out", number)
    if is_before:
        await cut_further(owed, number)
    await owed.done(path, CHANGED | {"answered_on": DAY}, "officer:cat")
    if not is_before:
        await cut_further(owed, number)
    assert await looked_at(owed) == ("2025-06-30", False)
    await owed.done("reviews", {"on": TODAY, "outcome": "unchanged"})
    assert ("reconsidered", "2025-06-30", True) in await reviews(owed)
    claim = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": "2025-07-01"}
    found = await owed.done("instalments", claim)
    assert "statute.review_overdue" in [each["rule"] for each in found["reviews"]]
    await restored(owed, number)
    assert await looked_at(owed) == ("2025-06-30", True)
    assert "reconsidered" not in [reason for reason, _, _ in await reviews(owed)]
    await in_order(owed.lives, book)


@pytest.mark.parametrize("kind", ["spends", "claims", "invoices"])
async def test_whoever_reads_that_a_no_was_changed_is_told_to_ask_again(owed: Owed, kind: str) -> None:
    """The answer does not do what was refused: what to do, by which reference, and who decides then is said, in place of what was
    said of the no."""
    lives, line = owed.lives, D if kind == "claims" else N
    if kind == "spends":
        asked = await lives.done("spends", ordered("2000.00"), "holder:holder-N", N)
        declined = await lives.done(
            f"decisions/{asked['number']}/decline", {"effective_on": DAY, **NO}, "officer:olga", N
        )
        number = declined["number"]
    else:
        sent = await (lives.claim("12.00") if kind == "claims" else lives.invoice("X-1", "50.00"))
        no = {"reason": "not_ours", "words": "Not ours."}
        declined = await lives.done(
            f"{kind}/{sent}/decline", no, "finance:fay" if kind == "invoices" else "officer:olga", line
        )
        number = declined["decision"]["number"]
    read = f"/budgets/{line.person}/decisions/{number}/explanation"
    before = (await lives.get(read)).json()
    made = await lives.done("reconsiderations", {**before["look_again"], "received_on": DAY}, "officer", line)
    await lives.done(f"reconsiderations/{made['entries'][0]['number']}/answer", CHANGED, "officer:cat", line)
    reference = before["reference"]
    for form, words in (("plain", "Ask again"), ("easy_read", "Ask us again"), ("welsh", "Gofynnwch eto")):
        [told] = (await lives.get(f"{read}?form={form}")).json()["next"]
        assert words in told["says"]
        assert reference in told["says"]


async def state_of(owed: Owed) -> str:
    """How her line stands."""
    found = await Office(owed.lives.client).get(f"/budgets/{DORA}/plans/PD")
    [line] = found.json()["versions"][-1]["lines"]
    return str(line["state"])


@pytest.mark.parametrize("is_looked_at", [False, True])
async def test_a_stop_that_is_withdrawn_leaves_a_pause_of_before(
    owed: Owed, is_looked_at: bool, book: kit.Book
) -> None:  # fmt: skip
    """Only what was asked about is answered: the line goes back to how it stood, with its money, and its own answer lifts the
    pause then; one that was changed while the line had ended is over."""
    number = await suspend(owed)
    await stopped(owed.lives)
    await owed.done("lines/D/stop/end", {"effective_on": "2025-06-30", "owes_nothing": True}, "officer:oscar")
    if is_looked_at:
        await owed.done(await ask(owed, "suspend", number), CHANGED, "officer:oscar")
    await owed.done("lines/D/stop/reconsideration", {"on": "2025-07-01", "words": "We need it."})
    withdrawn = {"outcome": "withdrawn", "on": TODAY, "words": "You need it."}
    made = await owed.done("lines/D/stop/reconsideration/decide", withdrawn, "officer:cat")
    acts = [each["attributes"]["act"] for each in made["entries"] if each["kind"] == "line"]
    assert acts == (["resumed"] if is_looked_at else ["resumed", "suspended"])
    if not is_looked_at:
        assert await state_of(owed) == "suspended"
        lifted = await owed.done(await ask(owed, "suspend", number), CHANGED, "officer:oscar")
        assert [each["attributes"]["act"] for each in lifted["entries"]] == ["changed", "resumed"]
        assert "has ended" in said(await explained(owed, number))
    assert await state_of(owed) == "resumed"
    await in_order(owed.lives, book)


BLANK = ("", " ", "\u00a0", "\u200b", "\u2060", "\u2800", "\u3164", "\ufeff", "\t\n", "...")
"""What is no words, whatever signs it has."""


async def test_an_answer_to_a_stop_says_why_either_way(owed: Owed) -> None:
    """Withdrawn as confirmed: nothing is answered without words, and blanks of no kind are words."""
    await stopped(owed.lives)
    await owed.done("lines/D/stop/reconsideration", {"on": DAY, "words": "We need it."})
    path = "lines/D/stop/reconsideration/decide"
    for outcome in ("withdrawn", "confirmed"):
        for words in (None, *BLANK):
            status, named = await owed.no(path, {"outcome": outcome, "on": TODAY, "words": words}, "officer:cat")
            assert (status, named) in ((400, "reconsidered_unreasoned"), (400, "text_malformed")), repr(words)
    await owed.done(path, {"outcome": "withdrawn", "on": TODAY, "words": "Ie."}, "officer:cat")


async def test_a_claim_is_not_declined_without_words_that_are_seen(owed: Owed) -> None:
    """In a dry run as in earnest."""
    sent = await owed.lives.claim("12.00")
    for words in (None, *BLANK):
        no = {"reason": "not_ours", "words": words}
        assert (await owed.no(f"claims/{sent}/decline", no, "officer:olga"))[0] == 400, repr(words)
