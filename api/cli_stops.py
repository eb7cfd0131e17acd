"""Commands about direct payments that stop: which do and when, and what one person's end still asks for."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_ending import EndingOut, StoppingOut, StopsOut
from api.cli_output import AsJson, BookCode, Data, Token, answer, run
from api.cli_seen import check_seen
from api.ending import ending_of
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session
from ledger.book.books import BookRow
from ledger.book.snapshot import snapshot, span
from ledger.budgets.endings import liabilities_of, stops_of
from ledger.budgets.people import is_person_ref
from ledger.budgets.reading import setup_of
from ledger.budgets.restricted import kept_from
from ledger.budgets.standing import read_standing
from ledger.money import format_amount

Connection = Any
stops_room = typer.Typer()
stops_app = typer.Typer(help="Direct payments that stop: notices, last days, liabilities.", no_args_is_help=True)
stops_room.add_typer(stops_app, name="stops")
On = Annotated[
    datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day that is looked at (default today)."),
]  # fmt: skip
All = Annotated[bool, typer.Option("--all", help="Stops that are made or withdrawn too.")]
Person = Annotated[str, typer.Argument(help="The person's reference.")]


@stops_app.command("list")
def list_stops(
    book: BookCode, everything: All = False, on: On = None, token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Every line of direct payments whose stop was notified, with its last day and what is owed for it, the first to end first."""
    day = on.date() if on is not None else today()
    found: StopsOut = run(
        _read(book, token, data, lambda row, connection, actor: _stops(row, connection, actor, day, everything))
    )

    def human(console: Console) -> None:
        table = Table(title="Direct payments that stop")
        for column in ("person", "line", "ground", "notified", "last day", "days left", "state", "looked at again"):
            table.add_column(column)
        for column in ("stated", "provided"):
            table.add_column(column, justify="right")
        for each in found.stops:
            table.add_row(
                each.person, each.line, each.ground, str(each.notified_on), str(each.ends_on), str(each.days_left), each.state,
                each.reconsideration or "-", each.stated, each.provided,
            )  # fmt: skip
        console.print(table)
        console.print(f"{len(found.stops):,} of {book}", highlight=False)

    answer(as_json, {"ok": True, **msgspec.to_builtins(found)}, human)


@stops_app.command("show")
def show_stop(
    person: Person, book: BookCode, on: On = None, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """What the end of one person's budget comes to: notices, liabilities with their working, and what is still to be done."""
    day = on.date() if on is not None else today()
    found: EndingOut = run(_read(
        book, token, data, lambda row, connection, _: _ending(row, connection, person, day), person
    ))  # fmt: skip

    def human(console: Console) -> None:
        for stop in found.stops:
            console.print(f"{stop.line}: {stop.state}, {stop.ground}, notified {stop.notified_on}, last day {stop.ends_on}; "
                          f"care goes on: {stop.alternative}", highlight=False)  # fmt: skip
        for owed in found.liabilities:
            console.print(f"{owed.number}  {owed.line}  {owed.class_}  {owed.amount}  {owed.state}, {owed.rest} provided for. "
                          f"{owed.working or ''}", highlight=False)  # fmt: skip
        for to_do in found.to_do:
            console.print(
                f"{'done' if to_do.done else 'to do'}: {to_do.what}, {to_do.count}, {to_do.amount}", highlight=False
            )
        if not (found.stops or found.liabilities or found.to_do):
            console.print("nothing stops")

    answer(as_json, {"ok": True, **msgspec.to_builtins(found)}, human)


async def _read(
    code: str, token: str | None, data: Any, make: Callable[[BookRow, Connection, str], Awaitable[Any]], person: str = ""
) -> Any:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(code) as (row, connection), snapshot(connection):
        caller = session.allowed(Permission.SEE_BUDGETS, row)
        await check_seen(session, row, connection, caller, person, "read_ending", Permission.SEE_BUDGETS)
        return await make(row, connection, caller.sub)


async def _stops(row: BookRow, connection: Connection, actor: str, day: date, everything: bool) -> StopsOut:
    through, _ = await span(connection, row.book_id)
    stops = [each for each in await stops_of(connection, row.book_id) if everything or each.act == "stop_notified"]
    made, others = [], await kept_from(connection, row.book_id, (each.stop.person for each in stops), actor, today())
    for each in stops:
        stop = each.stop
        if stop.person in others:
            continue
        owed = [
            one for one in await liabilities_of(connection, row.book_id, stop.person) if one.liability.line == stop.line
        ]
        made.append(StoppingOut(
            each.number, stop.person, stop.line, stop.ground, stop.notified_on, stop.ends_on, (stop.ends_on - day).days, each.act,
            each.reconsideration, format_amount(sum(one.liability.amount for one in owed if one.is_waiting)),
            format_amount(sum(one.rest for one in owed)),
        ))  # fmt: skip
    return StopsOut(row.code, row.currency, through, made)


async def _ending(row: BookRow, connection: Connection, person: str, day: date) -> EndingOut:
    known = is_person_ref(person)
    if not known or not setup_of((await read_standing(connection, row.book_id, person)).said).registered:
        raise Problem("person_unknown")
    return await ending_of(connection, row, person, day)
