"""The close of a month over HTTP: what agrees, what is open, and who may see it."""

from typing import Any

from ledger.reports.identities import HERE
from tests.api.lives import DAY, NED, D, ordered
from tests.api.test_credits import credited
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_holding import rules


async def test_the_identities_are_asked_for_on_demand(lives: Tried) -> None:
    """Finance and auditors see each by name, with how much was looked at; nobody else does."""
    await lives.spend("10.00")
    for who in ("finance", "auditor"):
        found = (await lives.get("/identities", who)).json()
        assert (found["ok"], tuple(each["name"] for each in found["identities"])) == (True, HERE)
    for who in ("officer", "commissioner", "operator", "holder:holder-N"):
        assert (await lives.get("/identities", who)).status_code == 403


MONTH, ACCRUALS = "2025-06", "/periods/2025-06/accruals"


def estimate(amount: str = "854.79", **more: Any) -> dict[str, Any]:
    """A word on Ned's estimate for June."""
    return {"line": "N", "amount": amount, "currency": "GBP", **more}


async def test_an_estimate_is_proposed_with_its_working_and_accepted_once(lives: Tried) -> None:
    """£10,400 for 365 days is £854.79 for the thirty of June; accepted, it stands on 30 June and is taken back on 1 July, the
    partner's part included."""
    found = (await lives.get(ACCRUALS, "finance")).json()
    [waits] = found["estimates"]
    assert (waits["line"], waits["method"], waits["proposed"], waits["days"], waits["rate_days"]) == (
        "N", "rate_days", "854.79", 30, 365,
    )  # fmt: skip
    assert [each["month"] for each in waits["before"]] == ["2025-05", "2025-04", "2025-03"]
    assert (found["waiting"], found["waiting_amount"], waits["decided"]) == (1, "854.79", None)
    made = await lives.done(ACCRUALS, estimate(), "finance")
    assert [(each["kind"], each["event"], each["effective_on"]) for each in made["entries"]] == [
        ("evidence", 0, None), ("transaction", 47, "2025-06-30"), ("transaction", 47, "2025-07-01"),
    ]  # fmt: skip
    for day, nhs, council in (("2025-06-30", "-512.87", "-341.92"), ("2025-07-01", "0.00", "0.00")):
        for fund, expected in (("nhs", nhs), ("council", council)):
            read = await lives.get(f"/account/balance?code=accrual/N/{fund}/2025-26&effective_on={day}", "finance")
            assert read.json()["balance"] == expected, (day, fund)
    unbilled = await lives.get("/account/balance?code=partner/council/unbilled&effective_on=2025-06-30", "finance")
    assert unbilled.json()["balance"] == "341.92"
    number = await lives.invoice("J-1", "900.00", care_from="2025-06-01", care_to="2025-06-30")
    await lives.done(f"invoices/{number}/accept", {"effective_on": "2025-07-08"}, "finance:fay")
    [after] = (await lives.get(ACCRUALS, "finance")).json()["estimates"]
    assert (after["decided"], after["estimated"], after["came_in"], after["number"]) == (
        "accepted", "854.79", "900.00", made["entries"][0]["number"],
    )  # fmt: skip
    again = await lives.send(ACCRUALS, estimate(), "finance")
    assert (again.status_code, again.json()["code"]) == (409, "accrual_decided")


async def test_an_estimate_stands_beside_what_the_three_months_before_have_cost(lives: Tried) -> None:
    """July at £10,400 for 365 days is £883.29 for its 31 days, less £123.45 that is recorded. June has cost £400.00 and the £250.55
    that came in August, less £20.05 that was credited in it without naming a month of care; for May nothing is recorded; April has
    cost £700.10."""
    numbers = {}
    for reference, amount, first, last, on in (
        ("A-4", "700.10", "2025-04-01", "2025-04-30", "2025-05-10"),
        ("A-6", "400.00", "2025-06-01", "2025-06-15", "2025-06-30"),
        ("B-6", "250.55", "2025-06-16", "2025-06-30", "2025-08-05"),
        ("A-7", "123.45", "2025-07-01", "2025-07-10", "2025-07-31"),
        ("B-7", "99.99", "2025-07-11", "2025-07-12", "2025-08-01"),
    ):
        number = await lives.invoice(reference, amount, care_from=first, care_to=last)
        accepted = await lives.done(f"invoices/{number}/accept", {"effective_on": on}, "finance:fay")
        numbers[reference] = accepted["entries"][0]["number"]
    await credited(lives, numbers["A-4"], "CN-1", "20.05")
    [found] = (await lives.get("/periods/2025-07/accruals", "finance")).json()["estimates"]
    assert (found["days"], found["rate_days"], found["rate"], found["recorded"]) == (31, 365, "10400.00", "123.45")
    assert (found["by_rate"], found["by_orders"], found["proposed"]) == ("759.84", "0.00", "759.84")
    assert [(each["month"], each["recorded"]) for each in found["before"]] == [
        ("2025-06", "630.50"), ("2025-05", "0.00"), ("2025-04", "700.10"),
    ]  # fmt: skip
    [empty] = (await lives.get("/periods/2025-09/accruals", "finance")).json()["estimates"]
    assert [(each["month"], each["recorded"]) for each in empty["before"]] == [
        ("2025-08", "0.00"), ("2025-07", "223.44"), ("2025-06", "630.50"),
    ]  # fmt: skip
    assert (empty["recorded"], empty["by_rate"]) == ("0.00", "854.79")


