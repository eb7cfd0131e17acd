"""What was written: statement lines of an account, entries by number, and the holds that are open on an
account.

Like the balances, these are reads of a phb_reader connection with the book set; pence are signed, debit
positive.
"""

from datetime import date, timedelta
from typing import Any, NamedTuple

import msgspec

from ledger.book import store_reads
from ledger.book.balances import AccountUnknown, check_known_shape, page_size
from ledger.book.projector import month_after
from ledger.book.snapshot import EVER, Moment, bounds_of, moment_of, ranges_of, snapshot, span, sums_of
from ledger.core.canon import Entry, parse
from ledger.core.model import Malformed

Connection = Any
MANY_POSTINGS = 5_000
"""Above this an account is read month by month; below it, reading all of it is quicker than finding the
months."""
SCANNED = 20_000
"""How many entries one page may look through for the kinds asked for."""


class EntryUnknown(LookupError):
    """The book has no entry of this number yet."""

    code = "entry_unknown"


class Place(msgspec.Struct, frozen=True):
    """Where a statement page ended: the day and entry number of its last line."""

    effective_on: date
    number: int


class StatementLine(msgspec.Struct, frozen=True):
    """One posting on a statement. `balance` is the account's balance after this line, in the statement's
    order."""

    number: int
    effective_on: date
    recorded_us: int
    kind: str
    event: int
    amount: int
    balance: int


class Statement(msgspec.Struct, frozen=True):
    """A page of a statement in the order of accounting days.

    `opening` and `closing` are of the whole range: opening + all its lines = closing. `page_opening` + the
    lines of this page = `page_closing`; with the newest lines first, read upwards. For the next page pass
    `next_after` as `after` and `through_entry` as `known_at`, and the pages add up whatever is posted in
    between."""

    account: str
    through_entry: int
    first_day: date
    last_day: date
    order: str
    opening: int
    closing: int
    page_opening: int
    page_closing: int
    lines: tuple[StatementLine, ...]
    next_after: Place | None


class RecordedStatement(msgspec.Struct, frozen=True):
    """A page of an account's postings in the order they were recorded; balances as stored with each
    posting."""

    account: str
    through_entry: int
    order: str
    opening: int
    closing: int
    lines: tuple[StatementLine, ...]
    next_after: int | None


class EntryRead(msgspec.Struct, frozen=True):
    """An entry, its line as hashed, and the numbers of the entries that undid or erased it, if any."""

    entry: Entry
    line: str
    undone_by: int | None
    erased_by: int | None


class EntryPage(msgspec.Struct, frozen=True):
    """Entries by number. `next_after` is None when the log's end was reached; a page of a rare kind may be
    short."""

    through_entry: int
    entries: tuple[EntryRead, ...]
    next_after: int | None


class OpenPair(msgspec.Struct, frozen=True):
    """One pair of a hold: what was moved from the origin to the holding account, and what remains of it."""

    holding: str
    origin: str
    placed: int
    remaining: int


class OpenHold(msgspec.Struct, frozen=True):
    """A hold that is not closed, with all its pairs; `expires_us` is microseconds UTC or None."""

    number: int
    purpose: str
    subject: str | None
    expires_us: int | None
    pairs: tuple[OpenPair, ...]


class OpenHolds(msgspec.Struct, frozen=True):
    """The open holds that keep money on an account or from it, by number."""

    account: str
    through_entry: int
    holds: tuple[OpenHold, ...]


class _Reading(NamedTuple):
    """What the parts of one statement share. Months recorded before `recorded_before` reach to entry
    `reach`."""

    connection: Connection
    book_id: int
    account_id: int
    moment: Moment
    many: bool
    recorded_before: date
    reach: int


