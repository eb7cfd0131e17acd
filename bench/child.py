"""What other processes of a run do: post or decide beside a sibling, or import while their memory is watched.

`python -m bench.child post|import|decide JSON`; answers are lines of JSON on standard output.
"""

import asyncio
import json
import os
import random
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import uvloop

from api.collecting import collect_less_often
from api.demo.payments import made_up_payments
from bench.events import TwoLegs
from bench.ground import ASKED, CODE, today, writer_on
from bench.posts import WARM_SECONDS, keep_posting
from bench.verdicts import said_of
from ledger.book.database import connect
from ledger.book.sink import LiveSink
from ledger.budgets.feeds import Feed, FeedRow, Importer, Problem
from ledger.budgets.payments_file import FEED, read_payments
from ledger.core.model import Asked
from policies.bundle import Bundle
from policies.engine import Engine

SEED = 7240


def tell(facts: dict[str, Any]) -> None:
    """One line for the process that started this one."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def post(told: dict[str, Any]) -> None:
    """Warm up, wait for the word, post for so long, tell every wait."""
    writer = writer_on(told["dsn"], told["book_id"])
    make = TwoLegs(told["accounts"])
    await writer.start()
    try:
        warmed = await keep_posting(writer, make, told["clients"], WARM_SECONDS)
        tell({"posts": warmed.posts})
        await asyncio.to_thread(sys.stdin.readline)
        began = time.monotonic()
        load = await keep_posting(writer, make, told["clients"], told["seconds"])
        tell({"began": began, "ended": time.monotonic(), "waits": [round(wait, 6) for wait in load.waits]})
    finally:
        await writer.stop()


class Watched:
    """Rows on their way into an import, with the peak of this process's memory before, at a third and
    after (MB)."""

    def __init__(self, rows: Iterable[FeedRow | Problem], total: int) -> None:
        self._rows = rows
        self._third = total // 3
        self.peaks = [peak_mb()]

    def __iter__(self) -> Iterator[FeedRow | Problem]:
        for number, row in enumerate(self._rows):
            if number == self._third:
                self.peaks.append(peak_mb())
            yield row
        self.peaks.append(peak_mb())


def peak_mb() -> float:
    """The most memory that this process has had at once, in MB."""
    # Not ru_maxrss: a process that is started has its parent's in it, which would hide all growth below that.
    return int(Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024


async def take(told: dict[str, Any]) -> None:
    """Import a file, or made-up rows, and then the same again; tell both reports, their seconds and the
    memory."""
    writer = writer_on(told["dsn"], told["book_id"])
    request_secret, lookup_secret = os.urandom(32), os.urandom(32)
    feed = Feed(
        book=CODE,
        name=FEED,
        asked=Asked(ASKED.client, ASKED.actor, source="imported"),
        request_secret=request_secret,
        lookup_secret=lookup_secret,
        token=lambda: f"py-{secrets.token_hex(6)}",
        salt=lambda: os.urandom(16),
    )
    connection = await connect(told["dsn"], "phb_writer", told["book_id"])
    await writer.start()
    try:
        sink = LiveSink(writer, connection, told["book_id"])
        for _ in ("posts", "replays"):
            began = time.perf_counter()
            watched, report = await _once(told, Importer(feed, sink))
            tell(
                {
                    "seconds": time.perf_counter() - began,
                    "peaks": [*watched.peaks, peak_mb()],
                    "rows": report.rows,
                    "posted": report.posted,
                    "replayed": report.replayed,
                    "refused": report.refused,
                    "total_pence": report.total_pence,
                    "payees": report.new_payees,
                }
            )
    finally:
        await writer.stop()
        await connection.close()


async def _once(told: dict[str, Any], importer: Importer) -> tuple[Watched, Any]:
    if told["file"] is None:
        watched = Watched(made_up_payments(random.Random(SEED), today(), told["rows"]), told["rows"])
        return watched, await importer.run(watched)
    with Path(told["file"]).open(encoding="utf-8-sig", errors="surrogateescape", newline="") as text:
        watched = Watched(read_payments(text), told["rows"])
        return watched, await importer.run(watched)


async def decide(told: dict[str, Any]) -> None:
    """Read the rules, wait for the word, decide every so-manieth sheet, tell what was said of each."""
    engine = Engine(Bundle.load())
    numbers = range(told["first"], told["count"], told["every"])
    said_of(engine, numbers[0])
    tell({"sheets": len(numbers)})
    await asyncio.to_thread(sys.stdin.readline)
    began = time.monotonic()
    said = [said_of(engine, number) for number in numbers]
    tell({"began": began, "ended": time.monotonic(), "said": said})


if __name__ == "__main__":
    collect_less_often()
    uvloop.run({"post": post, "import": take, "decide": decide}[sys.argv[1]](json.loads(sys.argv[2])))
