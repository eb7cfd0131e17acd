"""A direct payment that stops or pauses: the notice and its grounds, the reconsideration, and the day on which the line ends.

The notice goes through the rules, and what follows it is done once each: a reconsideration, which another person decides, and the
end, which may come while that runs (SI 2013/1617 reg 17(3) to (8)).
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.book.statements import read_entry
from ledger.budgets import stopping
from ledger.budgets.acts import authority_given_back, hold_released, reversal
from ledger.budgets.endings import LiabilityRead, liabilities_of, open_orders, returns_of, shares_left, with_released
from ledger.budgets.foreseen import foresee
from ledger.budgets.owing import reconsideration_of, reconsideration_recorded
from ledger.budgets.plans import Line, PlanVersion, line_recorded
from ledger.budgets.reading import Order, Setup, said_of, said_of_person, setup_of
from ledger.budgets.standing import Said, Standing, line_said, read_standing
from ledger.core.model import Detail, Guard
from ledger.core.requests import AnyRequest
from policies.consenting import confirmed_at_sixteen, confirmed_since_capacity
from policies.facts_ending import Ending, EndingAct
from policies.found_owing import approvals_of, check_reasoned, deciders_of, given_on, hands_on, the_notice
from policies.gate import Decided, Gate, NotPaidOut, Sender
from policies.judging import Case, judge
from policies.promising import is_paused_still
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
NOBODY_TO_CARE_FOR = ("died", "not_patient")
CANNOT_WAIT = (*stopping.MUST, "fraud", "died")
"""Grounds on which a stop need not wait for the notice that the plan agrees."""
NO_LETTER = frozenset(("requested", "changed", "withdrawn"))
"""How a reconsideration of a letter stands while no stop is made on it."""


class Notice(NamedTuple):
    """A stop as it stands: its notice, what was said of it last, and what was said of its reconsideration since."""

    number: int
    stop: stopping.Stop
    act: str
    last: Said
    reconsidered: list[Said]


async def notice_of(connection: Connection, book_id: int, person: str, line: str) -> Notice | None:
    """The last stop of a line of this person that a notice went out for, or None."""
    said = await said_of(connection, book_id, f"stop/{line}")
    notices = [row for row in said if row.kind == "notice" and row.attributes.get("person") == person]
    given = [row for row in notices if row.act == "stop_notified"]
    if not given:
        return None
    first = given[-1]
    stop, _ = stopping.stop_of(first.subject, first.attributes)
    since = [row for row in said if row.kind == "reconsideration" and row.number > first.number]
    return Notice(first.number, stop, notices[-1].act, said[-1], since)


def _ground_shown(ground: str, standing: Standing, setup: Setup, day: date) -> bool:
    """Whether the register shows a ground that it knows of; of the others it says nothing, and the reasons do."""
    shown = {
        "consent_withdrawn": not setup.consent,
        "capacity_regained": not confirmed_since_capacity(setup, day),
        "sixteen": not confirmed_at_sixteen(standing, setup, day),
        "died": setup.died_on is not None,
    }
    return shown.get(ground, True)


async def _line(connection: Connection, book_id: int, person: str, line: str) -> tuple[Standing, Setup, Line, str]:
    """A line of direct payments that has not ended. NotThere(person_unknown, line_unknown); NotPaidOut; NotSettled(line_ended)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found, act = setup.lines[line]
    if found.management not in ("direct_payment", "one_off"):
        raise NotPaidOut
    if act == "ended":
        raise NotSettled("line_ended")
    return standing, setup, found, act


