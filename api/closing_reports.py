"""Reports of the close: what is open, what came in late, how a period ended, what care cost, and how funds stand."""

import asyncio
from datetime import date
from typing import Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_closing import (
    CertificateOut,
    CloseOut,
    CostsOut,
    LateOut,
    OutturnsOut,
    certificate_out,
    close_of,
    costs_out,
    late_of,
    outturns_of,
)
from api.answers_taking_on import covered
from api.desk import WireRequest, tagged_answer
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire_closing import BasisIn
from api.writing import first_entry, prepare
from ledger.book.checkpoint import open_checkpoint, published_notes
from ledger.budgets.soft_closes import basis_recorded
from ledger.budgets.year_end import year_named
from ledger.core.model import Malformed, check_period
from ledger.reports.closing import (
    NotClosed,
    basis_on,
    came_in_after,
    certificate_of,
    check_close,
    costs_of,
    outturn_of,
)

PERIOD = "/v1/books/{book:str}/periods/{period:str}"
COST_VIEWS = "/v1/books/{book:str}/costs"


@get(f"{PERIOD}/close", permission=Permission.SEE_CLOSING, operation_id="checkClose", tags=["closing"])
async def check(request: WireRequest, book: FromPath[str], period: FromPath[str]) -> Response[CloseOut]:
    """Everything that is open in a month or a year: how many, what it comes to, who sees to it, since when, and whether it blocks
    the close. It checks every identity, so it reads the whole book."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await check_close(connection, row.book_id, check_period(period, "period"), today())
        coverage = await covered(connection, row, found.through_entry)
    return tagged_answer(request, close_of(row.code, row.currency, found, coverage))


@get(f"{PERIOD}/late", permission=Permission.SEE_CLOSING, operation_id="listLate", tags=["closing"])
async def late(request: WireRequest, book: FromPath[str], period: FromPath[str]) -> Response[LateOut]:
    """What came in after a period was closed, softly or for good, by month of care: it stands in the months that were open then."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        found = await came_in_after(connection, row.book_id, check_period(period, "period"))
    return tagged_answer(request, late_of(row.currency, found))


@get(f"{PERIOD}/certificate", permission=Permission.SEE_CLOSING, operation_id="readCertificate", tags=["closing"])
async def certificate(request: WireRequest, book: FromPath[str], period: FromPath[str]) -> Response[CertificateOut]:
    """How a period stood when it was closed for good: who closed it, the control totals of that moment, and the first published
    checkpoint that covers the entry which closed it."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        try:
            found = await certificate_of(connection, row.book_id, check_period(period, "period"), today())
        except NotClosed as no:
            raise Problem(no.code) from None
        coverage = await covered(connection, row, found.closed.number)
    notes = await asyncio.to_thread(published_notes, request.desk.settings.notes_dir, row.code)
    note = next((each.note for each in notes if each.size >= (found.closed.number or 0)), None)
    if note is not None:
        open_checkpoint(note, request.desk.books.verifiers())
    return tagged_answer(request, certificate_out(row.code, row.currency, found, note, coverage))


@get(COST_VIEWS, permission=Permission.SEE_CLOSING, operation_id="readCosts", tags=["closing"])
async def costs(
    request: WireRequest, book: FromPath[str], first_day: FromQuery[date], last_day: FromQuery[date],
    basis: FromQuery[Literal["evidenced", "paid"] | None] = None,
) -> Response[CostsOut]:  # fmt: skip
    """What care cost between two accounting days, by fund: evidenced, or paid for. Without a basis, the view that is the book's own
    on the last day; evidenced where nobody has said."""
    row = await request.book(book)
    if first_day > last_day:
        raise Malformed("dates_malformed", "last_day")
    async with request.desk.books.reading(row) as connection:
        own = await basis_on(connection, row.book_id, last_day) if basis is None else None
        found = await costs_of(connection, row.book_id, first_day, last_day)
        coverage = await covered(connection, row)
    view, set_by = own if own is not None else (basis or "evidenced", None)
    return tagged_answer(request, costs_out((first_day, last_day), view, set_by, row.currency, found, coverage))


@post(f"{COST_VIEWS}/basis", permission=Permission.CLOSE_YEARS, operation_id="chooseBasis", tags=["closing"])
async def choose_basis(
    request: WireRequest, book: FromPath[str], data: JSONBody[BasisIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Says which view of cost is the book's own from a day on. Another one later is a restatement, and stands beside the first."""
    opened, key = await prepare(request, book)

    async def make(_: object) -> Wish:
        return Wish((basis_recorded(data.basis, data.first_day),))

    return first_entry(await once(request, opened, key, "costs/basis", make, is_dry=dry_run))


@get("/v1/books/{book:str}/years/{year:str}/outturn", permission=Permission.SEE_BALANCES, operation_id="readOutturn",
     tags=["closing"])  # fmt: skip
async def outturn(request: WireRequest, book: FromPath[str], year: FromPath[str]) -> Response[OutturnsOut]:
    """How each fund stands in a year: what was granted, spent, advanced, held and is still scheduled, carried and lapsed."""
    row = await request.book(book)
    year_named(year)
    async with request.desk.books.reading(row) as connection:
        found = await outturn_of(connection, row.book_id, year)
        coverage = await covered(connection, row)
    return tagged_answer(request, outturns_of(year, row.currency, found, coverage))


HANDLERS = [check, late, certificate, costs, choose_basis, outturn]
