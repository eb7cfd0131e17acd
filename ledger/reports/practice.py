"""How soon invoices are paid: the figures of the Better Payment Practice Code, 95 % within 30 days, by number and by value.

The days run from that on which an invoice was received and in order to that on which it was paid, without those of disputes.
"""

import json
from collections import defaultdict
from datetime import date
from typing import Any

import msgspec

from ledger.reports import store_practice

Connection = Any
DAYS = 30
TARGET_PERCENT = 95


class Practice(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices paid in a time: how many and for how many pence in all, and of these within 30 days. `undated` are those of which
    nobody said when they came: they count in neither."""

    invoices: int
    pence: int
    invoices_within: int
    pence_within: int
    undated: int


def days_taken(rows: list[Any]) -> tuple[int | None, date, int]:
    """Of one invoice, from everything said of it in order: days from receipt to its last payment, less those disputed (None when
    nobody said when it came); the day it was paid; and the pence."""
    start: date | None = None
    disputed_from: date | None = None
    paid_on, pence, stood_still = date.min, 0, 0
    for row in rows:
        given = json.loads(row["attributes"])
        if row["act"] == "invoice_entered":
            text = given.get("valid_on") or given.get("received_on")
            start, stood_still, disputed_from = date.fromisoformat(text) if text else None, 0, None
        elif row["act"] == "invoice_disputed":
            # A credit meanwhile says it again, with less owed: the dispute goes on.
            disputed_from = disputed_from or row["day"]
        elif row["act"] == "dispute_ended" and disputed_from is not None:
            stood_still += max(0, (row["day"] - max(disputed_from, start or disputed_from)).days)
            disputed_from = None
        elif row["act"] == "invoice_paid":
            paid_on, pence = row["day"], int(given.get("owed", given["amount"]))
    return None if start is None else (paid_on - start).days - stood_still, paid_on, pence


async def payment_practice(connection: Connection, book_id: int, first: date, last: date) -> Practice:
    """The figures of the invoices whose last payment was made in a time, by its accounting day. Role phb_reader."""
    by_invoice = defaultdict(list)
    for row in await connection.fetch(store_practice.INVOICES_PAID, book_id, first, last):
        by_invoice[row["subject"]].append(row)
    found = [days_taken(rows) for rows in by_invoice.values()]
    paid = [(days, pence) for days, on, pence in found if first <= on <= last]
    dated = [(days, pence) for days, pence in paid if days is not None]
    within = [pence for days, pence in dated if days <= DAYS]
    return Practice(
        invoices=len(dated), pence=sum(pence for _, pence in dated), invoices_within=len(within), pence_within=sum(within),
        undated=len(paid) - len(dated),
    )  # fmt: skip
