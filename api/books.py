"""Books and their periods."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import BookOut, BooksOut, EntryOut, PeriodsOut, book_of, period_of
from api.answers_budgets import ReopenedOut, reopened_of
from api.deciding import through_gate
from api.desk import WireRequest, answer, tagged_answer
from api.idempotency import chosen_key
from api.open_books import clock_us, nonce, today
from api.opening import open_once
from api.permissions import Permission
from api.problems import Problem
from api.wire import BookIn, PeriodChangeIn, PeriodReopenIn, code_of, period_change_of
from api.writing import Written, first_entry, prepare, write
from ledger.book.periods import list_periods
from policies.reopening import reopen_period


@get("/v1/books", permission=Permission.SEE_BOOKS, operation_id="listBooks", tags=["books"])
async def books(request: WireRequest) -> Response[BooksOut]:
    """The books that this token reaches."""
    caller, is_alone = request.caller, request.desk.settings.is_alone
    found = await request.desk.books.rows()
    return answer(
        BooksOut([book_of(row) for row in found if caller.reaches(row.code, row.nature, may_be_live=is_alone)])
    )


@post("/v1/books", permission=Permission.OPEN_BOOKS, operation_id="openBook", tags=["books"])
async def open_one(
    request: WireRequest, data: JSONBody[BookIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Opens a book. Its first entry is the answer. A token that names its books has to name this one."""
    key = chosen_key(request.headers.get("idempotency-key"), request.headers.get("x-request-id"))
    caller, books = request.caller, request.desk.books
    code = code_of(data.book, "book")
    is_alone = books.settings.is_alone
    if not caller.reaches(code, data.nature, may_be_live=is_alone):
        is_local = caller.is_development and caller.books is None
        raise Problem("development_token_live_book" if is_local else "book_unknown")
    if data.nature == "live" and books.settings.development_issuer and not is_alone:
        raise Problem("live_book_not_here")
    outcome = await open_once(
        books.settings.database_url, books.keys.requests, caller, code, nature=data.nature, first_month=data.first_month,
        currency=data.currency, key=key, fields=request.fields, clock_us=clock_us, nonce=nonce, is_dry=dry_run,
    )  # fmt: skip
    request.scope["state"]["book"] = code
    return first_entry(Written(outcome, data.currency, dry_run and not outcome.replayed))


@get("/v1/books/{book:str}", permission=Permission.SEE_BOOKS, operation_id="readBook", tags=["books"])
async def book_one(request: WireRequest, book: FromPath[str]) -> Response[BookOut]:
    """One book."""
    return tagged_answer(request, book_of(await request.book(book)))


@get(
    "/v1/books/{book:str}/periods",
    permission=Permission.SEE_PERIODS,
    operation_id="listPeriods",
    tags=["periods"],
)
async def periods(request: WireRequest, book: FromPath[str]) -> Response[PeriodsOut]:
    """Months and years with their state, and the first day that still takes postings."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await list_periods(connection, row.book_id, today())
    months, years = [period_of(each) for each in found.months], [period_of(each) for each in found.years]
    return tagged_answer(request, PeriodsOut(found.through_entry, found.first_day, found.first_open_day, months, years))


@post(
    "/v1/books/{book:str}/periods/close",
    permission=Permission.CHANGE_PERIODS,
    operation_id="closePeriod",
    tags=["periods"],
)
async def close(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[PeriodChangeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:
    """Closes a month or a year: it takes no more postings."""
    opened, key = await prepare(request, book)
    asked = (period_change_of(data, "closed"),)
    return first_entry(await write(request, opened, key, "periods/closed", asked, is_dry=dry_run))


@post(
    "/v1/books/{book:str}/periods/reopen",
    permission=Permission.CHANGE_PERIODS,
    operation_id="reopenPeriod",
    tags=["periods"],
)
async def reopen(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[PeriodReopenIn],
    dry_run: FromQuery[bool] = False,
) -> Response[ReopenedOut]:
    """Reopens a month or a year, when the rules allow it: another person than closed it asks, with a reason. The answer is the
    entry with the decision on it; where that is no yes there is no other entry than the decision."""
    opened, key = await prepare(request, book)
    change = period_change_of(data, "reopened")
    written, detail = await through_gate(
        request, opened, key, "periods/reopened",
        lambda gate, sender, timeout: reopen_period(gate, sender, timeout, change=change, approved=data.approved or 0),
        is_dry=dry_run,
    )  # fmt: skip
    return answer(reopened_of(written, detail), written.status, written.headers)


HANDLERS = [books, open_one, book_one, periods, close, reopen]
