"""Forecasts, what-ifs and reviews over HTTP: the working, what leaves nothing, and what is due when."""

from datetime import date
from typing import Any

from tests.api.lives import DAY, DORA, NED, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import LAST, stopped

ON = "2025-06-02"


def wish(**more: Any) -> dict[str, Any]:
    """A what-if of Ned's line on the day of these tests."""
    return {"line": "N", "currency": "GBP", "on": ON, **more}


async def _lived(lives: Tried) -> None:
    """Ned's line has cost £630 in the 63 days since it began: £10 a day."""
    await lives.accept(await lives.invoice("F-1", "630.00"))


async def test_a_forecast_has_its_working(lives: Tried) -> None:
    """£9,770 left of £10,400; £10 a day for 302 days more is £3,020; £6,750 over is more than eight weeks of what was given."""
    await _lived(lives)
    read = (await lives.get(f"/budgets/{NED}/forecast?on={ON}", "holder:holder-N")).json()
    [line] = read["lines"]
    assert (line["window_from"], line["spent_in_window"], line["per_week"]) == ("2025-04-01", "630.00", "70.00")
    assert (line["left"], line["needed"], line["over"]) == ("9770.00", "3020.00", "6750.00")
    assert (line["lasts_until"], line["covers_to_end"], line["warnings"]) == ("2026-03-31", True, ["surplus"])
    assert (line["time_gone"], line["money_gone"]) == ("17.2", "6.0")
    assert (
        line["says"] == "The money lasts until 31 March 2026, when this part of the budget ends, with £6,750 left over."
    )
    assert read["review"] is None
    other = await lives.get(f"/budgets/{NED}/forecast", "holder:holder-D")
    assert (other.status_code, other.json()["code"]) == (404, "person_unknown")


async def test_a_what_if_says_what_would_be_and_leaves_nothing(lives: Tried) -> None:
    """Twenty hours a week more at £15 with a fifth of on-costs are £360 a week; a stay in hospital at half; a tenth dearer."""
    await _lived(lives)
    before = await lives.kept()
    plain = super(Tried, lives).send
    hired = {"kind": "new_assistant", "start": "2025-06-03", "hours_a_week": "20.00", "rate": "15.00", "percent": 20,
             "start_up": "100.00"}  # fmt: skip
    for change, needed, lasts in (
        # 302 days at £10 and a seventh of £360, and £100 once; £9,670 at £430 a week last 157 days and a bit.
        (hired, "18651.43", "2025-11-06"),
        ({"kind": "hospital_stay", "start": "2025-07-01", "end": "2025-07-10", "percent": 50}, "2970.00", "2026-03-31"),
        ({"kind": "hospital_stay", "start": "2025-07-01", "end": "2025-07-10"}, "2920.00", "2026-03-31"),
        ({"kind": "price", "start": "2025-06-03", "percent": 110}, "3322.00", "2026-03-31"),
        (
            {"kind": "hours", "start": "2025-06-03", "hours_a_week": "1.00", "rate": "14.00", "fewer": True},
            "2416.00",
            "2026-03-31",
        ),
    ):
        said = await plain("what-if", wish(changes=[change]), "holder:holder-N")
        assert said.status_code == 200, said.text
        assert (said.json()["now"]["needed"], said.json()["then"]["needed"]) == ("3020.00", needed)
        assert said.json()["then"]["lasts_until"] == lasts
    shorter = await plain("what-if", wish(end="2025-06-30"), "officer")
    assert (shorter.json()["then"]["needed"], shorter.json()["then"]["lasts_until"]) == ("280.00", "2025-06-30")
    assert await lives.kept() == before
    for sent, who, expected in (
        (wish(changes=[{"kind": "price", "start": ON}]), "officer", (400, "what_if_malformed")),
        (
            wish(changes=[{"kind": "price", "start": ON, "percent": 1, "rate": "1.00"}]),
            "officer",
            (400, "what_if_malformed"),
        ),
        (wish(line="D"), "officer", (404, "line_unknown")),
        (wish(end="2025-03-01"), "officer", (400, "dates_malformed")),
        (wish(currency="EUR"), "officer", (400, "currency_not_of_book")),
        (wish(), "holder:holder-D", (404, "person_unknown")),
        (wish(), "commissioner", (403, "permission_missing")),
    ):
        no = await plain("what-if", sent, who)
        assert (no.status_code, no.json()["code"]) == expected, sent


