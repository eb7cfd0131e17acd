"""Bank feeds of holders' accounts: statements taken, lines and what they could be, matches, and how each account rolled on."""

import binascii
from base64 import b64decode
from collections.abc import Awaitable
from typing import Annotated, Any, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.answers_banking import (
    BankLinesOut,
    BankStatementOut,
    RollForwardOut,
    RollForwardsOut,
    bank_line_of,
    known_of,
    roll_forward_of,
    roll_forwards_of,
    taken_of,
)
from api.answers_budgets import SettledOut, settled_of
from api.deciding import carried_out, check_open_to, check_person, naming_noes, through_gate
from api.desk import WireRequest, answer
from api.finance import Number
from api.keeping_back import open_to
from api.open_books import OpenBook
from api.paging import After, Limit, next_link, number_position, position
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.statement_files import import_of, statement_from
from api.wire import amount_of, code_of
from api.wire_banking import BankStatementIn, MatchIn, UnmatchIn
from api.writing import prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.bank_reading import (
    Candidate,
    candidates_of,
    lines_of_holder,
    statement_of,
    statements_of,
)
from ledger.budgets.bank_records import Import
from ledger.budgets.bank_rolling import roll_forward as read_rolled
from ledger.budgets.bank_rolling import roll_forwards
from ledger.budgets.bank_statement import Unreadable
from ledger.budgets.bank_suggestions import suggestions
from ledger.budgets.endings import open_orders
from ledger.budgets.reading import said_at, setup_of
from ledger.budgets.shares import check_name
from ledger.budgets.standing import read_standing
from policies import banking, depositing
from policies.gate import Decided
from policies.unmatching import unmatch_line

Connection = Any
HOLDER_ACCOUNT = f"{BUDGET}/holder-accounts/{{account:str}}"
Show = Annotated[Literal["open", "all"], QueryParameter(description="Lines that wait for somebody, or all.")]


def content_of(text: str) -> bytes:
    """A file that was sent in base64."""
    try:
        return b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise Problem("field_malformed", field="content") from None


def unreadable(no: Unreadable) -> Problem:
    """The problem of a file that cannot be read: reason, line and field."""
    return Problem("statement_unreadable", facts={"reason": no.code, "line": str(no.line)}, field=no.field or "content")


def _import(request: WireRequest, opened: OpenBook, person: str, account: str, sent: BankStatementIn) -> Import:
    content = content_of(sent.content)
    opening, closing = (
        None if each is None else amount_of(each, name)
        for each, name in ((sent.opening, "opening"), (sent.closing, "closing"))
    )
    try:
        statement = statement_from(content, sent.format, sent.mapping, opened.row.currency, opening, closing)
    except Unreadable as no:
        raise unreadable(no) from None
    return import_of(
        request.desk.books.keys.requests, opened.row.code, statement, content, person=person,
        holder_account=check_name(code_of(account, "account"), "account"),
        provider=check_name(code_of(sent.provider, "provider"), "provider"), form=sent.format,
    )  # fmt: skip


async def naming_line(work: Awaitable[Decided]) -> Decided:
    """A line that differs from what was taken is named by its place in the file."""
    try:
        return await work
    except banking.LineDiffers as no:
        raise Problem("bank_line_differs", facts={"line": str(no.place)}) from None


