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
from api.wire_changes import ContingencyIn, VirementIn
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
            approved=data.approved or 0, in_hand=data.in_hand,
        ),
        is_dry=dry_run,
    ))  # fmt: skip


async def _contingency(
    request: WireRequest, book: str, person: str, data: ContingencyIn, *, draws: bool, is_dry: bool
) -> Response[DecisionOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    amount, line, reason = (
        amount_of(data.amount, "amount", is_size=True),
        code_of(data.line, "line"),
        code_of(data.reason, "reason"),
    )
    return answer(*await decided(
        request, opened, key, f"contingency/{person}/{'draw' if draws else 'set-aside'}",
        lambda gate, sender, timeout: changing.move_contingency(
            gate, sender, timeout, person=person, line=line, amount=amount, draws=draws, reason=reason,
            effective_on=data.effective_on, approved=data.approved or 0,
        ),
        is_dry=is_dry,
    ))  # fmt: skip


@post(
    f"{BUDGET}/contingency/set-aside", permission=Permission.CHANGE_BUDGETS, operation_id="setContingencyAside",
    tags=["changes"],
)  # fmt: skip
async def set_contingency_aside(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ContingencyIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Keeps money of a line for emergencies (accounting event 4), when the rules allow it: it is not left to spend any more."""
    return await _contingency(request, book, person, data, draws=False, is_dry=dry_run)


@post(
    f"{BUDGET}/contingency/draw", permission=Permission.CHANGE_BUDGETS, operation_id="drawContingency",
    tags=["changes"],
)  # fmt: skip
async def draw_contingency(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ContingencyIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Draws by notice what a line keeps for emergencies (accounting event 4), when the rules allow it: it can be spent again."""
    return await _contingency(request, book, person, data, draws=True, is_dry=dry_run)


HANDLERS = [move_between_lines, set_contingency_aside, draw_contingency]
