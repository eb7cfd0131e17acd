"""What was taken of an order so far: all of it together, in however many parts it comes."""

from typing import Any, NamedTuple

from ledger.budgets.reading import said_of_person
from ledger.budgets.taken_back import TAKES_BACK

Connection = Any


OF_ORDER = frozenset(("invoice_accepted", "reimbursement_accepted", "payment_assigned", "uninvoiced_accepted"))
"""What uses an order: its invoices, what a holder paid of it, imported payments that were for it, and care of a year's end that
has no invoice yet, at its estimate."""


class Invoiced(NamedTuple):
    """What the invoices of one order come to, less what was given back of them: pence, and hundredths of units where said."""

    pence: int
    quantity: int


async def invoiced_on(connection: Connection, book_id: int, person: str, hold: int) -> Invoiced:
    """Every accepted invoice of an order that was not reversed, together."""
    accepted: dict[str, tuple[int, int, int]] = {}
    back: dict[int, int] = {}
    for row in await said_of_person(connection, book_id, person, ["evidence"]):
        given = row.attributes
        if row.act in OF_ORDER and given.get("hold") == str(hold):
            # All assignments of one payee have one subject.
            name = str(row.number) if row.act == "payment_assigned" else row.subject
            accepted[name] = (row.number, int(given["amount"]), int(given.get("quantity", "0")))
        elif row.act == "reversed":
            accepted.pop(row.subject, None)
            accepted.pop(given.get("of", ""), None)
        elif row.act in TAKES_BACK and "of" in given:
            back[int(given["of"])] = back.get(int(given["of"]), 0) + int(given["amount"])
    pence = quantity = 0
    for number, amount, units in accepted.values():
        stays = max(0, amount - back.get(number, 0))
        pence += stays
        quantity += units * stays // amount
    return Invoiced(pence, quantity)
