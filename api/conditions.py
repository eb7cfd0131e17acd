"""Evidence that approvals asked for: which is open and late, and that it came."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from api.answers import EntryOut
from api.deciding import carried_out, check_person, words_detail
from api.desk import WireRequest, answer
from api.finance import Number
from api.keeping_back import open_to
from api.open_books import today
from api.paging import After, Limit, cut, number_position
from api.permissions import Permission
from api.spends import BUDGET
from api.wire_budgets import EvidenceCameIn
from api.writing import first_entry, prepare
from ledger.reports.referrals import read_evidence_due
from policies.asked_evidence import take_evidence
from policies.decisions import reference_of

Connection = Any


class EvidenceDueOut(Struct, frozen=True):
    """An approval whose evidence nobody has seen yet. `late_days` is how long ago its day was; 0 in time."""

    number: int
    reference: str
    person: str
    line: str | None
    due: str
    late_days: int


class EvidenceAskedOut(Struct, frozen=True):
    """A page of evidence that approvals asked for and that has not come, the oldest approval first. `kept_back` rows are about
    people whose records are for others of the staff."""

    book: str
    on: str
    conditions: list[EvidenceDueOut]
    kept_back: int


@post(
    f"{BUDGET}/decisions/{{number:int}}/evidence-came", permission=Permission.DECIDE_REFERRALS, operation_id="takeEvidence",
    tags=["explaining"],
)  # fmt: skip
async def evidence_came(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[EvidenceCameIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Says that the evidence which an approval asked for came, once, by another than asked for the money."""
    opened, key = await prepare(request, book)
    check_person(person)
    detail = words_detail(data.words)
    written, _ = await carried_out(
        request, opened, key, f"decisions/{number}/evidence-came",
        lambda connection, book_id: take_evidence(
            connection, book_id, person=person, number=number, on=data.on, today=today(), detail=detail
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@get(
    "/v1/books/{book:str}/conditions", permission=Permission.SEE_REFERRALS, operation_id="listEvidenceAsked", tags=["explaining"]
)  # fmt: skip
async def conditions(
    request: WireRequest, book: FromPath[str], overdue: FromQuery[bool] = False, limit: Limit = 50, after: After = None
) -> Response[EvidenceAskedOut]:  # fmt: skip
    """Evidence that approvals asked for and that has not come; with `overdue`, only what was to come before today."""
    row = await request.book(book)
    scope, day = f"{row.code}/conditions/{overdue}", today()
    async with request.desk.books.reading(row) as connection:
        found = await read_evidence_due(
            connection, row.book_id, late_on=day if overdue else None, after=number_position(request, scope, after),
            limit=limit + 1,
        )  # fmt: skip
        page, link = cut(request, scope, found, limit=limit, overdue="true" if overdue else None)
        shown = await open_to(connection, row.book_id, request.caller.sub, page)
    made = [
        EvidenceDueOut(each.number, reference_of(each.number), each.person, each.line, each.due.isoformat(),
                       max(0, (day - each.due).days))
        for each in shown.rows
    ]  # fmt: skip
    return answer(EvidenceAskedOut(row.code, day.isoformat(), made, shown.kept_back), headers=link)


HANDLERS = [evidence_came, conditions]
