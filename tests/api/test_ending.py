"""A direct payment that stops, over HTTP: notice, reconsideration, end, liabilities, a death and a sixteenth birthday."""

import re
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from api.cli_stops import _stops
from api.ending import HANDLERS
from api.open_books import today
from ledger.book.books import BookRow
from ledger.book.database import READING, connect
from ledger.budgets import people, plans
from ledger.reports.identities import check_identities
from tests import kit
from tests.api.lives import BOB, DAY, DORA, NED, NO, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.policies.test_warrants import verified

LAST = "2025-06-30"
AFTER = "2025-07-01"


def notice(**more: Any) -> dict[str, Any]:
    """The body of a notice on a ground that leaves a choice."""
    return {"ground": "off_plan", "notified_on": DAY, "ends_on": LAST, "effective_on": DAY, "alternative": "commissioned",
            "reasons": "The money went on other things.", **more}  # fmt: skip


async def written(lives: Tried, on: str = DAY, *, delivered: bool = True, **more: Any) -> int:
    """A written notice of a stop that was sent and, as another person says, delivered on a day; the entry that made it."""
    given = {"about": "stop", "on": on, "reasons": ["off_plan"], "notice_days": 28, "takes_effect_on": LAST, **more}
    number = (await lives.done("notices", given, line=D))["entries"][0]["number"]
    for act, who in (("sent", "officer"), ("delivered", "officer:olga"))[: 1 + delivered]:
        await lives.done(f"notices/{number}/move", {"act": act, "on": on}, who, D)
    return number


async def stopped(lives: Tried, **more: Any) -> dict[str, Any]:
    """Notice asked for, approved by another person, and given."""
    more = {"notice": await written(lives), **more}
    asked = await lives.done("lines/D/stop", notice(**more), line=D)
    if asked["outcome"] == "refer":
        await lives.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
        asked = await lives.done("lines/D/stop", notice(approved=asked["number"], **more), line=D)
    return asked


async def owed(lives: Tried, amount: str = "300.00", klass: str = "notice_pay") -> int:
    """A liability stated; its number."""
    sent = {"line": "D", "class": klass, "amount": amount, "currency": "GBP", "working": "Four weeks of £75."}
    return (await lives.done("liabilities", sent, line=D))["entries"][0]["number"]


