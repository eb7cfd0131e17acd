"""A real PostgreSQL for every test: one server for the run, one database for each test, made from a migrated template."""

import asyncio
import fcntl
import itertools
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import pytest

from api.embedded import Embedded, start
from ledger.book.writer import Writer
from migrations.run import upgrade
from tests import kit

_numbers = itertools.count()

# A database is three hundred files, and nearly every test makes one: in memory that costs a tenth of what a disk asks.
# Nothing here tests the loss of power, so nothing here needs the disk. PYTEST_DEBUG_TEMPROOT or --basetemp name another place.
MEMORY = Path("/dev/shm")
ROOM_NEEDED = 6 * 2**30
OWN_ROOT = "phb-"


def _own_root() -> None:
    """Give this run a place of its own: pytest takes the rights of its shared folder back at each start, and the server of a
    run beside it, which is another user's when root runs it, would lose its files. What ended runs left behind goes."""
    if "PYTEST_XDIST_WORKER" in os.environ or "PYTEST_DEBUG_TEMPROOT" in os.environ:
        return
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_NEEDED
    place = MEMORY if roomy else Path(tempfile.gettempdir())
    for left in place.glob(f"{OWN_ROOT}[0-9]*"):
        run = left.name.removeprefix(OWN_ROOT)
        if run.isdigit() and (int(run) == os.getpid() or not Path("/proc", run).exists()):
            shutil.rmtree(left, ignore_errors=True)
    # Sockets of tests lie deep in it, and the name of a socket has room for a hundred letters.
    own = place / f"{OWN_ROOT}{os.getpid()}"
    own.mkdir(mode=0o700)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = str(own)


_own_root()

# What the databases of tests do without: a killed process or server loses nothing by it, only a dead machine would.
QUICK = {"fsync": "off", "full_page_writes": "off"}

# No test judges by the clock: a busy machine is no fault.
hypothesis.settings.register_profile("phb", deadline=None)
hypothesis.settings.load_profile("phb")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Every test that awaits runs on asyncio, because asyncpg does."""
    return "asyncio"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Embedded:
    """The run's embedded server; the xdist workers share it and the last one out stops it."""
    base = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        base = base.parent
    with (Path(base) / "server.lock").open("w") as turn:
        # A fresh server is restarted once for its settings: nobody may attach to it meanwhile.
        fcntl.flock(turn, fcntl.LOCK_EX)
        return start(Path(base) / "pg", tuning=QUICK)


@pytest.fixture(scope="session")
def template(server: Embedded) -> str:
    """The name of a migrated database, made once for the whole run."""
    return asyncio.run(_template(server))


async def _template(server: Embedded) -> str:
    admin = await asyncpg.connect(server.uri("postgres"))
    try:
        # Roles are cluster-wide: two workers that make them at once collide (engine: small traps).
        await admin.execute("SELECT pg_advisory_lock(7240, 2)")
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = 'phb_template'"):
            await admin.execute("CREATE DATABASE phb_template_new")
            await asyncio.to_thread(upgrade, server.uri("phb_template_new"))
            await admin.execute("ALTER DATABASE phb_template_new RENAME TO phb_template")
    finally:
        await admin.close()
    return "phb_template"


@pytest.fixture
async def dsn(server: Embedded, template: str) -> AsyncIterator[str]:
    """A fresh, migrated, empty database for one test, as its superuser."""
    name = f"t_{os.environ.get('PYTEST_XDIST_WORKER', 'gw')}_{os.getpid()}_{next(_numbers)}"
    admin = await asyncpg.connect(server.uri("postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield server.uri(name)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def book(dsn: str) -> kit.Book:
    """A synthetic book `TEST`, first month April 2025, with nothing in it but its first entry."""
    return await kit.open_book(dsn, "TEST")


@pytest.fixture
async def writer(book: kit.Book) -> AsyncIterator[Writer]:
    """A writer on the book `TEST`."""
    made = kit.writer_of(book)
    await made.start()
    yield made
    await made.stop()


@pytest.fixture
async def make_writer(book: kit.Book) -> AsyncIterator[Callable[..., Writer]]:
    """Makes further writers on the book `TEST`, as other processes would, and stops them at the end."""
    made: list[Writer] = []

    async def make(**settings: object) -> Writer:
        writer = kit.writer_of(book, **settings)
        await writer.start()
        made.append(writer)
        return writer

    yield make  # type: ignore[misc]
    for writer in made:
        await writer.stop()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What tests ask to be shown at the end of a run, such as how often a rule finds something where nothing is: with more workers
    than one nobody sees what a test prints."""
    for report in terminalreporter.stats.get("passed", []):
        for name, said in report.user_properties:
            if name == "shown":
                terminalreporter.section(report.nodeid, sep="-")
                terminalreporter.write_line(str(said))
