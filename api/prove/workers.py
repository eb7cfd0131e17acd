"""Holds the other end of worker processes: starts them, tells them what to do, reads what they said, kills them."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import msgspec

from api.prove.book import Scene

Found = TypeVar("Found")
LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 120.0


class WorkerLost(RuntimeError):
    """A worker process ended by itself, or does not do what it was told to."""


class Worker:
    """One worker process. What it says goes to a file, so that a kill loses nothing it had said."""

    def __init__(self, scene: Scene, said: Path) -> None:
        self._said = said
        self._log = said.with_suffix(".log")
        command = [sys.executable, "-m", "api.prove.child", msgspec.json.encode(scene).decode()]
        with said.open("wb") as out, self._log.open("wb") as log:
            # Our own program, by the interpreter that runs this.
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=out, stderr=log)  # noqa: S603

    def lines(self, word: str) -> list[str]:
        """What it said so far in whole lines that begin with a word, without it."""
        text = self._said.read_text(encoding="utf-8")
        whole = text[: text.rfind("\n") + 1].splitlines()
        return [line.partition(" ")[2] for line in whole if line.partition(" ")[0] == word]

    async def until(self, look: Callable[[], Found]) -> Found:
        """What `look` finds, once that is something. WorkerLost."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := look()):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self._lost()
            await asyncio.sleep(LOOK_SECONDS)
        return found

    async def answer(self, word: str, place: int) -> str:
        """Its answer at a place, counted from 0, of those that begin with a word."""
        return (await self.until(lambda: self.lines(word)[place:]))[0]

    async def ready(self) -> None:
        """Until it has the book open."""
        await self.answer("ready", 0)

    def tell(self, command: str) -> None:
        """Give it one command."""
        assert self._process.stdin is not None
        self._process.stdin.write(command.encode() + b"\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """kill -9, now; nothing when it has ended."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        self._process.stdin.close()

    async def end(self) -> None:
        """Let it finish what it is at. WorkerLost when it ends badly."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        if await asyncio.to_thread(self._process.wait, PATIENCE_SECONDS):
            raise self._lost()

    def _lost(self) -> WorkerLost:
        log = self._log.read_text(encoding="utf-8", errors="replace")
        return WorkerLost(f"a worker ended with {self._process.returncode}: {log[-2000:]}")
