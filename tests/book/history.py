"""A book with a history of several months, on a clock that can be moved, and its answers added up by hand."""

import itertools
from datetime import date, timedelta
from typing import Any, NamedTuple

import asyncpg
from hypothesis import strategies as st

from ledger.book.books import find_book, open_book
from ledger.book.database import READING, connect
from ledger.book.projector import project
from ledger.book.writer import Writer
from ledger.core.calendar import london_day
from ledger.core.model import AccountSpec, Leg
from ledger.core.requests import OpenAccounts, OpenBook, Post
from tests import kit

BEGINS_US = 1_769_812_200_000_000
"""Half past ten in the evening of 30 January 2026, UTC: every history begins then."""
MINUTE_US = 60_000_000
NHS, COUNCIL = "nhs/2025-26", "council/2025-26"
ACCOUNTS = (
    AccountSpec("bank/main", "bank"),
    AccountSpec("bank/petty", "bank"),
    AccountSpec("expense/care", "expense", type="expense"),
    AccountSpec("fund/nhs", "source", "budget", NHS, "source", "credit"),
    AccountSpec("fund/nhs/east", "available", "budget", NHS, "use"),
    AccountSpec("fund/nhs/west", "spent", "budget", NHS, "use"),
    AccountSpec("fund/nhsx/east", "available", "budget", COUNCIL, "use"),
    AccountSpec("fund/council", "source", "budget", COUNCIL, "source", "credit"),
)
CODES = tuple(spec.code for spec in ACCOUNTS)
PAIRS = (
    ("bank/main", "bank/petty"),
    ("expense/care", "bank/main"),
    ("fund/nhs/east", "fund/nhs"),
    ("fund/nhs/west", "fund/nhs/east"),
    ("fund/nhsx/east", "fund/council"),
)
_codes = itertools.count(1)


class Clock:
    """The clock of the process and of one database, moved together: the writer compares them."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self.offset_us = 0

    def __call__(self) -> int:
        """Microseconds since 1970 UTC."""
        return kit.clock_us() + self.offset_us

    async def set(self, time_us: int) -> None:
        """Let it be this time now."""
        self.offset_us = time_us - kit.clock_us()
        connection = await asyncpg.connect(self.dsn)
        try:
            await connection.execute(
                "CREATE OR REPLACE FUNCTION phb.clock_us() RETURNS bigint LANGUAGE sql VOLATILE "
                "SET search_path = pg_catalog, pg_temp AS $$ "
                f"SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint + {self.offset_us} $$"
            )
        finally:
            await connection.close()


class Posted(NamedTuple):
    """One posting as the writer acknowledged it."""

    number: int
    recorded_us: int
    effective_on: date
    account: str
    amount: int


class History:
    """A book, a writer on it, and everything that was posted."""

    def __init__(self, book: kit.Book, writer: Writer, clock: Clock) -> None:
        self.book = book
        self.writer = writer
        self.clock = clock
        self.posted: list[Posted] = []
        self.size = 0

    @classmethod
    async def begin(cls, dsn: str) -> "History":
        """A new book with all accounts, on a clock that begins anew."""
        clock = Clock(dsn)
        await clock.set(BEGINS_US)
        code = f"H{next(_codes)}"
        request = OpenBook(currency="GBP", first_month="2025-04", nature="synthetic", origin=f"phb-ledger/{code}/test")
        await open_book(dsn, code, request, kit.ASKED, clock_us=clock, nonce=kit.nonce)
        connection = await connect(dsn, "phb_reader", None, READING)
        book = kit.Book(dsn, (await find_book(connection, code)).book_id, code)
        await connection.close()
        writer = kit.writer_of(book, clock_us=clock)
        await writer.start()
        made = cls(book, writer, clock)
        outcome = await writer.submit(kit.item(OpenAccounts(accounts=ACCOUNTS)))
        made.size = outcome.number
        return made

    @property
    def today(self) -> date:
        """The day in London on the book's clock."""
        return london_day(self.clock())

    async def post(self, pairs: list[tuple[tuple[str, str], int]], days_back: int) -> int:
        """One event of one or more pairs; its number. Legs that meet on one account are added up."""
        sums: dict[str, int] = {}
        for (debit, credit), pence in pairs:
            sums[debit] = sums.get(debit, 0) + pence
            sums[credit] = sums.get(credit, 0) - pence
        legs = tuple(Leg(account, pence) for account, pence in sums.items() if pence)
        if len(legs) < 2:
            return self.size
        day = self.today - timedelta(days=days_back)
        outcome = await self.writer.submit(kit.item(Post(effective_on=day, legs=legs)))
        assert outcome.refusal is None
        (entry,) = outcome.entries
        self.size = entry.number
        self.posted += [Posted(entry.number, entry.recorded_us, day, *leg) for leg in entry.legs]
        return entry.number

    async def reader(self) -> Any:
        """A connection that reads this book."""
        return await connect(self.book.dsn, "phb_reader", self.book.book_id, READING)

    async def project(self, most: int = 50_000) -> int:
        """Let the projector work once."""
        connection = await connect(self.book.dsn, "phb_projector", self.book.book_id)
        try:
            return await project(connection, self.book.book_id, most)
        finally:
            await connection.close()

    async def live(self, steps: list[Any]) -> None:
        """Do what a list of steps says."""
        for step, *values in steps:
            if step == "post":
                await self.post(*values)
            elif step == "wait":
                await self.clock.set(self.clock() + values[0] * MINUTE_US)
            else:
                await self.project(*values)

    def of(self, account: str, day: date | None = None, through: int | None = None) -> list[Posted]:
        """The account's postings up to a day and an entry, in the order of statements."""
        found = [
            posted for posted in self.posted
            if posted.account == account
            and (day is None or posted.effective_on <= day)
            and (through is None or posted.number <= through)
        ]  # fmt: skip
        return sorted(found, key=lambda posted: (posted.effective_on, posted.number))

    def sums(self, account: str, day: date | None = None, through: int | None = None) -> tuple[int, int]:
        """Debits and credits of the account up to a day and an entry."""
        amounts = [posted.amount for posted in self.of(account, day, through)]
        return sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)


def steps() -> st.SearchStrategy[list[Any]]:
    """Histories: posts backdated by up to half a year, waits of minutes to months, projections."""
    pairs = st.lists(st.tuples(st.sampled_from(PAIRS), st.integers(-5_000, 5_000).filter(bool)), min_size=1, max_size=2)
    back = st.one_of(st.integers(0, 3), st.integers(0, 180))
    post = st.tuples(st.just("post"), pairs, back)
    wait = st.tuples(st.just("wait"), st.sampled_from([40, 90, 60 * 24, 60 * 24 * 12, 60 * 24 * 31, 60 * 24 * 70]))
    projection = st.tuples(st.just("project"), st.integers(1, 12))
    return st.lists(st.one_of(post, post, post, wait, projection), min_size=8, max_size=40)


def moments() -> st.SearchStrategy[list[tuple[date | None, float | None]]]:
    """Days (month ends among them) with parts of the log; None stands for every day and for the whole log."""
    days = st.one_of(
        st.none(),
        st.sampled_from([date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date.max]),
        st.dates(date(2025, 8, 1), date(2026, 12, 31)),
    )
    parts = st.one_of(st.none(), st.floats(0, 1.1))
    return st.lists(st.tuples(days, parts), min_size=10, max_size=16)
