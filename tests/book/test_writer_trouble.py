"""Clocks that are wrong, queues that are full, deadlines, other processes, migrations under way: what a writer answers."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from ledger.book.submission import (
    ClockSkew,
    DatabaseAway,
    KeyInUse,
    KeyReused,
    NotConsidered,
    OutcomeUnknown,
    QueueFull,
)
from ledger.book.waiting import MAX_WAITING
from ledger.book.writer import Writer
from ledger.core.batch import Outcome
from tests import kit
from tests.faults.load import acknowledged

HOUR_US = 3_600_000_000
MakeWriter = Callable[..., Awaitable[Writer]]


class Clock:
    """A process clock that a test can set wrong."""

    def __init__(self) -> None:
        self.offset_us = 0

    def __call__(self) -> int:
        return kit.clock_us() + self.offset_us


async def size_of(book: kit.Book) -> int:
    """The number of entries."""
    return int((await kit.rows(book.dsn, "SELECT size FROM phb.head"))[0]["size"])


@pytest.mark.parametrize("hours", [1, -1, 24, -24])
async def test_a_process_clock_that_is_wrong_stops_the_writer_and_records_nothing(
    make_writer: MakeWriter, book: kit.Book, hours: int
) -> None:
    """An hour or a day ahead or behind: `clock_skew`, no entry, readiness says so; put right, the same key posts."""
    clock = Clock()
    writer = await make_writer(clock_us=clock)
    await kit.open_accounts(writer, "bank/a", "bank/b")
    before = await size_of(book)
    clock.offset_us = hours * HOUR_US
    item = kit.item(kit.post("bank/a", "bank/b", 1))
    with pytest.raises(ClockSkew):
        await writer.submit(item)
    assert writer.problem == "clock_skew"
    assert await size_of(book) == before
    clock.offset_us = 0
    assert (await writer.submit(item)).number == before + 1
    assert writer.problem is None


@pytest.mark.parametrize("hours", [-1, -24])
async def test_a_database_clock_behind_the_book_stops_the_writer(
    make_writer: MakeWriter, book: kit.Book, hours: int
) -> None:
    """The clock of the server falls behind the newest entry, and the process clock with it: nothing is recorded."""
    clock = Clock()
    writer = await make_writer(clock_us=clock)
    await kit.open_accounts(writer, "bank/a", "bank/b")
    before = await size_of(book)
    clock.offset_us = hours * HOUR_US
    await kit.move_clock(book.dsn, hours * HOUR_US)
    with pytest.raises(ClockSkew):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
    assert await size_of(book) == before


async def test_a_small_step_back_of_the_clock_only_moves_time_on_by_a_microsecond(
    make_writer: MakeWriter, book: kit.Book
) -> None:
    """Two seconds back is within bounds: the next entry is one microsecond after the last."""
    clock = Clock()
    writer = await make_writer(clock_us=clock)
    await kit.open_accounts(writer, "bank/a", "bank/b")
    first = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
    clock.offset_us = -2_000_000
    await kit.move_clock(book.dsn, -2_000_000)
    second = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
    third = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
    times = [each.entries[0].recorded_us for each in (first, second, third)]
    assert times[0] < times[1] < times[2] <= times[1] + 1_000_000


@pytest.mark.parametrize(
    ("night", "day"),
    [
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "2026-03-29"),
        (datetime(2026, 3, 28, 23, 59, 59, tzinfo=UTC), "2026-03-28"),
        (datetime(2026, 10, 25, 0, 59, 59, tzinfo=UTC), "2026-10-25"),
        (datetime(2026, 10, 24, 22, 59, 59, tzinfo=UTC), "2026-10-24"),
    ],
)
async def test_the_nights_of_the_clock_change_are_ordinary(
    make_writer: MakeWriter, dsn: str, night: datetime, day: str
) -> None:
    """Around both changes and the midnights beside them times rise and the accounting day is London's."""
    offset = int(night.timestamp() * 1_000_000) - kit.clock_us()
    await kit.move_clock(dsn, offset)
    clock = Clock()
    clock.offset_us = offset
    connection_book = await kit.open_book(dsn, "NIGHT", clock_us=clock)
    writer = kit.writer_of(connection_book, clock_us=clock)
    await writer.start()
    await kit.open_accounts(writer, "bank/a", "bank/b")
    today = datetime.fromisoformat(day).date()
    tomorrow = today.replace(day=today.day + 1)
    first = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1, today)))
    assert first.refusal is None
    future = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1, tomorrow)))
    await asyncio.sleep(2)
    later = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1, today)))
    assert later.entries[0].recorded_us > first.entries[0].recorded_us
    over_midnight = night.hour in (22, 23)
    after = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1, tomorrow)))
    await writer.stop()
    assert future.refusal is not None
    assert future.refusal.code == "effective_in_future"
    assert (after.refusal is None) == over_midnight