@post(
    f"{HOLDER_ACCOUNT}/statements", permission=Permission.TAKE_BANK_LINES, operation_id="takeStatement", tags=["bank feeds"]
)  # fmt: skip
async def take_statement(
    request: WireRequest, book: FromPath[str], person: FromPath[str], account: FromPath[str], data: JSONBody[BankStatementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[BankStatementOut]:  # fmt: skip
    """Takes a bank's statement into a holder's account, each line once by its provider, account and reference. A file that cannot
    be read is refused whole; sent again, or overlapping, it brings what is new and says how many lines were known."""
    opened, key = await prepare(request, book)
    check_person(person)
    sent = _import(request, opened, person, account, data)
    try:
        written, _ = await through_gate(
            request, opened, key, f"statements/{person}/{account}",
            lambda gate, sender, timeout: naming_line(
                banking.take_statement(gate, sender, timeout, sent, not_before=data.not_before)
            ),
            is_dry=dry_run,
        )  # fmt: skip
    except banking.StatementKnown as known:
        async with request.desk.books.reading(opened.row) as connection:
            said = await said_at(connection, opened.row.book_id, known.number)
        assert said is not None
        return answer(known_of(statement_of(said.number, said.act, said.attributes), opened.row.currency))
    return answer(taken_of(written), written.status, written.headers)


@get(f"{BUDGET}/bank-lines", permission=Permission.SEE_BANK_LINES, operation_id="listBankLines", tags=["bank feeds"])
async def bank_lines(
    request: WireRequest, book: FromPath[str], person: FromPath[str], show: Show = "open", after: After = None,
    limit: Limit = 100,
) -> Response[BankLinesOut]:  # fmt: skip
    """Lines of a person's accounts in the order taken, page by page, each open one with what it could be, how likely, and why. An
    order that still keeps money is told too: what was ordered was not for the account to pay, and is owed to it once confirmed."""
    row = await request.book(book)
    check_person(person)
    scope = f"bank-lines|{row.code}|{person}|{show}"
    begins = number_position(request, scope, after)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        setup = setup_of((await read_standing(connection, row.book_id, person)).said)
        if not setup.registered:
            raise Problem("person_unknown")
        await check_open_to(request, connection, person, setup)
        lines = await lines_of_holder(connection, row.book_id, person, None)
        could_be = {}
        for account in {line.account for line in lines if line.is_open}:
            own = frozenset(name for name, (line, _) in setup.lines.items() if line.holder_account == account)
            could_be[account] = await candidates_of(connection, row.book_id, person, account, own)
        ordered = [
            Candidate(kind="order", number=order.hold, pence=-sum(order.remaining.values()), day=order.day,
                      payee=order.payee or "", line=order.line.line)
            for order in await open_orders(connection, row.book_id, person) if order.purpose == "order"
        ]  # fmt: skip
    taken = frozenset((line.matched or "", line.of or 0) for line in lines if line.matched != "order")
    shown = [line for line in lines if line.number > begins and (line.is_open or show == "all")]
    page = shown[:limit]
    made = BankLinesOut([
        bank_line_of(line, suggestions(line, [*could_be[line.account], *ordered], taken) if line.is_open else (), row.currency)
        for line in page
    ])  # fmt: skip
    goes_on = page[-1].number if len(shown) > limit else None
    return answer(made, headers=next_link(request, scope, goes_on, show=show, limit=limit))


@post(
    f"{BUDGET}/bank-lines/{{number:int}}/match", permission=Permission.MATCH_BANK_LINES, operation_id="matchBankLine",
    tags=["bank feeds"],
)  # fmt: skip
async def match_bank_line(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[MatchIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says what a line is, once. A claim that is matched still waits for another person to accept it; a refund of what was accepted
    is our money in the account again (event 32), said by another than accepted it; an order that the holder has paid is settled and
    owed to them (event 16), said by another than took the line; other money is decided by the rules: what may not
    share the account is asked after (`/deposits`)."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason = None if data.reason is None else code_of(data.reason, "reason")
    if (data.of if data.kind == "other_money" else data.source) is not None:
        raise Problem("match_unfit")
    if data.kind == "other_money":
        written, detail = await through_gate(
            request, opened, key, f"bank-lines/{person}/{number}/match",
            lambda gate, sender, timeout: depositing.tell_other_money(
                gate, sender, timeout, person=person, number=number, source=data.source, reason=reason,
                effective_on=data.effective_on,
            ),
            is_dry=dry_run,
        )  # fmt: skip
        return answer(settled_of(written, detail), written.status, written.headers)
    within = opened.gate.engine.bundle.limits_on(opened.row.code, data.effective_on).reimbursed_within_days
    written, detail = await carried_out(
        request, opened, key, f"bank-lines/{person}/{number}/match",
        lambda connection, book_id: banking.match_line(
            connection, book_id, person=person, number=number, to=data.kind, of=data.of, reason=reason,
            effective_on=data.effective_on, paid_back_within=within,
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@post(
    f"{BUDGET}/bank-lines/{{number:int}}/unmatch", permission=Permission.MATCH_BANK_LINES, operation_id="unmatchBankLine",
    tags=["bank feeds"],
)  # fmt: skip
async def unmatch_bank_line(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[UnmatchIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes back what was said of a line, with a reason: it is open again, and what the match had taken off money without evidence
    is there again (event 13). A match that posted care or a debt is undone by the reversal of that entry; a refund stays."""
    opened, key = await prepare(request, book)
    check_person(person)
    reason = code_of(data.reason, "reason")
    written, detail = await carried_out(
        request, opened, key, f"bank-lines/{person}/{number}/unmatch",
        lambda connection, book_id: unmatch_line(
            connection, book_id, person=person, number=number, reason=reason, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@get(
    f"{HOLDER_ACCOUNT}/roll-forward", permission=Permission.SEE_BANK_LINES, operation_id="readRollForward", tags=["bank feeds"]
)  # fmt: skip
async def roll_forward(
    request: WireRequest, book: FromPath[str], person: FromPath[str], account: FromPath[str]
) -> Response[RollForwardOut]:  # fmt: skip
    """How a holder's account rolled on: our money in it by what happened, and the bank's balance made out of the ledger's."""
    row = await request.book(book)
    check_person(person)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        setup = setup_of((await read_standing(connection, row.book_id, person)).said)
        await check_open_to(request, connection, person, setup)
        with naming_noes():
            if account not in setup.holder_accounts:
                raise Problem("person_unknown" if not setup.registered else "holder_account_unknown")
        statements = await statements_of(connection, row.book_id, account)
        found = await read_rolled(connection, row.book_id, person, account)
    return answer(roll_forward_of(account, found, statements, row.currency))


@get(
    "/v1/books/{book:str}/roll-forwards", permission=Permission.SEE_BANK_LINES, operation_id="listRollForwards",
    tags=["bank feeds"],
)  # fmt: skip
async def all_rolled(
    request: WireRequest, book: FromPath[str], limit: Limit = 100, after: After = None
) -> Response[RollForwardsOut]:  # fmt: skip
    """How every holder's account of the book stands: what of our money is not explained, and what of its bank nothing explains."""
    row = await request.book(book)
    scope = f"roll-forwards|{row.code}"
    begins = position(request, scope, after) or ""
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        found, goes_on = await roll_forwards(connection, row.book_id, begins=begins, limit=limit)
        shown = await open_to(connection, row.book_id, request.caller.sub, found)
    out = roll_forwards_of(shown, row.currency)
    return answer(out, headers=next_link(request, scope, goes_on, limit=limit))


HANDLERS = [take_statement, bank_lines, match_bank_line, unmatch_bank_line, roll_forward, all_rolled]
