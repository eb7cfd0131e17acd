"""Payments of what is owed: released, cleared by the bank, or come back; each invoice is paid once.

A payment that came back is owed again, and whoever it was for is approved anew before the next one: a wrong or closed account
is the commonest reason, and a changed one the commonest fraud. Nothing here knows HTTP.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.book.statements import EntryUnknown, read_entry
from ledger.budgets.acts import payment_cleared, payment_released
from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_of, evidence_recorded
from ledger.budgets.foreseen import foresee
from ledger.budgets.payees import payee_of, payee_recorded
from ledger.budgets.people import holder_account_said
from ledger.budgets.reading import said_at, said_of, setup_of, touches_person, version_of
from ledger.budgets.returns import instalment_returned, payment_returned
from ledger.budgets.standing import Said, Standing, read_standing
from ledger.budgets.wording import attributes
from ledger.budgets.year_end import ends_of
from ledger.core.canon import Entry
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import Record
from ledger.money import apportion
from policies.bearing import carried_now, every_share
from policies.resolution import Resolution
from policies.settling import NotSettled, said_of_payment

Connection = Any
MOST_INVOICES = 20
"""As many invoices as one payment names."""
ENTERED_AS = {"invoice_accepted": "invoice_entered", "reimbursement_accepted": "reimbursement_claimed"}
"""Acceptances by which something is owed, and as what each was entered."""
OWED = frozenset(
    ("invoice_accepted", "reimbursement_accepted", "invoice_credited", "payment_returned", "dispute_ended")
)
"""Last words on an invoice of which money is owed and can be paid."""
PAID = frozenset(("invoice_paid", "paid_invoice_credited"))
"""Last words on an invoice that has been paid."""
INSTALMENTS = frozenset((9, 11, 20, 22, 51))
"""Events by which an instalment is paid, whole or less an offset."""


class Owed(NamedTuple):
    """An accepted invoice as it stands: the last word on it, and the entries that entered and accepted it."""

    evidence: Evidence
    last: Said
    made_by: frozenset[int]


async def owed_on(connection: Connection, book_id: int, number: int, payee: str) -> Owed:
    """What is owed on the invoice that was accepted in entry `number`. NotSettled(invoice_not_found, invoice_disputed,
    invoice_paid, invoice_settled)."""
    said = await said_at(connection, book_id, number)
    if said is None or said.act not in ENTERED_AS or said.attributes.get("payee") != payee:
        raise NotSettled("invoice_not_found")
    history = await said_of(connection, book_id, said.subject)
    last = history[-1]
    # An invoice that was declined or reversed may have been entered and accepted before: only this time counts.
    newest = {
        act: max((row.number for row in history if row.act == act), default=number)
        for act in (said.act, ENTERED_AS[said.act])
    }
    if last.act not in OWED or newest[said.act] != number:
        is_disputed = last.act == "invoice_disputed"
        raise NotSettled(
            "invoice_disputed" if is_disputed else "invoice_paid" if last.act in PAID else "invoice_settled"
        )
    evidence, _ = evidence_of(said.subject, last.attributes)
    if not evidence.to_pay:
        raise NotSettled("invoice_settled")
    # What a statement asks for beyond what was paid ahead was entered by whoever entered the statement.
    entered = {} if said.act != "invoice_accepted" or evidence.of is None else {"statement_entered": evidence.of}
    return Owed(evidence, last, frozenset((newest | entered).values()))


async def who_may_not_pay(connection: Connection, book_id: int, payee: str) -> frozenset[int]:
    """The entries that registered a payee who can be paid from here now: another than their makers pays. Asked before each payment,
    because a payee can be barred, or their route change, while something is owed to them: it stays owed. NotSettled(payee_barred,
    paid_by_general_ledger, payee_unverified, holder_account_not_approved)."""
    about = await said_of(connection, book_id, payee)
    if about and about[-1].act == "barred":
        raise NotSettled("payee_barred")
    if about and payee_of(payee, about[-1].attributes)[0].route == "general_ledger":
        raise NotSettled("paid_by_general_ledger")
    if about and about[-1].act != "approved":
        raise NotSettled("payee_unverified")
    if not about:
        # What a holder laid out is paid into their account.
        about = await said_of(connection, book_id, f"holder_account/{payee}")
        if not about or about[-1].act != "approved":
            raise NotSettled("holder_account_not_approved")
    return frozenset(said.number for said in about if said.act == "registered")


async def pay(
    connection: Connection, book_id: int, *, run: str, payee: str, bank: str, invoices: Sequence[int], effective_on: date
) -> Resolution:  # fmt: skip
    """Releases what accepted invoices of one payee sum to (event 8), by another than entered or accepted any of them and than
    registered the payee; each is paid once, or anew after its payment came back. `invoices` are the entries of their
    acceptances. NotSettled(payee_barred, payee_unverified, paid_by_general_ledger, holder_account_not_approved,
    invoice_disputed, invoice_not_found, invoice_paid, invoice_settled)."""
    if not 1 <= len(set(invoices)) == len(invoices) <= MOST_INVOICES:
        raise Malformed("entries_malformed", "invoices")
    paid, guards, total = [], [], 0
    await foresee(connection, entries=invoices, subjects=(payee, f"holder_account/{payee}"))
    others = set(await who_may_not_pay(connection, book_id, payee))
    for number in invoices:
        owed = await owed_on(connection, book_id, number, payee)
        others |= owed.made_by
        total += owed.evidence.to_pay
        paid.append(evidence_recorded("invoice_paid", owed.evidence, because=-1, effective_on=effective_on))
        guards.append(Guard(owed.last.subject, owed.last.number))
    given = attributes(
        "released", payee=payee, bank=bank, amount=total, invoice=tuple(str(number) for number in invoices)
    )
    released = Record(kind="run", subject=f"run/{run}", attributes=given)
    money = payment_released(
        amount=total,
        payee=payee,
        through=account("in_transit", account=bank).code,
        effective_on=effective_on,
        because=-1,
    )
    return Resolution((released, *paid, money), tuple(guards), tuple(sorted(others)))


async def _run(connection: Connection, book_id: int, number: int) -> tuple[Said, Said]:
    """A payment as it was released in entry `number`, and the last word on it. NotSettled(payment_not_found,
    payment_returned)."""
    await foresee(connection, entries=(number,))
    said = await said_at(connection, book_id, number)
    if said is None or said.kind != "run" or said.act != "released" or "bank" not in said.attributes:
        raise NotSettled("payment_not_found")
    last = (await said_of(connection, book_id, said.subject))[-1]
    if last.act == "returned":
        raise NotSettled("payment_returned")
    return said, last


async def clear_payment(connection: Connection, book_id: int, *, number: int, effective_on: date) -> Resolution:
    """The bank has paid (event 8, cleared), once. `number` is the entry of the run. NotSettled(payment_not_found,
    payment_cleared, payment_returned)."""
    said, last = await _run(connection, book_id, number)
    if last.number != number:
        raise NotSettled("payment_cleared")
    given = said.attributes
    kept = {"payee": given["payee"], "bank": given["bank"], "amount": given["amount"]}
    cleared = Record(kind="run", subject=said.subject, because=number, attributes=attributes("cleared", **kept))
    money = payment_cleared(amount=int(given["amount"]), bank=given["bank"], effective_on=effective_on, because=-1)
    return Resolution((cleared, money), (Guard(said.subject, number),))


def _came_back_to(bank: str, *, cleared: bool) -> str:
    return account("bank" if cleared else "in_transit", account=bank).code


async def return_payment(
    connection: Connection, book_id: int, *, number: int, reason: str, effective_on: date
) -> Resolution:  # fmt: skip
    """A payment came back whole (event 33), before or after the bank cleared it, once: its invoices are owed again and can be paid
    anew, after the payee has been approved anew. By another than released it. `number` is the entry of the run.
    NotSettled(payment_not_found, payment_returned)."""
    said, last = await _run(connection, book_id, number)
    given = said.attributes
    payee, bank, amount = given["payee"], given["bank"], int(given["amount"])
    paid, guards = [], [Guard(said.subject, last.number)]
    for name, text in given.items():
        if name.startswith("invoice."):
            accepted = await said_at(connection, book_id, int(text))
            assert accepted is not None
            last_word = (await said_of(connection, book_id, accepted.subject))[-1]
            evidence, _ = evidence_of(accepted.subject, last_word.attributes)
            paid.append(evidence_recorded("payment_returned", evidence, because=-1, reason=reason))
            guards.append(Guard(accepted.subject, last_word.number))
    unsure, guard = await _unsure(connection, book_id, payee)
    kept = attributes("returned", payee=payee, bank=bank, amount=amount, of=number, reason=reason)
    returned = Record(kind="run", subject=said.subject, because=number, attributes=kept)
    into = _came_back_to(bank, cleared=last.act == "cleared")
    money = payment_returned(amount=amount, payee=payee, into=into, effective_on=effective_on, because=-1)
    return Resolution((returned, *paid, *unsure, money), (*guards, guard), (number,))


async def _unsure(connection: Connection, book_id: int, payee: str) -> tuple[tuple[Record, ...], Guard]:
    """That an approved payee is to be approved anew, as things stand with them."""
    rows = await said_of(connection, book_id, payee)
    if not rows:
        account_said = (await said_of(connection, book_id, f"holder_account/{payee}"))[-1]
        guard = Guard(account_said.subject, account_said.number)
        if account_said.act != "approved":
            return (), guard
        person = account_said.attributes["person"]
        return (holder_account_said("returned", holder_account=payee, person=person, because=-1),), guard
    about = rows[-1]
    guard = Guard(payee, await version_of(connection, book_id, payee))
    if about.act != "approved":
        return (), guard
    return (payee_recorded("returned", payee_of(payee, about.attributes)[0], because=-1),), guard


class _Instalment(NamedTuple):
    """An instalment as it was paid: its entry, its line, the account where its money went, and the bank it came from."""

    entry: Entry
    line: str
    advance: str
    bank: str
    amount: int
    last: Said | None


async def _instalment(connection: Connection, book_id: int, person: str, number: int) -> _Instalment:
    """NotSettled(payment_not_found, payment_returned)."""
    await foresee(connection, entries=(number,), subjects=said_of_payment(number))
    try:
        found = await read_entry(connection, book_id, number)
    except EntryUnknown:
        raise NotSettled("payment_not_found") from None
    is_one = found.entry.event in INSTALMENTS and found.undone_by is None
    if not is_one or not await touches_person(connection, book_id, person, number):
        raise NotSettled("payment_not_found")
    legs = dict(found.entry.legs)
    [line] = {code.split("/")[1] for code in legs if code.endswith("/advanced")}
    [advance] = [code for code in legs if code.startswith(("advance/", "tp_advance/"))]
    banks = [code.partition("/")[2] for code in legs if code.startswith("in_transit/")]
    if not banks:
        raise NotSettled("payment_not_found")
    told, posted = said_of_payment(number)
    said = await said_of(connection, book_id, told) or await said_of(connection, book_id, posted)
    last = said[-1] if said else None
    if last is not None and last.act == "instalment_returned":
        raise NotSettled("payment_returned")
    # What left the bank: an offset against a demand puts more into the account than was sent to it.
    sent = -legs[f"in_transit/{banks[0]}"]
    return _Instalment(found.entry, line, advance, banks[0], sent, last)


def _instalment_recorded(act: str, found: _Instalment, person: str, reason: str | None = None) -> Record:
    given = attributes(act, person=person, line=found.line, amount=found.amount, bank=found.bank, of=found.entry.number,
                       reason=reason)  # fmt: skip
    return Record(kind="run", subject=f"instalment/{found.entry.number}", because=found.entry.number, attributes=given)


async def clear_instalment(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """The bank has paid an instalment (event 8, cleared), once. `number` is the entry of its payment. NotSettled(
    payment_not_found, payment_cleared, payment_returned)."""
    found = await _instalment(connection, book_id, person, number)
    if found.last is not None:
        raise NotSettled("payment_cleared")
    money = payment_cleared(amount=found.amount, bank=found.bank, effective_on=effective_on, because=-1)
    guard = Guard(f"instalment/{number}", 0)
    return Resolution((_instalment_recorded("instalment_cleared", found, person), money), (guard,))


async def person_paid(connection: Connection, book_id: int, number: int) -> str | None:
    """Whose instalment an entry paid; None when it is none."""
    try:
        entry = (await read_entry(connection, book_id, number)).entry
    except EntryUnknown:
        return None
    if entry.event not in INSTALMENTS:
        return None
    for code, _ in entry.legs:
        family, *names = code.split("/")
        if family in ("advance", "tp_advance"):
            return names[0] if family == "advance" else names[1]
    return None


def asked_of_return(standing: Standing) -> set[str]:
    """What is asked of a person's budget when an instalment came back: the ends of its years, and its third parties."""
    lines = setup_of(standing.said).lines.values()
    return ends_of(standing.balances) | {line.third_party for line, _ in lines if line.third_party is not None}


