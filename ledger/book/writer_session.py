"""A writer's session with the database, and the state that it decides against while it lasts."""

from typing import Any

from ledger.book.database import connect
from ledger.book.loading import read_state
from ledger.book.outage import close
from ledger.book.submission import ClockSkew, ForkSuspected
from ledger.book.writer_settings import Settings
from ledger.core.state import BookState

Connection = Any
MAX_CACHED = 200_000
MAX_SKEW_US = 5_000_000


class WriterSession:
    """One connection that writes, one that reads, and what is known of the book: `state` None means, read it again.

    `problem` is None while the book can be written, else the code that readiness shows."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.problem: str | None = None
        self.connection: Connection = None
        self.reading: Connection = None
        self.state: BookState | None = None
        self.root = b""
        self.offset_us = 0
        self.swept_through = (0, 0)
        self._checked = False

    def now_us(self) -> int:
        """The database's clock in microseconds, as this process knows it."""
        return self.settings.clock_us() + self.offset_us

    def overfull(self) -> bool:
        """Whether the state holds so much that it should be dropped at the next moment without a batch."""
        state = self.state
        return state is not None and len(state.accounts) + len(state.entries) + len(state.holds) > MAX_CACHED

    async def ready(self, *, idle: bool) -> None:
        """Connections and a state, after the checks of a start (engine: clock, restore). `idle`: no batch is under way.

        Raises DatabaseAway, ClockSkew, ForkSuspected."""
        settings = self.settings
        if self.connection is None or self.connection.is_closed():
            self.connection = await connect(settings.dsn, settings.role, settings.book_id)
            self.state = None
            self._checked = False
        if self.reading is None or self.reading.is_closed():
            self.reading = await connect(settings.dsn, settings.role, settings.book_id)
        if idle and self.overfull():
            self.state = None
        if self.state is None:
            await self.read_state(self.connection)

    async def read_state(self, connection: Connection) -> None:
        """The head and months as they are now, and nothing else yet. Raises ClockSkew, ForkSuspected."""
        state, head = await read_state(connection, self.settings.book_id, self.settings.identities)
        self.offset_us = head["clock_us"] - self.settings.clock_us()
        if abs(self.offset_us) > MAX_SKEW_US or head["last_us"] > head["clock_us"] + MAX_SKEW_US:
            self.problem = ClockSkew.code
            raise ClockSkew
        if self.settings.fork_check is not None and not self._checked:
            try:
                await self.settings.fork_check(connection, head)
            except ForkSuspected:
                self.problem = ForkSuspected.code
                raise
        self._checked = True
        self.problem = None
        self.state, self.root = state, head["root"]

    async def let_go(self) -> None:
        """Close both connections and forget the state."""
        for connection in (self.connection, self.reading):
            if connection is not None:
                await close(connection)
        self.connection = None
        self.reading = None
        self.state = None
