"""The nightly run: the reviews that forecasts demand, and every identity of every book, once a night, its result kept where
operators see it.

A result is a file beside the notes, one for each book, so that all workers and the next start of the service know of it; it names
identities and what broke first, as `phb reconcile` does, and nobody. A breach is an error in the log and a number in the metrics,
and it stops nothing: what is wrong with a figure is no reason to refuse the next fact. Reviews that could not be opened are told in
the log, and looked for again the next night.
"""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import structlog

from ledger.book.books import BookRow
from ledger.book.database import LOST
from ledger.book.submission import DatabaseAway
from ledger.core.calendar import london_day
from ledger.core.canon import BOOK_CODE
from ledger.reports.identities import check_identities, take_turn

Connection = Any
log = structlog.get_logger()
HOUR_US = 3_600_000_000
LOOK_EVERY_SECONDS = 60.0
SUFFIX = ".reconciled.json"


class Reconciled(msgspec.Struct, frozen=True, kw_only=True):
    """What one run found in one book: which night it was for, when it ended (microseconds UTC), how many things were looked at, and
    what breaks each identity that does not hold."""

    book: str
    night: date
    ended_us: int
    checked: int
    broken: dict[str, str]


def night_of(now_us: int, hour: int) -> date:
    """The day whose night run is the newest one due at a time: the day in London, from `hour` hours after its beginning on."""
    return london_day(now_us - hour * HOUR_US)


def results(directory: Path) -> Iterator[Reconciled]:
    """The last result of each book, by code; what cannot be read is left out."""
    for path in sorted(directory.glob(f"*{SUFFIX}")):
        found = _result(path)
        if found is not None:
            yield found


def _result(path: Path) -> Reconciled | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Reconciled)
    except (OSError, msgspec.DecodeError):
        return None


def _keep(path: Path, content: bytes) -> None:
    """The new result instead of the last one, whole or not at all."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Nightly:
    """The runs of one process. `rows` gives the books of the server, `connect` a connection of phb_reader for a book,
    `open_reviews` records for how many people a review has become due or is not any more, `hour` is when the night's run is due,
    `clock_us` the process clock. Several processes may look at once: one of them runs each book."""

    def __init__(
        self, *, rows: Callable[[], Awaitable[list[BookRow]]], connect: Callable[[BookRow], Awaitable[Connection]],
        open_reviews: Callable[[BookRow, date], Awaitable[int]],
        directory: Path, hour: int, clock_us: Callable[[], int], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._rows, self._connect, self._open_reviews = rows, connect, open_reviews
        self._directory, self._hour = directory, hour
        self._clock_us, self._sleep = clock_us, sleep
        self._began = night_of(clock_us(), hour)
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to look. The database may still be away."""
        self._task = asyncio.create_task(self._looking(), name="nightly")

    async def stop(self) -> None:
        """End it; a run under way is left, and begun again by whoever looks next."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def look(self) -> tuple[Reconciled, ...]:
        """Run what is due now: each book that has no result of this night. A book that has none at all is due from the next night
        after the start on, so that a service is not slow when it is new."""
        night, made = night_of(self._clock_us(), self._hour), []
        if not self._is_any_due(night):
            return ()
        for row in await self._rows():
            if self._is_due(row.code, night):
                found = await self._tried(row, night)
                if found is not None:
                    made.append(found)
        return tuple(made)

    async def _tried(self, row: BookRow, night: date) -> Reconciled | None:
        """One book; what goes wrong with it is told, and the others have their turn."""
        try:
            return await self._run(row, night)
        except Exception as gone:
            log.warning("nightly_failed", book=row.code, error=type(gone).__name__)
            return None

    def _path(self, code: str) -> Path:
        assert BOOK_CODE.fullmatch(code)
        return self._directory / f"{code}{SUFFIX}"

    def _is_any_due(self, night: date) -> bool:
        return night > self._began or any(each.night < night for each in results(self._directory))

    def _is_due(self, code: str, night: date) -> bool:
        last = _result(self._path(code))
        return night > (self._began if last is None else last.night)

    async def _run(self, row: BookRow, night: date) -> Reconciled | None:
        connection = await self._connect(row)
        try:
            if not await take_turn(connection, row.book_id):
                return None
            # Somebody else may have run it between the look and the lock.
            if not self._is_due(row.code, night):
                return None
            await self._reviewed(row, night)
            found = await check_identities(connection, row.book_id)
        finally:
            await connection.close()
        broken = {each.name: each.first or "" for each in found if not each.ok}
        made = Reconciled(book=row.code, night=night, ended_us=self._clock_us(), checked=sum(each.checked for each in found),
                          broken=broken)  # fmt: skip
        await asyncio.to_thread(_keep, self._path(row.code), msgspec.json.encode(made))
        if broken:
            log.error("identities_broken", book=row.code, problem=",".join(broken), entries=made.checked)
        else:
            log.info("identities_hold", book=row.code, entries=made.checked)
        return made

    async def _reviewed(self, row: BookRow, night: date) -> None:
        """The reviews of one book; what goes wrong with them is told, and the book is checked all the same."""
        try:
            people = await self._open_reviews(row, night)
        except Exception as gone:
            log.warning("reviews_failed", book=row.code, error=type(gone).__name__)
        else:
            if people:
                log.info("reviews_changed", book=row.code, entries=people)

    async def _looking(self) -> None:
        while True:
            try:
                await self.look()
            except (*LOST, DatabaseAway, asyncpg.PostgresError, OSError) as gone:
                log.warning("nightly_failed", error=type(gone).__name__)
            await self._sleep(LOOK_EVERY_SECONDS)
