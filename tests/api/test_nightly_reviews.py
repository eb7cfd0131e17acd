"""The reviews that a forecast demands, opened by night: once for each shortfall, whoever looks, and ended when it is gone."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api import open_books
from api.app import Application
from policies.gate import BudgetBusy
from tests import kit
from tests.api.lives import DORA, NED, Lives
from tests.api.test_nightly import Night, us

FIRST, NEXT, WINTER = date(2025, 6, 3), date(2025, 6, 4), date(2025, 11, 30)
DUE, LATE = date(2025, 7, 1), date(2025, 9, 15)
SAID = """
    SELECT r.act, r.attributes ->> 'due' AS due, r.attributes ->> 'line' AS line FROM phb.register r
    WHERE r.kind = 'review' AND r.person_ref = '{0}' ORDER BY r.number"""


class Nights:
    """Ned's book by night."""

    def __init__(self, lives: Lives, app: Application, dsn: str) -> None:
        self.lives, self.app, self.dsn = lives, app, dsn

    async def look(self, on: date) -> int:
        """What a night does about reviews; of how many people."""
        return await self.app.desk.books.open_reviews(await self.app.desk.books.row("TEST"), on)

    async def said(self) -> list[tuple[Any, ...]]:
        """What was said of Ned's reviews: the act, by when one is due, of which line."""
        return [(row["act"], row["due"], row["line"]) for row in await kit.rows(self.dsn, SAID.format(NED))]

    async def due(self, before: date) -> list[dict[str, Any]]:
        """The reviews that are due before a day, as officers read them."""
        return list((await self.lives.get(f"/reviews?due_before={before}")).json()["reviews"])

    async def runs_short(self) -> None:
        """£6,300 of £10,400 are spent in the first 63 days: £100 a day, which last until 13 July."""
        await self.lives.accept(await self.lives.invoice("F-1", "6300.00"))


@pytest.fixture
def nights(lives: Lives, app: Application, book: kit.Book) -> Nights:
    """The book of the lives, by night."""
    return Nights(lives, app, book.dsn)


async def test_a_shortfall_opens_one_review_however_many_nights_it_lasts(nights: Nights) -> None:
    """Nothing while the money lasts; due 28 days after the first night that sees it run out, by the service itself; nothing is
    added by the same night again, by the next, nor once the review was held; overdue while it is not."""
    assert await nights.look(FIRST) == 0
    await nights.runs_short()
    assert (await nights.look(FIRST), await nights.look(FIRST), await nights.look(NEXT)) == (1, 0, 0)
    assert await nights.said() == [("due", "2025-07-01", "N")]
    [review] = await nights.due(date(2025, 7, 2))
    assert (review["person"], review["due"], review["reason"], review["overdue"]) == (
        NED,
        "2025-07-01",
        "shortfall",
        True,
    )
    assert await nights.due(date(2025, 7, 1)) == []
    again = await nights.lives.send("forecast/review", {"on": "2025-06-04"})
    assert (again.status_code, again.json()["code"]) == (409, "review_open")
    await nights.lives.done("reviews", {"on": "2025-06-20", "outcome": "unchanged"})
    assert (await nights.due(date(2026, 6, 1)), await nights.look(NEXT)) == ([], 0)
    made = await kit.rows(
        nights.dsn, "SELECT e.body FROM phb.register r JOIN phb.entry e USING (book_id, number) "
        "WHERE r.kind = 'review' AND r.act = 'due'",
    )  # fmt: skip
    assert ["|nightly|" in row["body"] for row in made] == [True]


async def test_a_shortfall_that_is_gone_ends_its_review_and_the_next_is_another(nights: Nights) -> None:
    """£2,400 in the first days and nothing after them: by its day the money lasts again, and nothing is due; £6,000 at once, and a
    review is due from that night on."""
    await nights.lives.accept(await nights.lives.invoice("F-1", "2400.00"))
    await nights.look(FIRST)
    assert (await nights.look(DUE), await nights.look(WINTER)) == (1, 0)
    assert await nights.said() == [("due", "2025-07-01", "N"), ("shortfall_gone", None, "N")]
    assert await nights.due(date(2026, 6, 1)) == []
    read = (await nights.lives.get(f"/budgets/{NED}/forecast?on={WINTER}")).json()
    assert read["review"] is None
    number = await nights.lives.invoice("F-2", "6000.00")
    await nights.lives.done(f"invoices/{number}/accept", {"effective_on": WINTER.isoformat()}, "finance:fay")
    assert await nights.look(WINTER) == 1
    assert [each["due"] for each in await nights.due(date(2026, 6, 1))] == ["2025-12-28"]


