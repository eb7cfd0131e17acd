"""Whole lives of money over HTTP: asked for, decided, kept, invoiced, accepted, paid, explained and undone, by different people."""

import asyncio
import itertools
from decimal import Decimal
from typing import Any

import pytest

from tests.api.lives import BOOK, DAY, DORA, NED, D, Lives, bill

STATES = ("available", "contingency", "held", "advanced", "spent", "recovering", "lost")


def code(answer: Any) -> tuple[int, str]:
    """The status and the code of a no, which always has a sentence."""
    assert len(answer.json()["detail"]) > 20
    return answer.status_code, answer.json()["code"]


async def test_the_worked_example_over_http_to_the_penny(lives: Lives) -> None:
    """Lines 3 to 8 of the accounting page, each by the person whose act it is: the balances are those of its tables."""
    await lives.instalment("2000.00")
    assert (await lives.money(D))["advanced"] == "2000.00"
    ordered = await lives.spend("1000.01")
    await lives.done(f"decisions/{ordered['number']}/approve", {"effective_on": DAY})
    [order] = (await lives.get(f"/budgets/{NED}", "holder:holder-N")).json()["orders"]
    assert (order["placed"], order["purpose"]) == ("1000.01", "order")
    await lives.accept(await lives.claim("1234.56"), "officer", "claims", D)
    await lives.done("bank-lines", {"holder_account": "H1", "amount": "150.00", "currency": "GBP", "on": DAY,
                                    "reference": "POS 1", "source": "bank_feed"}, "finance", D)  # fmt: skip
    money = await lives.money(D)
    assert (money["advanced"], money["spent"], money["can_use_now"]) == ("765.44", "1234.56", "615.44")
    assert (money["awaiting_evidence"], money["left_to_spend"]) == ("150.00", "24615.44")
    accepted = []
    for reference, amount, final in (("A-1", "333.33", False), ("A-2", "700.00", True)):
        number = await lives.invoice(reference, amount, hold=order["hold"], final=final)
        accepted.append((await lives.accept(number))["entries"][0]["number"])
    money = await lives.money()
    assert (money["available"], money["held"], money["spent"]) == ("9366.67", "0.00", "1033.33")
    assert await lives.balance("share/N/council/2025-26/spent") == "413.33"
    paid = {"payee": "A1", "bank": "main", "invoices": accepted, "effective_on": DAY}
    released = await lives.done("/payments", paid, "finance:pat")
    assert await lives.balance("payable/A1") == "0.00"
    number = released["entries"][0]["number"]
    await lives.done(f"/payments/{number}/clear", {"effective_on": DAY}, "finance")
    assert (await lives.balance("bank/main"), await lives.balance("in_transit/main")) == ("-1033.33", "-2000.00")
    assert (await lives.get(f"/budgets/{NED}")).json()["orders"] == []


async def test_a_spend_is_allowed_referred_or_denied_and_each_is_kept(lives: Lives) -> None:
    """Up to the limit it is allowed, above it a person decides, and what a direct payment may not buy is no; each has a
    reference that finds it again, for its own holder and for staff, and for no other holder."""
    allowed, referred = await lives.spend("75.50"), await lives.spend("1000.01")
    denied = await lives.done("asks", {"line": "D", "service": "gambling", "amount": "10.00", "currency": "GBP",
                                       "effective_on": DAY, "payee": "A1"}, "holder:holder-D", D)  # fmt: skip
    assert [each["outcome"] for each in (allowed, referred, denied)] == ["allow", "refer", "deny"]
    assert all(each["remedy"] for each in (*referred["findings"], *denied["findings"]))
    assert (await lives.money())["held"] == "1075.51"
    why = {"words": "Not this week.", "reason": "met_otherwise"}
    declined = await lives.done(f"decisions/{referred['number']}/decline", {"effective_on": DAY, **why})
    seen = (await lives.get(f"/budgets/{NED}/decisions/{declined['number']}", "holder:holder-N")).json()
    assert {name: seen[name] for name in why} == {name: declined[name] for name in why} == why
    assert (await lives.money())["held"] == "75.50"
    for who, status in (("officer", 200), ("holder:holder-N", 200), ("holder:holder-D", 404), ("commissioner", 403)):
        found = await lives.get(f"/decisions/{allowed['reference']}", who)
        assert found.status_code == status
        assert status != 200 or (found.json()["number"], "reviews" in found.json()) == (
            allowed["number"],
            who == "officer",
        )
    assert code(await lives.get("/decisions/AAA-AAA")) == (404, "reference_misread")


