"""Connections of one role to the database, with the limits a session of the service lives under."""

from typing import Any

import asyncpg

from ledger.book import store
from ledger.book.submission import DatabaseAway

Connection = Any

SESSION = {
    "lock_timeout": "2s",
    "idle_in_transaction_session_timeout": "5s",
    "transaction_timeout": "10s",
    "application_name": "phb",
    # A batch touches few rows of large tables, always by their keys: one plan, whatever the statistics say today.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
}
READING = {"application_name": "phb"}
BY_KEY = {
    **READING, "plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off",
}  # fmt: skip
"""For readers that only look up few rows by their keys, thousands of times a second."""
EVERY_LENGTH: dict[str, Any] = {"max_cacheable_statement_size": 0}
"""Given to asyncpg for each connection: a statement of any length stays prepared. By itself it prepares those above 15 KiB anew
each time, and what an act is about (ledger/budgets/store_foreseen.py) is longer: planned each time it took tens of milliseconds."""
ROLES = frozenset((
    "phb_writer", "phb_projector", "phb_operator", "phb_registrar", "phb_eraser", "phb_reader", "phb_holder_reader",
    "phb_access_writer",
))  # fmt: skip
LOST = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    ConnectionError,
    OSError,
    TimeoutError,
    EOFError,
)
"""What asyncpg raises when the outcome of a statement may be unknown or the database is away."""


async def connect(
    dsn: str, role: str, book_id: int | None = None, settings: dict[str, str] | None = None
) -> Connection:
    """A connection that has taken on one role and, if given, one book. DatabaseAway when it cannot be had."""
    if role not in ROLES:
        raise ValueError(role)
    options = dict(SESSION if settings is None else settings)
    options["role"] = role
    if book_id is not None:
        options["phb.book_id"] = str(book_id)
    try:
        return await asyncpg.connect(dsn, server_settings=options, timeout=5, command_timeout=30, **EVERY_LENGTH)
    except LOST as gone:
        raise DatabaseAway(str(gone)) from gone
    except asyncpg.PostgresError as no:
        # Rights and passwords are for the operator to put right; anything else may pass.
        if (no.sqlstate or "").startswith(("28", "42")):
            raise
        raise DatabaseAway(str(no)) from no


async def set_book(connection: Connection, book_id: int) -> None:
    """Point a connection's row-level security at one book."""
    await connection.execute(store.SET_BOOK, book_id)
