"""Whatever is killed, and whenever: what was acknowledged is there, what was not can be repeated, nothing is half there."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from api.embedded import Embedded, start
from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from ledger.book.writer import Writer
from migrations.run import upgrade
from tests import kit
from tests.faults.leaky import LeakyWire
from tests.faults.load import ACCOUNTS, Load, acknowledged, item_of

RUNS = int(os.environ.get("PHB_FAULT_RUNS", "30"))
pytestmark = [pytest.mark.faults, pytest.mark.xdist_group("faults")]

# At COMMIT, after everything has been written: the session dies if the test has asked for it.
DIES_AT_COMMIT = """
CREATE TABLE public.doomed (n integer);
GRANT SELECT, DELETE ON public.doomed TO PUBLIC;
CREATE FUNCTION public.die() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF EXISTS (SELECT FROM public.doomed) THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
        PERFORM pg_sleep(0.01);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER dies AFTER UPDATE ON phb.head DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION public.die();
"""


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A server of its own, because it is going to be killed."""
    embedded = start(tmp_path_factory.mktemp("f") / "pg")
    yield embedded
    embedded.stop("immediate")


@pytest.fixture
async def loaded(own_server: Embedded) -> kit.Book:
    """A book with forty open accounts on the server that will be killed."""
    admin = await asyncpg.connect(own_server.uri("postgres"))
    name = f"t{random.randrange(10**9)}"
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    await asyncio.to_thread(upgrade, own_server.uri(name))
    book = await kit.open_book(own_server.uri(name))
    writer = kit.writer_of(book)
    await writer.start()
    await kit.open_accounts(writer, *(f"bank/{i}" for i in range(ACCOUNTS)))
    await writer.stop()
    return book


async def check_all(book: kit.Book, seed: int, told: dict[int, int], sent: int) -> None:
    """Repeat every post of a load: acknowledged ones are replayed with their number, the others post or replay once."""
    writer = kit.writer_of(book)
    await writer.start()
    results = await asyncio.gather(*(writer.submit(item_of(seed, n), 30) for n in range(sent)))
    await writer.stop()
    for number, outcome in enumerate(results):
        assert outcome.refusal is None
        if number in told:
            assert outcome.replayed
            assert outcome.number == told[number]
    assert len({outcome.number for outcome in results}) == sent
    found = await kit.rows(book.dsn, "SELECT count(*) AS n FROM phb.entry WHERE kind = 'transaction'")
    keys = await kit.rows(book.dsn, "SELECT count(*) AS n FROM phb.request_key")
    assert found[0]["n"] == keys[0]["n"] - 1


async def check_verifies(book: kit.Book) -> None:
    """The whole book re-derives from its lines."""
    reader = await connect(book.dsn, "phb_reader", book.book_id, READING)
    verdict = await verify_book(reader, book.book_id, verifiers=())
    await reader.close()
    assert verdict.ok, verdict.why


async def test_a_killed_process_loses_nothing_it_acknowledged(loaded: kit.Book, tmp_path: Path) -> None:
    """kill -9 of the posting process at random moments; every key is then repeated by another process."""
    chance = random.Random(RUNS)
    for seed in range(max(1, RUNS // 3)):
        path = tmp_path / f"acknowledged-{seed}"
        arguments = [sys.executable, "-m", "tests.faults.load", loaded.dsn, str(loaded.book_id), str(seed), str(path)]
        child = subprocess.Popen(arguments)
        for _ in range(400):
            await asyncio.sleep(0.02)
            if len(acknowledged(path)) > 5:
                break
        await asyncio.sleep(chance.random() * 0.2)
        child.send_signal(signal.SIGKILL)
        child.wait()
        told = acknowledged(path)
        assert told
        await check_all(loaded, seed, told, max(told) + 10)
    await check_verifies(loaded)


async def _while_loading(writer: Writer, book: kit.Book, seed: int, path: Path, kill: object) -> None:
    load = Load(writer, seed, path)
    running = asyncio.create_task(load.run())
    await asyncio.sleep(0.05)
    await kill()  # type: ignore[operator]
    await asyncio.sleep(0.05)
    load.stop()
    await asyncio.wait_for(running, 60)
    told = acknowledged(path)
    assert len(told) == load.sent
    await check_all(book, seed, told, load.sent)


async def test_a_crashed_database_loses_nothing_it_acknowledged(
    loaded: kit.Book, own_server: Embedded, tmp_path: Path
) -> None:
    """The server is stopped without a checkpoint at random moments and started again under the same writer."""
    chance = random.Random(RUNS + 1)
    writer = kit.writer_of(loaded)
    await writer.start()

    async def crash() -> None:
        await asyncio.sleep(chance.random() * 0.1)
        await asyncio.to_thread(own_server.stop, "immediate")
        await asyncio.to_thread(own_server.server.ensure_postgres_running)

    for seed in range(max(1, RUNS // 6)):
        await _while_loading(writer, loaded, seed, tmp_path / f"{seed}", crash)
    await writer.stop()
    await check_verifies(loaded)


async def test_a_session_that_dies_between_write_and_commit_leaves_nothing_half_done(
    loaded: kit.Book, tmp_path: Path
) -> None:
    """The backend is ended by a trigger at COMMIT, when all rows are written; the writer finds out and sends again."""
    admin = await asyncpg.connect(loaded.dsn)
    await admin.execute(DIES_AT_COMMIT)
    chance = random.Random(RUNS + 2)
    writer = kit.writer_of(loaded)
    await writer.start()

    async def doom() -> None:
        before = await admin.fetchval("SELECT size FROM phb.head")
        await admin.execute("INSERT INTO public.doomed VALUES (1)")
        await asyncio.sleep(0.02 + chance.random() * 0.05)
        await admin.execute("DELETE FROM public.doomed")
        assert await admin.fetchval("SELECT size FROM phb.head") >= before

    for seed in range(max(1, RUNS // 4)):
        await _while_loading(writer, loaded, seed, tmp_path / f"{seed}", doom)
    await writer.stop()
    await admin.close()
    await check_verifies(loaded)


async def test_an_answer_lost_after_commit_is_found_out(
    loaded: kit.Book, own_server: Embedded, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    """The commit happens and its answer is lost; every waiter still gets its true result."""
    directory = tmp_path_factory.mktemp("w")
    wire = LeakyWire(own_server.socket_directory, directory)
    await wire.start()
    through = loaded.dsn.split("?")[0] + f"?host={directory}"
    writer = kit.writer_of(kit.Book(through, loaded.book_id, loaded.code))
    await writer.start()

    async def lose() -> None:
        wire.lose_next_answer()

    runs = max(1, RUNS - RUNS // 3 - RUNS // 6 - RUNS // 4)
    for seed in range(runs):
        await _while_loading(writer, loaded, seed, tmp_path / f"{seed}", lose)
    await writer.stop()
    await wire.stop()
    assert wire.lost == runs
    await check_verifies(loaded)
