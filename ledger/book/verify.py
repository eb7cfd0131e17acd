"""Checks a whole book against its own lines: with its database here, from an export alone in `verify_files`.

The log is consistent, *and* every table re-derives from it. Lines are read in short steps up to the head found at the start;
the tables that change are compared in one short snapshot at the end, after the entries that came meanwhile.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from ledger.book import store_proof
from ledger.book.checkpoint import published_notes
from ledger.book.earlier import references
from ledger.book.kinds import VersionUnknown
from ledger.book.leaves import Leaves
from ledger.book.live import Live
from ledger.book.loading import read_head
from ledger.book.rederive import Replay
from ledger.book.slices import Crunched, Details, KeyRows, Notes, Postings, copy_text, crunch, rows_of
from ledger.book.verdict import Verification as Verification
from ledger.book.verdict import Wrong, first_of
from ledger.book.verify_files import verify_export as verify_export
from ledger.core.merkle import Subtree
from ledger.core.model import Identity
from ledger.core.note import Verifier

Connection = Any
Progress = Callable[[int, int], None]
Further = Callable[[Connection, int, int], Awaitable[tuple[dict[str, int], list[Wrong]]]]
"""A further check of one book (its id) up to an entry: what it counted, and what is wrong."""
CHUNK = 10_000


async def verify_book(
    connection: Connection, book_id: int, *, verifiers: Sequence[Verifier], notes_directory: Path | None = None,
    identities: tuple[Identity, ...] = (), progress: Progress | None = None, also: Sequence[Further] = (),
) -> Verification:  # fmt: skip
    """Re-derive everything from the lines and compare every table with it. Role phb_reader.

    `notes_directory` is where checkpoints are published; without it nothing is said of them. `progress` is called with
    (entries done, entries in all). `also` are checks of rooms above this one, made when all else is as the lines say. Raises
    BookUnknown."""
    head = await read_head(connection, book_id)
    published = [] if notes_directory is None else published_notes(notes_directory, head["code"])
    check = Check(connection, book_id, head["size"], Notes(published, verifiers), identities, progress)
    try:
        with check.leaves:
            await check.run()
        for further in () if check.wrongs else also:
            checks, wrongs = await further(connection, book_id, check.replay.number)
            check.checks.update(checks)
            check.wrongs += wrongs
    except VersionUnknown as later:
        check.wrongs.append(Wrong(None, later.code, f"this program does not know the line version {later}"))
    return check.verdict(head["code"])


class Check:
    """One run over one book."""

    def __init__(
        self, connection: Connection, book_id: int, size: int, notes: Notes, identities: tuple[Identity, ...],
        progress: Progress | None,
    ) -> None:  # fmt: skip
        self.connection = connection
        self.book_id = book_id
        self.size = size
        self.notes = notes
        self.progress = progress
        self.replay = Replay(lambda number: "", identities)
        self.subtrees: list[Subtree] = []
        self.wrongs: list[Wrong] = list(notes.wrongs)
        self.checks: dict[str, int] = {}
        self.postings = Postings(connection, book_id)
        self.keys = KeyRows(connection, book_id, size, secrets.token_hex(8))
        self.details = Details()
        self.leaves = Leaves(beside=size > 2 * CHUNK)

    def verdict(self, code: str) -> Verification:
        """What was found, in one value."""
        found = Verification(not self.wrongs, code, self.replay.number, self.replay.postings, checks=self.checks)
        self.checks.update(
            entries=self.replay.number, postings=self.replay.postings, details=self.details.count, keys=self.keys.count,
            notes=self.notes.checked,
        )  # fmt: skip
        found.accuse(first_of(self.wrongs))
        return found

    async def run(self) -> None:
        """Lines and what stands beside each of them, then the tables that change."""
        whole = await self._lines(1, self.size, beside=True)
        lines = len(self.wrongs)
        while not self.keys.finished:
            await self.keys.step()
        if whole:
            if self.connection.is_in_transaction():
                await self._compare_live()
            else:
                async with self.connection.transaction(isolation="repeatable_read", readonly=True):
                    await self._compare_live()
            await self._outside()
        else:
            self.keys.compare(self.replay, whole)
            self.keys.wrongs += await self.keys.stated.compare(self.connection, self.book_id, self.replay.number)
        # Before what the tables that change are accused of: of two wrongs of one entry the first is named.
        self.wrongs[lines:lines] = await self.postings.close(self.replay.number, self.replay.accounts)
        self.wrongs += self.keys.wrongs + self.details.wrongs

    async def _lines(self, first: int, last: int, *, beside: bool) -> bool:
        """Take the lines first … last while the next ones are on their way. Whether all of them are right."""
        running: asyncio.Task[Crunched] | None = None
        while first <= last:
            end = min(first + CHUNK - 1, last)
            data = await copy_text(self.connection, store_proof.LINES, self.book_id, first - 1, end)
            hashing = asyncio.create_task(asyncio.to_thread(self.leaves.of, data))
            rows = rows_of(data)
            details = await self.connection.fetch(store_proof.DETAIL_ROWS, self.book_id, first - 1, end)
            others = await self._others(rows, first)
            leaves = await hashing
            before = None if running is None else await running
            running = None
            if before is None or not before.broken:
                running = asyncio.create_task(asyncio.to_thread(self._crunch, rows, leaves, others, details))
            if before is not None:
                await self._settle(before)
            if running is None:
                return False
            if self.progress is not None:
                self.progress(first - 1, last)
            if beside and not self.keys.finished:
                await self.keys.step()
            first = end + 1
        fine = running is None or not await self._settle(await running)
        if fine and self.replay.number < last:
            number = self.replay.number + 1
            self.wrongs.append(Wrong(number, "entries_missing", f"entry {number} is not there, and the head counts it"))
        return fine and self.replay.number == last

    def _crunch(
        self, rows: list[str], leaves: tuple[int, bytes], others: dict[int, str], details: list[Any]
    ) -> Crunched:
        crunched = crunch(self.replay, rows, leaves, others, self.notes)
        self.keys.stated.take(self.replay.keys)
        self.details.compare(((row[0], row[1], row[2]) for row in details), self.replay.commitments)
        return crunched

    async def _settle(self, crunched: Crunched) -> bool:
        await self.postings.compare(crunched.made)
        self.subtrees += crunched.subtrees
        self.wrongs += crunched.wrongs
        return crunched.broken

    async def _others(self, rows: list[str], first: int) -> dict[int, str]:
        """The earlier lines that these refer to."""
        wanted = sorted({number for row in rows for number in references(row) if number < first})
        if not wanted:
            return {}
        found = await self.connection.fetch(store_proof.BODIES_AT, self.book_id, wanted)
        return {row["number"]: row["body"] for row in found}

    # ---- the tables that change ----------------------------------------------------------------------------------------

    async def _compare_live(self) -> None:
        """Catch up with the head as it is in this snapshot, then compare every table that changes."""
        replay = self.replay
        size = (await read_head(self.connection, self.book_id))["size"]
        if not await self._lines(self.size + 1, size, beside=False):
            return
        live = Live(self.connection, self.book_id, replay, self.subtrees)
        await live.compare()
        self.checks.update(live.checks)
        self.keys.compare(replay, whole=True)
        self.keys.wrongs += await self.keys.stated.compare(self.connection, self.book_id, size)
        self.wrongs += live.wrongs + self.details.rest(replay) + self.notes.rest(replay)
        if self.progress is not None:
            self.progress(size, size)

    async def _outside(self) -> None:
        """Rows under numbers that the book does not have."""
        for what, query in (
            ("entry", store_proof.ENTRY_OUTSIDE),
            ("posting", store_proof.POSTING_OUTSIDE),
            ("detail", store_proof.DETAIL_OUTSIDE),
            ("register", store_proof.REGISTER_OUTSIDE),
        ):
            number = await self.connection.fetchval(query, self.book_id)
            if number is not None:
                why = f"there is a row of {what} for entry {number}, which the book does not have"
                self.wrongs.append(Wrong(number, f"{what}_surplus", why))
