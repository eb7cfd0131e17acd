"""Where a run happens: a server of its own in a directory of its own, and a fresh database for each
measurement."""

import asyncio
import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from api.embedded import Embedded, start
from bench.invariants import problems_of
from ledger.book.books import open_book
from ledger.book.verify import Further
from ledger.book.writer import Settings, Writer
from ledger.budgets.identities import IDENTITIES
from ledger.core.calendar import london_day
from ledger.core.model import Asked
from ledger.core.requests import OpenBook

ROOT = Path(__file__).resolve().parent.parent
ASKED = Asked("bench", "bench")
TEMPLATE = "bench_template"
CODE = "BENCH"
GRACE_SECONDS = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how large a run is."""

    quick: bool
    rounds: int
    seconds: float
    accounts: int
    people: int
    middle_entries: int
    large_entries: int
    import_rows: int
    made_up_rows: int
    reads: int
    case_seconds: float


FULL = Plan(False, 3, 5.0, 1000, 200, 200_000, 1_000_000, 40_167, 147_000, 3_000, 1800.0)
QUICK = Plan(True, 1, 0.4, 100, 10, 3_000, 6_000, 2_000, 6_000, 100, 60.0)


def clock_us() -> int:
    """The process clock in microseconds UTC."""
    return time.time_ns() // 1000


def nonce() -> str:
    """Sixteen random bytes for a line."""
    return secrets.token_hex(16)


def today() -> date:
    """The accounting day now."""
    return london_day(clock_us())


@dataclass(frozen=True, slots=True)
class Book:
    """A book of the run. `dsn` is the service's login, `admin` the superuser's, who looks behind the
    tables."""

    dsn: str
    admin: str
    database: str
    book_id: int


def writer_on(dsn: str, book_id: int) -> Writer:
    """A writer as the service makes it, not started yet; without notes outside there is no fork to check
    for."""
    return Writer(Settings(dsn=dsn, book_id=book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES))


@asynccontextmanager
async def writing(book: Book) -> AsyncIterator[Writer]:
    """A started writer."""
    writer = writer_on(book.dsn, book.book_id)
    await writer.start()
    try:
        yield writer
    finally:
        await writer.stop()


class ChildFailed(RuntimeError):
    """A process that this run started did not do its part; the message has the end of what it said."""


class Ground:
    """One run's server and everything made on it."""

    def __init__(self, directory: Path, embedded: Embedded, plan: Plan) -> None:
        self.directory = directory
        self.embedded = embedded
        self.plan = plan
        self.kept: dict[str, Any] = {}
        self._numbers = count(1)

    async def prepare(self) -> None:
        """The migrated template that every database is copied from, and the logins of the service."""
        from migrations.logins import ensure_logins
        from migrations.run import upgrade

        admin = await asyncpg.connect(self.embedded.uri("postgres"))
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
        await admin.close()
        await asyncio.to_thread(upgrade, self.embedded.uri(TEMPLATE))
        await ensure_logins(self.embedded.uri(TEMPLATE))

    @asynccontextmanager
    async def admin(self, database: str = "postgres") -> AsyncIterator[Any]:
        """A connection of the superuser."""
        connection = await asyncpg.connect(self.embedded.uri(database))
        try:
            yield connection
        finally:
            await connection.close()

    async def new_database(self, template: str = TEMPLATE) -> str:
        """A database that nothing has used before."""
        name = f"bench_{next(self._numbers)}"
        async with self.admin() as admin:
            await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    async def drop(self, database: str) -> None:
        """Give its room back."""
        async with self.admin() as admin:
            await admin.execute(f"DROP DATABASE {database} WITH (FORCE)")

    async def new_book(self, first_month: str | None = None) -> Book:
        """A synthetic book in a database of its own, opened and otherwise empty."""
        name = await self.new_database()
        dsn = self.embedded.uri(name, "phb_serve")
        month = first_month or f"{today().year - 2}-04"
        request = OpenBook(
            currency="GBP",
            first_month=month,
            nature="synthetic",
            origin=f"phb-ledger/{CODE}/{secrets.token_hex(8)}",
        )
        await open_book(dsn, CODE, request, ASKED, clock_us=clock_us, nonce=nonce)
        async with self.admin(name) as admin:
            book_id = await admin.fetchval("SELECT book_id FROM phb.book WHERE code = $1", CODE)
        return Book(dsn, self.embedded.uri(name), name, book_id)

    @asynccontextmanager
    async def book(self, first_month: str | None = None) -> AsyncIterator[Book]:
        """A new book that is dropped afterwards."""
        book = await self.new_book(first_month)
        try:
            yield book
        finally:
            await self.drop(book.database)

    async def problems(
        self, book: Book, acknowledged: int | None = None, also: Sequence[Further] = ()
    ) -> list[str]:  # fmt: skip
        """What is wrong with a book after it was measured; `acknowledged` is how many keys clients were
        told of, `also` are further checks of verification."""
        return await problems_of(book.admin, book.dsn, book.book_id, acknowledged, also)


@contextmanager
def standing(plan: Plan, parent: Path | None) -> Iterator[Ground]:
    """A ground that is gone afterwards, whatever happened: server, files and all."""
    # A short path, because a Unix socket's name has 107 bytes.
    directory = Path(tempfile.mkdtemp(prefix="phb-bench-", dir=parent)).resolve()
    embedded: Embedded | None = None
    try:
        embedded = start(directory / "pg")
        yield Ground(directory, embedded, plan)
    finally:
        if embedded is not None:
            embedded.stop()
        shutil.rmtree(directory, ignore_errors=True)


class Child:
    """A process of this run, which ends with it. It speaks one line of JSON at a time."""

    def __init__(self, process: Any, log: Path) -> None:
        self.process = process
        self._log = log

    async def say(self, word: str) -> None:
        """Tell it to go on."""
        self.process.stdin.write(word.encode() + b"\n")
        await self.process.stdin.drain()

    async def hear(self) -> Any:
        """Its next line. ChildFailed when it ended without one."""
        line = await self.process.stdout.readline()
        if not line:
            raise ChildFailed(self.last_words())
        return json.loads(line)

    def last_words(self) -> str:
        """The end of what it complained of."""
        return self._log.read_text(encoding="utf-8", errors="replace")[-2000:]


@asynccontextmanager
async def child(ground: Ground, *arguments: str, environment: dict[str, str] | None = None) -> AsyncIterator[Child]:
    """`python ARGUMENTS` in a group of its own, told to stop at the end and killed if it does not."""
    log = ground.directory / f"child-{secrets.token_hex(4)}.log"
    with log.open("wb") as errors:
        starting = asyncio.ensure_future(
            asyncio.create_subprocess_exec(
                sys.executable,
                *arguments,
                cwd=ROOT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                limit=2**26,
            )
        )
        try:
            process = await asyncio.shield(starting)
        except asyncio.CancelledError:
            # It may have begun already, and nobody else knows of it.
            await _end(await starting)
            raise
    try:
        yield Child(process, log)
    finally:
        await _end(process)


async def _end(process: Any) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), GRACE_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
    # What it started and left behind is in the group that only it leads.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
