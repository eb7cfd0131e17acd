"""Imports over HTTP: payments that were published (accounting.md event 53), and a caseload of another system (event 55).

A row or a person is posted once by a key of its own, as by the commands, so what was cut off goes on with the same request; the
client's key is that of the entry that says that the rows were sent, and is another's from then on."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import PurePath
from typing import Any
from weakref import WeakValueDictionary

import asyncpg
import msgspec
from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_imports import CaseloadOut, PublishedPaymentsOut, RowOut, caseload_out, import_out
from api.banking import content_of
from api.desk import WireRequest, answer
from api.importing import Import, caseload_taken_on, into, payments_imported
from api.open_books import OpenBook
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import first_outcome
from api.wire import code_of
from api.wire_taking_on import CaseloadIn, PublishedPaymentsIn
from api.writing import REPLAYED, prepare, write
from ledger.book.submission import KeyInUse
from ledger.budgets.caseload import caseload_of
from ledger.budgets.caseload_tables import NotACaseload, Tables, tables_of
from ledger.budgets.feeds import FeedRow, delivery_recorded
from ledger.budgets.feeds import Problem as RowProblem
from ledger.budgets.payments_file import FEED, row_of
from ledger.core.model import check_code

_under_way: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()


def _import(request: WireRequest, opened: OpenBook, source: str) -> Import:
    desk = request.desk
    asked = msgspec.structs.replace(request.caller.asked, source=source)
    return into(opened, desk.settings.database_url, desk.books.keys, asked)


@contextmanager
def _unseen(_: str) -> Iterator[Callable[[int], None]]:
    """Nobody watches a request."""
    yield lambda _: None


@post(
    "/v1/books/{book:str}/published-payments", permission=Permission.IMPORT_PAYMENTS, operation_id="importPublishedPayments",
    tags=["taking on"],
)  # fmt: skip
async def import_published(
    request: WireRequest, book: FromPath[str], data: JSONBody[PublishedPaymentsIn], dry_run: FromQuery[bool] = False
) -> Response[PublishedPaymentsOut]:  # fmt: skip
    """Posts published payments into suspense (event 53), each row once by supplier, day, amount and its place among equals,
    whatever request or command brings it; a broken row is told by its line, and stops no other unless it is `atomic`."""
    opened, key = await prepare(request, book)
    if data.delivery is not None:
        check_code(f"delivery/{code_of(data.delivery, 'delivery')}", "delivery")
    rows: list[FeedRow | RowProblem] = []
    for place, sent in enumerate(data.rows, 1):
        row = row_of(sent.line or place, sent.date, sent.supplier, sent.amount)
        rows.append(msgspec.structs.replace(row, occurrence=sent.occurrence) if isinstance(row, FeedRow) else row)
    if len({row.line for row in rows}) < len(rows):
        raise Problem("field_malformed", field="rows")
    held = await write(
        request, opened, key, "published-payments", (delivery_recorded("payments_sent", name=FEED, rows=len(rows)),),
        is_dry=dry_run, source="imported",
    )  # fmt: skip
    states = {row.line: "refused" for row in rows}

    @contextmanager
    def given() -> Iterator[Iterable[FeedRow | RowProblem]]:
        yield rows

    report = await payments_imported(
        _import(request, opened, "imported"), data.delivery, given, _unseen, is_atomic=data.atomic, is_trial=dry_run,
        each=states.__setitem__,
    )  # fmt: skip
    if report.withheld:
        broken = {each.line for each in report.problems}
        states = {line: "refused" if line in broken else "withheld" for line in states}
    body = PublishedPaymentsOut(
        import_out(opened.row.code, report),
        [RowOut(*each) for each in states.items()],
        True if dry_run else msgspec.UNSET,
    )
    return answer(body, held.status, held.headers)


@asynccontextmanager
async def _alone(request: WireRequest, opened: OpenBook) -> AsyncIterator[None]:
    """One caseload of a book at a time: a rehearsal keeps numbers of people to itself until it is over. KeyInUse."""
    lock = _under_way.setdefault((id(request.desk.books), opened.row.code), asyncio.Lock())
    try:
        await asyncio.wait_for(lock.acquire(), request.desk.settings.timeout_seconds)
    except TimeoutError:
        raise KeyInUse from None
    try:
        yield
    except asyncpg.LockNotAvailableError:
        # Another process has one of this book under way.
        raise KeyInUse from None
    finally:
        lock.release()


def _tables(data: CaseloadIn) -> Tables:
    try:
        return tables_of([(PurePath(each.name), partial(content_of, each.content)) for each in data.files])
    except NotACaseload:
        raise Problem("not_a_caseload", field="files") from None


@post(
    "/v1/books/{book:str}/caseload", permission=Permission.TAKE_ON_CASELOADS, operation_id="takeOnCaseload", tags=["taking on"]
)  # fmt: skip
async def take_on(
    request: WireRequest, book: FromPath[str], data: JSONBody[CaseloadIn], dry_run: FromQuery[bool] = False
) -> Response[CaseloadOut]:  # fmt: skip
    """Takes on what an earlier system has (event 55): rehearsed whole, and with `dry_run` no more; then each person whole and once.
    Answers 201 once it is posted, and 200 with `rehearsed` where anything is wrong or a control total is not met: nothing is posted
    then, and the key is free for what is put right. Another agrees for the other side, and two others sign."""
    opened, key = await prepare(request, book)
    caseload, troubles = await asyncio.to_thread(lambda: caseload_of(_tables(data)))
    before = await first_outcome(request, opened, key, "caseload")
    services = opened.gate.engine.bundle.services
    code = opened.row.code
    async with _alone(request, opened), request.desk.books.reading(opened.row) as reading:
        way: Any = partial(
            caseload_taken_on,
            _import(request, opened, "migrated"),
            reading,
            frozenset(services),
            caseload,
            troubles,
            _unseen,
        )
        report = await way(is_trial=True)
        if dry_run or not report.may_be_posted(data.with_differences):
            found = caseload_out(code, report)
            return answer(msgspec.structs.replace(found, dry_run=True) if dry_run else found)
        record = delivery_recorded("caseload_sent", name=report.take_on, rows=sum(each.rows for each in report.files))
        held = before or await write(request, opened, key, "caseload", (record,), source="migrated")
        report = (await way(is_trial=False)).done()
    return answer(caseload_out(code, report), 201, {REPLAYED: "true"} if held.outcome.replayed else None)


HANDLERS = [import_published, take_on]
