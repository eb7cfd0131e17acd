"""Several journals under one key: independent ones with each its own result, or an atomic group."""

import asyncio
import hashlib
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import answers as out
from api.desk import WireRequest, answer
from api.idempotency import canonical, prints_of, reused, stored_key
from api.open_books import OpenBook
from api.permissions import Permission
from api.problems import Problem, answer_of, of_ledger
from api.wire import BatchIn, TransactionIn, post_of
from api.writing import REPLAYED, Written, is_new_refusal, made_of, prepare, refused, write
from ledger.book.append import known
from ledger.book.dry_run import dry_run as tried
from ledger.book.submission import DeadlinePassed, KeyInUse, KeyReused, NotConsidered
from ledger.budgets.chart import OWN_WAYS
from ledger.core.batch import Outcome
from ledger.core.model import Item, Malformed

MAX_GROUP = 50
SLICE = 50
_under_way: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()


class _Sent(msgspec.Struct, frozen=True):
    """One item of a batch that can be considered: its place from 1, the item, and what is fingerprinted of it."""

    position: int
    item: Item
    fields: dict[str, bytes]


class _Sorted(msgspec.Struct, frozen=True):
    """A batch before the book is asked: the items that can be considered, and what is wrong with the others."""

    good: list[_Sent]
    wrong: list[out.ItemOut]


@post(
    "/v1/books/{book:str}/transactions/batch",
    permission=Permission.POST_TRANSACTIONS,
    operation_id="postBatch",
    tags=["transactions"],
    status_code=200,
)
async def post_batch(
    request: WireRequest, book: FromPath[str], data: JSONBody[BatchIn], dry_run: FromQuery[bool] = False
) -> Response[out.BatchOut]:
    """Posts several journals under one key. Independent ones have each their own result; with `atomic` all
    post or none, and a refusal is the answer to the whole. With dry_run nothing is recorded."""
    opened, key = await prepare(request, book)
    if data.atomic:
        return await _group(request, opened, key, data, dry_run)
    found = _sorted(request, opened, key, data.transactions)
    lock = _under_way.setdefault(stored_key(b"", opened.row.code, request.caller, key), asyncio.Lock())
    try:
        await asyncio.wait_for(lock.acquire(), request.desk.settings.timeout_seconds)
    except TimeoutError:
        raise KeyInUse from None
    try:
        holder = await _holder(request, opened, key, found)
        outcomes = await _independent(
            request, opened, found.good, _item_key(request, opened, key, None), holder, dry_run
        )
    finally:
        lock.release()
    items = [_item(request, opened, *each, dry_run) for each in zip(found.good, outcomes, strict=True)]
    items = sorted([*found.wrong, *items], key=lambda item: item.position)
    posted = sum(1 for item in items if item.status < 300)
    body = out.BatchOut(posted, len(items) - posted, items, True if dry_run else msgspec.UNSET)
    return answer(body, headers={REPLAYED: "true"} if _is_replay(outcomes) else None)


def _is_replay(outcomes: list[Outcome | Exception]) -> bool:
    """Whether the answer is the first one again: something was recorded under these keys before, and nothing now."""
    recorded = [each.replayed for each in outcomes if isinstance(each, Outcome) and each.number]
    return bool(recorded) and all(recorded)


def _sorted(request: WireRequest, opened: OpenBook, key: str, sent: list[TransactionIn]) -> _Sorted:
    """Each item has a key of its own under that of the batch, so a repeated batch goes on."""
    good: list[_Sent] = []
    wrong: list[out.ItemOut] = []
    whole = _whole(request)
    for position, each in enumerate(sent, 1):
        try:
            good.append(_considered(request, _item_key(request, opened, key, position), position, each, whole))
        except (Problem, Malformed) as no:
            wrong.append(_problem_item(request, position, of_ledger(no)))
    return _Sorted(good, wrong)


async def _independent(
    request: WireRequest, opened: OpenBook, good: list[_Sent], own: bytes, holder: int | None, is_dry: bool
) -> list[Outcome | Exception]:  # fmt: skip
    """What became of each. The first that is recorded has the client's own key: once anything of the batch was recorded, no
    single request can use that for something else. Which one that is can only be told one by one, and only once."""
    items = [_keyed(each.item, own) if each.position == holder else each.item for each in good]
    if is_dry and good:
        # One unit of work for all: each is decided after those before it, as it would be.
        settings = request.desk.books.writer_settings(opened.row)
        return list(await tried(settings, items if holder else [_keyed(items[0], own), *items[1:]]))
    outcomes: list[Outcome | Exception] = []
    while holder is None and len(outcomes) < len(items):
        at = len(outcomes)
        [outcome] = await _slice(request, opened, [_keyed(items[at], own)])
        outcomes.append(outcome)
        if isinstance(outcome, KeyReused):
            # Another request took the key since we looked.
            raise reused(request.desk.books.keys.requests, outcome.stored, good[at].fields)
        if isinstance(outcome, NotConsidered | Problem):
            # Perhaps it was recorded, perhaps nothing can be now: the others wait for the repeated batch.
            return outcomes + [outcome] * (len(items) - len(outcomes))
        if isinstance(outcome, Outcome) and outcome.number:
            break
    while len(outcomes) < len(items):
        outcomes += await _slice(request, opened, items[len(outcomes) :][:SLICE])
    return outcomes


