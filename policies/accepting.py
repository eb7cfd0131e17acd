"""Invoices become owed: each uses its order as far as that goes, or stands by itself, and what is beyond the order is decided.

All invoices of one order are held against it together, in money, price and quantity. An invoice for care on both sides of 31 March
is of both years; one of a year's end settles its estimate.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets.claims import evidence_recorded
from ledger.budgets.facts import invoice_settled_directly, invoice_settles_hold
from ledger.budgets.foreseen import foresee
from ledger.budgets.of_orders import Invoiced, invoiced_on
from ledger.budgets.pricing import Beyond, beyond_order
from ledger.budgets.reading import Order, funds_of, order_of, setup_of, shares_of, version_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Facts, Said, read_rules, read_standing
from ledger.budgets.year_end import ends_of, invoice_crossing, invoice_crossing_hold, prepaid
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest, Record
from policies.bearing import Bearing, bearing_of, shares_for, shares_in
from policies.conditions import Terms, terms_of
from policies.cutting_off import settle_uninvoiced
from policies.gate import Decided, Gate, Sender
from policies.memory import facts_of
from policies.prepaying import parts_crossing
from policies.relying import APPROVAL
from policies.resolution import Resolution
from policies.settling import (
    Document,
    HoldGone,
    ToDecide,
    counted_of,
    day_of_shares,
    decisions_of_order,
    document_of,
    found_or_decided,
)
from policies.sheets import Asked, Wanted

Connection = Any


class _Found(NamedTuple):
    """An invoice to be accepted as things stand in one moment: its order, what other invoices of that come to, what of it is of
    this year and what of the next (None where it is not of two years), whether its care is after the person's death or the last
    day that its order was approved for, and which year bears it where it is of one and has no open order. `ordered` is the
    decision that the order was placed by, before any year's end carried it."""

    invoice: Document
    order: Order | None
    ordered: Said | None
    before: Invoiced
    parts: tuple[int, int] | None
    too_late: bool
    guards: tuple[Guard, ...]
    bearing: Bearing

    @property
    def open_order(self) -> Order | None:
        """The order, while it keeps anything."""
        return None if self.order is None or self.order.closed else self.order

    def lacking(self) -> int:
        """Pence that the order does not keep for it."""
        kept = 0 if self.order is None else sum(self.order.remaining.values())
        return max(0, self.invoice.evidence.amount - kept)

    def beyond(self) -> tuple[int, int, Beyond]:
        """Pence that have to be decided; by how many pence all invoices go beyond the order; and in price and quantity."""
        said, order = self.invoice.evidence, self.order
        if order is None:
            return said.amount, 0, Beyond(0, 0, 0)
        over = max(0, self.before.pence + said.amount - order.amount)
        priced = beyond_order(said.rate, said.quantity, order.rate, order.quantity, self.before.quantity)
        if order.closed or self.too_late:
            # An order made in a lifetime, or up to a day, settles nothing after it unseen: the rules look at all of it.
            return said.amount, over, priced
        lacking = self.lacking()
        return max(lacking, min(priced.pence, said.amount)), max(lacking, over), priced


async def _look(connection: Connection, book_id: int, person: str, number: int, effective_on: date) -> _Found:
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number,), kinds=("evidence",), subjects=ends_of(standing.balances))
    invoice = await document_of(
        connection, book_id, person=person, number=number, act="invoice_entered", missing="invoice_not_found",
        settled="invoice_settled",
    )  # fmt: skip
    counted = await counted_of(connection, book_id, invoice.evidence)
    invoice = invoice._replace(evidence=msgspec.structs.replace(invoice.evidence, same_as=counted.number or None))
    setup = setup_of(standing.said)
    died_on, hold = setup.died_on, invoice.evidence.hold
    parts = parts_crossing(invoice, effective_on)
    line = setup.lines[invoice.evidence.line or ""][0]
    if line.is_of_term or line.end <= period_days(year_of(effective_on))[1]:
        # A line that ends with the year, or whose money is of its term, has no next year to pay ahead of: it bears all of it.
        parts = None
    day = day_of_shares(line, invoice.care_to or effective_on)
    bearing = await bearing_of(connection, book_id, line, standing, day, effective_on)
    order, before, ordered, terms = None, Invoiced(0, 0), None, Terms()
    if hold:
        # Of an invoice of two years the order bears what is of its own.
        splits_on = period_days(year_of(effective_on))[1] if parts else invoice.care_to
        order = await order_of(connection, book_id, person, hold, splits_on)
        before = await invoiced_on(connection, book_id, person, hold)
        ordered = next(reversed(await decisions_of_order(connection, book_id, hold - 1)), None)
        terms = terms_of(ordered.attributes) if ordered is not None else terms
    subjects = [f"person/{person}"]
    if order is not None and not order.closed:
        # The line's version moves with every order of it that is settled or given back, the person's with every other event.
        subjects.append(f"line/{order.line.line}")
    guards = [Guard(each, await version_of(connection, book_id, each)) for each in subjects]
    care_to = invoice.care_to or effective_on
    too_late = any(last is not None and care_to > last for last in (died_on, terms.use_by))
    return _Found(
        invoice, order, ordered, before, parts, too_late,
        (Guard(invoice.evidence.subject, number), *guards), bearing,
    )  # fmt: skip


