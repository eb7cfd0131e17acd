"""What is said of months and years: how they stand, who last changed them, and the first day that is open."""

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from ledger.book.database import READING, connect
from ledger.book.periods import list_periods
from ledger.book.writer import Writer
from ledger.core.model import Asked
from ledger.core.requests import ChangePeriod
from tests import kit

TODAY = date(2026, 5, 20)


async def change(writer: Writer, period: str, to: str, actor: str = "one", reason: str | None = None) -> int:
    """Close, reopen or open a period."""
    request = ChangePeriod(period=period, to=to, reason=reason)
    outcome = await writer.submit(kit.item(request, asked=Asked("test", actor)))
    assert outcome.refusal is None
    return outcome.number


async def periods(book: kit.Book):
    """The periods as a reader sees them."""
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    try:
        return await list_periods(reader, book.book_id, TODAY)
    finally:
        await reader.close()


async def test_a_new_book_is_open_from_its_first_month_to_today(book: kit.Book) -> None:
    """Every month from April 2025 to May 2026 and both years are there, open, with nobody's name on them."""
    found = await periods(book)
    assert [month.period for month in found.months][:2] == ["2025-04", "2025-05"]
    assert (len(found.months), found.months[-1].period) == (14, "2026-05")
    assert [year.period for year in found.years] == ["2025-26", "2026-27"]
    assert all(each.takes_postings and not each.closed for each in found.months + found.years)
    assert {each.actor for each in found.months} == {None}
    assert found.first_day == found.first_open_day == date(2025, 4, 1)
    assert found.through_entry == 1


async def test_closing_and_reopening_show_with_who_and_why(writer: Writer, book: kit.Book) -> None:
    """A month says whether it is closed, by which entry, by whom and for what reason; the first open day
    follows."""
    closed = await change(writer, "2025-04", "closed", reason="month-end")
    found = await periods(book)
    april = found.months[0]
    assert (april.closed, april.takes_postings, april.number) == (True, False, closed)
    assert (april.actor, april.reason, april.last_day) == ("one", "month-end", date(2025, 4, 30))
    assert found.first_open_day == date(2025, 5, 1)
    reopened = await change(writer, "2025-04", "reopened", "two", reason="late-invoice")
    april = (await periods(book)).months[0]
    assert (april.closed, april.takes_postings, april.number) == (False, True, reopened)
    assert (april.actor, april.reason) == ("two", "late-invoice")


async def test_whom_a_period_was_closed_for_does_not_open_it_again(
    writer: Writer, make_writer: Callable[..., Awaitable[Writer]]
) -> None:  # fmt: skip
    """Neither they, nor who closed it, nor anybody who acts for either, also for a writer that has read it from the database."""
    closing = ChangePeriod(period="2025-04", to="closed")
    assert (await writer.submit(kit.item(closing, asked=Asked("test", "one", "boss")))).refusal is None
    for each in (writer, await make_writer()):
        for who in (("one", None), ("boss", None), ("two", "one"), ("two", "boss")):
            opening = ChangePeriod(period="2025-04", to="reopened", reason="late-invoice")
            refusal = (await each.submit(kit.item(opening, asked=Asked("test", *who)))).refusal
            assert refusal is not None, who
            assert refusal.code == "second_person_needed"
    await change(writer, "2025-04", "reopened", "two", reason="late-invoice")


async def test_a_closed_year_closes_its_months_without_their_being_closed(writer: Writer, book: kit.Book) -> None:
    """Months of a closed year take no postings though none is itself closed, and the next year is open."""
    await change(writer, "2025-26", "closed")
    found = await periods(book)
    assert {month.takes_postings for month in found.months[:12]} == {False}
    assert {month.closed for month in found.months} == {False}
    assert {month.takes_postings for month in found.months[12:]} == {True}
    assert [(year.closed, year.takes_postings) for year in found.years] == [(True, False), (False, True)]
    assert found.first_open_day == date(2026, 4, 1)


async def test_an_earlier_month_that_was_opened_becomes_the_first(writer: Writer, book: kit.Book) -> None:
    """Opening January 2025 adds the months from then on, and the year before."""
    await change(writer, "2025-01", "opened")
    found = await periods(book)
    assert (found.months[0].period, found.years[0].period) == ("2025-01", "2024-25")
    assert found.first_day == date(2025, 1, 1)


async def test_a_month_after_today_is_listed_once_it_has_a_record(writer: Writer, book: kit.Book) -> None:
    """A month that was closed ahead of time shows, and so do those between today and it."""
    await change(writer, "2026-08", "closed")
    found = await periods(book)
    assert [month.period for month in found.months][-3:] == ["2026-06", "2026-07", "2026-08"]
    assert [month.closed for month in found.months][-3:] == [False, False, True]


@pytest.mark.parametrize("first_month", ["2003-02", "2011-12"])
async def test_a_year_that_reads_as_a_month_is_not_listed(dsn: str, first_month: str) -> None:
    """`2011-12` is December and never a year, so no year of that name can be shown as open or closed."""
    book = await kit.open_book(dsn, "OLD", first_month=first_month)
    found = await periods(book)
    assert found.months[0].period == first_month
    assert found.years[0].period == "2012-13"
    assert all(month.takes_postings for month in found.months)
