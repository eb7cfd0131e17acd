"""Reads of the close: whether everything that must agree agrees, and what is still open in a period."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut, settled_of
from api.answers_closing import EstimatesOut, IdentitiesOut, estimates_out, identities_of
from api.deciding import carried_out
from api.desk import WireRequest, answer, tagged_answer
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from api.wire import amount_of, code_of
from api.wire_closing import AccrualIn, SoftPeriodIn
from api.writing import prepare
from ledger.budgets.accruals import estimates_of
from ledger.reports.identities import NOT_YET, check_identities
from policies import accruing
from policies.accruing import month_named
from policies.soft_close import change_soft_close

PERIOD_ROUTES = "/v1/books/{book:str}/periods"


@get(
    "/v1/books/{book:str}/identities",
    permission=Permission.SEE_CLOSING,
    operation_id="checkIdentities",
    tags=["closing"],
)
async def identities(request: WireRequest, book: FromPath[str]) -> Response[IdentitiesOut]:
    """Whether each identity of the book holds, by name, with the first thing that breaks it. It reads the whole book: ask at
    night, or before a close."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await check_identities(connection, row.book_id)
    return tagged_answer(request, identities_of(found, NOT_YET))


@get(
    f"{PERIOD_ROUTES}/{{period:str}}/accruals",
    permission=Permission.SEE_CLOSING,
    operation_id="listAccruals",
    tags=["closing"],
)
async def accruals(request: WireRequest, book: FromPath[str], period: FromPath[str]) -> Response[EstimatesOut]:
    """The estimates of a month, line by line: how each was worked out, the three months before it, and what became of it."""
    row, month = await request.book(book), month_named(period)
    async with request.desk.books.reading(row) as connection:
        found = await estimates_of(connection, row.book_id, month)
    return tagged_answer(request, estimates_out(month, row.currency, found))


@post(
    f"{PERIOD_ROUTES}/{{period:str}}/accruals",
    permission=Permission.DECIDE_ACCRUALS,
    operation_id="decideAccrual",
    tags=["closing"],
)
async def decide_accrual(
    request: WireRequest, book: FromPath[str], period: FromPath[str], data: JSONBody[AccrualIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Accepts the estimate of one line for a month that is over, as proposed or changed with a reason, or drops it with one.
    Accepted it is posted on the last day and taken back on day one of the next month (event 47)."""
    opened, key = await prepare(request, book)
    month, line = month_named(period), code_of(data.line, "line")
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    amount = amount_of(data.amount, "amount", is_size=True)
    reason = None if data.reason is None else code_of(data.reason, "reason")
    written, detail = await carried_out(
        request, opened, key, f"periods/{month}/accruals",
        lambda connection, book_id: accruing.decide_accrual(
            connection, book_id, month=month, line=line, amount=amount, dropped=data.dropped, reason=reason, today=today()
        ),
        is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


async def _soft(
    request: WireRequest, book: str, period: str, data: SoftPeriodIn, is_dry: bool, *, closes: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    month = month_named(period)
    reason = None if data.reason is None else code_of(data.reason, "reason")
    written, detail = await carried_out(
        request, opened, key, f"periods/{month}/soft-{'close' if closes else 'open'}",
        lambda connection, book_id: change_soft_close(
            connection, book_id, month=month, closes=closes, reason=reason, today=today()
        ),
        is_dry=is_dry,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@post(
    f"{PERIOD_ROUTES}/{{period:str}}/soft-close",
    permission=Permission.CHANGE_PERIODS,
    operation_id="closeSoftly",
    tags=["closing"],
)
async def close_softly(
    request: WireRequest, book: FromPath[str], period: FromPath[str], data: JSONBody[SoftPeriodIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Closes a month that is over to everybody but finance, who may work on it until it is closed for good."""
    return await _soft(request, book, period, data, dry_run, closes=True)


@post(
    f"{PERIOD_ROUTES}/{{period:str}}/soft-open",
    permission=Permission.CHANGE_PERIODS,
    operation_id="openSoftly",
    tags=["closing"],
)
async def open_softly(
    request: WireRequest, book: FromPath[str], period: FromPath[str], data: JSONBody[SoftPeriodIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Opens a month to everybody again, with a reason, by another than closed it."""
    return await _soft(request, book, period, data, dry_run, closes=False)


HANDLERS = [identities, accruals, decide_accrual, close_softly, open_softly]
