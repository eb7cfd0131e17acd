"""Reviews: one that has to be held because the money runs out (reg 14(4)), and that one was held. Neither moves money."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledger.budgets.forecast import Forecast, forecast
from ledger.budgets.outlook import read_outlook
from ledger.budgets.reading import setup_of, version_of
from ledger.budgets.reviews import review_due, review_held, review_of
from ledger.budgets.standing import read_standing
from ledger.core.model import Detail, Guard, Malformed
from policies.bundle import Limits
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
RUNNING_OUT = frozenset(("shortfall", "schedule_short"))


def warnings_of(found: Forecast, limits: Limits) -> tuple[str, ...]:
    """What a forecast warns of, by the local values."""
    return found.warnings(low_days=limits.forecast_low_days, surplus_weeks=limits.forecast_surplus_weeks)


def runs_out(found: Sequence[Forecast], limits: Limits) -> Forecast | None:
    """The line that lacks most of those whose money runs out; None where none does."""
    short = [each for each in found if RUNNING_OUT & set(warnings_of(each, limits))]
    return min(short, key=lacking_of, default=None)


def lacking_of(found: Forecast) -> int:
    """What is left over at the end, or when the schedule is paid, whichever is less: below nothing it is lacking."""
    return min(found.over, found.schedule_over)


async def open_review(connection: Connection, book_id: int, *, person: str, on: date, limits: Limits) -> Resolution:
    """Opens the review that reg 14(4) demands when the money of a line is forecast to run out, once until one is held.
    NotThere(person_unknown), NotSettled(forecast_no_shortfall, review_open)."""
    guard = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    outlook = await read_outlook(connection, book_id, person, on)
    if not outlook.setup.registered:
        raise NotThere("person_unknown")
    short = runs_out([forecast(line, on) for line in outlook.lines], limits)
    if short is None:
        raise NotSettled("forecast_no_shortfall")
    held = max((said.number for said in outlook.reviews if said.act == "held"), default=0)
    if any(
        said.act == "due" and said.number > held and said.attributes["reason"] == "shortfall"
        for said in outlook.reviews
    ):
        raise NotSettled("review_open")
    due = on + timedelta(days=limits.review_shortfall_days)
    record = review_due(
        person=person, due=due, reason="shortfall", shortfall=max(0, -lacking_of(short)), line=short.line.line
    )
    return Resolution((record,), (guard,))


async def hold_review(
    connection: Connection, book_id: int, *, person: str, on: date, outcome: str, today: date, detail: Detail | None
) -> Resolution:  # fmt: skip
    """Records a review as it was held, not before the last one and not in the future. NotThere(person_unknown),
    Malformed(dates_malformed)."""
    version = await version_of(connection, book_id, f"person/{person}")
    if not setup_of((await read_standing(connection, book_id, person)).said).registered:
        raise NotThere("person_unknown")
    last = await review_of(connection, book_id, person)
    if on > today or (last is not None and last.held_on is not None and on < last.held_on):
        raise Malformed("dates_malformed", "on")
    record = review_held(person=person, on=on, outcome=outcome, detail=detail)
    return Resolution((record,), (Guard(f"person/{person}", version),))