async def test_an_order_is_settled_for_less_for_more_and_given_back(lives: Lives) -> None:
    """A final invoice for less gives the rest back; one for more takes the rest from what is available; an order that is not wanted
    is released, in part and whole."""
    less, more, back = [await lives.spend("500.00") for _ in range(3)]
    await lives.accept(await lives.invoice("L", "480.00", hold=less["hold"], final=True))
    assert (await lives.money())["available"] == "8920.00"
    await lives.accept(await lives.invoice("M", "530.00", hold=more["hold"]))
    money = await lives.money()
    assert (money["available"], money["held"], money["spent"]) == ("8890.00", "500.00", "1010.00")
    released = f"holds/{back['hold']}/release"
    await lives.done(released, {"effective_on": DAY, "amount": "100.00"}, "holder:holder-N")
    await lives.done(released, {"effective_on": DAY}, "holder:holder-N")
    assert (await lives.money())["held"] == "0.00"
    assert code(await lives.send(released, {"effective_on": DAY})) == (422, "hold_closed")


async def test_an_invoice_without_an_open_order_is_a_fact(lives: Lives) -> None:
    """It posts whatever the rules find, beyond authority too, and a referral is a task on its decision; so does one whose order is
    closed by then."""
    order = await lives.spend("400.00")
    settled = await lives.accept(await lives.invoice("F-1", "9000.00"))
    assert settled["decision"]["outcome"] == "refer"
    assert [entry["kind"] for entry in settled["entries"]] == ["evidence", "transaction"]
    await lives.accept(await lives.invoice("F-2", "300.00", hold=order["hold"], final=True))
    late = await lives.accept(await lives.invoice("F-3", "2000.00", hold=order["hold"]))
    assert late["entries"][1]["event"] == 7
    money = await lives.money()
    assert (money["spent"], money["allocated"], money["available"]) == ("11300.00", "10400.00", "0.00")
    assert money["unfunded"] == "900.00"
    task = settled["decision"]["number"]
    await lives.done(f"decisions/{task}/approve", {"effective_on": DAY}, "officer:olga")
    assert (await lives.money())["spent"] == "11300.00"


async def test_accepted_invoices_count_against_the_limit_of_thirty_days(lives: Lives) -> None:
    """What was accepted is counted with what is kept, so a third request for one service goes to a person."""
    for reference in ("T-1", "T-2"):
        await lives.accept(await lives.invoice(reference, "1000.00"))
    assert (await lives.spend("500.00"))["outcome"] == "allow"
    assert (await lives.spend("0.01"))["outcome"] == "refer"


async def test_a_bank_line_is_explained_up_to_its_amount(lives: Lives) -> None:
    """Money without evidence becomes care when a claim for it is accepted, by as many claims as it takes and not a penny more."""
    await lives.instalment("500.00")
    line = {"holder_account": "H1", "amount": "150.00", "currency": "GBP", "on": DAY, "reference": "POS 9",
            "source": "card_feed"}  # fmt: skip
    number = (await lives.done("bank-lines", line, "finance", D))["entries"][0]["number"]
    assert code(await lives.send("bank-lines", {**line, "reference": "pos9"}, "finance", D)) == (409, "bank_line_known")
    first, second = await lives.claim("90.00", bank_line=number), await lives.claim("60.01", bank_line=number)
    await lives.accept(first, "officer", "claims", D)
    answer = await lives.send(f"claims/{second}/accept", {"effective_on": DAY}, "officer", D)
    assert code(answer) == (422, "bank_line_exceeded")
    await lives.done(
        f"claims/{second}/decline", {"reason": "too_much", "words": "Sixty pounds are left of it."}, "officer", D
    )
    assert code(await lives.send(f"claims/{second}/accept", {"effective_on": DAY}, "officer", D)) == (
        409,
        "claim_settled",
    )
    money = await lives.money(D)
    assert (money["spent"], money["awaiting_evidence"], money["can_use_now"]) == ("90.00", "60.00", "350.00")


