"""Invoices and reversals: how what somebody says is owed becomes money, by whom, and once.

An invoice is a claim until somebody else accepts it (engine.md 24). Accepted, it is a fact: it uses the order that it is for, or
goes through the gate by itself where there is none, and is never refused for lack of money. Nothing here knows HTTP: every
function gives what has to be submitted, or submits it through the gate.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.statements import read_entry
from ledger.budgets.acts import reversal
from ledger.budgets.bank_ending import matches_ended
from ledger.budgets.claims import ACCEPTANCES, Evidence, evidence_of, evidence_recorded
from ledger.budgets.counted import Counted, counted_before
from ledger.budgets.foreseen import BANK_LINES, foresee
from ledger.budgets.of_orders import invoiced_on, used_under
from ledger.budgets.owing import demand_of, step_recorded
from ledger.budgets.payment_files import files_of, files_subject
from ledger.budgets.plans import Line
from ledger.budgets.reading import (
    order_of,
    said_at,
    said_of,
    said_of_person,
    setup_of,
    touches_person,
    version_of,
)
from ledger.budgets.standing import Facts, Said, read_standing
from ledger.budgets.taken_back import explained_of, taken_back
from ledger.budgets.wording import is_said
from ledger.core.canon import Entry
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import AnyRequest, Record
from policies.decisions import content_of, resolution_record
from policies.gate import BudgetBusy, Decided, Gate, Sender
from policies.resolution import Resolution
from policies.sheets import Asked, NotThere, Wanted

Connection = Any
AUTHORITY = frozenset((2, 3, 55))
"""Events that give a line its money, by its plan or when it was taken on. Undoing one would be a cut: reg 13(5) wants notice and a
new version of the plan for it."""
NOT_REVERSED = {
    33: "return_not_reversed",
    32: "credit_not_reversed",
    34: "credit_not_reversed",
    27: "credit_not_reversed",
    35: "authority_not_reversed",
    49: "cut_off_not_reversed",
    52: "cut_off_not_reversed",
}
"""Events that stay, with the no for each: what the bank or a provider did is met by the next payment, not undone."""
FOLLOWED = frozenset(("invoice_paid", "invoice_credited", "paid_invoice_credited"))
"""What became of an invoice that is not undone whole any more, since other money stands on it."""
OF_RECOVERY = frozenset((14, 17, 19, 20, 21, 22, 23))
"""Events with a way back of their own: a question is explained, a demand withdrawn; what was given up is demanded anew."""

LIABILITIES = frozenset((25, 26))
"""Events of liabilities taken over, whose own record says what is left of them: what is not used is given back by that."""

MOVES = frozenset((40, 41, 42))
"""Events of moves between commissioners, on which another book rests."""


class NotSettled(ValueError):
    """Why an invoice, a claim or a payment is not taken. `code` says it; the table of problems has its sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class HoldGone(Exception):
    """The order no longer stands as it was looked up: it was used or given back meanwhile, or its time has come."""


class Document(NamedTuple):
    """What was entered, by its entry: an invoice or a claim that nobody has answered yet."""

    number: int
    evidence: Evidence
    care_from: date | None
    care_to: date | None


async def document_of(
    connection: Connection, book_id: int, *, person: str, number: int, act: str, missing: str, settled: str
) -> Document:  # fmt: skip
    """The entry as it was entered with `act`. NotSettled: `missing` when this person has none such, `settled` when it has been
    accepted or declined since."""
    await foresee(connection, entries=(number,))
    said = await said_at(connection, book_id, number)
    if said is None or said.kind != "evidence" or said.act != act or said.attributes.get("person") != person:
        raise NotSettled(missing)
    if (await said_of(connection, book_id, said.subject))[-1].number != number:
        raise NotSettled(settled)
    entry = (await read_entry(connection, book_id, number)).entry
    return Document(number, evidence_of(said.subject, said.attributes)[0], entry.care_from, entry.care_to)


async def counted_of(connection: Connection, book_id: int, evidence: Evidence) -> Counted:
    """What was accepted before and says the same as what is to be accepted. NotSettled(receipt_counted) where that is one receipt
    for one amount."""
    found = counted_before(await said_of_person(connection, book_id, evidence.person, ["evidence"]), evidence)
    if found.by_receipt:
        raise NotSettled("receipt_counted")
    return found


async def once(connection: Connection, book_id: int, subject: str, known: str) -> Guard:
    """The guard under which something is entered once. NotSettled(known) when it stands already; what was declined or reversed
    may be entered again."""
    said = await said_of(connection, book_id, subject)
    if said and said[-1].act not in ("declined", "reversed"):
        raise NotSettled(known)
    return Guard(subject, said[-1].number if said else 0)


