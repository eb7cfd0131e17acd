"""Schedules over HTTP: agreed, changed, ended, paid period by period, and who may not."""

from typing import Any

from tests.api.lives import DAY, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.

SCHEDULE = "lines/D/schedule"
READ = f"/budgets/{D.person}/{SCHEDULE}"


def monthly(**more: Any) -> dict[str, Any]:
    """£2,000 a month from 1 April to 31 March."""
    given = {"frequency": "monthly", "start": "2025-04-01", "end": "2026-03-31", "currency": "GBP", "amount": "2000.00"}
    return {**given, **more}


def wish(period: str | None, amount: str = "2000.00") -> dict[str, Any]:
    """An instalment of Dora's line."""
    given = {"line": "D", "service": "home_care", "amount": amount, "currency": "GBP", "effective_on": DAY}
    return given if period is None else {**given, "period": period}


async def test_a_schedule_is_agreed_paid_period_by_period_changed_and_ended(lives: Tried) -> None:
    """Every write is tried first; the periods tell what became of each."""
    assert (await lives.get(READ)).json()["code"] == "schedule_unknown"
    agreed = await lives.done(SCHEDULE, monthly(), line=D)
    assert agreed["kind"] == "schedule"
    asked = await lives.done("instalments", wish("2025-05-01"), line=D)
    assert (asked["outcome"], asked["stated"]) == ("allow", {"period": "2025-05-01"})
    released = {"effective_on": DAY, "bank": "main"}
    await lives.done(f"instalments/{asked['number']}/release", released, "finance", D)
    again = await lives.done("instalments", wish("2025-05-01"), line=D)
    assert (again["outcome"], again["findings"][0]["rule"]) == ("deny", "plan.instalment_met_before")
    missing = await lives.done("instalments", wish(None), line=D)
    assert missing["findings"][0]["rule"] == "plan.instalment_not_in_schedule"
    owed = (await lives.get("/periods/2025-06/close", "finance")).json()["matters"]
    [unasked] = [each for each in owed if each["name"] == "instalments_not_asked"]
    assert (unasked["count"], unasked["amount"], unasked["owner"], unasked["blocks"], unasked["oldest"]) == (
        2, "4000.00", "officer", False, "2025-04-01"
    )  # fmt: skip
    await lives.done(SCHEDULE, monthly(start="2025-07-01", amount="1500.00"), line=D)
    await lives.done(f"{SCHEDULE}/end", {"on": "2025-08-31"}, line=D)
    read = (await lives.get(READ, "holder:holder-D")).json()
    assert (read["state"], read["end"], read["total"]) == ("ended", "2025-08-31", "9000.00")
    assert [(each["period"], each["state"], each["amount"], each["left"]) for each in read["periods"]] == [
        ("2025-04-01", "due", "2000.00", "2000.00"), ("2025-05-01", "paid", "2000.00", "0.00"),
        ("2025-06-01", "due", "2000.00", "2000.00"), ("2025-07-01", "due", "1500.00", "1500.00"),
        ("2025-08-01", "due", "1500.00", "1500.00"),
    ]  # fmt: skip
    assert read["periods"][1]["years"] == [{"year": "2025-26", "amount": "2000.00"}]


async def test_what_does_not_fit_is_told_by_its_code(lives: Tried) -> None:
    """Noes of the schedule, of the line and of who asks; nothing of them is left."""
    await lives.done(SCHEDULE, monthly(), line=D)
    for path, body, who, expected in (
        (SCHEDULE, monthly(start="2025-03-31"), "officer", (422, "schedule_outside_line")),
        (SCHEDULE, monthly(amount="3000.00"), "officer", (422, "schedule_over_line")),
        (SCHEDULE, monthly(start="2025-06-02"), "officer", (422, "schedule_not_on_period")),
        (SCHEDULE, monthly(yearly="1.00"), "officer", (400, "schedule_malformed")),
        (SCHEDULE, monthly(currency="EUR"), "officer", (400, "currency_not_of_book")),
        (SCHEDULE, monthly(), "holder:holder-D", (403, "permission_missing")),
        (SCHEDULE, monthly(), "finance", (403, "permission_missing")),
        ("lines/Z/schedule", monthly(), "officer", (404, "line_unknown")),
        (f"{SCHEDULE}/end", {"on": "2026-04-01"}, "officer", (422, "schedule_outside_line")),
    ):
        answer = await lives.send(path, body, who, D)
        assert (answer.status_code, answer.json()["code"]) == expected, path
    unpaid = await lives.send("lines/N/schedule", monthly())
    assert (unpaid.status_code, unpaid.json()["code"]) == (422, "line_not_paid_out")
    other = await lives.get(READ, "holder:holder-N")
    assert (other.status_code, other.json()["code"]) == (404, "person_unknown")
    unknown = await lives.send("instalments", {**wish("2025-05-01"), "line": "N"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "period_unknown")
