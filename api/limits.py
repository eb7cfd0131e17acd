"""Delegated financial limits over HTTP: who is of which grade, and what a grade may give up by itself, from a day on."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct, field

from api.answers import EntryOut
from api.desk import WireRequest, answer
from api.open_books import today
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire import Code, Currency, amount_of, code_of
from api.wire_budgets import Name
from api.writing import first_entry, prepare
from ledger.book.books import BookRow
from ledger.budgets.delegated import grade_on, grade_recorded, in_force, limit_recorded, limits_said
from ledger.budgets.standing import Said
from ledger.core.model import Asked, Guard
from ledger.core.requests import Record
from ledger.money import format_amount

Connection = Any
PAGE = 1_000
IN_BOOK = "/v1/books/{book:str}"
UpTo = Annotated[str, Meta(max_length=20, description="At most, by one person; `0.00` for nothing.")]


class DelegatedLimitIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What one person of a grade may give with a plan, move between lines, give up, or approve of what was referred, by themselves,
    from a day on. `spend` is also what an officer orders; a holder has no grade. An instalment or a fact (`instalment`, `invoice`,
    `evidence`, `assignment`, `reimbursement`) that the rules allow is not held to it: there the limit is for whoever approves one
    that was referred."""

    grade: Name
    act: Literal[
        "allocate", "assignment", "carry_forward", "civil_debt", "demand", "draw_contingency", "evidence", "instalment", "invoice",
        "judge_evidence", "offset", "reimbursement", "retain", "set_contingency_aside", "spend", "surplus", "virement", "waive",
        "write_off",
    ]  # fmt: skip
    amount: UpTo
    currency: Currency
    start: date = field(name="from")


class GradeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody (the `sub` of their token) is of a grade from a day on; null for none."""

    actor: Code
    grade: Name | None
    start: date = field(name="from")


class LimitSaidOut(Struct, frozen=True):
    """One entry: a grade given or ended (`actor`), or a limit set (`amount`)."""

    number: int
    said: str
    actor: str | None
    grade: str | None
    act: str | None
    amount: str | None
    start: date = field(name="from")


class LimitsSaidOut(Struct, frozen=True):
    """Everything that was said of grades and limits, in the order said. The newest day that has come decides, and of one day the
    last entry."""

    currency: str
    limits: list[LimitSaidOut]


async def of_another(
    connection: Connection, book_id: int, asked: Asked, grade: str | None, on: date
) -> tuple[Guard, ...]:  # fmt: skip
    """Nobody sets what holds for themselves, or for whom they act, today or on a day. Problem(own_limit)."""
    guards = {}
    for actor in sorted(asked.people):
        for day in (today(), on):
            own, guards[actor] = await grade_on(connection, book_id, actor, day)
            if own is not None and own == grade:
                raise Problem("own_limit", field="grade")
    return tuple(guards.values())


@post(f"{IN_BOOK}/limits", permission=Permission.SET_LIMITS, operation_id="setLimit", tags=["limits"])
async def set_limit(
    request: WireRequest, book: FromPath[str], data: JSONBody[DelegatedLimitIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Sets what a grade may waive or write off by itself, by somebody of another grade. Without one, the limit of the rules
    counts."""
    opened, key = await prepare(request, book)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    made: Record = limit_recorded(
        grade=data.grade, act=data.act, amount=amount_of(data.amount, "amount"), start=data.start
    )
    asking = request.caller.asked

    async def make(connection: Connection) -> Wish:
        return Wish((made,), await of_another(connection, opened.row.book_id, asking, data.grade, date.max))

    return first_entry(await once(request, opened, key, "limits", make, is_dry=dry_run))


@post(f"{IN_BOOK}/grades", permission=Permission.SET_LIMITS, operation_id="giveGrade", tags=["limits"])
async def give_grade(
    request: WireRequest, book: FromPath[str], data: JSONBody[GradeIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Says of which grade somebody is, by another than themselves or who acts for them."""
    opened, key = await prepare(request, book)
    actor = code_of(data.actor, "actor")
    made = grade_recorded(actor=actor, grade=data.grade, start=data.start)
    if actor in request.caller.asked.people:
        raise Problem("own_limit", field="actor")

    async def make(_: Connection) -> Wish:
        return Wish((made,))

    return first_entry(await once(request, opened, key, "grades", make, is_dry=dry_run))


@get(f"{IN_BOOK}/limits", permission=Permission.SEE_BOOKS, operation_id="listLimits", tags=["limits"])
async def limits(
    request: WireRequest, book: FromPath[str], after: After = None, limit: Limit = 100
) -> Response[LimitsSaidOut]:  # fmt: skip
    """Grades and limits as they were said, page by page."""
    row = await request.book(book)
    scope = f"limits|{row.code}"
    async with request.desk.books.reading(row) as connection:
        found = await limits_said(
            connection, row.book_id, after=number_position(request, scope, after), limit=limit + 1
        )
    made = [_said(each) for each in found[:limit]]
    goes_on = made[-1].number if len(found) > limit else None
    return answer(LimitsSaidOut(row.currency, made), headers=next_link(request, scope, goes_on, limit=limit))


def _said(row: Said) -> LimitSaidOut:
    given, is_grade = row.attributes, row.subject.startswith("grade/")
    return LimitSaidOut(
        row.number, row.act, row.subject.removeprefix("grade/") if is_grade else None, given.get("grade"),
        given.get("of_act"), None if is_grade else format_amount(int(given["amount"])), date.fromisoformat(given["from"]),
    )  # fmt: skip


async def limits_in_force(connection: Connection, row: BookRow, day: date) -> list[LimitSaidOut]:
    """What each grade may give up by itself on a day, by grade and act: the newest day that has come, and of one day the last
    entry."""
    about: dict[str, list[Said]] = {}
    after = 0
    while found := await limits_said(connection, row.book_id, after=after, limit=PAGE):
        for each in found:
            about.setdefault(each.subject, []).append(each)
        after = found[-1].number
    held = [in_force(said, day) for subject, said in sorted(about.items()) if not subject.startswith("grade/")]
    return [_said(each) for each in held if each is not None]


HANDLERS = [set_limit, give_grade, limits]
