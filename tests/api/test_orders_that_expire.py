"""An order that nobody invoiced is given back by the book's clock (event 30); an invoice that comes late is a fact (event 7)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from api import open_books
from api.app import Application
from ledger.core.calendar import day_ends_us, london_day
from policies.bundle import Bundle
from tests import kit
from tests.api.lives import Lives
from tests.book.history import Clock

EXPIRIES = """
    SELECT split_part(body, '|', 6) AS event, substring(body FROM '[|]hold[|]([0-9]+)[|]') AS hold,
           body LIKE '%|generated|machine|phb|clock|-|%' AS is_the_clocks
    FROM phb.entry WHERE kind = 'hold_expired' ORDER BY number"""


@pytest.fixture
def clock(book: kit.Book) -> Clock:
    """The time of the service and of its database."""
    return Clock(book.dsn)


@pytest.fixture
async def app(make_app: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Application:
    """A service whose time is in our hands."""
    monkeypatch.setattr(open_books, "clock_us", clock)
    return await make_app()  # type: ignore[no-any-return]


async def expired(lives: Lives, clock: Clock) -> dict[str, Any]:
    """An order of £100 that nobody has invoiced for so long that its time has come, and which nothing has touched since."""
    order = await lives.spend("100.00")
    day = london_day(clock())
    held = Bundle.load().limits_on("TEST", day).order_held_days
    await clock.set(day_ends_us(day + timedelta(days=held)) + 60_000_000)
    return dict(order)


async def test_a_late_invoice_for_an_order_that_expired_is_a_fact_of_its_own(
    lives: Lives, clock: Clock, book: kit.Book
) -> None:  # fmt: skip
    """The order's £100 are available again by an entry of event 30 that the clock made, once; the £80 are event 7, decided as money
    that has gone, and so is whatever comes later still."""
    order = await expired(lives, clock)
    accepted = await lives.accept(await lives.invoice("L-1", "80.00", hold=order["hold"]))
    assert [entry["event"] for entry in accepted["entries"]] == [0, 7]
    decision = accepted["decision"]
    assert (decision["act"], decision["outcome"], decision["amount"]) == ("invoice", "allow", "80.00")
    [entry] = await kit.rows(book.dsn, EXPIRIES)
    assert (entry["event"], entry["hold"], entry["is_the_clocks"]) == ("30", str(order["hold"]), True)
    money = await lives.money()
    assert (money["held"], money["spent"], money["available"], money["unfunded"]) == (
        "0.00", "80.00", "10320.00", "0.00",
    )  # fmt: skip
    assert await lives.balance("payable/A1") == "-80.00"
    late = await lives.accept(await lives.invoice("L-2", "30.00", hold=order["hold"]))
    assert ([each["event"] for each in late["entries"]], len(await kit.rows(book.dsn, EXPIRIES))) == ([0, 7], 1)


async def test_an_invoice_beyond_what_is_left_after_an_order_expired_is_recorded_all_the_same(
    lives: Lives, clock: Clock
) -> None:  # fmt: skip
    """The money was ordered again meanwhile: what the line has not is owed beyond authority, and a person looks at it."""
    order = await expired(lives, clock)
    await lives.spend("10400.00")
    late = await lives.accept(await lives.invoice("L-1", "80.00", hold=order["hold"]))
    assert (late["decision"]["outcome"], [each["event"] for each in late["entries"]]) == ("refer", [0, 7])
    money = await lives.money()
    assert (money["spent"], money["available"], money["unfunded"]) == ("80.00", "0.00", "80.00")


async def test_two_late_invoices_at_once_expire_an_order_once(lives: Lives, clock: Clock, book: kit.Book) -> None:
    """Neither of them uses the order."""
    order = await expired(lives, clock)
    numbers = [await lives.invoice(f"L-{place}", "60.00", hold=order["hold"]) for place in range(2)]
    accepted = await asyncio.gather(*(lives.accept(number, f"finance:f{number}") for number in numbers))
    assert [[entry["event"] for entry in each["entries"]] for each in accepted] == [[0, 7], [0, 7]]
    assert len(await kit.rows(book.dsn, EXPIRIES)) == 1