async def test_open_orders_of_the_month_go_before_the_rate(lives: Tried) -> None:
    """What was ordered for June and not invoiced is what is proposed; changed or dropped it needs a reason."""
    await lives.spend("300.00", care_from="2025-06-01", care_to="2025-06-14")
    [waits] = (await lives.get(ACCRUALS, "finance")).json()["estimates"]
    assert (waits["method"], waits["proposed"], waits["by_rate"]) == ("open_orders", "300.00", "854.79")
    for sent, expected in (
        (estimate("250.00"), (422, "accrual_reason_missing")),
        (estimate("300.00", dropped=True), (422, "accrual_reason_missing")),
        (estimate(line="D"), (422, "accrual_not_for_line")),
        (estimate(line="Z"), (404, "line_unknown")),
        (estimate(currency="EUR"), (400, "currency_not_of_book")),
    ):
        no = await lives.send(ACCRUALS, sent, "finance")
        assert (no.status_code, no.json()["code"]) == expected
    early = await lives.send("/periods/2099-01/accruals", estimate(), "finance")
    assert (early.status_code, early.json()["code"]) == (422, "accrual_too_early")
    assert (await lives.send("/periods/2025-26/accruals", estimate(), "finance")).json()["code"] == "period_malformed"
    assert (await lives.send(ACCRUALS, estimate(), "officer")).status_code == 403
    dropped = await lives.done(ACCRUALS, estimate("300.00", dropped=True, reason="paid_in_july"), "finance")
    assert [each["kind"] for each in dropped["entries"]] == ["evidence"]
    [found] = (await lives.get(ACCRUALS, "auditor")).json()["estimates"]
    assert (found["decided"], found["estimated"]) == ("dropped", "0.00")


async def test_a_month_closed_softly_is_open_to_finance_only(lives: Tried) -> None:
    """A holder's order and an officer's act are told the first open day, before and after the process has read it; finance goes on;
    another person opens the month again, with a reason."""
    soft = "/periods/2025-06/soft-close"
    order = await lives.spend("20.00")
    number = await lives.invoice("S-1", "20.00", hold=order["hold"])
    closed = await lives.done(soft, {}, "finance:fay")
    assert [each["kind"] for each in closed["entries"]] == ["setting"]
    asked = ordered()
    for path, sent, who in (
        ("spends", asked, "holder:holder-N"),
        ("spends", asked, "officer"),
        (f"holds/{order['hold']}/release", {"effective_on": DAY}, "officer"),
    ):
        no = await lives.send(path, sent, who)
        assert (no.status_code, no.json()["code"]) == (422, "period_soft_closed")
        assert no.json()["facts"] == {"first_open_day": "2025-07-01", "period": "2025-06"}
    assert (await lives.done("asks", asked, "holder:holder-N"))["outcome"] == "allow"
    await lives.done("spends", {**asked, "effective_on": "2025-07-01"}, "holder:holder-N")
    await lives.accept(number, "finance:pat")
    for path, sent, who, expected in (
        (soft, {}, "finance:pat", (409, "soft_close_stands")),
        ("/periods/2099-06/soft-close", {}, "finance", (422, "month_not_over")),
        ("/periods/2025-05/soft-open", {"reason": "late"}, "finance", (409, "soft_close_missing")),
        ("/periods/2025-06/soft-open", {}, "finance:pat", (422, "soft_open_reason_missing")),
        ("/periods/2025-06/soft-open", {"reason": "late"}, "finance:fay", (422, "second_person_needed")),
        (soft, {}, "officer", (403, "permission_missing")),
    ):
        no = await lives.send(path, sent, who)
        assert (no.status_code, no.json()["code"]) == expected, path
    await lives.done("/periods/2025-06/soft-open", {"reason": "late"}, "finance:pat")
    await lives.done("spends", asked, "holder:holder-N")


