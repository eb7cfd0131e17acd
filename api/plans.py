"""Plans: drafted by one officer with the person's own words, signed by another, and only then money is allocated.

A line's amount is allocated to the financial year in which the line begins, unless the draft says how much is for which
year. Every year that the line touches gets its shares opened, so that money can be moved there later.
"""

from datetime import date
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_people as wire
from api.answers import GroupOut
from api.answers_people import DraftedOut, PlanOut, PlansOut, plan_out
from api.deciding import check_reach, naming_noes
from api.desk import WireRequest, answer
from api.open_books import OpenBook, salt
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once, read_person
from api.wire import amount_of, code_of
from api.wire_budgets import ServiceCode
from api.writing import made_of, prepare
from ledger.book.lookups import read_detail
from ledger.book.snapshot import snapshot, span
from ledger.budgets.chart import account
from ledger.budgets.drafts import Draft, DraftLine, draft_of, signing
from ledger.budgets.funds import Fund
from ledger.budgets.people import opaque_ref
from ledger.budgets.plans import Line, LineShare, PlanVersion, plan_of, plan_recorded
from ledger.budgets.presence import which_are_open, which_are_payees
from ledger.budgets.reading import Setup, funds_of, said_of, years_of
from ledger.budgets.standing import read_rules
from ledger.core.model import MAX_GROUP, Guard

Connection = Any
PLANS = "/v1/books/{book:str}/budgets/{person:str}/plans"


def _check_services(request: WireRequest, services: list[ServiceCode]) -> tuple[str, ...]:
    bundle = request.desk.books.engine.bundle
    with naming_noes():
        for service in services:
            bundle.service_kind(service)
    return tuple(services)


def _years(sent: wire.PlanLineIn, line: Line) -> tuple[tuple[str, int], ...]:
    """Pence by year as said; they lie within the line and add up to its amount."""
    years = tuple((each.year, amount_of(each.amount, "years", is_size=True)) for each in sent.years)
    named = [year for year, _ in years]
    if len(set(named)) != len(named) or not set(named) <= set(years_of(line)):
        raise Problem("years_outside_line", field="years")
    if years and sum(pence for _, pence in years) != line.amount:
        raise Problem("years_differ", field="years")
    return years


def _line(
    request: WireRequest, sent: wire.PlanLineIn, plan: PlanVersion, funds: dict[str, Fund], setup: Setup
) -> DraftLine:  # fmt: skip
    """A line as it is drafted; what it names is there, and its dates lie within its plan's."""
    if any(share.fund not in funds for share in sent.shares):
        raise Problem("fund_unknown", field="shares")
    if sent.holder_account is not None and sent.holder_account not in setup.holder_accounts:
        raise Problem("holder_account_unknown", field="holder_account")
    line = Line(
        line=opaque_ref("L", salt()), person=plan.person, plan=plan.plan, version=plan.version,
        services=_check_services(request, sent.services), management=sent.management,
        amount=amount_of(sent.amount, "amount", is_size=True), start=sent.start, end=sent.end,
        shares=tuple(LineShare(each.fund, funds[each.fund].kind, each.weight) for each in sent.shares),
        payees=tuple(code_of(payee, "payees") for payee in sent.payees), holder_account=sent.holder_account,
        instalment=None if sent.instalment is None else amount_of(sent.instalment, "instalment", is_size=True),
        flexibility=sent.flexibility,
    )  # fmt: skip
    if line.start < plan.start or (plan.end is not None and line.end > plan.end):
        raise Problem("line_outside_plan", field="lines")
    return DraftLine(line, sent.title, sent.description, _years(sent, line))


async def _check_named(connection: Connection, book_id: int, draft: Draft) -> None:
    """The payees and the years of funds that a draft names are there."""
    payees = sorted({payee for each in draft.lines for payee in each.line.payees})
    if set(payees) - await which_are_payees(connection, book_id, payees):
        raise Problem("payee_unknown", field="payees")
    codes = sorted({
        account("unallocated", fund=share.fund, year=year).code
        for each in draft.lines for share in each.line.shares for year in years_of(each.line)
    })  # fmt: skip
    if set(codes) - await which_are_open(connection, book_id, codes):
        raise Problem("fund_year_not_open", field="shares")


