"""What was paid ahead for a year is its care before that year ends, however late somebody thinks of it (accounting.md event 52)."""

from datetime import date
from typing import Any

import pytest

from policies.settling import NotSettled
from policies.year_ending import propose
from tests.api.test_credits_at_the_year import crossing as crossing  # The fixture.
from tests.api.test_cut_off import _no, adds_up
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.

YEAR, RELEASE = "2026-27", "/years/2026-27/prepayments/release"


async def _open(lives: Tried, period: str) -> dict[str, Any]:
    """What the check of a close says of prepayments."""
    found = (await lives.get(f"/periods/{period}/close", "finance")).json()
    return next(each for each in found["matters"] if each["name"] == "prepayments_not_released")


async def _proposed(lives: Tried) -> None:
    """The end of the year for which it was paid, proposed after that year."""
    row = await lives.app.desk.books.row("TEST")
    async with lives.app.desk.books.reading(row) as connection:
        await propose(connection, row.book_id, year=YEAR, today=date(2027, 4, 1))


async def test_a_year_is_not_ended_while_something_is_prepaid_for_it(lives: Tried, crossing: int) -> None:
    """£50 of an invoice are paid ahead for the next year. The check of every close in that year names them, and its end is not
    proposed until they are released, once: it would carry them on as money that is out."""
    assert (await _open(lives, "2026-03"))["count"] == 0
    for period in ("2026-04", "2027-03", YEAR):
        named = await _open(lives, period)
        assert (named["amount"], named["oldest"], named["blocks"]) == ("50.00", "2026-04-01", True)
    with pytest.raises(NotSettled, match="prepayments_left"):
        await _proposed(lives)
    await lives.done(RELEASE, {}, "finance")
    assert (await _open(lives, YEAR))["count"] == 0
    await _proposed(lives)
    assert await _no(lives, RELEASE, {}, "finance") == (409, "prepayments_none")
    await adds_up(lives)


async def test_what_is_released_after_april_was_closed_is_of_the_first_open_day(lives: Tried, crossing: int) -> None:
    """April and May are closed when somebody thinks of it: it is the year's care on 1 June, and nobody opens a month for it."""
    for month in ("2026-04", "2026-05"):
        await lives.done("/periods/close", {"period": month}, "finance:fay")
    made = await lives.done(RELEASE, {}, "finance")
    assert {each["effective_on"] for each in made["entries"]} == {"2026-06-01"}
    assert await lives.balance("share/N/nhs/2026-27/spent") == "30.00"
    await adds_up(lives)
