"""What waits to be written: two lanes, singles before bulk, with a deadline for each sender."""

import asyncio
import math
import time
from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec

from ledger.book.submission import (
    DeadlinePassed,
    ItemFailed,
    KeyInUse,
    KeyReused,
    NotConsidered,
    OutcomeUnknown,
    QueueFull,
    Submission,
)
from ledger.core.model import Item

MAX_WAITING = 4096
SINGLES_LINGER_SECONDS = 0.1
WATCH_SECONDS = 0.05


class Pace:
    """How many rows of bulk a batch takes so that its commit lasts about `seconds`: whoever comes meanwhile waits that long.

    Learnt from commit to commit, because a row costs more on a slow disk or beside other work."""

    def __init__(self, seconds: float, least: int, most: int) -> None:
        self.seconds = seconds
        self.rows = most
        self._least = least
        self._most = most

    def learn(self, rows: int, seconds: float) -> None:
        """A batch of so many rows took so long. One slow commit says little, so each moves the size by a part only."""
        if seconds > self.seconds:
            self.rows = max(self._least, min(self.rows, rows) * 4 // 5)
        elif rows >= self.rows:
            self.rows = min(self._most, self.rows * 9 // 8 + 1)


class Waiting:
    """The queue of one writer. Bounded: what does not fit is refused before it costs anything."""

    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self.singles: deque[Submission] = deque()
        self.bulk: deque[Submission] = deque()
        self.alone = Pace(0.02, 200, 800)
        self.beside_singles = Pace(0.004, 16, 64)
        self._last_single = 0.0
        self._singles_out = 0
        self._outstanding: set[Submission] = set()
        self._by_key: dict[bytes, Submission] = {}
        self._earliest = math.inf
        self._watcher: asyncio.Task[None] | None = None
        self.overdue: type[NotConsidered] = DeadlinePassed
        """What those are told whose deadline passes before they are decided: the writer knows why nothing moves."""

    def __len__(self) -> int:
        return len(self.singles) + len(self.bulk)

    def watch(self) -> None:
        """Begin to look after deadlines."""
        self._watcher = asyncio.create_task(self._watch())

    def close(self) -> None:
        """Look after deadlines no more."""
        if self._watcher is not None:
            self._watcher.cancel()

    def add(self, item: Item, timeout_seconds: float, *, bulk: bool) -> Submission:
        """Put an item into its lane. One whose key is on its way already waits for that answer. Raises QueueFull."""
        submission = Submission(item, time.monotonic() + timeout_seconds, bulk)
        self._earliest = min(self._earliest, submission.deadline)
        self._place(submission)
        self._outstanding.add(submission)
        self._singles_out += not bulk
        return submission

    def _place(self, submission: Submission) -> None:
        key = submission.item.key
        first = self._by_key.get(key) if key is not None else None
        if first is not None and not first.future.cancelled():
            submission.first = first
            first.future.add_done_callback(lambda _: self._follow(first, submission))
            return
        submission.first = None
        queue = self.bulk if submission.bulk else self.singles
        if len(queue) >= MAX_WAITING:
            raise QueueFull
        queue.append(submission)
        if key is not None:
            self._by_key[key] = submission
        self.wake.set()

    def _follow(self, first: Submission, second: Submission) -> None:
        """The second sender of a key gets the first's answer, as a replay. If the first sender has gone, nobody will say what
        became of its request: the second then goes its own way, and the key is the book's to find."""
        if second.future.done():
            return
        if first.future.cancelled():
            try:
                self._place(second)
            except QueueFull as full:
                second.fail(full)
        elif (error := first.future.exception()) is not None:
            same = isinstance(error, NotConsidered | ItemFailed | KeyReused)
            second.fail(error if same and isinstance(error, Exception) else OutcomeUnknown())
        elif (found := first.future.result()).entries and first.item.prints != second.item.prints:
            second.fail(KeyReused(first.item.prints))
        elif not found.entries:
            second.answer(found) if first.item.prints == second.item.prints else second.fail(OutcomeUnknown())
        else:
            second.answer(msgspec.structs.replace(found, replayed=True))

    def forget(self, submissions: Iterable[Submission]) -> None:
        """The senders have their answers."""
        for submission in submissions:
            self._outstanding.discard(submission)
            if not submission.bulk:
                self._singles_out -= 1
                self._last_single = time.monotonic()
            key = submission.item.key
            if key is not None and self._by_key.get(key) is submission:
                del self._by_key[key]

    def take(self, room: int, in_open: int) -> list[Submission]:
        """At most `room` submissions in order, singles first. Bulk fills a batch, in which `in_open` are already, only up to its
        pace, which is slower while a single has no answer and for a tenth of a second after (engine: two lanes)."""
        taken: list[Submission] = []
        now = time.monotonic()
        _take_from(self.singles, room, now, taken)
        if not (taken and taken[0].solo):
            limit = max(0, min(room, self._pace(now).rows - in_open))
            _take_from(self.bulk, limit, now, taken)
        return taken

    def single_goes_before(self, rest: list[Submission]) -> bool:
        """Put the rest of a slice of bulk back if a single has come while it is being decided."""
        if not self.singles or not rest or not rest[0].bulk:
            return False
        self.put_back(rest)
        return True

    def learn_from(self, batch: list[Submission], flight: asyncio.Task[Any]) -> None:
        """Wake when a batch's answer is there; see how long it was in the database, for the size of the next ones."""
        flight.add_done_callback(lambda _: self.wake.set())
        if batch and batch[-1].bulk:
            pace = self.alone if len(batch) > self.beside_singles.rows else self.beside_singles
            rows, sent = len(batch), time.monotonic()
            flight.add_done_callback(lambda _: pace.learn(rows, time.monotonic() - sent))

    def _pace(self, now: float) -> Pace:
        quiet = not self._singles_out and now - self._last_single > SINGLES_LINGER_SECONDS
        return self.alone if quiet else self.beside_singles

    async def woken(self, seconds: float) -> None:
        """Until something new waits, or a batch's answer is there, or the time is over."""
        timer = asyncio.get_running_loop().call_later(seconds, self.wake.set)
        try:
            await self.wake.wait()
        finally:
            timer.cancel()

    def put_back(self, submissions: Iterable[Submission]) -> None:
        """To the front again, in order: they will be decided again."""
        for submission in reversed(list(submissions)):
            if not submission.future.done():
                submission.sent = False
                (self.bulk if submission.bulk else self.singles).appendleft(submission)
        self.wake.set()

    def fail_all(self, no: Exception) -> None:
        """Everything in both lanes gets the same answer; nothing of it was recorded."""
        for queue in (self.singles, self.bulk):
            for submission in queue:
                submission.fail(no)
            queue.clear()

    async def _watch(self) -> None:
        """One look at all of them now and then is cheaper than a timer for each."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            now = time.monotonic()
            if self._earliest < now:
                for submission in [each for each in self._outstanding if each.deadline < now]:
                    if submission.first is None:
                        submission.fail(OutcomeUnknown() if submission.sent else self.overdue())
                    elif not submission.first.future.done():
                        submission.fail(KeyInUse())
                self._earliest = min((each.deadline for each in self._outstanding), default=math.inf)
            if self.overdue is not DeadlinePassed:
                # Nothing is taken now, so what was told has to be dropped here.
                for queue in (self.singles, self.bulk):
                    kept = [each for each in queue if not each.future.done()]
                    queue.clear()
                    queue.extend(kept)


async def all_answered(sent: Iterable[Submission | Exception]) -> None:
    """Until each of these has its answer."""
    # From the end: when the last has its answer the others nearly always have theirs.
    for each in reversed(list(sent)):
        if isinstance(each, Submission) and not each.future.done():
            await asyncio.wait((each.future,))


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