async def test_the_first_review_is_due_three_months_after_the_first_payment(lives: Tried) -> None:
    """Listed while it is due before the day, and overdue once that has passed; held, the next is due in twelve months."""
    await lives.instalment("2000.00")
    listed = (await lives.get("/reviews?due_before=2025-09-03", "auditor")).json()["reviews"]
    assert listed == [
        {"person": DORA, "due": "2025-09-02", "reason": "first", "held_on": None, "first_paid": DAY, "overdue": True}
    ]
    assert (await lives.get("/reviews?due_before=2025-09-02")).json()["reviews"] == []
    held = {"on": "2025-09-01", "outcome": "unchanged", "words": "All is well."}
    await lives.done("reviews", held, line=D)
    review = (await lives.get(f"/budgets/{DORA}/forecast?on={ON}")).json()["review"]
    assert (review["due"], review["reason"], review["held_on"]) == ("2026-09-01", "regular", "2025-09-01")
    for sent, who, expected in (
        ({**held, "on": "2025-08-31"}, "officer", (400, "dates_malformed")),
        ({**held, "on": date.max.isoformat()}, "officer", (400, "dates_malformed")),
        (held, "finance", (403, "permission_missing")),
    ):
        no = await lives.send("reviews", sent, who, D)
        assert (no.status_code, no.json()["code"]) == expected
    assert (await lives.get("/reviews", "commissioner")).status_code == 403


async def test_a_shortfall_opens_a_review_once(lives: Tried) -> None:
    """Money that runs out in September: a review within 28 days, not opened twice; where nothing runs out none is opened."""
    assert (await lives.send("forecast/review", {"on": ON})).json()["code"] == "forecast_no_shortfall"
    await lives.accept(await lives.invoice("F-2", "6300.00"))
    [line] = (await lives.get(f"/budgets/{NED}/forecast?on={ON}")).json()["lines"]
    assert (line["lasts_until"], line["warnings"]) == ("2025-07-13", ["shortfall"])
    assert line["says"] == "The money lasts until 13 July 2025. £26,100 more would be needed to last to the end."
    opened = await lives.done("forecast/review", {"on": ON})
    assert opened["kind"] == "review"
    review = (await lives.get(f"/budgets/{NED}/forecast?on={ON}")).json()["review"]
    assert (review["due"], review["reason"]) == ("2025-06-30", "shortfall")
    again = await lives.send("forecast/review", {"on": ON})
    assert (again.status_code, again.json()["code"]) == (409, "review_open")
    assert [each["person"] for each in (await lives.get("/reviews?due_before=2025-07-01")).json()["reviews"]] == [NED]
    await lives.done("reviews", {"on": "2025-06-20", "outcome": "changed"})
    assert (await lives.get("/reviews")).json()["reviews"] == []
    await lives.done("forecast/review", {"on": ON})


async def test_no_review_is_due_of_a_budget_that_has_ended(lives: Tried) -> None:
    """Due while a line goes on, and neither listed nor waited for once every line has ended."""
    await lives.instalment("2000.00")
    await stopped(lives)
    due = "/reviews?due_before=2026-09-01"
    assert [each["person"] for each in (await lives.get(due)).json()["reviews"]] == [DORA]
    await lives.done("lines/D/stop/end", {"effective_on": LAST, "owes_nothing": True}, line=D)
    assert (await lives.get(due)).json()["reviews"] == []
