"""What the balances promise: every answer is what adding up by hand gives, for any day and any entry."""

import asyncio
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings

from ledger.book.balances import (
    AccountUnknown,
    entry_at,
    list_accounts,
    read_account,
    read_balance,
    read_balances,
    roll_up,
    trial_balance,
)
from ledger.book.database import READING, connect
from ledger.book.loading import BookUnknown
from ledger.book.recount import recount
from ledger.book.snapshot import snapshot
from ledger.book.writer import Writer
from ledger.core.model import Asked
from tests import kit
from tests.book.history import ACCOUNTS, CODES, History, moments, steps

MANY = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEWER = settings(MANY, max_examples=5)


def entry_of(history: History, part: float | None) -> int | None:
    """An entry number somewhere in the log, or beyond it."""
    return None if part is None else round(part * (history.size + 1)) - 1


def on_days_of_postings(history: History, chosen: list) -> list:
    """The same entries with days on which something was posted, where a bound that is off by one shows."""
    days = [posted.effective_on for posted in history.posted[:: max(1, len(history.posted) // 12)]]
    return [(day, known_at) for day, (_, known_at) in zip(days, chosen, strict=False)]


@MANY
@given(steps=steps(), moments=moments())
async def test_a_balance_on_any_day_as_known_at_any_entry_is_the_sum_of_its_postings(dsn, steps, moments) -> None:
    """The four kinds of balance agree with adding up, with the projector nowhere, somewhere and at the
    end."""
    history = await History.begin(dsn)
    await history.live(steps)
    reader = await history.reader()
    chosen = [(day, entry_of(history, part)) for day, part in moments]
    try:
        for _ in range(2):
            for day, known_at in [*chosen, *on_days_of_postings(history, chosen)]:
                found = await read_balances(reader, history.book.book_id, CODES, effective_on=day, known_at=known_at)
                expected = [history.sums(code, day, known_at) for code in CODES]
                assert [(each.debit, each.credit) for each in found] == expected
                assert [each.balance for each in found] == [debit - credit for debit, credit in expected]
            await history.project()
        assert (await recount(reader, history.book.book_id)).difference is None
    finally:
        await reader.close()
        await history.writer.stop()


@FEWER
@given(steps=steps(), moments=moments())
async def test_totals_by_class_group_layer_and_prefix_are_sums_of_their_accounts(dsn, steps, moments) -> None:
    """The trial balance and the roll-up count every account once, at every moment, and each group is at
    zero."""
    history = await History.begin(dsn)
    await history.live(steps)
    reader = await history.reader()
    book_id = history.book.book_id
    try:
        for day, part in moments:
            known_at = entry_of(history, part)
            at = {"effective_on": day, "known_at": known_at}
            there = [spec for spec in ACCOUNTS if known_at is None or known_at >= 2]

            def total(specs, day=day, known_at=known_at) -> tuple[int, int, int, int]:
                sums = [history.sums(spec.code, day, known_at) for spec in specs]
                debit, credit = sum(one for one, _ in sums), sum(two for _, two in sums)
                return len(sums), debit, credit, debit - credit

            trial = await trial_balance(reader, book_id, **at)
            assert {(c.layer, c.klass): (c.accounts, c.debit, c.credit, c.balance) for c in trial.classes} == {
                key: total([s for s in there if (s.layer, s.klass) == key])
                for key in {(s.layer, s.klass) for s in there}
            }
            assert {g.group: (g.accounts, g.debit, g.credit, g.balance) for g in trial.groups} == {
                group: total([s for s in there if s.group == group]) for group in {s.group for s in there}
            }
            assert all(group.balance == 0 for group in trial.groups)
            assert {x.layer: (x.accounts, x.debit, x.credit, x.balance) for x in trial.layers} == {
                layer: total([s for s in there if s.layer == layer]) for layer in {s.layer for s in there}
            }
            rolled = await roll_up(reader, book_id, "fund/", **at)
            assert {b.prefix: (b.accounts, b.debit, b.credit, b.balance) for b in rolled.branches} == {
                branch: total(
                    [s for s in there if s.code == branch or (branch[-1] == "/" and s.code.startswith(branch))]
                )
                for branch in ("fund/nhs", "fund/nhs/", "fund/nhsx/", "fund/council")
                if there
            }
            assert [b.balance for b in rolled.totals] == ([0] if there else [])
            listed = await list_accounts(reader, book_id, prefix="fund/nhs/", **at)
            assert [(row.account, row.debit, row.credit) for row in listed.accounts] == [
                (code, *history.sums(code, day, known_at)) for code in ("fund/nhs/east", "fund/nhs/west")
            ]
    finally:
        await reader.close()
        await history.writer.stop()


async def test_now_leaves_out_what_takes_effect_tomorrow(writer: Writer, book: kit.Book) -> None:
    """A generated posting of a later day is in the recorded balance and not yet in that of today."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    await writer.submit(kit.item(kit.post("bank/a", "bank/b", 100)))
    generated = Asked("test", "tester", source="generated")
    tomorrow = kit.DAY + timedelta(days=1)
    await writer.submit(kit.item(kit.post("bank/a", "bank/b", 11, tomorrow), asked=generated))
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    recorded = await read_balance(reader, book.book_id, "bank/a")
    today = await read_balance(reader, book.book_id, "bank/a", effective_on=kit.DAY)
    assert (recorded.balance, today.balance) == (111, 100)
    assert (today.effective_on, today.through_entry) == (kit.DAY, 4)
    await reader.close()


async def test_an_entry_is_found_by_its_time_to_the_microsecond(dsn: str) -> None:
    """At the microsecond of an entry it is known, one before it is not; before the book there is nothing."""
    history = await History.begin(dsn)
    for _ in range(5):
        await history.post([(("bank/main", "bank/petty"), 1)], 0)
    reader = await history.reader()
    for posted in history.posted[::2]:
        assert await entry_at(reader, history.book.book_id, posted.recorded_us) == posted.number
        assert await entry_at(reader, history.book.book_id, posted.recorded_us - 1) == posted.number - 1
    assert await entry_at(reader, history.book.book_id, 0) == 0
    assert await entry_at(reader, history.book.book_id, 2**62) == history.size
    await reader.close()
    await history.writer.stop()


async def test_balances_add_up_while_others_post(writer: Writer, book: kit.Book) -> None:
    """Balances and trial balance of one snapshot agree with each other however fast another task posts."""
    await kit.open_accounts(writer, "bank/a", "bank/b", "bank/c")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    done = asyncio.Event()

    async def keep_posting() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            await writer.submit(kit.item(kit.post("bank/a", f"bank/{'bc'[turn % 2]}", 7)))

    posting = asyncio.create_task(keep_posting())
    sizes = set()
    for _ in range(30):
        async with snapshot(reader):
            found = await read_balances(reader, book.book_id, ("bank/a", "bank/b", "bank/c"))
            trial = await trial_balance(reader, book.book_id)
            today = await read_balances(reader, book.book_id, ("bank/a",), effective_on=date.max)
        assert sum(each.balance for each in found) == 0
        assert {each.through_entry for each in found} == {trial.through_entry}
        assert sum(each.debit for each in found) == trial.layers[0].debit
        assert today[0].balance == found[0].balance == 7 * (trial.through_entry - 2)
        sizes.add(trial.through_entry)
    done.set()
    await posting
    assert len(sizes) > 5
    await reader.close()


async def test_pages_of_accounts_meet_without_gap_or_repeat(writer: Writer, book: kit.Book) -> None:
    """Every account is on exactly one page, in byte order, and a prefix takes no neighbours with it."""
    codes = [f"fund/{name}" for name in ("a", "a/b", "a-b", "a.b", "aZ", "b", "Z", "a/b/c")]
    await kit.open_accounts(writer, *codes)
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = await list_accounts(reader, book.book_id, after=after, limit=3)
        seen += [row.account for row in page.accounts]
        after = page.next_after
    assert seen == sorted(codes)
    under = await list_accounts(reader, book.book_id, prefix="fund/a/")
    assert [row.account for row in under.accounts] == ["fund/a/b", "fund/a/b/c"]
    first = await roll_up(reader, book.book_id, "fund/", limit=2)
    second = await roll_up(reader, book.book_id, "fund/", limit=100, after=first.next_after or "")
    assert [b.prefix for b in first.branches] == ["fund/Z", "fund/a"]
    assert [b.prefix for b in second.branches] == ["fund/a-b", "fund/a.b", "fund/a/", "fund/aZ", "fund/b"]
    assert second.next_after is None
    assert first.totals[0].accounts == second.totals[0].accounts == len(codes)
    await reader.close()


async def test_an_account_is_read_with_what_it_was_opened_with(writer: Writer, book: kit.Book) -> None:
    """Class, guard, tags and the number of the opening entry come with the balance."""
    spec = ACCOUNTS[4]
    await kit.open_accounts(writer, spec, tags=(("person", "P1"),))
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    row = await read_account(reader, book.book_id, spec.code)
    assert (row.account, row.klass, row.layer, row.group) == (spec.code, spec.klass, spec.layer, spec.group)
    assert (row.tags, row.opened_number, row.status, row.balance) == ({"person": "P1"}, 2, "open", 0)
    await reader.close()


@pytest.mark.parametrize("code", ["bank/none", "", "bank/a\x00", "bank:a", "-", "ö", "x" * 121])
async def test_what_is_no_account_is_unknown(writer: Writer, book: kit.Book, code: str) -> None:
    """Codes that do not exist and texts that cannot be codes get the same answer, also in the midst of a
    list."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    with pytest.raises(AccountUnknown) as unknown:
        await read_balances(reader, book.book_id, ("bank/a", code, "bank/nor/this"))
    assert unknown.value.account == code
    with pytest.raises(AccountUnknown):
        await read_account(reader, book.book_id, code)
    await reader.close()


@pytest.mark.parametrize("prefix", ["\x00", "a:", "\ud800", "%"])
async def test_a_text_that_can_begin_no_code_finds_nothing(writer: Writer, book: kit.Book, prefix: str) -> None:
    """Lists and roll-ups of such a prefix are empty instead of an error of the database."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    assert (await list_accounts(reader, book.book_id, prefix=prefix)).accounts == ()
    assert (await roll_up(reader, book.book_id, prefix)).totals == ()
    await reader.close()


async def test_another_book_is_unknown_to_a_reader_of_this_one(writer: Writer, book: kit.Book) -> None:
    """Row-level security hides the other book's head, and every read of it says that there is no such
    book."""
    other = await kit.open_book(book.dsn, "OTHER")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    for question in (trial_balance, list_accounts, recount):
        with pytest.raises(BookUnknown):
            await question(reader, other.book_id)
    await reader.close()
