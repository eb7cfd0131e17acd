"""Referrals that wait for an officer, and the lateness of the commissioner."""

from litestar import Response, get
from litestar.params import FromPath, FromQuery
from msgspec import Struct

from api.desk import WireRequest, answer
from api.keeping_back import open_to
from api.open_books import today
from api.paging import After, Limit, cut, number_position
from api.permissions import Permission
from ledger.money import format_amount
from ledger.reports.referrals import read_waiting
from policies.decisions import reference_of


class WaitingOut(Struct, frozen=True):
    """A referral that nobody has decided. `late_days` is how long ago its `decide_by` was; 0 in time."""

    number: int
    reference: str
    act: str
    person: str | None
    line: str | None
    amount: str
    decide_by: str | None
    late_days: int


class ReferralsOut(Struct, frozen=True):
    """A page of referrals that wait on a day, the oldest first. `kept_back` of them are about people whose records are for others
    of the staff."""

    book: str
    on: str
    referrals: list[WaitingOut]
    kept_back: int


@get(
    "/v1/books/{book:str}/referrals",
    permission=Permission.SEE_REFERRALS,
    operation_id="listReferrals",
    tags=["explaining"],
)
async def referrals(
    request: WireRequest, book: FromPath[str], overdue: FromQuery[bool] = False, limit: Limit = 50, after: After = None
) -> Response[ReferralsOut]:  # fmt: skip
    """What waits for an officer, the oldest first; with `overdue`, only what was to be decided before today."""
    row = await request.book(book)
    scope, day = f"{row.code}/referrals/{overdue}", today()
    async with request.desk.books.reading(row) as connection:
        found = await read_waiting(
            connection, row.book_id, late_on=day if overdue else None, after=number_position(request, scope, after),
            limit=limit + 1,
        )  # fmt: skip
        page, link = cut(request, scope, found, limit=limit, overdue="true" if overdue else None)
        shown = await open_to(connection, row.book_id, request.caller.sub, page)
    made = [
        WaitingOut(each.number, reference_of(each.number), each.act, each.person, each.line, format_amount(each.amount),
                   each.decide_by.isoformat() if each.decide_by else None, each.late_days(day))
        for each in shown.rows
    ]  # fmt: skip
    return answer(ReferralsOut(row.code, day.isoformat(), made, shown.kept_back), headers=link)


HANDLERS = [referrals]
