"""Keeps the month totals of one book behind its log while a service runs (engine.md 21).

Outside the writer's path: small steps on a connection of their own, each under an advisory lock, so that of several processes
with the book open one projects at a time and the others find nothing left to do.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
import structlog

from ledger.book import store_reads
from ledger.book.database import LOST
from ledger.book.loading import BookUnknown
from ledger.book.projector import project
from ledger.book.submission import DatabaseAway

Connection = Any
log = structlog.get_logger()

EVERY_SECONDS = 3.0
STEP = 500
"""Entries in one step: reading their lines holds the process's loop for a few milliseconds."""
STEPS_A_ROUND = 40


class ProjectorRounds:
    """Projects what is new every few seconds. `connect` gives a connection of phb_projector with the book set; `sleep` is
    `asyncio.sleep`. `lag` is how many entries the totals were behind after the last round, None before the first."""

    def __init__(
        self, *, connect: Callable[[], Awaitable[Connection]], book_id: int,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, every_seconds: float = EVERY_SECONDS,
    ) -> None:  # fmt: skip
        self.lag: int | None = None
        self._connect = connect
        self._book_id = book_id
        self._sleep = sleep
        self._every_seconds = every_seconds
        self._connection: Connection = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the rounds. The database may still be away."""
        self._task = asyncio.create_task(self._rounds(), name=f"projector-{self._book_id}")

    async def stop(self) -> None:
        """End the rounds. A step under way is rolled back whole; the cursor says where the next one goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        await self._let_go()

    async def once(self) -> None:
        """One round: steps until the totals have caught up, somebody else projects, or the round is long enough."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await self._connect()
        for _ in range(STEPS_A_ROUND):
            if not await self._step():
                return
            # The writer's turn.
            await self._sleep(0)

    async def _step(self) -> bool:
        """Take in the next few entries; whether there are more."""
        connection, book_id = self._connection, self._book_id
        async with connection.transaction():
            if not await connection.fetchval(store_reads.TRY_PROJECTING, book_id):
                return False
            through = await project(connection, book_id, STEP)
            self.lag = max(0, await connection.fetchval(store_reads.LOG_SIZE, book_id) - through)
            return self.lag > 0

    async def _rounds(self) -> None:
        while True:
            try:
                await self.once()
            except (*LOST, DatabaseAway, BookUnknown, asyncpg.PostgresError) as gone:
                log.warning("projector_failed", book_id=self._book_id, error=type(gone).__name__)
                await self._let_go()
            await self._sleep(self._every_seconds)

    async def _let_go(self) -> None:
        if self._connection is not None and not self._connection.is_closed():
            try:
                await self._connection.close(timeout=1)
            except LOST:
                self._connection.terminate()
        self._connection = None
