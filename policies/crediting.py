"""Credit notes, refunds, and liabilities that a fund covers: what comes back of an accepted invoice or claim, and up to what.

A credit note is a claim of its payee until somebody else accepts it. All that is taken back of one invoice or claim together is no
more than it was accepted for. Nothing here knows HTTP.
"""

from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets import credits
from ledger.budgets.carried import shares_that_gave
from ledger.budgets.chart import account, person_account
from ledger.budgets.claims import Evidence, evidence_of, evidence_recorded
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.posted_for import posted_for
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import funds_of, said_at, said_of, setup_of, version_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Said, Standing, read_rules, read_standing
from ledger.budgets.taken_back import laid_on, moved, taken_back
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.bearing import Borne, borne_now, carried_now, every_share
from policies.paying import OWED, PAID, owed_on
from policies.resolution import Resolution
from policies.settling import NotSettled, document_of, once

Connection = Any
TAKING_BACK = ("evidence", "notice")
"""Kinds of records in which something is taken back."""
ACCEPTED = frozenset(("invoice_accepted", "evidence_accepted", "reimbursement_accepted", "statement_accepted"))
"""What money can come back of."""
CREDITED = ACCEPTED - {"evidence_accepted"}
"""What its payee can give a credit note of. Of what a holder bought from money paid out a refund is taken."""
FACTS = frozenset(("invoice", "evidence", "reimbursement", "assignment"))
"""Acts of decisions about facts, which may go beyond a line's authority."""
UNDECIDED = frozenset(("liability_accepted", "uninvoiced_accepted", "invoice_accepted", "opening_stated"))
"""Acceptances of facts that need no decision, and may go beyond it too: of invoices, those of UNDECIDED_EVENTS, and what a third
party's statement asks for beyond what was paid ahead; and what was taken on beyond its authority."""
UNDECIDED_EVENTS = frozenset((25, 49))
"""An invoice taken over with a stop, and one for what was settled at estimate."""


class Original(NamedTuple):
    """What was accepted, and how, as money comes back of it: what it was posted for in each share, what was taken of that since in
    whichever way (account code → pence), what of it is only paid ahead, and the last word on it."""

    number: int
    act: str
    evidence: Evidence
    last: Said
    line: Line
    shares: tuple[Share, ...]
    gave: dict[str, int]
    taken: dict[str, int]
    ahead: frozenset[str]
    standing: Standing

    @property
    def left(self) -> int:
        """Pence that can still come back of it. Of a statement that is what was paid ahead: its fee is the fee line's, and the
        rest an invoice of its own."""
        whole = sum(self.gave[share.code("spent")] for share in self.shares)
        return (whole if self.act == "statement_accepted" else self.evidence.amount) - sum(self.taken.values())

    def parts(self, amount: int) -> tuple[int, ...]:
        """An amount as it was split."""
        return credits.split_as_before(amount, self.shares, self.gave, self.taken, "spent")


async def original_of(connection: Connection, book_id: int, person: str, number: int) -> Original:
    """What was accepted in entry `number` of this person. NotSettled(invoice_not_found, invoice_settled)."""
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number,), kinds=TAKING_BACK, subjects=ends_of(standing.balances))
    said = await said_at(connection, book_id, number)
    if said is None or said.act not in ACCEPTED or said.attributes.get("person") != person:
        raise NotSettled("invoice_not_found")
    history = await said_of(connection, book_id, said.subject)
    if history[-1].act == "reversed" or max(row.number for row in history if row.act in ACCEPTED) != number:
        raise NotSettled("invoice_settled")
    evidence, _ = evidence_of(said.subject, history[-1].attributes)
    line = setup_of(standing.said).lines[evidence.line or ""][0]
    posted = await posted_for(connection, book_id, said)
    gave = posted.spent
    funds = funds_of((await read_rules(connection, book_id)).funds)
    every = shares_that_gave(gave, line, funds, standing.balances)
    shares = tuple(share for share in every if gave.get(share.code("spent"), 0) > 0)
    if not shares:
        raise NotSettled("invoice_not_found")
    back = await taken_back(connection, book_id, person, number, ahead=evidence.following is not None)
    return Original(
        number, said.act, evidence, history[-1], line, shares, gave, posted.less(back), posted.ahead, standing
    )


