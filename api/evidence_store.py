"""Where files of evidence are kept: by person and by the hash of what is kept, so that the same bytes are kept once and nothing
can be changed unseen. Five methods, all that a store has to offer; a directory is here, a bucket in `api.evidence_bucket`."""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Protocol

_PLACE = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/([0-9a-f]{64}-\d{8}-\d{8}-)?[0-9a-f]{64}")
BESIDE = ".beside"
"""How a file ends that is not put in place yet."""
PARTS = "_parts"
"""Where parts of files wait that are sent in piece by piece; no book is called so."""


class FilesAway(Exception):
    """The store cannot be reached, or takes nothing more. What was asked may be asked again."""

    code = "files_away"


class Kept(NamedTuple):
    """A file as a store lists it: its name, and when it was last put there."""

    name: str
    put_at: datetime


class EvidenceStore(Protocol):
    """A place of files. A name is `{book}/{person}/{sha256}`, or that of a part; it ends in the hash of its content. Any method
    may raise FilesAway, and ValueError for what is no name."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file for good, whole or not at all; the same again is put anew and changes nothing but the time."""

    def get(self, name: str) -> bytes | None:
        """What is kept, or None; never what has another hash than its name says."""

    def put_at(self, name: str) -> datetime | None:
        """When it was last put there; None where nothing is kept under this name."""

    def delete(self, name: str) -> None:
        """Let it go; what is not there is no matter."""

    def kept(self, folder: str) -> Iterator[Kept]:
        """What is kept in a folder, such as `{book}` or `{book}/{person}`, and below it; in the order of the names."""


def place_of(book: str, person: str, digest: str) -> str:
    """The name of a file."""
    return f"{book}/{person}/{digest}"


def checked(name: str) -> str:
    """The name, if it is one; ValueError. So nothing is read or written outside the store."""
    if not _PLACE.fullmatch(name) or ".." in name:
        raise ValueError("no name of a file of evidence")
    return name


def as_named(name: str, content: bytes) -> bytes | None:
    """The content, if it is what its name says."""
    return content if sha256(content).hexdigest() == name[-64:] else None


class DirectoryStore:
    """A directory of this machine, or of a volume that all workers see."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _path(self, name: str) -> Path:
        return self._directory / checked(name)

    def put(self, name: str, content: bytes) -> None:
        """Written beside, flushed, and put in place; what is written at once by another does not meet it."""
        path = self._path(name)
        with suppress(OSError):
            os.utime(path)
            return
        beside = path.with_name(f"{path.name}.{os.urandom(8).hex()}{BESIDE}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _flush(path.parent)
        except OSError:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise FilesAway from None

    def get(self, name: str) -> bytes | None:
        """The bytes, if they are those of the name."""
        try:
            return as_named(name, self._path(name).read_bytes())
        except FileNotFoundError:
            return None
        except OSError:
            raise FilesAway from None

    def put_at(self, name: str) -> datetime | None:
        """The time of the file."""
        try:
            return datetime.fromtimestamp(self._path(name).stat().st_mtime, UTC)
        except FileNotFoundError:
            return None
        except OSError:
            raise FilesAway from None

    def delete(self, name: str) -> None:
        """Gone."""
        try:
            self._path(name).unlink(missing_ok=True)
        except OSError:
            raise FilesAway from None

    def kept(self, folder: str) -> Iterator[Kept]:
        """The files below a folder; what a killed process left beside one is cleared away after a day."""
        for path in sorted((self._directory / folder).rglob("*")):
            try:
                put_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            except FileNotFoundError:
                continue
            name = str(path.relative_to(self._directory))
            if _PLACE.fullmatch(name):
                yield Kept(name, put_at)
            elif path.suffix == BESIDE and (datetime.now(UTC) - put_at).days:
                path.unlink(missing_ok=True)


def _flush(directory: Path) -> None:
    """The directory's own entry reaches the disk too."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
