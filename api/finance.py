"""Journals of finance: posted, read, and reversed. Never on the accounts of budget lines."""

from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from api import answers as out
from api.desk import Arrived, WireRequest, answer, tagged_answer
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.wire import ReversalIn, TransactionIn, post_of, reversal_of
from api.writing import Written, first_entry, prepare, write
from ledger.book.statements import EntryUnknown, list_entries, read_entry
from ledger.core.canon import POSTING_KINDS

Number = Annotated[int, PathParameter(ge=1, le=10**15, description="The number of an entry.")]


@post(
    "/v1/books/{book:str}/transactions",
    permission=Permission.POST_TRANSACTIONS,
    operation_id="postTransaction",
    tags=["transactions"],
)
async def post_transaction(
    request: WireRequest, book: FromPath[str], data: JSONBody[TransactionIn], dry_run: FromQuery[bool] = False
) -> Response[out.EntryOut]:  # fmt: skip
    """Posts one journal: all of its legs or none. With dry_run nothing is recorded and the answer has number
    0."""
    return first_entry(await posted(request, book, data, is_dry=dry_run))


async def posted(request: Arrived, book: str, sent: TransactionIn, *, is_dry: bool = False) -> Written:
    """What both ways in do with a journal (api.quick)."""
    opened, key = await prepare(request, book)
    return await write(request, opened, key, "transactions", (post_of(sent),), is_dry=is_dry)


@get(
    "/v1/books/{book:str}/transactions",
    permission=Permission.SEE_TRANSACTIONS,
    operation_id="listTransactions",
    tags=["transactions"],
)
async def transactions(
    request: WireRequest, book: FromPath[str], after: After = None, limit: Limit = 100
) -> Response[out.EntriesOut]:  # fmt: skip
    """Movements of money in the order recorded, those of holds included."""
    row = await request.book(book)
    scope = f"transactions|{row.code}"
    async with request.desk.books.reading(row) as connection:
        page = await list_entries(
            connection, row.book_id, after=number_position(request, scope, after), limit=limit,
            kinds=tuple(sorted(POSTING_KINDS)),
        )  # fmt: skip
    found = [out.entry_read_of(each, row.currency) for each in page.entries]
    return answer(
        out.EntriesOut(page.through_entry, found),
        headers=next_link(request, scope, page.next_after, limit=limit),
    )


@get(
    "/v1/books/{book:str}/transactions/{number:int}",
    permission=Permission.SEE_TRANSACTIONS,
    operation_id="readTransaction",
    tags=["transactions"],
)
async def transaction(request: WireRequest, book: FromPath[str], number: Number) -> Response[out.EntryOut]:
    """One movement of money, with the numbers of the entries that undid or erased it."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        try:
            found = await read_entry(connection, row.book_id, number)
        except EntryUnknown:
            raise Problem("transaction_not_found") from None
    if found.entry.kind not in POSTING_KINDS:
        raise Problem("transaction_not_found")
    return tagged_answer(request, out.entry_read_of(found, row.currency))


@post(
    "/v1/books/{book:str}/transactions/{number:int}/reversals",
    permission=Permission.REVERSE_TRANSACTIONS,
    operation_id="reverseTransaction",
    tags=["transactions"],
)
async def reverse(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[ReversalIn], dry_run: FromQuery[bool] = False
) -> Response[out.EntryOut]:  # fmt: skip
    """Undoes a movement whole, once."""
    opened, key = await prepare(request, book)
    route = f"transactions/{number}/reversals"
    return first_entry(await write(request, opened, key, route, (reversal_of(data, number),), is_dry=dry_run))


HANDLERS = [post_transaction, transactions, transaction, reverse]
