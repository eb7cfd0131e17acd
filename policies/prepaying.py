"""Invoices for care on both sides of 31 March, and what was paid ahead by them when its year begins (accounting.md event 52)."""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets import store_closing
from ledger.budgets.accruals import by_day
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.reading import funds_of, order_of, setup_of, shares_of, version_of
from ledger.budgets.standing import read_rules, read_standing
from ledger.budgets.year_end import invoice_crossing_hold, prepaid, prepayment_released
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.resolution import Resolution
from policies.settling import Document, NotSettled, document_of

Connection = Any
LINES_AT_ONCE = 10
"""Lines whose prepayments are released in one group, which has its bound."""


def parts_crossing(invoice: Document, effective_on: date) -> tuple[int, int] | None:
    """What of an invoice is of the year of its accounting day and what of the next, in pence by days of care, halves up to the
    next; None where it does not cross 31 March, or that has passed."""
    if invoice.care_from is None or invoice.care_to is None:
        return None
    last = period_days(year_of(invoice.care_from))[1]
    if invoice.care_to <= last or effective_on > last or year_of(effective_on) != year_of(last):
        return None
    days = (invoice.care_to - invoice.care_from).days + 1
    following = by_day(invoice.evidence.amount, (invoice.care_to - last).days, days)
    now = invoice.evidence.amount - following
    return (now, following) if now and following else None


async def settle_crossing(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Accepts an invoice for care on both sides of 31 March, by another than entered it: this year's part uses its order, the other
    is paid ahead out of the next year. Paying ahead is an act, and refused where the next year has not so much.
    NotSettled(invoice_not_found, invoice_settled, hold_not_found, order_too_small)."""
    found = await document_of(
        connection, book_id, person=person, number=number, act="invoice_entered", missing="invoice_not_found",
        settled="invoice_settled",
    )  # fmt: skip
    evidence, parts = found.evidence, parts_crossing(found, effective_on)
    order = await order_of(connection, book_id, person, evidence.hold or 0)
    if (
        parts is None
        or order is None
        or order.closed
        or {each.year for each in order.shares} != {year_of(effective_on)}
    ):
        raise NotSettled("hold_not_found")
    now, following = parts
    if evidence.amount > sum(order.remaining.values()):
        raise NotSettled("order_too_small")
    standing = await read_standing(connection, book_id, person)
    funds = funds_of((await read_rules(connection, book_id)).funds)
    later = shares_of(order.line, year_of(found.care_to or effective_on), funds, standing.balances)
    stated: dict[str, Any] = {
        "effective_on": effective_on,
        "care_from": found.care_from,
        "care_to": found.care_to,
        "because": -1,
    }
    accepted = evidence_recorded(
        "invoice_accepted", msgspec.structs.replace(evidence, following=following), because=number, effective_on=effective_on,
        care_from=found.care_from, care_to=found.care_to,
    )  # fmt: skip
    ends = bool(evidence.final) or evidence.amount == sum(order.remaining.values())
    settled = invoice_crossing_hold(hold=order.hold, remaining=order.remaining, amount=now, shares=order.shares,
                                    payee=evidence.payee or "", final=ends, **stated)  # fmt: skip
    ahead = prepaid(amount=following, shares=later, payee=evidence.payee or "", **stated)
    subjects = (f"person/{person}", f"line/{order.line.line}")
    guards = [Guard(each, await version_of(connection, book_id, each)) for each in subjects]
    return Resolution((accepted, settled, ahead), (Guard(evidence.subject, number), *guards), (number,))


async def release_prepayments(connection: Connection, book_id: int, *, year: str, today: date) -> Resolution:
    """What was paid ahead for a year that has begun is its care now, line by line, dated 1 April. Some lines at a time:
    asked again, it does the next ones. NotSettled(year_not_begun, prepayments_none)."""
    first = period_days(year)[0]
    if today < first:
        raise NotSettled("year_not_begun")
    rows = await connection.fetch(store_closing.PREPAYMENTS, book_id, year)
    lines = list(dict.fromkeys((row["person"], row["line"]) for row in rows))[:LINES_AT_ONCE]
    if not lines:
        raise NotSettled("prepayments_none")
    funds = funds_of((await read_rules(connection, book_id)).funds)
    made: list[AnyRequest] = []
    guards: dict[str, int] = {}
    for person, line in lines:
        standing = await read_standing(connection, book_id, person)
        guards[f"person/{person}"] = standing.version
        pence = {row["fund"]: row["balance"] for row in rows if row["line"] == line}
        shares = shares_of(setup_of(standing.said).lines[line][0], year, funds, standing.balances)
        given = Evidence(subject=f"prepayment/{line}/{year}", person=person, line=line, amount=sum(pence.values()))
        made.append(evidence_recorded("prepayment_released", given, effective_on=first))
        parts = [(share, pence[share.fund]) for share in shares if share.fund in pence]
        made.append(prepayment_released(parts=parts, effective_on=first, because=-len(made)))
    return Resolution(tuple(made), tuple(Guard(*each) for each in guards.items()))
