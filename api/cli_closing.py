"""Commands of finance around the close: whether the book adds up, what is open, and the end of a year."""

import typer
from rich.console import Console

from api.cli_output import DONE, WRONG, AsJson, BookCode, Data, Meter, answer, run
from api.place import find_place, open_place
from api.session import Session
from ledger.reports.identities import Identity, check_identities, identity_facts

closing_app = typer.Typer()


@closing_app.command("reconcile")
def reconcile(book: BookCode, data: Data = None, as_json: AsJson = False) -> None:
    """Check every identity of a book by name, and say what breaks the first of each. Exit code 1 if one does not hold."""
    show_identities(book, data, as_json)


def show_identities(book: str, data: Data, as_json: bool) -> None:
    """Check the identities and tell of each; end with 1 if one does not hold."""

    async def work() -> tuple[Identity, ...]:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            with Meter("identities", quiet=as_json) as meter:
                return await check_identities(connection, row.book_id, meter.show)

    found = run(work())
    ok = all(each.ok for each in found)

    def human(console: Console) -> None:
        for each in found:
            mark = "[green]holds[/green]" if each.ok else "[red]broken[/red]"
            console.print(f"{each.name:>4} {mark} {each.checked:,} checked: {each.first or each.says}", highlight=False)

    facts = {"ok": ok, "book": book, "identities": identity_facts(found)}
    answer(as_json, facts, human, DONE if ok else WRONG)
