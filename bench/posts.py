"""Posts in one process and in two, alone and beside a bulk import, and what they write to the log of the
database."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from bench.events import MakeItem, SixLegs, TwoLegs, check_allowed, submitted
from bench.ground import Book, Ground, child, writing
from bench.rows import Case, Measured, Row, Sample, Target
from ledger.book.writer import Writer

SLICE = 1000
IN_FLIGHT = 3
WARM_SECONDS = 0.3
WAL_EVENTS = 20_000
TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Load:
    """What clients did: how many posts, in how long, and how long each of them waited (seconds)."""

    posts: int
    seconds: float
    waits: list[float]

    @property
    def rate(self) -> float:
        """Posts a second."""
        return self.posts / self.seconds


async def keep_posting(writer: Writer, make: MakeItem, clients: int, seconds: float) -> Load:
    """So many clients, each with one post on its way at any time."""
    waits: list[float] = []
    began = time.perf_counter()
    until = began + seconds

    async def client() -> None:
        sent = time.perf_counter()
        while sent < until:
            outcome = await writer.submit(make(), TIMEOUT_SECONDS)
            answered = time.perf_counter()
            if outcome.refusal is not None:
                raise RuntimeError(f"refused: {outcome.refusal.code}")
            waits.append(answered - sent)
            sent = answered

    await asyncio.gather(*(client() for _ in range(clients)))
    return Load(len(waits), time.perf_counter() - began, waits)


async def keep_importing(writer: Writer, make: MakeItem, goes_on: Callable[[int], bool]) -> Load:
    """The bulk lane as an import uses it: slices of a thousand, three in flight, while `goes_on(sent)`."""
    sent = 0
    pending: list[asyncio.Task[list[object]]] = []
    began = time.perf_counter()
    while goes_on(sent):
        items = [make() for _ in range(SLICE)]
        sent += len(items)
        if len(pending) >= IN_FLIGHT:
            check_allowed(await pending.pop(0))
        pending.append(asyncio.create_task(writer.submit_many(items)))  # type: ignore[arg-type]
        # The slice has to reach the queue before the next one is made.
        await asyncio.sleep(0)
    for task in pending:
        check_allowed(await task)
    return Load(sent, time.perf_counter() - began, [])


@asynccontextmanager
async def warm(ground: Ground, make: TwoLegs | SixLegs, clients: int) -> AsyncIterator[tuple[Book, Writer, list[int]]]:
    """A book with everything open and a writer that has posted already; the list collects what was
    acknowledged."""
    async with ground.book() as book, writing(book) as writer:
        counts = [await submitted(writer, make.opening())]
        counts.append((await keep_posting(writer, make, clients, WARM_SECONDS)).posts)
        yield book, writer, counts


def _maker(ground: Ground, kind: str) -> TwoLegs | SixLegs:
    if kind == "six-leg":
        return SixLegs(ground.plan.people)
    return TwoLegs(ground.plan.accounts, hot=kind == "hot")


def _posts(row: Row, kind: str, clients: int) -> Case:
    async def run(ground: Ground) -> Measured:
        make = _maker(ground, kind)
        async with warm(ground, make, clients) as (book, writer, counts):
            load = await keep_posting(writer, make, clients, ground.plan.seconds)
            counts.append(load.posts)
            return Measured({row.name: Sample(load.rate, load.waits)}, await ground.problems(book, sum(counts)))

    return Case((row,), run)


async def _bulk(ground: Ground) -> Measured:
    make = TwoLegs(ground.plan.accounts)
    async with warm(ground, make, 1) as (book, writer, counts):
        until = time.perf_counter() + ground.plan.seconds
        load = await keep_importing(writer, make, lambda _: time.perf_counter() < until)
        counts.append(load.posts)
        return Measured({"posts.bulk": Sample(load.rate)}, await ground.problems(book, sum(counts)))


async def _two_processes(ground: Ground) -> Measured:
    make = TwoLegs(ground.plan.accounts)
    async with ground.book() as book:
        async with writing(book) as writer:
            opened = await submitted(writer, make.opening())
        told = json.dumps(
            {
                "dsn": book.dsn,
                "book_id": book.book_id,
                "clients": 32,
                "accounts": ground.plan.accounts,
                "seconds": ground.plan.seconds,
            }
        )
        arguments = ("-m", "bench.child", "post", told)
        async with child(ground, *arguments) as one, child(ground, *arguments) as other:
            warmed = [await each.hear() for each in (one, other)]
            await asyncio.gather(*(each.say("go") for each in (one, other)))
            found = [await each.hear() for each in (one, other)]
        seconds = max(each["ended"] for each in found) - min(each["began"] for each in found)
        posts = sum(len(each["waits"]) for each in found)
        waits = [wait for each in found for wait in each["waits"]]
        acknowledged = opened + posts + sum(each["posts"] for each in warmed)
        shares = sorted(len(each["waits"]) for each in found)
        return Measured(
            {"posts.two-processes": Sample(posts / seconds, waits)},
            await ground.problems(book, acknowledged),
            {"posts.two-processes": f"32 clients each; the slower process had {shares[0] / posts:.0%}"},
        )


async def _beside_bulk(ground: Ground) -> Measured:
    make, singles = TwoLegs(ground.plan.accounts), TwoLegs(ground.plan.accounts)
    seconds = 2 * ground.plan.seconds
    samples: dict[str, Sample] = {}
    async with warm(ground, make, 1) as (book, writer, counts):
        for name, pause in (("steady", 0.02), ("sudden", 0.3)):
            stop = asyncio.Event()
            bulk = asyncio.create_task(keep_importing(writer, make, lambda _, stop=stop: not stop.is_set()))
            # The import has to be in full flow before the first spend arrives.
            await asyncio.sleep(0.2)
            try:
                waits = await _now_and_then(writer, singles, pause, seconds)
                # The first of steady spends is a sudden one: it meets slices that grew while nobody waited.
                kept = waits[1:] if name == "steady" and len(waits) > 1 else waits
            finally:
                stop.set()
                load = await bulk
            counts += [load.posts, len(waits)]
            samples[f"posts.beside-bulk.{name}"] = Sample(sorted(kept)[len(kept) // 2] * 1000, kept)
            samples[f"posts.beside-bulk.{name}-import"] = Sample(load.rate)
        return Measured(samples, await ground.problems(book, sum(counts)))


async def _now_and_then(writer: Writer, make: MakeItem, pause: float, seconds: float) -> list[float]:
    chance = random.Random()
    waits: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or not waits:
        await asyncio.sleep(chance.uniform(0.5, 1.5) * pause)
        sent = time.perf_counter()
        check_allowed([await writer.submit(make(), TIMEOUT_SECONDS)])
        waits.append(time.perf_counter() - sent)
    return waits


def _wal(row: Row, kind: str) -> Case:
    async def run(ground: Ground) -> Measured:
        make = _maker(ground, kind)
        events = WAL_EVENTS // (40 if ground.plan.quick else 1)
        async with warm(ground, make, 8) as (book, writer, counts), ground.admin(book.database) as admin:
            await admin.execute("CHECKPOINT")
            before = await admin.fetchval("SELECT pg_current_wal_lsn()")
            left = iter(range(events))

            async def client() -> None:
                for _ in left:
                    check_allowed([await writer.submit(make(), TIMEOUT_SECONDS)])

            await asyncio.gather(*(client() for _ in range(64)))
            written = await admin.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), $1)::bigint", before)
            counts.append(events)
            return Measured({row.name: Sample(written / events)}, await ground.problems(book, sum(counts)))

    return Case((row,), run)


def _row(name: str, work: str, target: Target | None, reference: str | None, note: str = "", unit: str = "/s") -> Row:
    return Row(f"posts.{name}", work, unit, target, reference, note)


_SIX = "decision and post in one group, two entries; L3–L8 checked"
_STEADY = "a spend every 20 ms; the figure is its median wait, without the first spend, which is a sudden one"
_SUDDEN = "a spend every 300 ms meets full slices; the figure is its median wait"
CASES = (
    _posts(_row("two-leg.1", "two legs, 1 waiting", Target("≥ 900/s", least=900), "plain.1"), "two-leg", 1),
    _posts(_row("two-leg.8", "two legs, 8 waiting", Target("≥ 4,000/s", least=4000), "plain.8"), "two-leg", 8),
    _posts(
        _row(
            "two-leg.64",
            "two legs, 64 waiting",
            Target("≥ 8,000/s, p99 ≤ 15 ms", least=8000, p99_ms=15),
            "plain.64",
        ),
        "two-leg",
        64,
    ),
    _posts(_row("six-leg.1", "six legs and decision, 1 waiting", None, "plain.1", _SIX), "six-leg", 1),
    _posts(_row("six-leg.8", "six legs and decision, 8 waiting", None, "plain.8", _SIX), "six-leg", 8),
    _posts(_row("six-leg.64", "six legs and decision, 64 waiting", None, "plain.64", _SIX), "six-leg", 64),
    _posts(
        _row(
            "hot",
            "one hot account in every post, 64 waiting",
            Target("no slower than uniform", no_slower=True),
            "posts.two-leg.64",
        ),
        "hot",
        64,
    ),
    Case((_row("two-processes", "two processes on one book", None, "posts.two-leg.64"),), _two_processes),
    Case(
        (
            _row(
                "bulk",
                "bulk, slices of 1,000, three in flight",
                Target("≥ 16,000/s", least=16000),
                "plain.64",
            ),
        ),
        _bulk,
    ),
    Case(
        (
            _row("beside-bulk.steady", "a spend's wait beside a bulk import, steady", None, None, _STEADY, "ms"),
            _row("beside-bulk.steady-import", "the import meanwhile", None, "posts.bulk"),
            _row("beside-bulk.sudden", "a spend's wait beside a bulk import, sudden", None, None, _SUDDEN, "ms"),
            _row("beside-bulk.sudden-import", "the import meanwhile", None, "posts.bulk"),
        ),
        _beside_bulk,
    ),
    _wal(
        _row(
            "wal.two-leg",
            "WAL for an event of two legs",
            None,
            "plain.wal",
            "64 waiting, after a checkpoint",
            "bytes",
        ),
        "two-leg",
    ),
    _wal(
        _row(
            "wal.six-leg",
            "WAL for six legs and decision",
            None,
            "plain.wal",
            "64 waiting, after a checkpoint; 400 bytes of detail in each",
            "bytes",
        ),
        "six-leg",
    ),
)