async def ending(lives: Tried, **query: Any) -> dict[str, Any]:
    """What is read of it."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return (await lives.get(f"/budgets/{DORA}/ending?{asked}")).json()


async def in_order(lives: Tried, book: kit.Book) -> None:
    """The book verifies, and every identity holds."""
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        broken = [each for each in await check_identities(connection, book.book_id) if not each.ok]
    finally:
        await connection.close()
    assert not broken

    found = await verified(SimpleNamespace(book=book))  # type: ignore[arg-type]
    assert (found.ok, found.why) == (True, None)


async def test_a_payment_stops_after_notice_with_reasons_and_care_that_goes_on(lives: Tried, book: kit.Book) -> None:
    """Referred, approved by another, given; held money goes back when it ends; a line that has ended takes no more."""
    kept = await lives.done("instalments", {"line": "D", "service": "home_care", "amount": "100.00", "currency": "GBP",
                                            "effective_on": DAY}, line=D)  # fmt: skip
    given = await stopped(lives)
    assert (given["outcome"], given["stated"]) == ("allow", {"ground": "off_plan", "ends_on": LAST})
    [stop] = (await ending(lives))["stops"]
    assert (stop["state"], stop["reconsideration"], stop["alternative"]) == ("stop_notified", None, "commissioned")
    for sent, expected in (
        ({"effective_on": "2025-06-29"}, "stop_too_early"),
        ({"effective_on": LAST}, "liabilities_not_said"),
    ):
        assert (await lives.send("lines/D/stop/end", sent, line=D)).json()["code"] == expected
    ended = await lives.done("lines/D/stop/end", {"effective_on": LAST, "owes_nothing": True}, line=D)
    assert [(entry["kind"], entry["event"]) for entry in ended["entries"]] == [
        ("notice", 0), ("hold_released", 30), ("line", 0), ("transaction", 35),
    ]  # fmt: skip
    assert (await lives.money(D))["left_to_spend"] == "0.00"
    assert await lives.balance("fund/nhs/2025-26/unallocated") == "33760.00"
    again = await lives.send(
        f"entries/{ended['entries'][3]['number']}/reverse", {"effective_on": DAY}, "finance:ron", D
    )
    assert again.json()["code"] == "authority_not_reversed"
    no = await lives.send(f"decisions/{kept['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    assert (no.status_code, no.json()["code"]) == (422, "referral_overtaken")
    late = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": AFTER}
    found = (await lives.done("instalments", late, line=D))["findings"]
    assert "plan.line_not_active" in {each["rule"] for each in found}
    await lives.done(f"decisions/{kept['number']}/decline", {"effective_on": DAY, **NO}, "officer:olga", D)
    nothing = await lives.send("lines/D/stop/remainder", {"effective_on": AFTER}, line=D)
    assert nothing.json()["code"] == "nothing_left"
    assert (await lives.send("lines/D/stop/end", {"effective_on": LAST}, line=D)).json()["code"] == "stop_made_already"
    assert (await lives.send("lines/D/stop", notice(), line=D)).json()["code"] == "line_ended"
    await in_order(lives, book)


async def test_a_notice_lacks_nothing_that_the_law_asks_for(lives: Tried) -> None:
    """No reasons, or a ground that is not on record: denied. No care that goes on, or short notice: referred, and with no approval
    does anything stop before it is said how the care goes on."""
    for sent, rule in (
        (notice(reasons=" "), "statute.stop_reasons"),
        (notice(ground="consent_withdrawn"), "statute.stop_ground_not_shown"),
        (notice(ground="died"), "statute.stop_ground_not_shown"),
    ):
        denied = await lives.done("lines/D/stop", sent, line=D)
        assert (denied["outcome"], denied["findings"][0]["rule"]) == ("deny", rule)
    for path, sent in (
        ("stop", notice(alternative=None)), ("stop", notice(alternative="not_needed")),
        ("suspend", {"effective_on": DAY, "reasons": "She is away.", "alternative": None}),
    ):  # fmt: skip
        referred = await lives.done(f"lines/D/{path}", sent, line=D)
        assert referred["outcome"] == "refer"
        assert "icb_policy.stop_cuts_off_care" in {each["rule"] for each in referred["findings"]}
        await lives.done(f"decisions/{referred['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
        again = await lives.send(f"lines/D/{path}", {**sent, "approved": referred["number"]}, line=D)
        assert (again.status_code, again.json()["code"]) == (422, "care_not_said")
    short = await lives.done("lines/D/stop", notice(ends_on="2025-06-12", notice=await written(lives)), line=D)
    assert short["outcome"] == "refer"
    assert short["findings"][0]["message"].startswith("10 days of notice are fewer than the 28")
    assert (await ending(lives))["stops"] == []


@pytest.mark.parametrize(
    ("ground", "days", "rule"),
    [
        ("off_plan", 59, "statute.stop_before_notice"), ("off_plan", 60, None), ("fraud", 59, "icb_policy.stop_notice_short"),
        ("fraud", 60, None),
    ],
)  # fmt: skip
async def test_the_notice_that_the_plan_agrees_is_given(lives: Tried, ground: str, days: int, rule: str | None) -> None:
    """Sixty days were agreed, which is more than is usual here: a day less is denied, or referred where nobody could wait."""
    plan = plans.PlanVersion(plan="PD", person=DORA, version=1, start=date(2025, 4, 1), end=date(2026, 3, 31), coordinator="C1",
                             agreement=True, notice_days=60)  # fmt: skip
    await lives.do(plans.plan_recorded("signed", plan))
    ends_on = (date.fromisoformat(DAY) + timedelta(days=days)).isoformat()
    sent = notice(ground=ground, ends_on=ends_on, notice=await written(lives))
    asked = await lives.done("lines/D/stop", sent, line=D)
    rules = {each["rule"] for each in asked["findings"]} - {"statute.stop_is_a_power"}
    assert rules == ({rule, "icb_policy.stop_notice_short"} if rule else set())
    assert asked["outcome"] == ("deny" if rule == "statute.stop_before_notice" else "refer")


async def test_withdrawn_consent_leaves_no_choice(lives: Tried) -> None:
    """Once the withdrawal is on record the notice needs nobody else; a second one is one too many, and whoever gave it does not end
    the line as well."""
    await lives.do(people.person_recorded("consent_withdrawn", person=DORA, on=date(2025, 6, 1)))
    sent = notice(ground="consent_withdrawn", notice=await written(lives))
    given = await lives.done("lines/D/stop", sent, line=D)
    assert (given["outcome"], given["findings"]) == ("allow", [])
    again = await lives.send("lines/D/stop", notice(ground="consent_withdrawn"), line=D)
    assert (again.status_code, again.json()["code"]) == (422, "stop_notified_already")
    end = {"effective_on": LAST, "owes_nothing": True}
    alone = await lives.send("lines/D/stop/end", end, line=D)
    assert (alone.status_code, alone.json()["code"]) == (422, "second_person_needed")
    await lives.done("lines/D/stop/end", end, "officer:olga", D)


async def test_a_stop_is_looked_at_again_once_by_another_person(lives: Tried, book: kit.Book) -> None:
    """The holder asks; who gave or approved the notice may not decide; withdrawn, the ended line is open again."""
    await stopped(lives)
    path, on = "lines/D/stop/reconsideration", {"on": DAY}
    answer = {"outcome": "withdrawn", **on, "words": "The receipts came."}
    assert (await lives.send(f"{path}/decide", answer, line=D)).json()["code"] == "reconsideration_not_asked"
    await lives.done(path, {**on, "words": "I have the receipts."}, line=D)
    again = (await lives.done(path, {"on": str(today())}, "holder:holder-D", D))["decision"]
    assert [each["rule"] for each in again["findings"]] == ["statute.reconsidered_before"]
    assert (await lives.send(path, {"on": str(today())}, "holder:holder-N", D)).status_code == 404
    before = await lives.money(D)
    await lives.done("lines/D/stop/end", {"effective_on": LAST, "owes_nothing": True}, line=D)
    assert (await lives.money(D))["left_to_spend"] == "0.00"
    for who in ("officer", "officer:olga"):
        assert (await lives.send(f"{path}/decide", answer, who, D)).status_code == 422
    await lives.done(f"{path}/decide", answer, "officer:oscar", D)
    [stop] = (await ending(lives))["stops"]
    assert (stop["state"], stop["reconsideration"]) == ("stop_withdrawn", "withdrawn")
    assert (await lives.money(D))["left_to_spend"] == before["left_to_spend"] == "26000.00"
    again = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    assert (await lives.done("instalments", again, line=D))["outcome"] != "deny"
    assert (await lives.send(f"{path}/decide", answer, "officer:oscar", D)).json()["code"] == "reconsidered_already"
    await in_order(lives, book)


async def test_a_stop_that_is_withdrawn_brings_back_what_went_later_too(lives: Tried, book: kit.Book) -> None:
    """£40 were kept for a liability that was declined, and went back after the end: all of it is there again."""
    await stopped(lives)
    path, on = "lines/D/stop/reconsideration", {"on": DAY}
    await lives.done(path, {**on, "words": "I have the receipts."}, line=D)
    waiting = await owed(lives, "40.00")
    await lives.done("lines/D/stop/end", {"effective_on": LAST}, "officer:olga", D)
    await lives.done(f"liabilities/{waiting}/decline", {"reason": "not_owed"}, "finance", D)
    await lives.done("lines/D/stop/remainder", {"effective_on": LAST}, line=D)
    assert (await lives.money(D))["left_to_spend"] == "0.00"
    answer = {"outcome": "withdrawn", **on, "words": "The receipts came."}
    await lives.done(f"{path}/decide", answer, "officer:oscar", D)
    assert (await lives.money(D))["left_to_spend"] == "26000.00"
    await in_order(lives, book)


async def test_a_pause_asks_for_the_same_and_is_taken_back(lives: Tried) -> None:
    """Nobody's care is cut off by a pause; while it lasts nothing is paid out."""
    sent = {"effective_on": DAY, "reasons": "The account is looked at.", "alternative": None}
    assert (await lives.done("lines/D/suspend", sent, line=D))["outcome"] == "refer"
    sent |= {"alternative": "commissioned"}
    asked = await lives.done("lines/D/suspend", sent, line=D)
    await lives.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    await lives.done("lines/D/suspend", {**sent, "approved": asked["number"]}, line=D)
    wish = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    assert (await lives.done("instalments", wish, line=D))["findings"][0]["rule"] == "plan.line_not_active"
    assert (await lives.send("lines/D/suspend", sent, line=D)).json()["code"] == "line_suspended"
    await lives.done("lines/D/resume", {}, line=D)
    assert (await lives.done("instalments", wish, line=D))["outcome"] == "refer"
    assert (await lives.send("lines/D/resume", {}, line=D)).json()["code"] == "line_not_suspended"
    assert (await lives.send("lines/N/suspend", sent)).json()["code"] == "line_not_paid_out"


