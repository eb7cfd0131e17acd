"""The command that holds two books against each other: people who moved between them (R11)."""

from typing import Annotated

import typer
from rich.console import Console

from api.cli_output import DONE, WRONG, AsJson, Data, answer, run
from api.place import find_place, open_place
from api.session import Session
from ledger.money import format_amount
from ledger.reports.moves import TransferRead, transfers_between

moves_app = typer.Typer()


@moves_app.command("moves")
def moves(
    book: Annotated[list[str], typer.Option("--book", help="Two books of this installation: give the option twice.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """People who moved between two books: what each says the other owes. Exit code 1 if the two disagree."""
    if len(book) != 2 or len(set(book)) != 2:
        raise typer.BadParameter("name two books")
    found = run(_between(book, data))
    broken = any(each.breach for _, each in found)
    rows = [
        {
            "from": book[place], "to": book[1 - place], "entry": each.entry, "state": each.state, "why": each.breach,
            "given": None if each.out_pence is None else format_amount(each.out_pence),
            "taken": None if each.in_pence is None else format_amount(each.in_pence),
        }
        for place, each in found
    ]  # fmt: skip
    answer(
        as_json, {"ok": not broken, "transfers": rows}, lambda console: _show(console, rows), WRONG if broken else DONE
    )


async def _between(books: list[str], data: object) -> list[tuple[int, TransferRead]]:
    session = Session(await open_place(find_place(data)))  # type: ignore[arg-type]
    async with session.reading(books[0]) as (one, first), session.reading(books[1]) as (other, second):
        sides = ((first, one.book_id), (second, other.book_id))
        return [
            (place, each) for place in (0, 1) for each in await transfers_between(sides[place], sides[1 - place])
        ]  # fmt: skip


def _show(console: Console, rows: list[dict[str, int | str | None]]) -> None:
    for row in rows:
        why = f": {row['why']}" if row["why"] else ""
        console.print(
            f"{row['from']} → {row['to']}, entry {row['entry']}: {row['state']}, {row['given']} / {row['taken']}{why}"
        )
    if not rows:
        console.print("nobody moved between these books")
