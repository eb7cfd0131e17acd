"""The command that shows autonomy beside accountability."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_autonomy import TOO_FEW, AutonomyOut, autonomy_out
from api.answers_taking_on import CoveredOut, covered
from api.autonomy import measured_by
from api.cli_output import AsJson, BookCode, Data, Token, answer, run, say_coverage
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session
from ledger.reports.autonomy import GROUPS_BY, By, autonomy_of
from policies.bundle import Bundle
from policies.engine import Engine
from policies.publishing import bundle_on
from policies.shelf import Shelf

autonomy_room = typer.Typer()
YEAR_DAYS = 364


@autonomy_room.command("autonomy")
def autonomy(
    book: BookCode,
    by: Annotated[str, typer.Option("--by", help=f"Groups: {', '.join(GROUPS_BY)}.")] = "book",
    first: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day (default a year before the last)."),
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day (default today).")
    ] = None,
    known_at: Annotated[int | None, typer.Option("--known-at", min=0, help="Count entries up to this number.")] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How much people decide by themselves and how long they wait, beside money not shown, off the plan and recovered."""
    groups = next((each for each in GROUPS_BY if each == by), None)
    if groups is None:
        raise Problem("parameter_malformed", field="by")
    # Groups are told of whole months: of those that are over, if nobody says which.
    now = today() if groups == "book" else today().replace(day=1) - timedelta(days=1)
    ends = now if last is None else last.date()
    if ends == date.max:
        raise Problem("parameter_malformed", field="to")
    begins = ends - timedelta(days=YEAR_DAYS) if first is None else first.date()
    if groups != "book" and first is None:
        # Of days that are no whole months it is said that they are not.
        begins = (ends + timedelta(days=1)).replace(day=1, year=ends.year - (ends.month < 12))
    found = run(_read(book, token, data, begins, ends, groups, known_at))
    answer(
        as_json,
        {"ok": True, **msgspec.to_builtins(found)},
        lambda console: show_autonomy(console, msgspec.to_builtins(found)),
    )


async def _read(
    code: str, token: str | None, data: Any, first: date, last: date, by: By, known_at: int | None
) -> AutonomyOut:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(code) as (row, connection):
        session.allowed(Permission.SEE_AUTONOMY, row)
        bundle = await bundle_on(connection, row.book_id, today(), Shelf(Engine(Bundle.load())))
        local = measured_by(bundle, row.code, last)
        found = await autonomy_of(connection, row.book_id, first, last, by, local, known_at=known_at)
        coverage = await covered(connection, row, found.through_entry)
    return autonomy_out(row.code, row.currency, found, coverage)


def show_autonomy_of(console: Console, book: str, last: date, data: Any) -> None:
    """The table of a year of a book, by the book."""
    found = run(_read(book, None, data, last - timedelta(days=YEAR_DAYS), last, "book", None))
    show_autonomy(console, msgspec.to_builtins(found))


def show_autonomy(console: Console, found: dict[str, Any]) -> None:
    """The table for people, from its wire form: a measure a row, and below it its groups."""
    table = Table(
        title=f"Autonomy beside accountability, {found['first_day']} to {found['last_day']}, by {found['by']}"
    )
    for name in ("", ">part", ">of", "", ">%", ">95 % interval", ">of 100 people", ">£", ">of £", ">% of £"):
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    for measure in found["measures"]:
        table.add_row(measure["name"], *_cells(measure["everybody"], measure["things"]))
        if found["by"] != "book":
            for each in measure["groups"]:
                table.add_row(f"  {each['group']}", *_cells(each, ""))
    console.print(table)
    if found["waiting"]:
        console.print(_waits(found))
    say_coverage(console, msgspec.convert(found["coverage"], CoveredOut))


def _cells(rate: dict[str, Any], things: str) -> tuple[str, ...]:
    if rate["says"] is not None:
        return ("", "", TOO_FEW, "", "", "", "", "", "")
    has_rate, has_money = rate["percent"] is not None, rate["percent_of_amount"] is not None
    return (
        f"{rate['part']:,}", f"{rate['whole']:,}", things, rate["percent"] if has_rate else "-",
        f"{rate['percent_low']} to {rate['percent_high']}" if has_rate else "-",
        rate["per_100_people"] or "-", rate["part_amount"] if has_money else "-", rate["whole_amount"] if has_money else "-",
        rate["percent_of_amount"] or "-",
    )  # fmt: skip


def _waits(found: dict[str, Any]) -> Table:
    table = Table(title="Days waited")
    for name in ("", ">times", ">median", ">nine in ten within"):
        table.add_column(name.removeprefix(">"), justify="right" if name.startswith(">") else "left")
    for step in found["waiting"]:
        groups = step["groups"] if found["by"] != "book" else []
        for words, each in ((step["name"], step["everybody"]), *((f"  {each['group']}", each) for each in groups)):
            if each["says"] is not None:
                table.add_row(words, TOO_FEW, "", "")
            else:
                days = (
                    "-" if each[name] is None else str(each[name]) for name in ("median_days", "days_of_nine_in_ten")
                )
                table.add_row(words, f"{each['times']:,}", *days)
    return table
