"""Sends a finished batch to the database's append function, and reads back what became of keys."""

import json
from collections.abc import Callable
from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.submission import ClockSkew, KeyReused
from ledger.core.batch import Batch, Outcome
from ledger.core.canon import Entry, parse
from ledger.core.merkle import append_many
from ledger.core.refusals import REFUSALS, Refusal

Connection = Any
Heard = Callable[[dict[str, int]], None]
"""What is told of each batch that was committed: the subjects it is about, each with its version."""


class Sealed:
    """A batch with its new tree head, ready to be sent."""

    __slots__ = ("arguments", "batch", "first_line", "frontier", "root", "root_before", "size")

    def __init__(self, batch: Batch, root_before: bytes) -> None:
        state, columns = batch.state, batch.columns
        self.batch = batch
        self.root_before = root_before
        self.size = batch.finish()
        self.first_line = columns.lines[0]
        self.frontier, subtrees = append_many(state.frontier, batch.leaves)
        state.frontier = self.frontier
        self.root = self.frontier.root()
        given: tuple[list[Any], ...] = (
            columns.leg_entry, columns.leg_account, columns.leg_amount, columns.leg_day,
            columns.key, columns.key_entry, columns.key_count, columns.key_prints,
            [s.level for s in subtrees], [s.index for s in subtrees], [s.root for s in subtrees],
            columns.detail_entry, columns.detail_salt, columns.detail_content,
            columns.hold_entry, columns.hold_purpose, columns.hold_expires,
            columns.pair_entry, columns.pair_holding, columns.pair_origin, columns.pair_amount,
            columns.move_hold, columns.move_holding, columns.move_amount,
            columns.closed_hold, columns.closed_state, columns.undo_target, columns.undo_entry,
            columns.subject, columns.subject_entry,
        )  # fmt: skip
        # Most batches need few of these, and each array costs its check and its place even when it is empty.
        self.arguments = (
            state.book_id, batch.start_size, root_before, self.root, self.frontier.to_bytes(), columns.lines,
            *(column or None for column in given), _json(columns.acts) if columns.acts else None,
        )  # fmt: skip

    def versions(self) -> dict[str, int]:
        """The subjects that this batch is about, each with the number of the last entry about it."""
        columns, start = self.batch.columns, self.batch.start_size
        return {subject: start + entry for subject, entry in zip(columns.subject, columns.subject_entry, strict=True)}

    async def send(self, connection: Connection, process_us: int) -> Any:
        """One call of append_batch: its row (moved, clock_us). Raises what the database raises."""
        book_id, size, root, *rest = self.arguments
        return await connection.fetchrow(store.APPEND, book_id, size, root, process_us, *rest)

    async def send_alone(self, connection: Connection, process_us: int) -> Any:
        """The same for one who writes without a Writer, which meets clocks that disagree in its own way. Raises ClockSkew."""
        try:
            return await self.send(connection, process_us)
        except asyncpg.PostgresError as no:
            if no.sqlstate == "PH001":
                raise ClockSkew from no
            raise

    async def send_and_commit(self, connection: Connection, process_us: int, transaction: Any) -> Any:
        """The same within a transaction that holds the lock already, which it ends."""
        try:
            row = await self.send(connection, process_us)
        except asyncpg.PostgresError:
            if not connection.is_closed():
                await transaction.rollback()
            raise
        await transaction.commit()
        return row


def _json(acts: list[dict[str, Any]]) -> str:
    return json.dumps(acts)


async def committed(connection: Connection, sealed: Sealed) -> bool:
    """Whether a batch whose answer was lost was committed. The caller holds the lock on the head, which waits out the old
    backend; the nonce makes the first line unmistakable."""
    state = sealed.batch.state
    body = await connection.fetchval(store.BODY, state.book_id, sealed.batch.start_size + 1)
    return bool(body == sealed.first_line)


async def known(connection: Connection, book_id: int, keys: list[bytes]) -> dict[bytes, Any]:
    """The rows of those keys that have been used."""
    if not keys:
        return {}
    return {row["key"]: row for row in await connection.fetch(store.KEYS, book_id, keys)}


async def replay(connection: Connection, book_id: int, prints: bytes, row: Any) -> Outcome:
    """The first answer of a key again, rebuilt from its entries; KeyReused when the request differs."""
    if row["prints"] != prints:
        raise KeyReused(row["prints"])
    first = row["number"]
    rows = await connection.fetch(store.BODIES, book_id, first, first + row["entries"] - 1)
    entries = tuple(parse(each["body"]) for each in rows)
    gone = await connection.fetch(store.ERASED, book_id, first, first + row["entries"] - 1)
    erased = frozenset(each["number"] for each in gone)
    return Outcome(entries, refusal_of(entries[0]), row["tree_size"], replayed=True, erased=erased)


def refusal_of(entry: Entry) -> Refusal | None:
    """The refusal that a refusal entry records; None for other kinds."""
    if entry.kind != "refusal":
        return None
    code = entry.attribute("code") or ""
    given = {name[5:]: value for name, value in entry.attributes if name.startswith("fact.")}
    # In the order in which the first answer told them, which the line does not keep.
    return Refusal(code, tuple((name, given[name]) for name in REFUSALS[code].facts))