def _as_it_stands(found: Original) -> tuple[Guard, Guard]:
    """The guards of what is worked out from an original and everything taken of it: all that moves the person's version."""
    return Guard(f"person/{found.evidence.person}", found.standing.version), Guard(
        found.last.subject, found.last.number
    )


async def enter_credit(
    connection: Connection, book_id: int, credit: Evidence, *, invoice: int, detail: Detail
) -> Resolution:  # fmt: skip
    """A credit note of an accepted invoice as it came, once for each payee and reference; posts nothing. NotSettled(
    invoice_not_found, invoice_settled, payee_differs, credit_known, credit_exceeds_invoice)."""
    standing = await read_standing(connection, book_id, credit.person)
    await foresee(
        connection, entries=(invoice,), kinds=TAKING_BACK, subjects=(credit.subject, *ends_of(standing.balances))
    )
    found = await original_of(connection, book_id, credit.person, invoice)
    if found.last.attributes.get("payee") != credit.payee or found.act not in CREDITED:
        raise NotSettled("payee_differs")
    if credit.amount > found.left:
        raise NotSettled("credit_exceeds_invoice")
    guard = await once(connection, book_id, credit.subject, "credit_known")
    whole = msgspec.structs.replace(credit, line=found.evidence.line, service=found.evidence.service, of=invoice)
    return Resolution((evidence_recorded("credit_entered", whole, detail=detail),), (guard,))


