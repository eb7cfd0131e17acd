"""Group commit: one writer per book and process, through which every entry of the book passes.

While one batch is being committed the next is decided, against a state that runs ahead; if the database turns the first
away, both are decided again. Another process may write the same book: the append compares size and root, and a writer
that finds the head moved takes the lock before it reads, until the book is quiet again.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import asyncpg
import structlog

from ledger.book import store
from ledger.book.append import Heard, Sealed
from ledger.book.database import LOST
from ledger.book.loading import load_for
from ledger.book.outage import was_committed
from ledger.book.submission import (
    ClockSkew,
    DatabaseAway,
    DeadlinePassed,
    DecideAgain,
    ItemFailed,
    NotConsidered,
    OutcomeUnknown,
    Submission,
    WriterStopped,
)
from ledger.book.sweep import sweep, tell
from ledger.book.turned_away import alone_or_failed, answer_noes, once_more, replay_known
from ledger.book.waiting import MAX_WAITING, Waiting, all_answered
from ledger.book.writer_session import WriterSession
from ledger.book.writer_settings import Settings as Settings
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Item

Connection = Any
log = structlog.get_logger()

MAX_BATCH = 1000
SPLIT_ABOVE = 16
YIELD_EVERY = 25
QUIET_AFTER = 20
SWEEP_SECONDS = 60.0


class Writer:
    """Submits items to one book."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.committed_batches, self.committed_entries = 0, 0
        self.listeners: list[Heard] = []
        self._waiting = Waiting()
        self._session = WriterSession(settings)
        self._open: tuple[Batch, list[Submission]] | None = None
        self._flight: tuple[Sealed, list[Submission], asyncio.Task[Any]] | None = None
        self._contended, self._last_sweep, self._stopping = 0, 0.0, False
        self._sweeps: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take items. The database may still be away."""
        self._last_sweep = time.monotonic()
        self._waiting.watch()
        self._task = asyncio.create_task(self._run(), name=f"writer-{self.settings.book_id}")

    async def stop(self) -> None:
        """Finish what waits, then let go of the database."""
        self._stopping = True
        self._waiting.wake.set()
        if self._task is not None:
            await self._task
        self._waiting.close()
        await self._session.let_go()

    def waiting(self) -> int:
        """How many items wait to be decided."""
        return len(self._waiting)

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """The outcome of one item. Raises a NotConsidered, KeyReused or ItemFailed; never leaves the caller hanging."""
        submission = self._enqueue(item, timeout_seconds, bulk=False)
        try:
            return await submission.future
        finally:
            self._waiting.forget((submission,))

    async def submit_many(self, items: Iterable[Item], timeout_seconds: float = 60.0) -> list[Outcome | Exception]:
        """Outcomes of independent items in the bulk lane, in order; an item that failed has its exception in its place."""
        sent: list[Submission | Exception] = []
        try:
            for item in items:
                if len(self._waiting.bulk) >= MAX_WAITING:
                    # More than the lane takes: the earlier ones of this call go first.
                    await all_answered(sent)
                try:
                    sent.append(self._enqueue(item, timeout_seconds, bulk=True))
                except NotConsidered as no:
                    sent.append(no)
            await all_answered(sent)
        finally:
            self._waiting.forget(each for each in sent if isinstance(each, Submission))
        return [each.result() if isinstance(each, Submission) else each for each in sent]

    async def expire_due(self) -> None:
        """Due holds expire now, in a batch of their own: for whoever is about to decide on what is available."""
        swept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sweeps.append(swept)
        self._waiting.wake.set()
        await swept

    @property
    def problem(self) -> str | None:
        """None while the book can be written, else the code that readiness shows."""
        return self._session.problem

    def _enqueue(self, item: Item, timeout_seconds: float, *, bulk: bool) -> Submission:
        if self._stopping:
            raise WriterStopped
        return self._waiting.add(item, timeout_seconds, bulk=bulk)

    async def _run(self) -> None:
        while True:
            self._waiting.wake.clear()
            if not (len(self._waiting) or self._open or self._flight or self._sweeps):
                if self._stopping:
                    return
                await self._idle()
                continue
            try:
                await self._one_cycle()
            except Exception as wrong:
                # A writer that dies would leave its clients hanging for ever.
                log.error("writer_failed", book_id=self.settings.book_id, error=type(wrong).__name__)
                self._fail_all(ItemFailed())

    async def _one_cycle(self) -> None:
        try:
            await self._cycle()
        except DecideAgain:
            return
        except (*LOST, DatabaseAway, asyncpg.LockNotAvailableError, asyncpg.QueryCanceledError) as gone:
            # A lock not had in time is waited for again, until each sender's own deadline.
            await self._lost(gone)
        except NotConsidered as no:
            self._fail_all(no)

    async def _idle(self) -> None:
        await self._waiting.woken(max(0.05, self._last_sweep + SWEEP_SECONDS - time.monotonic()))
        if time.monotonic() >= self._last_sweep + SWEEP_SECONDS:
            await self._swept()

    async def _swept(self) -> None:
        self._last_sweep = time.monotonic()
        asked, self._sweeps = self._sweeps, []
        try:
            await self.sweep()
        except (*LOST, NotConsidered, asyncpg.PostgresError) as gone:
            log.warning("sweep_failed", book_id=self.settings.book_id, error=type(gone).__name__)
            await self._session.let_go()
        finally:
            tell(asked)

    async def _cycle(self) -> None:
        drained = self._flight is None and self._open is None
        await self._session.ready(idle=drained)
        self._waiting.overdue = DeadlinePassed
        due = bool(self._sweeps) or time.monotonic() - self._last_sweep > SWEEP_SECONDS
        if drained and due:
            await self._swept()
            await self._session.ready(idle=True)
        if drained and self._contended:
            await self._locked_batch()
            return
        # What has to be done between batches waits for a moment without one.
        if drained or not (due or self._contended or self._session.overfull()):
            await self._extend()
        if self._flight is None:
            await self._launch()
        elif self._flight[2].done() or not self._room():
            await self._land()
        else:
            await self._waiting.wake.wait()
            if self._flight[2].done():
                await self._land()

    def _room(self) -> int:
        return MAX_BATCH - (len(self._open[1]) if self._open else 0)

    async def _extend(self) -> None:
        """Take what waits and decide it into the open batch."""
        if self._open is not None and self._open[1] and self._open[1][0].solo:
            return
        room, singles = self._room(), len(self._waiting.singles)
        if self._flight is None and singles > SPLIT_ABOVE:
            # Half now, and half while this half is being committed: decided and written at the same time.
            room = min(room, singles // 2)
        taken = self._waiting.take(room, len(self._open[1]) if self._open else 0)
        if not taken:
            return
        if taken[0].solo and self._open is not None:
            self._waiting.put_back(taken)
            return
        assert self._session.state is not None
        await self._load(self._session.reading, taken)
        if self._open is None:
            self._open = (Batch(self._session.state, self.settings.nonce), [])
        batch, members = self._open
        noes: list[Submission] = []
        for start in range(0, len(taken), YIELD_EVERY):
            self._decide(batch, members, noes, taken, start, start + YIELD_EVERY)
            if self._flight is not None:
                # A large call leaves in several pieces, and only while the loop turns.
                await asyncio.sleep(0)
            if self._waiting.single_goes_before(taken[start + YIELD_EVERY :]):
                break
        if not len(batch):
            self._open = None
        if noes:
            roots = {self._session.root, self._flight[0].root_before if self._flight else self._session.root}
            if not await answer_noes(self._session.reading, self.settings.book_id, noes, roots):
                # Another process has written: what was decided from this state may be wrong.
                self._contended = QUIET_AFTER
                self._waiting.put_back(noes)

    async def _load(self, connection: Connection, taken: list[Submission]) -> None:
        assert self._session.state is not None
        try:
            await load_for(connection, self._session.state, [s.item for s in taken], self._session.now_us())
        except asyncpg.PostgresError as no:
            if isinstance(no, LOST):
                self._waiting.put_back(taken)
                raise
            # One of them asks for what the database cannot even look up: find out which.
            alone_or_failed(self.settings.book_id, taken, no)
            self._waiting.put_back([*(self._open[1] if self._open else []), *taken])
            self._open = None
            self._session.state = None
            if self._flight is not None:
                await self._land()
            raise DecideAgain from no
        except BaseException:
            self._waiting.put_back(taken)
            raise

    def _decide(
        self, batch: Batch, members: list[Submission], noes: list[Submission], taken: list[Submission], start: int,
        end: int,
    ) -> None:  # fmt: skip
        now_us = self._session.now_us()
        for position, submission in enumerate(taken[start:end], start):
            try:
                outcome = batch.add(submission.item, now_us)
            except Exception as wrong:
                # Our mistake must not reach the strangers in the batch. The running state may be half changed, so
                # everything that has not been sent is decided again from what the database holds.
                log.error("item_failed", book_id=self.settings.book_id, error=type(wrong).__name__)
                submission.fail(ItemFailed())
                self._waiting.put_back([*members, *noes, *taken[position + 1 :]])
                members.clear()
                self._open = None
                self._session.state = None
                raise DecideAgain from wrong
            submission.outcome = outcome
            submission.sent = bool(outcome.entries)
            (members if outcome.entries else noes).append(submission)

    async def _launch(self) -> None:
        """Send the open batch, if there is one, and let the call leave before anything else is decided."""
        if self._open is None:
            return
        batch, members = self._open
        self._open = None
        sealed = Sealed(batch, self._session.root)
        self._session.root = sealed.root
        task = asyncio.ensure_future(sealed.send(self._session.connection, self.settings.clock_us()))
        self._waiting.learn_from(members, task)
        self._flight = (sealed, members, task)
        # One turn of the loop starts the call, the next writes it to the socket.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def _land(self) -> None:
        """Take the answer of the batch in flight and tell its senders."""
        assert self._flight is not None
        sealed, members, task = self._flight
        try:
            row = await asyncio.shield(task)
        except LOST:
            raise
        except (asyncpg.PostgresError, ValueError, TypeError, OverflowError) as no:
            await self._turned_away(members, no)
            return
        self._flight = None
        if row["moved"]:
            self._contended = QUIET_AFTER
            self._start_over(members)
            return
        self._session.offset_us = row["clock_us"] - self.settings.clock_us()
        # The next batch leaves first: the senders' own work can then go on while it is being written.
        if not self._contended:
            await self._launch()
        self._tell(sealed, members)

    def _tell(self, sealed: Sealed, members: list[Submission]) -> None:
        self.committed_batches += 1
        self.committed_entries += len(sealed.batch)
        versions = sealed.versions() if self.listeners else {}
        for heard in self.listeners:
            heard(versions)
        for submission in members:
            submission.answer_outcome()

    def _start_over(self, members: list[Submission]) -> None:
        """Forget what was decided ahead and decide it again from what the database holds."""
        later = self._open[1] if self._open is not None else []
        self._open = None
        self._flight = None
        self._session.state = None
        self._waiting.put_back([*members, *later])

    async def _turned_away(self, members: list[Submission], no: Exception) -> None:
        """Known keys are replayed, passing faults sent once more, data errors found out one by one."""
        state = getattr(no, "sqlstate", None) or ""
        if state == "PH002":
            await replay_known(self._session.connection, self.settings.book_id, members)
        elif state == "PH001":
            self._session.problem = once_more(members, 1, ClockSkew)
        elif state == "0A000" or state.startswith(("40", "55", "57")):
            # A cached plan after a migration, a lock not had in time: a fresh session.
            await self._session.let_go()
            self._session.problem = once_more(members, 2, DatabaseAway)
        else:
            alone_or_failed(self.settings.book_id, members, no)
        self._start_over(members)

    async def _locked_batch(self) -> None:
        """Lock, then read, then decide, then append: for a book that another process writes as well."""
        connection = self._session.connection
        before = (self._session.root, self._session.state.size if self._session.state else -1)
        members: list[Submission] = []
        transaction = connection.transaction()
        await transaction.start()
        try:
            await connection.fetch(store.LOCK_HEAD, self.settings.book_id)
            await self._session.read_state(connection)
            assert self._session.state is not None
            self._contended = (
                self._contended - 1 if before == (self._session.root, self._session.state.size) else QUIET_AFTER
            )
            taken = self._waiting.take(MAX_BATCH, 0)
            await self._load(connection, taken)
            batch = Batch(self._session.state, self.settings.nonce)
            noes: list[Submission] = []
            self._decide(batch, members, noes, taken, 0, len(taken))
            if noes:
                await answer_noes(connection, self.settings.book_id, noes, None)
            if not len(batch):
                await transaction.rollback()
                return
        except BaseException:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        sealed = Sealed(batch, self._session.root)
        self._session.root = sealed.root
        task = asyncio.ensure_future(sealed.send_and_commit(connection, self.settings.clock_us(), transaction))
        self._flight = (sealed, members, task)
        await self._land()

    async def _lost(self, gone: Exception) -> None:
        """The connection went. What was in flight is unknown until the head has been locked and the log looked at."""
        log.warning("database_lost", book_id=self.settings.book_id, error=type(gone).__name__)
        flight, later = self._flight, (self._open[1] if self._open is not None else [])
        self._open = None
        self._flight = None
        self._session.problem = DatabaseAway.code
        self._waiting.overdue = DatabaseAway
        tell(self._sweeps)
        await self._session.let_go()
        # Before any await below, so that these are the first to be decided again.
        self._waiting.put_back(later)
        if flight is None:
            await asyncio.sleep(0.1)
            return
        sealed, members, task = flight
        task.cancel()
        deadline = max((s.deadline for s in members), default=time.monotonic())
        found = await was_committed(self.settings.dsn, self.settings.role, sealed, deadline)
        if found is None:
            for submission in members:
                submission.fail(OutcomeUnknown())
        elif found:
            self._tell(sealed, members)
        else:
            self._waiting.put_back(members)

    def _fail_all(self, no: Exception) -> None:
        """Everything that waits gets the same answer; nothing of it was recorded, but for what has been sent."""
        flight, opened = self._flight, self._open
        self._flight = None
        self._open = None
        self._session.state = None
        for submission in flight[1] if flight else []:
            submission.fail(OutcomeUnknown())
        for submission in opened[1] if opened else []:
            submission.fail(no)
        self._waiting.fail_all(no)
        tell(self._sweeps)

    # the book's clock

    async def sweep(self, most: int = 500) -> int:
        """Expire due holds that nothing has touched, at most so many at once; how many entries that made."""
        return await sweep(self._session, most)
