"""Commands about documents of evidence: what there is of a person, what is spent and not shown, files that nothing needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.cli_output import DONE, WRONG, AsJson, BookCode, Data, Token, answer, run
from api.cli_seen import check_seen
from api.erased_files import files_beside
from api.evidence_sweep import Swept, sweep
from api.keeping_back import Open, open_to
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session
from ledger.budgets.documents import documents_in
from ledger.budgets.reading import said_of_person
from ledger.money import format_amount
from ledger.reports.evidence import Unshown, read_unshown

evidence_room = typer.Typer()
evidence_app = typer.Typer(
    help="Documents of evidence, what lacks one, and files that nothing needs.", no_args_is_help=True
)
evidence_room.add_typer(evidence_app, name="evidence")
AT_MOST = 100_000
"""As many rows as a command prints."""
Person = Annotated[str, typer.Option("--person", help="Whose.")]


class DocumentRow(msgspec.Struct, frozen=True):
    """A document as it stands: the entry that gave it, the entry it is of, and its file by its hash, if it has one."""

    number: int
    of: int
    document: str
    state: str
    amount: str | None
    sha256: str | None
    size: int | None


class UnshownRow(msgspec.Struct, frozen=True):
    """Spending without a document that shows it: its newest entry, since when, and the states of the documents there are."""

    number: int
    person: str
    line: str | None
    act: str
    amount: str
    since: str
    states: tuple[str, ...]


@evidence_app.command("list")
def documents(
    book: BookCode, person: Person, token: Token = None, data: Data = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """Every document of a person as it stands, without its file and its words."""

    async def work() -> list[DocumentRow]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.SEE_RECOVERY, row)
            await check_seen(session, row, connection, caller, person, "list_evidence", Permission.SEE_RECOVERY)
            found = documents_in(await said_of_person(connection, row.book_id, person, ["evidence"]))
        return [
            DocumentRow(
                number, each.of, each.kind, each.state, None if each.amount is None else format_amount(each.amount), each.sha256,
                each.size,
            )
            for number, each in found
        ]  # fmt: skip

    found = run(work())
    rows = [(str(d.number), str(d.of), d.document, d.state, d.amount or "-", (d.sha256 or "-")[:12]) for d in found]
    columns = ("entry", "of", "document", "state", ">amount", "file")
    _tell(as_json, {"ok": True, "book": book, "person": person, "documents": found}, "Documents", columns, rows)


@evidence_app.command("missing")
def missing(
    book: BookCode, person: Annotated[str | None, typer.Option("--person", help="Of one person only.")] = None,
    token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Spending that no document shows and nobody has explained: claims, what was laid out, and lines of holders' banks."""

    async def work() -> tuple[Open, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.SEE_RECOVERY, row)
            page = await read_unshown(connection, row.book_id, person=person, after=0, limit=AT_MOST)
            return await open_to(connection, row.book_id, caller.sub, page), row.currency

    kept, currency = run(work())
    found: list[Unshown] = list(kept.rows)
    made = [
        UnshownRow(
            u.number, u.person, u.line, u.act, format_amount(u.amount), u.told_at.astimezone(UTC).date().isoformat(),
            u.states,
        )
        for u in found
    ]  # fmt: skip
    total = format_amount(sum(u.amount for u in found))
    rows = [
        (str(u.number), u.person, u.line or "-", u.act, u.amount, u.since, ", ".join(u.states) or "none") for u in made
    ]
    columns = ("entry", "person", "line", "what", ">amount", "told on", "documents")
    told = {
        "ok": True,
        "book": book,
        "currency": currency,
        "total": total,
        "missing": made,
        "kept_back": kept.kept_back,
    }
    _tell(as_json, told, "Spending that no document shows", columns, rows, f"total: {total} {currency}")


@evidence_app.command("sweep")
def sweep_files(
    book: BookCode,
    hours: Annotated[int, typer.Option("--hours", min=1, help="Only what was put longer ago.")] = 24,
    delete: Annotated[bool, typer.Option("--delete", help="Let them go; without it they are only named.")] = False,
    token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Files that no document needs, and parts that nobody went on with; exit code 1 if a file that one needs is missing."""

    async def work() -> Swept:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            session.allowed(Permission.ERASE_DETAILS, row)
            before = datetime.now(UTC) - timedelta(hours=hours)
            store = files_beside(session.place.notes_dir)
            return await sweep(connection, row.book_id, row.code, store, before, is_dry=not delete)

    found = run(work())

    def human(console: Console) -> None:
        for name in found.missing:
            console.print(f"missing: {name}", highlight=False)
        for name in (*found.files, *found.parts):
            console.print(name, highlight=False)
        done = "gone" if delete else "would go; --delete lets them"
        console.print(
            f"{len(found.files):,} files and {len(found.parts):,} parts {done}. {len(found.missing):,} are missing."
        )

    told = {"ok": not found.missing, "book": book, "deleted": delete, **msgspec.to_builtins(found)}
    answer(as_json, told, human, WRONG if found.missing else DONE)


def _tell(
    as_json: bool, told: dict[str, Any], title: str, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], total: str = ""
) -> None:  # fmt: skip
    def human(console: Console) -> None:
        table = Table(title=title)
        for column in columns:
            table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        console.print(total or f"{len(rows):,} documents", highlight=False)

    answer(as_json, msgspec.to_builtins(told), human)
