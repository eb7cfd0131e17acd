"""A person's record, shown to staff when the rules allow it. A look that is denied is a decision; one that is allowed is a note.

A record can be restricted to staff who are named, because one of the team is close to the person, or to keep the person safe.
"""

from datetime import date
from typing import Any

from ledger.budgets.reading import setup_of
from ledger.budgets.standing import read_standing
from policies.facts_viewing import Viewing
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.looking import viewing_sheet

Connection = Any


class LookAllowed(Exception):
    """What was denied a moment ago is allowed now: there is no denial to keep."""


async def facts_of_view(
    connection: Connection, book_id: int, person: str, actor: str, today: date, *, purpose_said: bool, is_auditor: bool = False
) -> Viewing:  # fmt: skip
    """What the rules look at before `actor` sees a record as staff, read now."""
    setup = setup_of((await read_standing(connection, book_id, person)).said)
    return viewing_sheet(setup, actor, today, purpose_said=purpose_said, is_auditor=is_auditor)


async def deny_view(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, actor: str, purpose: str | None,
    is_auditor: bool = False,
) -> Decided:  # fmt: skip
    """Keeps the denial of a look, if it is one as things are now; nothing follows from it. LookAllowed."""

    async def look(connection: Connection) -> Case:
        sheet = await facts_of_view(
            connection,
            gate.book_id,
            person,
            actor,
            gate.today(),
            purpose_said=purpose is not None,
            is_auditor=is_auditor,
        )
        if gate.engine.judged(sheet).outcome == "allow":
            raise LookAllowed
        stated = {} if purpose is None else {"purpose": purpose}
        return Case(
            sheet=sheet, act="view", person=person, amount=0, effective_on=gate.today(), requests=(), stated=stated
        )

    return await judge(gate, sender, timeout_seconds, look, person=person)