async def test_liabilities_come_over_once_the_stop_is_communicated(lives: Tried, book: kit.Book) -> None:
    """Stated by one, accepted by another, provided for by class; paid by invoice in part, the rest given back; an invoice that is
    there is taken over as owed; the payment run pays both."""
    sent = {"line": "D", "class": "redundancy", "amount": "1.00", "currency": "GBP", "working": "None yet."}
    assert (await lives.send("liabilities", sent, line=D)).json()["code"] == "stop_not_communicated"
    await stopped(lives)
    number = await owed(lives)
    on = {"effective_on": DAY}
    unasked = await lives.send(f"liabilities/{number}/unused", on, "finance", D)
    assert unasked.json()["code"] == "liability_settled"
    taken = await lives.done(f"liabilities/{number}/accept", on, "finance", D)
    assert taken["entries"][-1]["event"] == 25
    assert await lives.balance(f"provision/notice_pay/{DORA}") == "-300.00"
    again = await lives.send(f"liabilities/{number}/accept", on, "finance", D)
    assert (again.status_code, again.json()["code"]) == (409, "liability_settled")
    bills = [
        (await lives.done("invoices", {"line": "D", "payee": "A1", "reference": f"PA-{amount}", "service": "home_care",
                                       "amount": amount, "currency": "GBP"}, line=D))["entries"][0]["number"]
        for amount in ("200.00", "100.01", "40.00")
    ]  # fmt: skip
    paid = await lives.done(f"liabilities/{number}/invoices", {"invoice": bills[0], **on}, "finance", D)
    over = await lives.send(f"liabilities/{number}/invoices", {"invoice": bills[1], **on}, "finance", D)
    assert over.json()["code"] == "liability_exceeded"
    await lives.done(f"liabilities/{number}/unused", on, "finance", D)
    known = await lives.done(f"invoices/{bills[2]}/take-over", {"class": "contract", **on}, "finance", D)
    accepted = [each["entries"][0]["number"] for each in (paid, known)]
    run = {"payee": "A1", "bank": "main", "invoices": accepted, **on}
    await lives.done("/payments", run, "finance:pat")
    refused = await lives.send(f"entries/{taken['entries'][-1]['number']}/reverse", on, "finance:ron", D)
    assert refused.json()["code"] == "liability_not_reversed"
    [read] = (await ending(lives))["liabilities"]
    assert (read["state"], read["paid"], read["unused"], read["rest"]) == ("settled", "200.00", "100.00", "0.00")
    assert (await lives.money(D))["left_to_spend"] == "25760.00"
    unwanted = await owed(lives, "5.00", "redundancy")
    await lives.done(f"liabilities/{unwanted}/decline", {"reason": "not_owed"}, "finance", D)
    await lives.done("lines/D/stop/end", {"effective_on": LAST}, line=D)
    await in_order(lives, book)


