"""Which way an invoice is accepted: the year's end has two of its own, every other one uses its order or stands by itself."""

from datetime import date
from typing import Any

from ledger.budgets.reading import order_of
from policies.cutting_off import settle_uninvoiced
from policies.gate import Decided, Gate, Sender
from policies.prepaying import parts_crossing, settle_crossing
from policies.settling import Document, document_of
from policies.settling import accept_invoice as accept_other

Connection = Any


async def accept_invoice(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, effective_on: date
) -> Decided:  # fmt: skip
    """Accepts an invoice, by another than entered it, once. What it settles that was recognised at estimate (event 49) needs no
    verdict again. NotSettled: as the way that it takes."""

    async def look(connection: Connection) -> tuple[Document, bool]:
        found = await document_of(
            connection, gate.book_id, person=person, number=number, act="invoice_entered", missing="invoice_not_found",
            settled="invoice_settled",
        )  # fmt: skip
        if parts_crossing(found, effective_on) is None or found.evidence.hold is None:
            return found, False
        order = await order_of(connection, gate.book_id, person, found.evidence.hold)
        return found, order is None or not order.line.is_of_term

    again, looked = await gate.first(sender, look)
    if looked is None:
        assert again is not None
        return again
    invoice, crosses = looked
    if invoice.evidence.estimate is not None:
        return await gate.carry_out(
            lambda connection: settle_uninvoiced(
                connection, gate.book_id, person=person, number=number, effective_on=effective_on
            ),
            sender, timeout_seconds, person=person,
        )  # fmt: skip
    if crosses:
        return await gate.carry_out(
            lambda connection: settle_crossing(
                connection, gate.book_id, person=person, number=number, effective_on=effective_on
            ),
            sender, timeout_seconds, person=person,
        )  # fmt: skip
    return await accept_other(gate, sender, timeout_seconds, person=person, number=number, effective_on=effective_on)
