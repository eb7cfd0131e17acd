"""Take-ons: where opening figures come from, who agreed to them, and imported payments that find their line."""

from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_budgets import SettledOut, settled_of
from api.answers_taking_on import CoverageOut, LineageOut, coverage_out, lineage_out
from api.deciding import Answered, carried_out, check_person, check_reach, naming_noes, through_gate, words_detail
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_taking_on import AgreementIn, AssignmentIn, TakeOnSignatureIn
from api.writing import first_entry, prepare
from ledger.book.snapshot import snapshot, span
from ledger.budgets.lineage import coverage_of, origins_of
from policies import assigning, taking_on

TAKE_ON = "/v1/books/{book:str}/take-ons/{take_on:str}"


@post(f"{BUDGET}/assignments", permission=Permission.ASSIGN_PAYMENTS, operation_id="assignPayment", tags=["taking on"])
async def assign_payment(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[AssignmentIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Assigns an imported payment to the line that it was for, up to what stands unassigned for its payee. It has been paid, so
    it is posted whatever the rules find, and a referral is a task."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    with naming_noes():
        opened.gate.engine.bundle.service_kind(data.service)
    asked = assigning.Assignment(
        person=person, line=code_of(data.line, "line"), source=code_of(data.source, "source"),
        payee=code_of(data.payee, "payee"), service=data.service, amount=amount_of(data.amount, "amount", is_size=True),
        effective_on=data.effective_on, care_from=data.care_from, care_to=data.care_to, hold=data.hold, final=data.final,
    )  # fmt: skip
    written, detail = await through_gate(
        request, opened, key, f"assignments/{person}",
        lambda gate, sender, timeout: assigning.assign(gate, sender, timeout, asked), is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@get(
    "/v1/books/{book:str}/coverage", permission=Permission.SEE_COVERAGE, operation_id="readCoverage", tags=["taking on"]
)
async def coverage(request: WireRequest, book: FromPath[str]) -> Response[CoverageOut]:
    """From which day the book is complete, and the take-ons behind what is earlier, with who agreed to them."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        through, _ = await span(connection, row.book_id)
        found = await coverage_of(connection, row.book_id, date.fromisoformat(row.first_day))
    return answer(coverage_out(row.code, through, found))


@get(f"{BUDGET}/lineage", permission=Permission.SEE_LINEAGE, operation_id="readLineage", tags=["taking on"])
async def lineage(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[LineageOut]:
    """Where each opening figure of a budget is written: system, file by its hash, sheet and row."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        through, _ = await span(connection, row.book_id)
        found = await origins_of(connection, row.book_id, person)
    return answer(lineage_out(person, through, row.currency, found))


@post(f"{TAKE_ON}/agree", permission=Permission.AGREE_TAKE_ONS, operation_id="agreeTakeOn", tags=["taking on"])
async def agree(
    request: WireRequest, book: FromPath[str], take_on: FromPath[str], data: JSONBody[AgreementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """The side that holds the earlier record agrees to what was taken on, differences named, by another than imported it."""
    opened, key = await prepare(request, book)
    party = code_of(data.party, "party")
    return _entry(await carried_out(
        request, opened, key, f"take-ons/{take_on}/agree",
        lambda connection, book_id: taking_on.agree(
            connection, book_id, code=take_on, party=party, differences=data.differences,
            detail=words_detail(data.words),
        ),
        is_dry=dry_run,
    ))  # fmt: skip


@post(f"{TAKE_ON}/sign", permission=Permission.SIGN_TAKE_ONS, operation_id="signTakeOn", tags=["taking on"])
async def sign(
    request: WireRequest, book: FromPath[str], take_on: FromPath[str], data: JSONBody[TakeOnSignatureIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Signs a take-on that was agreed to, by somebody who had no part in it before; twice, and its balances are no longer
    provisional."""
    opened, key = await prepare(request, book)
    return _entry(await carried_out(
        request, opened, key, f"take-ons/{take_on}/sign",
        lambda connection, book_id: taking_on.sign(connection, book_id, code=take_on), is_dry=dry_run,
    ))  # fmt: skip


def _entry(made: Answered) -> Response[EntryOut]:
    return first_entry(made.written)


HANDLERS = [assign_payment, coverage, lineage, agree, sign]
