"""What the projector promises: every entry is counted once, however often and by however many it is run."""

import asyncio
from datetime import date

import asyncpg
import pytest

from ledger.book import projector, rounds
from ledger.book.database import READING, connect
from ledger.book.projector import catch_up, month_begins_us, project, recorded_month
from ledger.book.recount import recount
from ledger.book.rounds import ProjectorRounds
from ledger.book.store_reads import TRY_PROJECTING
from ledger.core.calendar import london_day
from tests import kit
from tests.book.history import History

CELLS = "SELECT account_id, effect_month, recorded_month, debit, credit, postings FROM phb.month_total ORDER BY 1, 2, 3"


async def lived(dsn: str, posts: int = 12) -> History:
    """A history of posts that are backdated across months and recorded in several."""
    history = await History.begin(dsn)
    for turn in range(posts):
        pairs = [(("bank/main", "bank/petty"), turn + 1), (("expense/care", "bank/main"), 7)]
        await history.post(pairs, turn * 13 % 90)
        if turn % 4 == 3:
            await history.clock.set(history.clock() + 20 * 86_400_000_000)
    await history.writer.stop()
    return history


async def recounted(history: History):
    """The recount as a reader makes it."""
    reader = await history.reader()
    try:
        return await recount(reader, history.book.book_id)
    finally:
        await reader.close()


async def test_any_slices_give_the_totals_of_one_run(dsn) -> None:
    """Slices of every length end with the same cells, and a run with nothing new changes nothing."""
    history = await lived(dsn)
    assert await history.project() == history.size
    whole = await kit.rows(dsn, CELLS)
    assert len({row["recorded_month"] for row in whole}) >= 3
    for most in (1, 3, 5):
        await kit.rows(dsn, "DELETE FROM phb.month_total")
        await kit.rows(dsn, "DELETE FROM phb.cursor")
        through = 0
        while (reached := await history.project(most)) > through:
            assert reached == min(through + most, history.size)
            assert (await recounted(history)).difference is None
            through = reached
        assert await kit.rows(dsn, CELLS) == whole


async def test_entries_are_read_in_slices_without_losing_one(dsn, monkeypatch: pytest.MonkeyPatch) -> None:
    """One run over many reads of a few entries counts all of them."""
    monkeypatch.setattr(projector, "SLICE", 2)
    history = await lived(dsn)
    assert await history.project() == history.size
    found = await recounted(history)
    assert (found.difference, found.projected_through) == (None, history.size)
    assert found.postings == len(history.posted) == sum(row["postings"] for row in await kit.rows(dsn, CELLS))


async def test_eight_projectors_at_once_count_every_posting_once(dsn) -> None:
    """They take turns on the cursor's row, and together do the work of one."""
    history = await lived(dsn)
    book_id = history.book.book_id
    connections = [await connect(dsn, "phb_projector", book_id) for _ in range(8)]
    reached = await asyncio.gather(*(catch_up(connection, book_id, 2) for connection in connections))
    assert set(reached) == {history.size}
    assert (await recounted(history)).difference is None
    for connection in connections:
        await connection.close()


async def test_a_projector_that_dies_before_its_commit_leaves_nothing_behind(dsn) -> None:
    """Its backend is killed between the totals and the commit; cells and cursor are as before, and the next
    one goes on."""
    history = await lived(dsn)
    book_id = history.book.book_id
    await history.project(5)
    before = await kit.rows(dsn, CELLS)
    dying = await connect(dsn, "phb_projector", book_id)
    pid = dying.get_server_pid()
    transaction = dying.transaction()
    await transaction.start()
    assert await project(dying, book_id, 4) == 9
    await kit.rows(dsn, "SELECT pg_terminate_backend($1, 5000)", pid)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, ConnectionError)):
        await transaction.commit()
    dying.terminate()
    assert await kit.rows(dsn, CELLS) == before
    assert await history.project() == history.size
    assert (await recounted(history)).difference is None


async def test_the_month_recorded_is_that_of_the_clock_in_london(dsn) -> None:
    """In summer time an entry of the last hour of April in UTC was recorded in May; in winter the months
    agree."""
    history = await History.begin(dsn)
    for moment in (date(2026, 4, 30), date(2026, 10, 31)):
        midnight_utc = (moment.toordinal() - date(1970, 1, 1).toordinal() + 1) * 86_400_000_000
        await history.clock.set(midnight_utc - 1_800_000_000)
        await history.post([(("bank/main", "bank/petty"), 1)], 40)
    await history.writer.stop()
    await history.project()
    months = {row["recorded_month"] for row in await kit.rows(dsn, CELLS)}
    assert months == {date(2026, 5, 1), date(2026, 10, 1)}
    assert (await recounted(history)).difference is None


@pytest.mark.parametrize("month", [date(2026, 1, 1), date(2026, 4, 1), date(2026, 10, 1), date(2030, 7, 1)])
def test_a_month_begins_at_midnight_in_london(month: date) -> None:
    """The first microsecond is of the month and the one before is not, in winter, summer and after the
    changes."""
    begins = month_begins_us(month)
    assert london_day(begins) == month == recorded_month(begins)
    assert recorded_month(begins - 1) < month


