"""One writer for a book among the processes of a service: the others hand it their items over a socket.

Two writers of one book are right but slow: the lock goes back and forth, and each reads again what the other wrote. So whoever
holds the book's lock file writes and listens, and the others send. Nothing rests on this for correctness: a process
that cannot reach the writer becomes one itself, and an item with a key can be sent again without harm.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from ledger.book.append import Heard
from ledger.book.frames import Frames
from ledger.book.submission import (
    ClockSkew,
    DatabaseAway,
    DeadlinePassed,
    ForkSuspected,
    ItemFailed,
    KeyInUse,
    KeyReused,
    NotConsidered,
    OutcomeUnknown,
    QueueFull,
    WriterStopped,
)
from ledger.book.writer import Writer
from ledger.book.writer_settings import Settings
from ledger.core.batch import Outcome
from ledger.core.model import Item
from ledger.core.requests import AnyRequest

log = structlog.get_logger()

GRACE_SECONDS = 1.0
"""How long past its deadline an item waits for the other process before its outcome is called unknown."""
WATCH_SECONDS = 0.25
TRY_AGAIN_SECONDS = 0.02
EXPIRED, VERSIONS = 0, -1
"""The numbers of the answer to an empty message, and of what nobody asked for; items are numbered from 1."""
_NOES: dict[str, type[NotConsidered]] = {
    no.code: no
    for no in (
        QueueFull,
        DeadlinePassed,
        KeyInUse,
        OutcomeUnknown,
        ClockSkew,
        ForkSuspected,
        WriterStopped,
        DatabaseAway,
    )
}

_ITEM = msgspec.structs.fields(Item)
# As the item is declared, but for its requests, whose kinds the reader has to know.
_Sent = msgspec.defstruct(
    "_Sent",
    [
        ("number", int), ("timeout_seconds", float), ("bulk", bool),
        *((field.name, tuple[AnyRequest, ...] if field.name == "requests" else field.type) for field in _ITEM),
    ],
    array_like=True,
)  # fmt: skip


class _Answer(msgspec.Struct, array_like=True):
    """What became of one item: its outcome, or the code of why there is none. Or the versions that a batch has moved."""

    number: int
    outcome: Outcome | None
    no: str = ""
    stored: bytes = b""
    versions: dict[str, int] = {}


_encode = msgspec.msgpack.Encoder().encode
_read_sent: Callable[[bytes], Any] = msgspec.msgpack.Decoder(_Sent).decode
_read_answer = msgspec.msgpack.Decoder(_Answer).decode


def _sent(number: int, item: Item, timeout_seconds: float, bulk: bool) -> bytes:
    values = [getattr(item, field.name) for field in _ITEM]
    return _encode(_Sent(number, timeout_seconds, bulk, *values))


def _item(sent: Any) -> Item:
    return Item(**{field.name: getattr(sent, field.name) for field in _ITEM})


class _Served(Frames):
    """The writing process's side of one other process."""

    def __init__(self, writer: Writer, others: "set[_Served]") -> None:
        super().__init__()
        self._writer = writer
        self._others = others
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """One more process sends its items here."""
        super().connection_made(transport)
        self._others.add(self)
        self._writer.listeners.append(self._heard)

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone; what it sent is written all the same, and its keys will say so."""
        self._others.discard(self)
        self._writer.listeners.remove(self._heard)

    def _heard(self, versions: dict[str, int]) -> None:
        self.say(_encode(_Answer(VERSIONS, None, versions=versions)))

    def message(self, message: bytes) -> None:
        """Submit what was sent; each answer goes back when it is there. An empty message asks for the expiry of due holds."""
        work = self._answer(_read_sent(message)) if message else self._expire()
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, sent: Any) -> None:
        try:
            if sent.bulk:
                found = (await self._writer.submit_many((_item(sent),), sent.timeout_seconds))[0]
                outcome = _outcome_or_raise(found)
            else:
                outcome = await self._writer.submit(_item(sent), sent.timeout_seconds)
        except KeyReused as no:
            self.say(_encode(_Answer(sent.number, None, no.code, no.stored)))
        except NotConsidered as no:
            self.say(_encode(_Answer(sent.number, None, no.code)))
        except Exception as wrong:
            log.error("relayed_item_failed", error=type(wrong).__name__)
            self.say(_encode(_Answer(sent.number, None, ItemFailed.code)))
        else:
            self.say(_encode(_Answer(sent.number, outcome)))

    async def _expire(self) -> None:
        await self._writer.expire_due()
        self.say(_encode(_Answer(EXPIRED, None)))


class _Gone(Exception):
    """The process that writes went away with this item on its way."""


class _Link(Frames):
    """The sending process's side."""

    def __init__(self, listeners: list[Heard]) -> None:
        super().__init__()
        self.is_open = True
        self._listeners = listeners
        self._waiting: dict[int, tuple[asyncio.Future[Outcome], float]] = {}
        self._expiries: list[asyncio.Future[None]] = []
        self._numbers = 0

    def __len__(self) -> int:
        return len(self._waiting)

    async def submit(self, item: Item, timeout_seconds: float, *, bulk: bool) -> Outcome:
        """The outcome of an item, or what the writer raised. _Gone when the other process went away meanwhile."""
        self._numbers += 1
        number = self._numbers
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting[number] = (future, time.monotonic() + timeout_seconds + GRACE_SECONDS)
        self.say(_sent(number, item, timeout_seconds, bulk))
        try:
            return await future
        finally:
            self._waiting.pop(number, None)

    async def expire_due(self) -> None:
        """Ask for the expiry of due holds, and wait until it is done or the other process is gone."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._expiries.append(done)
        self.say(b"")
        await done

    def _expired(self) -> None:
        for each in self._expiries:
            if not each.done():
                each.set_result(None)
        self._expiries.clear()

    def message(self, message: bytes) -> None:
        """One answer."""
        answer = _read_answer(message)
        if answer.number == EXPIRED:
            self._expired()
            return
        if answer.number == VERSIONS:
            for heard in self._listeners:
                heard(answer.versions)
            return
        future, _ = self._waiting.get(answer.number, (None, 0.0))
        if future is None or future.done():
            return
        if answer.outcome is not None:
            future.set_result(answer.outcome)
        elif answer.no == KeyReused.code:
            future.set_exception(KeyReused(answer.stored))
        else:
            no = _NOES.get(answer.no)
            future.set_exception(ItemFailed() if no is None else no())

    def give_up_overdue(self) -> None:
        """The other process lives and says nothing: what is past its deadline has an unknown outcome."""
        now = time.monotonic()
        for future, until in list(self._waiting.values()):
            if until < now and not future.done():
                future.set_exception(OutcomeUnknown())

    def connection_lost(self, exc: Exception | None) -> None:
        """Everything on its way has to be sent again, by whoever writes next."""
        self.is_open = False
        self._expired()
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(_Gone())


class Relay:
    """Submits items to one book, whichever process of the service writes it. Stands where a Writer does.

    `directory` is the service's own, on this machine: it holds a lock file and a socket for each book."""

    def __init__(self, settings: Settings, directory: Path, code: str) -> None:
        self.settings = settings
        self.listeners: list[Heard] = []
        self._lock_path, self._socket_path = directory / f"{code}.lock", directory / f"{code}.sock"
        self._writer: Writer | None = None
        self._server: asyncio.Server | None = None
        self._link: _Link | None = None
        self._served: set[_Served] = set()
        self._lock: int | None = None
        self._choosing = asyncio.Lock()
        self._watcher: asyncio.Task[None] | None = None
        self._stopping = False

    async def start(self) -> None:
        """Write if nobody does, else find who does."""
        self._watcher = asyncio.create_task(self._watch())
        await self._choose(time.monotonic() + WATCH_SECONDS)

    async def stop(self) -> None:
        """Finish what waits, then let go of the book; another process takes it up."""
        self._stopping = True
        if self._watcher is not None:
            self._watcher.cancel()
        if self._server is not None:
            self._server.close()
            self._socket_path.unlink(missing_ok=True)
        if self._writer is not None:
            await self._writer.stop()
            # The answers that the writer gave last are said by tasks that have not run yet.
            await asyncio.sleep(0)
        for each in (*self._served, *filter(None, (self._link,))):
            each.transport.close()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    @property
    def problem(self) -> str | None:
        """None while the book can be written, else the code that readiness shows."""
        return None if self._writer is None else self._writer.problem

    @property
    def is_writing(self) -> bool:
        """Whether this process is the one that writes the book."""
        return self._writer is not None

    @property
    def committed_entries(self) -> int:
        """Entries that this process has committed."""
        return 0 if self._writer is None else self._writer.committed_entries

    @property
    def committed_batches(self) -> int:
        """Batches that this process has committed."""
        return 0 if self._writer is None else self._writer.committed_batches

    def waiting(self) -> int:
        """How many items of this process have no answer yet."""
        if self._writer is not None:
            return self._writer.waiting()
        return 0 if self._link is None else len(self._link)

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """As Writer.submit, with the same promises."""
        if self._writer is not None:
            return await self._writer.submit(item, timeout_seconds)
        return await self._relayed(item, timeout_seconds, bulk=False)

    async def submit_many(self, items: Iterable[Item], timeout_seconds: float = 60.0) -> list[Outcome | Exception]:
        """As Writer.submit_many, with the same promises."""
        if self._writer is not None:
            return await self._writer.submit_many(items, timeout_seconds)
        sent = [self._relayed(item, timeout_seconds, bulk=True) for item in items]
        found = await asyncio.gather(*sent, return_exceptions=True)
        for each in found:
            if isinstance(each, BaseException) and not isinstance(each, Exception):
                raise each
        return [each for each in found if isinstance(each, Outcome | Exception)]

    async def expire_due(self) -> None:
        """As Writer.expire_due."""
        if self._writer is not None:
            await self._writer.expire_due()
        elif self._link is not None and self._link.is_open:
            await self._link.expire_due()

    async def _relayed(self, item: Item, timeout_seconds: float, *, bulk: bool) -> Outcome:
        deadline = time.monotonic() + timeout_seconds
        while (left := deadline - time.monotonic()) > 0:
            if self._writer is not None:
                return await _submitted(self._writer, item, left, bulk)
            link = self._link
            if link is None or not link.is_open:
                await self._choose(deadline)
                continue
            try:
                return await link.submit(item, left, bulk=bulk)
            except _Gone:
                if item.key is None:
                    raise OutcomeUnknown from None
            except WriterStopped:
                # Nothing of it was recorded there. The lock is about to be free.
                await asyncio.sleep(TRY_AGAIN_SECONDS)
        raise DeadlinePassed

    async def _choose(self, deadline: float) -> None:
        """Become the writer, or find it. Returns without either when the deadline comes first."""
        async with self._choosing:
            while not self._stopping and self._writer is None and (self._link is None or not self._link.is_open):
                if self._takes_lock():
                    await self._write()
                elif not await self._finds_writer():
                    if time.monotonic() > deadline:
                        return
                    await asyncio.sleep(TRY_AGAIN_SECONDS)
            if self._stopping:
                raise WriterStopped

    def _takes_lock(self) -> bool:
        handle = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._lock = handle
        return True

    async def _write(self) -> None:
        writer = Writer(self.settings)
        writer.listeners = self.listeners
        await writer.start()
        self._writer = writer
        self._socket_path.unlink(missing_ok=True)
        # Its directory is the service's own, mode 0700: nobody else reaches the socket.
        self._server = await asyncio.get_running_loop().create_unix_server(
            lambda: _Served(writer, self._served), str(self._socket_path)
        )

    async def _finds_writer(self) -> bool:
        try:
            _, link = await asyncio.get_running_loop().create_unix_connection(
                lambda: _Link(self.listeners), str(self._socket_path)
            )
        except OSError:
            return False
        self._link = link
        return True

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._link is not None:
                self._link.give_up_overdue()


async def _submitted(writer: Writer, item: Item, timeout_seconds: float, bulk: bool) -> Outcome:
    if not bulk:
        return await writer.submit(item, timeout_seconds)
    return _outcome_or_raise((await writer.submit_many((item,), timeout_seconds))[0])


def _outcome_or_raise(found: Outcome | Exception) -> Outcome:
    if isinstance(found, Exception):
        raise found
    return found
