"""Writes a book's entries as files that anyone can check (docs/format.md section 8)."""

import base64
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ledger.book import store, store_proof
from ledger.book.checkpoint import make_checkpoint, read_note_text
from ledger.core.note import Verifier, verifier_of

Connection = Any
_AT_ONCE = 10_000


class DirectoryNotEmpty(FileExistsError):
    """An export is never mixed with what was there before."""

    code = "directory_not_empty"


class Exported(msgspec.Struct, frozen=True):
    """What an export holds: how many entries and details, and its signed note."""

    entries: int
    details: int
    note: str


async def export_entries(
    connection: Connection, book_id: int, directory: Path, *, signer_name: str, private_key: Ed25519PrivateKey | bytes,
    old_verifiers: Sequence[Verifier] = (), details: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:  # fmt: skip
    """Write all entries of a book, as of now, with a checkpoint for exactly this size.

    Reads in short steps by number, so a growing book and a small memory are no matter. The files get their names when all of
    them are complete. Raises DirectoryNotEmpty, BookUnknown, HeadNotProven. Role phb_reader."""
    prepare(directory)
    note = await make_checkpoint(connection, book_id, signer_name, private_key)
    size = read_note_text(note).size
    names = ["entries.txt", "checkpoint.txt", "verifiers.txt"]
    await _write_lines(connection, book_id, size, directory / "entries.txt.part", progress)
    _write(directory / "checkpoint.txt.part", note)
    known = dict.fromkeys(each.text() for each in (verifier_of(signer_name, private_key), *old_verifiers))
    _write(directory / "verifiers.txt.part", "".join(f"{text}\n" for text in known))
    written = 0
    if details:
        names.append("details.jsonl")
        written = await _write_details(connection, book_id, size, directory / "details.jsonl.part")
    for name in names:
        (directory / f"{name}.part").rename(directory / name)
    return Exported(size, written, note)


def prepare(directory: Path) -> None:
    """The directory of an export, new or empty. DirectoryNotEmpty."""
    directory.mkdir(parents=True, exist_ok=True)
    if any(directory.iterdir()):
        raise DirectoryNotEmpty(str(directory))


async def _write_lines(
    connection: Connection, book_id: int, size: int, path: Path, progress: Callable[[int, int], None] | None
) -> None:
    with path.open("xb") as file:
        for first in range(1, size + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, size)
            rows = await connection.fetch(store.BODIES, book_id, first, last)
            file.write(b"".join([row["body"].encode("utf-8") + b"\n" for row in rows]))
            if progress is not None:
                progress(last, size)
        _flush(file)


async def _write_details(connection: Connection, book_id: int, size: int, path: Path) -> int:
    written, last = 0, 0
    with path.open("xb") as file:
        while rows := await connection.fetch(store_proof.DETAILS_AFTER, book_id, last, size, _AT_ONCE):
            for row in rows:
                detail = {
                    "number": row["number"],
                    "salt": row["salt"].hex(),
                    "content": base64.b64encode(row["content"]).decode("ascii"),
                }
                file.write(msgspec.json.encode(detail) + b"\n")
            written += len(rows)
            last = rows[-1]["number"]
        _flush(file)
    return written


def _write(path: Path, text: str) -> None:
    with path.open("xb") as file:
        file.write(text.encode("utf-8"))
        _flush(file)


def _flush(file: Any) -> None:
    file.flush()
    os.fsync(file.fileno())
