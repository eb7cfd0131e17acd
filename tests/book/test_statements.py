"""What a statement promises: it opens and closes, its lines lead from one to the other, and pages meet."""

import asyncio
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.book import statements
from ledger.book.balances import AccountUnknown, read_balance
from ledger.book.database import READING, connect
from ledger.book.snapshot import snapshot
from ledger.book.statements import (
    EntryUnknown,
    Place,
    list_entries,
    open_holds,
    read_entry,
    recorded_statement,
    statement,
)
from ledger.book.writer import Writer
from ledger.core.model import AccountSpec, Malformed
from ledger.core.requests import Kept, OpenAccounts, PlaceHold, ReleaseHold, Reverse, Take
from tests import kit
from tests.book.history import History, moments, steps

FEW = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SEVEN_WAYS = st.lists(st.sampled_from([1, 2, 3, 100]), min_size=16, max_size=16)
ACCOUNT = "bank/main"


async def pages_of(reader, book_id: int, first: date, last: date, **how) -> list[statements.Statement]:
    """All pages of a statement, each but the first asked for as the one before says."""
    pages = [await statement(reader, book_id, ACCOUNT, first, last, **how)]
    while pages[-1].next_after is not None:
        how |= {"after": pages[-1].next_after, "known_at": pages[-1].through_entry}
        pages.append(await statement(reader, book_id, ACCOUNT, first, last, **how))
    return pages


@pytest.mark.parametrize("many", [statements.MANY_POSTINGS, 0], ids=["whole", "by-month"])
@FEW
@given(steps=steps(), moments=moments(), limits=SEVEN_WAYS)
async def test_a_statement_opens_closes_and_its_pages_meet(dsn, monkeypatch, many, steps, moments, limits) -> None:
    """For any days, entry, page size and direction the lines are the postings, and every running balance
    adds up."""
    monkeypatch.setattr(statements, "MANY_POSTINGS", many)
    history = await History.begin(dsn)
    await history.live(steps)
    reader = await history.reader()
    try:
        for (day, part), limit in zip(moments, limits, strict=False):
            known_at = None if part is None else round(part * history.size)
            last = day or date(2026, 12, 31)
            first = date.min if limit == 2 else last - timedelta(days=100)
            for newest_first in (False, True):
                pages = await pages_of(
                    reader, history.book.book_id, first, last,
                    limit=limit, known_at=known_at, newest_first=newest_first,
                )  # fmt: skip
                check(history, pages, first, last, known_at, newest_first)
    finally:
        await reader.close()
        await history.writer.stop()


def check(history, pages, first, last, known_at, newest_first) -> None:
    """The pages are what the postings give."""
    expected = history.of(ACCOUNT, last, known_at)
    before = [posted for posted in expected if posted.effective_on < first]
    opening, closing = sum(p.amount for p in before), sum(p.amount for p in expected)
    assert {(page.opening, page.closing) for page in pages} == {(opening, closing)}
    if newest_first:
        pages = pages[::-1]
    lines = [line for page in pages for line in (page.lines[::-1] if newest_first else page.lines)]
    assert [(x.number, x.recorded_us, x.effective_on, x.amount) for x in lines] == [
        (p.number, p.recorded_us, p.effective_on, p.amount) for p in expected[len(before) :]
    ]
    balance = opening
    for page in pages:
        assert page.page_opening == balance
        for line in page.lines[::-1] if newest_first else page.lines:
            balance += line.amount
            assert (line.balance, line.kind, line.event) == (balance, "transaction", 0)
        assert page.page_closing == balance
    assert balance == closing


