"""Statements of holders' accounts: taken whole and once, and what their lines are said to be.

A file of many lines is more than one group of entries. So it goes in by groups that can be asked for again: the first states the
control totals of the whole file, each brings lines that are not there yet, and the last says that it is whole. Cut off in between,
the same file sent again brings what is missing and nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from ledger.budgets.acts import reversal
from ledger.budgets.bank_reading import (
    BankLine,
    Candidate,
    KnownLine,
    lines_of_holder,
    money_back,
    moves_of,
    paid_into,
    posted_because,
    sent_before,
)
from ledger.budgets.bank_records import (
    Import,
    deposit_answered,
    deposit_subject,
    line_recorded,
    match_recorded,
    statement_recorded,
)
from ledger.budgets.bank_rolling import roll_forward
from ledger.budgets.bank_statement import StatementLine
from ledger.budgets.chart import account
from ledger.budgets.claims import (
    Evidence,
    bank_line_subject,
    claim_subject,
    evidence_of,
    evidence_recorded,
    refund_subject,
)
from ledger.budgets.facts import bank_line_taken, spend_reimbursable_of_hold
from ledger.budgets.foreseen import BANK_LINES, ROLLED, foresee
from ledger.budgets.reading import order_of, said_at, said_of, setup_of, version_of
from ledger.budgets.standing import read_standing
from ledger.budgets.taken_back import taken_back
from ledger.budgets.year_end import ends_of
from ledger.core.model import Guard, Malformed
from ledger.core.requests import AnyRequest, Reverse
from policies.crediting import original_of, take_refund
from policies.decisions import resolution_record
from policies.gate import Decided, Gate, Sender
from policies.paying import PAID
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import LAST_DAY, NotThere

Connection = Any
GROUP = 20
"""Lines of one group: each is a record and a posting, and a group has fifty entries."""


class StatementKnown(Exception):
    """Every line of this statement was taken before, and so was the statement: there is nothing to post. `number` is its entry."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class LineDiffers(NotSettled):
    """A line is known by its reference and was of another amount or day. `place` is the line of the file."""

    def __init__(self, place: int) -> None:
        super().__init__("bank_line_differs")
        self.place = place


class _Left(NamedTuple):
    """What of a file is not there yet, and what is."""

    new: tuple[tuple[StatementLine, str, str], ...]
    known: int