async def test_a_question_about_a_paid_out_line_counts_what_was_paid_out(lives: Lives) -> None:
    """Money in the holder's account can be asked about as well as what is still with the commissioner; ordering is not for such
    a line, and claims are not for the other kind."""
    await lives.instalment("1000.00")
    spent = await lives.accept(await lives.invoice("Q", "1.00"))
    assert spent["entries"]
    question = {
        "line": "D",
        "service": "home_care",
        "amount": "26000.00",
        "currency": "GBP",
        "effective_on": DAY,
        "payee": "A1",
    }
    asked = await lives.done("asks", question, "holder:holder-D", D)
    assert "icb_policy.not_enough_left" not in {finding["rule"] for finding in asked["findings"]}
    more = await lives.done("asks", {**question, "amount": "26000.01"}, "holder:holder-D", D)
    assert "icb_policy.not_enough_left" in {finding["rule"] for finding in more["findings"]}
    assert code(await lives.send("spends", question, "holder:holder-D", D)) == (422, "line_paid_out")
    claimed = {"line": "N", "service": "home_care", "amount": "1.00", "currency": "GBP", "spent_on": DAY}
    assert code(await lives.send("claims", claimed, "holder:holder-N")) == (422, "line_not_paid_out")


async def test_a_reversal_undoes_and_the_invoice_can_come_again(lives: Lives) -> None:
    """The hold is restored and the money with it; what was reversed is not paid, and may be entered anew; what was paid is not
    reversed."""
    order = await lives.spend("500.00")
    first = await lives.accept(await lives.invoice("R-1", "200.00", hold=order["hold"]))
    evidence, money = (entry["number"] for entry in first["entries"])
    undo, body = f"entries/{money}/reverse", {"effective_on": DAY}
    assert code(await lives.send(undo, body, "finance:fay")) == (422, "second_person_needed")
    assert code(await lives.send(undo, body, "finance:ron", D)) == (404, "entry_not_found")
    await lives.done(undo, body, "finance:ron")
    assert code(await lives.send(undo, body, "finance:ron")) == (422, "already_reversed")
    assert (await lives.money())["held"] == "500.00"
    paying = {"payee": "A1", "bank": "main", "invoices": [evidence], "effective_on": DAY}
    assert code(await lives.send("/payments", paying, "finance:pat")) == (409, "invoice_settled")
    again = await lives.accept(await lives.invoice("R-1", "210.00", hold=order["hold"]))
    paying["invoices"] = [again["entries"][0]["number"]]
    assert code(await lives.send("/payments", paying, "finance:fay")) == (422, "second_person_needed")
    await lives.done("/payments", paying, "finance:pat")
    assert code(await lives.send("/payments", paying, "finance:pat")) == (422, "invoice_paid")
    late = await lives.send(f"entries/{again['entries'][1]['number']}/reverse", body, "finance:ron")
    assert code(late) == (422, "invoice_paid")


async def test_nobody_accepts_what_they_entered_and_no_holder_accepts(lives: Lives) -> None:
    """Maker and accepter differ in the book itself; a token without the right is told so; a claim is accepted by another."""
    number = await lives.invoice("S-1", "10.00", "finance:fay")
    same = await lives.send(f"invoices/{number}/accept", {"effective_on": DAY}, "finance:fay")
    assert code(same) == (422, "second_person_needed")
    for who in ("officer", "holder:holder-N", "auditor", "commissioner"):
        answer = await lives.send(f"invoices/{number}/accept", {"effective_on": DAY}, who)
        assert code(answer) == (403, "permission_missing")
    assert code(await lives.send("invoices", bill("S-2", "10.00"), "holder:holder-N")) == (403, "permission_missing")
    assert (await lives.get(f"/budgets/{NED}", "commissioner")).status_code == 403
    instalment = {"line": "D", "service": "home_care", "amount": "10.00", "currency": "GBP", "effective_on": DAY}
    asked = await lives.done("instalments", instalment, "officer", D)
    await lives.done(f"decisions/{asked['number']}/approve", {"effective_on": DAY}, "officer:olga", D)
    released = {"effective_on": DAY, "bank": "main"}
    path = f"instalments/{asked['number']}/release"
    answer = await lives.client.post(
        f"{BOOK}/budgets/{DORA}/{path}",
        released,
        headers={"Authorization": lives.client.token("finance", sub="officer")},
    )
    assert code(answer) == (422, "second_person_needed")
    await lives.done(path, released, "finance", D)
    assert code(await lives.send(path, released, "finance", D)) == (409, "instalment_settled")