async def statement(
    connection: Connection, book_id: int, account: str, first_day: date, last_day: date, *,
    after: Place | None = None, limit: int = 100, known_at: int | None = None, newest_first: bool = False,
) -> Statement:  # fmt: skip
    """Statement lines effective from `first_day` to `last_day`, both included, by (effective_on, number).

    AccountUnknown, BookUnknown; Malformed for days in the wrong order or a place outside them. An account
    of many postings is read one month of effect at a time, so that a page costs what its months hold."""
    check_known_shape(account)
    if last_day < first_day:
        raise Malformed("dates_malformed", "last_day")
    if after is not None and not first_day <= after.effective_on <= last_day:
        raise Malformed("cursor_malformed", "after")
    limit = page_size(limit)
    async with snapshot(connection):
        reading = await _reading(connection, book_id, account, known_at)
        opening = await _balance_before(reading, first_day)
        closing = await _balance_through(reading, last_day)
        if after is None:
            after = Place(EVER, 2**62) if newest_first else Place(date.min, 0)
            start = closing if newest_first else opening
        else:
            # Backwards the page begins below `after`, so the balance it starts from leaves that out.
            start = await _balance_at(reading, after.effective_on, after.number - newest_first)
        rows = await _page(reading, first_day, last_day, after, limit + 1, newest_first)
    lines, end = _lines(rows[:limit], start, newest_first)
    return Statement(
        account=account,
        through_entry=reading.moment.through,
        first_day=first_day,
        last_day=last_day,
        order="effective_on, number, newest first" if newest_first else "effective_on, number",
        opening=opening,
        closing=closing,
        page_opening=end if newest_first else start,
        page_closing=start if newest_first else end,
        lines=lines,
        next_after=Place(lines[-1].effective_on, lines[-1].number) if len(rows) > limit else None,
    )


async def recorded_statement(
    connection: Connection, book_id: int, account: str, *,
    after: int = 0, limit: int = 100, known_at: int | None = None,
) -> RecordedStatement:  # fmt: skip
    """An account's postings with numbers above `after`, in the order recorded, balances as stored with each.

    `opening` is the balance before the first line of this page, `closing` that after its last.
    AccountUnknown."""
    check_known_shape(account)
    limit = page_size(limit)
    async with snapshot(connection):
        reading = await _reading(connection, book_id, account, known_at)
        through = reading.moment.through
        after = max(0, min(after, through))
        found = await connection.fetchval(store_reads.BALANCE_AFTER, book_id, reading.account_id, after)
        rows = await connection.fetch(
            store_reads.RECORDED_LINES, book_id, reading.account_id, after, through, limit + 1
        )
    lines = tuple(_line(row, row["balance_after"]) for row in rows[:limit])
    opening: int = found or 0
    return RecordedStatement(
        account=account,
        through_entry=through,
        order="number",
        opening=opening,
        closing=lines[-1].balance if lines else opening,
        lines=lines,
        next_after=lines[-1].number if len(rows) > limit else None,
    )


async def read_entry(connection: Connection, book_id: int, number: int) -> EntryRead:
    """The entry of a number. EntryUnknown, BookUnknown."""
    async with snapshot(connection):
        size, _ = await span(connection, book_id)
        if not 1 <= number <= size:
            raise EntryUnknown
        row = await connection.fetchrow(store_reads.ENTRIES, book_id, number, number, 1)
    return _entry(row)


async def list_entries(
    connection: Connection, book_id: int, *, after: int = 0, limit: int = 100, kinds: tuple[str, ...] = ()
) -> EntryPage:
    """Entries with numbers above `after`, of the kinds named or of all, at most `limit` of them.

    A page looks through a bounded number of entries: one of a rare kind may be short, even empty, and not
    the last."""
    limit = page_size(limit)
    after = max(0, after)
    async with snapshot(connection):
        size, _ = await span(connection, book_id)
        after = min(after, size)
        last = min(after + (SCANNED if kinds else limit), size)
        if kinds:
            rows = await connection.fetch(store_reads.ENTRIES_OF_KINDS, book_id, after + 1, last, limit, list(kinds))
        else:
            rows = await connection.fetch(store_reads.ENTRIES, book_id, after + 1, last, limit)
    reached = rows[-1]["number"] if len(rows) == limit else last
    return EntryPage(size, tuple(_entry(row) for row in rows), reached if reached < size else None)


async def open_holds(connection: Connection, book_id: int, account: str) -> OpenHolds:
    """The holds open on an account, as holding account or as origin. AccountUnknown.

    A hold whose time has passed is listed until its expiry is an entry."""
    check_known_shape(account)
    async with snapshot(connection):
        reading = await _reading(connection, book_id, account, None)
        rows = await connection.fetch(store_reads.OPEN_HOLDS, book_id, reading.account_id)
    pairs: dict[int, list[OpenPair]] = {}
    for row in rows:
        pair = OpenPair(row["holding"], row["origin"], row["placed"], row["remaining"])
        pairs.setdefault(row["number"], []).append(pair)
    firsts = {row["number"]: row for row in reversed(rows)}
    holds = tuple(_hold(firsts[number], tuple(each)) for number, each in pairs.items())
    return OpenHolds(account, reading.moment.through, holds)


