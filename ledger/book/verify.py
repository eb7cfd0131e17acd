"""Checks a whole book against its own lines: with its database here, from an export alone in `verify_files`.

The log is consistent, *and* every table re-derives from it. Lines are read in short steps up to the head found at the start;
the tables that change are compared in one short snapshot at the end, after the entries that came meanwhile.
"""

import asyncio
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ledger.book import store_proof
from ledger.book.checkpoint import published_notes
from ledger.book.kinds import VersionUnknown
from ledger.book.live import Live
from ledger.book.loading import read_head
from ledger.book.rederive import Replay, references
from ledger.book.slices import Crunched, Details, KeyRows, Notes, PostingSums, copy_rows, crunch
from ledger.book.verdict import Verification as Verification
from ledger.book.verdict import Wrong, first_of
from ledger.book.verify_files import verify_export as verify_export
from ledger.core.merkle import Subtree
from ledger.core.model import Identity
from ledger.core.note import Verifier

Connection = Any
Progress = Callable[[int, int], None]
CHUNK = 10_000


async def verify_book(
    connection: Connection, book_id: int, *, verifiers: Sequence[Verifier], notes_directory: Path | None = None,
    identities: tuple[Identity, ...] = (), progress: Progress | None = None,
) -> Verification:  # fmt: skip
    """Re-derive everything from the lines and compare every table with it. Role phb_reader.

    `notes_directory` is where checkpoints are published; without it nothing is said of them. `progress` is called with
    (entries done, entries in all). Raises BookUnknown."""
    head = await read_head(connection, book_id)
    published = [] if notes_directory is None else published_notes(notes_directory, head["code"])
    check = Check(connection, book_id, head["size"], Notes(published, verifiers), identities, progress)
    try:
        await check.run()
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
        self.identities = identities
        self.progress = progress
        self.salt = secrets.token_hex(8)
        self.replay = self._fresh(frozenset())
        self.subtrees: list[Subtree] = []
        self.wrongs: list[Wrong] = list(notes.wrongs)
        self.checks: dict[str, int] = {}
        self.postings = PostingSums(connection, book_id, self.salt, size)
        self.keys = KeyRows(connection, book_id, size, self.salt)
        self.details = Details()

    def _fresh(self, watched: frozenset[int]) -> Replay:
        return Replay(lambda number: "", self.identities, self.salt, watched)

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
        while not self.keys.finished:
            await self.keys.step()
        await self._compare_postings(whole)
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
        self.wrongs += self.keys.wrongs + self.details.wrongs

    async def _lines(self, first: int, last: int, *, beside: bool) -> bool:
        """Take the lines first … last while the next ones are on their way. Whether all of them are right."""
        running: asyncio.Task[Crunched] | None = None
        while first <= last:
            end = min(first + CHUNK - 1, last)
            rows = await copy_rows(self.connection, store_proof.LINES, self.book_id, first - 1, end)
            details = await self.connection.fetch(store_proof.DETAIL_ROWS, self.book_id, first - 1, end)
            others = await self._others(rows, first)
            if running is not None and not self._settle(await running):
                return False
            if self.progress is not None:
                self.progress(first - 1, last)
            running = asyncio.create_task(asyncio.to_thread(self._crunch, rows, others, details))
            if beside:
                if not self.postings.finished:
                    await self.postings.step(4 * CHUNK)
                if not self.keys.finished:
                    await self.keys.step()
            first = end + 1
        fine = running is None or self._settle(await running)
        if fine and self.replay.number < last:
            number = self.replay.number + 1
            self.wrongs.append(Wrong(number, "entries_missing", f"entry {number} is not there, and the head counts it"))
        return fine and self.replay.number == last

    def _crunch(self, rows: list[str], others: dict[int, str], details: list[Any]) -> Crunched:
        crunched = crunch(self.replay, rows, others, self.notes)
        self.keys.stated.take(self.replay.keys)
        self.details.compare(((row[0], row[1], row[2]) for row in details), self.replay.commitments)
        return crunched

    def _settle(self, crunched: Crunched) -> bool:
        self.subtrees += crunched.subtrees
        self.wrongs += crunched.wrongs
        return not any(wrong.number is not None for wrong in crunched.wrongs)

    async def _others(self, rows: list[str], first: int) -> dict[int, str]:
        """The earlier lines that these refer to."""
        wanted = sorted({number for row in rows for number in references(row) if number < first})
        if not wanted:
            return {}
        found = await self.connection.fetch(store_proof.BODIES_AT, self.book_id, wanted)
        return {row["number"]: row["body"] for row in found}

    # ---- postings ------------------------------------------------------------------------------------------------------

    async def _compare_postings(self, whole: bool) -> None:
        """All postings by their sum; one by one where that differs or the lines broke off."""
        end = self.replay.number if whole else first_of(self.wrongs).number - 1  # type: ignore[union-attr,operator]
        if whole:
            while not self.postings.finished:
                await self.postings.step(4 * CHUNK)
            if self.postings.total == sum(account.print for account in self.replay.accounts.values()):
                return
        self.wrongs += await self._wrong_postings(end)

    async def _wrong_postings(self, end: int) -> list[Wrong]:
        """The first posting up to entry `end` that is not as its line says, by a second run over the lines."""
        sums: dict[int, int] = {}
        after = (-1, 0)
        while rows := await copy_rows(
            self.connection, store_proof.POSTINGS, self.book_id, self.salt, *after, end, 4 * CHUNK
        ):
            for row in rows:
                _, account, number, _ = row.split("\t", 3)
                sums[int(account)] = sums.get(int(account), 0) + hash(row)
                after = (int(account), int(number))
        again = self._fresh(frozenset())
        await self._again(again, end)
        expected = {account.id: account.print for account in again.accounts.values() if account.print}
        watched = frozenset(id_ for id_ in sums | expected if sums.get(id_) != expected.get(id_))
        if not watched:
            return []
        again = self._fresh(watched)
        await self._again(again, end)
        rows = await self.connection.fetch(store_proof.POSTINGS_OF, self.book_id, sorted(watched), end + 1)
        stored = {(row[0], row[1]): (row[2], row[3], row[4]) for row in rows}
        keys = [key for key in stored | again.watched_rows if stored.get(key) != again.watched_rows.get(key)]
        number, account_id = min(keys)
        code = next((each.code for each in again.accounts.values() if each.id == account_id), f"number {account_id}")
        return [
            Wrong(
                number,
                "posting_wrong",
                f"the posting of entry {number} on account {code} is not that of its line",
            )
        ]

    async def _again(self, replay: Replay, end: int) -> None:
        for first in range(1, end + 1, CHUNK):
            rows = await copy_rows(
                self.connection, store_proof.LINES, self.book_id, first - 1, min(first + CHUNK - 1, end)
            )
            await asyncio.to_thread(crunch, replay, rows, await self._others(rows, first), Notes((), ()))
            replay.keys.clear()

    # ---- the tables that change ----------------------------------------------------------------------------------------

    async def _compare_live(self) -> None:
        """Catch up with the head as it is in this snapshot, then compare every table that changes."""
        replay = self.replay
        size = (await read_head(self.connection, self.book_id))["size"]
        before = {account.id: account.print for account in replay.accounts.values()}
        if not await self._lines(self.size + 1, size, beside=False):
            return
        moved = {each.id: each.print - before.get(each.id, 0) for each in replay.accounts.values()}
        touched = [id_ for id_, print_ in moved.items() if print_]
        if touched:
            rows = await copy_rows(
                self.connection, store_proof.POSTINGS_SINCE, self.book_id, self.salt, touched, self.size, size
            )
            if sum(map(hash, rows)) != sum(moved.values()):
                self.wrongs += await self._wrong_postings(size)
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
        ):
            number = await self.connection.fetchval(query, self.book_id)
            if number is not None:
                why = f"there is a row of {what} for entry {number}, which the book does not have"
                self.wrongs.append(Wrong(number, f"{what}_surplus", why))
