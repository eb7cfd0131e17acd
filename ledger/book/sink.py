"""Where an importer's items go: into the book, or through a trial that decides everything and keeps nothing."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from ledger.book import store
from ledger.book.loading import load_for, read_state
from ledger.book.relay import Relay
from ledger.book.writer import Writer
from ledger.core.batch import Batch, Outcome
from ledger.core.model import Identity, Item

Connection = Any


class Sink(Protocol):
    """What an importer needs of a book."""

    async def submit_many(self, items: Sequence[Item]) -> list[Outcome | Exception]:
        """Outcomes of independent items, in order."""

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of the natural keys have been posted."""

    async def payees(self, lookups: Sequence[bytes]) -> dict[bytes, str]:
        """The payees already registered under these keyed hashes of names."""

    async def remember_payees(self, found: Sequence[tuple[str, bytes, int]]) -> None:
        """Keep (payee, keyed hash of its name, number of its entry) for the next import."""

    async def day_counts(self, account: str) -> dict[str, int]:
        """How many postings an account has on each day, by ISO date."""


class _Reading:
    def __init__(self, connection: Connection, book_id: int) -> None:
        self._connection = connection
        self._book_id = book_id
        # An importer has several slices under way, and a connection does one thing at a time.
        self._turn = asyncio.Lock()

    async def known(self, keys: Sequence[bytes]) -> set[bytes]:
        """Which of the natural keys have been posted."""
        async with self._turn:
            rows = await self._connection.fetch(store.KNOWN_KEYS, self._book_id, list(keys))
        return {row["key"] for row in rows}

    async def payees(self, lookups: Sequence[bytes]) -> dict[bytes, str]:
        """The payees already registered under these keyed hashes of names."""
        async with self._turn:
            rows = await self._connection.fetch(store.PAYEES_BY_LOOKUP, self._book_id, list(lookups))
        return {row["lookup"]: row["payee_ref"] for row in rows}

    async def day_counts(self, account: str) -> dict[str, int]:
        """How many postings an account has on each day, by ISO date."""
        async with self._turn:
            rows = await self._connection.fetch(store.DAY_COUNTS, self._book_id, account)
        return {row["effective_on"].isoformat(): row["postings"] for row in rows}


class LiveSink(_Reading):
    """Posts through a writer, in its bulk lane. The connection has the role phb_writer and the book set."""

    def __init__(self, writer: Writer | Relay, connection: Connection, book_id: int) -> None:
        super().__init__(connection, book_id)
        self._writer = writer

    async def submit_many(self, items: Sequence[Item]) -> list[Outcome | Exception]:
        """Outcomes of independent items, in order."""
        return await self._writer.submit_many(items)

    async def remember_payees(self, found: Sequence[tuple[str, bytes, int]]) -> None:
        """Keep what was registered; a name that another import kept meanwhile stays as it is."""
        refs, lookups, numbers = zip(*found, strict=True) if found else ((), (), ())
        async with self._turn:
            await self._connection.execute(store.ADD_PAYEES, self._book_id, list(refs), list(lookups), list(numbers))


class TrialSink(_Reading):
    """Decides items against a state of its own, without the lock, and writes nothing."""

    def __init__(
        self, connection: Connection, book_id: int, *, clock_us: Callable[[], int], nonce: Callable[[], str],
        identities: tuple[Identity, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(connection, book_id)
        self._clock_us = clock_us
        self._nonce = nonce
        self._identities = identities
        self._state: Any = None
        self._payees: dict[bytes, str] = {}

    async def submit_many(self, items: Sequence[Item]) -> list[Outcome | Exception]:
        """What the book would say now, each item seeing those before it."""
        async with self._turn:
            if self._state is None:
                self._state, _ = await read_state(self._connection, self._book_id, self._identities)
            await load_for(self._connection, self._state, items, self._clock_us())
        batch = Batch(self._state, self._nonce)
        return [batch.add(item, self._clock_us()) for item in items]

    async def payees(self, lookups: Sequence[bytes]) -> dict[bytes, str]:
        """Registered payees, and those that this trial would have registered."""
        found = await super().payees(lookups)
        return {**{each: self._payees[each] for each in lookups if each in self._payees}, **found}

    async def remember_payees(self, found: Sequence[tuple[str, bytes, int]]) -> None:
        """Remembered for the rest of the trial only."""
        self._payees.update({lookup: ref for ref, lookup, _ in found})


def outcomes_of(results: Iterable[Outcome | Exception]) -> list[Outcome]:
    """The outcomes, or the first exception raised."""
    outcomes = []
    for result in results:
        if isinstance(result, Exception):
            raise result
        outcomes.append(result)
    return outcomes
