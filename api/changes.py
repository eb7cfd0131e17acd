"""Changes to a budget within what was agreed: money moved between its lines."""

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import DecisionOut
from api.deciding import check_person, decided
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_changes import VirementIn
from api.writing import prepare
from policies import changing


@post(f"{BUDGET}/virements", permission=Permission.CHANGE_BUDGETS, operation_id="moveBetweenLines", tags=["changes"])
async def move_between_lines(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[VirementIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Moves money from one line to another of the same flexibility group (accounting event 31), when the rules allow it."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    amount, line, to = (
        amount_of(data.amount, "amount", is_size=True),
        code_of(data.line, "line"),
        code_of(data.to, "to"),
    )
    return answer(*await decided(
        request, opened, key, f"virements/{person}",
        lambda gate, sender, timeout: changing.move_between_lines(
            gate, sender, timeout, person=person, line=line, to=to, amount=amount, effective_on=data.effective_on,
            approved=data.approved or 0,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


HANDLERS = [move_between_lines]
