"""Checks an export without a database (docs/format.md section 8), by the same replay of lines as a book with one."""

import base64
import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from ledger.book.checkpoint import open_checkpoint
from ledger.book.kinds import LineWrong, VersionUnknown
from ledger.book.rederive import Replay
from ledger.book.stated_keys import KEY_DIGITS, RepeatedKeys
from ledger.book.verdict import Verification, Wrong
from ledger.core.canon import MAX_LINE
from ledger.core.model import Identity
from ledger.core.note import NotACheckpoint, NotAKey, NoteNotVerified, Verifier

Progress = Callable[[int, int], None]
_AT_ONCE = 10_000
_SALT = re.compile("[0-9a-f]{32}")


def verify_export(
    directory: Path, verifiers: Sequence[Verifier] | None = None, *, identities: tuple[Identity, ...] = (),
    progress: Progress | None = None,
) -> Verification:  # fmt: skip
    """Check an export without a database. `verifiers` None means: those that came with it, which proves only that the
    files belong together. `progress` is called with (bytes done, bytes in all)."""
    found = Verification(True, "", 0, 0)
    try:
        with (directory / "entries.txt").open("rb") as file:
            lines = _Lines(file, progress)
            replay = Replay(lines.past, identities, tables=False)
            wrong = _take_all(lines, replay)
        found = Verification(True, replay.code, replay.number, replay.postings)
        known = _read_verifiers(directory) if verifiers is None else verifiers
        found.checks = {"entries": replay.number, "postings": replay.postings, "verifiers": len(known)}
        wrong = wrong or _check_note(directory, known, replay)
        if wrong is None and (directory / "details.jsonl").exists():
            with (directory / "details.jsonl").open("rb") as file:
                checker = _DetailFile(replay.acts.erased, replay.commitments)
                wrong = next(checker.wrongs(file), None)
                found.checks["details"] = checker.count
    except VersionUnknown as later:
        wrong = Wrong(None, later.code, f"this program does not know the line version {later}")
    except (OSError, NotAKey) as unusable:
        wrong = Wrong(None, "export_unusable", f"the export cannot be read: {unusable}")
    found.accuse(wrong)
    return found


class _Lines:
    """The lines of a file in order, and any earlier one again by its number."""

    def __init__(self, file: BinaryIO, progress: Progress | None) -> None:
        self._file = file
        self._progress = progress
        self._starts = array("Q", [0])
        self._end = file.seek(0, 2)

    def __iter__(self) -> Iterator[bytes]:
        position = 0
        while True:
            self._file.seek(position)
            line = self._file.readline(MAX_LINE + 2)
            if not line:
                return
            position += len(line)
            self._starts.append(position)
            yield line
            if self._progress is not None and len(self._starts) % _AT_ONCE == 0:
                self._progress(position, self._end)

    def past(self, number: int) -> str:
        """An earlier line by number."""
        first, after = self._starts[number - 1], self._starts[number]
        self._file.seek(first)
        return self._file.read(after - first - 1).decode("ascii")


def _take_all(lines: _Lines, replay: Replay) -> Wrong | None:
    keys = RepeatedKeys()
    try:
        wrong = _take_each(lines, replay, keys)
    except VersionUnknown:
        if repeated := _repeated(lines, replay, keys):
            return repeated
        raise
    return _repeated(lines, replay, keys) or wrong


def _repeated(lines: _Lines, replay: Replay, keys: RepeatedKeys) -> Wrong | None:
    # Looked for at the end, because a set of all keys would need ten times the memory.
    keys.take(replay.keys)
    found, before = keys.found(), set()
    for number in range(1, replay.number + 1) if found else ():
        key = lines.past(number).split("|")[18][:KEY_DIGITS]
        if key in before:
            return Wrong(number, "key_repeated", f"an earlier entry states the key of entry {number}")
        if key in found:
            before.add(key)
    return None


