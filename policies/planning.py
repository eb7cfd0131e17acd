"""Plans put in force: a version that is signed is judged first, and what it gives and takes follows from what it says."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.book.lookups import read_detail
from ledger.budgets.drafts import Draft, Standing, draft_of, signing
from ledger.budgets.endings import liabilities_of
from ledger.budgets.foreseen import foresee
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line, PlanVersion, plan_of
from ledger.budgets.presence import balance_of
from ledger.budgets.reading import Setup, funds_of, said_of, setup_of, version_of, years_of
from ledger.budgets.scheduled import read_periods
from ledger.budgets.standing import Said, read_rules, read_standing
from ledger.budgets.terms import Signature
from ledger.core.calendar import months_after, year_of
from ledger.core.model import MAX_GROUP, Guard
from ledger.core.requests import AnyRequest, Post
from ledger.money import MAX_PENCE
from policies.committed import decided_by, given_besides
from policies.consenting import confirmed_at_sixteen, confirmed_since_capacity, confirmed_since_loss
from policies.delegated import own_limit
from policies.ending import notice_of as stop_notice_of
from policies.ending import orders_ending, waiting_by_line
from policies.enough import PAID_OUT, enough
from policies.facts_plans import Signing
from policies.found_owing import given_on, recorded_on, the_notice
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.promising import is_taken_back
from policies.scheduling import is_over
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
NHS_KINDS = frozenset(("ring_fenced", "demand_led"))
"""Funds of NHS money; a partner's is a council's, which may charge for its own part."""
WHEELCHAIR = "wheelchair"
"""The service that a person may add to (NHS (PHB) Standing Rules, wheelchair budgets)."""
FIRST_REVIEW_MONTHS, LATER_REVIEW_MONTHS = 3, 12
"""Reg 14(2): at least once in the first three months, then at intervals of twelve at most."""

OF_CHANGES = ("evidence", "notice", "plan_version", "reconsideration")
"""What a version that changes lines is looked at with: what is owed and explained, what was told, and what was looked at again."""
PAYMENTS_A_YEAR = {"weekly": 52, "four_weekly": 13, "monthly": 12, "quarterly": 4, "yearly": 1}
"""How many payments of each interval are usual in a year, so that rates of unlike intervals are compared."""


class NotSignable(ValueError):
    """Why a plan cannot be signed as it stands, or a version not be drafted: `code` says it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class PlanMoved(Exception):
    """The plan is not as whoever asks has read it: `number` is the entry that it has come to, of the version `version`."""

    code = "plan_changed"

    def __init__(self, number: int, version: str) -> None:
        super().__init__(number, version)
        self.number = number
        self.version = version


class Waiting(NamedTuple):
    """A version that waits for its signature: the entry of its draft, and what was drafted."""

    number: int
    version: PlanVersion
    draft: Draft


def agreed_of(setup: Setup, plan: str) -> dict[str, Line]:
    """The lines of a plan that have been agreed and have not ended."""
    return {name: line for name, (line, act) in setup.lines.items() if line.plan == plan and act != "ended"}


def signed_of(setup: Setup, plan: str) -> PlanVersion | None:
    """The newest version of a plan that has been signed."""
    signed = [version for version, act in setup.plans.get(plan, []) if act != "drafted"]
    return signed[-1] if signed else None


async def read_plan(connection: Connection, book_id: int, person: str, plan: str, read: int) -> list[Said]:
    """What was said of a person's plan, oldest first; `read` is the entry that was its last when it was read.
    NotThere(plan_not_found), PlanMoved."""
    said = await said_of(connection, book_id, f"plan/{plan}")
    if not said or said[-1].attributes.get("person") != person:
        raise NotThere("plan_not_found")
    if said[-1].number != read:
        raise PlanMoved(said[-1].number, said[-1].attributes["version"])
    return said


async def waiting_of(connection: Connection, book_id: int, said: Sequence[Said]) -> Waiting:
    """The draft of a plan that waits. NotSignable(plan_not_drafted, plan_erased)."""
    row = next(each for each in reversed(said) if each.act in ("drafted", "signed", "ended"))
    if row.act != "drafted":
        raise NotSignable("plan_not_drafted")
    content = await read_detail(connection, book_id, row.number)
    if content is None:
        raise NotSignable("plan_erased")
    return Waiting(row.number, plan_of(row.subject, row.attributes)[0], draft_of(content))


