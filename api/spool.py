"""A file to import that can be read more than once: itself, or what came through a pipe, kept on disk meanwhile."""

import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

STANDARD_INPUT = "-"
PIECE = 1 << 20


class Source:
    """What an import reads: first its header, then its rows, twice if all of them are decided before one is posted."""

    def __init__(self, file: Path, kept: IO[bytes] | None) -> None:
        self.name = "standard input" if str(file) == STANDARD_INPUT else file.name
        self._file = file
        self._kept = kept

    def open(self) -> TextIO:
        """The text from its beginning, one reader at a time."""
        if self._kept is None:
            raw: IO[bytes] = self._file.open("rb")
        else:
            self._kept.seek(0)
            raw = io.BufferedReader(io.FileIO(os.dup(self._kept.fileno())))
        return io.TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


@contextmanager
def source_of(file: Path) -> Iterator[Source]:
    """A file, or `-` for standard input. A pipe is written to disk first, into a file that has no name and goes with the process.

    Raises FileNotFoundError, IsADirectoryError, PermissionError."""
    if str(file) != STANDARD_INPUT and file.is_file():
        yield Source(file, None)
        return
    with tempfile.TemporaryFile() as kept:
        if str(file) == STANDARD_INPUT:
            shutil.copyfileobj(sys.stdin.buffer, kept, PIECE)
        else:
            with file.open("rb") as pipe:
                shutil.copyfileobj(pipe, kept, PIECE)
        kept.flush()
        yield Source(file, kept)
