"""Signed heads, receipts and the notes outside: what lets others hold a book to what it once said.

Notes are kept in a directory outside the database and its backup, one file for each signed size, made once and never written
again. What was acknowledged after the newest note is not protected by it: at most 60 seconds while the service runs.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.book import store, store_proof
from ledger.book.database import LOST
from ledger.book.loading import read_head
from ledger.book.submission import ForkSuspected, NotConsidered
from ledger.core.merkle import (
    HashMissing,
    NoSuchProof,
    Range,
    consistency_needs,
    consistency_path,
    inclusion_needs,
    inclusion_path,
    root_at,
    root_needs,
)
from ledger.core.note import (
    Checkpoint,
    NotACheckpoint,
    NoteNotVerified,
    Verifier,
    open_note,
    sign_note,
)

Connection = Any
Hashes = dict[tuple[int, int], bytes]
log = structlog.get_logger()

_FILE = re.compile(r"([0-9]{20})(-[0-9a-f]{8})?")


class EntryUnknown(LookupError):
    """The book has no entry of this number, or not yet at this tree size."""

    code = "entry_unknown"


class TreeSizeUnfit(EntryUnknown):
    """The entry is there, and no tree of this size holds it: the size is below the entry's number, or above the book's."""

    code = "tree_size_unfit"

    def __init__(self, number: int, largest: int) -> None:
        super().__init__(number)
        self.smallest, self.largest = number, largest


class HeadNotProven(RuntimeError):
    """The stored hashes do not give the stored root: nothing is signed, and `phb verify` says why."""

    code = "head_not_proven"


class NoteRefused(ValueError):
    """Another note of this size was published before; it stays, and this one is not written."""

    code = "note_refused"


async def read_hashes(connection: Connection, book_id: int, ranges: Iterable[Range]) -> Hashes:
    """The stored hashes of these ranges by (level, index), for `ledger.core.merkle`. What is not stored is left out."""
    hashes: Hashes = {}
    for each in ranges:
        last = each.first_index + each.count - 1
        if each.level:
            rows = await connection.fetch(store_proof.SUBTREE_ROWS, book_id, each.level, each.first_index, last)
        else:
            rows = await connection.fetch(store_proof.LEAF_HASHES, book_id, each.first_index, last)
        hashes.update(((each.level, row["index"]), row["root"]) for row in rows)
    return hashes


async def root_of_size(connection: Connection, book_id: int, size: int) -> bytes:
    """The root of the book's tree at an earlier size, from stored hashes. Raises HashMissing, NoSuchProof."""
    return root_at(size, await read_hashes(connection, book_id, root_needs(size)))


async def consistency(connection: Connection, book_id: int, old: int, new: int) -> list[str]:
    """The consistency path from `old` to `new` leaves, in hexadecimal. Raises EntryUnknown beyond the head."""
    head = await read_head(connection, book_id)
    if not 0 <= old <= new <= head["size"]:
        raise EntryUnknown(new)
    hashes = await read_hashes(connection, book_id, consistency_needs(old, new))
    return [hash_.hex() for hash_ in consistency_path(old, new, hashes)]


async def receipt(
    connection: Connection, book_id: int, number: int, tree_size: int | None = None, note: str | None = None
) -> dict[str, Any]:
    """The proof that one entry is in the book (docs/format.md section 9), ready for JSON.

    Proven against `tree_size`; without one against the size of the note, or of the head if there is no note. A note that is
    older than the tree size is left out, because it cannot vouch for it. The note's signature is for the caller to have
    checked; a note that is not of this tree raises ForkSuspected. Raises EntryUnknown, TreeSizeUnfit, BookUnknown."""
    head = await read_head(connection, book_id)
    signed = None if note is None else read_note_text(note)
    if signed is not None and signed.size > head["size"]:
        raise ForkSuspected
    if tree_size is None:
        tree_size = signed.size if signed is not None and number <= signed.size else head["size"]
    if not 1 <= number <= head["size"]:
        raise EntryUnknown(number)
    if not number <= tree_size <= head["size"]:
        raise TreeSizeUnfit(number, head["size"])
    line = await connection.fetchval(store.BODY, book_id, number)
    needs = [*inclusion_needs(number - 1, tree_size), *root_needs(tree_size)]
    hashes = await read_hashes(connection, book_id, needs)
    found: dict[str, Any] = {
        "book": head["code"],
        "origin": head["origin"],
        "number": number,
        "line": line,
        "leaf": sha256(b"\x00" + line.encode("utf-8")).hexdigest(),
        "tree_size": tree_size,
        "root": root_at(tree_size, hashes).hex(),
        "path": [hash_.hex() for hash_ in inclusion_path(number - 1, tree_size, hashes)],
    }
    if signed is not None and signed.size >= tree_size:
        if await root_of_size(connection, book_id, signed.size) != signed.root:
            raise ForkSuspected
        found["origin"] = signed.origin
        found["checkpoint"] = note
        found["consistency"] = await consistency(connection, book_id, tree_size, signed.size)
    return found


