"""Whether the database can serve: it answers, it is migrated, and its clock agrees with ours."""

from typing import Any

import msgspec

from ledger.book.store_probe import PROBE

Connection = Any


class Probe(msgspec.Struct, frozen=True):
    """The database's clock in microseconds UTC, and the version its tables have; None if it has none."""

    clock_us: int
    version: str | None


async def probe(connection: Connection) -> Probe:
    """Ask the database, as phb_reader."""
    row = await connection.fetchrow(PROBE)
    return Probe(row["clock_us"], row["version"])