def _keyed(item: Item, key: bytes) -> Item:
    return msgspec.structs.replace(item, key=key)


def _considered(request: WireRequest, own: bytes, position: int, sent: TransactionIn, whole: bytes) -> _Sent:
    asked = post_of(sent)
    fields = _item_fields(request, position, whole)
    prints = prints_of(request.desk.books.keys.requests, fields)
    item = Item(requests=(asked,), asked=request.caller.asked, key=own, prints=prints, lines_barred=True, ways=OWN_WAYS)
    return _Sent(position, item, fields)


async def _slice(request: WireRequest, opened: OpenBook, items: list[Item]) -> list[Outcome | Exception]:
    """Submit as many of the items as the client's budget of refusals has room for; what became of those."""
    budget, client, timeout = request.desk.budget, request.caller.azp, request.desk.settings.timeout_seconds
    try:
        reserved = await budget.reserve(client, len(items), timeout)
    except (Problem, DeadlinePassed) as no:
        return [no] * len(items)
    outcomes: list[Outcome | Exception] = []
    try:
        outcomes = await opened.writer.submit_many(items[:reserved], timeout)
    finally:
        budget.settle(client, reserved, sum(map(is_new_refusal, outcomes)))
    return outcomes


def _item_key(request: WireRequest, opened: OpenBook, key: str, position: int | None) -> bytes:
    """The key of one item of a batch; None is the client's own. A client's key is printable, so no client can choose those
    of the others."""
    own = key if position is None else f"{key}\x00{position}"
    return stored_key(request.desk.books.keys.requests, opened.row.code, request.caller, own)


def _whole(request: WireRequest) -> bytes:
    """The digest of the whole batch as it was sent."""
    return hashlib.sha256(msgspec.json.encode(request.fields, order="sorted")).digest()


def _item_fields(request: WireRequest, position: int, whole: bytes) -> dict[str, bytes]:
    """What is fingerprinted of an item: its own fields, and the whole batch that it came in."""
    return {**canonical("transactions/batch", request.fields["transactions"][position - 1]), "transactions": whole}


async def _holder(request: WireRequest, opened: OpenBook, key: str, found: _Sorted) -> int | None:
    """Which item was the first of this batch to be recorded, and so has the client's own key; None when none was. Raises for a
    key that was used for another request or another batch, before any item of this one is submitted."""
    secret, count, whole = request.desk.books.keys.requests, len(request.fields["transactions"]), _whole(request)
    own = _item_key(request, opened, key, None)
    keys = {_item_key(request, opened, key, position): position for position in range(1, count + 1)}
    async with request.desk.books.reading(opened.row) as connection:
        rows = await known(connection, opened.row.book_id, [own, *keys])
    first = rows.pop(own, None)
    for stored, row in rows.items():
        fields = _item_fields(request, keys[stored], whole)
        if row["prints"] != prints_of(secret, fields):
            raise reused(secret, row["prints"], fields)
    if first is None:
        return None
    for each in found.good:
        if first["prints"] == prints_of(secret, each.fields):
            return each.position
    raise reused(secret, first["prints"], _item_fields(request, found.good[0].position if found.good else 1, whole))


async def _group(
    request: WireRequest, opened: OpenBook, key: str, data: BatchIn, is_dry: bool
) -> Response[out.BatchOut]:
    if len(data.transactions) > MAX_GROUP:
        raise Problem("group_malformed", field="transactions")
    asked = tuple(post_of(each) for each in data.transactions)
    written = await write(request, opened, key, "transactions/batch", asked, is_dry=is_dry)
    made = [out.ItemOut(position, written.status, entry) for position, entry in enumerate(made_of(written), 1)]
    tried = True if written.is_dry else msgspec.UNSET
    return answer(out.BatchOut(len(made), 0, made, tried), headers=written.headers)


def _item(
    request: WireRequest, opened: OpenBook, sent: _Sent, outcome: Outcome | Exception, is_dry: bool
) -> out.ItemOut:
    position = sent.position
    if isinstance(outcome, KeyReused):
        return _problem_item(request, position, reused(request.desk.books.keys.requests, outcome.stored, sent.fields))
    if isinstance(outcome, Exception):
        return _problem_item(request, position, of_ledger(outcome))
    if outcome.refusal is not None:
        return _problem_item(request, position, refused(outcome, is_dry=is_dry))
    written = Written(outcome, opened.row.currency, is_dry and not outcome.replayed)
    return out.ItemOut(position, written.status, made_of(written)[0])


def _problem_item(request: WireRequest, position: int, problem: Problem) -> out.ItemOut:
    found = answer_of(problem, request.request_id)
    return out.ItemOut(position, found.status, problem=msgspec.to_builtins(found))


HANDLERS: list[Any] = [post_batch]