DAMAGES = [
    ("posting", "UPDATE phb.posting SET balance_after = 1 WHERE number = 5 AND account_id = 1",
     ("bank/main", "5")),
    ("balance", "UPDATE phb.balance SET debit = debit + 1, credit = credit + 1 WHERE account_id = 2",
     ("bank/petty", None)),
    ("balance", "UPDATE phb.balance SET last_number = 4 WHERE account_id = 3", ("expense/care", None)),
    ("balance", "DELETE FROM phb.balance WHERE account_id = 7", ("fund/nhsx/east", None)),
    ("delta", "UPDATE phb.delta SET debit = debit + 1 WHERE account_id = 3 AND day = '2026-01-30'",
     ("expense/care", "2026-01-30")),
    ("delta", "INSERT INTO phb.delta (book_id, account_id, day, debit, credit) "
     "VALUES (1, 8, '2026-01-05', 0, 0)",
     ("fund/council", "2026-01-05")),
    ("delta", "DELETE FROM phb.delta WHERE account_id = 2 AND day = '2026-01-30'",
     ("bank/petty", "2026-01-30")),
    ("month_total", "UPDATE phb.month_total SET postings = 99 WHERE account_id = 1 "
     "AND effect_month = '2026-01-01' AND recorded_month = '2026-01-01'", ("bank/main", "2026-01/2026-01")),
    ("month_total", "UPDATE phb.month_total SET recorded_month = '2030-01-01' WHERE account_id = 2 "
     "AND effect_month = '2026-01-01' AND recorded_month = '2026-01-01'", ("bank/petty", "2026-01/2026-01")),
    ("month_total", "UPDATE phb.cursor SET through_entry = through_entry - 1", None),
]  # fmt: skip


@pytest.mark.parametrize(("table", "damage", "where"), DAMAGES)
async def test_the_recount_names_the_first_total_that_postings_do_not_give(dsn, table, damage, where) -> None:
    """Each planted change to a running total is found in its table, with its account and day or month."""
    history = await lived(dsn)
    await history.project()
    assert (await recounted(history)).difference is None
    connection = await asyncpg.connect(dsn)
    for guarded in ("posting", "balance", "delta"):
        await connection.execute(f"ALTER TABLE phb.{guarded} DISABLE TRIGGER ALL")
    await connection.execute(damage)
    await connection.close()
    difference = (await recounted(history)).difference
    assert difference is not None
    assert difference.table == table
    assert difference.stored != difference.derived
    if where is not None:
        assert (difference.account, difference.place) == where


async def test_a_posting_beside_the_log_is_found_in_every_total(dsn) -> None:
    """A superuser's balanced pair of postings leaves balances behind, and the recount names the first
    account."""
    history = await lived(dsn)
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO phb.posting (book_id, account_id, number, amount, balance_after, effective_on) "
        "SELECT book_id, account_id, 1, CASE account_id WHEN 4 THEN 5 ELSE -5 END, "
        "CASE account_id WHEN 4 THEN 5 ELSE -5 END, '2026-01-30' FROM phb.account WHERE account_id IN (4, 5)"
    )
    await connection.close()
    difference = (await recounted(history)).difference
    assert difference is not None
    assert (difference.table, difference.account) == ("balance", "fund/nhs")
    assert (difference.stored, difference.derived) == ((0, 0, 0, 0, 0), (5, 5, 0, 1, 1))


async def test_a_reader_cannot_project(dsn) -> None:
    """Only the projector's role moves the cursor."""
    history = await lived(dsn, 1)
    reader = await connect(dsn, "phb_reader", history.book.book_id, READING)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await project(reader, history.book.book_id)
    await reader.close()


async def test_rounds_project_in_steps_behind_the_writer_and_say_how_far_they_are_behind(
    dsn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A round ends at the newest entry, or after its steps with the rest as its lag; a stopped one goes on where it was."""
    history = await lived(dsn)
    monkeypatch.setattr(rounds, "STEP", 2)
    monkeypatch.setattr(rounds, "STEPS_A_ROUND", 3)
    made = rounds_of(history)
    await made.once()
    assert made.lag == history.size - 6
    await made.stop()
    monkeypatch.setattr(rounds, "STEPS_A_ROUND", 100)
    made = rounds_of(history)
    await made.start()
    while made.lag != 0:
        await asyncio.sleep(0.01)
    await made.stop()
    assert (await recounted(history)).difference is None
    assert await history.project() == history.size


async def test_of_two_processes_one_projects_at_a_time(dsn) -> None:
    """While somebody holds the book's advisory lock a round does nothing; the next one after that does it all."""
    history = await lived(dsn, 3)
    other = await asyncpg.connect(dsn)
    transaction = other.transaction()
    await transaction.start()
    assert await other.fetchval(TRY_PROJECTING, history.book.book_id)
    made = rounds_of(history)
    await made.once()
    assert made.lag is None
    await transaction.rollback()
    await other.close()
    await made.once()
    await made.stop()
    assert made.lag == 0
    assert await history.project() == history.size


def rounds_of(history: History) -> ProjectorRounds:
    """The rounds of one process, not begun."""
    book_id = history.book.book_id
    return ProjectorRounds(connect=lambda: connect(history.book.dsn, "phb_projector", book_id), book_id=book_id)
