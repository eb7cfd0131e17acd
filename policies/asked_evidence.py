"""That the evidence came which an approval asked for: said by somebody who looked at it, so that nothing waits for it any more."""

from datetime import date
from typing import Any

from ledger.budgets.evidence_asked import evidence_came
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import said_at, said_of
from ledger.core.model import Detail, Guard, Malformed
from policies.conditions import terms_of
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any


async def take_evidence(
    connection: Connection, book_id: int, *, person: str, number: int, on: date, today: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """Says that the evidence which approval `number` asked for came in on a day, once, by another than asked for the money.
    NotSettled(condition_not_found, condition_met)."""
    await foresee(connection, entries=(number,), subjects=(f"condition/{number}",))
    approval = await said_at(connection, book_id, number)
    if approval is None or approval.act != "approval" or approval.attributes.get("person") != person:
        raise NotSettled("condition_not_found")
    if terms_of(approval.attributes).evidence_due is None:
        raise NotSettled("condition_not_found")
    if on > today:
        raise Malformed("dates_malformed", "on")
    record = evidence_came(person=person, approval=number, on=on, detail=detail)
    if await said_of(connection, book_id, record.subject or ""):
        raise NotSettled("condition_met")
    return Resolution((record,), (Guard(record.subject or "", 0),), (int(approval.attributes["of"]),))