async def return_instalment(
    connection: Connection, book_id: int, *, person: str, number: int, reason: str, effective_on: date
) -> Resolution:  # fmt: skip
    """An instalment came back whole (event 33), before or after the bank cleared it, once: it is due again, and the account that
    it was for is approved anew before anything is paid into it. By another than released it. `number` is the entry of its
    payment. NotSettled(payment_not_found, payment_returned)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    await foresee(connection, entries=(number,), subjects=(*said_of_payment(number), *asked_of_return(standing)))
    found = await _instalment(connection, book_id, person, number)
    line = setup.lines[found.line][0]
    advanced = {code: pence for code, pence in found.entry.legs if code.endswith("/advanced")}
    sent = dict(zip(advanced, apportion(found.amount, [*advanced.values()]), strict=True))
    every = await every_share(connection, book_id, line, standing)
    shares, parts = await carried_now(
        connection, book_id, [(share, sent[share.code("advanced")]) for share in every if share.code("advanced") in sent],
        every, "advanced",
    )  # fmt: skip
    gave = {share.code("advanced"): part for share, part in zip(shares, parts, strict=True)}
    family, *names = found.advance.split("/")
    unsure: list[Record] = []
    guards, instead, payee = [], None, names[0]
    if family == "advance":
        payee, instead = names[1], account("estimated_use", person=person, holder_account=names[1]).code
        if setup.holder_accounts.get(payee) == "approved":
            unsure.append(holder_account_said("returned", holder_account=payee, person=person, because=-1))
    else:
        found_unsure, guard = await _unsure(connection, book_id, payee)
        unsure += found_unsure
        guards.append(guard)
    money = instalment_returned(
        returned=gave, shares=shares, advance=found.advance, instead=instead, owed=account("payable", payee=payee).code,
        into=_came_back_to(found.bank, cleared=found.last is not None), effective_on=effective_on, because=-1,
    )  # fmt: skip
    guards += [
        Guard(f"instalment/{number}", await version_of(connection, book_id, f"instalment/{number}")),
        Guard(f"person/{person}", standing.version),
    ]
    returned = _instalment_recorded("instalment_returned", found, person, reason)
    laid_out = found.amount + sum(leg.amount for leg in money.legs if leg.account in gave)
    documents = []
    if laid_out:
        owed = Evidence(subject=f"returned/{number}", person=person, line=found.line, payee=payee, amount=laid_out)
        documents.append(evidence_recorded("reimbursement_accepted", owed, because=-1, effective_on=effective_on))
    return Resolution((returned, *unsure, *documents, money), tuple(guards), (number,))


async def dispute(
    connection: Connection, book_id: int, *, person: str, number: int, ends: bool, reason: str, on: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """A dispute about an accepted invoice begins on a day, or ends: meanwhile it stays owed, is not paid, and its days for payment
    stand still. `number` is its acceptance. NotSettled(invoice_not_found, invoice_disputed, invoice_not_disputed, invoice_paid,
    invoice_settled)."""
    await foresee(connection, entries=(number,))
    said = await said_at(connection, book_id, number)
    if said is None or said.act != "invoice_accepted" or said.attributes.get("person") != person:
        raise NotSettled("invoice_not_found")
    last = (await said_of(connection, book_id, said.subject))[-1]
    if not ends:
        await owed_on(connection, book_id, number, said.attributes["payee"])
    elif last.act != "invoice_disputed":
        raise NotSettled("invoice_not_disputed")
    evidence, _ = evidence_of(said.subject, last.attributes)
    act = "dispute_ended" if ends else "invoice_disputed"
    record = evidence_recorded(act, evidence, because=last.number, effective_on=on, reason=reason, detail=detail)
    return Resolution((record,), (Guard(said.subject, last.number),))
