"""Decisions of the past under other rules, over HTTP: who would have been treated otherwise. Nothing is written."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromPath, FromQuery, QueryParameter

from api.access import note_access
from api.answers_rules import ReplayOut, replay_out
from api.desk import WireRequest, tagged_answer
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from ledger.core.model import Malformed
from ledger.money import NotAnAmount, parse_amount
from policies.bundle import LimitNotSet
from policies.catalogue import LIMITS
from policies.engine import Engine
from policies.measured import NOT_SEARCHED, SEARCHED
from policies.replay import Replay, TooMany

MOST_DECISIONS = 2_000
MOST_VALUES = 10
"""Decided again at once, and other values of limits for each: more is asked for in shorter times, one after another."""
SEARCHABLE = tuple(name for name in SEARCHED if name in LIMITS)
"""Not those of patterns, which are nobody's business but the commissioner's."""
FINEST_PENCE = 10_00
"""The smallest step of an amount that is tried by whoever may not see people."""
_HASH = r"^[0-9a-f]{64}$"
Bundle = Annotated[
    str, QueryParameter(pattern=_HASH, description="The hash of rules that the book keeps, or this service has.")
]
First = Annotated[date, QueryParameter(name="from", description="Decisions about accounting days from this one on.")]
Last = Annotated[
    date | None, QueryParameter(name="to", description="And up to this one; the last there is if left out.")
]
OneLimit = Annotated[str | None, QueryParameter(description=f"A limit to search: one of {', '.join(SEARCHABLE)}.")]
Values = Annotated[
    str | None,
    QueryParameter(
        max_length=200, description="At which values: `50.00,60.00` for pounds, `14,28` for days; else above and below."
    ),
]


@get("/v1/books/{book:str}/rules/replay", permission=Permission.SEE_BUNDLES, operation_id="replayRules", tags=["rules"])
async def replay(
    request: WireRequest, book: FromPath[str], bundle: Bundle, first_day: First, last_day: Last = None, limit: OneLimit = None,
    values: Values = None, each: FromQuery[bool] = False,
) -> Response[ReplayOut]:  # fmt: skip
    """Decides again what was decided, under other rules and on the facts that are kept: who would have been treated otherwise, by
    which rule, in people and pounds, and what another value of a limit would have spared, in referrals, noes and reviews. `each`
    names every decision that differs, for who may see people, and that they asked is written down. For others all is rounded, fewer
    than five people and nobody are told alike, and they ask of whole months, and of limits in two figures and steps of £10 at least
    (else `parameter_malformed`). One at a time; more decisions than 2,000 are asked in parts."""
    row = await request.book(book)
    searched, sees_people = _searched(limit, values), Permission.SEE_PEOPLE in request.caller.allowed
    if each and not sees_people:
        raise Problem("permission_missing")
    if last_day is not None and last_day < first_day:
        raise Malformed("dates_malformed", "to")
    fine = None if sees_people else too_fine(first_day, last_day, searched)
    if fine is not None:
        raise Problem("parameter_malformed", field=fine)
    books = request.desk.books
    async with books.replaying, books.reading(row) as connection:
        found = await books.shelf.find(connection, row.book_id, bundle)
        if found is None:
            raise Problem("bundle_missing")
        if each:
            await note_access(request, row, "replay_decisions", "decisions")
        # An engine of its own: what it cannot decide is no fault of the rules in force, and alarms nobody.
        again = Replay(connection, row.book_id, row.code, Engine(found.bundle, event=None), held=(books.engine.bundle,))
        try:
            told = await again.run(
                first_day, until=last_day or date.max, on=today(), values=searched, keeps_each=each, most=MOST_DECISIONS
            )
        except TooMany as many:
            raise Problem(many.code, facts={"most": str(many.most)}) from None
        except LimitNotSet:
            raise Problem("limit_not_set") from None
    return tagged_answer(request, replay_out(row.code, told, sees_people=sees_people, each=each))


def _searched(limit: str | None, values: str | None) -> dict[str, Sequence[int]]:
    """The limit that is searched, and at which values. Problem(parameter_malformed)."""
    if limit is None:
        if values is not None:
            raise Problem("parameter_malformed", field="values")
        return {}
    if limit not in SEARCHABLE:
        why = NOT_SEARCHED.get(limit)
        raise Problem("parameter_malformed", field="limit", facts={"why": why} if why else {})
    try:
        found = values_in(limit, values or "")
    except ValueError:
        raise Problem("parameter_malformed", field="values") from None
    if len(found) > MOST_VALUES:
        raise Problem("parameter_malformed", field="values")
    return {limit: found}


def too_fine(since: date, until: date | None, values: Mapping[str, Sequence[int]]) -> str | None:
    """The parameter by which somebody who may not see people asks too closely: parts of months, and limits in more than two figures
    or smaller steps than £10, which would tell what one person spent; None where none is."""
    if since.day != 1:
        return "from"
    if until is not None and until.day != monthrange(until.year, until.month)[1]:
        return "to"
    is_fine = any(value % _step(limit, value) for limit, given in values.items() for value in given)
    return "values" if is_fine else None


def _step(limit: str, value: int) -> int:
    figures: int = 10 ** max(0, len(str(value)) - 2)
    return max(figures, FINEST_PENCE) if limit.endswith("_pence") else figures


def values_in(limit: str, texts: str) -> list[int]:
    """Values of a limit in its own unit, from what somebody wrote with commas between. ValueError."""
    return [_value(limit, text) for text in texts.split(",") if text]


def _value(limit: str, text: str) -> int:
    try:
        value = parse_amount(text) if limit.endswith("_pence") else int(text)
    except NotAnAmount as no:
        raise ValueError(text) from no
    if not 0 <= value < 10**15:
        raise ValueError(text)
    return value


HANDLERS = [replay]
