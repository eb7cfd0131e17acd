"""Liabilities that come over with a stop (SI 2013/1617 reg 17(9)): stated by one person, accepted by another, paid or given back.

They are provided for once the decision to stop has been communicated, or the person has died: before that they are nobody's but the
holder's. What was stated is accepted whole, as a fact, whatever money there is.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets import stopping
from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.employment import Employment, worked_out
from ledger.budgets.endings import LiabilityRead, liabilities_of
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import Order, Setup, funds_of, order_of, setup_of, shares_of, version_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Standing, read_rules, read_standing
from ledger.budgets.wording import detail_of
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import AnyRequest
from policies.bearing import bearing_of, borne_now
from policies.ending import left_after_end, notice_of
from policies.gate import NotPaidOut
from policies.resolution import Resolution
from policies.settling import Document, NotSettled, day_of_shares, document_of
from policies.sheets import NotThere

Connection = Any


async def _communicated(connection: Connection, book_id: int, person: str, line: str) -> tuple[Standing, Setup, Line]:
    """A line of direct payments whose stop has been communicated. NotThere, NotPaidOut, NotSettled(stop_not_communicated)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found = setup.lines[line][0]
    if found.management not in ("direct_payment", "one_off"):
        raise NotPaidOut
    notice = await notice_of(connection, book_id, person, line)
    if setup.died_on is None and (notice is None or notice.act == "stop_withdrawn"):
        raise NotSettled("stop_not_communicated")
    return standing, setup, found


