"""Changes to a budget that stay within what was agreed: who may make them is policy, and what they post is ledger.budgets."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.acts import contingency_drawn, contingency_set_aside, virement
from ledger.budgets.foreseen import foresee
from ledger.budgets.plans import Line
from ledger.budgets.reading import Setup, funds_of, money_of, setup_of, shares_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import read_rules, read_standing
from ledger.core.calendar import year_of
from ledger.core.model import Malformed
from policies.delegated import own_limit
from policies.enough import below_cost
from policies.facts_changes import Change, ContingencyAct
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.sheets import NotThere

Connection = Any


async def move_between_lines(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, line: str, to: str, amount: int, effective_on: date,
    approved: int = 0, in_hand: bool = False,
) -> Decided:  # fmt: skip
    """Moves authority from one line of a person to another of its flexibility group (event 31); on lines that are paid out, what is
    not paid out yet, or `in_hand` what is: the cash stays where it is, and is for the other line from then on.
    NotThere(person_unknown, line_unknown), Malformed(lines_same)."""
    state = "advanced" if in_hand else "available"
    if line == to:
        raise Malformed("lines_same", "to")

    async def look(connection: Connection) -> Case:
        standing = await read_standing(connection, gate.book_id, person)
        setup = setup_of(standing.said)
        if not setup.registered:
            raise NotThere("person_unknown")
        if line not in setup.lines or to not in setup.lines:
            raise NotThere("line_unknown")
        year, funds = year_of(effective_on), funds_of((await read_rules(connection, gate.book_id)).funds)
        gives, takes = (
            shares_of(setup.lines[each][0], year, funds, standing.balances, effective_on) for each in (line, to)
        )
        await foresee(connection, entries=(approved,), limits_of=sender.asked.actor)
        limit = await own_limit(connection, gate, sender.asked.actor, "virement", effective_on)
        sheet = msgspec.structs.replace(
            _sheet(setup, (line, to), gives, takes, amount, effective_on, state, limit.pence),
            above_plan_percent=_above_plan(setup.lines[to][0], standing.balances, amount, effective_on),
            limit_above_plan_percent=gate.limits_on(effective_on).virement_above_percent,
            below_cost_pence=below_cost(setup.lines[line][0], standing.balances, amount, effective_on),
        )
        possible = sheet.funds_shared and amount <= sheet.left_pence
        moved = (
            virement(amount=amount, out_of=gives, into=takes, state=state, effective_on=effective_on, because=-1)
            if possible
            else None
        )
        return Case(
            sheet=sheet, act="virement", person=person, line=line, amount=amount, effective_on=effective_on,
            requests=() if moved is None else (moved,), approved=approved,
            guards=limit.guards, stated={"to_line": to, **({"in_hand": "yes"} if in_hand else {})},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


async def move_contingency(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, line: str, amount: int, draws: bool, reason: str,
    effective_on: date, approved: int = 0,
) -> Decided:  # fmt: skip
    """Sets aside what a line keeps for emergencies, or draws it by notice, which says a `reason`, a code (event 4).
    NotThere(person_unknown, line_unknown)."""
    act: ContingencyAct = "draw_contingency" if draws else "set_contingency_aside"
    state = "contingency" if draws else "available"

    async def look(connection: Connection) -> Case:
        standing = await read_standing(connection, gate.book_id, person)
        setup = setup_of(standing.said)
        if not setup.registered:
            raise NotThere("person_unknown")
        if line not in setup.lines:
            raise NotThere("line_unknown")
        funds = funds_of((await read_rules(connection, gate.book_id)).funds)
        found = setup.lines[line][0]
        # A contribution is what the person gave for this line, and is not kept from them (L8).
        shares = tuple(
            share for share in shares_of(found, year_of(effective_on), funds, standing.balances, effective_on)
            if share.kind != "contribution"
        )  # fmt: skip
        left = sum(getattr(share, state) for share in shares)
        sheet = Change(
            act=act, plan_in_force=in_force(setup, found, effective_on), lines_active=is_active(setup, line, effective_on),
            lines_flexible=True, same_management=True, funds_shared=True, above_plan_percent=0, limit_above_plan_percent=0,
            below_cost_pence=0,
            limit_pence=amount, amount_pence=amount, left_pence=left,
        )  # fmt: skip
        await foresee(connection, entries=(approved,), limits_of=sender.asked.actor)
        limit = await own_limit(connection, gate, sender.asked.actor, act, effective_on)
        sheet = msgspec.structs.replace(sheet, limit_pence=limit.pence)
        moves = contingency_drawn if draws else contingency_set_aside
        moved = moves(amount=amount, shares=shares, effective_on=effective_on, because=-1) if amount <= left else None
        return Case(
            sheet=sheet, act=act, person=person, line=line, amount=amount, effective_on=effective_on,
            requests=() if moved is None else (moved,), approved=approved, guards=limit.guards, stated={"reason": reason},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


def _sheet(
    setup: Setup, names: tuple[str, str], gives: tuple[Share, ...], takes: tuple[Share, ...], amount: int, day: date, state: str,
    limit: int,
) -> Change:  # fmt: skip
    lines = [setup.lines[name][0] for name in names]
    groups = {(each.plan, each.flexibility) for each in lines}
    kinds = {share.fund: share.kind for share in takes}
    return Change(
        act="virement",
        plan_in_force=all(in_force(setup, each, day) for each in lines),
        lines_active=all(is_active(setup, name, day) for name in names),
        lines_flexible=len(groups) == 1 and lines[0].flexibility is not None,
        same_management=len({(each.management, each.holder_account, each.third_party) for each in lines}) == 1,
        funds_shared=gives[0].year == takes[0].year
        and all(kinds.get(share.fund) == share.kind != "contribution" for share in gives if getattr(share, state) > 0),
        limit_pence=limit,
        above_plan_percent=0,
        limit_above_plan_percent=0,
        below_cost_pence=0,
        amount_pence=amount,
        left_pence=sum(getattr(share, state) for share in gives),
    )  # fmt: skip


def _above_plan(line: Line, balances: Mapping[str, int], amount: int, day: date) -> int:
    """The begun percents by which a line would have more than was agreed, with what has come to it already: small moves count
    together."""
    above = money_of(line, balances, year_of(day)).of("allocated") + amount - line.amount
    return max(0, -(-100 * above // line.amount))


def in_force(setup: Setup, line: Line, day: date) -> bool:
    """Whether the plan of a line is signed and covers a day."""
    found = setup.plan_on(line, day)
    if found is None:
        return False
    plan, act = found
    return act in ("signed", "resumed") and plan.start <= day and (plan.end is None or day <= plan.end)


def is_active(setup: Setup, name: str, day: date) -> bool:
    """Whether a line has started, and is neither suspended nor ended."""
    line, act = setup.lines[name]
    return act in ("agreed", "resumed") and line.start <= day <= line.end