async def _drafted(
    request: WireRequest, connection: Connection, book: OpenBook, person: str, sent: wire.PlanIn
) -> tuple[PlanVersion, Draft]:  # fmt: skip
    setup = await read_person(connection, book.row.book_id, person)
    plan = PlanVersion(
        plan=opaque_ref("V", salt()), person=person, version=1, start=sent.start, end=sent.end, agreement=sent.agreement,
        coordinator=None if sent.coordinator is None else code_of(sent.coordinator, "coordinator"),
    )  # fmt: skip
    funds = funds_of((await read_rules(connection, book.row.book_id)).funds)
    lines = tuple(_line(request, each, plan, funds, setup) for each in sent.lines)
    draft = Draft(sent.title, sent.description, lines)
    await _check_named(connection, book.row.book_id, draft)
    # Signed once on paper, so that what cannot be signed is said to who drafts it.
    group = signing(plan, draft, drafted=1, funds=funds, effective_on=plan.start, salt=salt)
    if len(group) > MAX_GROUP:
        raise Problem("plan_too_large", field="lines")
    return plan, draft


@post(PLANS, permission=Permission.DRAFT_PLANS, operation_id="draftPlan", tags=["plans"])
async def draft(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.PlanIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DraftedOut]:  # fmt: skip
    """Drafts a plan with its lines. Nothing is given, and nothing can be spent, before somebody else signs it."""
    opened, key = await prepare(request, book)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    made: list[Draft] = []

    async def make(connection: Connection) -> Wish:
        plan, found = await _drafted(request, connection, opened, person, data)
        made.append(found)
        return Wish((plan_recorded("drafted", plan, detail=found.detail(salt())),))

    written = await once(request, opened, key, f"budgets/{person}/plans", make, is_dry=dry_run)
    entry = written.outcome.entries[0]
    kept = made[0] if made and not written.outcome.replayed else None
    if kept is None:
        async with request.desk.books.reading(opened.row) as connection:
            kept = await _draft_at(connection, opened.row.book_id, entry.number)
    plan, state = plan_of(entry.subject or "", dict(entry.attributes))
    [answered] = made_of(written)
    out = plan_out(plan, state, answered.number, kept, {}, opened.row.currency)
    return answer(DraftedOut(answered, out), written.status, written.headers)


async def _draft_at(connection: Connection, book_id: int, number: int) -> Draft | None:
    content = await read_detail(connection, book_id, number)
    return None if content is None else draft_of(content)


@post(f"{PLANS}/{{plan:str}}/sign", permission=Permission.SIGN_PLANS, operation_id="signPlan", tags=["plans"])
async def sign(
    request: WireRequest, book: FromPath[str], person: FromPath[str], plan: FromPath[str],
    data: JSONBody[wire.SignatureIn], dry_run: FromQuery[bool] = False,
) -> Response[GroupOut]:  # fmt: skip
    """Signs a plan as it was drafted, by another than drafted it, once: its lines are agreed and their money allocated."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        return await _signing(connection, opened.row.book_id, person, plan, data.effective_on)

    route = f"budgets/{person}/plans/{plan}/sign"
    written = await once(request, opened, key, route, make, is_dry=dry_run, of_lines=True)
    return answer(GroupOut(made_of(written)), written.status, written.headers)


async def _signing(connection: Connection, book_id: int, person: str, plan: str, day: date) -> Wish:
    await read_person(connection, book_id, person)
    said = await said_of(connection, book_id, f"plan/{plan}")
    if not said or said[-1].attributes.get("person") != person:
        raise Problem("plan_not_found")
    last = said[-1]
    if last.act != "drafted":
        raise Problem("plan_not_drafted")
    found = await _draft_at(connection, book_id, last.number)
    if found is None:
        raise Problem("plan_erased")
    version, _ = plan_of(last.subject, last.attributes)
    funds = funds_of((await read_rules(connection, book_id)).funds)
    group = signing(version, found, drafted=last.number, funds=funds, effective_on=day, salt=salt)
    return Wish(group, (Guard(last.subject, last.number),), (last.number,))


@get(PLANS, permission=Permission.SEE_BUDGETS, operation_id="listPlans", tags=["plans"])
async def plans(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[PlansOut]:
    """A person's plans with their lines, in the person's own words."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        through, _ = await span(connection, row.book_id)
        setup = await read_person(connection, row.book_id, person)
        found = [
            await _plan(connection, row.book_id, setup, versions[-1][0], versions[-1][1], row.currency)
            for versions in setup.plans.values()
        ]
    return answer(PlansOut(through, found))


async def _plan(
    connection: Connection, book_id: int, setup: Setup, plan: PlanVersion, state: str, currency: str
) -> PlanOut:  # fmt: skip
    """A plan as it stands: the last word on it, the words of its draft, its lines of the register."""
    said = await said_of(connection, book_id, f"plan/{plan.plan}")
    drafts = [row.number for row in said if row.act == "drafted"]
    draft = await _draft_at(connection, book_id, drafts[-1]) if drafts else None
    lines = {name: found for name, found in setup.lines.items() if found[0].plan == plan.plan}
    return plan_out(plan, state, said[-1].number, draft, lines, currency)


HANDLERS = [draft, sign, plans]
