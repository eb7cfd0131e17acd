"""Asking for a decision to be looked at again, by whoever acts for the person: by its number, or by the line of a stop."""

from datetime import date

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers_budgets import SettledOut
from api.budgets import LineName
from api.deciding import Ask, check_reach, is_staff, through_gate, words_detail
from api.desk import WireRequest
from api.ending import LINE, TAGS
from api.open_books import nonce, today
from api.permissions import Permission
from api.problems import Problem
from api.recovery import TAG, settled
from api.setting_up import first_outcome
from api.spends import BUDGET
from api.wire_ending import StopReconsiderationIn
from api.wire_recovery import ReconsiderationIn
from api.writing import prepare
from policies import reconsidering
from policies.owing import Act

FOR_THEM = frozenset(("holder",))


async def _asked(
    request: WireRequest, book: str, person: str, route: str, received_on: date, field: str, ask: Ask, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    is_wrong = received_on > today() or (not is_staff(request) and received_on != today())
    # What was sent before midnight has its first answer after it.
    if is_wrong and await first_outcome(request, opened, key, route) is None:
        raise Problem("dates_malformed", field=field)
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, FOR_THEM)
    return settled(await through_gate(request, opened, key, route, ask, is_dry=is_dry))


@post(f"{BUDGET}/reconsiderations", permission=Permission.ASK_RECONSIDERATION, operation_id="askAgain", tags=TAG)
async def ask_again(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ReconsiderationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Asks that a decision be looked at again, by whoever acts for the person or written down for them, and says until when it is
    answered: each once, and of refused budgets one in any six months. What they send themselves is received today. An explanation
    says as what its decision is asked about."""
    act, name = Act(person=person, effective_on=data.received_on), nonce()
    return await _asked(
        request, book, person, f"reconsiderations/{person}", data.received_on, "received_on",
        lambda gate, sender, timeout: reconsidering.ask_again(
            gate, sender, timeout, act, about=data.about, of=data.of, received_on=data.received_on, subject=name,
            detail=words_detail(data.words),
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{LINE}/stop/reconsideration",
    permission=Permission.ASK_RECONSIDERATION,
    operation_id="askReconsideration",
    tags=TAGS,
)
async def ask_about_stop(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[StopReconsiderationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Asks the same of the stop of a line; by either way it is asked once."""
    act = Act(person=person, effective_on=data.on)
    return await _asked(
        request, book, person, f"lines/{person}/{line}/stop/reconsideration", data.on, "on",
        lambda gate, sender, timeout: reconsidering.ask_about_stop(
            gate, sender, timeout, act, line=line, received_on=data.on, detail=words_detail(data.words)
        ),
        dry_run,
    )  # fmt: skip


HANDLERS = [ask_again, ask_about_stop]
