"""Asking, ordering and instalments: the routes through the gate, and what becomes of referrals."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.access import Purpose
from api.answers import EntryOut
from api.answers_budgets import DecisionOut, DecisionsOut, decided_of, decision_of
from api.deciding import (
    ASKING,
    SPENDING,
    carried_out,
    check_person,
    check_reach,
    decided,
    is_staff,
    look_at,
    own_holder,
)
from api.desk import Arrived, WireRequest, answer
from api.finance import Number
from api.open_books import salt, today
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.wire import amount_of, code_of
from api.wire_budgets import (
    AskIn,
    InstalmentIn,
    ReferralApprovalIn,
    ReferralDeclineIn,
    ResolutionIn,
    SpendIn,
    SpendReleaseIn,
)
from api.writing import first_entry, prepare
from ledger.budgets.acts import hold_released
from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import decisions_of, order_of, said_at, version_of
from ledger.core.model import Guard
from policies.conditions import Condition, words_on
from policies.decisions import answer_detail
from policies.ordering import ordered
from policies.referrals import resolve
from policies.resolution import Resolution
from policies.sheets import Wanted

Connection = Any
BUDGET = "/v1/books/{book:str}/budgets/{person:str}"
ASKS, SPENDS = f"{BUDGET}/asks", f"{BUDGET}/spends"


def _wanted(
    request: Arrived, person: str, sent: AskIn | InstalmentIn, act: str, currency: str,
    scopes: frozenset[str] = SPENDING,
) -> Wanted:  # fmt: skip
    check_person(person)
    if sent.currency != currency:
        raise Problem("currency_not_of_book", field="currency")
    payee = None if isinstance(sent, InstalmentIn) or sent.payee is None else code_of(sent.payee, "payee")
    return Wanted(
        act=act, person=person, line=code_of(sent.line, "line"), service=sent.service,  # type: ignore[arg-type]
        amount=amount_of(sent.amount, "amount", is_size=True), effective_on=sent.effective_on, payee=payee,
        care_from=sent.care_from, care_to=sent.care_to, holder=own_holder(request),
        relies_on=(sent.relies_on or 0) if isinstance(sent, AskIn) else 0,
        debt_for=sent.debt_for if isinstance(sent, AskIn) else None, scopes=scopes,
        period=sent.period if isinstance(sent, InstalmentIn) else None,
        rate=_size(sent.rate, "rate") if isinstance(sent, SpendIn) else None,
        quantity=_size(sent.quantity, "quantity") if isinstance(sent, SpendIn) else None,
    )  # fmt: skip


def _size(text: str | None, field: str) -> int | None:
    return None if text is None else amount_of(text, field, is_size=True)


async def asked(
    request: Arrived, book: str, person: str, sent: AskIn, *, is_dry: bool = False
) -> tuple[DecisionOut, int, dict[str, str] | None]:  # fmt: skip
    """What both ways in do with a question (api.quick)."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, sent, "spend", opened.row.currency, ASKING)
    return await decided(
        request,
        opened,
        key,
        f"asks/{person}",
        lambda gate, sender, timeout: ordered(gate, sender, timeout, wanted, is_question=True),
        is_dry=is_dry,
    )


async def spent(
    request: Arrived, book: str, person: str, sent: SpendIn, *, is_dry: bool = False
) -> tuple[DecisionOut, int, dict[str, str] | None]:  # fmt: skip
    """What both ways in do with a spend (api.quick)."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, sent, "spend", opened.row.currency)
    return await decided(
        request,
        opened,
        key,
        f"spends/{person}",
        lambda gate, sender, timeout: ordered(gate, sender, timeout, wanted),
        is_dry=is_dry,
    )


@post(ASKS, permission=Permission.ASK, operation_id="ask", tags=["budgets"])
async def ask(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[AskIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """May this be bought? A recorded answer without money, with a reference that can be read out."""
    return answer(*await asked(request, book, person, data, is_dry=dry_run))


@post(SPENDS, permission=Permission.SPEND, operation_id="spend", tags=["budgets"])
async def spend(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[SpendIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Orders care on a line that the commissioner pays: allowed, the money is kept; referred, it is kept until it is decided;
    denied, the reasons say what would make it a yes."""
    return answer(*await spent(request, book, person, data, is_dry=dry_run))


