"""Every event of accounting.md is posted by an operation of the API, and a test sends the request that posts it."""

import ast
import json
from datetime import date
from pathlib import Path

from api.app import described
from ledger.core.calendar import year_of
from tests.api.events_by_route import NO_ROUTE_YET, PROVED_BY
from tests.api.lives import Lives
from tests.api.test_years import TINA, _line
from tests.api.test_years import tina as tina  # The fixture.
from tests.budgets.test_every_event import ALL, POSTED_AS

HERE = Path(__file__).parent


def test_every_event_is_posted_by_an_operation() -> None:
    """1 to 55, those that are another row by that one; what has no route yet is written down, and nothing that has one."""
    shown = {event for operations in PROVED_BY.values() for events in operations.values() for event in events}
    shown |= {event for event, others in POSTED_AS.items() if shown.issuperset(others)}
    assert set(ALL) - shown == set(NO_ROUTE_YET)


def test_what_is_said_to_show_it_is_there() -> None:
    """Each test is defined where the table says, and each operation is one of the API."""
    known = {each["operationId"] for item in json.loads(described())["paths"].values() for each in item.values()}
    for place, operations in PROVED_BY.items():
        path, _, name = place.partition("::")
        assert name in {getattr(node, "name", "") for node in ast.parse((HERE / path).read_text()).body}, place
        assert set(operations) <= known, place


async def test_a_period_that_crosses_the_years_end_is_paid_of_both_years(tina: Lives) -> None:
    """£280 for four weeks from 18 March 2026: fourteen days, £140, of each year (event 51)."""
    assert (year_of(date(2026, 3, 31)), year_of(date(2026, 4, 1))) == ("2025-26", "2026-27")
    weeks = {
        "frequency": "four_weekly",
        "start": "2026-03-18",
        "end": "2026-06-09",
        "amount": "280.00",
        "currency": "GBP",
    }
    line = _line("M")
    await tina.done("lines/M/schedule", weeks, line=line)
    on = {"effective_on": "2026-03-18"}
    wish = {"line": "M", "service": "home_care", "amount": "280.00", "currency": "GBP", "period": "2026-03-18", **on}
    asked = await tina.done("instalments", wish, line=line)
    if asked["outcome"] == "refer":
        await tina.done(f"decisions/{asked['number']}/approve", on, "officer:olga", line)
    await tina.done(f"instalments/{asked['number']}/release", {**on, "bank": "main"}, "finance", line)
    read = (await tina.get(f"/budgets/{TINA}/lines/M?on=2026-03-18")).json()["total"]
    assert {each["year"]: each["advanced"] for each in read["years"]} == {"2025-26": "140.00", "2026-27": "140.00"}
