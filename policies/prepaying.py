"""Invoices for care on both sides of 31 March, and what was paid ahead by them when its year begins (accounting.md event 52)."""

import json
from datetime import date
from typing import Any

import msgspec

from ledger.book.periods import first_open_day
from ledger.budgets import store_closing
from ledger.budgets.accruals import by_day
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.plans import line_of
from ledger.budgets.reading import funds_of, shares_of
from ledger.budgets.standing import read_rules
from ledger.budgets.year_end import prepayment_released
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest
from policies.banking import next_key
from policies.gate import Decided, Gate, Sender
from policies.resolution import Resolution
from policies.settling import Document, NotSettled

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


async def release_prepayments(
    gate: Gate, sender: Sender, timeout_seconds: float, *, year: str, today: date
) -> Decided:  # fmt: skip
    """What was paid ahead for a year that has begun is its care now, line by line, dated 1 April or, once that is closed, on the
    first open day: by groups of lines, each under a key of its own, until nothing is left. Cut off in between, the same request
    does the rest. The answer is that of the first group, or the no that a later one met. NotSettled(year_not_begun,
    prepayments_none)."""
    first, turn = None, 0
    while True:
        own = msgspec.structs.replace(sender, key=next_key(sender.key, turn)) if turn else sender
        try:
            decided = await gate.carry_out(
                lambda connection: _group(connection, gate.book_id, year=year, today=today), own, timeout_seconds
            )
        except NotSettled as no:
            if first is not None and no.code == "prepayments_none":
                return first
            raise
        first, turn = first or decided, turn + 1
        if decided.outcome.refusal is not None:
            return decided
        released = [entry for entry in decided.outcome.entries if entry.attribute("act") == "prepayment_released"]
        if len(released) < LINES_AT_ONCE:
            return first


async def _group(connection: Connection, book_id: int, *, year: str, today: date) -> Resolution:
    first = period_days(year)[0]
    if today < first:
        raise NotSettled("year_not_begun")
    rows = await connection.fetch(store_closing.PREPAYMENTS, book_id, year, LINES_AT_ONCE)
    if not rows:
        raise NotSettled("prepayments_none")
    funds = funds_of((await read_rules(connection, book_id)).funds)
    day = first_open_day(rows[0]["first_day"], json.loads(rows[0]["periods"]), first)
    made: list[AnyRequest] = []
    guards: dict[str, int] = {}
    for row in rows:
        person, line, pence = row["person"], row["line"], json.loads(row["pence"])
        guards[f"person/{person}"] = row["version"]
        # What its accounts hold is the ledger's to look at.
        shares = shares_of(line_of(f"line/{line}", json.loads(row["attributes"]))[0], year, funds, {})
        given = Evidence(subject=f"prepayment/{line}/{year}", person=person, line=line, amount=sum(pence.values()))
        made.append(evidence_recorded("prepayment_released", given, effective_on=day))
        parts = [(share, pence[share.fund]) for share in shares if share.fund in pence]
        made.append(prepayment_released(parts=parts, effective_on=day, because=-len(made)))
    return Resolution(tuple(made), tuple(Guard(*each) for each in guards.items()))
