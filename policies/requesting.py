"""A personal health budget that somebody asks for, and a refusal of it: both go through the rules, so that a right is not refused
for want of a way to honour it (Standing Rules SI 2012/2996 reg 32B)."""

from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.budgets.budget_requests import BudgetRequest, request_of, request_recorded
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import payee_state, said_at, said_of, setup_of
from ledger.budgets.reviews import checks_requested, subject_of_check
from ledger.budgets.standing import read_payee, read_standing
from ledger.core.model import Detail, Guard, Malformed
from policies.facts_requests import Request
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.settling import NotSettled
from policies.sheets import NotThere, check_delegated

Connection = Any
APPROPRIATENESS = ("not_appropriate", "cannot_manage")
ANSWERS = ("approved", "barred")
"""What the commissioner says of a provider once it has made the enquiries."""


async def request_budget(
    gate: Gate, sender: Sender, timeout_seconds: float, *, asked: BudgetRequest, effective_on: date, approved: int = 0
) -> Decided:  # fmt: skip
    """Writes down that a person asks for a budget, or for one way to hold it; what was referred and approved keeps the name that it
    had then. NotThere(person_unknown)."""

    async def look(connection: Connection) -> Case:
        await _registered(connection, gate.book_id, asked.person)
        named = await _named(connection, gate.book_id, asked, approved)
        sheet = Request(act="request_budget", has_right=asked.right != "none", not_appropriate=True, reasons_given=True,
                        others_offered=True)  # fmt: skip
        return Case(
            sheet=sheet, act="request_budget", person=asked.person, amount=0, effective_on=effective_on,
            requests=(request_recorded(named, because=-1),), approved=approved,
            stated={"request": named.request, "right": named.right},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=asked.person)


async def refuse_request(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, request: str, ground: str, offered: bool,
    reasons: Detail | None, on: date, effective_on: date, approved: int = 0,
) -> Decided:  # fmt: skip
    """Refuses a request, with written `reasons`; `offered` says that another way to hold the money was offered.
    NotThere(person_unknown); NotSettled(request_not_found, request_refused)."""

    async def look(connection: Connection) -> Case:
        await _registered(connection, gate.book_id, person)
        await foresee(connection, entries=(approved,), subjects=(f"request/{request}",))
        said = await said_of(connection, gate.book_id, f"request/{request}")
        if not said or said[-1].attributes.get("person") != person:
            raise NotSettled("request_not_found")
        last = said[-1]
        if last.act == "request_refused":
            raise NotSettled("request_refused")
        asked = request_of(last.subject, last.attributes)
        refused = msgspec.structs.replace(asked, ground=ground, on=on)
        sheet = Request(
            act="refuse_request", has_right=asked.right != "none", not_appropriate=ground in APPROPRIATENESS,
            reasons_given=reasons is not None, others_offered=offered or asked.management is None,
        )  # fmt: skip
        return Case(
            sheet=sheet, act="refuse_request", person=person, amount=0, effective_on=effective_on,
            requests=(request_recorded(refused, because=-1, detail=reasons),), guards=(Guard(last.subject, last.number),),
            approved=approved, because=last.number, stated={"request": request, "ground": ground},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def request_checks(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, payee: str, holder: str | None, scopes: frozenset[str],
    on: date, effective_on: date,
) -> Decided:  # fmt: skip
    """Asks the commissioner to make the enquiries about a provider (reg 11(3)), on a day that has come: a task with a day, done
    once the payee is approved or barred; a purchase waits until then. Whoever was barred is checked too, since the enquiries are
    owed to whoever asks for them. Asked again before there is an answer, the first day stays. NotThere(person_unknown),
    NotDelegated, NotSettled(payee_not_found, approved_already)."""

    async def look(connection: Connection) -> Case:
        setup = setup_of((await read_standing(connection, gate.book_id, person)).said)
        check_delegated(setup, holder, gate.today(), scopes)
        await foresee(connection, subjects=(payee, subject_of_check(payee, person)))
        known = await read_payee(connection, gate.book_id, payee)
        _, act = payee_state(known.said)
        if act == "unknown":
            raise NotSettled("payee_not_found")
        if act == "approved":
            raise NotSettled("approved_already")
        if on > gate.today():
            # The day on which it is due follows from it.
            raise Malformed("dates_malformed", "on")
        sheet = Request(act="request_checks", has_right=True, not_appropriate=True, reasons_given=True,
                        others_offered=True)  # fmt: skip
        days = gate.limits_on(effective_on).provider_check_days
        task = checks_requested(person=person, payee=payee, on=on, due_on=on + timedelta(days=days), because=-1)
        before = await said_of(connection, gate.book_id, subject_of_check(payee, person))
        answers = [row.number for row in await said_of(connection, gate.book_id, payee) if row.act in ANSWERS]
        is_open = bool(before) and before[-1].number > max(answers, default=0)
        return Case(
            sheet=sheet, act="request_checks", person=person, amount=0, effective_on=effective_on,
            requests=() if is_open else (task,), guards=(Guard(payee, known.version),), stated={"payee": payee},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def _named(connection: Connection, book_id: int, asked: BudgetRequest, approved: int) -> BudgetRequest:
    referral = await said_at(connection, book_id, approved) if approved else None
    name = referral.attributes.get("request") if referral is not None else None
    return asked if name is None else msgspec.structs.replace(asked, request=name)


async def _registered(connection: Connection, book_id: int, person: str) -> None:
    if not setup_of((await read_standing(connection, book_id, person)).said).registered:
        raise NotThere("person_unknown")
