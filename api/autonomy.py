"""Autonomy measured beside accountability."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from api.accounts import KnownAt
from api.answers_autonomy import AutonomyOut, autonomy_out
from api.answers_taking_on import covered
from api.desk import WireRequest, tagged_answer
from api.moments import asked_of
from api.permissions import Permission
from ledger.reports.autonomy import By, Measured, autonomy_of
from policies.bundle import Bundle, LimitNotSet

First = Annotated[date, QueryParameter(name="from", description="The first accounting day that counts.")]
Last = Annotated[date, QueryParameter(name="to", description="The last accounting day that counts.")]


@get(
    "/v1/books/{book:str}/autonomy", permission=Permission.SEE_AUTONOMY, operation_id="readAutonomy", tags=["autonomy"]
)
async def autonomy(
    request: WireRequest, book: FromPath[str], first_day: First, last_day: Last, by: FromQuery[By] = "book",
    known_at: KnownAt = None,
) -> Response[AutonomyOut]:  # fmt: skip
    """How much people decide by themselves, how long they wait, what was overturned, asked for nothing or challenged late; and
    money without evidence, off the plan, and recovered. By groups it keeps back what fewer than five people are behind, and
    whatever would tell it, rounds what it tells, and is of whole months; for whoever may not see people, of the whole book too. For
    others the same days at the same entry have the same answer later."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        known = (
            None if known_at is None else (await asked_of(connection, row.book_id, None, last_day, known_at)).known_at
        )
        bundle = await request.desk.books.bundle_in_force(row, connection)
        found = await autonomy_of(
            connection, row.book_id, first_day, last_day, by, measured_by(bundle, row.code, last_day), known_at=known,
            sees_people=Permission.SEE_PEOPLE in request.caller.allowed,
        )  # fmt: skip
        coverage = await covered(connection, row, found.through_entry)
    return tagged_answer(request, autonomy_out(row.code, row.currency, found, coverage))


def measured_by(bundle: Bundle, book: str, day: date) -> Measured:
    """The limits of a book on a day that the table is measured by. A day before there were limits has those of the first."""
    try:
        limits = bundle.limits_on(book, day)
    except LimitNotSet:
        limits = bundle.limits_on(book, bundle.first_day())
    return Measured(late_days=limits.query_within_days, advance_days=limits.advance_lasts_days)


HANDLERS = [autonomy]
