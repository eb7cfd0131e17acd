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
from api.writing import first_entry, prepare, refuse_lines, write
from ledger.book.balances import AccountUnknown
from ledger.book.lookups import HoldRead, HoldUnknown, read_hold
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
        raise Problem("code_unknown", field="currency")
    asked = hold_of(data)
    await refuse_lines(request, opened, (code for pair in asked.pairs for code in (pair.holding, pair.origin)))
    return first_entry(await write(request, opened, key, "holds", (asked,), is_dry=dry_run))


async def _kept(request: WireRequest, book: str, number: int) -> set[str]:
    """The accounts of a hold; none for one that does not exist, which the ledger itself refuses."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        try:
            found: HoldRead = await read_hold(connection, row.book_id, number)
        except HoldUnknown:
            return set()
    return {code for pair in found.pairs for code in (pair.holding, pair.origin)}


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
    asked = settlement_of(data, number)
    touched = await _kept(request, book, number) | {take.holding for take in asked.takes}
    for leg in asked.legs:
        touched |= {leg.account} if leg.shortfall is None else {leg.account, leg.shortfall}
    await refuse_lines(request, opened, touched)
    route = f"holds/{number}/settlements"
    return first_entry(await write(request, opened, key, route, (asked,), is_dry=dry_run))


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
    await refuse_lines(request, opened, await _kept(request, book, number))
    route = f"holds/{number}/releases"
    return first_entry(await write(request, opened, key, route, (release_of(data, number),), is_dry=dry_run))


HANDLERS = [holds, hold, place, settle, release]
