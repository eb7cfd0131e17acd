"""Questions, notices and repayments: what an officer or finance may enter about money owed without a verdict of the rules.

A question is a state and no accusation. A notice posts nothing; what follows from it is judged (policies.owing). Every function
finds what has to be submitted, as things are in one moment.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from ledger.book.statements import read_entry
from ledger.budgets import chart
from ledger.budgets.bank_records import match_recorded
from ledger.budgets.foreseen import BANK_LINES, foresee
from ledger.budgets.owing import (
    DemandRead,
    Notice,
    Question,
    Reconsideration,
    factors_considered,
    handed_back_recorded,
    notice_recorded,
    question_recorded,
    reconsideration_of,
    reconsideration_recorded,
    step_recorded,
)
from ledger.budgets.reading import said_at, said_of
from ledger.budgets.recovery import bank_line_questioned, demand_withdrawn, handed_back, repaid, spend_questioned
from ledger.budgets.standing import cut_by, read_standing
from ledger.budgets.taken_back import demands_of
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest, Reverse
from ledger.money import apportion
from policies.banking import open_line, taken_off
from policies.bearing import carried_now
from policies.found_owing import (
    bearers_of,
    budget_of,
    check_reasoned,
    deciders_of,
    hands_on,
    letter_of,
    signed_on,
    source_of,
    the_demand,
    the_notice,
    the_question,
)
from policies.promising import what_follows
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any
NEXT_OF_NOTICE = {
    "made": ("sent", "withdrawn"),
    "sent": ("delivered", "returned", "withdrawn"),
    "delivered": ("withdrawn",),
    "returned": ("sent", "withdrawn"),
    "withdrawn": (),
}
"""How a notice stands → what may become of it next."""


async def question(
    connection: Connection, book_id: int, *, person: str, of: int, amount: int, subject: str, effective_on: date,
    detail: Detail | None,
) -> Resolution:  # fmt: skip
    """Questions money that has gone (event 14): a bank line, or spend that was accepted, by its entry. It takes nothing from
    anybody. NotThere, NotSettled(source_not_found, source_exceeded)."""
    budget = await budget_of(connection, book_id, person)
    await foresee(connection, entries=(of,), kinds=("evidence", "notice"), subjects=ends_of(budget.balances))
    source = await source_of(connection, book_id, person, of)
    if amount > source.left:
        raise NotSettled("source_exceeded")
    given = source.said.attributes
    opened: tuple[AnyRequest, ...] = ()
    if source.taken:
        line = budget.line(given["line"])
        asked = Question(subject=f"question/{subject}", person=person, amount=amount, holder_account=line.holder_account or "",
                         of=of, line=line.line)  # fmt: skip
        borne = await bearers_of(connection, book_id, budget, line.line, source.taken, effective_on)
        opened = borne.opened
        posted: AnyRequest = spend_questioned(
            amount=amount, shares=borne.shares, taken=borne.parts, holder_account=asked.holder_account,
            effective_on=effective_on, because=-1 - len(opened),
        )  # fmt: skip
    else:
        asked = Question(subject=f"question/{subject}", person=person, amount=amount, of=of,
                         holder_account=given["holder_account"])  # fmt: skip
        posted = bank_line_questioned(amount=amount, person=person, holder_account=asked.holder_account,
                                      effective_on=effective_on, because=-1)  # fmt: skip
    record = question_recorded("questioned", asked, amount, because=of, detail=detail)
    return Resolution((*opened, record, posted), (Guard(asked.subject, 0), budget.guard))


async def explain(
    connection: Connection, book_id: int, *, person: str, number: int, amount: int, effective_on: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """Takes a question back, by another than asked it: accepted spend is spent again, a bank line waits for evidence again (event
    14, mirrored). NotSettled(question_not_found, question_exceeded)."""
    budget = await budget_of(connection, book_id, person)
    await foresee(connection, entries=(number,), subjects=ends_of(budget.balances))
    found = await the_question(connection, book_id, person, number)
    if amount > found.open:
        raise NotSettled("question_exceeded")
    asked = found.question
    if asked.line is None:
        posted: AnyRequest = bank_line_questioned(
            amount=amount,
            person=person,
            holder_account=asked.holder_account,
            answered=True,
            effective_on=effective_on,
            because=-1,
        )
    else:
        every = budget.shares[asked.line]
        legs = dict((await read_entry(connection, book_id, number + 1)).entry.legs)
        gave = [(share, legs[code]) for share in every if (code := share.code("advanced")) in legs]
        weights = [pence for _, pence in gave]
        back = zip((share for share, _ in gave), apportion(amount, weights, weights), strict=True)
        shares, parts = await carried_now(connection, book_id, list(back), every, "advanced")
        posted = spend_questioned(
            amount=amount, shares=shares, taken=parts, holder_account=asked.holder_account, answered=True,
            effective_on=effective_on, because=-1,
        )  # fmt: skip
    record = question_recorded("explained", asked, amount, because=number, detail=detail)
    return Resolution((record, posted), (Guard(asked.subject, found.version), budget.guard), (number,))


async def make_notice(
    connection: Connection, book_id: int, notice: Notice, *, on: date, today: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """A notice as it was written. It posts nothing, and may lack what it must say: then nothing can follow from it.
    NotThere(person_unknown), NotSettled(notice_in_future)."""
    await budget_of(connection, book_id, notice.person)
    if on > today:
        raise NotSettled("notice_in_future")
    return Resolution((notice_recorded("made", notice, on=on, detail=detail),), (Guard(notice.subject, 0),))


async def move_notice(
    connection: Connection, book_id: int, *, person: str, number: int, act: str, on: date, today: date
) -> Resolution:  # fmt: skip
    """A notice sent, delivered, come back, or withdrawn, on a day that has come and not before what was said of it last. One that
    lacks what the law has it say is not sent (reg 13(5), 14(9), 15(2) and 17(3)). A delivery before today is said by another than
    made or sent the notice: its days count from then. What a demand rests on stays: the demand is withdrawn first, and a notice
    that nothing rests on any more may follow it. NotSettled(notice_not_found, notice_not_so, notice_in_future,
    notice_before_last, notice_incomplete, notice_leant_on)."""
    await foresee(connection, entries=(number,), kinds=("notice",) if act == "withdrawn" else ())
    found = await the_notice(connection, book_id, person, number)
    if act not in NEXT_OF_NOTICE[found.act]:
        raise NotSettled("notice_not_so")
    said = await said_of(connection, book_id, found.notice.subject)
    if on > today:
        raise NotSettled("notice_in_future")
    if on.isoformat() < said[-1].attributes["on"]:
        raise NotSettled("notice_before_last")
    others = tuple(row.number for row in said if act == "delivered" and on < today)
    if act == "sent" and found.notice.missing:
        raise NotSettled("notice_incomplete")
    guards = [Guard(found.notice.subject, found.version)]
    if act == "withdrawn":
        # A demand that is made meanwhile moves the person's version.
        budget = await budget_of(connection, book_id, person)
        guards.append(budget.guard)
        if any(
            each.demand.notice == number and each.demand.amount > each.went["demand_withdrawn"]
            for each in await demands_of(connection, book_id, person)
        ):
            raise NotSettled("notice_leant_on")
    record = notice_recorded(act, found.notice, on=on, because=number)
    return Resolution((record,), tuple(guards), others)


async def consider(
    connection: Connection, book_id: int, *, person: str, notice: int, factors: Sequence[str], safeguarding: str, on: date,
    detail: Detail | None,
) -> Resolution:  # fmt: skip
    """Writes down what was considered before a repayment is required by this notice (reg 15). NotSettled(notice_not_found)."""
    await foresee(connection, entries=(notice,))
    found = await the_notice(connection, book_id, person, notice)
    record = factors_considered(notice=found.notice.subject, person=person, factors=factors, safeguarding=safeguarding,
                                on=on, detail=detail)  # fmt: skip
    return Resolution((record,), (Guard(found.notice.subject, found.version),))


def _outstanding(found: DemandRead, amount: int) -> None:
    if amount > found.outstanding:
        raise NotSettled("demand_exceeded")


async def repay(
    connection: Connection, book_id: int, *, person: str, number: int, amount: int, bank: str, effective_on: date
) -> Resolution:  # fmt: skip
    """All or part of a demand has come in (event 18); it is entered by another than demanded it. NotSettled(demand_not_found,
    demand_exceeded)."""
    budget = await budget_of(connection, book_id, person)
    await foresee(connection, entries=(number,))
    found = await the_demand(connection, book_id, person, number)
    _outstanding(found, amount)
    posted = repaid(amount=amount, shares=budget.shares[found.demand.line], debtor=found.demand.debtor, bank=bank,
                    effective_on=effective_on, because=-1)  # fmt: skip
    step = step_recorded("repaid", found.demand, amount, because=number)
    return Resolution((step, posted), (Guard(found.demand.subject, found.version), budget.guard), (number,))


async def hand_back(
    connection: Connection, book_id: int, *, person: str, line: str, amount: int, bank: str, subject: str, effective_on: date,
    bank_line: int | None = None,
) -> Resolution:  # fmt: skip
    """Money came back before anybody demanded it (event 18). Where the line of the holder's bank came first, `bank_line` names it:
    what it had moved is taken back, and it is matched to this. NotThere, NotSettled(line_has_no_account, source_exceeded,
    bank_line_not_found, bank_line_matched, match_unfit, taken_back_already)."""
    budget = await budget_of(connection, book_id, person)
    found = budget.line(line)
    account, there = found.holder_account or "", budget.holds("advance", found)
    undone: tuple[Reverse, ...] = ()
    matched: tuple[AnyRequest, ...] = ()
    guards = [Guard(f"handed_back/{subject}", 0), budget.guard]
    if bank_line is not None:
        await foresee(connection, entries=(bank_line,), kinds=("evidence", "notice"), parts=(BANK_LINES,))
        left = await open_line(connection, book_id, person, bank_line)
        if (left.pence, left.account, left.explained) != (-amount, account, 0):
            raise NotSettled("match_unfit")
        undone = await taken_off(connection, book_id, person, left, effective_on)
        for each in undone:
            # What the line had moved of our money is there again.
            legs = dict((await read_entry(connection, book_id, each.entry)).entry.legs)
            there += legs.get(chart.account("unidentified", person=person, holder_account=account).code, 0)
        # It names the first of the group: what it is matched to has no number yet.
        matched = (match_recorded(line=bank_line, person=person, amount=amount, holder_account=account, to="repayment",
                                  of=None, because=-1),)  # fmt: skip
        guards.append(Guard(f"bank_match/{bank_line}", left.match or 0))
    if amount > min(budget.advanced(line), there):
        raise NotSettled("source_exceeded")
    record = handed_back_recorded(
        subject=subject, person=person, line=line, holder_account=account, amount=amount, bank=bank, bank_line=bank_line
    )
    posted = handed_back(amount=amount, shares=budget.shares[line], holder_account=account, bank=bank,
                         effective_on=effective_on, because=-1)  # fmt: skip
    return Resolution((record, *undone, posted, *matched), tuple(guards))


async def withdraw(
    connection: Connection, book_id: int, *, person: str, number: int, amount: int, subject: str, reason: str | None,
    effective_on: date, detail: Detail | None,
) -> Resolution:  # fmt: skip
    """Withdraws or cuts a demand (event 19), by another than made it. Money without evidence is questioned again until it is
    explained, and `subject` names that question where there was none. NotSettled(demand_not_found, demand_exceeded)."""
    budget = await budget_of(connection, book_id, person)
    await foresee(connection, entries=(number,))
    found = await the_demand(connection, book_id, person, number)
    _outstanding(found, amount)
    demand = found.demand
    step = step_recorded("demand_withdrawn", demand, amount, because=number, reason=reason, detail=detail)
    again: tuple[AnyRequest, ...] = ()
    if demand.source == "disputed":
        before = await the_question(connection, book_id, person, demand.of or 0)
        again = (question_recorded("question_reopened", before.question, amount, because=number),)
    elif demand.source == "unidentified":
        asked = Question(subject=f"question/{subject}", person=person, amount=amount, of=demand.of or 0,
                         holder_account=demand.holder_account)  # fmt: skip
        again = (question_recorded("questioned", asked, amount, because=number),)
    posted = demand_withdrawn(amount=amount, shares=budget.shares[demand.line], source=demand.source, debtor=demand.debtor,
                              holder_account=demand.holder_account, effective_on=effective_on, because=-1)  # fmt: skip
    return Resolution((step, *again, posted), (Guard(demand.subject, found.version), budget.guard), (number,))


async def answer_reconsideration(
    connection: Connection, book_id: int, *, person: str, number: int, act: str, withdrawn: int, subject: str,
    answered_on: date, today: date, change_by: date, detail: Detail | None,
) -> Resolution:  # fmt: skip
    """Answers a request to look again, once, by somebody who had no part in what is looked at: `upheld`, or `changed`; of a demand
    `withdrawn` pence are taken back with it, a pause is lifted, and a plan is to be changed by `change_by`. Whether the answer is
    late by `today`, on which it is recorded, is stated, and in words why it stands or what is changed, but of a demand that is
    taken back whole. Malformed(reconsidered_unreasoned, dates_malformed); NotSettled(reconsideration_not_found,
    reconsideration_answered, reconsidered_with_stop, withdrawal_not_of_demand), and the noes of `withdraw`."""
    signed = cut_by((await read_standing(connection, book_id, person)).said)
    await foresee(connection, entries=(number, *signed), kinds=("notice", "plan_version"))
    said = await said_at(connection, book_id, number)
    if (
        said is None
        or said.kind != "reconsideration"
        or said.act != "requested"
        or said.attributes.get("person") != person
    ):
        raise NotSettled("reconsideration_not_found")
    last = (await said_of(connection, book_id, said.subject))[-1]
    if last.number != number:
        raise NotSettled("reconsideration_answered")
    asked, _ = reconsideration_of(said.subject, said.attributes)
    if asked.line is not None:
        # Its answer opens the line again, or leaves it as it is.
        raise NotSettled("reconsidered_with_stop")
    if withdrawn and (act != "changed" or asked.about != "demand"):
        raise NotSettled("withdrawal_not_of_demand")
    is_told = act == "upheld" or asked.about != "demand"
    if not is_told:
        is_told = withdrawn < (await the_demand(connection, book_id, person, asked.of)).outstanding
    check_reasoned(is_told, detail)
    record = reconsideration_recorded(
        act, asked, answered_on=answered_on, recorded_on=today, because=number, detail=detail
    )
    guard = Guard(said.subject, number)
    others = await _decided_it(connection, book_id, asked)
    if act == "changed" and not withdrawn:
        follows = await what_follows(connection, book_id, asked, number, told_on=answered_on, due=change_by)
        return Resolution((record, *follows.records), (guard, *follows.guards), others)
    if not withdrawn:
        return Resolution((record,), (guard,), others)
    cut = await withdraw(
        connection, book_id, person=person, number=asked.of, amount=withdrawn, subject=subject, reason="reconsidered",
        effective_on=answered_on, detail=None,
    )  # fmt: skip
    # The posting names the step before it: −1 is the first of the group, and the answer comes last.
    return Resolution((*cut.requests, record), (*cut.guards, guard), others)


async def _decided_it(connection: Connection, book_id: int, asked: Reconsideration) -> tuple[int, ...]:
    """The entries whose makers had a part in what is looked at again: in the decision, in a plan that was signed on a notice, and
    in the letter that it rests on."""
    named, letter = {asked.of}, asked.of
    if asked.about == "demand":
        letter = (await the_demand(connection, book_id, asked.person, asked.of)).demand.notice
    elif asked.about == "left_out":
        letter = await letter_of(connection, book_id, asked.of, "cut")
    elif asked.about == "cut":
        named.update(await signed_on(connection, book_id, asked.person, asked.of))
    others = await hands_on(connection, book_id, asked.person, letter)
    return tuple(sorted(others.union(*[await deciders_of(connection, book_id, each) for each in named])))
