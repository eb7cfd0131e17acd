"""Runs the migrations on the owner's connection. The guarantees are SQL and are reviewed as SQL, in migrations/sql."""

import asyncio

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from ledger.book.tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=METADATA, include_schemas=True, version_table="schema_version",
        include_name=lambda name, kind, _parents: kind != "schema" or name == "phb", transaction_per_migration=True,
    )  # fmt: skip
    with context.begin_transaction():
        context.run_migrations()


async def _main() -> None:
    engine = create_async_engine(context.config.get_main_option("sqlalchemy.url") or "", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    asyncio.run(_main())
