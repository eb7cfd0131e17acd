"""Makes the embedded server's database ready: the database itself, its newest version, its logins."""

import asyncio

import asyncpg

NEWEST = "0001"
"""The newest migration, known here so that a command need not load alembic to see that there is nothing to do."""


async def prepare(admin_url: str, url: str, database: str) -> None:
    """Make what is missing. Commands that start at once wait for each other. `database` is a plain name of ours."""
    admin = await asyncpg.connect(admin_url)
    try:
        await admin.execute("SELECT pg_advisory_lock(7240, 3)")
        if not await admin.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", database):
            await admin.execute(f"CREATE DATABASE {database}")
        if await _version(url) != NEWEST:
            from migrations.logins import ensure_logins
            from migrations.run import upgrade

            await asyncio.to_thread(upgrade, url)
            await ensure_logins(url)
    finally:
        await admin.close()


async def has_no_books(url: str) -> bool:
    """Whether no book has been opened on this server yet."""
    connection = await asyncpg.connect(url)
    try:
        return not await connection.fetchval("SELECT EXISTS (SELECT FROM phb.book)")
    finally:
        await connection.close()


async def _version(url: str) -> str | None:
    connection = await asyncpg.connect(url)
    try:
        found: str | None = await connection.fetchval("SELECT version_num FROM phb.schema_version")
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return None
    finally:
        await connection.close()
    return found
