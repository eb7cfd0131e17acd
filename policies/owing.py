"""Demands, offsets, waivers and write-offs: the acts of recovery that the rules are asked about.

To require a repayment is a power and no duty (SI 2013/1617 reg 15): without a written consideration of what the law lists a person
decides it. What is allowed is recorded and posted in one group with its decision.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.chart import account, person_account
from ledger.budgets.foreseen import foresee
from ledger.budgets.owing import (
    Demand,
    QuestionRead,
    civil_debt_claimed,
    demand_recorded,
    loss_recorded,
    offset_recorded,
    question_recorded,
    step_recorded,
    subject_of_consideration,
)
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import said_of
from ledger.budgets.recovery import demand_lost, demand_offset, repayment_demanded, surplus_offset, waived
from ledger.budgets.taken_back import demands_of
from ledger.budgets.year_end import ends_of
from ledger.core.model import Detail, Malformed
from ledger.core.requests import AnyRequest
from policies.bundle import Limits
from policies.delegated import given_up, own_limit
from policies.expecting import allowance_for, no_longer_expected
from policies.facts_owing import Owing
from policies.found_owing import (
    Budget,
    NoticeRead,
    bearers_of,
    budget_of,
    queried_after,
    source_of,
    the_demand,
    the_notice,
    the_question,
    the_surplus,
)
from policies.gate import Decided, Gate, Sender
from policies.instalments import ready_instalment
from policies.judging import Case, judge
from policies.settling import NotSettled
from policies.sheets import LAST_DAY

Connection = Any
PERCENT = 100
SAFE = ("none", "concern_met")
HARMLESS = Owing(
    act="surplus", person_alive=True, threshold_reached=True, care_checked=True, notice_complete=True, notice_given=True,
    debtor_is_estate=False, factors_considered=True, safeguarding_considered=True, offence_stated=True, other_route_used=False,
    reasonable_said=True, asked_before=False, queried_after_days=0, limit_query_within_days=0, amount_pence=0, left_pence=0,
    due_pence=0, limit_pence=0,
)  # fmt: skip
"""What no rule objects to, where a fact does not apply to the act."""


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """What every act of recovery says: about whom, on which accounting day, and which approved referral of the same it names."""

    person: str
    effective_on: date
    approved: int = 0


Look = Callable[[Connection, Budget, Limits], Awaitable[Case]]


LIMITED = frozenset(("civil_debt", "demand", "offset", "surplus"))
"""Acts about money owed that only a grade can limit, besides the losses, whose limit counts what was given up before."""


async def judged(gate: Gate, sender: Sender, timeout_seconds: float, act: Act, look: Look) -> Decided:
    """The decision on an act of recovery, with what follows. NotThere(person_unknown), and the noes of `judge`."""
    if act.effective_on > LAST_DAY:
        raise Malformed("dates_malformed", "effective_on")

    async def case(connection: Connection) -> Case:
        budget = await budget_of(connection, gate.book_id, act.person)
        found = await look(connection, budget, gate.limits_on(act.effective_on))
        if found.act not in LIMITED:
            return found
        limit = await own_limit(connection, gate, sender.asked.actor, found.act, act.effective_on)
        sheet = msgspec.structs.replace(found.sheet, limit_pence=limit.pence)
        return msgspec.structs.replace(found, sheet=sheet, guards=(*found.guards, *limit.guards))

    return await judge(gate, sender, timeout_seconds, case, person=act.person)


def case_of(
    act: Act, budget: Budget, sheet: Owing, requests: tuple[AnyRequest, ...], line: str | None, stated: dict[str, str],
    other_than: tuple[int, ...] = (), because: int = 0,
) -> Case:  # fmt: skip
    """What is judged: the sheet with what is known of the person, and `requests` where there is so much to be had."""
    died = budget.setup.died_on
    sheet = msgspec.structs.replace(sheet, person_alive=died is None or act.effective_on <= died)
    return Case(
        sheet=sheet, act=sheet.act, person=act.person, line=line, amount=sheet.amount_pence, effective_on=act.effective_on,
        requests=requests if 0 < sheet.amount_pence <= sheet.left_pence or sheet.act == "reconsider" else (),
        approved=act.approved, stated=stated, other_than=other_than, because=because,
    )  # fmt: skip


async def demand(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, notice: int, line: str, amount: int, source: str,
    of: int | None, surplus: int | None, subject: str,
) -> Decided:  # fmt: skip
    """Requires a repayment (event 17) by a notice, once for each notice. `of` is the question for money that is `disputed`, the
    bank line for `unidentified`, the acceptance for `spent`; none for money still in the account, for which `surplus` may name a
    determined one. NotThere, NotSettled(line_has_no_account, notice_not_found, notice_used, source_not_found, question_not_found,
    surplus_not_found)."""

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        found, book_id = budget.line(line), gate.book_id
        await foresee(
            connection, entries=(act.approved, notice, of, surplus), kinds=("notice", "evidence") if of else ("notice",),
            subjects=ends_of(budget.balances), limits_of=sender.asked.actor,
        )  # fmt: skip
        read = await the_notice(connection, book_id, act.person, notice)
        if any(each.demand.notice == notice for each in await demands_of(connection, book_id, act.person)):
            raise NotSettled("notice_used")
        left, taken, question = await _there(connection, book_id, budget, act.person, line, source, of)
        route_used = False
        if surplus is not None:
            if source != "advance":
                raise NotSettled("surplus_not_found")
            determined = await the_surplus(connection, book_id, act.person, surplus)
            if determined.said.attributes["line"] != line:
                raise NotSettled("surplus_not_found")
            left, route_used = min(left, determined.left), determined.offset > 0
        sheet = msgspec.structs.replace(
            HARMLESS, act="demand", **await _by_notice(connection, book_id, read, amount), amount_pence=amount,
            left_pence=left, other_route_used=route_used, limit_query_within_days=limits.query_within_days,
            queried_after_days=await queried_after(connection, book_id, of if question is None else question.question.of, read),
        )  # fmt: skip
        requests: tuple[AnyRequest, ...] = ()
        if sheet.notice_complete and amount <= left:
            debtor = read.notice.debtor or ""
            made = Demand(
                subject=f"demand/{subject}", person=act.person, line=line, amount=amount, debtor=debtor, source=source,
                holder_account=found.holder_account or "", notice=notice, pay_by=read.notice.pay_by, of=of, surplus=surplus,
            )  # fmt: skip
            steps = () if question is None else (
                question_recorded("question_demanded", question.question, amount, because=-1),
            )  # fmt: skip
            borne = await bearers_of(connection, book_id, budget, line, taken, act.effective_on)
            posted = repayment_demanded(
                amount=amount, shares=borne.shares, source=source, holder_account=made.holder_account, debtor=debtor,
                taken=borne.parts or None, effective_on=act.effective_on, because=-1,
            )  # fmt: skip
            opened = await _opened(connection, book_id, act.person, debtor)
            requests = (*borne.opened, demand_recorded(made, because=-1), *steps, *opened, posted)
        return case_of(act, budget, sheet, requests, line, {"source": source, "notice": str(notice)}, because=notice)

    return await judged(gate, sender, timeout_seconds, act, look)


async def _there(
    connection: Connection, book_id: int, budget: Budget, person: str, line: str, source: str, of: int | None
) -> tuple[int, dict[str, int], QuestionRead | None]:  # fmt: skip
    """How much of a source can be demanded or waived on a line, what its shares bore of it, and the question about it."""
    found = budget.line(line)
    if source == "advance":
        if of is not None:
            raise NotSettled("source_not_found")
        return min(budget.advanced(line), budget.holds("advance", found)), {}, None
    if source == "disputed":
        question = await the_question(connection, book_id, person, of or 0)
        if question.question.holder_account != found.holder_account or question.question.line not in (None, line):
            raise NotSettled("question_not_found")
        return min(question.open, budget.advanced(line)), {}, question
    there = await source_of(connection, book_id, person, of or 0)
    if source == "spent":
        if there.said.attributes.get("line") != line or not there.taken:
            raise NotSettled("source_not_found")
        return there.left, dict(there.taken), None
    if there.taken or there.said.attributes.get("holder_account") != found.holder_account:
        raise NotSettled("source_not_found")
    return min(there.left, budget.advanced(line), budget.holds("unidentified", found)), {}, None


async def _by_notice(connection: Connection, book_id: int, read: NoticeRead, amount: int) -> dict[str, Any]:
    notice = read.notice
    considered = await said_of(connection, book_id, subject_of_consideration(notice.subject))
    return {
        "notice_complete": notice.about == "repayment" and not notice.missing and notice.amount == amount,
        "notice_given": read.act in ("sent", "delivered"),
        "debtor_is_estate": notice.debtor_is == "personal_representatives",
        "factors_considered": bool(considered),
        "safeguarding_considered": bool(considered) and considered[-1].attributes["safeguarding"] in SAFE,
        "offence_stated": notice.reasons == ("offence",),
    }


async def _opened(connection: Connection, book_id: int, person: str, debtor: str) -> tuple[AnyRequest, ...]:
    """Opens what the debtor owes for this person, when nothing was before."""
    code = account("receivable/reclaim", person=person, debtor=debtor).code
    if code in await which_are_open(connection, book_id, [code]):
        return ()
    return (person_account("receivable/reclaim", person=person, debtor=debtor),)


async def offset(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, instalment: int, bank: str, amount: int,
    surplus: int | None, demand: int | None, period: str | None, reasonable: Detail | None,
) -> Decided:  # fmt: skip
    """Pays what was kept for an instalment, less an offset: of a determined surplus (route A, events 20 and 21) or against a demand
    (route B, event 22); just one of the two is named. `reasonable` are the words why that is reasonable (reg 13(4)): without them
    another person decides. By another than asked for the instalment, approved it, registered its
    account, or determined or demanded what is offset. NotSettled(offset_of_one, surplus_not_found, demand_not_found), and the
    noes of `ready_instalment`."""
    if (surplus is None) == (demand is None):
        raise NotSettled("offset_of_one")

    async def look(connection: Connection, budget: Budget, limits: Limits) -> Case:
        book_id = gate.book_id
        accounts = (f"holder_account/{name}" for name in budget.setup.holder_accounts)
        await foresee(connection, entries=(act.approved, instalment, surplus, demand), kinds=("notice",),
                      subjects=(f"person/{act.person}", *accounts), limits_of=sender.asked.actor)  # fmt: skip
        ready = await ready_instalment(connection, book_id, act.person, instalment, act.effective_on, gate.today())
        order, due = ready.order, sum(ready.order.remaining.values())
        line = order.line.line
        route_used, left, owed = False, 0, None
        if surplus is not None:
            determined = await the_surplus(connection, book_id, act.person, surplus)
            if determined.said.attributes["line"] != line:
                raise NotSettled("surplus_not_found")
            left, route_used = determined.left, determined.demanded > 0
        else:
            owed = await the_demand(connection, book_id, act.person, demand or 0)
            if owed.demand.line != line:
                raise NotSettled("demand_not_found")
            left = owed.outstanding
        sheet = msgspec.structs.replace(HARMLESS, act="offset", amount_pence=amount, left_pence=left, due_pence=due,
                                        other_route_used=route_used,
                                        reasonable_said=reasonable is not None)  # fmt: skip
        requests: tuple[AnyRequest, ...] = ()
        if amount <= min(due, left):
            stated: dict[str, Any] = {
                "amount": amount, "due": due, "shares": order.shares, "holder_account": ready.holder_account,
                "through": account("in_transit", account=bank).code, "hold": order.hold, "remaining": order.remaining,
                "stays": amount * limits.offset_stays_percent // PERCENT, "effective_on": act.effective_on, "because": -1,
            }  # fmt: skip
            if owed is None:
                step = offset_recorded(surplus=determined.said.subject, person=act.person, line=line, amount=amount, due=due,
                                       because=-1, detail=reasonable)  # fmt: skip
                requests = (step, surplus_offset(**stated))
            else:
                step = step_recorded("offset", owed.demand, amount, because=-1, due=due, detail=reasonable)
                posted = demand_offset(owing=budget.shares[line], debtor=owed.demand.debtor, **stated)
                requests = (step, posted)
        others = tuple(sorted({*ready.others, surplus or demand or 0}))
        told = {"due": str(due), "route": "a" if owed is None else "b"}
        named = ready.decision.attributes.get("period") or period
        if named is not None:
            # What is paid and what is offset are both of this period (R4).
            told["period"] = named
        return case_of(act, budget, sheet, requests, line, told, others, because=instalment)

    return await judged(gate, sender, timeout_seconds, act, look)


async def waive_question(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, question: int, line: str, amount: int, authority: str,
    subject: str,
) -> Decided:  # fmt: skip
    """Waives money that is questioned before anybody demanded it (event 23, reg 15(7)), by another than questioned it: a loss of
    the class claim_waived. NotThere, NotSettled(line_has_no_account, question_not_found)."""

    async def look(connection: Connection, budget: Budget, _: Limits) -> Case:
        await foresee(connection, entries=(act.approved, question), limits_of=sender.asked.actor)
        left, _taken, found = await _there(connection, gate.book_id, budget, act.person, line, "disputed", question)
        assert found is not None
        allowed = await own_limit(connection, gate, sender.asked.actor, "waive", act.effective_on)
        so_far = await given_up(connection, gate.book_id, question, "waive")
        sheet = msgspec.structs.replace(HARMLESS, act="waive", amount_pence=amount, left_pence=left,
                                        limit_pence=max(0, allowed.pence - so_far))  # fmt: skip
        requests: tuple[AnyRequest, ...] = ()
        if amount <= left:
            loss = loss_recorded(subject=subject, person=act.person, line=line, loss="claim_waived", amount=amount,
                                 authority=authority, limit=allowed.pence, approved=act.approved, demand=None,
                                 question=question, because=-1)  # fmt: skip
            step = question_recorded("question_waived", found.question, amount, because=-1)
            posted = waived(amount=amount, shares=budget.shares[line], source="disputed",
                            holder_account=found.question.holder_account, effective_on=act.effective_on,
                            because=-1)  # fmt: skip
            requests = (loss, step, posted)
        case = case_of(act, budget, sheet, requests, line, {"loss": "claim_waived"}, (question,), because=question)
        return msgspec.structs.replace(case, guards=allowed.guards, before=so_far)

    return await judged(gate, sender, timeout_seconds, act, look)


async def give_up(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, demand: int, amount: int, loss: str, authority: str,
    subject: str,
) -> Decided:  # fmt: skip
    """Gives up a demand or a part of it (event 23): waived for the class claim_waived, else written off as a loss of its class. By
    another than demanded it. Above what is left of the limit of whoever asks (`policies.delegated`) another decides whose own is
    high enough. What an allowance of the class has for it is released in the same group (24). NotSettled(demand_not_found)."""
    waives = loss == "claim_waived"
    name = "waive" if waives else "write_off"

    async def look(connection: Connection, budget: Budget, _: Limits) -> Case:
        await foresee(connection, entries=(act.approved, demand), limits_of=sender.asked.actor,
                      accounts=() if waives else (allowance_for(loss),))  # fmt: skip
        found = await the_demand(connection, gate.book_id, act.person, demand)
        line = found.demand.line
        limit, guards = await own_limit(connection, gate, sender.asked.actor, name, act.effective_on)
        so_far = await given_up(connection, gate.book_id, demand, name)
        sheet = msgspec.structs.replace(HARMLESS, act=name, amount_pence=amount, left_pence=found.outstanding,
                                        limit_pence=max(0, limit - so_far))  # fmt: skip
        requests: tuple[AnyRequest, ...] = ()
        if amount <= found.outstanding:
            row = loss_recorded(subject=subject, person=act.person, line=line, loss=loss, amount=amount, authority=authority,
                                limit=limit, approved=act.approved, demand=demand, because=-1)  # fmt: skip
            step = step_recorded("waived" if waives else "written_off", found.demand, amount, loss=loss, because=-1)
            posted = demand_lost(amount=amount, shares=budget.shares[line], debtor=found.demand.debtor, loss=loss,
                                 effective_on=act.effective_on, because=-1)  # fmt: skip
            expected = (
                () if waives else await no_longer_expected(connection, gate.book_id, loss, amount, act.effective_on)
            )
            requests = (row, step, posted, *expected)
        case = case_of(act, budget, sheet, requests, line, {"loss": loss}, (demand,), because=demand)
        return msgspec.structs.replace(case, guards=guards, before=so_far)

    return await judged(gate, sender, timeout_seconds, act, look)


async def claim_civil_debt(
    gate: Gate, sender: Sender, timeout_seconds: float, act: Act, *, demand: int
) -> Decided:  # fmt: skip
    """Records that what is outstanding of a demand is claimed as a civil debt (reg 16), once. Moves nothing.
    NotSettled(demand_not_found, demand_settled, civil_debt_claimed)."""

    async def look(connection: Connection, budget: Budget, _: Limits) -> Case:
        await foresee(connection, entries=(act.approved, demand), limits_of=sender.asked.actor)
        found = await the_demand(connection, gate.book_id, act.person, demand)
        if found.civil_debt:
            raise NotSettled("civil_debt_claimed")
        if not found.outstanding:
            raise NotSettled("demand_settled")
        read = await the_notice(connection, gate.book_id, act.person, found.demand.notice)
        said = await _by_notice(connection, gate.book_id, read, found.outstanding)
        sheet = msgspec.structs.replace(
            HARMLESS, act="civil_debt", amount_pence=found.outstanding, left_pence=found.outstanding,
            safeguarding_considered=said["safeguarding_considered"], offence_stated=said["offence_stated"],
        )  # fmt: skip
        record = civil_debt_claimed(found.demand, on=act.effective_on, because=-1)
        return case_of(act, budget, sheet, (record,), found.demand.line, {}, because=demand)

    return await judged(gate, sender, timeout_seconds, act, look)