async def test_a_full_queue_refuses_before_it_costs_anything(book: kit.Book) -> None:
    """One more than the queue takes is turned away with `queue_full`; all the others are posted."""
    writer = kit.writer_of(book)
    waiting = [
        asyncio.ensure_future(writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)), 60)) for _ in range(MAX_WAITING)
    ]
    await asyncio.sleep(0)
    with pytest.raises(QueueFull):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
    await writer.start()
    outcomes = await asyncio.gather(*waiting)
    await writer.stop()
    assert {outcome.refusal.code for outcome in outcomes if outcome.refusal} == {"account_unknown"}
    assert await size_of(book) == 1 + MAX_WAITING


async def test_a_deadline_that_passes_in_flight_is_an_unknown_outcome_and_the_key_tells_later(
    make_writer: MakeWriter, book: kit.Book
) -> None:
    """The head is locked by somebody else: the sender is told `outcome_unknown`, never a failure, and repeats."""
    writer = await make_writer()
    await kit.open_accounts(writer, "bank/a", "bank/b")
    other = await asyncpg.connect(book.dsn)
    transaction = other.transaction()
    await transaction.start()
    await other.fetch("SELECT size FROM phb.lock_head($1)", book.book_id)
    item = kit.item(kit.post("bank/a", "bank/b", 1))
    with pytest.raises(OutcomeUnknown):
        await writer.submit(item, 0.3)
    await transaction.rollback()
    await other.close()
    again = await writer.submit(item, 10)
    assert again.number == 3
    assert await size_of(book) == 3


async def test_a_second_request_under_a_key_waits_and_at_its_deadline_is_told_that_the_key_is_in_use(
    make_writer: MakeWriter, book: kit.Book
) -> None:
    """While the first has no answer the second waits; its own deadline ends that with `idempotency_key_in_use`, and a third
    that waits longer has the first one's answer."""
    writer = await make_writer()
    await kit.open_accounts(writer, "bank/a", "bank/b")
    other = await asyncpg.connect(book.dsn)
    transaction = other.transaction()
    await transaction.start()
    await other.fetch("SELECT size FROM phb.lock_head($1)", book.book_id)
    item = kit.item(kit.post("bank/a", "bank/b", 1))
    first = asyncio.create_task(writer.submit(item, 30))
    await asyncio.sleep(0)
    third = asyncio.create_task(writer.submit(item, 30))
    with pytest.raises(KeyInUse):
        await writer.submit(item, 0.1)
    await transaction.rollback()
    await other.close()
    assert (await first).number == (await third).number
    assert (await third).replayed
    assert await size_of(book) == 3


async def test_a_second_request_goes_its_own_way_when_the_first_sender_has_gone(
    make_writer: MakeWriter, book: kit.Book
) -> None:
    """The first sender hangs up while its request is under way: those behind it get the true answer, and it happens once."""
    writer = await make_writer()
    await kit.open_accounts(writer, "bank/a", "bank/b")
    other = await asyncpg.connect(book.dsn)
    transaction = other.transaction()
    await transaction.start()
    await other.fetch("SELECT size FROM phb.lock_head($1)", book.book_id)
    item = kit.item(kit.post("bank/a", "bank/b", 1))
    first = asyncio.create_task(writer.submit(item, 30))
    await asyncio.sleep(0.1)
    later = [asyncio.create_task(writer.submit(item, 30)) for _ in range(3)]
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    await transaction.rollback()
    await other.close()
    assert {outcome.number for outcome in await asyncio.gather(*later)} == {3}
    assert await size_of(book) == 3


