"""Money from another source in holders' accounts: who has to ask after it, and what was found (SI 2013/1617 reg 10(2) and (3))."""

from datetime import date
from typing import Literal

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct

from api.answers_budgets import SettledOut, settled_of
from api.banking import Show
from api.deciding import carried_out, check_person
from api.desk import WireRequest, answer
from api.finance import Number
from api.keeping_back import open_to
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.spends import BUDGET
from api.wire import Day
from api.writing import prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.bank_reading import deposits_of
from ledger.money import format_amount
from policies import banking


class DepositIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What was found: a payment that may share the account, money that has been taken out again, or a use that the account is not
    for."""

    outcome: Literal["permitted", "taken_out", "misused"]
    effective_on: Day


class DepositOut(Struct, frozen=True):
    """A receipt that is not known to be ours. `state` is unmatched, referred (somebody said that it is other money) or answered."""

    number: int
    person: str
    holder_account: str
    amount: str
    on: date
    state: str
    outcome: str | None


class DepositsOut(Struct, frozen=True):
    """Receipts in the order taken. `kept_back` of the page are of people whose records are for others of the staff."""

    currency: str
    deposits: list[DepositOut]
    kept_back: int


@get(
    "/v1/books/{book:str}/deposits",
    permission=Permission.SEE_BANK_LINES,
    operation_id="listDeposits",
    tags=["deposits"],
)
async def deposits(
    request: WireRequest, book: FromPath[str], show: Show = "open", after: After = None, limit: Limit = 100
) -> Response[DepositsOut]:  # fmt: skip
    """Receipts in all holders' accounts that nobody has explained or that are not ours, without an answer, or all. Managed accounts
    may hold other money, and are left out."""
    row = await request.book(book)
    scope = f"deposits|{row.code}|{show}"
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        found = await deposits_of(
            connection,
            row.book_id,
            after=number_position(request, scope, after),
            show_all=show == "all",
            limit=limit + 1,
        )
        page = found[:limit]
        shown = await open_to(connection, row.book_id, request.caller.sub, page)
    made = [
        DepositOut(each.number, each.person, each.holder_account, format_amount(each.pence), each.day, each.state, each.outcome)
        for each in shown.rows
    ]  # fmt: skip
    goes_on = page[-1].number if len(found) > limit else None
    out = DepositsOut(row.currency, made, shown.kept_back)
    return answer(out, headers=next_link(request, scope, goes_on, show=show, limit=limit))


@post(
    f"{BUDGET}/deposits/{{number:int}}/answer", permission=Permission.MATCH_BANK_LINES, operation_id="answerDeposit",
    tags=["deposits"],
)  # fmt: skip
async def answer_deposit(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DepositIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says what was found of other money in a holder's account, once, by another than said that it is not ours. It posts nothing:
    what was misused is questioned or demanded."""
    opened, key = await prepare(request, book)
    check_person(person)
    written, detail = await carried_out(
        request, opened, key, f"deposits/{person}/{number}/answer",
        lambda connection, book_id: banking.answer_deposit(
            connection, book_id, person=person, number=number, outcome=data.outcome, effective_on=data.effective_on
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


HANDLERS = [deposits, answer_deposit]
