"""Journals of finance: posted one by one, in groups or in batches, read, and reversed. Never on the accounts
of budget lines."""

import asyncio
import hashlib
from typing import Annotated
from weakref import WeakValueDictionary

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter

from api import answers as out
from api.desk import Arrived, WireRequest, answer, tagged_answer
from api.idempotency import canonical, prints_of, reused, stored_key
from api.open_books import OpenBook
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem, answer_of, of_ledger
from api.wire import BatchIn, ReversalIn, TransactionIn, post_of, reversal_of
from api.writing import Written, first_entry, prepare, refused, write
from ledger.book.append import known
from ledger.book.statements import EntryUnknown, list_entries, read_entry
from ledger.book.submission import KeyReused
from ledger.core.batch import Outcome
from ledger.core.canon import POSTING_KINDS
from ledger.core.model import Item, Malformed

Number = Annotated[int, PathParameter(ge=1, le=10**15, description="The number of an entry.")]
MAX_GROUP = 50
SLICE = 50
_under_way: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()


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


@post(
    "/v1/books/{book:str}/transactions/batch",
    permission=Permission.POST_TRANSACTIONS,
    operation_id="postBatch",
    tags=["transactions"],
    status_code=200,
)
async def post_batch(request: WireRequest, book: FromPath[str], data: JSONBody[BatchIn]) -> Response[out.BatchOut]:
    """Posts several journals under one key. Independent ones have each their own result; with `atomic` all
    post or none, and a refusal is the answer to the whole."""
    opened, key = await prepare(request, book)
    if data.atomic:
        return await _group(request, opened, key, data)
    await _check_same_batch(request, opened, key)
    lock = _under_way.setdefault(stored_key(b"", opened.row.code, request.caller, key), asyncio.Lock())
    items: list[out.ItemOut] = []
    async with lock:
        for start in range(0, len(data.transactions), SLICE):
            items += await _slice(request, opened, key, start, data.transactions[start : start + SLICE])
    posted = sum(1 for item in items if item.status == 201)
    return answer(out.BatchOut(posted, len(items) - posted, items))


def _item_key(request: WireRequest, opened: OpenBook, key: str, position: int) -> bytes:
    """The key of one item of a batch. The first has the client's own, so that no single request can share it; a client's
    key is printable, so no client can choose those of the others."""
    own = key if position == 1 else f"{key}\x00{position}"
    return stored_key(request.desk.books.keys.requests, opened.row.code, request.caller, own)


def _item_fields(request: WireRequest, position: int) -> dict[str, bytes]:
    """What is fingerprinted of an item: its own fields, and the whole batch that it came in."""
    whole = msgspec.json.encode(request.fields, order="sorted")
    own = canonical("transactions/batch", request.fields["transactions"][position - 1])
    return {**own, "transactions": hashlib.sha256(whole).digest()}


async def _check_same_batch(request: WireRequest, opened: OpenBook, key: str) -> None:
    """Refuse a key that was used for another request or another batch, before any item of this one is considered."""
    secret, count = request.desk.books.keys.requests, len(request.fields["transactions"])
    keys = {_item_key(request, opened, key, position): position for position in range(1, count + 1)}
    async with request.desk.books.reading(opened.row) as connection:
        rows = await known(connection, opened.row.book_id, list(keys))
    for found, row in rows.items():
        fields = _item_fields(request, keys[found])
        if row["prints"] != prints_of(secret, fields):
            raise reused(secret, row["prints"], fields)


async def _group(request: WireRequest, opened: OpenBook, key: str, data: BatchIn) -> Response[out.BatchOut]:
    if len(data.transactions) > MAX_GROUP:
        raise Problem("group_malformed", field="transactions")
    asked = tuple(post_of(each) for each in data.transactions)
    written = await write(request, opened, key, "transactions/batch", asked)
    size = written.outcome.tree_size
    made = [
        out.ItemOut(position, 201, out.entry_of(entry, written.currency, size))
        for position, entry in enumerate(written.outcome.entries, 1)
    ]
    return answer(out.BatchOut(len(made), 0, made), headers=written.headers)


async def _slice(
    request: WireRequest, opened: OpenBook, key: str, start: int, sent: list[TransactionIn]
) -> list[out.ItemOut]:
    """Submit some independent items. Each has a key of its own under that of the batch, so a repeated batch
    goes on."""
    desk, caller = request.desk, request.caller
    secret = desk.books.keys.requests
    results: list[out.ItemOut | None] = [None] * len(sent)
    items: list[tuple[int, Item, dict[str, bytes]]] = []
    for index, each in enumerate(sent):
        try:
            desk.budget.check(caller.azp)
            asked = post_of(each)
        except (Problem, Malformed) as no:
            results[index] = _problem_item(request, start + index + 1, of_ledger(no))
            continue
        fields = _item_fields(request, start + index + 1)
        own = _item_key(request, opened, key, start + index + 1)
        item = Item(requests=(asked,), asked=caller.asked, key=own, prints=prints_of(secret, fields),
                    lines_barred=True)  # fmt: skip
        items.append((index, item, fields))
    outcomes = await opened.writer.submit_many((item for _, item, _ in items), desk.settings.timeout_seconds)
    for (index, _, fields), outcome in zip(items, outcomes, strict=True):
        results[index] = _item(request, opened, start + index + 1, outcome, fields)
    return [each for each in results if each is not None]


def _item(
    request: WireRequest,
    opened: OpenBook,
    position: int,
    outcome: Outcome | Exception,
    fields: dict[str, bytes],
) -> out.ItemOut:
    if isinstance(outcome, KeyReused):
        return _problem_item(request, position, reused(request.desk.books.keys.requests, outcome.stored, fields))
    if isinstance(outcome, Exception):
        return _problem_item(request, position, of_ledger(outcome))
    if outcome.refusal is not None:
        return _problem_item(request, position, refused(request, outcome))
    return out.ItemOut(position, 201, out.entry_of(outcome.entries[0], opened.row.currency, outcome.tree_size))


def _problem_item(request: WireRequest, position: int, problem: Problem) -> out.ItemOut:
    found = answer_of(problem, request.request_id)
    return out.ItemOut(position, found.status, problem=msgspec.to_builtins(found))


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


HANDLERS = [post_transaction, post_batch, transactions, transaction, reverse]
