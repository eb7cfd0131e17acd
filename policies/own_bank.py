"""The commissioner's own bank: statements taken whole and once, and lines that clear payments, each said by a person.

Whoever says that a line is a payment clears it: the bank has paid, which is a fact, so it needs no second person; releasing did.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.book.statements import read_entry
from ledger.budgets.acts import payment_cleared
from ledger.budgets.bank_reading import known_lines
from ledger.budgets.chart import account
from ledger.budgets.foreseen import budgets_read, foresee
from ledger.budgets.own_bank import (
    OwnImport,
    OwnLine,
    entries_on_bank,
    own_entry_recorded,
    own_line,
    own_line_recorded,
    own_match_recorded,
    own_statement_recorded,
    own_statements,
    said_by_line,
    statements_begin,
    under_way,
)
from ledger.budgets.presence import balance_of
from ledger.budgets.reading import said_at, said_of
from ledger.budgets.wording import attributes
from ledger.core.model import Guard, Malformed
from ledger.core.requests import AnyRequest, Record
from policies.banking import LineDiffers, StatementKnown, next_key
from policies.gate import Decided, Gate, Sender
from policies.paying import (
    asked_of_return,
    clear_instalment,
    clear_payment,
    person_paid,
    return_instalment,
    return_payment,
)
from policies.resolution import Resolution
from policies.settling import NotSettled, said_of_payment

Connection = Any
GROUP = 45
"""Lines of one group: each is a record, and a group has fifty entries."""
MOST_PAYMENTS = 20
"""As many payments as one line of the bank clears: two entries each."""
BY_BANK = "returned_by_bank"
"""Why a payment came back, where only a line of the bank says that it did."""


async def take_own_statement(gate: Gate, sender: Sender, timeout_seconds: float, sent: OwnImport) -> Decided:
    """Takes a statement of one of the book's banks, each line once; it posts nothing. Groups as in `banking.take_statement`.
    NotSettled(bank_unknown, statement_of_another_account), LineDiffers, StatementKnown."""
    first: Decided | None = None
    for turn in range(len(sent.statement.lines) // GROUP + 2):
        own = sender if not turn else Sender(sender.asked, next_key(sender.key, turn), sender.prints)
        decided = await gate.carry_out(lambda connection: _group(connection, gate, sent), own, timeout_seconds)
        if decided.outcome.refusal is not None:
            return decided
        first = first or decided
        if decided.outcome.entries[0].attribute("act") == "statement_taken":
            break
    assert first is not None
    return first


async def _group(connection: Connection, gate: Gate, sent: OwnImport) -> Resolution:
    code = account("bank", account=sent.bank).code
    subjects = (sent.subject, *(sent.line_subject(each) for each in sent.hashes))
    await foresee(connection, subjects=subjects, accounts=(code,), statements=statements_begin(sent.bank))
    if await balance_of(connection, gate.book_id, code) is None:
        raise NotSettled("bank_unknown")
    for each in await own_statements(connection, gate.book_id, sent.bank):
        hashes = {each.account_hash, sent.account_hash}
        if each.provider == sent.provider and None not in hashes and len(hashes) > 1:
            raise NotSettled("statement_of_another_account")
    said = await said_of(connection, gate.book_id, sent.subject)
    found = await known_lines(connection, gate.book_id, [sent.line_subject(each) for each in sent.hashes])
    new = []
    for line, line_hash in zip(sent.statement.lines, sent.hashes, strict=True):
        known = found.get(sent.line_subject(line_hash))
        if known is None:
            new.append((line, line_hash))
        elif (known.pence, known.day) != (line.pence, line.booked_on.isoformat()):
            raise LineDiffers(line.place)
    if not new and said and said[-1].act == "statement_taken":
        raise StatementKnown(said[-1].number)
    totals = {"new": len(new), "known": len(sent.hashes) - len(new), "new_pence": sum(line.pence for line, _ in new)}
    if said and said[-1].act != "statement_taken":
        totals = {name: int(said[0].attributes[name]) for name in totals}
    now, later = new[:GROUP], new[GROUP:]
    act = "statement_taken" if not later else "statement_continued" if said else "statement_begun"
    requests = [own_statement_recorded(act, sent, new_left=len(later), **totals)]
    guards = [Guard(sent.subject, said[-1].number if said else 0)]
    for line, line_hash in now:
        requests.append(own_line_recorded(sent, line, line_hash, salt=gate.salt()))
        guards.append(Guard(sent.line_subject(line_hash), 0))
    return Resolution(tuple(requests), tuple(guards))


async def match_own_line(
    connection: Connection, book_id: int, *, bank: str, number: int, to: str, of: Sequence[int], effective_on: date
) -> Resolution:  # fmt: skip
    """What a line of our own bank is, said once. `payments`: those that left with it, which come to its amount and are cleared by
    it (event 8). `returned`: a cleared payment that came back, which is owed or due again (event 33), said by another than released
    it. `entry`: what put just this on the bank already: one entry, or several as money of several sources that came in one sum,
    each of which is on a statement once; what the match of a line posted is on that line. NotSettled(bank_line_not_found,
    bank_line_matched, match_unfit, payment_returned)."""
    if not 1 <= len(set(of)) == len(of) <= MOST_PAYMENTS:
        raise Malformed("entries_malformed", "of")
    about = {f"own_match/{number}", *(subject for each in of for subject in said_of_payment(each))}
    # What is asked of a return is asked of whoever's instalment it was.
    about.update(*(asked_of_return(standing) for standing in budgets_read(connection)))
    await foresee(connection, entries=(number, *of), subjects=about, bank=bank)
    line = await own_line(connection, book_id, bank, number)
    if line is None:
        raise NotSettled("bank_line_not_found")
    if line.match is not None:
        raise NotSettled("bank_line_matched")
    record = own_match_recorded(line=number, bank=bank, amount=line.pence, to=to, of=of)
    guard = Guard(f"own_match/{number}", 0)
    if to == "payments":
        cleared, guards = await _cleared(connection, book_id, bank, line, of, effective_on)
        return Resolution((*_by_line(cleared, number), record), (*guards, guard))
    if to == "entry":
        found = await entries_on_bank(connection, book_id, bank, of)
        if found.keys() != set(of) or sum(found.values()) != line.pence:
            raise NotSettled("match_unfit")
        parts = [own_entry_recorded(entry=each, line=number, bank=bank) for each in of]
        return Resolution((record, *parts), (guard, *(Guard(f"own_entry/{each}", 0) for each in of)))
    if to != "returned" or len(of) != 1:
        raise NotSettled("match_unfit")
    came_back = await _returned(connection, book_id, bank, line, of[0], effective_on)
    posted = _by_line(came_back.requests, number)
    return Resolution((*posted, record), (*came_back.guards, guard), came_back.other_than)


def _by_line(requests: Sequence[AnyRequest], line: int) -> tuple[AnyRequest, ...]:
    # The first words of a payment's clearing or return name the line: what is posted behind them is on that line already, and is
    # no `entry` of another.
    return tuple(
        said_by_line(each, line) if isinstance(each, Record) and each.kind == "run" else each for each in requests
    )


async def _cleared(
    connection: Connection, book_id: int, bank: str, line: OwnLine, of: Sequence[int], effective_on: date
) -> tuple[list[AnyRequest], list[Guard]]:  # fmt: skip
    waiting = {each.number: each for each in await under_way(connection, book_id, bank, of)}
    if not set(of) <= waiting.keys() or sum(waiting[each].amount for each in of) != -line.pence:
        raise NotSettled("match_unfit")
    requests: list[AnyRequest] = []
    guards: list[Guard] = []
    for each in of:
        payment = waiting[each]
        person = await person_paid(connection, book_id, payment.posted) if payment.run is None else None
        record: AnyRequest
        if payment.run is not None:
            found = await clear_payment(connection, book_id, number=each, effective_on=effective_on)
            record, guard = found.requests[0], found.guards[0]
        elif person is not None:
            found = await clear_instalment(
                connection, book_id, person=person, number=payment.posted, effective_on=effective_on
            )
            record, guard = found.requests[0], found.guards[0]
        else:
            subject = f"run/posted.{payment.posted}"
            given = attributes("cleared", bank=bank, amount=payment.amount, payee=payment.payee)
            record, guard = (
                Record(kind="run", subject=subject, because=payment.posted, attributes=given),
                Guard(subject, 0),
            )
        requests.append(record)
        guards.append(guard)
        requests.append(
            payment_cleared(amount=payment.amount, bank=bank, effective_on=effective_on, because=-len(requests))
        )
    return requests, guards


async def _returned(
    connection: Connection, book_id: int, bank: str, line: OwnLine, of: int, effective_on: date
) -> Resolution:  # fmt: skip
    """The return of the payment that entry `of` cleared from this bank, for just the amount of the line."""
    said = await said_at(connection, book_id, of)
    given = {} if said is None else said.attributes
    if (
        said is None
        or (said.kind, given.get("bank")) != ("run", bank)
        or said.act not in ("cleared", "instalment_cleared")
    ):
        raise NotSettled("match_unfit")
    if int(given["amount"]) != line.pence:
        raise NotSettled("match_unfit")
    stated: dict[str, Any] = {"reason": BY_BANK, "effective_on": effective_on}
    paid = (await read_entry(connection, book_id, of)).entry.because
    person = await person_paid(connection, book_id, paid)
    if person is not None:
        return await return_instalment(connection, book_id, person=person, number=paid, **stated)
    if said.subject.startswith("run/posted."):
        # What was paid without a run and is no instalment has no way back of its own.
        raise NotSettled("match_unfit")
    return await return_payment(connection, book_id, number=paid, **stated)
