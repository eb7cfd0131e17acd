"""Keys that clients choose: what a key covers, what a second request under it must look like, and how often a
client may be refused.

A key belongs to (book, program, person, person acted for). What is stored of it and of the request are keyed
hashes (ledger.book.keys), so the database tells nothing about either.
"""

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from api.auth import Caller
from api.problems import Problem
from ledger.book.keys import differing_fields, fingerprints, request_key

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


class RefusalBudget:
    """How many refusals a client may cause in a minute, because each stays in the book for ever (engine.md
    14).

    Counted in this process: with several workers a client has several budgets. Requests under way when it
    runs out still get their answer."""

    def __init__(self, per_minute: int, tick: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._tick = tick
        self._counts: dict[str, tuple[float, int]] = {}

    def check(self, client: str) -> None:
        """Problem(refusal_budget_spent) with Retry-After when the client has to wait."""
        began, count = self._counts.get(client, (0.0, 0))
        if count < self._per_minute:
            return
        left = began + WINDOW_SECONDS - self._tick()
        if left <= 0:
            del self._counts[client]
            return
        problem = Problem("refusal_budget_spent")
        problem.headers["Retry-After"] = str(int(left) + 1)
        raise problem

    def spend(self, client: str) -> None:
        """One more refusal was recorded."""
        now = self._tick()
        began, count = self._counts.get(client, (now, 0))
        self._counts[client] = (began, count + 1) if now - began < WINDOW_SECONDS else (now, 1)
