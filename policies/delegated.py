"""Up to how much somebody gives money, or gives it up, by themselves: by their grade, or by the local limits for one person."""

from datetime import date
from typing import Any

from ledger.budgets.delegated import Delegated, limit_of
from ledger.budgets.reading import said_at, said_of
from ledger.money import MAX_PENCE
from policies.gate import Gate

Connection = Any
GIVES_UP = {"waive": ("waived", "question_waived"), "write_off": ("written_off",)}
"""How each act stands among the steps of a demand or a question."""


async def given_up(connection: Connection, book_id: int, of: int, act: str) -> int:
    """Pence given up so far by an act of the demand or question of entry `of`: a limit is for all of it together, in however many
    parts it is given up."""
    if act not in GIVES_UP:
        return 0
    said = await said_at(connection, book_id, of)
    rows = () if said is None else await said_of(connection, book_id, said.subject)
    return sum(int(row.attributes["amount"]) for row in rows if row.act in GIVES_UP[act])


async def own_limit(connection: Connection, gate: Gate, actor: str, act: str, day: date) -> Delegated:
    """What `actor` may do alone of one of `delegated.ACTS` on an accounting day, in pence, and what that rests on: the lower of
    what holds on that day and today, so that no day is chosen for its limit. But for losses, of which everybody may give up what
    the local limits say, only a grade limits it for which the book has set so much. LimitNotSet."""
    found = []
    for each in dict.fromkeys((day, gate.today())):
        limits = gate.limits_on(each)
        losses = {"waive": limits.waive_limit_pence, "write_off": limits.write_off_limit_pence}
        found.append(await limit_of(connection, gate.book_id, actor, act, each, losses.get(act, MAX_PENCE)))
    guards = dict.fromkeys(guard for each in found for guard in each.guards)
    return Delegated(min(each.pence for each in found), tuple(guards))
