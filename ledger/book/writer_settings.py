"""What a writer is told from outside, once: time, chance and places are arguments here."""

from collections.abc import Awaitable, Callable
from typing import Any

from ledger.core.model import Identity

Connection = Any


class Settings:
    """What a writer needs from outside: where the database is, the clocks, the nonces, the declared identities."""

    def __init__(
        self, *, dsn: str, book_id: int, clock_us: Callable[[], int], nonce: Callable[[], str],
        identities: tuple[Identity, ...] = (), role: str = "phb_writer",
        fork_check: Callable[[Connection, Any], Awaitable[None]] | None = None,
    ) -> None:  # fmt: skip
        self.dsn = dsn
        self.book_id = book_id
        self.clock_us = clock_us
        self.nonce = nonce
        self.identities = identities
        self.role = role
        self.fork_check = fork_check
