"""Up to how much somebody gives money, or gives it up, by themselves: by their grade, or by the local limits for one person."""

from datetime import date
from typing import Any

from ledger.budgets.delegated import Delegated, limit_of
from ledger.budgets.reading import said_at, said_of
from ledger.money import MAX_PENCE
from policies.gate import Gate
from policies.measured import OF_ONE_PERSON

Connection = Any
GIVES_UP = {"waive": ("waived", "question_waived"), "write_off": ("written_off",)}
"""How each act stands among the steps of a demand or a question."""

LOCAL = OF_ONE_PERSON | {"allocate": OF_ONE_PERSON["sign_plan"]}
"""An act of `delegated.ACTS` → the local limit of one person for it."""


async def given_up(connection: Connection, book_id: int, of: int, act: str) -> int:
    """Pence given up so far by an act of the demand or question of entry `of`: a limit is for all of it together, in however many
    parts it is given up."""
    if act not in GIVES_UP:
        return 0
    said = await said_at(connection, book_id, of)
    rows = () if said is None else await said_of(connection, book_id, said.subject)
    return sum(int(row.attributes["amount"]) for row in rows if row.act in GIVES_UP[act])


async def own_limit(
    connection: Connection, gate: Gate, actor: str, act: str, day: date, *, is_second: bool = False
) -> Delegated:  # fmt: skip
    """What `actor` may do alone of one of `delegated.ACTS` on an accounting day, in pence, and what that rests on: the lower of
    what holds on that day and today, so that no day is chosen for its limit. Where their grade has no limit for it, the local
    limits say it; where these do not, as of what a person lets through within a plan, nothing limits it. Of whoever decides as the
    second person (`is_second`) the local limits of one person say nothing, but for what is given up. LimitNotSet."""
    found = []
    for each in dict.fromkeys((day, gate.today())):
        limits = gate.limits_on(each)
        otherwise = getattr(limits, LOCAL[act]) if act in (GIVES_UP if is_second else LOCAL) else MAX_PENCE
        found.append(await limit_of(connection, gate.book_id, actor, act, each, otherwise))
    guards = dict.fromkeys(guard for each in found for guard in each.guards)
    return Delegated(min(each.pence for each in found), tuple(guards))
