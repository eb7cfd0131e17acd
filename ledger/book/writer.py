"""Group commit: one writer per book and process, through which every entry of the book passes.

While one batch is being committed the next is decided, against a state that runs ahead; if the database turns the first
away, both are decided again. Another process may write the same book: the append compares size and root, and a writer that finds
the head moved takes the lock before it reads, until the book is quiet again.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import asyncpg
import structlog

from ledger.book import store
from ledger.book.append import Sealed, committed, known, replay
from ledger.book.database import LOST, connect
from ledger.book.loading import load_for, load_holds, read_state
from ledger.book.submission import (
    ClockSkew,
    DatabaseAway,
    DeadlinePassed,
    ForkSuspected,
    ItemFailed,
    KeyReused,
    NotConsidered,
    OutcomeUnknown,
    QueueFull,
    Submission,
    WriterStopped,
)
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Identity, Item
from ledger.core.state import BookState

Connection = Any
log = structlog.get_logger()

MAX_WAITING = 4096
MAX_BATCH = 1000
BESIDE_SINGLES = 64
SINGLES_LINGER_SECONDS = 0.1
SPLIT_ABOVE = 16
YIELD_EVERY = 25
MAX_CACHED = 200_000
QUIET_AFTER = 20
SWEEP_SECONDS = 60.0
WATCH_SECONDS = 0.05
MAX_SKEW_US = 5_000_000


class Settings:
    """What a writer needs from outside: where the database is, the clocks, the nonces, the declared identities."""

    def __init__(
        self, *, dsn: str, book_id: int, clock_us: Callable[[], int], nonce: Callable[[], str],
        identities: tuple[Identity, ...] = (), role: str = "phb_writer",
        fork_check: Callable[[Connection, Any], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self.dsn = dsn
        self.book_id = book_id
        self.clock_us = clock_us
        self.nonce = nonce
        self.identities = identities
        self.role = role
        self.fork_check = fork_check


class Writer:
    """Submits items to one book. `problem` is None while it can write, else the code that readiness shows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problem: str | None = None
        self.committed_batches = 0
        self.committed_entries = 0
        self._singles: deque[Submission] = deque()
        self._bulk: deque[Submission] = deque()
        self._wake = asyncio.Event()
        self._connection: Connection = None
        self._reading: Connection = None
        self._state: BookState | None = None
        self._root = b""
        self._offset_us = 0
        self._open: tuple[Batch, list[Submission]] | None = None
        self._flight: tuple[Sealed, list[Submission], asyncio.Task[Any]] | None = None
        self._contended = 0
        self._last_single = 0.0
        self._last_sweep = 0.0
        self._by_key: dict[bytes, Submission] = {}
        self._silent: list[tuple[Submission, Outcome]] = []
        self._outstanding: set[Submission] = set()
        self._watcher: asyncio.Task[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._stopping = False

    # ---- what callers use -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Begin to take items. The database may still be away."""
        self._last_sweep = time.monotonic()
        self._task = asyncio.create_task(self._run(), name=f"writer-{self.settings.book_id}")
        self._watcher = asyncio.create_task(self._watch(), name=f"deadlines-{self.settings.book_id}")

    async def stop(self) -> None:
        """Finish what waits, then let go of the database."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        if self._watcher is not None:
            self._watcher.cancel()
        await self._let_go()

    def waiting(self) -> int:
        """How many items wait to be decided."""
        return len(self._singles) + len(self._bulk)

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """The outcome of one item. Raises a NotConsidered, KeyReused or ItemFailed; never leaves the caller hanging."""
        if item.key is not None and (first := self._by_key.get(item.key)) is not None:
            return await self._same_answer(first, item)
        submission = self._enqueue(item, timeout_seconds, bulk=False)
        try:
            return await submission.future
        finally:
            self._forget((submission,))

    async def submit_many(self, items: Iterable[Item], timeout_seconds: float = 60.0) -> list[Outcome | Exception]:
        """Outcomes of independent items in the bulk lane, in order; an item that failed has its exception in its place."""
        submissions = [self._enqueue(item, timeout_seconds, bulk=True) for item in items]
        if submissions:
            await asyncio.wait([each.future for each in submissions])
        self._forget(submissions)
        return [each.future.exception() or each.future.result() for each in submissions]  # type: ignore[misc]

    # ---- the queue ----------------------------------------------------------------------------------------------

    def _enqueue(self, item: Item, timeout_seconds: float, *, bulk: bool) -> Submission:
        if self._stopping:
            raise WriterStopped
        queue = self._bulk if bulk else self._singles
        if len(queue) >= MAX_WAITING:
            raise QueueFull
        submission = Submission(item, time.monotonic() + timeout_seconds, bulk)
        queue.append(submission)
        self._outstanding.add(submission)
        if item.key is not None:
            self._by_key[item.key] = submission
        if not bulk:
            self._last_single = time.monotonic()
        self._wake.set()
        return submission

    def _forget(self, submissions: Iterable[Submission]) -> None:
        for submission in submissions:
            self._outstanding.discard(submission)
            key = submission.item.key
            if key is not None and self._by_key.get(key) is submission:
                del self._by_key[key]

    async def _watch(self) -> None:
        """Tell those whose deadline passes while they wait; one look at all of them is cheaper than a timer for each."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            for submission in [each for each in self._outstanding if each.deadline < now]:
                submission.fail(OutcomeUnknown() if submission.sent else DeadlinePassed())

    async def _same_answer(self, first: Submission, item: Item) -> Outcome:
        await asyncio.wait((first.future,))
        if first.item.prints != item.prints:
            raise KeyReused(first.item.prints)
        if first.future.cancelled():
            raise DeadlinePassed
        outcome = first.future.result()
        return Outcome(outcome.entries, outcome.refusal, outcome.tree_size, replayed=True)

    def _take(self, room: int) -> list[Submission]:
        taken: list[Submission] = []
        now = time.monotonic()
        self._take_from(self._singles, room, now, taken)
        if not (taken and taken[0].solo):
            quiet = not taken and now - self._last_single > SINGLES_LINGER_SECONDS
            in_open = len(self._open[1]) if self._open else 0
            limit = room if quiet else max(0, min(room, BESIDE_SINGLES - in_open - len(taken)))
            self._take_from(self._bulk, limit, now, taken)
        return taken

    @staticmethod
    def _take_from(queue: deque[Submission], room: int, now: float, taken: list[Submission]) -> None:
        while queue and len(taken) < room:
            if queue[0].solo and taken:
                return
            submission = queue.popleft()
            if submission.future.done():
                continue
            if submission.deadline < now:
                submission.fail(DeadlinePassed())
                continue
            taken.append(submission)
            if submission.solo:
                return

    def _requeue(self, submissions: Iterable[Submission]) -> None:
        for submission in reversed(list(submissions)):
            if not submission.future.done():
                submission.sent = False
                (self._bulk if submission.bulk else self._singles).appendleft(submission)

    # ---- the loop -------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            idle = not (self._singles or self._bulk or self._open or self._flight)
            if idle:
                if self._stopping:
                    return
                await self._idle()
                continue
            try:
                await self._cycle()
            except LOST + (DatabaseAway,) as gone:
                await self._lost(gone)
            except NotConsidered as no:
                self._fail_all(no)
            except Exception as wrong:  # noqa: BLE001 - a writer that dies would leave its clients hanging for ever
                log.error("writer_failed", book_id=self.settings.book_id, error=type(wrong).__name__)
                self._fail_all(ItemFailed())

    async def _idle(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), max(0.05, self._last_sweep + SWEEP_SECONDS - time.monotonic()))
        except TimeoutError:
            self._last_sweep = time.monotonic()
            try:
                await self.sweep()
            except LOST + (NotConsidered, asyncpg.PostgresError) as gone:
                log.warning("sweep_failed", book_id=self.settings.book_id, error=type(gone).__name__)
                await self._let_go()

    async def _cycle(self) -> None:
        await self._ready()
        if self._contended and self._flight is None and self._open is None:
            await self._locked_batch()
            return
        await self._extend()
        if self._flight is None:
            if self._open is not None:
                self._launch()
                # Let the call leave before the next batch is decided, so that the two overlap: one turn of the loop
                # starts the call, the next writes it to the socket.
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            return
        if self._flight[2].done() or not self._room():
            await self._land()
            return
        waker = asyncio.ensure_future(self._wake.wait())
        try:
            await asyncio.wait((waker, self._flight[2]), return_when=asyncio.FIRST_COMPLETED)
        finally:
            waker.cancel()
        if self._flight[2].done():
            await self._land()

    def _room(self) -> int:
        return MAX_BATCH - (len(self._open[1]) if self._open else 0)

    def now_us(self) -> int:
        """The database's clock, as this process knows it."""
        return self.settings.clock_us() + self._offset_us

    async def _ready(self) -> None:
        """A connection and a state to decide against, after the checks of a start (engine: clock, restore)."""
        if self._connection is None or self._connection.is_closed():
            self._connection = await connect(self.settings.dsn, self.settings.role, self.settings.book_id)
            self._state = None
        if self._reading is None or self._reading.is_closed():
            self._reading = await connect(self.settings.dsn, self.settings.role, self.settings.book_id)
        if self._state is not None and len(self._state.accounts) + len(self._state.entries) > MAX_CACHED:
            if self._flight is None and self._open is None:
                self._state = None
        if self._state is None:
            await self._read_state(self._connection)

    async def _read_state(self, connection: Connection) -> None:
        state, head = await read_state(connection, self.settings.book_id, self.settings.identities)
        self._offset_us = head["clock_us"] - self.settings.clock_us()
        if abs(self._offset_us) > MAX_SKEW_US or head["last_us"] > head["clock_us"] + MAX_SKEW_US:
            self.problem = ClockSkew.code
            raise ClockSkew
        if self.settings.fork_check is not None:
            try:
                await self.settings.fork_check(connection, head)
            except ForkSuspected:
                self.problem = ForkSuspected.code
                raise
        self.problem = None
        self._state, self._root = state, head["root"]

    async def _extend(self) -> None:
        room = self._room()
        if self._flight is None and len(self._singles) > SPLIT_ABOVE:
            # Half now and half while this half is being committed: decided and written at the same time.
            room = min(room, len(self._singles) // 2)
        taken = self._take(room)
        if not taken:
            return
        assert self._state is not None
        try:
            await load_for(self._reading, self._state, [s.item for s in taken], self.now_us())
        except BaseException:
            self._requeue(taken)
            raise
        if self._open is not None and (taken[0].solo or self._open[1] and self._open[1][0].solo):
            self._requeue(taken)
            if self._flight is not None:
                await self._land()
            return
        if self._open is None:
            self._open = (Batch(self._state, self.settings.nonce), [])
        batch, members = self._open
        for start in range(0, len(taken), YIELD_EVERY):
            try:
                self._decide(batch, members, taken[start : start + YIELD_EVERY])
            except _DecideAgain:
                self._requeue(taken[start + YIELD_EVERY :])
                raise
            if self._flight is not None:
                # A large call leaves in several pieces, and only while the loop turns.
                await asyncio.sleep(0)
        if not len(batch):
            self._open = None
        await self._answer_silent(self._reading)

    def _decide(self, batch: Batch, members: list[Submission], taken: list[Submission]) -> None:
        now_us = self.now_us()
        for position, submission in enumerate(taken):
            try:
                outcome = batch.add(submission.item, now_us)
            except Exception as wrong:  # noqa: BLE001 - our mistake must not reach the strangers in the batch
                # The running state may be half changed, so everything not yet sent is decided again from the database.
                log.error("item_failed", book_id=self.settings.book_id, error=type(wrong).__name__)
                submission.fail(ItemFailed())
                self._requeue(taken[position + 1 :])
                self._requeue(members)
                members.clear()
                self._open = None
                self._state = None
                raise _DecideAgain from wrong
            if outcome.entries:
                members.append(submission)
            elif submission.item.key is None:
                submission.answer(outcome)
            else:
                self._silent.append((submission, outcome))

    async def _answer_silent(self, connection: Connection) -> None:
        """A no that leaves nothing is the answer only if its key has none yet: what was posted once is replayed."""
        silent, self._silent = self._silent, []
        if silent:
            try:
                fresh = set(await self._replayed([submission for submission, _ in silent], connection))
            except BaseException:
                self._requeue([submission for submission, _ in silent])
                raise
            for submission, outcome in silent:
                if submission in fresh:
                    submission.answer(outcome)

    def _launch(self) -> None:
        assert self._open is not None
        batch, members = self._open
        self._open = None
        sealed = Sealed(batch, self._root)
        self._root = sealed.root
        for submission in members:
            submission.sent = True
        task = asyncio.ensure_future(sealed.send(self._connection, self.settings.clock_us()))
        self._flight = (sealed, members, task)

    async def _land(self) -> None:
        """Take the answer of the batch in flight and tell its senders."""
        assert self._flight is not None
        sealed, members, task = self._flight
        try:
            row = await asyncio.shield(task)
        except asyncpg.PostgresError as no:
            if isinstance(no, LOST):
                raise
            await self._turned_away(members, no)
            return
        except (ValueError, TypeError, OverflowError, asyncpg.DataError) as wrong:
            await self._turned_away(members, wrong)
            return
        self._flight = None
        if row["moved"]:
            self._contended = QUIET_AFTER
            self._start_over(members)
            return
        self._offset_us = row["clock_us"] - self.settings.clock_us()
        self._tell(sealed, members)

    def _tell(self, sealed: Sealed, members: list[Submission]) -> None:
        self.committed_batches += 1
        self.committed_entries += len(sealed.batch)
        outcomes = [outcome for _, outcome in sealed.batch.items if outcome.entries]
        for submission, outcome in zip(members, outcomes, strict=True):
            submission.answer(outcome)

    def _start_over(self, members: list[Submission]) -> None:
        """Forget what was decided ahead and decide it again from what the database holds."""
        later = self._open[1] if self._open is not None else []
        self._open = None
        self._flight = None
        self._state = None
        self._requeue([*members, *later])

    async def _turned_away(self, members: list[Submission], no: Exception) -> None:
        """The database refused the batch: known keys are replayed, data errors retried one by one."""
        state = getattr(no, "sqlstate", None) or ""
        later = self._open[1] if self._open is not None else []
        self._open = None
        self._flight = None
        self._state = None
        if state == "PH002":
            members = await self._replayed(members, self._connection)
            keys: set[bytes | None] = set()
            for submission in members:
                # One key twice in this batch: the later one is sent alone, after the first has its answer.
                submission.solo = submission.item.key is not None and submission.item.key in keys
                keys.add(submission.item.key)
        elif state == "PH001":
            for submission in members:
                submission.tries += 1
                if submission.tries > 1:
                    self.problem = ClockSkew.code
                    submission.fail(ClockSkew())
        elif state == "0A000" or state.startswith(("40", "55", "57")):
            # A cached plan after a migration, a lock not had in time: a fresh session, once more.
            await self._let_go()
            for submission in members:
                submission.tries += 1
                if submission.tries > 2:
                    submission.fail(DatabaseAway())
        elif len(members) == 1:
            log.error("append_failed", book_id=self.settings.book_id, sqlstate=state, error=type(no).__name__)
            members[0].fail(ItemFailed())
        else:
            for submission in members:
                submission.solo = True
        self._requeue([*members, *later])

    async def _replayed(self, members: list[Submission], connection: Connection) -> list[Submission]:
        """Answers those whose key has been used, and returns the others."""
        keys = [s.item.key for s in members if s.item.key is not None]
        rows = await known(connection, self.settings.book_id, keys)
        rest = []
        for submission in members:
            row = rows.get(submission.item.key) if submission.item.key is not None else None
            if row is None:
                rest.append(submission)
                continue
            try:
                submission.answer(await replay(connection, self.settings.book_id, submission.item, row))
            except KeyReused as reused:
                submission.fail(reused)
        return rest

    # ---- two processes on one book ----------------------------------------------------------------------------------

    async def _locked_batch(self) -> None:
        """Lock, then read, then decide, then append: for a book that another process writes as well."""
        connection = self._connection
        transaction = connection.transaction()
        await transaction.start()
        members: list[Submission] = []
        try:
            await connection.fetch(store.LOCK_HEAD, self.settings.book_id)
            before = self._root, (self._state.size if self._state else -1)
            await self._read_state(connection)
            assert self._state is not None
            unmoved = before == (self._root, self._state.size)
            taken = self._take(MAX_BATCH)
            members.extend(taken)
            await load_for(connection, self._state, [s.item for s in taken], self.now_us())
            batch = Batch(self._state, self.settings.nonce)
            decided: list[Submission] = []
            members = decided + taken
            self._decide(batch, decided, taken)
            members = decided
            await self._answer_silent(connection)
            if not len(batch):
                await transaction.rollback()
                return
            sealed = Sealed(batch, self._root)
            self._root = sealed.root
            for submission in decided:
                submission.sent = True
            task = asyncio.ensure_future(self._append_and_commit(sealed, transaction))
            self._flight = (sealed, decided, task)
            self._contended = self._contended - 1 if unmoved else QUIET_AFTER
        except BaseException:
            if self._flight is None:
                self._requeue(members)
                self._state = None
                if not connection.is_closed():
                    await transaction.rollback()
            raise
        await self._land_locked(transaction)

    async def _append_and_commit(self, sealed: Sealed, transaction: Any) -> Any:
        row = await sealed.send(self._connection, self.settings.clock_us())
        await transaction.commit()
        return row

    async def _land_locked(self, transaction: Any) -> None:
        assert self._flight is not None
        task = self._flight[2]
        await asyncio.wait((task,))
        if task.exception() is not None and not self._connection.is_closed():
            await transaction.rollback()
        await self._land()

    # ---- when the database goes ------------------------------------------------------------------------------------

    async def _lost(self, gone: Exception) -> None:
        """The connection went. What was in flight is unknown until the head has been locked and the log looked at."""
        log.warning("database_lost", book_id=self.settings.book_id, error=type(gone).__name__)
        flight, later = self._flight, (self._open[1] if self._open is not None else [])
        self._open = None
        self._flight = None
        self._state = None
        self.problem = DatabaseAway.code
        await self._let_go()
        waiting = list(later)
        if flight is not None:
            flight[2].cancel()
            waiting = [*flight[1], *later]
            known_outcome = await self._find_out(flight[0], flight[1])
            if known_outcome is None:
                for submission in flight[1]:
                    submission.fail(OutcomeUnknown())
                waiting = list(later)
            elif known_outcome:
                self._tell(flight[0], flight[1])
                waiting = list(later)
        self._requeue(waiting)
        if self._connection is None:
            await self._pause()

    async def _find_out(self, sealed: Sealed, members: list[Submission]) -> bool | None:
        """True if the batch was committed, False if it was not, None if that cannot be learned before every deadline."""
        deadline = max((s.deadline for s in members), default=time.monotonic())
        while time.monotonic() < deadline:
            try:
                connection = await connect(self.settings.dsn, self.settings.role, self.settings.book_id)
            except DatabaseAway:
                await asyncio.sleep(0.1)
                continue
            try:
                async with connection.transaction():
                    await connection.fetch(store.LOCK_HEAD, self.settings.book_id)
                    return await committed(connection, sealed)
            except LOST + (asyncpg.PostgresError,):
                await asyncio.sleep(0.1)
            finally:
                await _close(connection)
        return None

    async def _pause(self) -> None:
        """Before trying again: short, and those whose deadline passes meanwhile are told."""
        await asyncio.sleep(0.1)
        now = time.monotonic()
        for queue in (self._singles, self._bulk):
            for submission in list(queue):
                if submission.deadline < now:
                    submission.fail(DatabaseAway())

    def _fail_all(self, no: Exception) -> None:
        """Everything that waits gets the same answer; nothing of it was recorded."""
        if isinstance(no, _DecideAgain):
            return
        flight, opened = self._flight, self._open
        members = [*(flight[1] if flight else []), *(opened[1] if opened else []), *self._singles, *self._bulk]
        self._flight = None
        self._open = None
        self._state = None
        self._singles.clear()
        self._bulk.clear()
        for submission in members:
            submission.fail(OutcomeUnknown() if submission.sent else no)

    async def _let_go(self) -> None:
        for connection in (self._connection, self._reading):
            if connection is not None:
                await _close(connection)
        self._connection = None
        self._reading = None
        self._state = None

    # ---- the book's clock --------------------------------------------------------------------------------------------

    async def sweep(self, most: int = 500) -> int:
        """Expire due holds that nothing has touched; how many. Called by the loop when it is idle, or by `phb sweep`."""
        await self._ready()
        async with self._connection.transaction():
            await self._connection.fetch(store.LOCK_HEAD, self.settings.book_id)
            await self._read_state(self._connection)
            assert self._state is not None
            now_us = self.now_us()
            rows = await self._connection.fetch(store.DUE_HOLDS, self.settings.book_id, now_us, most)
            if not rows:
                return 0
            await load_holds(self._connection, self._state, {row["number"] for row in rows})
            batch = Batch(self._state, self.settings.nonce)
            for row in rows:
                hold = self._state.holds[row["number"]]
                if hold is not None:
                    batch.expire(hold, now_us)
            if len(batch):
                sealed = Sealed(batch, self._root)
                self._root = sealed.root
                await sealed.send(self._connection, self.settings.clock_us())
        self._state = None
        return len(batch)


class _DecideAgain(NotConsidered):
    """Inside the writer only: the state was thrown away and everything waiting is decided again."""


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=1)
    except LOST:
        connection.terminate()
