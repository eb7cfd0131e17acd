"""Up to how much somebody gives money up by themselves: by their grade, or else what the local limits say for one person."""

from datetime import date
from typing import Any

from ledger.budgets.delegated import Delegated, limit_of
from policies.gate import Gate

Connection = Any


async def own_limit(connection: Connection, gate: Gate, actor: str, act: str, day: date) -> Delegated:
    """What `actor` may `waive` or `write_off` alone on an accounting day, in pence, and what that rests on. LimitNotSet."""
    limits = gate.engine.bundle.limits_on(gate.book, day)
    otherwise = {"waive": limits.waive_limit_pence, "write_off": limits.write_off_limit_pence}[act]
    return await limit_of(connection, gate.book_id, actor, act, day, otherwise)