def read_note_text(note: str) -> Checkpoint:
    """What a note states, its signatures unlooked at. Raises NotACheckpoint."""
    text, border, _ = note.rpartition("\n\n")
    if not border:
        raise NotACheckpoint
    return Checkpoint.parse(text + "\n")


def open_checkpoint(note: str, verifiers: Sequence[Verifier]) -> Checkpoint:
    """What a note states, once one of the verifiers has signed it. Raises NoteNotVerified, NotACheckpoint."""
    return Checkpoint.parse(open_note(note, verifiers)[0])


async def make_checkpoint(
    connection: Connection, book_id: int, signer_name: str, private_key: Ed25519PrivateKey | bytes
) -> str:
    """A signed note of the committed head. Its root is worked out again from the stored hashes before anything is signed.

    The connection is in no unit of work, so that only committed state is seen. Raises HeadNotProven, BookUnknown."""
    if connection.is_in_transaction():
        raise ValueError("a checkpoint is made of committed state only")
    head = await read_head(connection, book_id)
    try:
        root = await root_of_size(connection, book_id, head["size"])
    except HashMissing:
        raise HeadNotProven from None
    if root != head["root"]:
        raise HeadNotProven
    return sign_note(Checkpoint(head["origin"], head["size"], root).text(), signer_name, private_key)


# ---- the notes outside ---------------------------------------------------------------------------------------------


class Published(msgspec.Struct, frozen=True):
    """One note found outside: the size its file is named for, and its text."""

    size: int
    name: str
    note: str


def publish(directory: Path, code: str, note: str) -> Path:
    """Keep a note as `directory/<book code>/<size>`, in 20 digits; a file is made once and never written again.

    The same statement published twice is published once. After a restart of the log a size may come again under the new
    origin: its file then carries the origin's hash. Any other note of a size that is taken raises NoteRefused."""
    stated = read_note_text(note)
    folder = directory / code
    folder.mkdir(parents=True, exist_ok=True)
    plain = f"{stated.size:020d}"
    for name in (plain, f"{plain}-{sha256(stated.origin.encode()).hexdigest()[:8]}"):
        path = folder / name
        if _create(path, note):
            return path
        there = _stated(path)
        if there == stated:
            return path
        if there is None or there.origin == stated.origin:
            break
    log.error("note_refused", book=code, size=stated.size)
    raise NoteRefused(f"another note of size {stated.size} was published before")


def _stated(path: Path) -> Checkpoint | None:
    try:
        return read_note_text(path.read_text(encoding="utf-8"))
    except (NotACheckpoint, UnicodeDecodeError):
        return None


def _create(path: Path, text: str) -> bool:
    # Written beside and linked into place: a crash leaves no half note under a final name, and link never overwrites.
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def published_notes(directory: Path, code: str) -> list[Published]:
    """All notes of a book found outside, smallest size first. Whether they are signed is for the caller to check."""
    folder = directory / code
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        shape = _FILE.fullmatch(path.name)
        if shape is not None:
            text = path.read_bytes().decode("utf-8", errors="replace")
            found.append(Published(int(shape[1]), path.name, text))
    return sorted(found, key=lambda each: (each.size, each.name))


def latest_note(directory: Path, code: str, origin: str | None = None) -> str | None:
    """The newest note outside, of one origin if given, or None. Its signature is for the caller to check."""
    notes = published_notes(directory, code)
    if origin is not None:
        notes = [each for each in notes if each.note.startswith(origin + "\n")]
    return notes[-1].note if notes else None