async def accept_credit(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Accepts a credit note (event 34), by another than entered it, once: an unpaid invoice is owed less, of a paid one the
    provider owes, and so it is with what a holder laid out; of a third party's statement the money is with them again. It is borne
    as its invoice was (`posted_for`): that of an estimate by the year that the invoice came in, one paid out of a provision as the
    liability was split, and one across 31 March by both years, what is paid ahead still being paid ahead less.
    NotSettled(credit_not_found, credit_settled, credit_exceeds_invoice, invoice_settled)."""
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number,), kinds=TAKING_BACK, subjects=ends_of(standing.balances))
    note = (await document_of(
        connection, book_id, person=person, number=number, act="credit_entered", missing="credit_not_found",
        settled="credit_settled",
    )).evidence  # fmt: skip
    found = await original_of(connection, book_id, person, note.of or 0)
    if note.amount > found.left:
        raise NotSettled("credit_exceeds_invoice")
    payee, invoice = note.payee or "", found.evidence
    borne, ahead = await _borne(connection, book_id, found, note.amount, effective_on)
    number_of_it = -1 - len(borne.opened)
    given: dict[str, Any] = {
        "shares": borne.shares, "parts": borne.parts, "effective_on": effective_on, "because": number_of_it
    }  # fmt: skip
    stated = given | {"payee": payee, "ahead": ahead}
    accepted = evidence_recorded("credit_accepted", note, because=number, effective_on=effective_on)
    guards = (Guard(note.subject, number), *_as_it_stands(found))
    if found.act == "statement_accepted":
        return Resolution(
            (*borne.opened, accepted, credits.given_back_to_third_party(34, third_party=payee, **given)),
            guards,
            (number,),
        )
    opened: tuple[AnyRequest, ...] = ()
    if found.last.act not in PAID and note.amount <= invoice.to_pay:
        owed = msgspec.structs.replace(invoice, owed=invoice.to_pay - note.amount)
        marked = evidence_recorded(_said_after_credit(found.last.act), owed, because=number_of_it)
        money = credits.unpaid_invoice_credited(**stated)
    else:
        # One that is owed still can have been met by other credits, so that less is owed than this gives back.
        marked = evidence_recorded(_said_after_credit(found.last.act), invoice, because=number_of_it)
        money = credits.paid_invoice_credited(**stated)
        code = account("receivable/provider", payee=payee, person=person).code
        if not await which_are_open(connection, book_id, [code]):
            opened = (person_account("receivable/provider", payee=payee, person=person),)
    return Resolution((*borne.opened, accepted, *opened, money, marked), guards, (number,))


async def _borne(
    connection: Connection, book_id: int, found: Original, amount: int, effective_on: date
) -> tuple[Borne, list[tuple[Share, int]]]:  # fmt: skip
    """An amount that comes back, by the shares that gave it, or those that stand for them once their year has ended; and of an
    invoice of two years, in the proportion of its parts, by those that have it paid ahead."""
    parts = [each for each in zip(found.shares, found.parts(amount), strict=True) if each[1]]
    ahead = [each for each in parts if each[0].code("spent") in found.ahead]
    care = [each for each in parts if each not in ahead]
    borne = await borne_now(connection, book_id, found.line, found.standing.balances, care, effective_on)
    return borne, ahead


def _said_after_credit(last: str) -> str:
    """How an invoice stands after a credit of it. Less is owed of a disputed one, which ends no dispute."""
    if last in PAID:
        return "paid_invoice_credited"
    return last if last == "invoice_disputed" else "invoice_credited"


class _Credit(NamedTuple):
    """An accepted credit note that a provider owes for: what of it has not come back, by share."""

    evidence: Evidence
    shares: tuple[Share, ...]
    every: tuple[Share, ...]
    gave: dict[str, int]
    taken: dict[str, int]
    last: int
    standing: Standing

    @property
    def left(self) -> int:
        """Pence that the provider still owes of it."""
        return sum(self.gave.values()) - sum(self.taken.values())

    def parts(self, amount: int) -> tuple[int, ...]:
        """An amount as the credit was split."""
        return credits.split_as_before(amount, self.shares, self.gave, self.taken, "recovering")


async def _credit_of(
    connection: Connection, book_id: int, person: str, number: int, amount: int | None
) -> tuple[_Credit, int]:
    """The credit that was accepted in entry `number`, and how much of it. NotSettled(credit_not_found, credit_settled)."""
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number,), subjects=ends_of(standing.balances))
    said = await said_at(connection, book_id, number)
    if said is None or said.act != "credit_accepted" or said.attributes.get("person") != person:
        raise NotSettled("credit_not_found")
    history = await said_of(connection, book_id, said.subject)
    evidence, _ = evidence_of(said.subject, said.attributes)
    line = setup_of(standing.said).lines[evidence.line or ""][0]
    gave = await moved(connection, book_id, [number], "recovering", 1)
    later = [row.number for row in history if row.number > number and row.act in ("credit_taken", "credit_repaid")]
    taken = laid_on(gave, await moved(connection, book_id, later, "recovering", -1))
    every = await every_share(connection, book_id, line, standing)
    shares = tuple(share for share in every if gave.get(share.code("recovering"), 0))
    found = _Credit(evidence, shares, every, gave, taken, history[-1].number, standing)
    size = found.left if amount is None else amount
    if not 0 < size <= found.left:
        raise NotSettled("credit_settled")
    return found, size


async def _owed_now(
    connection: Connection, book_id: int, found: _Credit, amount: int
) -> tuple[tuple[Share, ...], tuple[int, ...]]:  # fmt: skip
    """What a provider owes of a credit, where a year's end has taken it."""
    parts = list(zip(found.shares, found.parts(amount), strict=True))
    return await carried_now(connection, book_id, parts, found.every, "recovering")


async def take_credit(
    connection: Connection, book_id: int, *, person: str, number: int, invoice: int, amount: int | None, effective_on: date
) -> Resolution:  # fmt: skip
    """Takes what a provider owes of a credit from an accepted invoice of theirs that is not paid (event 34), by another than
    accepted either. None: as much as both allow. NotSettled(credit_not_found, credit_settled, invoice_not_found, invoice_paid,
    invoice_settled, credit_exceeds_invoice)."""
    standing = await read_standing(connection, book_id, person)
    await foresee(connection, entries=(number, invoice), subjects=ends_of(standing.balances))
    found, size = await _credit_of(connection, book_id, person, number, amount)
    payee = found.evidence.payee or ""
    owed = await owed_on(connection, book_id, invoice, payee)
    if owed.evidence.person != person:
        raise NotSettled("invoice_not_found")
    size = min(size, owed.evidence.to_pay) if amount is None else size
    if size > owed.evidence.to_pay:
        raise NotSettled("credit_exceeds_invoice")
    said = msgspec.structs.replace(found.evidence, amount=size)
    less = msgspec.structs.replace(owed.evidence, owed=owed.evidence.to_pay - size)
    shares, parts = await _owed_now(connection, book_id, found, size)
    money = credits.credit_taken(shares=shares, parts=parts, payee=payee, effective_on=effective_on, because=-1)
    return Resolution(
        (evidence_recorded("credit_taken", said, because=number), money, evidence_recorded("invoice_credited", less, because=-1)),
        (Guard(said.subject, found.last), Guard(less.subject, owed.last.number), _person(found)), (number, invoice),
    )  # fmt: skip


def _person(found: _Credit) -> Guard:
    return Guard(f"person/{found.evidence.person}", found.standing.version)


async def take_repayment(
    connection: Connection, book_id: int, *, person: str, number: int, bank: str, amount: int | None, effective_on: date
) -> Resolution:  # fmt: skip
    """A provider paid what they owe of a credit (event 32), told by another than accepted it. NotSettled(credit_not_found,
    credit_settled)."""
    found, size = await _credit_of(connection, book_id, person, number, amount)
    said = msgspec.structs.replace(found.evidence, amount=size)
    shares, parts = await _owed_now(connection, book_id, found, size)
    money = credits.credit_repaid(
        shares=shares, parts=parts, payee=said.payee or "", bank=bank, effective_on=effective_on, because=-1
    )
    recorded = evidence_recorded("credit_repaid", said, because=number)
    return Resolution((recorded, money), (Guard(said.subject, found.last), _person(found)), (number,))


async def take_refund(
    connection: Connection, book_id: int, refund: Evidence, *, bank: str | None, effective_on: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """A provider paid back care without a credit note (event 32), once for each reference, told by another than accepted it: of a
    paid invoice to us, of a holder's claim into their account, of a third party's statement to them. NotSettled(
    invoice_not_found, invoice_settled, invoice_not_paid, bank_missing, credit_exceeds_invoice, refund_known)."""
    number = refund.of or 0
    standing = await read_standing(connection, book_id, refund.person)
    await foresee(
        connection, entries=(number,), kinds=TAKING_BACK, subjects=(refund.subject, *ends_of(standing.balances))
    )
    found = await original_of(connection, book_id, refund.person, number)
    if refund.amount > found.left:
        raise NotSettled("credit_exceeds_invoice")
    to_us = found.evidence.payee is not None and found.last.act in PAID
    if found.last.act in OWED | {"invoice_disputed"}:
        raise NotSettled("invoice_not_paid")
    if to_us and bank is None:
        raise NotSettled("bank_missing")
    guard = await once(connection, book_id, refund.subject, "refund_known")
    holder_account = None if to_us else found.line.holder_account
    whole = msgspec.structs.replace(
        refund,
        line=found.evidence.line,
        payee=found.evidence.payee,
        service=found.evidence.service,
        holder_account=holder_account,
    )
    borne, ahead = await _borne(connection, book_id, found, refund.amount, effective_on)
    stated: dict[str, Any] = {
        "shares": borne.shares, "parts": borne.parts, "effective_on": effective_on, "because": -1 - len(borne.opened)
    }  # fmt: skip
    if found.act == "statement_accepted":
        money = credits.given_back_to_third_party(32, third_party=found.evidence.payee or "", **stated)
    elif holder_account is None:
        money = credits.refunded(bank=bank or "", ahead=ahead, **stated)
    else:
        money = credits.refunded_to_holder(holder_account=holder_account, **stated)
    recorded = evidence_recorded("refund_taken", whole, detail=detail)
    return Resolution((*borne.opened, recorded, money), (guard, *_as_it_stands(found)), (number,))


async def _borne_beyond(connection: Connection, book_id: int, person: str, number: int) -> tuple[Said, set[int]]:
    """What lets a fund bear a fact, with the entries whose makers may not ask for it. NotSettled(decision_not_found,
    fact_not_approved)."""
    found = await said_at(connection, book_id, number)
    if found is None or found.attributes.get("person") != person:
        raise NotSettled("decision_not_found")
    if found.act in UNDECIDED:
        if found.act == "invoice_accepted" and not await _is_undecided(connection, book_id, found):
            raise NotSettled("decision_not_found")
        return found, {number}
    if found.kind != "decision" or found.attributes["act"] not in FACTS:
        raise NotSettled("decision_not_found")
    if found.attributes["outcome"] == "allow":
        return found, {number}
    resolved = await said_of(connection, book_id, f"decision/{number}")
    if not resolved or resolved[-1].attributes["outcome"] != "allow":
        raise NotSettled("fact_not_approved")
    return resolved[-1], {number, resolved[-1].number}


async def _is_undecided(connection: Connection, book_id: int, invoice: Said) -> bool:
    told = await said_at(connection, book_id, int(invoice.attributes.get("of", "0")))
    if told is not None and told.act == "statement_entered":
        return True
    return (await read_entry(connection, book_id, invoice.number + 1)).entry.event in UNDECIDED_EVENTS


async def clear_unfunded(
    connection: Connection, book_id: int, *, person: str, number: int, amount: int, effective_on: date
) -> Resolution:  # fmt: skip
    """A fund covers what a fact took beyond its line's authority (event 27), by another than decided it and up to what was decided;
    last of all what a contributor owes of it and has not paid.
    `number` is the decision on the fact: the rules allowed it, or an officer approved the referral; or the acceptance of what
    needs no decision, a liability taken over, an estimate and its invoice, what a statement asks for beyond its advance, or a
    figure that was taken on. NotSettled(decision_not_found, fact_not_approved, unfunded_exceeded)."""
    await foresee(connection, entries=(number,), subjects=(f"unfunded/{number}",))
    decision, others = await _borne_beyond(connection, book_id, person, number)
    standing = await read_standing(connection, book_id, person)
    line = setup_of(standing.said).lines[decision.attributes["line"]][0]
    shares = await every_share(connection, book_id, line, standing)
    cleared = f"unfunded/{decision.number}"
    before = sum(int(row.attributes["amount"]) for row in await said_of(connection, book_id, cleared))
    owed = sum(credits.clearable(share) for share in shares)
    # What was taken on states how much of it was beyond its authority.
    most = int(decision.attributes.get("unfunded", decision.attributes["amount"]))
    if amount > min(owed, most - before):
        raise NotSettled("unfunded_exceeded")
    said = Evidence(subject=cleared, person=person, amount=amount, line=line.line, of=decision.number)
    # An acceptance stands behind its own movement already, so what a fund bears of it rests on the word that it does.
    because = decision.number if decision.kind == "decision" else -1
    money = credits.unfunded_cleared(amount=amount, shares=shares, effective_on=effective_on, because=because)
    guards = (
        Guard(cleared, await version_of(connection, book_id, cleared)),
        Guard(f"person/{person}", standing.version),
    )
    return Resolution(
        (evidence_recorded("unfunded_cleared", said, because=decision.number), money), guards, tuple(sorted(others))
    )