async def test_what_was_done_before_a_soft_close_is_answered_as_the_first_time(lives: Tried) -> None:
    """The same request under its key has its first answer, though the month takes no more of its kind."""
    asked = ordered()
    first = await lives.send("spends", asked, "holder:holder-N", key="one-spend")
    await lives.done("/periods/2025-06/soft-close", {}, "finance:fay")
    place = f"/v1/books/TEST/budgets/{NED}/spends"
    again = await lives.client.post(place, asked, headers=lives.headers("holder:holder-N"), key="one-spend")
    assert (again.status_code, again.text) == (201, first.text)


async def test_the_check_of_a_close_names_every_matter_and_what_blocks(lives: Tried) -> None:
    """An invoice that waits, money without evidence, a referral and an estimate nobody decided, each with count and pounds."""
    await lives.invoice("C-1", "40.00", document_on="2025-06-20")
    await lives.spend("1000.01")
    await lives.instalment("2000.00")
    line = {
        "holder_account": "H1",
        "amount": "15.00",
        "currency": "GBP",
        "on": DAY,
        "reference": "T",
        "source": "bank_feed",
    }
    await lives.done("bank-lines", line, "finance", D)
    found = (await lives.get("/periods/2025-06/close", "auditor")).json()
    matters = {each["name"]: each for each in found["matters"]}
    shown = {name: (each["count"], each["amount"], each["blocks"]) for name, each in matters.items() if each["count"]}
    behind = shown.pop("totals_behind")[0]
    assert shown == {
        "open_referrals": (1, "1000.01", False), "invoices_waiting": (1, "40.00", True), "unidentified": (1, "15.00", False),
        "bank_lines_unmatched": (1, "15.00", False), "accruals_undecided": (1, "854.79", True),
    }  # fmt: skip
    assert behind >= 0
    assert set(matters) >= {
        "reviews_overdue", "invoices_disputed", "own_bank_unmatched", "take_ons_provisional", "prepayments_not_released",
        "uninvoiced_old", "reimbursements_waiting", "statements_waiting", "credits_waiting", "liabilities_open", "demands_open",
    }  # fmt: skip
    assert (found["blocked"], found["working_day"] > 100, matters["invoices_waiting"]["oldest"]) == (
        True,
        True,
        "2025-06-20",
    )
    assert (await lives.get("/periods/2025-6/close", "finance")).status_code == 400
    assert (await lives.get("/periods/2025-06/close", "officer")).status_code == 403
    year = (await lives.get("/periods/2025-26/close", "finance")).json()
    assert next(each for each in year["matters"] if each["name"] == "year_not_ended")["blocks"]


async def test_what_came_in_after_a_close_is_told_by_month_of_care(lives: Tried) -> None:
    """An invoice for June accepted in July, after June was closed softly, is June's care; one for July is not."""
    assert (await lives.get("/periods/2025-06/late", "finance")).json()["closed_at"] is None
    closed = (await lives.done("/periods/2025-06/soft-close", {}, "finance"))["entries"][0]["number"]
    for reference, first, last in (("L-1", "2025-06-03", "2025-06-28"), ("L-2", "2025-07-01", "2025-07-05")):
        number = await lives.invoice(reference, "30.00", care_from=first, care_to=last)
        await lives.done(f"invoices/{number}/accept", {"effective_on": "2025-07-08"}, "finance:fay")
    found = (await lives.get("/periods/2025-06/late", "finance")).json()
    assert (found["closed_at"], found["entries"], found["amount"]) == (closed, 1, "30.00")
    assert found["months"] == [
        {"month": "2025-06", "entries": 1, "amount": "30.00", "first_day": "2025-07-08", "last_day": "2025-07-08"}
    ]


