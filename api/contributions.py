"""A person's own contribution to a line, such as a better wheelchair: received, and returned where it was not used."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut, settled_of
from api.deciding import carried_out, check_person, check_reach
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.plan_reads import ContributionsOut, read_contributions
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_changes import ContributionIn
from api.writing import prepare
from ledger.book.snapshot import snapshot
from policies.contributing import contribute


async def _contribution(
    request: WireRequest, book: str, person: str, data: ContributionIn, *, returns: bool, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    amount, line, bank = (
        amount_of(data.amount, "amount", is_size=True),
        code_of(data.line, "line"),
        code_of(data.bank, "bank"),
    )
    found = await carried_out(
        request, opened, key, f"contributions/{person}/{'return' if returns else 'receive'}",
        lambda connection, book_id: contribute(
            connection, book_id, person=person, line=line, amount=amount, bank=bank, effective_on=data.effective_on,
            returns=returns,
        ),
        person, is_dry=is_dry,
    )  # fmt: skip
    return answer(settled_of(found.written, None), found.written.status, found.written.headers)


@post(
    f"{BUDGET}/contributions", permission=Permission.TAKE_CONTRIBUTIONS, operation_id="receiveContribution",
    tags=["contributions"],
)  # fmt: skip
async def receive_contribution(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ContributionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes what a person or charity gave towards a line (accounting event 45), up to what the plan agreed."""
    return await _contribution(request, book, person, data, returns=False, is_dry=dry_run)


@post(
    f"{BUDGET}/contributions/return", permission=Permission.TAKE_CONTRIBUTIONS, operation_id="returnContribution",
    tags=["contributions"],
)  # fmt: skip
async def return_contribution(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ContributionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Gives back what was contributed and is neither ordered nor used (accounting event 45)."""
    return await _contribution(request, book, person, data, returns=True, is_dry=dry_run)


@get(
    f"{BUDGET}/contributions",
    permission=Permission.SEE_BUDGETS,
    operation_id="listContributions",
    tags=["contributions"],
)
async def contributions(
    request: WireRequest, book: FromPath[str], person: FromPath[str]
) -> Response[ContributionsOut]:  # fmt: skip
    """What a person gives towards each line: as agreed, received less what went back, ordered, used, and left."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        found = await read_contributions(connection, row, person)
    return answer(found)


HANDLERS = [receive_contribution, return_contribution, contributions]
