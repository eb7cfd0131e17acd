"""Reads of the close: whether everything that must agree agrees, and what is still open in a period."""

from litestar import Response, get
from litestar.params import FromPath

from api.answers_closing import IdentitiesOut, identities_of
from api.desk import WireRequest, tagged_answer
from api.permissions import Permission
from ledger.reports.identities import NOT_YET, check_identities


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


HANDLERS = [identities]
