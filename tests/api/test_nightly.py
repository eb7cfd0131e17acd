"""The nightly reconciliation: once a night for each book whoever looks, its result kept, a breach told to operators."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.app import Application
from api.nightly import Nightly, night_of, results
from api.settings import read_settings
from ledger.book.database import READING, connect
from tests import kit
from tests.api.lives import Lives
from tests.api.test_settings import GOOD

PENNY = """
    UPDATE phb.balance SET balance = balance {0} 1, debit = debit {0} 1
    WHERE account_id = (SELECT min(account_id) FROM phb.account WHERE class = 'bank')"""
"""A penny on a bank that nobody posted; and the same taken away, because every book of a test is verified after it."""


def us(text: str) -> int:
    """Microseconds UTC of a time in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1_000_000)


def test_a_night_begins_at_its_hour_in_london() -> None:
    """Until two in the morning the night before is the newest one due; in summer London is an hour ahead of UTC."""
    assert night_of(us("2026-01-10T01:59"), 2) == date(2026, 1, 9)
    assert night_of(us("2026-01-10T02:00"), 2) == date(2026, 1, 10)
    assert night_of(us("2026-07-10T01:00"), 2) == date(2026, 7, 10)
    assert night_of(us("2026-07-10T00:59"), 2) == date(2026, 7, 9)


def test_the_hour_is_a_setting() -> None:
    """Two unless something else is said, and never where that is said."""
    assert [
        read_settings(GOOD | more).reconcile_hour
        for more in ({}, {"PHB_RECONCILE_HOUR": "0"}, {"PHB_RECONCILE_HOUR": "off"})
    ] == [2, 0, None]


class Night:
    """Runs of some processes over one book, with the time in our hands."""

    def __init__(self, app: Application, dsn: str, directory: Path) -> None:
        self.app, self.dsn, self.directory, self.now = app, dsn, directory, us("2026-11-24T12:00")

    def process(self, app: Application | None = None) -> Nightly:
        """Another process, begun now, of the same service or of another one."""

        async def alone(row: Any) -> Any:
            return await connect(self.dsn, "phb_reader", row.book_id, READING)

        return Nightly(
            rows=self.app.desk.books.rows, connect=alone, open_reviews=(app or self.app).desk.books.open_reviews,
            directory=self.directory, hour=2, clock_us=lambda: self.now,
        )  # fmt: skip


@pytest.fixture
def night(app: Application, lives: Lives, book: kit.Book) -> Night:
    """The book of the lives, by night; its results are where the service looks for them."""
    directory = app.desk.settings.notes_dir
    directory.mkdir(parents=True, exist_ok=True)
    return Night(app, book.dsn, directory)


async def test_a_book_is_checked_once_a_night_whoever_looks(night: Night) -> None:
    """Not before the hour, then once, by one of two processes that look at once; a night that nobody was there for is made up for
    by the next process."""
    one, other = night.process(), night.process()
    assert await one.look() == ()
    night.now = us("2026-11-25T01:59")
    assert await one.look() == ()
    night.now = us("2026-11-25T02:00")
    made = [each for found in await asyncio.gather(one.look(), other.look()) for each in found]
    assert [(each.book, each.night, each.broken) for each in made] == [("TEST", date(2026, 11, 25), {})]
    assert made[0].checked > 0
    assert (await one.look(), await other.look()) == ((), ())
    night.now = us("2026-11-28T09:00")
    assert [each.night for each in await night.process().look()] == [date(2026, 11, 28)]
    assert [each.night for each in results(night.directory)] == [date(2026, 11, 28)]


async def test_a_breach_is_in_the_log_the_metrics_and_the_result(night: Night) -> None:
    """A penny that nobody posted breaks L1 and R13: an error by name, a number for the book, and what broke first in the file."""
    await kit.rows(night.dsn, PENNY.format("+"))
    process = night.process()
    night.now = us("2026-11-25T02:00")
    with capture_logs() as logs:
        [found] = await process.look()
    await kit.rows(night.dsn, PENNY.format("-"))
    assert {"L1", "R13"} <= set(found.broken)
    assert [(line["log_level"], line["event"]) for line in logs] == [("error", "identities_broken")]
    [kept] = results(night.directory)
    assert (kept, bool(kept.broken["R13"])) == (found, True)
    text = night.app.desk.metrics.text().decode()
    assert f'phb_identities_broken{{book="TEST"}} {float(len(found.broken))}' in text
    assert f'phb_reconciled_timestamp_seconds{{book="TEST"}} {night.now / 1_000_000}' in text or "e+09" in text


async def test_a_result_that_cannot_be_read_is_no_result(night: Night) -> None:
    """Cut off or spoilt, the book is checked again."""
    process = night.process()
    night.now = us("2026-11-25T02:00")
    await process.look()
    (night.directory / "TEST.reconciled.json").write_text("{")
    assert list(results(night.directory)) == []
    assert len(await process.look()) == 1
