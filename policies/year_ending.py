"""The end of a year as finance does it: proposed by one person, confirmed by another, then posted line by line and fund by fund.

Each line is one group, so that its year has ended whole or not at all; what was done is not done twice. What came in after the
proposal is in no total that anybody has seen, so a line or fund that it moved is proposed and confirmed anew. The year itself is
closed as every period is, once nothing is left.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.budgets.acts import LEFT
from ledger.budgets.chart import account
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line, share_of, share_opened
from ledger.budgets.reading import funds_of
from ledger.budgets.standing import Said, read_rules
from ledger.budgets.year_end import (
    Ending,
    OpenOrder,
    fund_ended,
    line_ended,
    order_carried,
    subject_of_end,
    year_after,
    year_end_recorded,
)
from ledger.budgets.year_standing import YearEnd, read_year_end
from ledger.core.calendar import period_days
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest, Post, Record, ReleaseHold
from policies.facts_closing import Carrying
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any


async def propose(connection: Connection, book_id: int, *, year: str, today: date) -> Resolution:
    """Says how the year will end, with its totals; posts nothing. What was paid ahead for the year is its care, and is released
    before: an end would carry it on as money that is out. NotSettled(year_not_over, carry_rule_missing, unfunded_left,
    prepayments_left)."""
    if today <= period_days(year)[1]:
        raise NotSettled("year_not_over")
    stood = await read_year_end(connection, book_id, year)
    if stood.prepaid:
        raise NotSettled("prepayments_left")
    rules, left, funds = stood.rules, stood.lines, stood.funds
    if any(each.fund not in rules and each.kind != "contribution" for each in funds):
        raise NotSettled("carry_rule_missing")
    if any(each.states.get("unfunded") for each in left):
        raise NotSettled("unfunded_left")
    by_rule = [(each, rules.get(each.fund, "all")) for each in left]
    over = [each.unallocated for each in funds if (each.rule or "all") == "all"]
    last = _last_word(stood)
    record = year_end_recorded(
        "proposed", year, lines=len({each.line for each in left}),
        carried=sum(each.carried(rule) for each, rule in by_rule) + sum(over),
        lapsed=sum(each.lapsed(rule) for each, rule in by_rule) + sum(each.unallocated for each in funds) - sum(over),
    )  # fmt: skip
    return Resolution((record,), (Guard(f"year_end/{year}", last.number if last else 0),))


async def confirm(connection: Connection, book_id: int, *, year: str, proposal: int) -> Resolution:
    """Another person says yes to a proposal, which has to be the last word on the year and true still. NotSettled(
    year_end_not_proposed, year_end_changed)."""
    stood = await read_year_end(connection, book_id, year, proposal=proposal)
    last = _last_word(stood)
    if last is None or last.act != "proposed" or last.number != proposal:
        raise NotSettled("year_end_not_proposed")
    if stood.changed:
        raise NotSettled("year_end_changed")
    record = year_end_recorded("confirmed", year, because=proposal)
    return Resolution((record,), (Guard(f"year_end/{year}", last.number),), (proposal,))


def _last_word(stood: YearEnd) -> Said | None:
    said = stood.said_of(f"year_end/{stood.year}")
    return said[-1] if said else None


def _confirmed(stood: YearEnd) -> Said:
    """The confirmation, while what it was given for stands as it was proposed: nobody has seen what came since."""
    last = _last_word(stood)
    if last is None or last.act != "confirmed":
        raise NotSettled("year_end_not_confirmed")
    if stood.changed:
        raise NotSettled("year_end_changed")
    return last


async def end_fund(
    gate: Gate, sender: Sender, timeout_seconds: float, *, year: str, fund: str, approved: int = 0
) -> Decided:  # fmt: skip
    """Carries or lets lapse what no line was given (events 35, 36), when the rules allow it.
    NotSettled(year_end_not_confirmed, year_end_changed, fund_not_found, carry_rule_missing, fund_overdrawn, year_end_nothing)."""

    async def look(connection: Connection) -> Case:
        return await _of_fund(connection, gate, year, fund, approved)

    return await judge(gate, sender, timeout_seconds, look, person="")


async def _of_fund(connection: Connection, gate: Gate, year: str, fund: str, approved: int) -> Case:
    stood = await read_year_end(connection, gate.book_id, year, fund=fund, approved=approved)
    confirmed = _confirmed(stood)
    found = next((each for each in stood.funds if each.fund == fund), None)
    if found is None:
        raise NotSettled("fund_not_found")
    rule = "all" if found.kind == "contribution" else found.rule
    if rule is None:
        raise NotSettled("carry_rule_missing")
    if found.unallocated < 0:
        raise NotSettled("fund_overdrawn")
    if found.unallocated == 0:
        raise NotSettled("year_end_nothing")
    said = stood.said_of(f"year_end/{year}/fund/{fund}")
    record = year_end_recorded(
        "fund_ended", year, fund=fund, because=confirmed.number, amount=found.unallocated, rule=rule
    )
    post = fund_ended(fund=fund, year=year, unallocated=found.unallocated, rule=rule, effective_on=period_days(year)[1],
                      because=-2)  # fmt: skip
    guards = (
        Guard(f"year_end/{year}", confirmed.number),
        Guard(f"year_end/{year}/fund/{fund}", said[-1].number if said else 0),
    )
    lapses = {account("carried", fund=fund, year=year).code} if rule == "none" else set()
    free = found.unallocated if rule == "all" and found.kind != "contribution" else 0
    return Case(
        sheet=_sheet(gate, (post,), lapses, free), act="carry_forward", person="", subject=f"carry_forward/{year}/{fund}",
        amount=found.unallocated if rule == "all" else 0, effective_on=gate.today(), requests=(record, post), guards=guards,
        because=confirmed.number, approved=approved, stated={"of_year": year, "fund": fund},
    )  # fmt: skip


def _sheet(gate: Gate, posts: Sequence[Post], lapses: set[str], free: int) -> Carrying:
    """The facts, of what is about to be posted: `lapses` are the accounts over which no money may be carried."""
    legs = [leg for post in posts for leg in post.legs if leg.account in lapses]
    return Carrying(
        act="carry_forward", carried_by_lapsing_pence=sum(abs(leg.amount) for leg in legs), free_pence=free,
        limit_carry_forward_pence=gate.limits_on(gate.today()).carry_forward_pence,
    )  # fmt: skip


async def end_line(
    gate: Gate, sender: Sender, timeout_seconds: float, *, year: str, line: str, approved: int = 0
) -> Decided:  # fmt: skip
    """Ends one line's year by the rules of its funds (events 35 to 37), when the rules allow it: orders that are open go on under a
    new hold, in one group with everything else. NotThere(line_unknown); NotSettled(year_end_not_confirmed, year_end_changed,
    carry_rule_missing, unfunded_left, year_end_waits, year_end_nothing)."""

    async def look(connection: Connection) -> Case:
        return await _of_line(connection, gate, year, line, approved)

    # Of a line whose person nobody knows yet; its version is among the guards of the case.
    return await judge(gate, sender, timeout_seconds, look, person="")


async def _of_line(connection: Connection, gate: Gate, year: str, line: str, approved: int) -> Case:
    stood = await read_year_end(connection, gate.book_id, year, line=line, approved=approved)
    found = stood.line
    if found is None:
        raise NotThere("line_unknown")
    person, orders = found.person, stood.orders
    confirmed = _confirmed(stood)
    if any(order.purpose != "order" for order in orders):
        # A referral or an instalment is known by its decision's number: it is decided, paid or given back first.
        raise NotSettled("year_end_waits")
    endings = _endings(stood, found, funds_of((await read_rules(connection, gate.book_id)).funds))
    moves = sum(sum(each.goes_on().values()) + sum(each.lapses().values()) for each in endings)
    if not moves:
        raise NotSettled("year_end_nothing")
    subject = subject_of_end(year, line)
    said = stood.said_of(subject)
    first: list[AnyRequest] = [
        year_end_recorded("line_ended", year, line=line, person=person, amount=moves, because=confirmed.number)
    ]
    first += _shares_missing(stood, endings)
    last = period_days(year)[1]
    for order in orders:
        first.append(
            ReleaseHold(event=30, hold=order.hold, effective_on=last, because=order.hold - 1, subject=f"line/{line}")
        )
    posts = line_ended(endings, effective_on=last, because=-2)
    first += posts
    for order in orders:
        first += _order_anew(stood, order, endings, last + timedelta(days=1), place=len(first) + 2)
    versions = ((f"year_end/{year}", confirmed.number), (subject, said[-1].number if said else 0),
                (f"person/{person}", stood.version))  # fmt: skip
    lapses = {each.share.code("carried") for each in endings if each.carries == "none"}
    kept = [each for each in endings if each.carries == "all" and each.share.kind != "contribution"]
    free = sum(max(0, sum(getattr(each.share, state) for state in LEFT) - each.ordered) for each in kept)
    carried = sum(sum(each.goes_on().values()) for each in endings if each.carries != "none")
    return Case(
        sheet=_sheet(gate, posts, lapses, free), act="carry_forward", person=person, line=line, amount=carried,
        effective_on=gate.today(), requests=tuple(first), guards=tuple(Guard(*each) for each in versions),
        because=confirmed.number, approved=approved, stated={"of_year": year},
    )  # fmt: skip


def _endings(stood: YearEnd, line: Line, funds: Mapping[str, Fund]) -> list[Ending]:
    made = []
    for each in line.bearers:
        rule = "all" if each.kind == "contribution" else stood.rules.get(each.fund)
        if rule is None:
            raise NotSettled("carry_rule_missing")
        partner = funds[each.fund].partner if each.fund in funds else None
        share, following = (
            share_of(line, each, of, partner=partner, balances=stood.balances)
            for of in (stood.year, year_after(stood.year))
        )
        if share.unfunded:
            raise NotSettled("unfunded_left")
        ordered = sum(order.kept.get(each.fund, 0) for order in stood.orders)
        # The orders are given back first, so what they keep is available when the year ends.
        free = msgspec.structs.replace(share, available=share.available + ordered, held=share.held - ordered)
        made.append(Ending(free, following, rule, ordered))
    return made


def _shares_missing(stood: YearEnd, endings: list[Ending]) -> list[AnyRequest]:
    """The accounts of the next year's shares that something goes on to and that no plan has opened."""
    needed = {each.following.code("available"): each.following for each in endings if each.goes_on()}
    return [
        opened
        for code, share in needed.items()
        if code not in stood.balances
        for opened in share_opened(share, because=-2)
    ]