@pytest.mark.parametrize(
    ("path", "changed", "expected"),
    [
        ("spends", {"line": "Z"}, (404, "line_unknown")),
        ("spends", {"service": "moon_trips"}, (422, "service_unknown")),
        ("spends", {"relies_on": 1}, (404, "ask_unknown")),
        ("spends", {"currency": "EUR"}, (400, "currency_not_of_book")),
        ("spends", {"amount": "0.00"}, (400, "amount_zero")),
        ("spends", {"effective_on": "0001-01-01"}, (422, "limit_not_set")),
        ("spends", {"effective_on": "9999-12-31"}, (400, "dates_malformed")),
        ("spends", {"care_from": DAY, "care_to": "9999-12-31"}, (400, "dates_malformed")),
        ("invoices", {"line": "Z"}, (404, "line_unknown")),
        ("invoices", {"service": "moon_trips"}, (422, "service_unknown")),
        ("invoices", {"payee": "NEW"}, (422, "payee_not_approved")),
        ("invoices", {"hold": 1}, (404, "hold_not_found")),
        ("invoices", {"reference": " "}, (400, "field_malformed")),
        ("invoices", {"reference": "\u2060\ufe0f"}, (400, "text_malformed")),
        ("invoices", {"care_from": DAY}, (400, "dates_malformed")),
        ("invoices/1/accept", None, (404, "invoice_not_found")),
        ("claims/1/accept", None, (404, "claim_not_found")),
        ("holds/1/release", None, (404, "hold_not_found")),
        ("entries/1/reverse", None, (404, "entry_not_found")),
        ("/payments/1/clear", None, (404, "payment_not_found")),
    ],
)
async def test_bad_input_has_its_own_no(
    lives: Lives, path: str, changed: dict[str, Any] | None, expected: tuple[int, str]
) -> None:  # fmt: skip
    """What cannot be considered says why, and leaves nothing in the book."""
    bodies = {
        "spends": {
            "line": "N",
            "service": "home_care",
            "amount": "1.00",
            "currency": "GBP",
            "effective_on": DAY,
            "payee": "A1",
        },
        "invoices": bill("X", "1.00"),
    }
    before = (await lives.get(f"/budgets/{NED}")).json()["through_entry"]
    body = {"effective_on": DAY} if changed is None else {**bodies[path], **changed}
    who = {"invoices/1/accept": "finance", "entries/1/reverse": "finance", "/payments/1/clear": "finance"}.get(
        path, "officer"
    )
    answer = await lives.send(path, body, who)
    assert code(answer) == expected
    assert (await lives.get(f"/budgets/{NED}")).json()["through_entry"] == before


async def test_what_is_outside_the_plan_or_beyond_the_money_is_decided_with_a_remedy(lives: Lives) -> None:
    """Dates outside the plan, a service that is not in it, a payee without approval, more than is left, an answer out of date:
    each is a decision whose finding names the rule and what would make it a yes."""
    asked = await lives.done("asks", {"line": "N", "service": "home_care", "amount": "10.00", "currency": "GBP",
                                      "effective_on": DAY, "payee": "A1"}, "holder:holder-N")  # fmt: skip
    cases = [
        ({"care_from": "2026-03-01", "care_to": "2026-04-30"}, "care"),
        ({"service": "exercise"}, "service"),
        ({"payee": "NEW"}, "payee"),
        ({"amount": "10400.01"}, "left"),
        ({"relies_on": asked["number"], "effective_on": "2025-08-01"}, "answer"),
        ({"relies_on": asked["number"], "effective_on": DAY}, "answer"),
    ]
    for changed, word in cases:
        decided = await lives.spend(**{"amount": "10.00", **changed})
        assert decided["outcome"] in ("deny", "refer"), (changed, decided)
        assert any(word in f["rule"] or word in f["message"].lower() for f in decided["findings"]), (
            word,
            decided["findings"],
        )
        assert all(f["remedy"] for f in decided["findings"])