async def test_the_recorded_order_shows_the_balances_as_they_were_stored(dsn) -> None:
    """Lines come by number with the stored balance, pages meet, and the balance known at each entry is the
    same."""
    history = await History.begin(dsn)
    for turn in range(9):
        await history.post([(("bank/main", "bank/petty"), turn - 20)], turn * 17 % 60)
    await history.project(6)
    reader = await history.reader()
    book_id = history.book.book_id
    after: int | None = 0
    lines, opening = [], 0
    while after is not None:
        page = await recorded_statement(reader, book_id, ACCOUNT, after=after, limit=4)
        assert page.opening == opening
        lines += page.lines
        opening, after = page.closing, page.next_after
    expected = sorted(history.of(ACCOUNT))
    assert [line.number for line in lines] == [posted.number for posted in expected]
    for line in lines:
        known = await read_balance(reader, book_id, ACCOUNT, known_at=line.number)
        assert line.balance == known.balance
    known = await recorded_statement(reader, book_id, ACCOUNT, known_at=lines[3].number, after=lines[1].number)
    assert [line.number for line in known.lines] == [lines[2].number, lines[3].number]
    await reader.close()
    await history.writer.stop()


async def test_a_backdated_posting_between_two_pages_does_not_disturb_them(dsn) -> None:
    """Pages that are asked for as the first one says are of one moment, and a statement asked anew shows
    the news."""
    history = await History.begin(dsn)
    for days_back in (9, 7, 5, 3):
        await history.post([(("bank/main", "bank/petty"), 100)], days_back)
    reader = await history.reader()
    first, last = history.today - timedelta(days=30), history.today
    one = await statement(reader, history.book.book_id, ACCOUNT, first, last, limit=2)
    await history.post([(("bank/main", "bank/petty"), 5)], 20)
    two = await statement(
        reader, history.book.book_id, ACCOUNT, first, last, limit=2,
        after=one.next_after, known_at=one.through_entry,
    )  # fmt: skip
    assert (one.page_closing, two.page_opening, two.page_closing) == (200, 200, 400)
    assert one.closing == two.closing == 400
    anew = await statement(reader, history.book.book_id, ACCOUNT, first, last)
    assert [line.balance for line in anew.lines] == [5, 105, 205, 305, 405]
    assert anew.through_entry == one.through_entry + 1
    await reader.close()
    await history.writer.stop()


async def test_a_statement_and_the_balances_add_up_while_others_post(writer: Writer, book: kit.Book) -> None:
    """Read in one snapshot, opening plus lines is the closing balance and the balance of the day, whoever
    posts."""
    await kit.open_accounts(writer, ACCOUNT, "bank/b")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    done = asyncio.Event()

    async def keep_posting() -> None:
        turn = 0
        while not done.is_set():
            turn += 1
            day = kit.DAY - timedelta(days=turn % 40)
            await writer.submit(kit.item(kit.post(ACCOUNT, "bank/b", turn, day)))

    posting = asyncio.create_task(keep_posting())
    first, last = kit.DAY - timedelta(days=10), kit.DAY
    sizes = set()
    for _ in range(30):
        async with snapshot(reader):
            told = await statement(reader, book.book_id, ACCOUNT, first, last, limit=1000)
            held = await read_balance(reader, book.book_id, ACCOUNT, effective_on=last)
        assert told.opening + sum(line.amount for line in told.lines) == told.closing == held.balance
        assert told.through_entry == held.through_entry
        sizes.add(told.through_entry)
    done.set()
    await posting
    assert len(sizes) > 5
    await reader.close()


async def test_days_in_the_wrong_order_and_places_outside_them_are_refused(writer: Writer, book: kit.Book) -> None:
    """Such a statement could not open and close, so it is not made."""
    await kit.open_accounts(writer, ACCOUNT, "bank/b")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    day_before = kit.DAY - timedelta(days=1)
    with pytest.raises(Malformed) as wrong:
        await statement(reader, book.book_id, ACCOUNT, kit.DAY, day_before)
    assert wrong.value.code == "dates_malformed"
    with pytest.raises(Malformed) as wrong:
        await statement(reader, book.book_id, ACCOUNT, kit.DAY, kit.DAY, after=Place(day_before, 1))
    assert wrong.value.code == "cursor_malformed"
    for unknown in ("bank/none", "bank\x00"):
        with pytest.raises(AccountUnknown):
            await statement(reader, book.book_id, unknown, kit.DAY, kit.DAY)
        with pytest.raises(AccountUnknown):
            await recorded_statement(reader, book.book_id, unknown)
        with pytest.raises(AccountUnknown):
            await open_holds(reader, book.book_id, unknown)
    await reader.close()