async def enter_invoice(
    connection: Connection, book_id: int, evidence: Evidence, *, care_from: date | None, care_to: date | None, detail: Detail
) -> Resolution:  # fmt: skip
    """An invoice as it came; posts nothing. NotThere(person_unknown, line_unknown, hold_unknown); NotSettled(invoice_known,
    payee_differs, service_differs, hold_waiting, payee_not_approved)."""
    setup = setup_of((await read_standing(connection, book_id, evidence.person)).said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if evidence.line not in setup.lines:
        raise NotThere("line_unknown")
    await foresee(connection, entries=((evidence.hold or 1) - 1,), subjects=(evidence.payee or "", evidence.subject))
    if evidence.hold is not None:
        order = await order_of(connection, book_id, evidence.person, evidence.hold)
        if order is None or order.line.line != evidence.line or order.purpose == "instalment":
            raise NotSettled("hold_not_found")
        if order.payee != evidence.payee:
            raise NotSettled("payee_differs")
        if order.service != evidence.service:
            raise NotSettled("service_differs")
        if order.purpose != "order" and not order.closed:
            raise NotSettled("hold_waiting")
    # What is owed to a payee has its account from the first approval on.
    if not any(row.act == "approved" for row in await said_of(connection, book_id, evidence.payee or "")):
        raise NotSettled("payee_not_approved")
    if evidence.estimate is not None and evidence.hold is not None:
        # What an estimate took from an order is not taken from it again.
        raise NotSettled("estimate_or_order")
    guard = await once(connection, book_id, evidence.subject, "invoice_known")
    entered = evidence_recorded("invoice_entered", evidence, care_from=care_from, care_to=care_to, detail=detail)
    return Resolution((entered,), (guard,))


class ToDecide(Exception):
    """What was looked up is a fact that the rules decide: what they are asked, the facts of that moment, what is posted whatever
    they find, what all of it rests on, and the entries whose makers may not ask for it."""

    def __init__(
        self, wanted: Wanted, facts: Facts, post: Callable[[Facts, Asked], Sequence[AnyRequest]], guards: tuple[Guard, ...],
        other_than: tuple[int, ...] = (),
    ) -> None:  # fmt: skip
        super().__init__(wanted.act)
        self.wanted, self.facts, self.post, self.guards, self.other_than = wanted, facts, post, guards, other_than


async def found_or_decided(
    gate: Gate, sender: Sender, timeout_seconds: float, look: Callable[[Connection], Awaitable[Resolution]], *, person: str,
    act: str, judged_on: date, because: int = 0,
) -> Decided:  # fmt: skip
    """A fact of the accounting day `judged_on`, because of what was entered in entry `because` if anything was: what `look` finds
    needs no verdict, or is ToDecide, by the facts of the same moment. It is looked up anew when that has changed, or when its order
    is to be given back first (HoldGone), until the one deadline of all its tries. BudgetBusy."""
    deadline = gate.elapsed() + timeout_seconds
    while (left := deadline - gate.elapsed()) > 0:
        try:
            return await gate.carry_out(look, sender, left, person=person, judged_on=judged_on)
        except HoldGone:
            await gate.expire_due()
        except ToDecide as found:
            decided = await gate.fact(
                found.wanted, sender, deadline - gate.elapsed(), found.post, act=act, other_than=found.other_than,
                guards=found.guards, because=because, facts=found.facts,
            )  # fmt: skip
            if decided.outcome.refusal is None or decided.outcome.refusal.code != "guard_stale":
                return decided
    raise BudgetBusy


def day_of_shares(line: Line, day: date) -> date:
    """The day whose year bears a fact, until that year has ended: that of the care, and none that the line has no shares in."""
    return min(max(day, line.start), line.end)


async def decline(
    connection: Connection, book_id: int, *, person: str, number: int, act: str, missing: str, settled: str, reason: str,
    detail: Detail | None, by: str | None = None,
) -> Resolution:  # fmt: skip
    """Says no to an invoice that was entered with `act`, or takes back a claim; posts nothing. `by` takes back what they entered
    themselves: NotSettled(claim_of_another) for what somebody else did."""
    found = await document_of(
        connection, book_id, person=person, number=number, act=act, missing=missing, settled=settled
    )
    if by is not None and (await read_entry(connection, book_id, number)).entry.actor != by:
        raise NotSettled("claim_of_another")
    declined = evidence_recorded("declined", found.evidence, because=number, reason=reason, detail=detail)
    return Resolution((declined,), (Guard(found.evidence.subject, number),))


async def decline_claim(
    connection: Connection, book_id: int, *, person: str, number: int, act: str, missing: str, settled: str, reason: str,
    bundle: str, effective_on: date, detail: Detail,
) -> Resolution:  # fmt: skip
    """Says no to what a holder told of money they spent, by another than told it: a decision with its reason in a code and in
    words, that is explained and looked at again as any other. It posts nothing, and what was spent stays what it is.
    Malformed(decline_unreasoned)."""
    found = await document_of(
        connection, book_id, person=person, number=number, act=act, missing=missing, settled=settled
    )
    if not is_said(content_of(detail.content).words):
        raise Malformed("decline_unreasoned", "words")
    said = await said_at(connection, book_id, number)
    assert said is not None
    decision = resolution_record(number, {**said.attributes, "bundle": bundle}, allows=False, effective_on=effective_on,
                                 reason=reason, detail=detail, holds=False)  # fmt: skip
    declined = evidence_recorded("declined", found.evidence, because=number, reason=reason)
    return Resolution((decision, declined), (Guard(found.evidence.subject, number),), (number,))


async def reverse_entry(
    connection: Connection, book_id: int, *, person: str, number: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Undoes a movement of this person's money whole (event 38), by another than made it. An order that was given back is not
    brought back once another relies on its yes, nor one that waited once somebody has decided it. What it was accepted by is
    marked as reversed, so that it is not paid; a repayment that the bank did not honour is owed again. A line of the holder's bank
    that was matched to it is open again.
    NotSettled(entry_not_found, answer_used, referral_not_reversed, allocation_not_reversed, return_not_reversed,
    instalment_on_its_way, recovery_not_reversed, invoice_paid, invoice_credited, taken_back_already, cut_off_not_reversed,
    estimate_used)."""
    await foresee_undoing(connection, number)
    if not await touches_person(connection, book_id, person, number):
        raise NotSettled("entry_not_found")
    entry = (await read_entry(connection, book_id, number)).entry
    if entry.event in AUTHORITY:
        raise NotSettled("allocation_not_reversed")
    if entry.event in NOT_REVERSED:
        raise NotSettled(NOT_REVERSED[entry.event])
    if entry.event in OF_RECOVERY:
        raise NotSettled("recovery_not_reversed")
    not_in_file = await _not_sent(connection, book_id, person, entry)
    if entry.event in LIABILITIES:
        raise NotSettled("liability_not_reversed")
    if entry.event in MOVES:
        raise NotSettled("move_not_reversed")
    subject = entry.subject or f"person/{person}"
    source = await said_at(connection, book_id, entry.because) if entry.because else None
    if entry.kind == "hold_released":
        not_in_file = (*not_in_file, *await _brought_back(connection, book_id, person, entry))
    if source is None or (source.kind != "evidence" and source.act != "repaid"):
        undone = reversal(entry=number, line="", effective_on=effective_on, because=entry.because, subject=subject)
        return Resolution((undone,), not_in_file, (number,))
    ended, guards = await matches_ended(
        connection, book_id, person, source, dict(entry.legs), effective_on=effective_on
    )
    if source.act == "handed_back":
        undone = reversal(entry=number, line="", effective_on=effective_on, because=entry.because, subject=subject)
        return Resolution((undone, *ended), tuple(dict.fromkeys((*not_in_file, *guards))), (number,))
    if source.act == "repaid":
        back = await _repayment_returned(connection, book_id, entry, source, effective_on)
        return Resolution((*back.requests, *ended), (*back.guards, *guards), back.other_than)
    marked, guard = await marked_reversed(connection, book_id, person, source)
    undone = reversal(entry=number, line="", effective_on=effective_on, because=-1, subject=subject)
    whose = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    return Resolution((marked, undone, *ended), tuple(dict.fromkeys((guard, whose, *guards))), (number,))


async def decisions_of_order(connection: Connection, book_id: int, number: int) -> list[Said]:
    """The decision on an order, then those that the ends of years carried it from: the last is the one that it was placed by."""
    found = []
    said = await said_at(connection, book_id, number)
    while said is not None:
        found.append(said)
        said = await said_at(connection, book_id, int(said.attributes["of"])) if said.act == "carried" else None
    return found


async def _brought_back(connection: Connection, book_id: int, person: str, released: Entry) -> tuple[Guard, ...]:
    """An order that is brought back waits again, or relies on its yes again. So it may not have been decided meanwhile, for nobody
    could decide it anew, nor may anything else rely on that yes: the guard of either. NotSettled(referral_not_reversed,
    answer_used)."""
    decisions = await decisions_of_order(connection, book_id, released.because)
    if not decisions:
        return ()
    guards: tuple[Guard, ...] = ()
    if decisions[0].attributes.get("outcome") == "refer":
        guards = (Guard(f"decision/{decisions[0].number}", 0),)
        if await version_of(connection, book_id, guards[0].subject):
            raise NotSettled("referral_not_reversed")
    answer = decisions[-1].attributes.get("relies_on")
    if answer is None:
        return guards
    order = await order_of(connection, book_id, person, int(released.attribute("hold") or 0))
    own = 0 if order is None else sum(order.remaining.values())
    for each in decisions:
        own += (await invoiced_on(connection, book_id, person, each.number + 1)).pence
    if await used_under(connection, book_id, person, int(answer)) > own:
        raise NotSettled("answer_used")
    return (*guards, Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}")))


async def foresee_undoing(connection: Connection, number: int) -> None:
    """Reads at once what undoing a movement asks for: what stands behind it and on it, and where its payment is."""
    await foresee(
        connection,
        entries=(number,),
        kinds=("evidence", "notice"),
        subjects=said_of_payment(number),
        parts=(BANK_LINES,),
    )


def said_of_payment(number: int) -> tuple[str, str]:
    """What is said of the payment in an entry stands under these: told by somebody, or by a line of our own bank that cleared it by
    its posting."""
    return f"instalment/{number}", f"run/posted.{number}"


async def _not_sent(connection: Connection, book_id: int, person: str, entry: Entry) -> tuple[Guard, ...]:
    """That a payment has not left: no file for its bank has it, and no bank says anything of it. After that it can only come back
    (event 33), for what was kept for it would be paid again. The guards are the person's and those of its bank's
    files.
    NotSettled(instalment_on_its_way)."""
    banks = [code.partition("/")[2] for code, pence in entry.legs if code.startswith("in_transit/") and pence < 0]
    if not banks:
        return ()
    said = said_of_payment(entry.number)
    evidence = await said_of_person(connection, book_id, person, ["evidence"])
    lines = {row.subject: row for row in evidence if row.subject.startswith("bank_match/")}
    matched = any(
        (row.attributes.get("matched"), row.attributes.get("of")) == ("instalment", str(entry.number)) for row in lines.values()
    )  # fmt: skip
    if matched or any([await said_of(connection, book_id, subject) for subject in said]):
        raise NotSettled("instalment_on_its_way")
    # A line of the holder's bank may be matched to it at the same time.
    guards = [Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))]
    for bank in banks:
        files = await files_of(connection, book_id, bank)
        if any(each.after < entry.number <= each.through for each in files):
            raise NotSettled("instalment_on_its_way")
        guards.append(Guard(files_subject(bank), files[-1].number if files else 0))
    return tuple(guards)


async def marked_reversed(connection: Connection, book_id: int, person: str, source: Said) -> tuple[Record, Guard]:
    """The mark on what a movement was accepted by, so that it is not paid, and its guard. NotSettled(invoice_paid,
    invoice_credited, taken_back_already, estimate_used) when something stands on it."""
    last = await _last(connection, book_id, source)
    # What a credit was taken from says what is still owed, also when something else was said of it since.
    if last.act in FOLLOWED or "owed" in last.attributes:
        raise NotSettled("invoice_paid" if last.act == "invoice_paid" else "invoice_credited")
    back = await taken_back(connection, book_id, person, source.number)
    if back.came_back:
        raise NotSettled("invoice_credited")
    if back.total or await explained_of(connection, book_id, person, source.number):
        raise NotSettled("taken_back_already")
    evidence = await said_of_person(connection, book_id, person, ["evidence"])
    newest = {row.subject: row for row in evidence}
    said = evidence_of(source.subject, source.attributes)[0]
    if source.act == "payment_assigned":
        # All of one payee have one subject, so that it says which.
        said = msgspec.structs.replace(said, of=source.number)
    marked = evidence_recorded("reversed", said, because=source.number)
    for row in evidence:
        of_it = row.act in ACCEPTANCES and row.attributes.get("estimate") == str(source.number)
        if of_it and newest[row.subject].act != "reversed":
            raise NotSettled("estimate_used")
    return marked, Guard(source.subject, last.number)


async def _last(connection: Connection, book_id: int, said: Said) -> Said:
    return (await said_of(connection, book_id, said.subject))[-1]


async def _repayment_returned(
    connection: Connection, book_id: int, entry: Entry, source: Said, effective_on: date
) -> Resolution:  # fmt: skip
    rows = await said_of(connection, book_id, source.subject)
    step = step_recorded("repayment_returned", demand_of(rows).demand, int(source.attributes["amount"]), of=source.number,
                         because=source.number)  # fmt: skip
    undone = reversal(entry=entry.number, line="", effective_on=effective_on, because=-1, subject=entry.subject)
    return Resolution((step, undone), (Guard(source.subject, rows[-1].number),), (entry.number,))
