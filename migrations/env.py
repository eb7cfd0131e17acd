"""Runs the migrations on the owner's connection. The guarantees are SQL and are reviewed as SQL, in
migrations/sql."""

import asyncio

import asyncpg
from alembic import context
from alembic.util.exc import DatabaseNotAtHead
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ledger.book.tables import METADATA

# Another migration of the same database waits, and then finds its work done. The lock goes with the
# connection.
LOCK = text("SELECT pg_advisory_lock(7240, 4)")
# Not "if not exists": an owner may be allowed to use the schema it was given and not to make schemas.
SCHEMA = text("DO $$ BEGIN IF to_regnamespace('phb') IS NULL THEN CREATE SCHEMA phb; END IF; END $$")
HAS_SCHEMA = text("SELECT to_regnamespace('phb') IS NOT NULL")


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Only schema phb is ours: what else the owner keeps in this database is not compared."""
    return kind != "schema" or name == "phb"


def _run(connection: Connection) -> None:
    connection.execute(LOCK)
    # Alembic's own table needs its schema before the first migration runs. A check changes nothing.
    if context.config.attributes["writes"]:
        connection.execute(SCHEMA)
    elif not connection.scalar(HAS_SCHEMA):
        raise DatabaseNotAtHead("Target database is not up to date.")
    connection.commit()
    context.configure(
        connection=connection, target_metadata=METADATA, include_schemas=True, include_name=_ours,
        version_table="schema_version", version_table_schema="phb", compare_type=True,
        compare_server_default=True, transaction_per_migration=True,
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    # asyncpg reads the URL itself, so that it means the same here as in the service (sslmode, several hosts).
    dsn = context.config.attributes["dsn"]
    engine = create_async_engine(
        "postgresql+asyncpg://", async_creator=lambda: asyncpg.connect(dsn), poolclass=NullPool
    )
    async with engine.connect() as connection:
        await connection.run_sync(_run)
    await engine.dispose()


asyncio.run(_main())
