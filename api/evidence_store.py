"""Where files of evidence are kept: by person and by the hash of what is kept, so that the same bytes are kept once and nothing
can be changed unseen. Four methods, all that another store has to offer."""

import os
import re
from hashlib import sha256
from pathlib import Path
from typing import Protocol

_PLACE = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+/[0-9a-f]{64}")


class EvidenceStore(Protocol):
    """A place of files. A name is `{book}/{person}/{sha256}`."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file for good; the same again changes nothing."""

    def get(self, name: str) -> bytes | None:
        """What is kept, or None; never what has another hash than its name says."""

    def exists(self, name: str) -> bool:
        """Whether something is kept under this name."""

    def delete(self, name: str) -> None:
        """Let it go; what is not there is no matter."""


def place_of(book: str, person: str, digest: str) -> str:
    """The name of a file."""
    return f"{book}/{person}/{digest}"


class DirectoryStore:
    """A directory of this machine, or of a volume that all workers see."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _path(self, name: str) -> Path:
        if not _PLACE.fullmatch(name) or ".." in name:
            raise ValueError("no name of a file of evidence")
        return self._directory / name

    def put(self, name: str, content: bytes) -> None:
        """Whole or not at all: written beside, flushed, and put in place."""
        path = self._path(name)
        if path.exists():
            return
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_name(f"{path.name}.{os.getpid()}.part")
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)

    def get(self, name: str) -> bytes | None:
        """The bytes, if they are those of the name."""
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            return None
        return content if sha256(content).hexdigest() == name.rpartition("/")[2] else None

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return self._path(name).exists()

    def delete(self, name: str) -> None:
        """Gone."""
        self._path(name).unlink(missing_ok=True)