async def test_another_persons_budget_looks_as_if_it_were_not_there(lives: Lives) -> None:
    """A holder meets the same 404 for a stranger's budget as for nobody's, whatever they try."""
    nobody = "P" + "B" * 15
    for person in (NED, nobody):
        for path in ("", "/lines/N", "/decisions", "/decisions/1", f"/statement?first_day={DAY}&last_day={DAY}"):
            answer = await lives.get(f"/budgets/{person}{path}", "holder:holder-D")
            assert code(answer) == (404, "person_unknown"), path
    for path, body in (("asks", {"payee": "A1", "effective_on": DAY}), ("claims", {"spent_on": DAY})):
        given = {"line": "N", "service": "home_care", "amount": "1.00", "currency": "GBP", **body}
        assert code(await lives.send(path, given, "holder:holder-D")) == (404, "person_unknown")


async def test_the_same_again_the_same_at_once_and_another_under_the_same_key(lives: Lives) -> None:
    """A repeated request has its first answer, though it could not be done twice; eight at once are one; a key belongs to one
    body; and one document entered under two keys is known."""
    number, body = await lives.invoice("K-1", "50.00"), {"effective_on": DAY}
    path = f"invoices/{number}/accept"
    answers = await asyncio.gather(*(lives.send(path, body, "finance:fay", key="accept") for _ in range(8)))
    assert {(each.status_code, each.text) for each in answers} == {(201, answers[0].text)}
    assert (await lives.send(path, body, "finance:fay", key="accept")).headers["idempotency-replayed"] == "true"
    other = await lives.send(path, {"effective_on": "2025-06-03"}, "finance:fay", key="accept")
    assert code(other) == (422, "idempotency_key_reused")
    assert code(await lives.send(path, body, "finance:fay")) == (409, "invoice_settled")
    entered = await asyncio.gather(*(lives.send("invoices", bill("K 2", "1.00")) for _ in range(4)))
    assert sorted(each.status_code for each in entered) == [201, 409, 409, 409]
    for same in ("k2", "K\u2060 2\ufe0e"):
        assert code(await lives.send("invoices", bill(same, "2.00"))) == (409, "invoice_known")
    raced = next(each for each in entered if each.status_code == 201).json()["entries"][0]["number"]
    race = await asyncio.gather(*(lives.send(f"invoices/{raced}/accept", body, f"finance:f{n}") for n in range(4)))
    assert sorted(each.status_code for each in race) == [201, 409, 409, 409]
    assert (await lives.money())["spent"] == "51.00"


async def test_an_invoice_for_another_payee_or_an_undecided_order_is_told_so(lives: Lives) -> None:
    """The order names whom it is for; one that waits for an officer is decided first."""
    order, waiting = await lives.spend("100.00"), await lives.spend("1000.01")
    other = await lives.send("invoices", bill("P", "1.00", payee="B2", hold=order["hold"]))
    assert code(other) == (422, "payee_differs")
    undecided = await lives.send("invoices", bill("P", "1.00", hold=waiting["hold"]))
    assert code(undecided) == (422, "hold_waiting")
    stranger = await lives.send("invoices", bill("P", "1.00", line="D", hold=order["hold"]), line=D)
    assert code(stranger) == (404, "hold_not_found")
    assert code(await lives.send(f"decisions/{order['number']}/approve", {"effective_on": DAY})) == (
        422,
        "not_referred",
    )


async def test_a_budget_adds_up_while_others_post(lives: Lives) -> None:
    """Read again and again while eight people spend, invoice and release: every reading is of one moment, so its states come to
    what was allocated (R2), and its orders to what is held."""
    done = asyncio.Event()

    async def busy(place: int) -> None:
        for turn in range(3):
            order = await lives.spend(f"{10 + place}.{turn}1", who="officer")
            if order["hold"] and place % 2:
                await lives.done(f"holds/{order['hold']}/release", {"effective_on": DAY})
            elif order["hold"]:
                await lives.accept(await lives.invoice(f"{place}-{turn}", "9.99", hold=order["hold"]))

    async def watch() -> int:
        read = 0
        while not done.is_set():
            found = (await lives.get(f"/budgets/{NED}", "holder:holder-N")).json()
            money = {name: Decimal(found["total"][name]) for name in (*STATES, "unfunded")}
            assert sum(money[state] for state in STATES) - money["unfunded"] == Decimal("10400.00")
            assert sum(Decimal(order["remaining"]) for order in found["orders"]) == money["held"]
            read += 1
        return read

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(busy(place) for place in range(8)))
    done.set()
    assert await watching > 5