async def sign(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, plan: str, read: int, effective_on: date,
    signatures: tuple[Signature, ...] = (), agreement_on: date | None = None, approved: int = 0,
) -> Decided:  # fmt: skip
    """Signs a plan's draft, by another than drafted it, when the rules allow it (events 2, 3 and 35; see `drafts.signing`).

    `read` is the entry that was the plan's last when whoever signs read it. NotThere(person_unknown, plan_not_found), PlanMoved,
    NotSignable(plan_not_drafted, plan_erased, plan_too_large, version_not_begun, schedule_over_line),
    NotSettled(letter_reconsidered). Refusals: second_person_needed, not_enough_available, account_unknown."""

    async def look(connection: Connection) -> Case:
        standing = await read_standing(connection, gate.book_id, person)
        setup = setup_of(standing.said)
        if not setup.registered:
            raise NotThere("person_unknown")
        lines, funds = agreed_of(setup, plan), funds_of((await read_rules(connection, gate.book_id)).funds)
        await foresee(
            connection, entries=(approved, *decided_by(standing.said).values()), kinds=OF_CHANGES if lines else (),
            subjects=(f"plan/{plan}", *(f"stop/{name}" for name in lines)), orders=bool(lines), limits_of=sender.asked.actor,
            accounts=(f"fund/{name}/" for name, fund in funds.items() if fund.kind == "demand_led"),
        )  # fmt: skip
        said = await read_plan(connection, gate.book_id, person, plan, read)
        found = await waiting_of(connection, gate.book_id, said)
        on = agreement_on or found.version.agreement_on
        signed = [each.line for each in found.draft.lines]
        version = msgspec.structs.replace(
            found.version, signatures=signatures, agreement_on=on, agreement=found.version.agreement or on is not None,
            cut=sum(cuts(lines, signed, effective_on).values()) or None)  # fmt: skip
        out = [line for name, line in lines.items() if name not in {each.line for each in signed}]
        now = Standing(
            lines, standing.balances, frozenset(name for name in lines if setup.lines[name][1] == "suspended"),
            {line.line: await orders_ending(connection, gate.book_id, line, effective_on) for line in out},
            waiting_by_line(await liabilities_of(connection, gate.book_id, person)) if out else {},
        )  # fmt: skip
        if now.lines and effective_on < version.start:
            # Its lines go on from the moment of signing, so it may not speak before its time.
            raise NotSignable("version_not_begun")
        schedules = await _schedules_of(connection, gate.book_id, person, found.draft, now)
        # The decision is the first of the group, so the signed version is the second.
        group = signing(version, found.draft, drafted=found.number, funds=funds, effective_on=effective_on, salt=gate.salt,
                        place=-2, now=now)  # fmt: skip
        if len(group) >= MAX_GROUP:
            raise NotSignable("plan_too_large")
        told = await _told(connection, gate.book_id, person, found, now, effective_on)
        limit = await own_limit(connection, gate, sender.asked.actor, "allocate", effective_on)
        besides = await given_besides(connection, gate.book_id, standing, signed, group)
        sheet = signing_sheet(setup, version, signed, now, effective_on, told)
        sheet = msgspec.structs.replace(
            sheet, consent_given=sheet.consent_given and confirmed_at_sixteen(standing, setup, effective_on),
            below_zero_pence=await _below_zero(connection, gate.book_id, funds, group),
            limit_pence=max(0, limit.pence - besides.alone),
        )  # fmt: skip
        return Case(
            sheet=sheet, act="sign_plan", person=person, amount=sheet.amount_pence, effective_on=effective_on, requests=group,
            guards=(Guard(f"plan/{plan}", read), *schedules, *limit.guards), other_than=(found.number,), because=found.number,
            approved=approved, before=besides.signed, stated={"plan": plan, "version": str(version.version)},
            most={"whole": sheet.amount_pence + besides.signed} if besides.signed else {},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def _schedules_of(
    connection: Connection, book_id: int, person: str, draft: Draft, now: Standing
) -> tuple[Guard, ...]:  # fmt: skip
    """Guards the schedules of lines that go on and keep something for emergencies: it may be no part of what is still to be paid.
    NotSignable(schedule_over_line)."""
    keeping = [each.line for each in draft.lines if each.line.contingency and each.line.line in now.lines]
    if not keeping:
        return ()
    read = await read_periods(connection, book_id, person)
    if any(is_over(line, read.periods_of(line.line)) for line in keeping):
        raise NotSignable("schedule_over_line")
    return tuple([
        Guard(f"schedule/{line.line}", await version_of(connection, book_id, f"schedule/{line.line}")) for line in keeping
    ])  # fmt: skip


async def _below_zero(
    connection: Connection, book_id: int, funds: Mapping[str, Fund], group: Sequence[AnyRequest]
) -> int:  # fmt: skip
    """By how many pence a group would take demand-led funds below zero, all together."""
    taken: dict[str, int] = {}
    for leg in [leg for each in group if isinstance(each, Post) for leg in each.legs]:
        parts = leg.account.split("/")
        if parts[0] == "fund" and parts[-1] == "unallocated" and funds[parts[1]].kind == "demand_led":
            taken[leg.account] = taken.get(leg.account, 0) + leg.amount
    lacking = 0
    for code, pence in taken.items():
        left = (await balance_of(connection, book_id, code) or 0) + pence
        lacking += min(-left, -pence) if left < 0 and pence < 0 else 0
    return lacking


class Told(NamedTuple):
    """What the person was told in writing by a day: since when of the cut that a version names the notice of, since when of it as
    the draft says and not before that was written down, and for which lines the notice of a stop has run out."""

    cut_on: date | None = None
    said_on: date | None = None
    stopped: frozenset[str] = frozenset()


async def _told(
    connection: Connection, book_id: int, person: str, found: Waiting, now: Standing, day: date
) -> Told:  # fmt: skip
    cut_on = said_on = None
    if found.version.notice is not None:
        read = await the_notice(connection, book_id, person, found.version.notice)
        if await is_taken_back(connection, book_id, person, found.version.notice):
            raise NotSettled("letter_reconsidered")
        given = await given_on(connection, book_id, read)
        if read.notice.about == "cut" and not read.notice.missing and given is not None and given <= day:
            cut_on = given
    if found.version.notice_on is not None:
        said_on = max(found.version.notice_on, await recorded_on(connection, book_id, found.number))
    stops = {name: await stop_notice_of(connection, book_id, person, name) for name in now.lines}
    return Told(cut_on, said_on, frozenset(
        name for name, stop in stops.items() if stop is not None and stop.act == "stop_notified" and stop.stop.ends_on <= day
    ))  # fmt: skip


def signing_sheet(
    setup: Setup, version: PlanVersion, lines: Sequence[Line], now: Standing, day: date, told: Told | None = None
) -> Signing:  # fmt: skip
    """The facts of a version with its lines; `now` is what it meets, `told` what the person was told of it."""
    told = told or Told()
    before = signed_of(setup, version.plan)
    paid_out = [line for line in lines if line.management in PAID_OUT]
    sides = {each.side for each in version.signatures if each.on <= day}
    stopped = _stopped(now, lines, day)
    # What ends by the notice of its stop is not cut besides.
    cut = {name: pence for name, pence in cuts(now.lines, lines, day).items() if name not in stopped & told.stopped}
    one_off = [line for line in lines if line.management == "one_off"]
    lacking = enough(lines, now.lines, now.balances, day)
    # A notice that is on record says its own day.
    noticed = told.cut_on or told.said_on
    return Signing(
        act="sign_plan",
        direct_payment=bool(paid_out),
        schedule_allows=not setup.excluded,
        consent_given=setup.consent and confirmed_since_capacity(setup, day) and confirmed_since_loss(setup, day),
        agreement_signed=version.agreement and version.agreement_on is not None and version.agreement_on <= day,
        holder_signed=bool(sides & {"person", "representative"}),
        commissioner_signed="commissioner" in sides,
        has_needs_and_outcomes=bool(version.needs and version.outcomes),
        has_amounts_and_intervals=all(
            line.instalment is not None and line.interval is not None for line in paid_out if line.management != "one_off"
        ),
        has_coordinator=version.coordinator is not None,
        needs_monitored=set(version.needs) <= {each.need for each in version.monitors},
        has_review=version.first_review is not None,
        review_in_time=_is_in_time(version, any(line.management in PAID_OUT for line in now.lines.values())),
        has_notice_period=version.notice_days is not None,
        risks_agreed=version.risk_procedure is not None and version.risks_on is not None and version.risks_on <= day,
        connected_necessary=all(each.necessity is not None for each in version.connected),
        amount_pence=sum(line.amount for line in lines),
        below_zero_pence=0,
        limit_pence=MAX_PENCE,
        cost_pence=version.cost or 0,
        enough_confirmed=version.enough_by is not None,
        short_pence=lacking.short, uncosted_lines=lacking.uncosted, unpaid_pence=lacking.unpaid,
        cuts_direct_payment=any(now.lines[name].management in PAID_OUT for name in cut),
        cut_notice_named=told.cut_on is not None,
        stops_unnotified=len(stopped - told.stopped),
        cut_pence=sum(cut.values()),
        notice_given_days=max(-1, (day - noticed).days) if noticed is not None else -1,
        notice_needed_days=(before.notice_days or 0) if before is not None else 0,
        one_off_items=max((len(line.services) for line in one_off), default=0),
        one_off_others=max((_others(setup, lines, line, now.balances) for line in one_off), default=0),
        charged_lines=sum(_is_charged(line) for line in lines),
    )  # fmt: skip


def cuts(now: Mapping[str, Line], lines: Sequence[Line], day: date) -> dict[str, int]:
    """By how many pence each line that was agreed gets less, from a day on: in all, or in a year where it is paid at a lower rate,
    whichever is more. One whose last day has passed is not cut by its end."""
    kept = {line.line: line for line in lines}
    differences = {
        name: max(line.amount - kept[name].amount, slower(line, kept[name])) if name in kept else line.amount
        for name, line in now.items() if name in kept or line.end >= day
    }  # fmt: skip
    return {name: pence for name, pence in differences.items() if pence > 0}


def slower(before: Line, after: Line) -> int:
    """By how many pence a year a line's instalments come to less than before; 0 where either version does not say them.

    What is lost by rounding when the interval changes, less than a penny of each payment, is no lower rate."""
    if before.instalment is None or after.instalment is None:
        return 0
    of_before, of_after = (PAYMENTS_A_YEAR.get(line.interval or "", 0) for line in (before, after))
    if not of_before or not of_after:
        return 0
    less = before.instalment * of_before - after.instalment * of_after
    return less if of_before == of_after or less >= of_after else 0


def _stopped(now: Standing, lines: Sequence[Line], day: date) -> frozenset[str]:
    """Direct payments that are left out while they last; a one-off payment that was made has nothing to stop."""
    kept = {line.line for line in lines}
    return frozenset(
        name for name, line in now.lines.items()
        if name not in kept and line.end >= day and line.management in PAID_OUT
        and not (line.management == "one_off" and _was_paid(name, now.balances))
    )  # fmt: skip


def _others(setup: Setup, lines: Sequence[Line], one_off: Line, balances: Mapping[str, int]) -> int:
    """Other direct payments to the person in the financial year in which a one-off payment is made: agreed, about to be, or paid
    from a line that has ended since."""
    known = {name: line for name, (line, act) in setup.lines.items() if act != "ended" or _was_paid(name, balances)} | {
        line.line: line for line in lines
    }
    year = year_of(one_off.start)
    return sum(
        line.management in PAID_OUT and line.line != one_off.line and year in years_of(line) for line in known.values()
    )


def _is_charged(line: Line) -> bool:
    """Whether the person pays towards NHS care. A wheelchair may be a better one than the NHS would give, at the person's cost."""
    kinds = {share.kind for share in line.shares}
    return "contribution" in kinds and bool(kinds & NHS_KINDS) and set(line.services) != {WHEELCHAIR}


def _was_paid(line: str, balances: Mapping[str, int]) -> bool:
    return any(
        pence for code, pence in balances.items()
        if code.startswith(f"share/{line}/") and code.endswith(("/advanced", "/spent", "/recovering", "/lost"))
    )  # fmt: skip


def _is_in_time(version: PlanVersion, is_later: bool) -> bool:
    if version.first_review is None:
        return True
    months = LATER_REVIEW_MONTHS if is_later else FIRST_REVIEW_MONTHS
    return version.first_review <= months_after(version.start, months)
