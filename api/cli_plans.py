"""Commands about plans: their versions and offers, what people give towards their lines, and the limits in force."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli_output import AsJson, BookCode, Data, Key, Token, answer, run, tell_act
from api.cli_seen import check_seen
from api.idempotency import naming_reuse
from api.limits import limits_in_force, of_another
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.plan_reads import read_contributions, read_offers, read_plans, read_versions
from api.session import Session, act_of
from api.wire import amount_of
from ledger.book.books import BookRow
from ledger.book.snapshot import snapshot
from ledger.budgets.delegated import limit_recorded
from ledger.core.batch import Outcome
from policies.bundle import Bundle
from policies.engine import Engine
from policies.publishing import bundle_on
from policies.shelf import Shelf

Connection = Any
plans_room = typer.Typer()
plan_app = typer.Typer(help="Plans with their versions and lines, and offers of a budget.", no_args_is_help=True)
contribution_app = typer.Typer(help="What people give towards their lines.", no_args_is_help=True)
limits_app = typer.Typer(help="Limits in force on a day.", no_args_is_help=True)
plans_room.add_typer(plan_app, name="plan")
plans_room.add_typer(contribution_app, name="contribution")
plans_room.add_typer(limits_app, name="limits")
Person = Annotated[str, typer.Argument(help="The person's reference.")]


@plan_app.command("show")
def show(
    person: Person,
    book: BookCode,
    plan: Annotated[str | None, typer.Option("--plan", help="All versions of this one, oldest first.")] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """A person's plans: of each what is signed, and the draft that waits for its signature."""

    async def read(row: BookRow, connection: Connection) -> Any:
        if plan is None:
            return await read_plans(connection, row, person)
        return (await read_versions(connection, row, person, plan))[0]

    found = run(_read(book, token, data, Permission.SEE_BUDGETS, person, read))
    rows = [
        (each.plan, str(each.version), each.state, str(each.start), _day(each.end), line.line, line.state, line.management,
         line.amount, line.title or "")
        for each in (found.plans if plan is None else found.versions) for line in each.lines
    ]  # fmt: skip
    columns = ("plan", "version", "is", "from", "to", "line", "is", "held as", ">amount", "for")
    answer(as_json, {"ok": True, **msgspec.to_builtins(found)}, lambda console: _table(console, "Plans", columns, rows))


@plan_app.command("offers")
def offers(person: Person, book: BookCode, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Offers of a budget to a person: by which right, what was shown, and the answer."""
    found = run(
        _read(
            book,
            token,
            data,
            Permission.SEE_PEOPLE,
            person,
            lambda row, connection: read_offers(connection, row, person),
        )
    )
    rows = [
        (each.offer, str(each.on), each.right, ", ".join(each.options), each.answer or "-", _day(each.answered_on))
        for each in found.offers
    ]
    columns = ("offer", "day", "right", "shown", "answer", "answered")
    answer(
        as_json, {"ok": True, **msgspec.to_builtins(found)}, lambda console: _table(console, "Offers", columns, rows)
    )


@contribution_app.command("show")
def contributions(
    person: Person, book: BookCode, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:
    """What a person gives towards each line: as agreed, received, ordered, used, and left."""
    found = run(
        _read(
            book,
            token,
            data,
            Permission.SEE_BUDGETS,
            person,
            lambda row, connection: read_contributions(connection, row, person),
        )
    )
    rows = [
        (each.line, each.state, each.fund, each.agreed, each.received, each.held, each.spent, each.available)
        for each in found.contributions
    ]
    columns = ("line", "is", "fund", ">agreed", ">received", ">ordered", ">used", ">left")
    answer(
        as_json,
        {"ok": True, **msgspec.to_builtins(found)},
        lambda console: _table(console, "Contributions", columns, rows),
    )


@limits_app.command("show")
def show_limits(
    book: BookCode,
    on: Annotated[datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="The day (default today).")] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The local numbers of the rules on a day, and what each grade may give up by itself."""
    day = on.date() if on is not None else today()

    async def both(row: BookRow, connection: Connection) -> tuple[Bundle, list[Any]]:
        bundle = await bundle_on(connection, row.book_id, today(), Shelf(Engine(Bundle.load())))
        return bundle, await limits_in_force(connection, row, day)

    bundle, found = run(_read(book, token, data, Permission.SEE_BOOKS, "", both))
    local = msgspec.structs.asdict(bundle.limits_on(book, day))

    def human(console: Console) -> None:
        _table(console, f"Limits of the rules on {day}", ("limit", ">value"), [(n, f"{v:,}") for n, v in local.items()])
        rows = [(each.grade or "", each.act or "", each.amount or "", str(each.start)) for each in found]
        _table(console, "By grade", ("grade", "act", ">up to", "from"), rows)

    grades = msgspec.to_builtins(found)
    answer(as_json, {"ok": True, "book": book, "on": day.isoformat(), "rules": local, "grades": grades}, human)


@limits_app.command("set")
def set_limit(
    grade: Annotated[str, typer.Argument(help="The grade.")],
    act: Annotated[str, typer.Argument(help="waive, write_off, allocate or virement.")],
    amount: Annotated[str, typer.Argument(help="Up to how much by one person; 0.00 for nothing.")],
    start: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day that it holds.")],
    book: BookCode,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sets what a grade may do by itself from a day on, by somebody of another grade."""
    first = start.date()
    request = limit_recorded(grade=grade, act=act, amount=amount_of(amount, "amount"), start=first)

    async def work() -> tuple[Outcome, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.SET_LIMITS, row)
            guards = await of_another(connection, row.book_id, caller.asked, grade, date.max)
        fields = {"grade": grade, "act": act, "amount": amount, "from": first.isoformat()}
        made = act_of(session, caller, row, key, "limits", fields, request)
        async with session.writing(row) as (writer, _):
            with naming_reuse(session.keys.requests, made.fields):
                return await writer.submit(msgspec.structs.replace(made.item, guards=guards), 30), made.key

    said = f"{grade} may {act} up to {amount} from {first}"
    tell_act(*run(work()), said, as_json, grade=grade, act=act, amount=amount, start=first.isoformat())


async def _read(
    code: str, token: str | None, data: Any, right: Permission, person: str,
    make: Callable[[BookRow, Connection], Awaitable[Any]],
) -> Any:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(code) as (row, connection):
        await check_seen(session, row, connection, session.allowed(right, row), person, "read_plans", right)
        async with snapshot(connection):
            return await make(row, connection)


def _day(day: date | None) -> str:
    return "-" if day is None else day.isoformat()


def _table(console: Console, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(title=title)
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)
