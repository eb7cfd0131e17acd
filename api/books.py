"""Books and their periods."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import BookOut, BooksOut, EntryOut, PeriodsOut, book_of, period_of
from api.desk import WireRequest, answer, tagged_answer
from api.open_books import today
from api.permissions import Permission
from api.wire import PeriodChangeIn, period_change_of
from api.writing import first_entry, prepare, write
from ledger.book.periods import list_periods


@get("/v1/books", permission=Permission.SEE_BOOKS, operation_id="listBooks", tags=["books"])
async def books(request: WireRequest) -> Response[BooksOut]:
    """The books that this token reaches."""
    caller = request.caller
    return answer(
        BooksOut([book_of(row) for row in await request.desk.books.rows() if caller.reaches(row.code, row.nature)])
    )


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


async def _change(request: WireRequest, book: str, sent: PeriodChangeIn, to: str, is_dry: bool) -> Response[EntryOut]:
    opened, key = await prepare(request, book)
    asked = (period_change_of(sent, to),)
    return first_entry(await write(request, opened, key, f"periods/{to}", asked, is_dry=is_dry))


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
    return await _change(request, book, data, "closed", dry_run)


@post(
    "/v1/books/{book:str}/periods/reopen",
    permission=Permission.CHANGE_PERIODS,
    operation_id="reopenPeriod",
    tags=["periods"],
)
async def reopen(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[PeriodChangeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:
    """Reopens a month or a year; another person than closed it must ask."""
    return await _change(request, book, data, "reopened", dry_run)


HANDLERS = [books, book_one, periods, close, reopen]