async def test_two_writers_on_one_book_number_without_gaps(make_writer: MakeWriter, book: kit.Book) -> None:
    """Two processes' writers post at once: every post gets a number of its own, and the floor holds for both."""
    one, two = await make_writer(), await make_writer()
    await kit.open_accounts(one, "bank/a", "bank/b")
    items = [kit.item(kit.post("bank/a", "bank/b", 1)) for _ in range(300)]
    outcomes = await asyncio.gather(*((one, two)[i % 2].submit(item, 30) for i, item in enumerate(items)))
    assert sorted(outcome.number for outcome in outcomes) == list(range(3, 303))
    found = await kit.rows(book.dsn, "SELECT balance FROM phb.balance ORDER BY account_id")
    assert [row["balance"] for row in found] == [300, -300]


async def test_the_same_key_through_two_writers_posts_once(make_writer: MakeWriter) -> None:
    """One key sent to two processes at once is posted by one and replayed by the other; another body is turned away."""
    one, two = await make_writer(), await make_writer()
    await kit.open_accounts(one, "bank/a", "bank/b")
    for _ in range(20):
        item = kit.item(kit.post("bank/a", "bank/b", 1))
        first, second = await asyncio.gather(one.submit(item, 10), two.submit(item, 10))
        assert first.number == second.number
        assert first.replayed != second.replayed
    other = kit.item(kit.post("bank/a", "bank/b", 2), key=item.key, prints=b"q" * 24)
    for writer in (one, two):
        with pytest.raises(KeyReused):
            await writer.submit(other)


async def test_a_stopped_process_does_not_stop_the_others(
    make_writer: MakeWriter, book: kit.Book, tmp_path: Path
) -> None:
    """SIGSTOP in the middle of its work: another process posts on after at most the session's time limits."""
    writer = await make_writer()
    await kit.open_accounts(writer, *(f"bank/{i}" for i in range(40)))
    path = tmp_path / "acknowledged"
    child = subprocess.Popen([sys.executable, "-m", "tests.faults.load", book.dsn, str(book.book_id), "7", str(path)])
    for _ in range(500):
        await asyncio.sleep(0.02)
        if len(acknowledged(path)) > 20:
            break
    child.send_signal(signal.SIGSTOP)
    outcomes: list[Outcome] = []
    for _ in range(20):
        item = kit.item(kit.post("bank/0", "bank/1", 1))
        while True:
            try:
                outcomes.append(await writer.submit(item, 20))
                break
            except NotConsidered:
                await asyncio.sleep(0.1)
    child.send_signal(signal.SIGCONT)
    await asyncio.sleep(0.3)
    child.kill()
    child.wait()
    assert len({outcome.number for outcome in outcomes}) == 20
    told = acknowledged(path)
    assert len(set(told.values()) | {outcome.number for outcome in outcomes}) == len(told) + 20


async def test_a_migration_under_a_running_writer_is_survived(make_writer: MakeWriter, book: kit.Book) -> None:
    """A column is added while the writer holds cached plans: the next post goes through on a fresh session."""
    writer = await make_writer()
    await kit.open_accounts(writer, "bank/a", "bank/b")
    connection = await asyncpg.connect(book.dsn)
    for number in range(3):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))
        await connection.execute(f"ALTER TABLE phb.head ADD COLUMN later_{number} integer")
        assert (await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)))).refusal is None
    await connection.close()


async def test_a_database_that_is_away_is_said_to_be(book: kit.Book) -> None:
    """Nothing listens: the sender is told `database_away` at its deadline, and the writer can still be stopped."""
    writer = kit.writer_of(kit.Book(book.dsn.split("?")[0] + "?host=/nowhere", book.book_id, book.code))
    await writer.start()
    with pytest.raises(DatabaseAway):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", 1)), 0.4)
    assert writer.problem == "database_away"
    await writer.stop()
