"""Commands about money owed: debts by age, the losses register, open notices."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_recovery import debts_of, losses_of, notices_of
from api.cli_output import AsJson, BookCode, Data, Token, answer, run
from api.keeping_back import open_to
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session
from ledger.book.books import BookRow
from ledger.reports.owing import read_debts, read_losses, read_open_notices

Connection = Any
recovery_room = typer.Typer()
recovery_app = typer.Typer(help="Lists of what is owed back, was given up, or was announced.", no_args_is_help=True)
recovery_room.add_typer(recovery_app, name="recovery")
AT_MOST = 100_000
"""As many rows as a command prints; further ones are read page by page over HTTP."""
On = Annotated[
    datetime | None,
    typer.Option("--on", formats=["%Y-%m-%d"], help="The day on which ages are told (default today)."),
]


@recovery_app.command("receivables")
def receivables(book: BookCode, on: On = None, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Demands of which something is outstanding, with how long the time to pay is over."""
    day = on.date() if on is not None else today()
    found = run(_read(book, token, data, lambda row, connection, actor: _debts(row, connection, actor, day)))
    rows = [
        (str(d.number), d.person, d.line, d.debtor, _day(d.pay_by), d.amount, d.outstanding, d.age) for d in found.debts
    ]
    columns = ("entry", "person", "line", "who must pay", "pay by", ">demanded", ">outstanding", "days over")
    _tell(as_json, found, "What is owed back", columns, rows, f"outstanding: {found.outstanding} {found.currency}")


@recovery_app.command("losses")
def losses(book: BookCode, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """The losses register: class, amount, authority and limit, and who approved what is above it."""
    found = run(_read(book, token, data, _losses))
    rows = [
        (str(e.number), _day(e.on), e.person, e.line, e.loss, e.amount, e.authority, e.limit, str(e.approved or "-"))
        for e in found.losses
    ]
    columns = ("entry", "day", "person", "line", "class", ">amount", "authority", ">limit", "approved")
    _tell(as_json, found, "Losses register", columns, rows, f"lost: {found.lost} {found.currency}")


@recovery_app.command("notices")
def notices(book: BookCode, token: Token = None, data: Data = None, as_json: AsJson = False) -> None:
    """Notices that were not withdrawn and by which nothing has been demanded yet."""
    found = run(_read(book, token, data, _notices))
    rows = [
        (str(n.number), n.person, n.about, n.act, _day(n.on), n.amount or "-", _day(n.pay_by), _day(n.takes_effect_on))
        for n in found.notices
    ]
    columns = ("entry", "person", "about", "state", "since", ">amount", "pay by", "takes effect")
    _tell(as_json, found, "Open notices", columns, rows, f"{len(rows):,} open")


async def _read(
    code: str, token: str | None, data: Any, make: Callable[[BookRow, Connection, str], Awaitable[Any]]
) -> Any:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(code) as (row, connection):
        caller = session.allowed(Permission.SEE_RECOVERY, row)
        return await make(row, connection, caller.sub)


async def _debts(row: BookRow, connection: Connection, actor: str, day: date) -> Any:
    found = await read_debts(connection, row.book_id, day, after=0, limit=AT_MOST)
    return debts_of(await open_to(connection, row.book_id, actor, found), row.code, row.currency, day)


async def _losses(row: BookRow, connection: Connection, actor: str) -> Any:
    found = await read_losses(connection, row.book_id, after=0, limit=AT_MOST)
    return losses_of(await open_to(connection, row.book_id, actor, found), row.code, row.currency)


async def _notices(row: BookRow, connection: Connection, actor: str) -> Any:
    found = await read_open_notices(connection, row.book_id, after=0, limit=AT_MOST)
    return notices_of(await open_to(connection, row.book_id, actor, found), row.code)


def _day(day: date | None) -> str:
    return "-" if day is None else day.isoformat()


def _tell(
    as_json: bool, found: Any, title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], total: str
) -> None:  # fmt: skip
    def human(console: Console) -> None:
        table = Table(title=title)
        for column in columns:
            table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print(total, highlight=False)

    answer(as_json, {"ok": True, **msgspec.to_builtins(found)}, human)
