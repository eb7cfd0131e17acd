"""What was taken of an order so far: all of it together, in however many parts it comes; and what stands under an approval.

What uses an order are its invoices, what a holder paid of it, imported payments that were for it, and care of a year's end that has
no invoice yet, at its estimate. An approval is used besides by what was bought on it without an order: from money that is paid out,
or out of somebody's pocket.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store

Connection = Any
ACCEPTED = frozenset(("invoice_accepted", "reimbursement_accepted", "uninvoiced_accepted"))
ASSIGNED = "payment_assigned"
"""What uses an order, besides what is ACCEPTED. All of one payee have one subject, so that a reversal names which."""
EVIDENCE = "evidence_accepted"
BOUGHT = (EVIDENCE, "reimbursement_accepted")
"""What can be bought on an approval itself, without an order."""
CAME_BACK = ("credit_accepted", "refund_taken")


class Used(msgspec.Struct, frozen=True, array_like=True):
    """One row of evidence: which entry, about what, what happened to it."""

    number: int
    subject: str
    act: str
    attributes: dict[str, str]


_read_holds = msgspec.json.Decoder(list[tuple[int, int]]).decode
_read_used = msgspec.json.Decoder(list[Used]).decode


class Invoiced(NamedTuple):
    """What the invoices of some orders come to, less what was given back of them: pence, and hundredths of units where said."""

    pence: int
    quantity: int


async def invoiced_on(connection: Connection, book_id: int, person: str, hold: int) -> Invoiced:
    """Everything that was accepted of an order and was not reversed, together."""
    return _together(await connection.fetchrow(store.USED_UNDER, book_id, person, None, hold))


async def used_under(connection: Connection, book_id: int, person: str, approval: int) -> int:
    """Pence that an approval stands for already: what its own order and every later one that relies on it still keep, and what was
    invoiced of them less what was given back. One statement."""
    row = await connection.fetchrow(store.USED_UNDER, book_id, person, approval, None)
    return sum(kept for _, kept in _read_holds(row["holds"])) + _together(row, approval).pence


def _together(row: Any, approval: int | None = None) -> Invoiced:
    """What stands of all that used these holds, or was bought on the approval."""
    holds = {str(number) for number, _ in _read_holds(row["holds"])}
    said, back = defaultdict[str, list[Used]](list), defaultdict[str, int](int)
    for each in _read_used(row["said"]):
        said[each.subject].append(each)
        if each.act in CAME_BACK and "of" in each.attributes:
            back[each.attributes["of"]] += int(each.attributes["amount"])
    return stays(
        (int(each.attributes["amount"]), int(each.attributes.get("quantity", "0")), back[str(each.number)])
        for rows in said.values() for place, each in enumerate(rows)
        if _uses(each, holds, approval) and _stands(each, rows[place + 1 :])
    )  # fmt: skip


def _uses(used: Used, holds: Container[str], approval: int | None) -> bool:
    """Whether it is of these orders, or was bought on the approval."""
    if approval is not None and used.act in BOUGHT and used.attributes.get("relies_on") == str(approval):
        return True
    return used.act != EVIDENCE and used.attributes.get("hold") in holds


def _stands(used: Used, later: Sequence[Used]) -> bool:
    """Whether it used an order, and nothing that was said of it since undid that or was said in its place."""
    if used.act == ASSIGNED:
        return not any(row.act == "reversed" and row.attributes.get("of") == str(used.number) for row in later)
    counts = (*ACCEPTED, EVIDENCE)
    return used.act in counts and not any(row.act in counts or row.act == "reversed" for row in later)


def stays(used: Iterable[tuple[int, int, int]]) -> Invoiced:
    """What is left of things that used an order (pence, hundredths of units, pence that came back) once what came back is off."""
    pence = quantity = 0
    for amount, units, back in used:
        left = max(0, amount - back)
        pence += left
        quantity += units * left // amount
    return Invoiced(pence, quantity)