async def _reading(connection: Connection, book_id: int, account: str, known_at: int | None) -> _Reading:
    moment = await moment_of(connection, book_id, known_at)
    row = await connection.fetchrow(store_reads.ACCOUNT_SIZE, book_id, account)
    if row is None:
        raise AccountUnknown(account)
    many = row["postings"] > MANY_POSTINGS
    recorded_before, reach = await bounds_of(connection, book_id, moment) if many else (EVER, 0)
    return _Reading(connection, book_id, row["account_id"], moment, many, recorded_before, reach)


async def _balance_through(reading: _Reading, day: date) -> int:
    sums = await sums_of(reading.connection, reading.book_id, [reading.account_id], reading.moment, day)
    debit, credit = sums.get(reading.account_id, (0, 0))
    return debit - credit


async def _balance_before(reading: _Reading, day: date) -> int:
    return 0 if day == date.min else await _balance_through(reading, day - timedelta(days=1))


async def _balance_at(reading: _Reading, day: date, number: int) -> int:
    """The balance after everything before a day, and what that day has up to an entry."""
    before = await _balance_before(reading, day)
    lows, highs = await _numbers(reading, day.replace(day=1))
    part: int = await reading.connection.fetchval(
        store_reads.PART_OF_DAY, reading.book_id, reading.account_id, lows, highs, day, number
    )
    return before + part


async def _numbers(reading: _Reading, effect_month: date) -> tuple[list[int], list[int]]:
    """Ranges of entry numbers outside of which the account has no posting of this month of effect."""
    if not reading.many:
        return [1], [reading.moment.through]
    connection, book_id = reading.connection, reading.book_id
    rows = await connection.fetch(
        store_reads.RECORDED_MONTHS, book_id, [reading.account_id], effect_month, reading.recorded_before
    )
    recorded = [row["recorded_month"] for row in rows]
    _, lows, highs = await ranges_of(connection, book_id, recorded, reading.reach)
    return [*lows, reading.reach + 1], [*highs, reading.moment.through]


async def _page(
    reading: _Reading, first_day: date, last_day: date, after: Place, count: int, newest_first: bool
) -> list[Any]:
    """The next postings after a place, in the order asked for, at most `count` of them."""
    connection, book_id, account_id = reading.connection, reading.book_id, reading.account_id
    question = store_reads.STATEMENT_LINES_NEWEST_FIRST if newest_first else store_reads.STATEMENT_LINES
    if newest_first:
        last_day = min(last_day, after.effective_on)
    else:
        first_day = max(first_day, after.effective_on)
    if not reading.many:
        days = (first_day, last_day, after.effective_on, after.number)
        found = await connection.fetch(question, book_id, account_id, [1], [reading.moment.through], *days, count)
        return list(found)
    months = await connection.fetch(
        store_reads.STATEMENT_MONTHS, book_id, account_id, first_day.replace(day=1), last_day,
        reading.recorded_before, reading.reach, reading.moment.through,
    )  # fmt: skip
    rows: list[Any] = []
    for month in sorted((row["effect_month"] for row in months), reverse=newest_first):
        lows, highs = await _numbers(reading, month)
        last_of_month = month_after(month) - timedelta(days=1)
        days = (max(first_day, month), min(last_day, last_of_month), after.effective_on, after.number)
        rows += await connection.fetch(question, book_id, account_id, lows, highs, *days, count - len(rows))
        if len(rows) == count:
            break
    return rows


def _lines(rows: list[Any], start: int, newest_first: bool) -> tuple[tuple[StatementLine, ...], int]:
    """The rows with their running balances, and the balance at the far end of the page."""
    lines = []
    balance = start
    for row in rows:
        if newest_first:
            lines.append(_line(row, balance))
            balance -= row["amount"]
        else:
            balance += row["amount"]
            lines.append(_line(row, balance))
    return tuple(lines), balance


def _line(row: Any, balance: int) -> StatementLine:
    return StatementLine(
        row["number"],
        row["effective_on"],
        row["recorded_us"],
        row["kind"],
        row["event"],
        row["amount"],
        balance,
    )


def _hold(row: Any, pairs: tuple[OpenPair, ...]) -> OpenHold:
    return OpenHold(row["number"], row["purpose"], row["subject"], row["expires_us"], pairs)


def _entry(row: Any) -> EntryRead:
    return EntryRead(parse(row["body"]), row["body"], row["undone_by"], row["erased_by"])
