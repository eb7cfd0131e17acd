"""Asking for a decision to be looked at again: of a demand, a notice of a cut, a stop or pause, a signed plan, or of a no.

How often is counted as the law counts it: each decision once, by whichever door and number it is named, and of refusals of a
budget one in six months (SI 2013/1617 reg 7(10)). A decision that was a yes names what it allowed.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.lookups import read_detail
from ledger.book.statements import read_entry
from ledger.budgets.foreseen import foresee
from ledger.budgets.owing import DemandRead, Reconsideration, reconsideration_of, reconsideration_recorded
from ledger.budgets.reading import said_at, said_of_person
from ledger.budgets.reviews import promises_of
from ledger.budgets.standing import Said
from ledger.budgets.wording import content_of, day_of
from ledger.core.calendar import months_before
from ledger.core.canon import Entry
from ledger.core.model import Detail, Guard
from policies.bundle import Limits
from policies.ending import Notice, notice_of
from policies.explaining import Looked
from policies.found_owing import Budget, letter_of, signed_on, the_demand, the_notice
from policies.gate import Decided, Gate, Sender
from policies.judging import Case
from policies.owing import HARMLESS, Act, case_of, judged
from policies.promising import OF_A_PLAN
from policies.reconsidered import ONCE, REFUSALS
from policies.settling import NotSettled

Connection = Any
SIX_MONTHS = 6
ACT_OF = {each.about: act for act, each in ONCE.items()}
"""What is looked at again once → the act whose decision names it."""
KINDS = {"stop": ("notice",), "cut": ("plan_version",)}
"""What is looked at again → of which kinds the person's rows are that say where else it stands."""
LETTERS = {"stop": "stop", "sign_plan": "cut"}
"""The act of a decision → what the letter is about that may have been asked about before it."""


class Matter(NamedTuple):
    """What is to be looked at again: `of` is its entry, `same` every entry under which it may have been asked about, `amount` its
    pence, 0 where it is about none, and `stop` the stop as it stands, of one that was notified."""

    about: str
    of: int
    same: frozenset[int]
    amount: int = 0
    stop: Notice | None = None


Find = Callable[[Connection, int], Awaitable[Matter]]


async def ask_again(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, about: str, of: int, received_on: date, subject: str,
    detail: Detail | None = None,
) -> Decided:  # fmt: skip
    """Records that somebody asks for a decision to be looked at again, and until when it is answered. `of` is the demand, the
    notice of a cut or stop, or the decision. NotSettled(reconsidered_not_found, demand_not_found, notice_not_found)."""

    async def find(connection: Connection, book_id: int) -> Matter:
        await foresee(
            connection, entries=(act.approved, of), kinds=("reconsideration", *KINDS.get(about, ())),
            acts=("requested", "stop_notified"),
        )  # fmt: skip
        return await _matter(connection, book_id, act.person, about, of)

    return await _asked(gate, sender, timeout_seconds, act, find, received_on, subject, detail)


async def ask_about_stop(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, line: str, received_on: date, detail: Detail | None = None
) -> Decided:  # fmt: skip
    """The same of the stop of a line (reg 17(6)), before the line has ended or after. NotSettled(stop_not_found)."""

    async def find(connection: Connection, book_id: int) -> Matter:
        await foresee(connection, kinds=("reconsideration",), acts=("requested",), subjects=(f"stop/{line}",))
        notice = await notice_of(connection, book_id, act.person, line)
        if notice is None or notice.act == "stop_withdrawn":
            raise NotSettled("stop_not_found")
        return _of_stop(notice)

    return await _asked(gate, sender, timeout_seconds, act, find, received_on, line, detail)


