"""One write from the edge to the book and back: keyed, submitted, and answered from its entries alone."""

from typing import NamedTuple

import msgspec
from litestar import Response

from api.answers import EntryOut, entry_of
from api.desk import Arrived, answer
from api.idempotency import canonical, chosen_key, naming_reuse, prints_of, stored_key
from api.open_books import OpenBook
from api.problems import LedgerRefused
from ledger.book.dry_run import dry_run
from ledger.budgets.chart import OWN_WAYS
from ledger.core.batch import Outcome
from ledger.core.model import Guard, Item
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
    guards: tuple[Guard, ...] = (),
    other_than: tuple[int, ...] = (),
    of_lines: bool = False,
    source: str | None = None,
) -> Written:
    """Submit one request or one atomic group, which may touch the accounts of people's budget lines, and what is owed and
    paid, only for a route that says so (answers.md 15). `source` is for what was not
    entered here. Raises the Problem of whatever no it met."""
    desk, caller = request.desk, request.caller
    secret, code = desk.books.keys.requests, book.row.code
    fields = canonical(route, request.fields)
    item = Item(
        requests=asked,
        asked=caller.asked if source is None else msgspec.structs.replace(caller.asked, source=source),
        key=stored_key(secret, code, caller, key),
        prints=prints_of(secret, fields),
        guards=guards,
        other_than=other_than,
        lines_barred=not of_lines,
        ways={} if of_lines else OWN_WAYS,
    )
    with naming_reuse(secret, fields):
        if is_dry:
            [outcome] = await dry_run(desk.books.writer_settings(book.row), [item])
        else:
            outcome = await _submitted(request, book, item)
    if outcome.refusal is not None:
        raise refused(outcome, is_dry=is_dry)
    return Written(outcome, book.row.currency, is_dry and not outcome.replayed)


async def _submitted(request: Arrived, book: OpenBook, item: Item) -> Outcome:
    """The writer's outcome, within the client's budget of refusals."""
    budget, client, timeout = request.desk.budget, request.caller.azp, request.desk.settings.timeout_seconds
    reserved, spent = await budget.reserve(client, 1, timeout), 0
    try:
        outcome = await book.writer.submit(item, timeout)
        spent = is_new_refusal(outcome)
        return outcome
    finally:
        budget.settle(client, reserved, spent)


def is_new_refusal(outcome: Outcome | Exception) -> bool:
    """Whether a refusal was recorded just now."""
    return (
        isinstance(outcome, Outcome) and outcome.refusal is not None and bool(outcome.number) and not outcome.replayed
    )


def refused(outcome: Outcome, *, is_dry: bool = False) -> LedgerRefused:
    """The problem of a refusal. One that is recorded names its entry."""
    assert outcome.refusal is not None
    if is_dry and not outcome.replayed:
        return LedgerRefused(outcome.refusal, dry_run=True)
    if not outcome.number:
        return LedgerRefused(outcome.refusal)
    erased = {"erased": True} if outcome.erased else {}
    problem = LedgerRefused(outcome.refusal, entry=outcome.number, tree_size=outcome.tree_size, **erased)
    if outcome.replayed:
        problem.headers[REPLAYED] = "true"
    return problem


def made_of(written: Written) -> list[EntryOut]:
    """The entries of a write as they are answered."""
    outcome = written.outcome
    return [
        entry_of(
            each, written.currency, outcome.tree_size, dry_run=written.is_dry, erased=each.number in outcome.erased
        )
        for each in outcome.entries
    ]


def first_entry(written: Written) -> Response[EntryOut]:
    """The answer of a write that makes one entry."""
    return answer(made_of(written)[0], written.status, written.headers)