async def take_statement(
    gate: Gate, sender: Sender, timeout_seconds: float, sent: Import, *, not_before: date | None = None
) -> Decided:  # fmt: skip
    """Takes a statement into a holder's account (event 13 for each line that went out; what came in posts nothing), each line once.

    The answer is that of the first group; a refusal of a later one is the answer instead, and the statement stays begun. Lines
    booked before `not_before` are posted on it, for months that are closed. NotThere(person_unknown), NotSettled
    (holder_account_unknown), LineDiffers, StatementKnown."""
    first: Decided | None = None
    for turn in range(len(sent.statement.lines) // GROUP + 2):
        own = msgspec.structs.replace(sender, key=next_key(sender.key, turn)) if turn else sender
        decided = await gate.carry_out(
            lambda connection: _group(connection, gate, sent, not_before), own, timeout_seconds, person=sent.person
        )
        if decided.outcome.refusal is not None:
            return decided
        first = first or decided
        if decided.outcome.entries[0].attribute("act") == "statement_taken":
            break
    assert first is not None
    return first


def next_key(key: bytes, turn: int) -> bytes:
    """The key of a later group of the same request, so that the request can be sent again wherever it was cut off."""
    return sha256(b"group" + turn.to_bytes(4, "big") + key).digest()[: len(key)]


async def _group(connection: Connection, gate: Gate, sent: Import, not_before: date | None) -> Resolution:
    """The next group of a statement: what is not there yet, as far as it fits."""
    standing = await read_standing(connection, gate.book_id, sent.person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if sent.holder_account not in setup.holder_accounts:
        raise NotSettled("holder_account_unknown")
    own = [bank_line_subject(sent.holder_account, each) for each in sent.hashes]
    by_hand = [bank_line_subject(sent.holder_account, each) for each in sent.by_hand]
    before = await sent_before(connection, gate.book_id, sent.holder_account, sent.subject, [*own, *by_hand])
    for each in before.statements:
        hashes = {each.account_hash, sent.account_hash}
        if each.provider == sent.provider and None not in hashes and len(hashes) > 1:
            raise NotSettled("statement_of_another_account")
    said, left = before.said, _left(sent, own, by_hand, before.lines)
    if not left.new and said and said[-1].act == "statement_taken":
        raise StatementKnown(said[-1].number)
    now, later = left.new[:GROUP], left.new[GROUP:]
    act = "statement_continued" if said else "statement_begun"
    totals = {"new": len(left.new), "known": left.known, "new_pence": sum(line.pence for line, _, _ in left.new)}
    if said and said[-1].act != "statement_taken":
        # The control totals are those of the whole import, however often it is taken up.
        totals = {name: int(said[0].attributes[name]) for name in totals}
    record = statement_recorded(act if later else "statement_taken", sent, new_left=len(later), **totals)
    code = account("advance", person=sent.person, holder_account=sent.holder_account).code
    requests: list[AnyRequest] = [record]
    guards = [Guard(f"person/{sent.person}", standing.version), Guard(sent.subject, said[-1].number if said else 0)]
    in_account = standing.balances.get(code, 0)
    for line, line_hash, hand in now:
        day = max(line.booked_on, not_before or line.booked_on)
        requests.append(line_recorded(sent, line, line_hash, hand, effective_on=day, salt=gate.salt()))
        guards.append(Guard(bank_line_subject(sent.holder_account, line_hash), 0))
        if line.pence < 0:
            requests += bank_line_taken(amount=-line.pence, person=sent.person, holder_account=sent.holder_account,
                                        in_account=in_account, effective_on=day, because=-len(requests))  # fmt: skip
            in_account -= min(-line.pence, max(0, in_account))
    return Resolution(tuple(requests), tuple(guards))


def _left(sent: Import, subjects: Sequence[str], by_hand: Sequence[str], found: Mapping[str, KnownLine]) -> _Left:
    new: list[tuple[StatementLine, str, str]] = []
    for place, (line, own, hand) in enumerate(zip(sent.statement.lines, subjects, by_hand, strict=True)):
        known = found.get(own) or found.get(hand)
        if known is None:
            new.append((line, sent.hashes[place], sent.by_hand[place]))
        elif not _same(known, line):
            raise LineDiffers(line.place)
    return _Left(tuple(new), len(sent.statement.lines) - len(new))


def _same(known: KnownLine, line: StatementLine) -> bool:
    return known.pence == line.pence and known.day == line.booked_on.isoformat()


async def match_line(
    connection: Connection, book_id: int, *, person: str, number: int, to: str, of: int | None, reason: str | None,
    effective_on: date, paid_back_within: int,
) -> Resolution:  # fmt: skip
    """What a line of a holder's account is, said by a person: once, but that several claims can explain one line. An instalment
    that arrived is closed by it; money that is not ours is told in `depositing`. A refund of spending that
    was accepted is our money in the account again (event 32), said by another than accepted it. A claim that waits gets the line,
    and somebody else accepts it.
    Spending that was accepted before its line came is the line: what the line had moved to money without evidence is taken back
    (event 38), or it would have left twice. So it is with money that went back to us and has its receipt, and with what the
    commissioner had ordered and the holder has paid: the order is settled, and what was laid out is owed to the account within
    `paid_back_within` days (event 16), said by another than took the line.

    NotSettled(bank_line_not_found, bank_line_matched, match_unfit, repaid_of_budget, and those of a refund)."""
    standing = await read_standing(connection, book_id, person)
    # What an order's hold keeps is foreseen with the decision that stands before it.
    about = (number, of, (of or 1) - 1 if to == "order" else None)
    await foresee(
        connection, entries=about, kinds=() if to == "instalment" else ("evidence", "notice"),
        subjects=ends_of(standing.balances) if to == "refund" else (),
        parts=(BANK_LINES, ROLLED) if to == "repayment" else (BANK_LINES,),
    )  # fmt: skip
    lines = await lines_of_holder(connection, book_id, person, None)
    line = open_numbered(lines, number)
    if of is None or (line.pence > 0) != (to in ("instalment", "refund")):
        raise NotSettled("match_unfit")
    record = match_recorded(line=number, person=person, amount=abs(line.pence), holder_account=line.account, to=to, of=of,
                            reason=reason)  # fmt: skip
    whose = f"person/{person}"
    guards = [
        Guard(f"bank_match/{number}", line.match or 0),
        Guard(whose, await version_of(connection, book_id, whose)),
    ]
    more: Sequence[AnyRequest] = ()
    if to in ("instalment", "repayment") or (to == "refund" and await _is_told(connection, book_id, of)):
        found = await _known(connection, book_id, person, line, to, of, lines)
        if to == "repayment":
            await _check_whose(connection, book_id, person, line, found)
            more = await taken_off(connection, book_id, person, line, effective_on)
        return Resolution((record, *more), tuple(guards))
    if to == "refund":
        taken = await _refund(connection, book_id, person, line, of, effective_on)
        # The match comes last: what a refund posts names the first of the group.
        return Resolution((*taken.requests, record), tuple(dict.fromkeys((*guards, *taken.guards))), taken.other_than)
    if to == "order" and effective_on > LAST_DAY:
        raise Malformed("dates_malformed", "effective_on")
    if to == "order":
        settled, order_guards = await _paid_order(
            connection, book_id, person, line, of, effective_on, effective_on + timedelta(days=paid_back_within)
        )
        return Resolution((record, *settled), (*guards, *order_guards), (number,))
    more, guard = await _with_claim(connection, book_id, person, line, to, of, effective_on, lines)
    return Resolution((record, *more), (*guards, guard))


async def open_line(connection: Connection, book_id: int, person: str, number: int) -> BankLine:
    """A line of a person's accounts that waits for somebody. NotSettled(bank_line_not_found, bank_line_matched)."""
    return open_numbered(await lines_of_holder(connection, book_id, person, None), number)


def open_numbered(lines: Sequence[BankLine], number: int) -> BankLine:
    """One of a person's lines, which waits for somebody. NotSettled(bank_line_not_found, bank_line_matched)."""
    line = line_numbered(lines, number)
    if not line.is_open:
        raise NotSettled("bank_line_matched")
    return line


def line_numbered(lines: Sequence[BankLine], number: int) -> BankLine:
    """One of a person's lines by its entry. NotSettled(bank_line_not_found)."""
    line = next((each for each in lines if each.number == number), None)
    if line is None:
        raise NotSettled("bank_line_not_found")
    return line


async def _known(
    connection: Connection, book_id: int, person: str, line: BankLine, to: str, of: int, lines: Sequence[BankLine]
) -> Candidate:  # fmt: skip
    """What the ledger has already of just this amount and account, and no other line was matched to."""
    if line.explained or any((each.matched, each.of) == (to, of) for each in lines):
        raise NotSettled("match_unfit")
    if to == "instalment":
        if await paid_into(connection, book_id, person, line.account, of) != line.pence:
            raise NotSettled("match_unfit")
        return Candidate(kind=to, number=of, pence=line.pence, day=line.day)
    candidates = await money_back(connection, book_id, person, line.account, of)
    found = next((each for each in candidates if (each.kind, each.number, each.pence) == (to, of, line.pence)), None)
    if found is None:
        raise NotSettled("match_unfit")
    return found


async def _is_told(connection: Connection, book_id: int, of: int) -> bool:
    """Whether an entry is a refund that was told before its line came."""
    said = await said_at(connection, book_id, of)
    return said is not None and said.act == "refund_taken"


async def _check_whose(
    connection: Connection, book_id: int, person: str, line: BankLine, repaid: Candidate
) -> None:  # fmt: skip
    """What was demanded unspent was in the account, and so was what was handed back. What had gone is repaid with the debtor's own
    money: as far as the ledger took this line for ours, other money has to be known in the account.
    NotSettled(repaid_of_budget)."""
    if repaid.source in (None, "advance"):
        return
    posted = (await moves_of(connection, book_id, person, line.account)).posted
    rolled = await roll_forward(connection, book_id, person, line.account)
    if posted.get(line.number, 0) > max(0, rolled.of_others):
        raise NotSettled("repaid_of_budget")


async def _refund(
    connection: Connection, book_id: int, person: str, line: BankLine, of: int, effective_on: date
) -> Resolution:  # fmt: skip
    """Event 32 into the account that a line came into: `of` is the acceptance of what was spent from it."""
    found = await original_of(connection, book_id, person, of)
    if found.line.holder_account != line.account or (found.evidence.payee is not None and found.last.act in PAID):
        raise NotSettled("match_unfit")
    said = await said_at(connection, book_id, line.number)
    assert said is not None
    refund = Evidence(
        subject=refund_subject(line.account, said.subject.rpartition("/")[2]), person=person, amount=line.pence, of=of,
        bank_line=line.number,
    )  # fmt: skip
    return await take_refund(connection, book_id, refund, bank=None, effective_on=effective_on, detail=None)


async def answer_deposit(
    connection: Connection, book_id: int, *, person: str, number: int, outcome: str, effective_on: date
) -> Resolution:  # fmt: skip
    """What somebody found of money from another source in a holder's account (SI 2013/1617 reg 10(2), (3)), once, by another than
    said that it is not ours; posts nothing. `number` is the line by which it came.
    NotSettled(deposit_not_found, deposit_answered)."""
    await foresee(connection, entries=(number,), subjects=(deposit_subject(number),), parts=(BANK_LINES,))
    line = next(
        (each for each in await lines_of_holder(connection, book_id, person, None) if each.number == number), None
    )
    if line is None or line.match is None or line.matched != "other_money" or line.pence < 0:
        raise NotSettled("deposit_not_found")
    subject = deposit_subject(number)
    if await said_of(connection, book_id, subject):
        raise NotSettled("deposit_answered")
    record = deposit_answered(line=number, person=person, amount=line.pence, holder_account=line.account, outcome=outcome,
                              on=effective_on, because=line.match)  # fmt: skip
    settles, guards = await _referral_answered(connection, book_id, line.match, outcome, effective_on)
    return Resolution((record, *settles), (Guard(subject, 0), *guards), (line.match,))


async def _referral_answered(
    connection: Connection, book_id: int, match: int, outcome: str, day: date
) -> tuple[tuple[AnyRequest, ...], tuple[Guard, ...]]:  # fmt: skip
    """The referral of money of others, which stands before its match, decided with the answer; nothing where it was decided."""
    referral = await said_at(connection, book_id, match - 1)
    if referral is None or referral.attributes.get("act") != "tell_deposit":
        return (), ()
    subject = f"decision/{referral.number}"
    if referral.attributes["outcome"] != "refer" or await version_of(connection, book_id, subject):
        return (), ()
    record = resolution_record(referral.number, referral.attributes, allows=outcome != "misused", effective_on=day,
                               reason=outcome if outcome != "misused" else "another", detail=None, holds=False)  # fmt: skip
    return (record,), (Guard(subject, 0),)


async def _with_claim(
    connection: Connection, book_id: int, person: str, line: BankLine, to: str, of: int, effective_on: date,
    every: Sequence[BankLine],
) -> tuple[tuple[AnyRequest, ...], Guard]:  # fmt: skip
    said = await said_at(connection, book_id, of)
    act = "claimed" if to == "claim" else "evidence_accepted"
    if said is None or said.kind != "evidence" or said.act != act or said.attributes.get("person") != person:
        raise NotSettled("match_unfit")
    if (await said_of(connection, book_id, said.subject))[-1].number != of or "bank_line" in said.attributes:
        raise NotSettled("match_unfit")
    lines = setup_of((await read_standing(connection, book_id, person)).said).lines
    evidence, _ = evidence_of(said.subject, said.attributes)
    if evidence.line not in lines or lines[evidence.line][0].holder_account != line.account:
        raise NotSettled("match_unfit")
    guard = Guard(said.subject, of)
    if to == "claim":
        if evidence.amount > -line.pence - line.explained:
            raise NotSettled("match_unfit")
        tied = evidence_recorded("claimed", msgspec.structs.replace(evidence, bank_line=line.number), because=of)
        return (tied,), guard
    if evidence.amount != -line.pence or line.explained:
        raise NotSettled("match_unfit")
    if any(each.of == of and each.matched == "evidence" for each in every):
        raise NotSettled("match_unfit")
    return await taken_off(connection, book_id, person, line, effective_on), guard


async def taken_off(
    connection: Connection, book_id: int, person: str, line: BankLine, effective_on: date, *, because: int = -1
) -> tuple[Reverse, ...]:  # fmt: skip
    """What a line moved to money without evidence, undone (event 38), if it moved anything. `because` says why in its group.
    NotSettled(taken_back_already)."""
    if (await taken_back(connection, book_id, person, line.number)).total:
        # What is questioned or demanded of the line is not there to be undone.
        raise NotSettled("taken_back_already")
    posted = await posted_because(connection, book_id, line.number, 13)
    if posted is None:
        return ()
    undone = reversal(entry=posted, line="", effective_on=effective_on, because=because,
                      subject=f"holder_account/{line.account}")  # fmt: skip
    return (undone,)


async def _paid_order(
    connection: Connection, book_id: int, person: str, line: BankLine, hold: int, effective_on: date, due_on: date
) -> tuple[tuple[AnyRequest, ...], tuple[Guard, ...]]:  # fmt: skip
    """Event 16 of an open order that keeps as much as the line, which then is known as what the holder laid out."""
    order = await order_of(connection, book_id, person, hold, line.day)
    if order is None or order.closed or order.purpose != "order" or line.explained:
        raise NotSettled("match_unfit")
    if -line.pence > sum(order.remaining.values()):
        raise NotSettled("match_unfit")
    said = await said_at(connection, book_id, line.number)
    assert said is not None
    laid_out = Evidence(
        subject=claim_subject(said.subject.rpartition("/")[2][:32]), person=person, amount=-line.pence, line=order.line.line,
        payee=line.account, service=order.service, document_on=line.day, due_on=due_on, hold=hold, bank_line=line.number,
    )  # fmt: skip
    undone = await taken_off(connection, book_id, person, line, effective_on)
    accepted = evidence_recorded("reimbursement_accepted", laid_out, because=line.number, effective_on=effective_on)
    money = spend_reimbursable_of_hold(
        hold=hold, remaining=order.remaining, amount=-line.pence, shares=order.shares, holder_account=line.account,
        effective_on=effective_on, because=-len(undone) - 2,
    )  # fmt: skip
    subject = f"line/{order.line.line}"
    # Taken back, it is laid out once more under the same subject.
    guards = [Guard(each, await version_of(connection, book_id, each)) for each in (laid_out.subject, subject)]
    return (*undone, accepted, money), tuple(guards)
