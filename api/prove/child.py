"""A worker process of its own, to race against and to kill: it holds the scratch book open as the service does.

It reads commands from standard input, one a line, and answers on standard output, one a line:
`race N WHO` spends the last pound of the n-th racer and answers `raced` with an outcome; `load FIRST` spends from the first number
on until the input ends, and says `sent N` before and `told N ENTRY OUTCOME` after each request.
"""

import asyncio
import os
import sys

import msgspec

from api.logs import configure
from api.open_books import OpenBook
from api.prove.book import CODE, PATIENCE_SECONDS, POUND, Scene
from ledger.book.submission import NotConsidered
from policies.decisions import content_of
from policies.gate import BudgetBusy, Decided, Sender
from policies.sheets import Wanted

CLIENTS = 8
PAUSE_SECONDS = 0.02


class Raced(msgspec.Struct, frozen=True):
    """What one of two racers was told."""

    entry: int
    outcome: str
    holds: bool
    reasons: list[str]


def outcome_of(decided: Decided) -> str:
    """The word of a decision, or of the refusal in its place."""
    refusal = decided.outcome.refusal
    return str(decided.outcome.entries[0].attribute("outcome")) if refusal is None else refusal.code


async def insist(opened: OpenBook, wanted: Wanted, sender: Sender) -> Decided:
    """Ask until there is an answer, always with the same key, as a client does whose connection broke."""
    while True:
        try:
            return await opened.gate.spend(wanted, sender, PATIENCE_SECONDS)
        except (NotConsidered, BudgetBusy):
            await asyncio.sleep(PAUSE_SECONDS)


def _say(*words: object) -> None:
    # One write for each line, so that a kill leaves no line half buffered in this process.
    os.write(1, (" ".join(map(str, words)) + "\n").encode())


async def _race(scene: Scene, opened: OpenBook, number: int, who: str) -> None:
    decided = await insist(opened, *scene.spend("race", number, POUND, number, who))
    entries = decided.outcome.entries
    findings = content_of(decided.detail).findings if decided.detail else []
    raced = Raced(
        entries[0].number if entries else 0, outcome_of(decided), bool(entries) and entries[0].attribute("hold") == "yes",
        [each.message for each in findings],
    )  # fmt: skip
    _say("raced", msgspec.json.encode(raced).decode())


class _Load:
    """Eight clients who spend, each as soon as it has its answer."""

    def __init__(self, scene: Scene, opened: OpenBook, first: int) -> None:
        self._scene = scene
        self._opened = opened
        self._next = first
        self._stopping = False

    async def run(self) -> None:
        """Spend until `stop`."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))

    def stop(self) -> None:
        """Let each client have its last answer."""
        self._stopping = True

    async def _client(self) -> None:
        while not self._stopping:
            number = self._next
            self._next += 1
            _say("sent", number)
            decided = await insist(self._opened, *self._scene.load(number))
            entries = decided.outcome.entries
            _say("told", number, entries[0].number if entries else 0, outcome_of(decided))


async def _work(scene: Scene) -> None:
    books = scene.books()
    await books.start()
    opened = await books.open(await books.row(CODE))
    load: _Load | None = None
    running: asyncio.Task[None] | None = None
    _say("ready")
    while command := (await asyncio.to_thread(sys.stdin.readline)).split():
        if command[0] == "race":
            await _race(scene, opened, int(command[1]), command[2])
        else:
            load = _Load(scene, opened, int(command[1]))
            running = asyncio.create_task(load.run())
    if load is not None and running is not None:
        load.stop()
        await running
    await books.stop()


if __name__ == "__main__":
    configure()
    asyncio.run(_work(msgspec.json.decode(sys.argv[1], type=Scene)))