async def test_an_entry_is_read_with_its_line_and_what_undid_it(writer: Writer, book: kit.Book) -> None:
    """The entry is the one acknowledged, and after its reversal it names the entry that reversed it."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    posted = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 100)))
    undone = await writer.submit(kit.item(Reverse(entry=posted.number, effective_on=kit.DAY)))
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    found = await read_entry(reader, book.book_id, posted.number)
    assert (found.entry, found.undone_by, found.erased_by) == (posted.entries[0], undone.number, None)
    assert found.line.startswith(f"phb1|TEST|{posted.number}|")
    for number in (0, -1, undone.number + 1, 2**62):
        with pytest.raises(EntryUnknown):
            await read_entry(reader, book.book_id, number)
    await reader.close()


async def test_pages_of_entries_meet_and_a_rare_kind_is_found_across_them(
    writer: Writer, book: kit.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every entry is on one page; a page of one kind may be empty, and still says where to go on."""
    monkeypatch.setattr(statements, "SCANNED", 5)
    await kit.open_accounts(writer, "bank/a", "bank/b")
    for pence in range(1, 13):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", pence)))
    await kit.open_accounts(writer, "bank/c")
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)

    async def numbers(**how) -> tuple[list[int], int]:
        found, after, pages = [], 0, 0
        while after is not None:
            page = await list_entries(reader, book.book_id, after=after, **how)
            assert page.through_entry == 15
            found += [each.entry.number for each in page.entries]
            after, pages = page.next_after, pages + 1
        return found, pages

    assert await numbers(limit=4) == (list(range(1, 16)), 4)
    assert await numbers(kinds=("account_opened",)) == ([2, 15], 3)
    assert await numbers(kinds=("transaction", "book"), limit=3) == ([1, *range(3, 15)], 5)
    assert await numbers(kinds=("no_such_kind",)) == ([], 3)
    await reader.close()


async def test_the_holds_of_an_account_are_those_that_keep_its_money(writer: Writer, book: kit.Book) -> None:
    """A hold shows on its holding account and its origin with what remains, and no more once nothing does."""
    classes = (("av", "available"), ("other", "bank"), ("held", "held"))
    specs = [AccountSpec(code, klass) for code, klass in classes]
    await writer.submit(kit.item(OpenAccounts(accounts=tuple(specs))))
    placed = []
    for pence in (500, 300):
        request = PlaceHold(effective_on=kit.DAY, pairs=(Kept("held", "av", pence),), purpose="order")
        placed.append((await writer.submit(kit.item(request))).number)
    await writer.submit(kit.item(ReleaseHold(effective_on=kit.DAY, hold=placed[0], takes=(Take("held", 120),))))
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    for account in ("av", "held"):
        found = await open_holds(reader, book.book_id, account)
        assert [(h.number, h.purpose, h.expires_us, h.pairs[0].placed, h.pairs[0].remaining) for h in found.holds] == [
            (placed[0], "order", None, 500, 380),
            (placed[1], "order", None, 300, 300),
        ]
        assert (found.holds[0].pairs[0].holding, found.holds[0].pairs[0].origin) == ("held", "av")
    assert (await open_holds(reader, book.book_id, "other")).holds == ()
    await writer.submit(kit.item(ReleaseHold(effective_on=kit.DAY, hold=placed[0])))
    left = await open_holds(reader, book.book_id, "av")
    assert [hold.number for hold in left.holds] == [placed[1]]
    await reader.close()