async def test_a_budget_is_shown_in_the_persons_own_words_and_its_statement_follows(lives: Lives) -> None:
    """Lines carry what the person wrote; the statement goes by accounting day and entry, page by page, and its closing is the
    budget's money."""
    order = await lives.spend("100.00")
    await lives.accept(await lives.invoice("W", "40.00", hold=order["hold"]))
    await lives.accept(await lives.invoice("V", "5.00"))
    found = (await lives.get(f"/budgets/{NED}/lines/N", "holder:holder-N")).json()
    [line] = found["lines"]
    assert (line["title"], line["status"], line["agreed"]) == ("Help for N", "agreed", "10400.00")
    assert code(await lives.get(f"/budgets/{NED}/lines/Z")) == (404, "line_unknown")
    path = f"/budgets/{NED}/statement?first_day=2025-04-01&last_day=2026-03-31&line=N&limit=2"
    pages = []
    while path:
        answer = await lives.get(path, "holder:holder-N")
        pages.append(answer.json())
        link = answer.headers.get("link")
        path = link.split(">")[0].removeprefix(f"<{BOOK}") if link else ""
    lines = [each for page in pages for each in page["lines"]]
    assert [each["event"] for each in lines] == [2, 5, 6, 7]
    assert all(before["closing"] == after["opening"] for before, after in itertools.pairwise(pages))
    assert {state: pages[-1]["closing"][state] for state in ("available", "held", "spent")} == {
        state: line["money"][state] for state in ("available", "held", "spent")
    }
    later = (await lives.get(f"/budgets/{NED}/statement?first_day={DAY}&last_day={DAY}")).json()
    assert (later["opening"]["available"], len(later["lines"])) == ("10400.00", 3)


async def test_two_lines_that_share_a_holders_account_share_its_cap_once(lives: Lives) -> None:
    """In the total the money really in the account counts once, and what left it unexplained is beside it."""
    await lives.instalment("300.00")
    total = (await lives.get(f"/budgets/{DORA}?on={DAY}", "holder:holder-D")).json()["total"]
    assert (total["can_use_now"], total["left_to_spend"], total["awaiting_evidence"]) == ("300.00", "26000.00", "0.00")


async def test_a_debt_may_be_repaid_that_is_for_a_service_of_the_line(lives: Lives) -> None:
    """Named and agreed in the plan it is no exclusion; unnamed, or for something else, it is; an unknown service is told so."""
    owed = {"service": "debt_repayment", "payee": "A1"}
    assert (await lives.spend("10.00", **owed, debt_for="home_care"))["outcome"] == "allow"
    for more in ({}, {"debt_for": "exercise"}, {"debt_for": "gambling"}):
        decided = await lives.spend("10.00", **owed, **more)
        assert [each["rule"] for each in decided["findings"]] == ["icb_policy.excluded_service"], more
    wish = {"line": "N", "amount": "1.00", "currency": "GBP", "effective_on": DAY, **owed, "debt_for": "moon_trips"}
    assert code(await lives.send("asks", wish)) == (422, "service_unknown")


async def test_no_journal_moves_a_persons_money(lives: Lives) -> None:
    """Neither what a line has nor the money in the holder's account, which is no line's: it would change what can be used now."""
    await lives.instalment("100.00")
    share, account = "share/D/nhs/2025-26/", f"{DORA}/H1"
    for debit, credit in (
        (f"{share}spent", f"{share}available"),
        (f"unidentified/{account}", f"advance/{account}"),
        (f"advance/{account}", "bank/main"),
    ):
        legs = [{"account": debit, "amount": "5.00"}, {"account": credit, "amount": "-5.00"}]
        body = {"effective_on": DAY, "currency": "GBP", "legs": legs}
        assert code(await lives.send("/transactions", body, "finance:fay")) == (403, "line_account_refused"), debit
    assert (await lives.money(D))["can_use_now"] == "100.00"
