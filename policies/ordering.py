"""An officer's own order, or question about one: held to what was delegated to their grade, as what they approve is.

A holder has no grade, and nothing is read for them. What is above somebody's own limit is referred, and so decided by another whose
limit it is within.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.delegated import Delegated, order_limit
from policies.gate import BudgetBusy, Decided, Gate, Sender
from policies.sheets import Wanted

Connection = Any


async def ordered(
    gate: Gate, sender: Sender, timeout_seconds: float, wanted: Wanted, *, is_question: bool = False
) -> Decided:  # fmt: skip
    """What the gate says of an order, or a question about one, by a limit that still holds then: all its tries have one deadline.
    What `Gate.spend` raises."""
    way = gate.ask if is_question else gate.spend
    if wanted.holder is not None:
        return await way(wanted, sender, timeout_seconds)
    deadline = gate.elapsed() + timeout_seconds
    while (left := deadline - gate.elapsed()) > 0:
        own = await _own_limit(gate, sender.asked.actor, wanted.effective_on)
        limited = msgspec.structs.replace(wanted, own_limit=own.pence)
        decided = await way(limited, sender, left, own.guards)
        if decided.outcome.refusal is None or decided.outcome.refusal.code != "guard_stale":
            return decided
    raise BudgetBusy


async def _own_limit(gate: Gate, actor: str, day: date) -> Delegated:
    """The lower of what holds on the day of the order and today, in one statement: no day is chosen for its limit."""
    async with gate.reading() as connection:
        return await order_limit(connection, gate.book_id, actor, (day, gate.today()))
