"""Reads a file of evidence in a process of its own, which has a deadline: no file holds a worker, whatever is in it."""

import asyncio
import os
import sys
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

import msgspec

from api.evidence_child import MOST_KEPT
from api.evidence_files import FileRefused, KeptFile

SECONDS = 30
"""Many times what the largest picture takes."""
MEMORY = 2_000_000_000
"""Several times what the largest picture is, unpacked; of address space, of which a program has more than it uses."""
AT_ONCE = 2
"""How many files one worker has read at once; the next ones wait for as long as one may take."""
_FIRST_LINE = 10_000


class Busy(Exception):
    """Other files are being read, and none of them was ready in time."""


class Read(NamedTuple):
    """A file as it was read: what is kept of it, and how it looks."""

    kept: KeptFile
    likeness: tuple[str | None, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of what is kept."""
        return sha256(self.kept.content).hexdigest()


class _Said(msgspec.Struct):
    media_type: str = ""
    likeness: tuple[str | None, ...] = ()
    refused: str | None = None


class Readers:
    """The processes of one worker that read files, a few at once."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY) -> None:
        self._seconds, self._memory = seconds, memory
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def read(self, sent: bytes) -> Read:
        """What `kept_of` and `likeness_of` make of a file. FileRefused, also with file_takes_too_much; Busy."""
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            return await self._apart(sent)
        finally:
            self._turns.release()

    async def _apart(self, sent: bytes) -> Read:
        # Nothing of the service's environment: it has passwords in it.
        environment = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", "api.evidence_child", str(max(1, int(self._seconds))), str(self._memory),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, env=environment,
            start_new_session=True,
        )  # fmt: skip
        try:
            async with asyncio.timeout(self._seconds):
                answer = await _answer(process, sent)
                ended = await process.wait()
        except TimeoutError:
            raise FileRefused("file_takes_too_much") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if ended < 0 or len(answer) > MOST_KEPT + _FIRST_LINE:
            # Its decoder crashed, or the system ended it: whatever it was, it is the file's doing.
            raise FileRefused("file_takes_too_much")
        if ended > 0:
            raise RuntimeError(f"the process that reads evidence ended with {ended}")
        line, _, content = answer.partition(b"\n")
        said = msgspec.json.decode(line, type=_Said)
        if said.refused is not None:
            raise FileRefused(said.refused)
        return Read(KeptFile(said.media_type, content), said.likeness)


async def _answer(process: asyncio.subprocess.Process, sent: bytes) -> bytes:
    """Everything it says, but no more than it may; it reads the whole file before it says anything."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(sent)
        await process.stdin.drain()
    process.stdin.close()
    pieces, size = list[bytes](), 0
    while size <= MOST_KEPT + _FIRST_LINE and (piece := await process.stdout.read(1 << 20)):
        pieces.append(piece)
        size += len(piece)
    if size > MOST_KEPT + _FIRST_LINE:
        process.kill()
    return b"".join(pieces)