async def test_notice_and_redundancy_pay_are_worked_out_by_the_law(lives: Tried, book: kit.Book) -> None:
    """From the days and the pay, with the working to be read; another amount takes a reason, and nothing due is said."""
    await stopped(lives)
    work = {"started_on": "2022-07-01", "ended_on": LAST, "weekly_pay": "800.00", "born_on": "1990-01-01"}
    sent = {"line": "D", "class": "redundancy", "currency": "GBP", "employment": work}
    await lives.done("liabilities", sent, line=D)
    other = {**sent, "class": "notice_pay", "amount": "3000.00"}
    for changed, code in (
        ({"reason": " "}, "amount_not_explained"),
        ({"employment": {**work, "started_on": "2025-06-15"}, "amount": None}, "nothing_due"),
        ({"class": "contract"}, "class_has_no_rule"), ({"employment": None}, "field_malformed"),
        ({"class": "redundancy", "employment": {**work, "born_on": None}}, "born_on_missing"),
        ({"employment": {**work, "ended_on": "2010-01-01"}}, "dates_malformed"),
    ):  # fmt: skip
        assert (await lives.send("liabilities", {**other, **changed}, line=D)).json()["code"] == code
    await lives.done("liabilities", {**other, "reason": "The contract gives four weeks, less a day worked."}, line=D)
    first, second = (await ending(lives))["liabilities"]
    assert (first["amount"], first["computed"], first["reason"]) == ("2157.00", "2157.00", None)
    assert first["working"].endswith("3 weeks by age. 3 × 719.00, capped from 800.00 = 2157.00.")
    assert (second["amount"], second["computed"]) == ("3000.00", "2400.00")
    assert second["reason"].startswith("The contract")
    await in_order(lives, book)


