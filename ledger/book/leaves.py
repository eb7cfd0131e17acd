"""Leaf hashes of entry rows, and whether each row's columns are those of its line: in a process beside, for large books.

This part of verification needs nothing but the rows, so a second processor can do it. The process is this file run alone; it
imports only what the standard library has, takes chunks on its standard input and ends with it.
"""

import subprocess
import sys
from contextlib import suppress
from hashlib import sha256
from types import TracebackType
from typing import IO

_COUNT = 8


def leaves_of(data: bytes) -> tuple[int, bytes]:
    """How many rows are as their lines say, counted up to the first that is not; the leaf hashes of all, 32 bytes each.

    `data` is COPY text: number, time, kind, day, leaf in hexadecimal, line."""
    rows = data.split(b"\n")
    rows.pop()
    digests: list[bytes] = []
    good = None
    for row in rows:
        line = row[row.rfind(b"\t") + 1 :]
        leaf = sha256(b"\x00" + line)
        fields = line.split(b"|", 7)
        shown = (*fields[2:5], *fields[6:7], leaf.hexdigest().encode(), line)
        if good is None and b"\t".join(shown) != row:
            good = len(digests)
        digests.append(leaf.digest())
    return len(digests) if good is None else good, b"".join(digests)


class Leaves:
    """Works out leaves in a process beside, or here: without `beside`, or when that process cannot be had."""

    def __init__(self, *, beside: bool) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        if beside and sys.executable:
            # In a session of its own: who interrupts the terminal means the program, and this ends with its input.
            command = [sys.executable, "-I", __file__]
            with suppress(OSError):
                self._process = subprocess.Popen(  # noqa: S603 - this very file
                    command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
                )

    def __enter__(self) -> "Leaves":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._end()

    @property
    def process_id(self) -> int | None:
        """That of the process beside, if there is one."""
        return None if self._process is None else self._process.pid

    def of(self, data: bytes) -> tuple[int, bytes]:
        """What `leaves_of` says. Blocks, one call at a time."""
        process = self._process
        if process is not None and process.stdin is not None and process.stdout is not None:
            try:
                _write(process.stdin, data)
                answer = _read(process.stdout)
            except OSError:
                answer = None
            if answer is not None:
                return int.from_bytes(answer[:_COUNT], "big"), answer[_COUNT:]
            self._end()
        return leaves_of(data)

    def _end(self) -> None:
        if self._process is not None:
            # It may be in the middle of a chunk that nobody waits for any more.
            self._process.kill()
            self._process.communicate()
            self._process = None


def _write(file: IO[bytes], data: bytes) -> None:
    file.write(len(data).to_bytes(_COUNT, "big"))
    file.write(data)
    file.flush()


def _read(file: IO[bytes]) -> bytes | None:
    """The next chunk, None at the end or when it is cut short."""
    length = int.from_bytes(file.read(_COUNT), "big")
    data = file.read(length)
    return data if length and len(data) == length else None


def _serve() -> None:
    while (data := _read(sys.stdin.buffer)) is not None:
        good, digests = leaves_of(data)
        _write(sys.stdout.buffer, good.to_bytes(_COUNT, "big") + digests)


if __name__ == "__main__":
    _serve()