def fork_check_for(directory: Path, verifiers: Sequence[Verifier]) -> Callable[[Connection, Any], Awaitable[None]]:
    """The check a writer makes before its first write (engine.md 12), for `Settings.fork_check`.

    Raises ForkSuspected unless the server is the one stored in the head row, and the newest note outside is signed by one of
    the verifiers and states a prefix of this tree under this origin. A book without notes passes, unless its log was restarted: a
    restart publishes a note of the new origin at once, so that whoever writes one into the log cannot pass for it."""

    async def check(connection: Connection, head: Any) -> None:
        server = await connection.fetchrow(store.SERVER)
        if (server["system_identifier"], server["timeline"]) != (head["system_identifier"], head["timeline"]):
            raise ForkSuspected
        notes = await asyncio.to_thread(published_notes, directory, head["code"])
        if not notes:
            if await _was_restarted(connection, head):
                raise ForkSuspected
            return
        try:
            open_checkpoint(notes[-1].note, verifiers)
        except (NoteNotVerified, NotACheckpoint):
            raise ForkSuspected from None
        # After a restart of the log the notes of the lost history remain; those of the new origin count.
        own = [each for each in notes if each.note.startswith(head["origin"] + "\n")]
        if not own:
            raise ForkSuspected
        await _check_prefix(connection, head, own[-1], verifiers)

    return check


async def _was_restarted(connection: Connection, head: Any) -> bool:
    rows = await connection.fetch(store.LATEST_OF_KIND, head["book_id"], head["size"], "log_restarted", None, 1)
    return bool(rows)


async def _check_prefix(connection: Connection, head: Any, newest: Published, verifiers: Sequence[Verifier]) -> None:
    try:
        stated = open_checkpoint(newest.note, verifiers)
        if stated.size != newest.size or stated.origin != head["origin"] or stated.size > head["size"]:
            raise ForkSuspected
        root = await root_of_size(connection, head["book_id"], stated.size)
    except (NoteNotVerified, NotACheckpoint, HashMissing, NoSuchProof):
        raise ForkSuspected from None
    if root != stated.root:
        raise ForkSuspected


class Checkpointer:
    """Signs and publishes one book's head every 60 seconds in which it grew, on request, and at shutdown.

    `connect` gives a connection of the reader; `sleep` is `asyncio.sleep`. `problem` is None, or the code that readiness
    shows; `latest` is the newest note this process published."""

    def __init__(
        self, *, connect: Callable[[], Awaitable[Connection]], book_id: int, code: str, directory: Path, signer_name: str,
        private_key: Ed25519PrivateKey | bytes, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        every_seconds: float = 60.0, fork_check: Callable[[Connection, Any], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self.latest: str | None = None
        self.problem: str | None = None
        self._connect = connect
        self._book_id = book_id
        self._code = code
        self._directory = directory
        self._signer = (signer_name, private_key)
        self._sleep = sleep
        self._every_seconds = every_seconds
        self._fork_check = fork_check
        self._connection: Connection = None
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin the rounds. The database may still be away."""
        self._task = asyncio.create_task(self._rounds(), name=f"checkpointer-{self._book_id}")

    async def now(self) -> str:
        """Sign and publish the head as it is now; the note. Raises HeadNotProven, NoteRefused, DatabaseAway, ForkSuspected."""
        async with self._one_at_a_time:
            if self._connection is None or self._connection.is_closed():
                self._connection = await self._checked()
            note = await make_checkpoint(self._connection, self._book_id, *self._signer)
            if note != self.latest:
                await asyncio.to_thread(publish, self._directory, self._code, note)
                self.latest = note
            self.problem = None
            return note

    async def _checked(self) -> Connection:
        """A new connection to the book's own server: a note of a suspected fork would be what makes it pass for the book."""
        connection = await self._connect()
        try:
            if self._fork_check is not None:
                await self._fork_check(connection, await read_head(connection, self._book_id))
        except BaseException:
            await connection.close()
            raise
        return connection

    async def stop(self) -> None:
        """End the rounds and sign once more what was committed."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))
        await self._try()
        if self._connection is not None and not self._connection.is_closed():
            await self._connection.close()

    async def _rounds(self) -> None:
        while True:
            await self._sleep(self._every_seconds)
            await self._try()

    async def _try(self) -> None:
        try:
            await self.now()
        except (HeadNotProven, NoteRefused, NotConsidered) as no:
            self.problem = no.code
            log.error("checkpoint_failed", book_id=self._book_id, code=no.code)
        except LOST as gone:
            self.problem = "database_away"
            log.warning("checkpoint_failed", book_id=self._book_id, error=type(gone).__name__)