async def test_a_liability_is_taken_from_the_order_that_keeps_its_money(lives: Tried, book: kit.Book) -> None:
    """What is beyond it comes from the line, what is not used of it too goes back to the fund once the line has ended; an order
    of somebody else, or one that waits for a decision, is none."""
    kept = await lives.done("instalments", {"line": "D", "service": "home_care", "amount": "100.00", "currency": "GBP",
                                            "effective_on": DAY}, line=D)  # fmt: skip
    await stopped(lives)
    number, waits = await owed(lives), kept["number"] + 1
    for hold in (waits, 1):
        no = await lives.send(f"liabilities/{number}/accept", {"effective_on": DAY, "hold": hold}, "finance", D)
        assert no.json()["code"] == "hold_not_found"
    approved = await lives.done(f"decisions/{kept['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    hold = approved["number"] + 1
    taken = await lives.done(f"liabilities/{number}/accept", {"effective_on": DAY, "hold": hold}, "finance", D)
    assert [(each["kind"], each["event"]) for each in taken["entries"]][-1] == ("hold_settled", 25)
    money = (await lives.money(D))["years"][0]
    assert (money["held"], money["spent"], money["available"]) == ("0.00", "300.00", "25700.00")
    waiting = await owed(lives, "40.00", "redundancy")
    connection = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        row = BookRow(book.book_id, "TEST", "GBP", "synthetic", "2025-04-01")
        read = await _stops(row, connection, "officer:olga", date(2025, 6, 10), everything=False)
    finally:
        await connection.close()
    [stop] = read.stops
    assert (stop.person, stop.line, stop.state, stop.days_left) == (DORA, "D", "stop_notified", 20)
    assert (stop.stated, stop.provided, stop.reconsideration) == ("40.00", "300.00", None)
    await lives.done("lines/D/stop/end", {"effective_on": LAST}, line=D)
    assert (await lives.money(D))["left_to_spend"] == "40.00"
    await lives.done(f"liabilities/{number}/unused", {"effective_on": LAST}, "finance", D)
    assert (await lives.money(D))["left_to_spend"] == "40.00"
    await lives.done(f"liabilities/{waiting}/decline", {"reason": "not_owed"}, "finance", D)
    await lives.done("lines/D/stop/remainder", {"effective_on": LAST}, line=D)
    money = (await lives.money(D))["years"][0]
    assert (money["held"], money["spent"], money["available"]) == ("0.00", "0.00", "0.00")
    await in_order(lives, book)


async def test_who_stated_a_liability_does_not_accept_it(lives: Tried) -> None:
    """Nor may whoever has no right to either; another person's is not found."""
    await stopped(lives)
    number, on = await owed(lives), {"effective_on": DAY}
    both = await lives.send(f"liabilities/{number}/accept", on, "finance:officer", D)
    assert (both.status_code, both.json()["code"]) == (422, "second_person_needed")
    assert (await lives.send(f"liabilities/{number}/accept", on, "officer:olga", D)).status_code == 403
    assert (await lives.send("lines/D/stop", notice(), "finance", D)).status_code == 403
    assert (await lives.send(f"liabilities/{number}/accept", on, "finance")).json()["code"] == "liability_not_found"


async def test_a_death_leaves_a_list_that_is_done_thing_by_thing(lives: Tried, book: kit.Book) -> None:
    """Money in the account, an instalment kept, an order and an invoice for later care, lines that have not ended."""
    await lives.instalment("2000.00")
    kept = await lives.done("instalments", {"line": "D", "service": "home_care", "amount": "100.00", "currency": "GBP",
                                            "effective_on": DAY}, line=D)  # fmt: skip
    await lives.do(people.person_recorded("died", person=DORA, on=date(2025, 6, 2)), asked=BOB)
    await lives.done("invoices", {"line": "D", "payee": "A1", "reference": "LATE", "service": "home_care", "amount": "7.00",
                                  "currency": "GBP", "care_from": "2025-06-01", "care_to": "2025-06-03"}, line=D)  # fmt: skip
    found = {each["what"]: (each["count"], each["amount"], each["done"]) for each in (await ending(lives))["to_do"]}
    assert found == {
        "instalments_kept": (1, "100.00", False), "orders_after_death": (0, "0.00", True),
        "invoices_after_death": (1, "7.00", False), "liabilities_not_said": (1, "0.00", False),
        "liabilities_open": (0, "0.00", True), "lines_not_ended": (1, "0.00", False),
        "money_in_accounts": (1, "2000.00", False), "delegations_open": (1, "0.00", False),
    }  # fmt: skip
    late = await lives.send(f"decisions/{kept['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    assert late.json()["code"] == "referral_overtaken"
    number = await owed(lives)
    await lives.done(f"liabilities/{number}/accept", {"effective_on": DAY}, "finance", D)
    given = await stopped(lives, ground="died", alternative="not_needed", ends_on=DAY)
    assert given["outcome"] == "allow"
    await lives.done("lines/D/stop/end", {"effective_on": DAY}, line=D)
    found = {each["what"]: each["done"] for each in (await ending(lives))["to_do"]}
    assert {what for what, done in found.items() if not done} == {
        "invoices_after_death", "liabilities_open", "money_in_accounts", "delegations_open",
    }  # fmt: skip
    await in_order(lives, book)


async def test_care_after_a_death_is_looked_at_even_within_its_order(lives: Tried) -> None:
    """An invoice that fits its order is judged when its care ended after the death; for care before it, it settles quietly."""
    orders = [await lives.spend("10.00") for _ in range(2)]
    await lives.do(people.person_recorded("died", person=NED, on=date(2025, 6, 1)), asked=BOB)
    dates = ({"care_from": "2025-05-31", "care_to": "2025-06-01"}, {"care_from": "2025-06-01", "care_to": "2025-06-02"})
    answers = [
        await lives.accept(await lives.invoice(f"D-{place}", "10.00", hold=order["hold"], **days))
        for place, (order, days) in enumerate(zip(orders, dates, strict=True))
    ]
    assert answers[0]["decision"] is None
    assert (answers[1]["decision"]["outcome"], [f["rule"] for f in answers[1]["decision"]["findings"]]) == (
        "refer", ["icb_policy.person_died"],
    )  # fmt: skip


async def test_at_sixteen_payments_wait_for_consent_and_are_not_stopped(lives: Tried) -> None:
    """From the first of the month of the birthday; until then nothing is asked, and consent ends it."""
    born = people.groups_detail(b"s" * 16, [people.Group("birth_month", "2009-06", date(2025, 4, 1))])
    await lives.do(people.person_recorded("groups_changed", person=DORA, detail=born))
    wish = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP"}

    async def rules(day: str) -> list[str]:
        asked = await lives.done("instalments", {**wish, "effective_on": day}, line=D)
        assert asked["outcome"] == "refer"
        return [finding["rule"] for finding in asked["findings"]]

    assert await rules("2025-05-31") == ["plan.instalment_not_said"]
    assert await rules("2025-06-01") == ["plan.instalment_not_said", "statute.sixteen_consent"]
    task = {
        "what": "consent_at_sixteen",
        "since": "2025-06-01",
        "count": 1,
        "amount": "0.00",
        "entries": [],
        "done": False,
    }
    assert (await ending(lives, on="2025-05-31"))["to_do"] == []
    assert (await ending(lives, on="2025-06-01"))["to_do"] == [task]
    sent = notice(ground="sixteen", ends_on=LAST, notice=await written(lives))
    must = await lives.done("lines/D/stop", sent, line=D)
    assert must["outcome"] == "allow"
    await lives.do(people.person_recorded("consent_given", person=DORA, on=date(2025, 6, 2)))
    assert await rules("2025-06-02") == ["plan.instalment_not_said"]
    assert (await ending(lives))["to_do"] == []


async def test_capacity_that_comes_and_goes_is_asked_about_each_time(lives: Tried) -> None:
    """Lost or found again without consent since: the payment waits; once consent is given for what is so now, it does not."""
    wish = {"line": "D", "service": "home_care", "amount": "1.00", "currency": "GBP", "effective_on": DAY}
    on = date(2025, 5, 20)
    for act, expected in (
        ("capacity_lost", ["statute.capacity_consent"]), ("consent_given", []),
        ("capacity_found", ["statute.capacity_consent"]), ("capacity_lost", ["statute.capacity_consent"]),
        ("capacity_found", ["statute.capacity_consent"]), ("consent_given", []),
    ):  # fmt: skip
        on += timedelta(days=1)
        await lives.do(people.person_recorded(act, person=DORA, on=on))
        asked = await lives.done("instalments", wish, line=D)
        assert [each["rule"] for each in asked["findings"] if each["rule"] != "plan.instalment_not_said"] == expected


async def test_every_write_of_an_ending_can_be_tried() -> None:
    """Each route takes `dry_run`; the tests above try each before they do it."""
    for handler in HANDLERS:
        if "POST" in handler.http_methods:
            assert "dry_run" in handler.fn.__annotations__, handler.operation_id
            assert re.match(r"/v1/books/", next(iter(handler.paths)))