async def notify_stop(
    gate: Gate, sender: Sender, timeout_seconds: float, *, stop: stopping.Stop | None, person: str, line: str, ground: str,
    notified_on: date, ends_on: date, effective_on: date, today: date, reasons: Detail | None, written: int | None = None,
    approved: int = 0,
) -> Decided:  # fmt: skip
    """Gives notice that a line of direct payments stops (reg 17(3)): judged by the rules, and on record with its reasons when they
    allow it; a ground that leaves a choice is referred. `stop` is None where nobody has said how the care goes on, `reasons` where
    there are none: then nothing is given, and no approval stands in for it. Its days count from today, or from when the notice of
    entry `written` was delivered, or was recorded as sent. NotSettled(stop_notified_already, line_ended, care_not_said,
    notice_in_future, notice_not_found, letter_reconsidered), NotPaidOut, NotThere."""
    if notified_on > today:
        raise NotSettled("notice_in_future")

    async def look(connection: Connection) -> Case:
        standing, setup, found, _ = await _line(connection, gate.book_id, person, line)
        kinds = ("notice", "reconsideration")
        await foresee(connection, entries=(written, approved), subjects=(f"stop/{line}",), kinds=kinds)
        before = await notice_of(connection, gate.book_id, person, line)
        if before is not None and before.act == "stop_notified" and not await _is_taken_back(
            connection, gate.book_id, before.stop
        ):  # fmt: skip
            raise NotSettled("stop_notified_already")
        given, guards = await _written(connection, gate.book_id, person, written)
        if written and await _answers_on(connection, gate.book_id, person, written) & NO_LETTER:
            raise NotSettled("letter_reconsidered")
        counts = max(notified_on, given or today)
        sheet = _sheet("stop", gate, effective_on, ground=ground, setup=setup, standing=standing, has_reasons=reasons is not None,
                       alternative=None if stop is None else stop.alternative, notice=ends_on - counts,
                       plan=setup.plan_on(found, notified_on),
                       backdated=timedelta() if given is not None else counts - notified_on)  # fmt: skip
        _check_care(sheet, approved)
        requests: tuple[AnyRequest, ...] = ()
        if stop is not None and reasons is not None:
            requests = (stopping.stop_recorded("stop_notified", stop, because=-1, detail=reasons),)
        return Case(
            sheet=sheet, act="stop", person=person, line=line, amount=0, effective_on=effective_on, requests=requests,
            guards=(Guard(f"stop/{line}", before.last.number if before is not None else 0), *guards), approved=approved,
            stated={"ground": ground, "ends_on": ends_on.isoformat()},
            # Days that pass shorten it: whoever approved twenty days of notice did not approve one.
            least={"notice_days": sheet.notice_days} if _is_short(sheet) else {},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


def _is_short(sheet: Ending) -> bool:
    """Whether somebody has to approve how few days of notice there are."""
    return sheet.notice_days < sheet.limit_notice_days and not sheet.notice_may_be_short


async def _written(
    connection: Connection, book_id: int, person: str, number: int | None
) -> tuple[date | None, tuple[Guard, ...]]:  # fmt: skip
    """The day from which a written notice of a stop counts, and what that rests on; None where none is named, or it has not been
    given, lacks something or is about something else. NotSettled(notice_not_found)."""
    if number is None:
        return None, ()
    read = await the_notice(connection, book_id, person, number)
    given = await given_on(connection, book_id, read)
    fits = read.notice.about == "stop" and not read.notice.missing
    return given if fits else None, (Guard(read.notice.subject, read.version),)


async def _answers_on(connection: Connection, book_id: int, person: str, letter: int) -> set[str]:
    """How each reconsideration of a written notice of a stop stands, or of a stop that was notified on it."""
    rows = await said_of_person(connection, book_id, person, ["notice", "reconsideration"])
    on_it = [row.number for row in rows if row.act == "stop_notified" and row.attributes.get("notice") == str(letter)]
    stands = {
        row.attributes["of"]: row.act for row in rows
        if row.kind == "reconsideration" and int(row.attributes["of"]) in (letter, *on_it)
    }  # fmt: skip
    return set(stands.values())


async def _is_taken_back(connection: Connection, book_id: int, stop: stopping.Stop) -> bool:
    """Whether the letter of a stop was asked about before it, and changed after: it ends nothing, and makes way for a new one."""
    return stop.notice is not None and "changed" in await _answers_on(connection, book_id, stop.person, stop.notice)


async def suspend(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, line: str, alternative: str | None, effective_on: date,
    reasons: Detail | None, approved: int = 0,
) -> Decided:  # fmt: skip
    """Pauses a line of direct payments: judged as a stop is, since care would be cut off as much. Nothing of its money moves.
    NotSettled(line_ended, line_suspended, care_not_said), NotPaidOut, NotThere."""

    async def look(connection: Connection) -> Case:
        standing, setup, found, act = await _line(connection, gate.book_id, person, line)
        if act == "suspended":
            raise NotSettled("line_suspended")
        sheet = _sheet("suspend", gate, effective_on, ground="", setup=setup, standing=standing, alternative=alternative,
                       has_reasons=reasons is not None, notice=timedelta())  # fmt: skip
        _check_care(sheet, approved)
        paused = line_recorded("suspended", found, because=-1, detail=reasons)
        return Case(
            sheet=sheet, act="suspend", person=person, line=line, amount=0, effective_on=effective_on, requests=(paused,),
            approved=approved, stated={} if alternative is None else {"alternative": alternative},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


def _check_care(sheet: Ending, approved: int) -> None:
    """Another person may approve a stop, and not that nobody knows how the care goes on. NotSettled(care_not_said)."""
    if approved and not sheet.care_goes_on:
        raise NotSettled("care_not_said")


def _sheet(
    act: EndingAct, gate: Gate, day: date, *, ground: str, setup: Setup, standing: Standing, alternative: str | None,
    has_reasons: bool, notice: timedelta, plan: tuple[PlanVersion, str] | None = None, backdated: timedelta = timedelta(),
) -> Ending:  # fmt: skip
    nobody = ground in NOBODY_TO_CARE_FOR
    agreed = (plan[0].notice_days or 0) if plan is not None else 0
    return Ending(
        act=act,
        must_stop=ground in stopping.MUST,
        ground_shown=_ground_shown(ground, standing, setup, day),
        reasons_given=has_reasons,
        care_goes_on=alternative is not None and (alternative != "not_needed" or nobody),
        notice_days=max(0, notice.days),
        limit_notice_days=max(agreed, gate.limits_on(day).stop_notice_days),
        agreed_notice_days=agreed,
        notice_backdated_days=max(0, backdated.days),
        notice_may_be_short=ground in CANNOT_WAIT,
    )


async def resume(connection: Connection, book_id: int, *, person: str, line: str) -> Resolution:
    """Takes a pause back. NotSettled(line_not_suspended, line_ended), NotPaidOut, NotThere."""
    standing, _, found, act = await _line(connection, book_id, person, line)
    if act != "suspended":
        raise NotSettled("line_not_suspended")
    return Resolution((line_recorded("resumed", found),), (Guard(f"person/{person}", standing.version),))


async def end_line(
    connection: Connection, book_id: int, *, person: str, line: str, effective_on: date, owes_nothing: bool
) -> Resolution:  # fmt: skip
    """Ends a line whose notice has run out: the line is ended, what is held of it goes back (event 30), and its authority to the
    funds (35) but for what a liability that nobody has answered asks for. A reconsideration that is still open does not put it off
    (reg 17(8)). What is owed to others is stated before, or that there is nothing. By another than gave the notice, unless another
    person approved that. NotSettled(stop_not_found, stop_made_already,
    stop_too_early, stop_notice_not_given, letter_reconsidered, liabilities_not_said)."""
    await foresee(connection, subjects=(f"stop/{line}",), kinds=("evidence", "notice", "reconsideration"), orders=True)
    notice = await _open_notice(connection, book_id, person, line)
    if await _is_taken_back(connection, book_id, notice.stop):
        raise NotSettled("letter_reconsidered")
    if effective_on < notice.stop.ends_on:
        raise NotSettled("stop_too_early")
    reached = await _notice_reached(connection, book_id, notice, effective_on)
    standing, _, found, _ = await _line(connection, book_id, person, line)
    owed = [each for each in await liabilities_of(connection, book_id, person) if each.liability.line == line]
    if not (owed or owes_nothing):
        raise NotSettled("liabilities_not_said")
    decision = (await read_entry(connection, book_id, notice.number)).entry.because
    made = stopping.stop_recorded(
        "stop_made", notice.stop, because=notice.number, liabilities="stated" if owed else "none"
    )
    orders = await open_orders(connection, book_id, person, line)
    released = [
        hold_released(hold=order.hold, shares=order.shares, effective_on=effective_on, because=decision)
        for order in orders
    ]
    balances = with_released(standing.balances, orders)
    shares = await shares_left(connection, book_id, found, balances, keeping=_waiting(owed), day=effective_on)
    back = authority_given_back(shares=shares, effective_on=effective_on, because=-2 - len(released))
    ended = line_recorded("ended", found, because=-1)
    return Resolution(
        (made, *released, ended, *([back] if back is not None else [])),
        (Guard(f"stop/{line}", notice.last.number), Guard(f"person/{person}", standing.version), *reached),
        () if await approvals_of(connection, book_id, notice.number) else (notice.number,),
    )


async def _notice_reached(
    connection: Connection, book_id: int, notice: Notice, day: date
) -> tuple[Guard, ...]:  # fmt: skip
    """That the written notice which a stop names still stands as given (reg 17(3)), and what that rests on; on a ground that cannot
    wait nothing is asked of it. One that came back and was given again runs as long as it first did.
    NotSettled(stop_notice_not_given, stop_too_early)."""
    stop = notice.stop
    if stop.notice is None or stop.ground in CANNOT_WAIT:
        return ()
    read = await the_notice(connection, book_id, stop.person, stop.notice)
    if read.notice.about != "stop":
        return ()
    given = await given_on(connection, book_id, read)
    if given is None:
        raise NotSettled("stop_notice_not_given")
    said = await said_of(connection, book_id, read.notice.subject)
    came_back = any(row.act == "returned" and row.number > notice.number for row in said)
    if came_back and day < given + (stop.ends_on - stop.notified_on):
        raise NotSettled("stop_too_early")
    return (Guard(read.notice.subject, read.version),)


async def orders_ending(connection: Connection, book_id: int, line: Line, day: date) -> list[Order]:
    """The orders that end with a line on a day: whatever is still to be paid out, or waits for a decision, and of what the
    commissioner ordered the care that begins later. What was ordered of earlier care, or says no day, waits for its invoice."""
    orders = await open_orders(connection, book_id, line.person, line.line)
    if not line.is_kept:
        return orders
    found = []
    for order in orders:
        begins = (await read_entry(connection, book_id, order.decision)).entry.care_from
        if order.purpose != "order" or (begins is not None and begins > day):
            found.append(order)
    return found


def waiting_by_line(owed: Sequence[LiabilityRead]) -> dict[str, int]:
    """Pence of each line that nobody has answered for yet."""
    lines = {each.liability.line for each in owed}
    return {line: _waiting([each for each in owed if each.liability.line == line]) for line in lines}


def _waiting(owed: Sequence[LiabilityRead]) -> int:
    """Pence that nobody has answered for yet."""
    return sum(each.liability.amount for each in owed if each.is_waiting)


async def left_after_end(
    connection: Connection, book_id: int, line: Line, balances: Mapping[str, int], owed: Sequence[LiabilityRead], day: date
) -> list[AnyRequest]:  # fmt: skip
    """What goes back to the funds of a line that has ended (event 35), of what came back to it since: all but what the liabilities
    of it that wait for an answer ask for. Nothing for a line that has not ended."""
    # Whatever was decided about the line since is not said of the line itself.
    last = line_said((await read_standing(connection, book_id, line.person)).said, line.line)[-1]
    if last.act != "ended":
        return []
    waiting = _waiting([each for each in owed if each.liability.line == line.line])
    shares = await shares_left(connection, book_id, line, balances, keeping=waiting, day=day)
    back = authority_given_back(shares=shares, effective_on=day, because=last.number)
    return [] if back is None else [back]


async def give_back(connection: Connection, book_id: int, *, person: str, line: str, effective_on: date) -> Resolution:
    """Returns to the funds what came back to a line after it ended, such as an instalment that the bank returned (event 35).
    NotThere(person_unknown, line_unknown); NotSettled(line_not_ended, nothing_left)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    if line not in setup.lines:
        raise NotThere("line_unknown")
    found, act = setup.lines[line]
    if act != "ended":
        raise NotSettled("line_not_ended")
    await foresee(connection, kinds=("evidence",))
    owed = await liabilities_of(connection, book_id, person)
    back = await left_after_end(connection, book_id, found, standing.balances, owed, effective_on)
    if not back:
        raise NotSettled("nothing_left")
    return Resolution(tuple(back), (Guard(f"person/{person}", standing.version),))


async def _open_notice(connection: Connection, book_id: int, person: str, line: str) -> Notice:
    notice = await notice_of(connection, book_id, person, line)
    if notice is None or notice.act == "stop_withdrawn":
        raise NotSettled("stop_not_found")
    if notice.act == "stop_made":
        raise NotSettled("stop_made_already")
    return notice


async def decide_reconsideration(
    connection: Connection, book_id: int, *, person: str, line: str, outcome: str, on: date, today: date,
    detail: Detail | None,
) -> Resolution:  # fmt: skip
    """Confirms a stop or withdraws it, once and in words, by somebody who had no part in it: who neither asked for it nor approved
    it, nor wrote or gave the letter that it names. States whether that is late by `today`; withdrawn, a line that has ended is open
    again, or paused as before, with the authority that went back of years that are open (event 38).
    Malformed(reconsidered_unreasoned); NotSettled(stop_not_found, reconsideration_not_asked, reconsidered_already)."""
    said = line_said((await read_standing(connection, book_id, person)).said, line)
    ended = (line, said[-1].number) if outcome == "withdrawn" and said and said[-1].act == "ended" else None
    await foresee(connection, subjects=(f"stop/{line}",), kinds=("notice", "reconsideration"), ended=ended)
    notice = await notice_of(connection, book_id, person, line)
    if notice is None:
        raise NotSettled("stop_not_found")
    if not notice.reconsidered:
        raise NotSettled("reconsideration_not_asked")
    if len(notice.reconsidered) > 1:
        raise NotSettled("reconsidered_already")
    check_reasoned(True, detail)
    request = notice.reconsidered[0]
    asked, _ = reconsideration_of(request.subject, request.attributes)
    made: list[AnyRequest] = [
        reconsideration_recorded(
            outcome, asked, answered_on=on, recorded_on=today, because=request.number, detail=detail
        )
    ]
    guards = [Guard(f"stop/{line}", notice.last.number)]
    if outcome == "withdrawn":
        made.append(stopping.stop_recorded("stop_withdrawn", notice.stop, because=-1))
        standing = await read_standing(connection, book_id, person)
        found, act = setup_of(standing.said).lines[line]
        if notice.act == "stop_made" and act == "ended":
            made.append(line_recorded("resumed", found, because=-1))
            if await is_paused_still(connection, book_id, person, said):
                # Directly after it: the pause of before, which nobody has looked at, goes on.
                made.append(line_recorded("suspended", found, because=-1))
            made += await _authority_again(connection, book_id, person, line, on)
            guards.append(Guard(f"person/{person}", standing.version))
    others = await deciders_of(connection, book_id, notice.number)
    others |= await hands_on(connection, book_id, person, notice.stop.notice)
    return Resolution(tuple(made), tuple(guards), tuple(sorted(others)))


async def _authority_again(
    connection: Connection, book_id: int, person: str, line: str, on: date
) -> list[AnyRequest]:  # fmt: skip
    """What undoes every return of authority because a line ended, unless its year has closed since: then it has lapsed anyway."""
    ended = line_said((await read_standing(connection, book_id, person)).said, line)[-1].number
    return [
        reversal(entry=each.number, line=line, effective_on=max(on, each.effective_on or on), because=-3)
        for each in await returns_of(connection, book_id, person, line, ended)
    ]