async def accept_invoice(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, number: int, effective_on: date
) -> Decided:  # fmt: skip
    """Accepts an invoice, by another than entered it, once: it uses its order (events 6, 28). What it asks for beyond the order, in
    money, price or quantity, with the order's other invoices, is decided as a fact (event 29); so is all of it without an order,
    after the person's death, or when the order is used up or has expired (event 7). For care on both sides of 31 March the next
    year's part is paid ahead (event 52), which is an act, and refused where that year has not so much. What it settles that was
    recognised at estimate (event 49) needs no verdict again. NotSettled(invoice_not_found, invoice_settled,
    receipt_counted), and those of `settle_uninvoiced`."""

    async def look(connection: Connection) -> Resolution:
        found = await _look(connection, gate.book_id, person, number, effective_on)
        if found.invoice.evidence.estimate is not None:
            return await settle_uninvoiced(
                connection, gate.book_id, person=person, number=number, effective_on=effective_on
            )
        order = found.open_order
        if order is not None and order.expires_us is not None and order.expires_us <= gate.now_us():
            raise HoldGone
        if order is not None and found.beyond()[0] <= 0:
            return await _settled(connection, gate.book_id, found, order, effective_on)
        wanted = _wanted(found, effective_on)
        facts = await facts_of(connection, gate.book_id, wanted, sender.key)
        raise ToDecide(
            wanted, facts, lambda facts, filled: _posted(found, facts, filled, effective_on), found.guards, (number,)
        )

    return await found_or_decided(
        gate, sender, timeout_seconds, look, person=person, act="invoice", judged_on=effective_on, because=number
    )


def _wanted(found: _Found, effective_on: date) -> Wanted:
    """What the rules are asked of an invoice: what of it goes beyond its order."""
    evidence, (beyond, over, priced) = found.invoice.evidence, found.beyond()
    return Wanted(
        act="spend", person=evidence.person, line=evidence.line or "", service=evidence.service or "", amount=beyond,
        effective_on=effective_on, payee=evidence.payee, care_from=found.invoice.care_from, care_to=found.invoice.care_to,
        money_gone=True, spent_on=evidence.document_on, over_order=over, over_rate=priced.rate, over_quantity=priced.quantity,
        under=found.ordered.number if found.order and found.ordered else 0,
        under_approval=found.ordered is not None and found.ordered.act == APPROVAL, lacking=found.lacking(),
        claimed_before=evidence.same_as is not None,
    )  # fmt: skip


async def _settled(
    connection: Connection, book_id: int, found: _Found, order: Order, effective_on: date
) -> Resolution:  # fmt: skip
    """The acceptance of an invoice that its order has the money for."""
    following: Sequence[Share] = ()
    if found.parts is not None:
        standing = await read_standing(connection, book_id, found.invoice.evidence.person)
        funds, day = funds_of((await read_rules(connection, book_id)).funds), found.invoice.care_to or effective_on
        following = shares_of(order.line, year_of(day), funds, standing.balances, day)
    money = _from_hold(found, order, following, effective_on, because=-1)
    return Resolution((_accepted(found, effective_on), *money), found.guards, (found.invoice.number,))


def _posted(found: _Found, facts: Facts, filled: Asked, effective_on: date) -> Sequence[AnyRequest]:
    """The acceptance, and the money: out of the order as far as that goes, if it is open, or by itself."""
    invoice, order = found.invoice, found.open_order
    evidence, last_day = invoice.evidence, invoice.care_to or effective_on
    following = shares_for(filled, facts, last_day) if found.parts is not None else ()
    if order is not None:
        return (
            _accepted(found, effective_on),
            *_from_hold(found, order, following, effective_on, because=-2),
        )
    payee = {"payee": evidence.payee or ""}
    if found.parts is not None:
        stated: dict[str, Any] = _stated(invoice, effective_on, because=-2) | payee
        shares = shares_for(filled, facts, day_of_shares(filled.line, period_days(year_of(effective_on))[1]))
        return (_accepted(found, effective_on), *invoice_crossing(
            amount=evidence.amount, following_amount=found.parts[1], shares=shares, following=following, **stated
        ))  # fmt: skip
    shares = shares_in(filled, facts, found.bearing.year, day_of_shares(filled.line, last_day))
    stated = _stated(invoice, effective_on, because=-2 - len(found.bearing.opened)) | payee
    return (
        *found.bearing.opened,
        _accepted(found, effective_on),
        invoice_settled_directly(amount=evidence.amount, shares=shares, **stated),
    )


def _from_hold(
    found: _Found, order: Order, following: Sequence[Share], effective_on: date, *, because: int
) -> tuple[AnyRequest, ...]:  # fmt: skip
    evidence = found.invoice.evidence
    stated: dict[str, Any] = _stated(found.invoice, effective_on, because=because) | {"payee": evidence.payee or ""}
    given: dict[str, Any] = {"hold": order.hold, "remaining": order.remaining, "shares": order.shares, **stated}
    if found.parts is None:
        return (invoice_settles_hold(amount=evidence.amount, final=bool(evidence.final), **given),)
    now, later = found.parts
    ends = bool(evidence.final) or evidence.amount >= sum(order.remaining.values())
    return (
        invoice_crossing_hold(amount=now, final=ends, **given),
        prepaid(amount=later, shares=following, **stated),
    )


def _stated(invoice: Document, effective_on: date, *, because: int) -> dict[str, Any]:
    return {
        "effective_on": effective_on,
        "care_from": invoice.care_from,
        "care_to": invoice.care_to,
        "because": because,
    }


def _accepted(found: _Found, effective_on: date) -> Record:
    invoice = found.invoice
    said = invoice.evidence
    if found.parts is not None:
        said = msgspec.structs.replace(said, following=found.parts[1])
    return evidence_recorded(
        "invoice_accepted", said, because=invoice.number, effective_on=effective_on, care_from=invoice.care_from,
        care_to=invoice.care_to,
    )  # fmt: skip