async def test_a_closed_month_has_a_certificate(lives: Tried) -> None:
    """Who closed it, at which entry, control totals as they were then, and the checkpoint that covers it once there is one."""
    place = "/periods/2025-06/certificate"
    assert (await lives.get(place, "finance")).json()["code"] == "period_not_closed"
    await lives.accept(await lives.invoice("Z-1", "30.00"))
    closed = await lives.done("/periods/close", {"period": "2025-06"}, "finance:fay")
    number = await lives.invoice("Z-2", "5.00")
    await lives.done(f"invoices/{number}/accept", {"effective_on": "2025-07-08"}, "finance:fay")
    found = (await lives.get(place, "auditor")).json()
    assert (found["closed_by"], found["closed_at"], found["checkpoint"]) == ("fay", closed["number"], None)
    spent = next(each for each in found["controls"] if each["klass"] == "spent")
    assert (spent["balance"], spent["accounts"]) == ("30.00", 3)
    await lives.client.post("/v1/books/TEST/checkpoints", {}, headers=lives.headers("auditor"))
    assert (await lives.get(place, "auditor")).json()["checkpoint"].startswith("phb-ledger/TEST")


async def test_costs_have_two_views_and_the_book_its_own(lives: Tried) -> None:
    """An instalment of 2,000 of which 12 is evidenced costs 12 or 2,000; an estimate counts in its month and not after it."""
    await lives.instalment("2000.00")
    await lives.accept(await lives.claim("12.00"), "officer", "claims", D)
    await lives.done(ACCRUALS, estimate(), "finance")
    june = "/costs?first_day=2025-06-01&last_day=2025-06-30"
    evidenced, paid = [(await lives.get(f"{june}&basis={basis}", "finance")).json() for basis in ("evidenced", "paid")]
    assert [(each["fund"], each["cost"]) for each in evidenced["funds"]] == [("council", "341.92"), ("nhs", "524.87")]
    assert (evidenced["cost"], paid["cost"]) == ("866.79", "2854.79")
    whole = (await lives.get("/costs?first_day=2025-06-01&last_day=2025-07-31&basis=paid", "finance")).json()
    assert whole["cost"] == "2000.00"
    assert (await lives.get(june, "finance")).json()["basis"] == "evidenced"
    set_by = await lives.done("/costs/basis", {"basis": "paid", "first_day": "2025-04-01"}, "finance")
    own = (await lives.get(june, "finance")).json()
    assert (own["basis"], own["cost"], own["set_by"]) == ("paid", "2854.79", set_by["number"])
    assert (await lives.get("/costs?first_day=2025-02-01&last_day=2025-03-31", "finance")).json()[
        "basis"
    ] == "evidenced"
    assert (await lives.get(f"{june}&basis=other", "finance")).status_code == 400


async def test_the_outturn_of_each_fund_comes_to_what_was_granted(lives: Tried) -> None:
    """Spent, advanced, held and still scheduled against source; commissioners may see it, for it is of nobody."""
    await lives.spend("300.00")
    await lives.instalment("2000.00")
    found = (await lives.get("/years/2025-26/outturn", "commissioner")).json()
    nhs = next(each for each in found["funds"] if each["fund"] == "nhs")
    assert (nhs["source"], nhs["held"], nhs["advanced"], nhs["scheduled"], nhs["unallocated"], nhs["remaining"]) == (
        "40000.00", "180.00", "2000.00", "30060.00", "7760.00", "37820.00",
    )  # fmt: skip
    assert (await lives.get("/years/2025-06/outturn", "commissioner")).json()["code"] == "period_malformed"


async def test_a_month_closed_for_good_is_opened_through_the_rules(lives: Tried) -> None:
    """Who closed it is denied, which is kept; who may not is told so; another opens it, and tried it changes nothing."""
    await lives.done("/periods/close", {"period": "2025-06"}, "finance:fay")
    sent = {"period": "2025-06", "reason": "late_invoice"}
    own = await lives.send("/periods/reopen", sent, "finance:fay")
    assert (own.status_code, own.json()["kind"]) == (201, "decision")
    assert rules(own.json()["decision"]) == ("deny", ["icb_policy.reopened_by_closer"])
    assert (await lives.send("/periods/reopen", sent, "officer")).status_code == 403
    assert (await lives.send("/periods/reopen", {**sent, "approved": 1}, "finance:pat")).json()[
        "code"
    ] == "approval_unfit"
    done = await lives.done("/periods/reopen", sent, "finance:pat")
    assert (done["kind"], done["subject"], done["decision"]["outcome"]) == ("period_reopened", "2025-06", "allow")
    assert (await lives.send("/periods/reopen", sent, "finance:pat")).json()["code"] == "period_state"
