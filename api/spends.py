"""Asking, ordering and instalments: the routes through the gate, and what becomes of referrals."""

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from api.answers import EntryOut
from api.answers_budgets import DecisionOut, DecisionsOut, decided_of, decision_of
from api.deciding import SPENDING, check_person, check_reach, decided, is_staff, naming_noes, own_holder
from api.desk import WireRequest, answer
from api.finance import Number
from api.open_books import salt, today
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.wire import amount_of, code_of
from api.wire_budgets import AskIn, InstalmentIn, ResolutionIn, SpendIn, SpendReleaseIn
from api.writing import first_entry, prepare, write
from ledger.book.lookups import read_detail
from ledger.budgets.acts import hold_released
from ledger.budgets.reading import Said, decisions_of, order_of, said_at
from policies.decisions import words_detail
from policies.referrals import resolve
from policies.sheets import Wanted

BUDGET = "/v1/books/{book:str}/budgets/{person:str}"


def _wanted(request: WireRequest, person: str, sent: AskIn | InstalmentIn, act: str, currency: str) -> Wanted:
    check_person(person)
    if sent.currency != currency:
        raise Problem("currency_not_of_book", field="currency")
    payee = None if isinstance(sent, InstalmentIn) or sent.payee is None else code_of(sent.payee, "payee")
    return Wanted(
        act=act, person=person, line=code_of(sent.line, "line"), service=sent.service,  # type: ignore[arg-type]
        amount=amount_of(sent.amount, "amount", is_size=True), effective_on=sent.effective_on, payee=payee,
        care_from=sent.care_from, care_to=sent.care_to, holder=own_holder(request),
        relies_on=(sent.relies_on or 0) if isinstance(sent, SpendIn) else 0,
        debt_of_plan_service=sent.debt_of_plan_service if isinstance(sent, AskIn) else False,
    )  # fmt: skip


@post(f"{BUDGET}/asks", permission=Permission.ASK, operation_id="ask", tags=["budgets"])
async def ask(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[AskIn]
) -> Response[DecisionOut]:  # fmt: skip
    """May this be bought? A recorded answer without money, with a reference that can be read out."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, data, "spend", opened.row.currency)
    return await decided(request, opened, key, f"asks/{person}", lambda *s: opened.gate.ask(wanted, *s))


@post(f"{BUDGET}/spends", permission=Permission.SPEND, operation_id="spend", tags=["budgets"])
async def spend(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[SpendIn]
) -> Response[DecisionOut]:  # fmt: skip
    """Orders care on a line that the commissioner pays: allowed, the money is kept; referred, it is kept until it is decided;
    denied, the reasons say what would make it a yes."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, data, "spend", opened.row.currency)
    return await decided(request, opened, key, f"spends/{person}", lambda *s: opened.gate.spend(wanted, *s))


@post(
    f"{BUDGET}/instalments", permission=Permission.REQUEST_INSTALMENTS, operation_id="requestInstalment",
    tags=["budgets"],
)  # fmt: skip
async def instalment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[InstalmentIn]
) -> Response[DecisionOut]:  # fmt: skip
    """Asks for a payment of the plan's schedule: its money is kept until somebody else releases it."""
    opened, key = await prepare(request, book)
    wanted = _wanted(request, person, data, "instalment", opened.row.currency)
    return await decided(request, opened, key, f"instalments/{person}", lambda *s: opened.gate.instalment(wanted, *s))


@get(f"{BUDGET}/decisions", permission=Permission.SEE_BUDGETS, operation_id="listDecisions", tags=["budgets"])
async def decisions(
    request: WireRequest, book: FromPath[str], person: FromPath[str], limit: Limit = 50, after: After = None
) -> Response[DecisionsOut]:  # fmt: skip
    """The decisions about a person's budget by number, each with its reasons. Holders see no reviews."""
    row = await request.book(book)
    scope = f"{row.code}/decisions/{person}"
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person)
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
        DecisionsOut(page.through_entry, made), headers=next_link(request, scope, page.next_after, limit=limit)
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


async def _referral(request: WireRequest, book: str, person: str, number: int) -> Said:
    check_person(person)
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await said_at(connection, row.book_id, number)
    if found is None or found.kind != "decision" or found.attributes.get("person") != person:
        raise Problem("decision_not_found")
    return found


async def _resolve(
    request: WireRequest, book: str, person: str, number: int, sent: ResolutionIn, *, allows: bool
) -> Response[DecisionOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    referral = await _referral(request, book, person, number)
    detail = words_detail(salt(), sent.words or "")
    reason = None if sent.reason is None else code_of(sent.reason, "reason")
    with naming_noes():
        async with request.desk.books.reading(opened.row) as connection:
            found = await resolve(
                connection, opened.row.book_id, referral, allows=allows, effective_on=sent.effective_on, today=today(),
                reason=reason, detail=detail,
            )  # fmt: skip
    route = f"decisions/{number}/{'approve' if allows else 'decline'}"
    written = await write(request, opened, key, route, found.requests, guards=found.guards, other_than=found.other_than,
                          of_lines=True)  # fmt: skip
    async with request.desk.books.reading(opened.row) as connection:
        made = next(entry for entry in written.outcome.entries if entry.kind == "decision")
        content = await read_detail(connection, opened.row.book_id, made.number)
    out = decided_of(written.outcome, content, opened.row.currency, for_staff=True)
    return answer(out, written.status, written.headers)


@post(
    f"{BUDGET}/decisions/{{number:int}}/approve", permission=Permission.DECIDE_REFERRALS,
    operation_id="approveReferral", tags=["budgets"],
)  # fmt: skip
async def approve(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ResolutionIn]
) -> Response[DecisionOut]:  # fmt: skip
    """Says yes to a referral: the money that was kept for it becomes an order. By another than asked, once."""
    return await _resolve(request, book, person, number, data, allows=True)


@post(
    f"{BUDGET}/decisions/{{number:int}}/decline", permission=Permission.DECIDE_REFERRALS,
    operation_id="declineReferral", tags=["budgets"],
)  # fmt: skip
async def decline(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[ResolutionIn]
) -> Response[DecisionOut]:  # fmt: skip
    """Says no to a referral: the money that was kept for it goes back. By another than asked, once."""
    return await _resolve(request, book, person, number, data, allows=False)


@post(
    f"{BUDGET}/holds/{{number:int}}/release", permission=Permission.RELEASE_SPENDS, operation_id="releaseSpend",
    tags=["budgets"],
)  # fmt: skip
async def release(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[SpendReleaseIn]
) -> Response[EntryOut]:  # fmt: skip
    """Gives back what is kept for an order that is not wanted any more: all that remains, or an amount of it."""
    opened, key = await prepare(request, book)
    amount = None if data.amount is None else amount_of(data.amount, "amount", is_size=True)
    with naming_noes():
        async with request.desk.books.reading(opened.row) as connection:
            await check_reach(request, connection, opened.row.book_id, person, SPENDING)
            order = await order_of(connection, opened.row.book_id, person, number)
        if order is None:
            raise Problem("hold_not_found")
        asked = hold_released(hold=number, shares=order.shares, amount=amount, remaining=order.remaining,
                              effective_on=data.effective_on, because=order.decision)  # fmt: skip
    return first_entry(
        await write(request, opened, key, f"budgets/{person}/holds/{number}/release", (asked,), of_lines=True)
    )


HANDLERS = [ask, spend, instalment, decisions, decision, approve, decline, release]