def _take_each(lines: _Lines, replay: Replay, keys: RepeatedKeys) -> Wrong | None:
    leaves: list[bytes] = []
    for raw in lines:
        try:
            if not raw.endswith(b"\n"):
                raise LineWrong("line_malformed", "a line is too long or has no end")
            replay.take(raw[:-1].decode("ascii", errors="replace"))
        except LineWrong as wrong:
            return Wrong(replay.number + 1, wrong.code, wrong.why)
        leaves.append(sha256(b"\x00" + raw[:-1]).digest())
        if len(leaves) == _AT_ONCE:
            replay.grow(leaves)
            leaves = []
            keys.take(replay.keys)
    replay.grow(leaves)
    if replay.number == 0:
        return Wrong(1, "entries_missing", "there are no entries")
    return None


def _read_verifiers(directory: Path) -> list[Verifier]:
    text = (directory / "verifiers.txt").read_bytes().decode("utf-8", errors="replace")
    return [Verifier.parse(line) for line in text.split("\n") if line]


def _check_note(directory: Path, verifiers: Sequence[Verifier], replay: Replay) -> Wrong | None:
    note = (directory / "checkpoint.txt").read_bytes().decode("utf-8", errors="replace")
    try:
        stated = open_checkpoint(note, verifiers)
    except (NoteNotVerified, NotACheckpoint):
        return Wrong(None, "note_unverified", "the checkpoint is not signed by a known key")
    if stated.size != replay.number:
        why = f"{stated.size} entries were signed, and there are {replay.number}"
        return Wrong(min(stated.size, replay.number) + 1, "entries_missing", why)
    if stated.origin != replay.acts.origins[-1][1]:
        return Wrong(None, "note_origin", "the checkpoint is of another log")
    if stated.root != replay.frontier.root():
        return Wrong(None, "note_broken", "the lines are not those that were signed")
    return None


class _DetailFile:
    """Compares the details of an export with the commitments, in the order of their numbers."""

    def __init__(self, erased: dict[int, int], commitments: dict[int, str]) -> None:
        self.count = 0
        self._erased = erased
        self._commitments = commitments

    def wrongs(self, file: BinaryIO) -> Iterator[Wrong]:
        """What is wrong, the lowest entry first."""
        due = (number for number in sorted(self._commitments) if number not in self._erased)
        last = 0
        for raw in file:
            number = _number_of(raw)
            if number is None:
                yield Wrong(None, "detail_malformed", "a detail is malformed")
                return
            if number <= last:
                yield Wrong(number, "detail_order", f"the detail of entry {number} is out of order")
                return
            last = number
            if number not in self._commitments:
                yield Wrong(number, "detail_surplus", f"entry {number} committed to no detail")
            if number in self._erased:
                yield Wrong(number, "detail_after_erasure", f"the detail of entry {number} was erased")
            expected = next(due, None)
            if expected != number:
                missing = expected if expected is not None else number
                yield Wrong(missing, "detail_missing", f"the detail of entry {missing} is missing")
                return
            if _commitment_of(raw) != self._commitments[number]:
                yield Wrong(number, "detail_wrong", f"the detail of entry {number} is not what it committed to")
            self.count += 1
        for number in due:
            yield Wrong(number, "detail_missing", f"the detail of entry {number} is missing")


def _loaded(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None


def _number_of(raw: bytes) -> int | None:
    detail = _loaded(raw)
    number = detail.get("number") if isinstance(detail, dict) else None
    return number if type(number) is int and number > 0 else None


def _commitment_of(raw: bytes) -> str | None:
    detail = _loaded(raw)
    salt, content = detail.get("salt"), detail.get("content")
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or not isinstance(content, str):
        return None
    try:
        data = base64.b64decode(content, validate=True)
    except ValueError:
        return None
    if base64.b64encode(data).decode("ascii") != content:
        return None
    return sha256(bytes.fromhex(salt) + data).hexdigest()