@post(
    f"{BUDGET}/instalments", permission=Permission.REQUEST_INSTALMENTS, operation_id="requestInstalment",
    tags=["budgets"],
)  # fmt: skip
async def instalment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[InstalmentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Asks for a payment of the plan's schedule: its money is kept until somebody else releases it."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, data, "instalment", opened.row.currency)
    return answer(*await decided(
        request, opened, key, f"instalments/{person}", lambda gate, *s: gate.instalment(wanted, *s), is_dry=dry_run
    ))  # fmt: skip


@get(f"{BUDGET}/decisions", permission=Permission.SEE_BUDGETS, operation_id="listDecisions", tags=["budgets"])
async def decisions(
    request: WireRequest, book: FromPath[str], person: FromPath[str], limit: Limit = 50, after: After = None,
    purpose: Purpose = None,
) -> Response[DecisionsOut]:  # fmt: skip
    """The decisions about a person's budget by number, each with its reasons. Holders see no reviews."""
    row = await request.book(book)
    scope = f"{row.code}/decisions/{person}"
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person, in_full=True)
        await look_at(request, row, connection, person, "read_decisions", purpose=purpose)
        page = await decisions_of(
            connection, row.book_id, person, after=number_position(request, scope, after), limit=limit
        )
    staff = is_staff(request)
    made = [
        decision_of(
            each.entry, each.detail, row.currency, for_staff=staff, hold=each.hold, resolved_by=each.resolved_by
        )
        for each in page.decisions
    ]
    return answer(
        DecisionsOut(page.through_entry, made),
        headers=next_link(request, scope, page.next_after, limit=limit, purpose=purpose),
    )


@get(
    f"{BUDGET}/decisions/{{number:int}}", permission=Permission.SEE_BUDGETS, operation_id="readDecision",
    tags=["budgets"],
)  # fmt: skip
async def decision(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number
) -> Response[DecisionOut]:  # fmt: skip
    """One decision with its reasons."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person)
        page = await decisions_of(connection, row.book_id, person, after=number - 1, limit=1)
    if not page.decisions or page.decisions[0].entry.number != number:
        raise Problem("decision_not_found")
    found = page.decisions[0]
    return answer(
        decision_of(found.entry, found.detail, row.currency, for_staff=is_staff(request), hold=found.hold,
                    resolved_by=found.resolved_by)
    )  # fmt: skip


def _conditions(sent: ReferralApprovalIn) -> tuple[Condition, ...]:
    return tuple(
        Condition(kind=each.kind, amount=_size(each.amount, "conditions"), day=each.day, days=each.days, words=each.words or "")
        for each in sent.conditions
    )  # fmt: skip


async def _resolve(
    request: WireRequest, book: str, person: str, number: int, sent: ResolutionIn, *, allows: bool, is_dry: bool
) -> Response[DecisionOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    if person:
        check_person(person)
    conditions = _conditions(sent) if isinstance(sent, ReferralApprovalIn) else ()
    detail = answer_detail(salt(), sent.words or "", words_on(conditions))
    reason = None if sent.reason is None else code_of(sent.reason, "reason")

    async def make(connection: Connection, book_id: int) -> Resolution:
        await foresee(connection, entries=(number,), limits_of=request.caller.asked.actor if allows else "",
                      subjects=(f"person/{person}",) if person else (), details=(number,) if allows and person else ())  # fmt: skip
        referral = await said_at(connection, book_id, number)
        if referral is None or referral.kind != "decision" or referral.attributes.get("person", "") != person:
            raise Problem("decision_not_found")
        return await resolve(
            connection, opened.gate, referral, actor=request.caller.asked.actor, allows=allows, effective_on=sent.effective_on,
            today=today(), reason=reason, detail=detail, conditions=conditions,
        )  # fmt: skip

    route = f"decisions/{number}/{'approve' if allows else 'decline'}"
    written, kept = await carried_out(request, opened, key, route, make, person, is_dry=is_dry)
    out = decided_of(written, kept if written.outcome.replayed else detail.content, for_staff=True)
    return answer(out, written.status, written.headers)


@post(
    f"{BUDGET}/decisions/{{number:int}}/approve", permission=Permission.DECIDE_REFERRALS,
    operation_id="approveReferral", tags=["budgets"],
)  # fmt: skip
async def approve(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ReferralApprovalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Says yes to a referral: the money that was kept for it becomes an order. By another than asked, once. Its conditions
    are looked at by the rules whenever something relies on it."""
    return await _resolve(request, book, person, number, data, allows=True, is_dry=dry_run)


