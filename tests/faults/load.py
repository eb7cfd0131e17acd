"""A load that can be killed: posts under keys that follow from a seed, and writes down what was acknowledged.

Run as `python -m tests.faults.load DSN BOOK_ID SEED ACKNOWLEDGED` it goes on until it is killed.
"""

import asyncio
import sys
from hashlib import sha256
from pathlib import Path

from ledger.book.submission import NotConsidered
from ledger.book.writer import Writer
from ledger.core.model import Item
from tests import kit

CLIENTS = 8
ACCOUNTS = 40


def key_of(seed: int, number: int) -> bytes:
    """The key of the n-th post of a load."""
    return sha256(f"{seed}:{number}".encode()).digest()[:16]


def item_of(seed: int, number: int) -> Item:
    """The n-th post of a load: the same each time it is made."""
    spread = int.from_bytes(key_of(seed, number)[:6], "big")
    debit, credit = f"bank/{spread % ACCOUNTS}", f"bank/{(spread // ACCOUNTS + 1 + spread) % ACCOUNTS}"
    if debit == credit:
        credit = f"bank/{(spread + 1) % ACCOUNTS}"
    key = key_of(seed, number)
    return kit.item(kit.post(debit, credit, 1 + spread % 9999), key=key, prints=key)


class Load:
    """Eight clients that post until they are stopped."""

    def __init__(self, writer: Writer, seed: int, acknowledged: Path) -> None:
        self.seed = seed
        self.sent = 0
        self._writer = writer
        self._file = acknowledged.open("a", encoding="ascii")
        self._stop = asyncio.Event()

    async def run(self) -> None:
        """Post until `stop`; an answer that is not an outcome is asked for again with the same key."""
        await asyncio.gather(*(self._client() for _ in range(CLIENTS)))
        self._file.close()

    def stop(self) -> None:
        """Let each client finish what it is at."""
        self._stop.set()

    async def _client(self) -> None:
        while not self._stop.is_set():
            number = self.sent
            self.sent += 1
            while True:
                try:
                    outcome = await self._writer.submit(item_of(self.seed, number), 20)
                    break
                except NotConsidered:
                    await asyncio.sleep(0.02)
            assert outcome.refusal is None
            self._file.write(f"{number} {outcome.number}\n")
            self._file.flush()


def acknowledged(path: Path) -> dict[int, int]:
    """What a load was told: entry numbers by place in the load. A line cut off by a kill was never told."""
    text = path.read_text(encoding="ascii") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1]
    return {int(a): int(b) for a, b in (line.split() for line in whole.splitlines())}


async def _main(dsn: str, book_id: int, seed: int, path: Path) -> None:
    writer = kit.writer_of(kit.Book(dsn, book_id, "TEST"))
    await writer.start()
    await Load(writer, seed, path).run()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])))
