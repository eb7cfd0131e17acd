"""Reads of a person's budget: what is left, what happened, and the decision behind a reference. Holders see their own."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from api.access import Purpose
from api.answers_budgets import DecisionOut, decision_of
from api.answers_explaining import BudgetSummaryOut, summary_of
from api.answers_home import BudgetOut, BudgetStatementOut, budget_of, budget_statement_of
from api.answers_taking_on import covered
from api.deciding import SEEING, check_open_to, check_person, check_reach, is_staff, look_at, naming_noes, own_holder
from api.desk import WireRequest, answer
from api.explaining import wording
from api.open_books import today
from api.paging import After, Limit, next_link, position
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from ledger.book.books import BookRow
from ledger.budgets.home import Home, read_home, read_statement
from ledger.budgets.reading import decisions_of, said_at
from ledger.core.calendar import year_of
from policies.contacting import contacts_held
from policies.decisions import number_of_reference
from policies.saying import Form
from policies.sheets import check_delegated
from policies.summing_up import sum_up

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$"
LineName = Annotated[str, PathParameter(pattern=_NAME, description="A line of the plan.")]
OneLine = Annotated[str | None, QueryParameter(pattern=_NAME, description="One line; all of them if left out.")]
OnDay = Annotated[
    date | None,
    QueryParameter(description="The accounting day for which is said what can be used; today if left out."),
]
Reference = Annotated[str, PathParameter(max_length=40, description="A decision's reference, as it was read out.")]


async def _home(request: WireRequest, book: str, person: str, on: date | None) -> tuple[BookRow, Home]:
    row = await request.book(book)
    check_person(person)
    async with request.desk.books.reading(row) as connection:
        home = await read_home(connection, row.book_id, person, year_of(on or today()))
        with naming_noes():
            check_delegated(home.setup, own_holder(request), today(), SEEING)
        await check_open_to(request, connection, person, home.setup)
    return row, home


@get(BUDGET, permission=Permission.SEE_BUDGETS, operation_id="readBudget", tags=["budgets"])
async def budget(
    request: WireRequest, book: FromPath[str], person: FromPath[str], on: OnDay = None
) -> Response[BudgetOut]:  # fmt: skip
    """What a person has: every line with what is left, and the orders that are open, all of one moment."""
    row, home = await _home(request, book, person, on)
    return answer(budget_of(home, row, person))


@get(f"{BUDGET}/summary", permission=Permission.SEE_BUDGETS, operation_id="readBudgetSummary", tags=["explaining"])
async def budget_summary(
    request: WireRequest, book: FromPath[str], person: FromPath[str], form: FromQuery[Form] = "easy_read", on: OnDay = None
) -> Response[BudgetSummaryOut]:  # fmt: skip
    """What a person has in a few short sentences, line by line and in all: in easy read with pictures, plainly, or in Welsh."""
    row, home = await _home(request, book, person, on)
    async with request.desk.books.reading(row) as connection:
        held = await contacts_held(connection, row.book_id, row.code, today(), wording())
    told = sum_up(home, on or today(), form, wording(), held.contacts)
    return answer(summary_of(told, book=row.code, person=person, through=home.through, on=on or today()))


@get(f"{BUDGET}/lines/{{line:str}}", permission=Permission.SEE_BUDGETS, operation_id="readBudgetLine", tags=["budgets"])
async def budget_line(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, on: OnDay = None
) -> Response[BudgetOut]:  # fmt: skip
    """One line of a budget with its money and its open orders."""
    row, home = await _home(request, book, person, on)
    if line not in home.setup.lines:
        raise Problem("line_unknown")
    return answer(budget_of(home, row, person, line))


@get(f"{BUDGET}/statement", permission=Permission.SEE_BUDGETS, operation_id="readBudgetStatement", tags=["budgets"])
async def budget_statement(
    request: WireRequest, book: FromPath[str], person: FromPath[str], first_day: FromQuery[date], last_day: FromQuery[date],
    line: OneLine = None, after: After = None, limit: Limit = 100, purpose: Purpose = None,
) -> Response[BudgetStatementOut]:  # fmt: skip
    """What happened to a budget's lines by accounting day, with what each state held before and after."""
    row = await request.book(book)
    scope = f"budget-statement|{row.code}|{person}|{line}|{first_day}|{last_day}"
    begins = position(request, scope, after)
    day, _, number = (begins or "").partition("|")
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person, in_full=True)
        await look_at(request, row, connection, person, "read_statement", purpose=purpose)
        found = await read_statement(
            connection, row.book_id, person, line=line, first_day=first_day, last_day=last_day,
            after=None if begins is None else (date.fromisoformat(day), int(number)), limit=limit,
        )  # fmt: skip
        coverage = await covered(connection, row, found.through, person=person)
    goes_on = None if found.next_after is None else f"{found.next_after[0]}|{found.next_after[1]}"
    link = next_link(
        request, scope, goes_on, line=line, first_day=first_day, last_day=last_day, limit=limit, purpose=purpose
    )
    return answer(budget_statement_of(found, row, person, line, first_day, last_day, coverage), headers=link)


@get(
    "/v1/books/{book:str}/decisions/{reference:str}", permission=Permission.SEE_BUDGETS,
    operation_id="findDecision", tags=["budgets"],
)  # fmt: skip
async def decision_by_reference(
    request: WireRequest, book: FromPath[str], reference: Reference
) -> Response[DecisionOut]:  # fmt: skip
    """The decision whose reference somebody reads out."""
    row = await request.book(book)
    number = number_of_reference(reference)
    if number is None or number > 10**15:
        raise Problem("reference_misread")
    async with request.desk.books.reading(row) as connection:
        said = await said_at(connection, row.book_id, number)
        person = "" if said is None else said.attributes.get("person", "")
        if said is None or said.kind != "decision" or not person:
            raise Problem("decision_not_found")
        try:
            await check_reach(request, connection, row.book_id, person)
        except Problem:
            raise Problem("decision_not_found") from None
        page = await decisions_of(connection, row.book_id, person, after=number - 1, limit=1)
    found = page.decisions[0]
    return answer(
        decision_of(found.entry, found.detail, row.currency, for_staff=is_staff(request), hold=found.hold,
                    resolved_by=found.resolved_by)
    )  # fmt: skip


HANDLERS = [budget, budget_summary, budget_line, budget_statement, decision_by_reference]