@post(
    f"{BUDGET}/decisions/{{number:int}}/decline", permission=Permission.DECIDE_REFERRALS,
    operation_id="declineReferral", tags=["budgets"],
)  # fmt: skip
async def decline(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ReferralDeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Says no to a referral, with the reason: the money that was kept for it goes back. By another than asked, once."""
    return await _resolve(request, book, person, number, data, allows=False, is_dry=dry_run)


@post(
    "/v1/books/{book:str}/decisions/{number:int}/approve", permission=Permission.DECIDE_REFERRALS,
    operation_id="approveReferralOfBook", tags=["referrals"],
)  # fmt: skip
async def approve_of_book(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ResolutionIn], dry_run: FromQuery[bool] = False
) -> Response[DecisionOut]:  # fmt: skip
    """Says yes to a referral that is about nobody's budget, such as a payee's approval. By another than asked, once."""
    return await _resolve(request, book, "", number, data, allows=True, is_dry=dry_run)


@post(
    "/v1/books/{book:str}/decisions/{number:int}/decline", permission=Permission.DECIDE_REFERRALS,
    operation_id="declineReferralOfBook", tags=["referrals"],
)  # fmt: skip
async def decline_of_book(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ReferralDeclineIn], dry_run: FromQuery[bool] = False
) -> Response[DecisionOut]:  # fmt: skip
    """Says no to a referral that is about nobody's budget, with the reason. By another than asked, once."""
    return await _resolve(request, book, "", number, data, allows=False, is_dry=dry_run)


@post(
    f"{BUDGET}/holds/{{number:int}}/release", permission=Permission.RELEASE_SPENDS, operation_id="releaseSpend",
    tags=["budgets"],
)  # fmt: skip
async def release(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[SpendReleaseIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Gives back what is kept for an order that is not wanted any more: all that remains, or an amount of it."""
    opened, key = await prepare(request, book)
    amount = None if data.amount is None else amount_of(data.amount, "amount", is_size=True)

    async def make(connection: Connection, book_id: int) -> Resolution:
        await foresee(connection, entries=(number - 1,))
        order = await order_of(connection, book_id, person, number)
        if order is None:
            raise Problem("hold_not_found")
        # Of a closed hold all is asked for, so that the ledger says that it is closed.
        asked = hold_released(hold=number, shares=order.shares, amount=None if order.closed else amount,
                              remaining=order.remaining, effective_on=data.effective_on, because=order.decision)  # fmt: skip
        # A part is split by what the hold keeps of each share, so money that moves in between has it looked up again.
        subject = f"person/{person}"
        return Resolution((asked,), (Guard(subject, await version_of(connection, book_id, subject)),))

    route = f"budgets/{person}/holds/{number}/release"
    async with request.desk.books.reading(opened.row) as connection:
        # Who may not any more is not told again either.
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    written, _ = await carried_out(request, opened, key, route, make, person, is_dry=dry_run)
    return first_entry(written)


HANDLERS = [ask, spend, instalment, decisions, decision, approve, decline, approve_of_book, decline_of_book, release]
