"""Each way in which a direct payment ends gives back its authority of every year, closes the instalments to come, and leaves
nothing that could be paid out afterwards."""

from typing import Any

import pytest

from tests import kit
from tests.api.lives import DAY, DORA, D, Lives
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_ending import AFTER, LAST, in_order, stopped
from tests.api.test_moves import OTHER, approved_out
from tests.api.test_people_and_plans import DIRECT, PLAN, SIGNED, Office
from tests.api.test_schedules import READ, SCHEDULE, monthly, wish
from tests.api.test_versions import SIMPLE


async def by_a_stop(lives: Tried) -> str:
    """After notice; the day."""
    await stopped(lives)
    await lives.done("lines/D/stop/end", {"effective_on": LAST, "owes_nothing": True}, line=D)
    return LAST


async def by_a_move(lives: Tried) -> str:
    """To another commissioner; the day."""
    await approved_out(lives, {"line": "D", "book": OTHER, "amount": "2000.00", "currency": "GBP", "effective_on": DAY})
    return DAY


async def by_a_version(lives: Tried) -> str:
    """Left out once the notice of its stop has run out, for care that the commissioner pays; the day."""
    await stopped(lives)
    office, path = Office(lives.client), f"/budgets/{DORA}/plans/PD"
    care = SIMPLE | {"title": "Care at home", "amount": "100.00", "from": LAST}
    version = PLAN | DIRECT | {"from": LAST, "to": "2026-03-31", "lines": [care]}
    await office.done("ann", f"{path}/versions", version)
    sign: dict[str, Any] = {"effective_on": LAST, **SIGNED}
    asked = (await office.done("ben", f"{path}/sign", sign))["decision"]
    if asked["outcome"] == "refer":
        number = asked["number"]
        await office.done("cat", f"/budgets/{DORA}/decisions/{number}/approve", {"effective_on": LAST})
        asked = (await office.done("ben", f"{path}/sign", sign | {"approved": number}))["decision"]
    assert asked["outcome"] == "allow", asked["findings"]
    return LAST


async def unasked(lives: Lives) -> int:
    """How many instalments the month's check says that schedules owe."""
    matters = (await lives.get("/periods/2025-06/close", "finance")).json()["matters"]
    return sum(each["count"] for each in matters if each["name"] == "instalments_not_asked")


@pytest.mark.parametrize("way", [by_a_stop, by_a_move, by_a_version])
async def test_a_budget_that_has_ended_keeps_nothing_to_pay_out(lives: Tried, book: kit.Book, way: Any) -> None:
    """£2,000 paid of May, £2,000 kept for June, £500 for emergencies. After the end none of it can be spent, paid or asked for, no
    period is due any more, and what was paid out is all that the line still answers for."""
    await lives.done(SCHEDULE, monthly(), line=D)
    kept = {"line": "D", "amount": "500.00", "currency": "GBP", "reason": "usual", "effective_on": DAY}
    await lives.done("contingency/set-aside", kept, line=D)
    may, june = [await lives.done("instalments", wish(period), line=D) for period in ("2025-05-01", "2025-06-01")]
    assert [each["outcome"] for each in (may, june)] == ["allow", "allow"]
    release = {"effective_on": DAY, "bank": "main"}
    await lives.done(f"instalments/{may['number']}/release", release, "finance", D)
    assert await unasked(lives) == 1
    on = await way(lives)
    left = {
        state: await lives.balance(f"share/D/nhs/2025-26/{state}") for state in ("available", "contingency", "held")
    }
    assert left == {"available": "0.00", "contingency": "0.00", "held": "0.00"}
    gave = {state: await lives.balance(f"share/D/nhs/2025-26/{state}") for state in ("advanced", "recovering")}
    assert gave == ({"advanced": "0.00", "recovering": "2000.00"} if way is by_a_move else
                    {"advanced": "2000.00", "recovering": "0.00"})  # fmt: skip
    paid = await lives.send(f"instalments/{june['number']}/release", release | {"effective_on": on}, "finance", D)
    assert (paid.status_code, paid.json()["code"]) == (409, "instalment_settled")
    for period, day in (("2025-04-01", on), ("2025-06-01", on), ("2025-07-01", AFTER)):
        again = await lives.done("instalments", wish(period) | {"effective_on": day}, line=D)
        assert (again["outcome"], again.get("hold")) == ("deny", None)
    read = (await lives.get(READ)).json()
    assert read["state"] == "ended"
    assert {each["state"] for each in read["periods"]} == {"paid", "closed"}
    assert await unasked(lives) == 0
    assert (await lives.send("lines/D/stop/remainder", {"effective_on": AFTER}, line=D)).json()[
        "code"
    ] == "nothing_left"
    await in_order(lives, book)
