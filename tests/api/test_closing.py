"""The close of a month over HTTP: what agrees, what is open, and who may see it."""

from typing import Any

from ledger.reports.identities import HERE
from tests.api.lives import DAY, NED
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.


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
    asked = {
        "line": "N",
        "service": "home_care",
        "amount": "10.00",
        "currency": "GBP",
        "payee": "A1",
        "effective_on": DAY,
    }
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
        ("/periods/2025-06/soft-open", {}, "finance:pat", (422, "reason_missing")),
        ("/periods/2025-06/soft-open", {"reason": "late"}, "finance:fay", (422, "second_person_needed")),
        (soft, {}, "officer", (403, "permission_missing")),
    ):
        no = await lives.send(path, sent, who)
        assert (no.status_code, no.json()["code"]) == expected, path
    await lives.done("/periods/2025-06/soft-open", {"reason": "late"}, "finance:pat")
    await lives.done("spends", asked, "holder:holder-N")


async def test_what_was_done_before_a_soft_close_is_answered_as_the_first_time(lives: Tried) -> None:
    """The same request under its key has its first answer, though the month takes no more of its kind."""
    asked = {
        "line": "N",
        "service": "home_care",
        "amount": "10.00",
        "currency": "GBP",
        "payee": "A1",
        "effective_on": DAY,
    }
    first = await lives.send("spends", asked, "holder:holder-N", key="one-spend")
    await lives.done("/periods/2025-06/soft-close", {}, "finance:fay")
    place = f"/v1/books/TEST/budgets/{NED}/spends"
    again = await lives.client.post(place, asked, headers=lives.headers("holder:holder-N"), key="one-spend")
    assert (again.status_code, again.text) == (201, first.text)