async def _asked(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, find: Find, received_on: date, subject: str,
    detail: Detail | None,
) -> Decided:  # fmt: skip
    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        matter = await find(connection, gate.book_id)
        before = await _asked_before(connection, gate.book_id, act.person, matter, received_on)
        sheet = msgspec.structs.replace(HARMLESS, act="reconsider", asked_before=before, amount_pence=matter.amount,
                                        left_pence=matter.amount)  # fmt: skip
        stop = matter.stop
        asked = Reconsideration(
            subject=f"reconsideration/{subject}" if stop is None else stop.stop.subject, person=act.person, about=matter.about,
            of=matter.of, received_on=received_on, line=None if stop is None else stop.stop.line,
            answer_by=date.fromordinal(received_on.toordinal() + limits.reconsideration_days),
        )  # fmt: skip
        record = reconsideration_recorded("requested", asked, because=-1, detail=detail)
        case = case_of(act, budget, sheet, (record,), None, {"about": matter.about}, because=matter.of)
        guards = () if stop is None else (Guard(stop.stop.subject, stop.last.number),)
        return msgspec.structs.replace(case, guards=guards)

    return await judged(gate, sender, timeout_seconds, act, look)


async def _asked_before(
    connection: Connection, book_id: int, person: str, matter: Matter, received_on: date
) -> bool:  # fmt: skip
    """Whether the same was asked before; or, of a refused request, any in the six months before (reg 7(10))."""
    earlier = [
        row.attributes for row in await said_of_person(connection, book_id, person, ["reconsideration"])
        if row.act == "requested"
    ]  # fmt: skip
    if any(int(row["of"]) in matter.same for row in earlier):
        return True
    if matter.about != "refusal" or not await _is_refusal(connection, book_id, matter.of):
        return False
    since = months_before(received_on, SIX_MONTHS).isoformat()
    for row in earlier:
        is_near = row["about"] == matter.about and row["received_on"] > since
        if is_near and await _is_refusal(connection, book_id, int(row["of"])):
            return True
    return False


async def _is_refusal(connection: Connection, book_id: int, number: int) -> bool:
    """Whether a decision refused a budget or a direct payment (reg 7(10)), by the rules or by whoever declined what was referred:
    of those, one in six months is looked at again; a purchase that was refused is another matter each time."""
    said = await said_at(connection, book_id, number)
    if said is None or said.kind != "decision":
        return False
    act = said.attributes["act"]
    if act == "approval":
        referral = await said_at(connection, book_id, int(said.attributes["of"]))
        act = referral.attributes["act"] if referral is not None else ""
    return (act, said.attributes["outcome"]) in REFUSALS


async def _matter(connection: Connection, book_id: int, person: str, about: str, of: int) -> Matter:
    said = await said_at(connection, book_id, of)
    is_theirs = said is not None and said.attributes.get("person") == person
    decision = said if said is not None and is_theirs and said.kind == "decision" else None
    is_done = decision is not None and (decision.attributes["act"], decision.attributes["outcome"]) == (
        ACT_OF.get(about), "allow",
    )  # fmt: skip
    if about == "demand":
        # The first entry after a decision is what it allowed.
        found: DemandRead = await the_demand(connection, book_id, person, of + is_done)
        return Matter(about, found.number, frozenset((found.number,)), found.demand.amount)
    if about == "stop":
        return await _stop(connection, book_id, person, of + is_done)
    if about == "cut":
        read = await the_notice(connection, book_id, person, of)
        if read.notice.about != about:
            raise NotSettled("reconsidered_not_found")
        signed = await signed_on(connection, book_id, person, of)
        return Matter(about, of, frozenset((of, *signed)), read.notice.amount or 0)
    if decision is not None and about == "refusal":
        is_done = decision.attributes["outcome"] == "deny" or await _is_refusal(connection, book_id, of)
    if decision is None or not is_done:
        raise NotSettled("reconsidered_not_found")
    # A cut is one matter, by its notice and by the plan that was signed on it.
    letter = await letter_of(connection, book_id, of, "cut") if about == "left_out" else 0
    return Matter(about, of, frozenset((of, letter or of)), int(decision.attributes["amount"]))


