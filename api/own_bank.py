"""The commissioner's own banks over HTTP: statements taken, lines matched to payments, and the reconciliation."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_banking import (
    BankStatementOut,
    OwnLinesOut,
    ReconciliationOut,
    known_of,
    own_lines_of,
    reconciliation_of,
    taken_of,
)
from api.answers_budgets import SettledOut, settled_of
from api.banking import Show, content_of, naming_line, unreadable
from api.deciding import carried_out, through_gate
from api.desk import WireRequest, answer
from api.finance import Number
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.statement_files import own_import_of, statement_from
from api.wire import amount_of, code_of
from api.wire_banking import BankStatementIn, OwnMatchIn
from api.writing import prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.bank_reading import statement_of
from ledger.budgets.bank_statement import Unreadable
from ledger.budgets.own_bank import own_lines, reconciled, under_way
from ledger.budgets.reading import said_at
from ledger.budgets.shares import check_name
from policies import own_bank
from policies.banking import StatementKnown

Connection = Any
BANK = "/v1/books/{book:str}/banks/{bank:str}"


@post(f"{BANK}/statements", permission=Permission.TAKE_BANK_LINES, operation_id="takeOwnStatement", tags=["banks"])
async def take_own_statement(
    request: WireRequest, book: FromPath[str], bank: FromPath[str], data: JSONBody[BankStatementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[BankStatementOut]:  # fmt: skip
    """Takes a statement of one of the book's own banks, each line once. It posts nothing: lines clear payments when they are
    matched to them."""
    opened, key = await prepare(request, book)
    content = content_of(data.content)
    if data.not_before is not None:
        # Nothing is posted, so there is no day to move.
        raise Problem("field_malformed", field="not_before")
    opening, closing = (
        None if each is None else amount_of(each, name)
        for each, name in ((data.opening, "opening"), (data.closing, "closing"))
    )
    try:
        statement = statement_from(content, data.format, data.mapping, opened.row.currency, opening, closing)
    except Unreadable as no:
        raise unreadable(no) from None
    sent = own_import_of(
        request.desk.books.keys.requests, opened.row.code, statement, content, bank=check_name(code_of(bank, "bank"), "bank"),
        provider=check_name(code_of(data.provider, "provider"), "provider"), form=data.format,
    )  # fmt: skip
    try:
        written, _ = await through_gate(
            request, opened, key, f"own-statements/{bank}",
            lambda gate, sender, timeout: naming_line(own_bank.take_own_statement(gate, sender, timeout, sent)),
            is_dry=dry_run,
        )  # fmt: skip
    except StatementKnown as known:
        async with request.desk.books.reading(opened.row) as connection:
            said = await said_at(connection, opened.row.book_id, known.number)
        assert said is not None
        return answer(known_of(statement_of(said.number, said.act, said.attributes), opened.row.currency))
    return answer(taken_of(written), written.status, written.headers)


@get(f"{BANK}/lines", permission=Permission.SEE_BANK_LINES, operation_id="listOwnLines", tags=["banks"])
async def lines(
    request: WireRequest, book: FromPath[str], bank: FromPath[str], show: Show = "open", after: After = None,
    limit: Limit = 100,
) -> Response[OwnLinesOut]:  # fmt: skip
    """Lines of one of the book's banks that nobody has said anything of, or all, page by page, with the payments under way."""
    row = await request.book(book)
    scope = f"own-lines|{row.code}|{bank}|{show}"
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        found = await own_lines(
            connection, row.book_id, bank, after=number_position(request, scope, after), show_all=show == "all", limit=limit + 1,
        )  # fmt: skip
        payments = await under_way(connection, row.book_id, check_name(bank, "bank"))
    page = found[:limit]
    goes_on = page[-1].number if len(found) > limit else None
    return answer(
        own_lines_of(page, payments, row.currency), headers=next_link(request, scope, goes_on, show=show, limit=limit)
    )


@post(
    f"{BANK}/lines/{{number:int}}/match", permission=Permission.RELEASE_PAYMENTS, operation_id="matchOwnLine", tags=["banks"]
)  # fmt: skip
async def match_own_line(
    request: WireRequest, book: FromPath[str], bank: FromPath[str], number: Number, data: JSONBody[OwnMatchIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says what a line of one of the book's banks is, once. Payments that left with it are cleared (event 8); one that came back is
    owed or due again (event 33)."""
    opened, key = await prepare(request, book)
    name = check_name(code_of(bank, "bank"), "bank")
    written, detail = await carried_out(
        request, opened, key, f"own-lines/{bank}/{number}/match",
        lambda connection, book_id: own_bank.match_own_line(
            connection, book_id, bank=name, number=number, to=data.kind, of=data.of, effective_on=data.effective_on
        ),
        is_dry=dry_run, entries=data.of,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@get(f"{BANK}/reconciliation", permission=Permission.SEE_BALANCES, operation_id="reconcileBank", tags=["banks"])
async def reconciliation(
    request: WireRequest, book: FromPath[str], bank: FromPath[str]
) -> Response[ReconciliationOut]:  # fmt: skip
    """One of the book's banks against its last whole statement: what is matched, what is open, what the bank has not shown yet."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        found = await reconciled(connection, row.book_id, check_name(bank, "bank"))
    if found is None:
        raise Problem("bank_unknown")
    return answer(reconciliation_of(bank, found, row.currency))


HANDLERS = [take_own_statement, lines, match_own_line, reconciliation]
