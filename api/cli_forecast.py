"""The command `forecast`: how long the money lasts, for one person or for all, and the reviews that this demands."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_schedules import ForecastOut, forecast_out
from api.cli_output import DONE, SOME_REFUSED, AsJson, BookCode, Data, Token, answer, run
from api.cli_seen import check_seen
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, act_of, clock_us
from ledger.book.books import BookRow
from ledger.budgets.forecast import forecast
from ledger.budgets.outlook import people_with_lines, read_outlook
from ledger.budgets.restricted import kept_from
from ledger.core.calendar import london_day
from policies.bundle import Bundle, Limits
from policies.engine import Engine
from policies.forecasting import open_review
from policies.publishing import bundle_on
from policies.settling import NotSettled
from policies.shelf import Shelf

Connection = Any
forecast_app = typer.Typer()
ROUTE = "forecast/review"


class Told(msgspec.Struct):
    """What the command found, and what it opened."""

    people: int = 0
    lines: list[ForecastOut] = []
    opened: list[str] = []
    refused: list[str] = []


@forecast_app.command("forecast")
def show_forecast(
    book: BookCode,
    person: Annotated[
        str | None, typer.Option("--person", help="One person's reference; all people if left out.")
    ] = None,
    on: Annotated[str | None, typer.Option("--on", help="The day to look from; today otherwise.")] = None,
    open_reviews: Annotated[
        bool,
        typer.Option("--open-reviews", help="Open the review of each whose money runs out. Needs the role officer."),
    ] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How long the money of budgets lasts, with the working. Without --person only lines with a warning are listed. Reviews that
    are open already stay; run again on the same day nothing is opened twice."""
    try:
        day = date.fromisoformat(on) if on else london_day(clock_us())
    except ValueError:
        raise typer.BadParameter("a day is written 2026-03-31") from None
    told = run(_look(book, person, day, open_reviews, token, data))
    facts = {"book": book, "on": day, "people": told.people, "opened": told.opened, "refused": told.refused,
             "lines": msgspec.to_builtins(told.lines)}  # fmt: skip
    facts["on"] = day.isoformat()
    answer(as_json, facts, lambda console: _show(console, told, open_reviews), SOME_REFUSED if told.refused else DONE)


async def _look(
    book: str, person: str | None, day: date, open_reviews: bool, token: str | None, data: Path | None
) -> Told:  # fmt: skip
    session, told = Session(await open_place(find_place(data)), token), Told()
    async with session.reading(book) as (row, connection):
        caller = session.allowed(Permission.SEE_BUDGETS, row)
        if person:
            await check_seen(session, row, connection, caller, person, "read_budget", Permission.SEE_BUDGETS)
        bundle = await bundle_on(connection, row.book_id, london_day(clock_us()), Shelf(Engine(Bundle.load())))
        limits = bundle.limits_on(book, day)
        people = [person] if person else [each async for each in people_with_lines(connection, row.book_id)]
        short, others = [], await kept_from(connection, row.book_id, people, caller.sub, day)
        for each in people:
            lines = (await read_outlook(connection, row.book_id, each, day)).lines
            found = [forecast_out(forecast(line, day), limits) for line in lines]
            told.people += bool(found)
            told.lines += [line for line in found if each not in others and (person or line.warnings)]
            if any(set(line.warnings) - {"surplus"} for line in found):
                short.append(each)
        if open_reviews and short:
            await _open(session, row, connection, short, day, limits, told)
            # Opened for them as for everybody, and not told of.
            told.opened = [each for each in told.opened if each not in others]
            told.refused = [each for each in told.refused if each not in others]
    return told


async def _open(
    session: Session, row: BookRow, connection: Connection, people: list[str], day: date, limits: Limits, told: Told
) -> None:  # fmt: skip
    """A review for each, under a key of the person and the day."""
    caller = session.allowed(Permission.KEEP_REVIEWS, row)
    async with session.writing(row) as (writer, _):
        for person in people:
            try:
                found = await open_review(connection, row.book_id, person=person, on=day, limits=limits)
            except NotSettled:
                continue
            fields = {"person": person, "on": day.isoformat()}
            act = act_of(session, caller, row, f"{ROUTE}/{person}/{day}", ROUTE, fields, found.requests[0])
            item = msgspec.structs.replace(act.item, requests=tuple(found.requests), guards=found.guards)
            outcome = await writer.submit(item, 30)
            (told.opened if outcome.refusal is None else told.refused).append(person)


def _show(console: Console, told: Told, open_reviews: bool) -> None:
    table = Table(title=f"{told.people} people")
    for name in ("line", "per week", "left", "needed", "over", "lasts until", "warnings"):
        table.add_column(name, justify="right" if name in ("per week", "left", "needed", "over") else "left")
    for line in told.lines:
        table.add_row(
            line.line, line.per_week, line.left, line.needed, line.over, str(line.lasts_until), ", ".join(line.warnings)
        )
    console.print(table)
    if open_reviews:
        console.print(f"{len(told.opened)} reviews opened, {len(told.refused)} refused.")
