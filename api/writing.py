"""One write from the edge to the book and back: keyed, submitted, and answered from its entries alone."""

from typing import NamedTuple

from litestar import Response

from api.answers import EntryOut, entry_of
from api.desk import Arrived, answer
from api.idempotency import canonical, chosen_key, prints_of, reused, stored_key
from api.open_books import OpenBook
from api.problems import LedgerRefused
from ledger.book.dry_run import dry_run
from ledger.book.submission import KeyReused
from ledger.core.batch import Outcome
from ledger.core.model import Item
from ledger.core.requests import AnyRequest

REPLAYED = "Idempotency-Replayed"


class Written(NamedTuple):
    """What became of a write that was not refused."""

    outcome: Outcome
    currency: str
    is_dry: bool

    @property
    def headers(self) -> dict[str, str] | None:
        """Says whether this is the first answer again."""
        return {REPLAYED: "true"} if self.outcome.replayed else None

    @property
    def status(self) -> int:
        """Created, unless it was only tried."""
        return 200 if self.is_dry else 201


async def prepare(request: Arrived, code: str) -> tuple[OpenBook, str]:
    """The open book and the client's key, once the caller is known to reach the book and to have refusals
    left."""
    row = await request.book(code)
    key = chosen_key(request.headers.get("idempotency-key"), request.headers.get("x-request-id"))
    request.desk.budget.check(request.caller.azp)
    return await request.desk.books.open(row), key


async def write(
    request: Arrived,
    book: OpenBook,
    key: str,
    route: str,
    asked: tuple[AnyRequest, ...],
    *,
    is_dry: bool = False,
) -> Written:
    """Submit one request or one atomic group, which may not touch the accounts of people's budget lines (answers.md 15).
    Raises the Problem of whatever no it met."""
    desk, caller = request.desk, request.caller
    secret, code = desk.books.keys.requests, book.row.code
    fields = canonical(route, request.fields)
    item = Item(
        requests=asked,
        asked=caller.asked,
        key=stored_key(secret, code, caller, key),
        prints=prints_of(secret, fields),
        lines_barred=True,
    )
    try:
        if is_dry:
            outcome = await dry_run(desk.books.writer_settings(book.row), item)
        else:
            outcome = await book.writer.submit(item, desk.settings.timeout_seconds)
    except KeyReused as no:
        raise reused(secret, no.stored, fields) from None
    if outcome.refusal is not None:
        raise refused(request, outcome, is_dry=is_dry)
    return Written(outcome, book.row.currency, is_dry and not outcome.replayed)


def refused(request: Arrived, outcome: Outcome, *, is_dry: bool = False) -> LedgerRefused:
    """The problem of a refusal. One that is recorded names its entry and costs the client some of its
    budget."""
    assert outcome.refusal is not None
    if is_dry and not outcome.replayed:
        return LedgerRefused(outcome.refusal, dry_run=True)
    if not outcome.number:
        return LedgerRefused(outcome.refusal)
    problem = LedgerRefused(outcome.refusal, entry=outcome.number, tree_size=outcome.tree_size)
    if outcome.replayed:
        problem.headers[REPLAYED] = "true"
    else:
        request.desk.budget.spend(request.caller.azp)
    return problem


def first_entry(written: Written) -> Response[EntryOut]:
    """The answer of a write that makes one entry."""
    outcome = written.outcome
    made = entry_of(outcome.entries[0], written.currency, outcome.tree_size, dry_run=written.is_dry)
    return answer(made, written.status, written.headers)
