"""Reviews: one that has to be held because the money runs out (reg 14(4)), by night or on demand, one that somebody calls for, as
when the person's health has changed (reg 14(3)), and that one was held. None moves money."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledger.budgets.forecast import Forecast, forecast
from ledger.budgets.outlook import Outlook, read_outlook
from ledger.budgets.reading import said_of_person, setup_of, version_of
from ledger.budgets.reviews import is_open, review_due, review_held, review_of, shortfall_gone, shortfalls_known
from ledger.budgets.standing import read_standing
from ledger.core.model import Detail, Guard, Malformed
from ledger.core.requests import Record
from policies.bundle import Limits
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere, check_delegated

Connection = Any
RUNNING_OUT = frozenset(("shortfall", "schedule_short"))


def warnings_of(found: Forecast, limits: Limits) -> tuple[str, ...]:
    """What a forecast warns of, by the local values."""
    return found.warnings(low_days=limits.forecast_low_days, surplus_weeks=limits.forecast_surplus_weeks)


def running_out(outlook: Outlook, on: date, limits: Limits) -> dict[str, Forecast]:
    """The lines whose money runs out before they end, by name."""
    found = (forecast(line, on) for line in outlook.lines)
    return {each.line.line: each for each in found if RUNNING_OUT & set(warnings_of(each, limits))}


def lacking_of(found: Forecast) -> int:
    """What is left over at the end, or when the schedule is paid, whichever is less: below nothing it is lacking."""
    return min(found.over, found.schedule_over)


async def open_review(connection: Connection, book_id: int, *, person: str, on: date, limits: Limits) -> Resolution:
    """Opens the review that reg 14(4) demands of each line whose money is forecast to run out, once until one is held.
    NotThere(person_unknown), NotSettled(forecast_no_shortfall, review_open)."""
    guard = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    outlook = await read_outlook(connection, book_id, person, on)
    if not outlook.setup.registered:
        raise NotThere("person_unknown")
    short, known = running_out(outlook, on, limits), shortfalls_known(outlook.reviews)
    if not short:
        raise NotSettled("forecast_no_shortfall")
    found = [_due(each, person, on, limits) for line, each in short.items() if not known.get(line)]
    return _resolved(found, guard)


async def look_for_shortfalls(
    connection: Connection, book_id: int, *, person: str, on: date, limits: Limits
) -> Resolution:  # fmt: skip
    """What a night finds: a review is due of each line that runs short (reg 14(4)), once for each shortfall and not again because
    it was held; and a shortfall that is gone is said to be. NotSettled(review_open) where nothing has changed."""
    guard = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    found = shortfalls_changed(await read_outlook(connection, book_id, person, on), person, on, limits)
    return _resolved(found, guard)


def shortfalls_changed(outlook: Outlook, person: str, on: date, limits: Limits) -> tuple[Record, ...]:
    """The reviews that have become due, and the shortfalls that are gone, since the last time somebody looked. A shortfall is gone
    when the line has ended, or when money is left and lasts; but no review past its day is ended by that: it is held."""
    short, known = running_out(outlook, on, limits), shortfalls_known(outlook.reviews)
    due = (_due(each, person, on, limits) for line, each in short.items() if line not in known)
    # Of a line that has nothing left nothing can be spent, so its cost a day is no sign that the money is enough.
    left = {each.line: each.left for each in outlook.lines}
    gone = (
        shortfall_gone(person=person, line=line, on=on) for line, day in known.items()
        if line not in left or (line not in short and left[line] > 0 and (day is None or on <= day))
    )  # fmt: skip
    return (*due, *gone)


def _due(short: Forecast, person: str, on: date, limits: Limits) -> Record:
    due = on + timedelta(days=limits.review_shortfall_days)
    lacking = max(0, -lacking_of(short))
    return review_due(person=person, due=due, reason="shortfall", shortfall=lacking, line=short.line.line)


def _resolved(found: Sequence[Record], guard: Guard) -> Resolution:
    if not found:
        raise NotSettled("review_open")
    return Resolution(tuple(found), (guard,))


async def call_for_review(
    connection: Connection, book_id: int, *, person: str, reason: str, on: date, today: date, holder: str | None,
    scopes: frozenset[str], limits: Limits,
) -> Resolution:  # fmt: skip
    """What the person, who acts for them or an officer tells on a day: their health has changed significantly (reg 14(3)), or they
    ask for a review. It is a task with a day, once for each reason until a review is held, and touches no payment.
    NotThere(person_unknown), NotDelegated; Malformed(dates_malformed) for a day to come; NotSettled(review_open,
    review_after_death, review_without_plan): there is a plan to look at, of somebody who lives."""
    guard = Guard(f"person/{person}", await version_of(connection, book_id, f"person/{person}"))
    setup = setup_of((await read_standing(connection, book_id, person)).said)
    check_delegated(setup, holder, today, scopes)
    if on > today:
        raise Malformed("dates_malformed", "on")
    if setup.died_on is not None:
        raise NotSettled("review_after_death")
    if all(act == "ended" for _, act in setup.lines.values()):
        raise NotSettled("review_without_plan")
    if is_open(await said_of_person(connection, book_id, person, ["review"]), reason):
        raise NotSettled("review_open")
    # The days run from the telling, and a day that was entered late has passed no sooner than today.
    due = max(on + timedelta(days=limits.review_called_days), today)
    return Resolution((review_due(person=person, due=due, reason=reason, told_on=on),), (guard,))


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
