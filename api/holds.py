"""Holds: money kept to one side, then settled in parts, released, or expired by the book itself."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import answers as out
from api.accounts import AccountName
from api.desk import WireRequest, answer, tagged_answer
from api.finance import Number
from api.permissions import Permission
from api.problems import Problem
from api.wire import HoldIn, ReleaseIn, SettlementIn, hold_of, release_of, settlement_of
from api.writing import first_entry, prepare, write
from ledger.book.balances import AccountUnknown
from ledger.book.lookups import HoldUnknown, read_hold
from ledger.book.statements import open_holds


@get("/v1/books/{book:str}/holds", permission=Permission.SEE_HOLDS, operation_id="listHolds", tags=["holds"])
async def holds(request: WireRequest, book: FromPath[str], code: AccountName) -> Response[out.HoldsOut]:
    """The holds that are open on an account, as holding account or as origin."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        try:
            found = await open_holds(connection, row.book_id, code)
        except AccountUnknown:
            raise Problem("account_not_found") from None
    return answer(
        out.HoldsOut(found.account, found.through_entry, row.currency, [out.hold_of(each) for each in found.holds])
    )


@get(
    "/v1/books/{book:str}/holds/{number:int}",
    permission=Permission.SEE_HOLDS,
    operation_id="readHold",
    tags=["holds"],
)
async def hold(request: WireRequest, book: FromPath[str], number: Number) -> Response[out.HoldOut]:
    """One hold, by the number of its placing entry."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        try:
            found = await read_hold(connection, row.book_id, number)
        except HoldUnknown:
            raise Problem("hold_not_found") from None
    return tagged_answer(request, out.hold_of(found))


@post("/v1/books/{book:str}/holds", permission=Permission.CHANGE_HOLDS, operation_id="placeHold", tags=["holds"])
async def place(
    request: WireRequest, book: FromPath[str], data: JSONBody[HoldIn], dry_run: FromQuery[bool] = False
) -> Response[out.EntryOut]:
    """Keeps money to one side."""
    opened, key = await prepare(request, book)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    return first_entry(await write(request, opened, key, "holds", (hold_of(data),), is_dry=dry_run))


@post(
    "/v1/books/{book:str}/holds/{number:int}/settlements",
    permission=Permission.CHANGE_HOLDS,
    operation_id="settleHold",
    tags=["holds"],
)
async def settle(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[SettlementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[out.EntryOut]:  # fmt: skip
    """Uses a hold, in part or finally; what a final settlement leaves goes back to where it came from."""
    opened, key = await prepare(request, book)
    route = f"holds/{number}/settlements"
    return first_entry(await write(request, opened, key, route, (settlement_of(data, number),), is_dry=dry_run))


@post(
    "/v1/books/{book:str}/holds/{number:int}/releases",
    permission=Permission.CHANGE_HOLDS,
    operation_id="releaseHold",
    tags=["holds"],
)
async def release(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ReleaseIn], dry_run: FromQuery[bool] = False
) -> Response[out.EntryOut]:  # fmt: skip
    """Gives back what a hold keeps: all of it, or the amounts named."""
    opened, key = await prepare(request, book)
    route = f"holds/{number}/releases"
    return first_entry(await write(request, opened, key, route, (release_of(data, number),), is_dry=dry_run))


HANDLERS = [holds, hold, place, settle, release]
