"""Plans: drafted by one officer with the person's own words, signed by another, and only then money is given.

A line's amount is allocated to the financial year in which the line begins, unless the draft says how much is for which
year. Every year that the line touches gets its shares opened, so that money can be moved there later. A later version never
edits an earlier one: it says everything again, and what it changes is posted when it is signed.
"""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_plans as wire
from api.answers_budgets import SettledOut, settled_of
from api.answers_plans import DraftedOut, PlansOut, VersionsOut, plan_out
from api.deciding import check_person, check_reach, naming_noes, through_gate
from api.desk import WireRequest, answer
from api.matching import read_number, stale, tag_of
from api.open_books import OpenBook, salt
from api.permissions import Permission
from api.plan_drafts import drafted, version_of_wire
from api.plan_reads import draft_at, read_plans, read_versions
from api.problems import LedgerRefused, Problem
from api.setting_up import Wish, once, read_person
from api.wire import code_of
from api.writing import made_of, prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.drafts import Draft, Standing
from ledger.budgets.people import opaque_ref
from ledger.budgets.plans import plan_of, plan_recorded
from ledger.budgets.reading import said_of
from ledger.budgets.standing import read_standing
from ledger.budgets.terms import Signature
from ledger.core.model import Guard
from policies import planning

Connection = Any
PLANS = "/v1/books/{book:str}/budgets/{person:str}/plans"
PLAN = f"{PLANS}/{{plan:str}}"


@post(PLANS, permission=Permission.DRAFT_PLANS, operation_id="draftPlan", tags=["plans"])
async def draft(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.PlanIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DraftedOut]:  # fmt: skip
    """Drafts a plan with its lines. Nothing is given, and nothing can be spent, before somebody else signs it."""
    opened, key = await _prepared(request, book, data)
    made: list[Draft] = []

    async def make(connection: Connection) -> Wish:
        setup = await read_person(connection, opened.row.book_id, person)
        plan = version_of_wire(data, plan=opaque_ref("V", salt()), person=person, version=1)
        made.append(await drafted(request, connection, opened, data, plan, setup))
        return Wish((plan_recorded("drafted", plan, detail=made[0].detail(salt())),))

    return await _drafted(request, opened, key, f"budgets/{person}/plans", make, made, is_dry=dry_run)


@post(f"{PLAN}/versions", permission=Permission.DRAFT_PLANS, operation_id="draftVersion", tags=["plans"])
async def draft_version(
    request: WireRequest, book: FromPath[str], person: FromPath[str], plan: FromPath[str],
    data: JSONBody[wire.VersionIn], dry_run: FromQuery[bool] = False,
) -> Response[DraftedOut]:  # fmt: skip
    """Drafts the next version of a plan, or its draft anew. What is signed so far stays as it is until this is signed too."""
    opened, key = await _prepared(request, book, data)
    read, made = read_number(request), list[Draft]()

    async def make(connection: Connection) -> Wish:
        setup = await read_person(connection, opened.row.book_id, person)
        with naming_noes():
            await planning.read_plan(connection, opened.row.book_id, person, plan, read)
        signed = planning.signed_of(setup, plan)
        version = version_of_wire(data, plan=plan, person=person, version=signed.version + 1 if signed else 1)
        balances = (await read_standing(connection, opened.row.book_id, person)).balances
        now = Standing(planning.agreed_of(setup, plan), balances)
        made.append(await drafted(request, connection, opened, data, version, setup, now))
        return Wish((plan_recorded("drafted", version, detail=made[0].detail(salt())),), (Guard(f"plan/{plan}", read),))

    route = f"budgets/{person}/plans/{plan}/versions"
    try:
        return await _drafted(request, opened, key, route, make, made, is_dry=dry_run)
    except LedgerRefused as no:
        if no.refusal.code != "guard_stale":
            raise
    async with request.desk.books.reading(opened.row) as connection:
        last = (await said_of(connection, opened.row.book_id, f"plan/{plan}"))[-1]
    raise stale(last.number, last.attributes["version"])


async def _prepared(request: WireRequest, book: str, sent: wire.PlanIn) -> tuple[OpenBook, str]:
    opened, key = await prepare(request, book)
    if sent.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    return opened, key


async def _drafted(
    request: WireRequest, opened: OpenBook, key: str, route: str, make: Any, made: list[Draft], *, is_dry: bool
) -> Response[DraftedOut]:  # fmt: skip
    """Writes a draft, and answers it from its entry and what is left of its detail."""
    written = await once(request, opened, key, route, make, is_dry=is_dry)
    entry = written.outcome.entries[0]
    kept = made[0] if made and not written.outcome.replayed else None
    if kept is None:
        async with request.desk.books.reading(opened.row) as connection:
            kept = await draft_at(connection, opened.row.book_id, entry.number)
    plan, state = plan_of(entry.subject or "", dict(entry.attributes))
    [answered] = made_of(written)
    out = plan_out(plan, state, answered.number, kept, {}, opened.row.currency)
    headers = dict(written.headers or {})
    if not written.is_dry:
        headers["ETag"] = tag_of(entry.number)
    return answer(DraftedOut(answered, out), written.status, headers)


@post(f"{PLAN}/sign", permission=Permission.SIGN_PLANS, operation_id="signPlan", tags=["plans"])
async def sign(
    request: WireRequest, book: FromPath[str], person: FromPath[str], plan: FromPath[str],
    data: JSONBody[wire.SignatureIn], dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Signs a plan as it was drafted, by another than drafted it, once, when the rules allow it. Its lines are agreed and their
    money given (accounting event 2); of a later version what it gives more or less (event 3), and what it ends (event 35)."""
    opened, key = await prepare(request, book)
    check_person(person)
    read = read_number(request)
    signatures = tuple(
        Signature(each.side, code_of(each.who, "who"), each.on, each.channel) for each in data.signatures
    )
    found = await through_gate(
        request, opened, key, f"budgets/{person}/plans/{plan}/sign",
        lambda gate, sender, timeout: planning.sign(
            gate, sender, timeout, person=person, plan=plan, read=read, effective_on=data.effective_on,
            signatures=signatures, agreement_on=data.agreement_on, approved=data.approved or 0,
        ),
        is_dry=dry_run,
    )  # fmt: skip
    written = found.written
    return answer(settled_of(written, found.detail), written.status, written.headers)


@get(PLANS, permission=Permission.SEE_BUDGETS, operation_id="listPlans", tags=["plans"])
async def plans(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[PlansOut]:
    """A person's plans with their lines, in the person's own words: what is signed, and what waits for a signature."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        found = await read_plans(connection, row, person)
    return answer(found)


@get(PLAN, permission=Permission.SEE_BUDGETS, operation_id="getPlan", tags=["plans"])
async def plan_versions(
    request: WireRequest, book: FromPath[str], person: FromPath[str], plan: FromPath[str]
) -> Response[VersionsOut]:  # fmt: skip
    """All versions of one plan, oldest first, with the ETag that a change of it has to name."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        found, last = await read_versions(connection, row, person, plan)
    return answer(found, headers={"ETag": tag_of(last)})


HANDLERS = [draft, draft_version, sign, plans, plan_versions]
