"""Lists about money owed: debts by age, the losses register, open notices."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from api.answers_recovery import DebtsOut, LossesOut, OpenNoticesOut, debts_of, losses_of, notices_of
from api.desk import WireRequest, answer
from api.keeping_back import open_to
from api.open_books import today
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.recovery import TAG
from ledger.reports.owing import read_debts, read_losses, read_open_notices

LISTS = "/v1/books/{book:str}/recovery"
OnDay = Annotated[date | None, QueryParameter(description="The day on which ages are told; today if left out.")]


@get(f"{LISTS}/receivables", permission=Permission.SEE_RECOVERY, operation_id="listDebts", tags=TAG)
async def debts(
    request: WireRequest, book: FromPath[str], on: OnDay = None, limit: Limit = 100, after: After = None
) -> Response[DebtsOut]:  # fmt: skip
    """Demands of which something is outstanding, with how long the time to pay is over."""
    row = await request.book(book)
    day, scope = on or today(), f"{row.code}/recovery/receivables"
    place = number_position(request, scope, after)
    async with request.desk.books.reading(row) as connection:
        found = await read_debts(connection, row.book_id, day, after=place, limit=limit + 1)
        shown = await open_to(connection, row.book_id, request.caller.sub, found[:limit])
    goes_on = found[limit - 1].number if len(found) > limit else None
    link = next_link(request, scope, goes_on, on=on, limit=limit)
    return answer(debts_of(shown, row.code, row.currency, day), headers=link)


@get(f"{LISTS}/losses", permission=Permission.SEE_RECOVERY, operation_id="listLosses", tags=TAG)
async def losses(
    request: WireRequest, book: FromPath[str], limit: Limit = 100, after: After = None
) -> Response[LossesOut]:  # fmt: skip
    """The losses register: class, amount, authority and limit of every loss, and who approved it above that."""
    row = await request.book(book)
    scope = f"{row.code}/recovery/losses"
    place = number_position(request, scope, after)
    async with request.desk.books.reading(row) as connection:
        found = await read_losses(connection, row.book_id, after=place, limit=limit + 1)
        shown = await open_to(connection, row.book_id, request.caller.sub, found[:limit])
    goes_on = found[limit - 1].number if len(found) > limit else None
    return answer(losses_of(shown, row.code, row.currency), headers=next_link(request, scope, goes_on, limit=limit))


@get(f"{LISTS}/notices", permission=Permission.SEE_RECOVERY, operation_id="listOpenNotices", tags=TAG)
async def notices(
    request: WireRequest, book: FromPath[str], limit: Limit = 100, after: After = None
) -> Response[OpenNoticesOut]:  # fmt: skip
    """Notices that were not withdrawn and by which nothing has been demanded yet, those that came back among them."""
    row = await request.book(book)
    scope = f"{row.code}/recovery/notices"
    place = number_position(request, scope, after)
    async with request.desk.books.reading(row) as connection:
        found = await read_open_notices(connection, row.book_id, after=place, limit=limit + 1)
        shown = await open_to(connection, row.book_id, request.caller.sub, found[:limit])
    goes_on = found[limit - 1].number if len(found) > limit else None
    return answer(notices_of(shown, row.code), headers=next_link(request, scope, goes_on, limit=limit))


HANDLERS = [debts, losses, notices]