async def _stop(connection: Connection, book_id: int, person: str, of: int) -> Matter:
    """A stop by the entry that notified it or by its written notice, where no stop names that yet: both are one matter."""
    rows = await said_of_person(connection, book_id, person, ["notice"])
    notified = [row for row in rows if row.act == "stop_notified" and _is_named(row, of)]
    if notified:
        notice = await notice_of(connection, book_id, person, notified[-1].attributes["line"])
        if notice is None or notice.number != notified[-1].number or notice.act == "stop_withdrawn":
            raise NotSettled("reconsidered_not_found")
        return _of_stop(notice)
    read = await the_notice(connection, book_id, person, of)
    if read.notice.about != "stop":
        raise NotSettled("reconsidered_not_found")
    return Matter("stop", of, frozenset((of,)), read.notice.amount or 0)


def _is_named(row: Said, of: int) -> bool:
    return of == row.number or str(of) == row.attributes.get("notice")


def _of_stop(notice: Notice) -> Matter:
    same = (notice.number, notice.stop.notice)
    return Matter("stop", notice.number, frozenset(each for each in same if each is not None), stop=notice)


async def looked_at(connection: Connection, book_id: int, decision: Entry) -> Looked | None:
    """What was asked to be looked at again of a decision, or by it; of one that was asked before, what was asked then. None where
    nobody has."""
    number, given = decision.number, dict(decision.attributes)
    if "person" not in given:
        return None
    is_done = given["outcome"] == "allow" and given["act"] in ("demand", "stop", "reconsider")
    same = {number + is_done}
    is_asked_before = (given["act"], given["outcome"]) == ("reconsider", "deny")
    if is_asked_before:
        same.add(decision.because)
    if given["act"] in LETTERS and given["outcome"] == "allow":
        same.add(await letter_of(connection, book_id, number, LETTERS[given["act"]]))
    rows = await said_of_person(
        connection, book_id, given["person"], ["reconsideration", "review", "plan_version", "person"]
    )
    for place, row in enumerate(rows):
        if row.kind != "reconsideration":
            continue
        of = row.number if given["act"] == "reconsider" and not is_asked_before else int(row.attributes["of"])
        if row.act != "requested" or of not in same:
            continue
        asked, _ = reconsideration_of(row.subject, row.attributes)
        said = next((each for each in rows[place + 1 :] if each.subject == row.subject), row)
        detail = await read_detail(connection, book_id, said.number) if said is not row else None
        return Looked(
            act=said.act, received_on=asked.received_on, answer_by=asked.answer_by,
            answered_on=day_of(said.attributes, "answered_on"), late_days=int(said.attributes.get("late_days", 0)),
            words="" if detail is None else content_of(detail).get("words") or "", about=asked.about,
            is_lifted=said is not row and await _is_lifted(connection, book_id, asked, said.number),
            promise=promises_of(rows).get(row.number), has_died=_has_died(rows, row.number, asked, said),
        )  # fmt: skip
    return None


async def _is_lifted(connection: Connection, book_id: int, asked: Reconsideration, answer: int) -> bool:
    """Whether an answer lifted the pause that was asked about, with the entry after it: one that had ended, or was made again, it
    left as it was."""
    if asked.about != "suspend":
        return False
    after = await said_at(connection, book_id, answer + 1)
    if after is None or (after.kind, after.act) != ("line", "resumed"):
        return False
    return (await read_entry(connection, book_id, after.number)).entry.because == answer


def _has_died(rows: Sequence[Said], request: int, asked: Reconsideration, answer: Said) -> bool:
    """Whether no plan is changed for an answer because the person had died before it, or before that was done."""
    died = next((row.number for row in rows if (row.kind, row.act) == ("person", "died")), 0)
    if not died or answer.act != "changed" or asked.about not in OF_A_PLAN or request in promises_of(rows):
        return False
    return died < answer.number or any(row.attributes.get("of") == str(request) for row in rows if row.act == "due")
