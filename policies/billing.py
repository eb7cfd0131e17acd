"""Bills to partners: raised up to what may be billed, disputed in part, paid, and credited. Nothing here knows HTTP."""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.bills import (
    SETTING,
    Bill,
    basis_recorded,
    bill_credited,
    bill_of,
    bill_recorded,
    partner_billed,
    partner_paid,
    read_partner,
)
from ledger.budgets.reading import said_of, version_of
from ledger.budgets.standing import Said
from ledger.core.model import Detail, Guard
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any


async def change_basis(connection: Connection, book_id: int, *, basis: str, start: date) -> Resolution:
    """What partners are billed on from a day on."""
    return Resolution(
        (basis_recorded(basis, start),), (Guard(SETTING, await version_of(connection, book_id, SETTING)),)
    )


async def raise_bill(connection: Connection, book_id: int, bill: Bill, *, effective_on: date) -> Resolution:
    """A bill of a partner's part of cost (event 44), once for each number and up to what may be billed. NotSettled(
    partner_not_found, bill_known, bill_exceeds_unbilled)."""
    found = await read_partner(connection, book_id, bill.partner, bill.subject)
    if found is None:
        raise NotSettled("partner_not_found")
    if bill.amount > found.billable_on(effective_on):
        raise NotSettled("bill_exceeds_unbilled")
    if any(row.subject == bill.subject for row in found.said):
        raise NotSettled("bill_known")
    guards = (Guard(bill.subject, 0), Guard(f"partner/{bill.partner}", found.version))
    money = partner_billed(amount=bill.amount, partner=bill.partner, effective_on=effective_on, because=-1)
    return Resolution((bill_recorded("raised", bill), money), guards)


async def _standing(connection: Connection, book_id: int, partner: str, number: str) -> tuple[Bill, list[Said]]:
    said = await said_of(connection, book_id, f"bill/{partner}/{number}")
    if not said:
        raise NotSettled("bill_not_found")
    return bill_of(said[-1].attributes), said


async def dispute_bill(
    connection: Connection, book_id: int, *, partner: str, bill: str, amount: int, reason: str, detail: Detail | None
) -> Resolution:  # fmt: skip
    """The partner disputes so many pence of what is open of a bill; nought ends the dispute. It posts nothing: what is disputed
    stays billed until it is credited. NotSettled(bill_not_found, bill_exceeded, bill_settled)."""
    found, said = await _standing(connection, book_id, partner, bill)
    if amount > found.open:
        raise NotSettled("bill_exceeded")
    if amount == found.disputed:
        raise NotSettled("bill_settled")
    changed = msgspec.structs.replace(found, disputed=amount)
    act = "disputed" if amount else "dispute_ended"
    recorded = bill_recorded(act, changed, because=said[-1].number, reason=reason, detail=detail)
    return Resolution((recorded,), (Guard(found.subject, said[-1].number),))


async def take_payment(
    connection: Connection, book_id: int, *, partner: str, bill: str, amount: int, bank: str, effective_on: date
) -> Resolution:  # fmt: skip
    """The partner paid of a bill (event 44), up to what is open of it. What was disputed of what is now paid is disputed no more.
    NotSettled(bill_not_found, bill_exceeded)."""
    found, said = await _standing(connection, book_id, partner, bill)
    if amount > found.open:
        raise NotSettled("bill_exceeded")
    left = found.open - amount
    changed = msgspec.structs.replace(found, paid=found.paid + amount, disputed=min(found.disputed, left))
    money = partner_paid(amount=amount, partner=partner, bank=bank, effective_on=effective_on, because=-1)
    recorded = bill_recorded("paid", changed, because=said[-1].number)
    return Resolution((recorded, money), (Guard(found.subject, said[-1].number),))


async def credit_bill(
    connection: Connection, book_id: int, *, partner: str, bill: str, amount: int, reason: str, effective_on: date
) -> Resolution:  # fmt: skip
    """What was billed too much is taken back, by another than raised the bill, up to what is open of it; of what is disputed first.
    NotSettled(bill_not_found, bill_exceeded)."""
    found, said = await _standing(connection, book_id, partner, bill)
    if amount > found.open:
        raise NotSettled("bill_exceeded")
    changed = msgspec.structs.replace(found, credited=found.credited + amount, disputed=max(0, found.disputed - amount))
    money = bill_credited(amount=amount, partner=partner, effective_on=effective_on, because=-1)
    recorded = bill_recorded("credited", changed, because=said[-1].number, reason=reason)
    return Resolution((recorded, money), (Guard(found.subject, said[-1].number),), (said[0].number,))
