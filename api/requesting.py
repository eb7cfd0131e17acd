"""A budget that is asked for, and a refusal of it: both through the rules, so that a right is not refused without a ground."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_requests as wire
from api.answers_budgets import DecisionOut
from api.deciding import ASKING, check_open_to, check_person, decided, own_holder, words_detail
from api.desk import WireRequest, answer
from api.keeping_back import open_to
from api.open_books import salt, today
from api.paging import After, Limit, next_link, number_position
from api.people import PERSON
from api.permissions import Permission
from api.setting_up import read_person
from api.spends import BUDGET
from api.wire import code_of
from api.writing import prepare
from ledger.book.snapshot import snapshot, span
from ledger.budgets.budget_requests import BudgetRequest, request_of
from ledger.budgets.people import opaque_ref
from ledger.budgets.reading import said_of_person
from ledger.reports.referrals import checks_to_make
from policies import requesting

Connection = Any
REQUESTS = f"{PERSON}/requests"


@post(REQUESTS, permission=Permission.KEEP_PEOPLE, operation_id="requestBudget", tags=["requests"])
async def request_budget(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.BudgetRequestIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Writes down that a person asks for a budget, or for one way to hold it; `stated` names the request. Without a right to one it
    is referred."""
    opened, key = await prepare(request, book)
    check_person(person)
    asked = BudgetRequest(request=opaque_ref("R", salt()), person=person, on=data.on, right=data.right,
                          management=data.management)  # fmt: skip
    return answer(*await decided(
        request, opened, key, f"people/{person}/requests",
        lambda gate, sender, timeout: requesting.request_budget(
            gate, sender, timeout, asked=asked, effective_on=data.effective_on, approved=data.approved or 0
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(
    f"{REQUESTS}/{{asked:str}}/refuse",
    permission=Permission.KEEP_PEOPLE,
    operation_id="refuseRequest",
    tags=["requests"],
)
async def refuse_request(
    request: WireRequest, book: FromPath[str], person: FromPath[str], asked: FromPath[str], data: JSONBody[wire.BudgetRefusalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Refuses a request, with written reasons, when the rules allow it: who has a right is refused only what is not appropriate for
    them (SI 2012/2996 reg 32B)."""
    opened, key = await prepare(request, book)
    check_person(person)
    return answer(*await decided(
        request, opened, key, f"people/{person}/requests/{asked}/refuse",
        lambda gate, sender, timeout: requesting.refuse_request(
            gate, sender, timeout, person=person, request=asked, ground=data.ground, offered=data.other_way_offered,
            reasons=words_detail(data.reasons), on=data.on, effective_on=data.effective_on, approved=data.approved or 0,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@get(REQUESTS, permission=Permission.SEE_PEOPLE, operation_id="listRequests", tags=["requests"])
async def requests(
    request: WireRequest, book: FromPath[str], person: FromPath[str]
) -> Response[wire.BudgetRequestsOut]:
    """What a person asked for, oldest first, and what was refused, on what ground."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        through, _ = await span(connection, row.book_id)
        await check_open_to(request, connection, person, await read_person(connection, row.book_id, person))
        said = await said_of_person(connection, row.book_id, person, ["offer"])
    newest = {
        each.subject: request_of(each.subject, each.attributes) for each in said if each.subject.startswith("request/")
    }
    return answer(wire.BudgetRequestsOut(through, [
        wire.BudgetRequestOut(request=each.request, on=each.on, right=each.right, management=each.management, ground=each.ground)
        for each in newest.values()
    ]))  # fmt: skip


@post(f"{BUDGET}/provider-checks", permission=Permission.ASK, operation_id="requestChecks", tags=["requests"])
async def request_checks(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.CheckIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Asks the commissioner to make the enquiries about a provider itself (SI 2013/1617 reg 11(3)). It has a day by which it is
    done; a purchase from them waits until they are approved."""
    opened, key = await prepare(request, book)
    check_person(person)
    payee, holder = code_of(data.payee, "payee"), own_holder(request)
    return answer(*await decided(
        request, opened, key, f"provider-checks/{person}",
        lambda gate, sender, timeout: requesting.request_checks(
            gate, sender, timeout, person=person, payee=payee, holder=holder, scopes=ASKING, on=data.on,
            effective_on=data.effective_on,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@get(
    "/v1/books/{book:str}/provider-checks",
    permission=Permission.SEE_REFERRALS,
    operation_id="listChecks",
    tags=["requests"],
)
async def checks(
    request: WireRequest, book: FromPath[str], after: After = None, limit: Limit = 100
) -> Response[wire.ChecksOut]:
    """Providers that the commissioner was asked to check and has not approved or barred since, in the order asked for."""
    row = await request.book(book)
    scope = f"provider-checks|{row.code}"
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        found = await checks_to_make(
            connection, row.book_id, after=number_position(request, scope, after), limit=limit + 1
        )
        shown = await open_to(connection, row.book_id, request.caller.sub, found[:limit])
    page = [
        wire.CheckOut(number=each.number, person=each.person, payee=each.payee, asked_on=each.asked_on, due_on=each.due_on,
                      late_days=max(0, (today() - each.due_on).days))
        for each in shown.rows
    ]  # fmt: skip
    goes_on = found[limit - 1].number if len(found) > limit else None
    return answer(wire.ChecksOut(page, shown.kept_back), headers=next_link(request, scope, goes_on, limit=limit))


HANDLERS = [request_budget, refuse_request, requests, request_checks, checks]
