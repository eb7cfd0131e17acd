"""An approval with conditions whose order a year's end carries, leaves at estimate, or that an imported payment pays: the cap and
the last day bind as before."""

from datetime import timedelta
from typing import Any

from ledger.book.database import READING, connect
from ledger.budgets.of_orders import used_under
from ledger.core.calendar import london_day
from tests import kit
from tests.api.lives import DAY, NED
from tests.api.test_assignments import _imported, body
from tests.api.test_cut_off import _uninvoiced, adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_year_end import END, _confirmed, _ruled

APRIL = {"effective_on": "2026-04-20"}
CAP = {"kind": "amount_cap", "amount": "900.00"}


async def _approved(lives: Tried, *conditions: dict[str, Any]) -> tuple[int, int]:
    """An order of £1,200 approved with conditions: the approval and its hold."""
    number = (await lives.spend("1200.00"))["number"]
    sent = {"effective_on": DAY, "words": "Yes.", "conditions": list(conditions)}
    made = await lives.done(f"decisions/{number}/approve", sent, "officer:olga")
    return made["number"], made["hold"]


async def _used(lives: Tried, approval: int) -> int:
    """Pence that stand under the approval."""
    book_id = (await lives.app.desk.books.row("TEST")).book_id
    connection = await connect(lives.dsn, "phb_reader", book_id, READING)
    try:
        return await used_under(connection, book_id, NED, approval)
    finally:
        await connection.close()


async def test_an_order_that_a_year_has_carried_stands_under_its_approval(lives: Tried) -> None:
    """£300 are invoiced in the old year and £600 go on: all £900 count, and so they do when £500 more are invoiced in April. Care
    after the last day that was approved is looked at as it would have been."""
    last = london_day(kit.clock_us()) + timedelta(days=5)
    approval, hold = await _approved(lives, CAP, {"kind": "use_by", "day": last.isoformat()})
    number = await lives.invoice("I-1", "300.00", hold=hold)
    await lives.done(f"invoices/{number}/accept", {"effective_on": DAY}, "finance:fay")
    await _ruled(lives, "all", "all")
    await _confirmed(lives)
    made = await lives.done(f"{END}/lines", {"line": "N"}, "finance:pat")
    assert await _used(lives, approval) == 900_00
    carried = made["entries"][-1]["number"]
    number = await lives.invoice("I-2", "500.00", hold=carried)
    await lives.done(f"invoices/{number}/accept", APRIL, "finance:fay")
    assert await _used(lives, approval) == 900_00
    late = (last + timedelta(days=1)).isoformat()
    number = await lives.invoice("I-3", "10.00", hold=carried, care_from=late, care_to=late)
    made = await lives.done(f"invoices/{number}/accept", APRIL, "finance:fay")
    assert made["decision"]["findings"][0]["rule"] == "approval.after_last_day"
    await adds_up(lives)


async def test_what_is_left_at_estimate_stands_under_its_approval(lives: Tried) -> None:
    """£900 were ordered and £700 of it are recognised at the year's end: the order is over and keeps nothing more."""
    approval, hold = await _approved(lives, CAP)
    await _uninvoiced(lives, "700.00", hold=hold)
    assert await _used(lives, approval) == 700_00


async def test_a_payment_that_was_assigned_to_an_order_stands_under_its_approval(lives: Tried) -> None:
    """£400 and £100 of an order of £900 were paid by an imported payment: all of it counts as before; taken back, the first is
    the order's again, and the second still counts."""
    await _imported(lives, 1_000_00)
    approval, hold = await _approved(lives, CAP)
    first = await lives.done("assignments", body("400.00", hold=hold), "finance:fay")
    await lives.done("assignments", body("100.00", hold=hold), "finance:fay")
    assert await _used(lives, approval) == 900_00
    [number] = [each["number"] for each in first["entries"] if each["event"] == 54]
    await lives.done(f"entries/{number}/reverse", {"effective_on": DAY}, "finance:john")
    assert await _used(lives, approval) == 900_00
    await adds_up(lives)
