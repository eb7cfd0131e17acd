"""Why a decision is as it is, for the person: in plain English, in easy read, in Welsh."""

from functools import cache
from typing import Any

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from api.answers_explaining import ExplanationOut, explanation_of
from api.deciding import check_reach
from api.desk import WireRequest, answer
from api.finance import Number
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from ledger.book.books import BookRow
from ledger.book.lookups import read_detail
from ledger.budgets.reading import decisions_of, said_at
from ledger.core.calendar import london_day
from policies.bundle import Bundle
from policies.contacting import contacts_held, coordinator_of
from policies.decisions import Content, content_of, reference_of
from policies.explaining import Explained, explain
from policies.reconsidering import looked_at
from policies.saying import Form
from policies.wording import Wording

Connection = Any


@cache
def wording() -> Wording:
    """The texts of this version, read once a process."""
    return Wording.load()


@get(
    f"{BUDGET}/decisions/{{number:int}}/explanation", permission=Permission.SEE_BUDGETS, operation_id="explainDecision",
    tags=["explaining"],
)  # fmt: skip
async def explanation(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, form: FromQuery[Form] = "plain"
) -> Response[ExplanationOut]:  # fmt: skip
    """A decision explained in one form: what, why, what would help, who decides next and by when, how to ask again, who helps."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person)
        bundle = await request.desk.books.bundle_in_force(row, connection)
        return answer(await read_explanation(connection, row, person, number, form, bundle))


async def read_explanation(
    connection: Connection, row: BookRow, person: str | None, number: int, form: Form, bundle: Bundle
) -> ExplanationOut:  # fmt: skip
    """A decision about a person (None: about nobody's budget) explained in one form, with the contacts of today.
    Problem(decision_not_found)."""
    page = await decisions_of(connection, row.book_id, person, after=number - 1, limit=1)
    if not page.decisions or page.decisions[0].entry.number != number:
        raise Problem("decision_not_found")
    found = page.decisions[0]
    entry, day, reference = found.entry, today(), reference_of(number)
    erased = found.detail is None and entry.commitment is not None
    given = dict(entry.attributes)
    referral = await said_at(connection, row.book_id, int(given["of"])) if given["act"] == "approval" else None
    asked_about = None
    if referral is not None and referral.kind == "decision":
        asked_about = await read_detail(connection, row.book_id, referral.number)
    whom = given.get("person")
    coordinator = await coordinator_of(connection, row.book_id, whom, given.get("line"), day) if whom else ""
    held = await contacts_held(connection, row.book_id, row.code, day, wording())
    told = explain(
        Explained(
            reference=reference, given=given,
            content=None if erased else _content(found.detail),
            decided_on=london_day(entry.recorded_us), today=day,
            resolved_by="" if found.resolved_by is None else reference_of(found.resolved_by),
            decided_by=entry.actor, answer_days=bundle.limits_on(row.code, day).reconsideration_days,
            contacts=held.contacts, coordinator=coordinator, looked=await looked_at(connection, row.book_id, entry),
            of_act=referral.attributes["act"] if referral is not None else "",
            referred=_content(asked_about) if asked_about is not None else None,
        ),
        form, wording(), bundle,
    )  # fmt: skip
    return explanation_of(told, book=row.code, number=number, reference=reference)


def _content(detail: bytes | None) -> Content:
    """What stands behind a decision; nothing where it was recorded without."""
    return content_of(detail) if detail is not None else Content("", [], [], "")


@get(
    "/v1/books/{book:str}/decisions/{number:int}/explanation", permission=Permission.SEE_BOOK_DECISIONS,
    operation_id="explainDecisionOfBook", tags=["explaining"],
)  # fmt: skip
async def explanation_of_book(
    request: WireRequest, book: FromPath[str], number: Number, form: FromQuery[Form] = "plain"
) -> Response[ExplanationOut]:  # fmt: skip
    """A decision about nobody's budget, such as a payee's approval or a period opened again, explained in one form."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        bundle = await request.desk.books.bundle_in_force(row, connection)
        return answer(await read_explanation(connection, row, None, number, form, bundle))


HANDLERS = [explanation, explanation_of_book]
