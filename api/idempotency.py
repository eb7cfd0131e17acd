"""Keys that clients choose: what a key covers, what a second request under it must look like, and how often a
client may be refused.

A key belongs to (book, program, person, person acted for). What is stored of it and of the request are keyed
hashes (ledger.book.keys), so the database tells nothing about either.
"""

import asyncio
import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec

from api.auth import Caller
from api.problems import Problem
from ledger.book.keys import differing_fields, fingerprints, request_key
from ledger.book.submission import DeadlinePassed, KeyReused

_KEY = re.compile(r"[\x20-\x7e]{1,128}")
_encode = msgspec.json.Encoder(order="sorted").encode
WINDOW_SECONDS = 60.0


def chosen_key(key: str | None, request_id: str | None) -> str:
    """The key of a write. A client that sends only X-Request-ID repeats that on a retry (NHS API
    conventions), so it is the key."""
    key = request_id if key is None else key
    if key is None:
        raise Problem("idempotency_key_missing")
    if not _KEY.fullmatch(key):
        raise Problem("idempotency_key_malformed")
    return key


def stored_key(secret: bytes, book: str, caller: Caller, key: str) -> bytes:
    """The sixteen bytes that stand for the key in the book."""
    return request_key(secret, book, caller.azp, caller.sub, caller.acting_for, key)


def canonical(route: str, fields: Mapping[str, Any]) -> dict[str, bytes]:
    """The canonical bytes of each top-level field, and of the route with what its path names."""
    found = {name: _encode(value) for name, value in fields.items()}
    found["route"] = route.encode("utf-8")
    return found


def prints_of(secret: bytes, fields: Mapping[str, bytes]) -> bytes:
    """The fingerprints that are stored beside the key."""
    return fingerprints(secret, fields)


def reused(secret: bytes, stored: bytes, fields: Mapping[str, bytes]) -> Problem:
    """The problem that names the fields which differ from those of the first request under the key."""
    return Problem(
        "idempotency_key_reused", fields=differing_fields(secret, stored, fields) or ["(a field is missing)"]
    )


@contextmanager
def naming_reuse(secret: bytes, fields: Mapping[str, bytes]) -> Iterator[None]:
    """Turns KeyReused into the problem that names the fields."""
    try:
        yield
    except KeyReused as no:
        raise reused(secret, no.stored, fields) from None


class _Spent:
    """One client's minute: when it began, the refusals recorded in it, and how many requests under way may still add one."""

    __slots__ = ("began", "changed", "refused", "reserved")

    def __init__(self, began: float) -> None:
        self.began = began
        self.refused = 0
        self.reserved = 0
        self.changed = asyncio.Event()


class RefusalBudget:
    """How many refusals a client may cause in a minute, because each stays in the book for ever (engine.md
    14).

    Never exceeded: each request reserves a refusal before it is submitted, and gives it back when it was not refused. One
    that finds everything reserved waits for that. Each worker has its share of what the settings allow, so that together
    they never allow more."""

    def __init__(self, per_minute: int, workers: int = 1, tick: Callable[[], float] = time.monotonic) -> None:
        self._share = per_minute // workers
        self._tick = tick
        self._clients: dict[str, _Spent] = {}

    def check(self, client: str) -> None:
        """Problem(refusal_budget_spent) with Retry-After when the client has to wait."""
        spent = self._clients.get(client)
        if spent is None:
            return
        left = spent.began + WINDOW_SECONDS - self._tick()
        if left <= 0:
            spent.began, spent.refused = self._tick(), 0
        elif spent.refused >= self._share:
            problem = Problem("refusal_budget_spent")
            problem.headers["Retry-After"] = str(int(left) + 1)
            raise problem

    async def reserve(self, client: str, wanted: int, timeout_seconds: float) -> int:
        """Room for at least one and at most `wanted` refusals, to be settled afterwards whatever happens.

        Problem(refusal_budget_spent), or DeadlinePassed when the client's own requests under way hold all of it."""
        deadline = self._tick() + timeout_seconds
        while True:
            self.check(client)
            spent = self._clients.setdefault(client, _Spent(self._tick()))
            room = min(wanted, self._share - spent.refused - spent.reserved)
            if room > 0:
                spent.reserved += room
                return room
            spent.changed.clear()
            try:
                await asyncio.wait_for(spent.changed.wait(), max(0.0, deadline - self._tick()))
            except TimeoutError:
                raise DeadlinePassed from None

    def settle(self, client: str, reserved: int, refused: int) -> None:
        """Of so many reserved refusals, so many were recorded; the rest is free again."""
        spent = self._clients[client]
        spent.reserved -= reserved
        spent.refused += refused
        spent.changed.set()
        if not spent.reserved and not spent.refused:
            del self._clients[client]