async def test_a_review_past_its_day_stays_due_until_it_is_held(nights: Nights) -> None:
    """Also when the forecast has changed meanwhile: that it was not held in time is our own breach. Then the shortfall is gone."""
    await nights.runs_short()
    assert (await nights.look(FIRST), await nights.look(WINTER)) == (1, 0)
    assert [each["overdue"] for each in await nights.due(date(2026, 6, 1))] == [True]
    await nights.lives.done("reviews", {"on": "2025-06-20", "outcome": "unchanged"})
    assert (await nights.look(WINTER), (await nights.said())[-1]) == (1, ("shortfall_gone", None, "N"))


async def test_a_shortfall_is_not_gone_because_all_of_the_money_is(nights: Nights) -> None:
    """£10,400 of £10,400: when ninety days have passed in which nothing could be spent, the review is due still; nor is the
    shortfall gone once it was held, until the line has ended."""
    await nights.lives.accept(await nights.lives.invoice("F-1", "10400.00"))
    assert [await nights.look(day) for day in (FIRST, LATE)] == [1, 0]
    assert [each["due"] for each in await nights.due(date(2026, 6, 1))] == ["2025-07-01"]
    await nights.lives.done("reviews", {"on": "2025-06-20", "outcome": "unchanged"})
    assert [await nights.look(day) for day in (LATE, date(2026, 3, 31))] == [0, 0]
    assert (await nights.look(date(2026, 4, 1)), (await nights.said())[-1]) == (1, ("shortfall_gone", None, "N"))


async def test_what_goes_wrong_with_one_person_leaves_the_others_their_reviews(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever comes before Ned cannot be read, or is busy: it is told by what went wrong, and of nobody, and Ned's is opened."""
    await nights.runs_short()
    found = open_books.read_outlook

    async def broken(connection: Any, book_id: int, person: str, on: date) -> Any:
        if person != NED:
            raise trouble
        return await found(connection, book_id, person, on)

    async def others_first(*_: Any) -> AsyncIterator[str]:
        for person in (DORA, NED):
            yield person

    monkeypatch.setattr(open_books, "read_outlook", broken)
    monkeypatch.setattr(open_books, "people_with_lines", others_first)
    for trouble, told in ((ValueError("malformed"), 1), (BudgetBusy(), 0)):
        with capture_logs() as logs:
            assert await nights.look(FIRST) == told
        [line] = [line for line in logs if line["event"] == "review_failed"]
        assert line == {
            "event": "review_failed",
            "log_level": "warning",
            "book": "TEST",
            "error": type(trouble).__name__,
        }
        assert ("reviews_failed", 1) in [(line["event"], line.get("entries")) for line in logs]
    assert await nights.said() == [("due", "2025-07-01", "N")]


async def test_two_services_at_once_open_one_review(nights: Nights, make_app: Any, app: Application) -> None:
    """Each has seen the shortfall and neither the other's review: one is recorded, and the other finds it there."""
    await nights.runs_short()
    other = Nights(nights.lives, await make_app(), nights.dsn)
    assert sum(await asyncio.gather(*(each.look(FIRST) for each in (nights, other, nights, other)))) == 1
    assert await nights.said() == [("due", "2025-07-01", "N")]


async def test_the_nightly_run_opens_reviews_and_checks_the_book_all_the_same_when_it_cannot(
    nights: Nights, app: Application, book: kit.Book
) -> None:
    """Before the identities are looked at, which take the new entries in; what goes wrong is a warning by name."""
    await nights.runs_short()
    directory = app.desk.settings.notes_dir
    directory.mkdir(parents=True, exist_ok=True)
    night = Night(app, book.dsn, Path(directory))
    night.now = us("2025-06-02T12:00")
    one, other = night.process(), night.process()
    night.now = us("2025-06-03T02:00")
    made = [each for found in await asyncio.gather(one.look(), other.look()) for each in found]
    assert [(each.book, each.night, each.broken) for each in made] == [("TEST", FIRST, {})]
    assert await nights.said() == [("due", "2025-07-01", "N")]

    async def away(*_: Any) -> int:
        raise ConnectionRefusedError

    process = night.process()
    process._open_reviews = away
    night.now = us("2025-06-04T02:00")
    with capture_logs() as logs:
        assert [each.broken for each in await process.look()] == [{}]
    assert ("reviews_failed", "ConnectionRefusedError") in [(line["event"], line.get("error")) for line in logs]