def _order_anew(
    stood: YearEnd, order: OpenOrder, endings: list[Ending], day: date, *, place: int
) -> list[AnyRequest]:  # fmt: skip
    """The decision on an order once more, for what it still keeps, and its hold in the next year directly after it. `place` is
    which request of the group the decision is."""
    before = stood.decisions.get(order.hold)
    if before is None or before.kind != "decision":
        raise NotSettled("hold_not_found")
    kept = {
        name: before.attributes[name]
        for name in ("bundle", "line", "payee", "person", "service")
        if name in before.attributes
    }
    given = kept | {"act": "carried", "amount": str(sum(order.kept.values())), "hold": "yes", "of": str(before.number),
                    "outcome": before.attributes["outcome"]}  # fmt: skip
    rate, quantity = before.attributes.get("rate"), int(before.attributes.get("quantity", "0"))
    left = quantity - stood.used[order.hold].quantity
    if rate is not None and left > 0:
        given |= {"rate": rate, "quantity": str(left)}
    decision = Record(kind="decision", subject=f"line/{given['line']}", effective_on=day, because=before.number,
                      attributes=tuple(sorted(given.items())))  # fmt: skip
    parts = [(each.following, order.kept.get(each.share.fund, 0)) for each in endings]
    hold = order_carried(parts, purpose=order.purpose, expires_us=order.expires_us, effective_on=day, because=-place)
    return [decision, hold]