async def _foresee(connection: Connection, book_id: int, person: str, *entries: int | None) -> None:
    """Reads at once what a liability of a person asks for: all of theirs, the stops and ends of their lines, what is provided, and
    what else is named."""
    standing = await read_standing(connection, book_id, person)
    lines = setup_of(standing.said).lines
    await foresee(
        connection, entries=entries, kinds=("evidence",),
        subjects=(*ends_of(standing.balances), *(f"{kind}/{line}" for line in lines for kind in ("stop", "line"))),
        accounts=[account("provision", reason=klass, person=person).code for klass in stopping.CLASSES],
    )  # fmt: skip


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to be owed: pence, None for what the statutory rule comes to; the employment that rule looks at, where there is
    one; and in words how else it was worked out, and why it differs from the rule."""

    liability: str
    person: str
    line: str
    klass: str
    amount: int | None
    working: str
    reason: str
    employment: Employment | None


async def state_liability(
    connection: Connection, book_id: int, claimed: Claimed, *, salt: bytes, cap_on: Callable[[date], int]
) -> Resolution:  # fmt: skip
    """States what is owed to somebody else for care under a line that stops, with the working in the detail; posts nothing.
    `cap_on` gives the most that counts of a week's pay on a day, in pence. Malformed(field_malformed) where neither an amount nor
    an employment says how much; NotSettled(nothing_due, amount_not_explained)."""
    await _communicated(connection, book_id, claimed.person, claimed.line)
    work = claimed.employment
    found = None if work is None else worked_out(claimed.klass, work, cap_on(work.ended_on))
    amount = claimed.amount if claimed.amount is not None else found.amount if found is not None else None
    if amount is None or (found is None and not claimed.working):
        raise Malformed("field_malformed", "amount" if amount is None else "working")
    if amount == 0:
        raise NotSettled("nothing_due")
    if found is not None and amount != found.amount and not claimed.reason:
        raise NotSettled("amount_not_explained")
    liability = stopping.Liability(
        liability=claimed.liability, person=claimed.person, line=claimed.line, klass=claimed.klass, amount=amount
    )
    words = {
        "working": " ".join(filter(None, (found.working if found is not None else "", claimed.working))),
        **({"reason": claimed.reason} if claimed.reason else {}),
    }
    stated = stopping.liability_recorded(
        "liability_stated", liability, detail=detail_of(salt, words), computed=None if found is None else found.amount
    )
    return Resolution((stated,), (Guard(stated.subject or "", 0),))


async def _liability(connection: Connection, book_id: int, person: str, number: int) -> LiabilityRead:
    found = [each for each in await liabilities_of(connection, book_id, person) if each.stated == number]
    if not found:
        raise NotSettled("liability_not_found")
    return found[0]


def _guard(found: LiabilityRead) -> Guard:
    return Guard(f"liability/{found.liability.liability}", found.last)


async def _answerable(connection: Connection, book_id: int, person: str, number: int) -> LiabilityRead:
    found = await _liability(connection, book_id, person, number)
    if found.accepted is not None or found.declined:
        raise NotSettled("liability_settled")
    return found


async def accept_liability(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date, hold: int | None = None
) -> Resolution:  # fmt: skip
    """Takes a liability over (event 25), by another than stated it, once: provided for by class, out of `hold` where an order of
    the line still keeps money for it. NotSettled(liability_not_found, liability_settled, stop_not_communicated, hold_not_found)."""
    await _foresee(connection, book_id, person, number, None if hold is None else hold - 1)
    found = await _answerable(connection, book_id, person, number)
    owed = found.liability
    standing, _, line = await _communicated(connection, book_id, person, owed.line)
    order = None if hold is None else await _order(connection, book_id, person, owed.line, hold)
    shares, opened = (order.shares, ()) if order is not None else (
        await _shares(connection, book_id, line, standing, effective_on, effective_on)
    )  # fmt: skip
    accepted = stopping.liability_recorded("liability_accepted", owed, effective_on=effective_on, because=number)
    code = account("provision", reason=owed.klass, person=person).code
    if not await which_are_open(connection, book_id, [code]):
        opened = (*opened, stopping.provision_opened(owed.klass, person))
    stated: dict[str, Any] = {"klass": owed.klass, "effective_on": effective_on, "because": -1 - len(opened)}
    guards = [_guard(found), Guard(f"person/{person}", standing.version)]
    posted: AnyRequest
    if order is None:
        posted = stopping.liability_taken_over(amount=owed.amount, shares=shares, **stated)
    else:
        posted = stopping.liability_taken_from_hold(
            hold=order.hold, remaining=order.remaining, amount=owed.amount, shares=shares, **stated
        )
        guards.append(Guard(f"line/{owed.line}", await version_of(connection, book_id, f"line/{owed.line}")))
    return Resolution((*opened, accepted, posted), tuple(guards), (number,))


async def _order(connection: Connection, book_id: int, person: str, line: str, hold: int) -> Order:
    """An order of the line that still keeps money; one that waits for a decision is not taken from."""
    order = await order_of(connection, book_id, person, hold)
    if order is None or order.closed or order.line.line != line or order.purpose == "awaiting_decision":
        raise NotSettled("hold_not_found")
    return order


async def decline_liability(
    connection: Connection, book_id: int, *, person: str, number: int, reason: str, detail: Detail | None
) -> Resolution:  # fmt: skip
    """Says no to a liability that was stated; posts nothing. What an ended line kept for it is given back by `give_back`."""
    found = await _answerable(connection, book_id, person, number)
    declined = stopping.liability_recorded(
        "liability_declined", found.liability, because=number, reason=reason, detail=detail
    )
    return Resolution((declined,), (_guard(found),))


async def _invoice(connection: Connection, book_id: int, person: str, number: int) -> Document:
    return await document_of(
        connection, book_id, person=person, number=number, act="invoice_entered", missing="invoice_not_found",
        settled="invoice_settled",
    )  # fmt: skip


async def pay_liability(
    connection: Connection, book_id: int, *, person: str, number: int, invoice: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Owes what an invoice asks for out of a liability's provision (event 26), by another than entered the invoice, in as many
    parts as come. It is paid as any accepted invoice is. NotSettled(liability_not_found, liability_exceeded, invoice_not_found,
    invoice_settled)."""
    await _foresee(connection, book_id, person, number, invoice)
    found = await _liability(connection, book_id, person, number)
    document = await _invoice(connection, book_id, person, invoice)
    evidence = document.evidence
    if evidence.line != found.liability.line:
        raise NotSettled("invoice_not_found")
    if evidence.amount > found.rest:
        raise NotSettled("liability_exceeded")
    posted = stopping.liability_paid(
        amount=evidence.amount, klass=found.liability.klass, person=person, payee=evidence.payee or "",
        effective_on=effective_on, because=-1,
    )  # fmt: skip
    paid = stopping.liability_recorded(
        "liability_paid", found.liability, amount=evidence.amount, invoice=invoice, because=-1
    )
    guards = (_guard(found), Guard(evidence.subject, invoice))
    return Resolution((_accepted(document, effective_on), posted, paid), guards, (invoice,))


