"""The logins of a server: the service's, the owner's and the eraser's, as SQL that an administrator can
read."""

import re
from pathlib import Path
from string import Template

import asyncpg

_TEMPLATE = Path(__file__).resolve().parent / "sql" / "logins.sql.tmpl"
_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

SERVE = "phb_serve"
OWNER = "phb_owner"
ERASE = "phb_erase"


def logins_sql(serving: str = SERVE, owner: str = OWNER, eraser: str = ERASE) -> str:
    """The SQL that makes roles and logins, without passwords. Raises ValueError for a name that would need
    quotes, or when two of them are one: a service that is its own owner could edit history."""
    names = (serving, owner, eraser)
    if len(set(names)) != len(names) or not all(_NAME.fullmatch(name) for name in names):
        raise ValueError("three different plain names are needed")
    text = _TEMPLATE.read_text(encoding="utf-8")
    return Template(text).substitute(serve=serving, owner=owner, eraser=eraser)


async def ensure_logins(dsn: str) -> None:
    """Make roles and logins on the embedded server, which trusts every local user. Again changes nothing.
    Roles belong to the whole server: who may run at once uses the same database in `dsn`, where a lock keeps
    them apart."""
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            await connection.execute("SELECT pg_advisory_xact_lock(7240, 1)")
            await connection.execute(logins_sql())
    finally:
        await connection.close()
