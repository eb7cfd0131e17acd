"""Who a person is, shown to staff when the rules allow it. A look that is denied is a decision; one that is allowed is a note."""

from datetime import date
from typing import Any

from ledger.budgets.reading import setup_of
from ledger.budgets.standing import read_standing
from policies.facts_viewing import Viewing
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge

Connection = Any


async def facts_of_view(connection: Connection, book_id: int, person: str, actor: str, today: date) -> Viewing:
    """What the rules look at before `actor` sees who a person is."""
    setup = setup_of((await read_standing(connection, book_id, person)).said)
    return Viewing(act="view", viewer_connected=bool(setup.scopes_of(actor, today)))


async def deny_view(gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, actor: str) -> Decided:
    """Keeps the decision on a look, as things are now; nothing follows from it."""

    async def look(connection: Connection) -> Case:
        sheet = await facts_of_view(connection, gate.book_id, person, actor, gate.today())
        return Case(sheet=sheet, act="view", person=person, amount=0, effective_on=gate.today(), requests=())

    return await judge(gate, sender, timeout_seconds, look, person=person)