async def take_over_invoice(
    connection: Connection, book_id: int, *, person: str, number: int, klass: str, effective_on: date
) -> Resolution:  # fmt: skip
    """Takes over an invoice that is there already (event 25, payable), by another than entered it: for a line whose stop has been
    communicated. NotSettled(invoice_not_found, invoice_settled, stop_not_communicated)."""
    await _foresee(connection, book_id, person, number)
    document = await _invoice(connection, book_id, person, number)
    evidence = document.evidence
    standing, _, line = await _communicated(connection, book_id, person, evidence.line or "")
    shares, opened = await _shares(connection, book_id, line, standing, document.care_to or effective_on, effective_on)
    posted = stopping.liability_taken_over(
        amount=evidence.amount, shares=shares, klass=klass, payee=evidence.payee, effective_on=effective_on,
        because=-1 - len(opened), care_from=document.care_from, care_to=document.care_to,
    )  # fmt: skip
    guards = (Guard(evidence.subject, number), Guard(f"person/{person}", standing.version))
    return Resolution((*opened, _accepted(document, effective_on), posted), guards, (number,))


async def release_liability(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Gives back what of a liability will not be asked for (event 26, unused), each share what it bore, and to the funds if the
    line has ended (35). NotSettled(liability_not_found, liability_settled)."""
    await _foresee(connection, book_id, person, number)
    found = await _liability(connection, book_id, person, number)
    if found.accepted is None or not found.rest:
        raise NotSettled("liability_settled")
    standing = await read_standing(connection, book_id, person)
    line = setup_of(standing.said).lines[found.liability.line][0]
    legs = dict((await read_entry(connection, book_id, found.accepted + 1)).entry.legs)
    years = sorted({code.split("/")[3] for code in legs if code.startswith("share/")})
    funds = funds_of((await read_rules(connection, book_id)).funds)
    shares = [share for year in years for share in shares_of(line, year, funds, standing.balances)]
    unused = stopping.liability_recorded("liability_unused", found.liability, amount=found.rest, because=found.accepted,
                                         effective_on=effective_on)  # fmt: skip
    gave = [(share, legs[code]) for share in shares if (code := share.code("spent")) in legs]
    borne = await borne_now(connection, book_id, line, standing.balances, gave, effective_on)
    posted = stopping.liability_unused(
        amount=found.rest, shares=borne.shares, borne=borne.parts, klass=found.liability.klass, effective_on=effective_on,
        because=-1 - len(borne.opened),
    )  # fmt: skip
    balances = dict(standing.balances)
    for leg in posted.legs:
        balances[leg.account] = balances.get(leg.account, 0) + leg.amount
    owed = await liabilities_of(connection, book_id, person)
    back = await left_after_end(connection, book_id, line, balances, owed, effective_on)
    return Resolution(
        (*borne.opened, unused, posted, *back), (_guard(found), Guard(f"person/{person}", standing.version))
    )


async def _shares(
    connection: Connection, book_id: int, line: Line, standing: Standing, day: date, effective_on: date
) -> tuple[tuple[Share, ...], tuple[AnyRequest, ...]]:  # fmt: skip
    """The shares that bear a liability of a day, and what opens them where they are not open."""
    funds = funds_of((await read_rules(connection, book_id)).funds)
    bearing = await bearing_of(connection, book_id, line, standing, day_of_shares(line, day), effective_on)
    return shares_of(line, bearing.year, funds, standing.balances, day), bearing.opened


def _accepted(document: Document, effective_on: date) -> AnyRequest:
    evidence: Evidence = document.evidence
    return evidence_recorded(
        "invoice_accepted", evidence, because=document.number, effective_on=effective_on, care_from=document.care_from,
        care_to=document.care_to,
    )  # fmt: skip
