"""Commands that prove: verify, checkpoint, receipt, export."""

import json
from datetime import date
from errno import ENOTDIR
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from api.cli_output import DONE, WRONG, AsJson, Data, Meter, answer, run
from api.cli_seen import note_taken
from api.keyfiles import keep_verifier
from api.permissions import Permission
from api.place import Place, find_place, open_place
from api.session import Session
from ledger.book.checkpoint import fork_check_for, latest_note, make_checkpoint, open_checkpoint, publish, receipt
from ledger.book.loading import read_head
from ledger.book.verify import Verification, verify_book
from ledger.book.verify_files import verify_export
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.core.note import Verifier
from ledger.reports.exports import Exported, export_entries
from policies.bundle import Bundle
from policies.reperforming import Packed, pack_decisions

proof_app = typer.Typer()
export_app = typer.Typer(help="Write files for finance, audit and independent checking.", no_args_is_help=True)
proof_app.add_typer(export_app, name="export")

Book = Annotated[str | None, typer.Option("--book", help="The book's code.")]
VerifierFile = Annotated[
    Path | None,
    typer.Option("--verifiers", help="File of trusted verifier keys, one a line: bring your own copy."),
]


def _verifiers(file: Path | None) -> list[Verifier] | None:
    if file is None:
        return None
    return [Verifier.parse(line) for line in file.read_text(encoding="ascii").splitlines() if line.strip()]


@proof_app.command("verify")
def verify(
    book: Book = None,
    export: Annotated[Path | None, typer.Option("--export", help="Check an export, without a database.")] = None,
    verifiers: VerifierFile = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Re-derive everything from the entries and name the first wrong row. Exit code 1 if there is one."""
    if (book is None) == (export is None):
        raise typer.BadParameter("give either --book or --export")
    if export is not None and not export.is_dir():
        # Nothing was checked, so nothing was found wrong.
        raise NotADirectoryError(ENOTDIR, "not a directory", str(export))
    with Meter("verifying", quiet=as_json) as meter:
        if export is not None:
            found = verify_export(export, _verifiers(verifiers), identities=IDENTITIES, progress=meter.show)
        else:
            found = run(_verify(book or "", _verifiers(verifiers), data, meter))
    code = DONE if found.ok else WRONG
    answer(as_json, msgspec.to_builtins(found), lambda console: _show(console, found), code)


async def _verify(code: str, given: list[Verifier] | None, data: Path | None, meter: Meter) -> Verification:
    place = await open_place(find_place(data))
    async with Session(place).reading(code) as (row, connection):
        return await verify_book(
            connection, row.book_id, verifiers=given or place.verifiers(), notes_directory=place.notes_dir,
            identities=IDENTITIES, progress=meter.show, also=(check_warrants,),
        )  # fmt: skip


def _show(console: Console, found: Verification) -> None:
    if found.ok:
        console.print(f"[green]ok[/green]: {found.book}: {found.entries:,} entries, {found.postings:,} postings")
    else:
        place = f"entry {found.first_wrong}" if found.first_wrong is not None else "the book"
        console.print(f"[red]wrong[/red]: {found.book}: {place}: {found.what}: {found.why}", highlight=False)
    for name, count in sorted(found.checks.items()):
        console.print(f"  {name}: {count:,}")


@proof_app.command("checkpoint")
def checkpoint(
    book: Annotated[str, typer.Option("--book", help="The book's code.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign the head of a book as it is now and keep the note outside the database."""
    note, path = run(_checkpoint(book, data))
    stated = open_checkpoint(note, find_place(data).verifiers())
    facts = {"book": book, "size": stated.size, "root": stated.root.hex(), "note": note, "file": str(path)}
    answer(as_json, facts, lambda _: print(note, end=""))


async def _checkpoint(code: str, data: Path | None) -> tuple[str, Path]:
    place = await open_place(find_place(data))
    session = Session(place)
    async with session.reading(code) as (row, connection):
        session.allowed(Permission.REQUEST_CHECKPOINTS, row)
        return await sign_head(place, session, row.code, row.book_id, connection)


async def sign_head(
    place: Place, session: Session, code: str, book_id: int, connection: Any, *, is_recovery: bool = False
) -> tuple[str, Path]:
    """Sign a book's head, publish the note and keep its verifier key beside it; the note and its file.

    ForkSuspected unless the book extends its notes, or two people have just recovered it: its first note makes it whole."""
    if not is_recovery:
        check = fork_check_for(place.notes_dir, place.verifiers())
        await check(connection, await read_head(connection, book_id))
    note = await make_checkpoint(connection, book_id, session.keys.signer_name, session.keys.signer)
    path = publish(place.notes_dir, code, note)
    keep_verifier(place.notes_dir, session.keys.verifier)
    return note, path


@proof_app.command("receipt")
def show_receipt(
    number: Annotated[int, typer.Argument(help="The entry's number.")],
    book: Annotated[str, typer.Option("--book", help="The book's code.")],
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The proof that one entry is in the book, with the newest signed checkpoint that covers it."""
    found = run(_receipt(number, book, data))
    answer(as_json, found, lambda console: console.print_json(json.dumps(found)))


async def _receipt(number: int, code: str, data: Path | None) -> dict[str, Any]:
    place = await open_place(find_place(data))
    session = Session(place)
    async with session.reading(code) as (row, connection):
        session.allowed(Permission.SEE_RECEIPTS, row)
        origin = (await read_head(connection, row.book_id))["origin"]
        note = latest_note(place.notes_dir, code, origin)
        if note is not None and open_checkpoint(note, place.verifiers()).size < number:
            note = None
        return await receipt(connection, row.book_id, number, note=note)


@export_app.command("entries")
def export(
    book: Annotated[str, typer.Option("--book", help="The book's code.")],
    out: Annotated[Path, typer.Option("--out", help="An empty or new directory.")],
    without_details: Annotated[bool, typer.Option("--without-details", help="Leave out what may be erased.")] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write all entries with a signed checkpoint, so that anyone can check them without this program. It is whole, records that
    are kept for a few included, or it would prove nothing; who took it is noted."""
    with Meter("exporting", quiet=as_json) as meter:
        done = run(_export(book, out, not without_details, data, meter))
    facts = {
        "book": book,
        "out": str(out),
        "entries": done.entries,
        "details": done.details,
        "checkpoint": done.note,
    }
    answer(
        as_json,
        facts,
        lambda console: console.print(f"{done.entries:,} entries and {done.details:,} details in {out}"),
    )


@export_app.command("decisions")
def export_decisions(
    book: Annotated[str, typer.Option("--book", help="The book's code.")],
    out: Annotated[Path, typer.Option("--out", help="An empty or new directory.")],
    since: Annotated[
        str | None, typer.Option("--since", help="Decisions about accounting days from this one on.")
    ] = None,
    patterns: Annotated[
        bool,
        typer.Option("--patterns", help="With what patterns found, and so with their thresholds: not to be handed on."),
    ] = False,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write facts, rules and outcomes of decisions, so that anyone can decide them again with Cedar and without this program. It
    is whole and noted, as an export of entries is."""
    try:
        day = date.fromisoformat(since) if since else None
    except ValueError:
        raise typer.BadParameter("a day is written 2026-03-31") from None
    with Meter("exporting", quiet=as_json) as meter:
        done = run(_export_decisions(book, out, day, patterns, data, meter))
    left = sum(done.left_out.values())
    answer(
        as_json, {"out": str(out), **msgspec.to_builtins(done)},
        lambda console: console.print(f"{done.decisions:,} decisions in {out}; {left:,} cannot be decided again"),
    )  # fmt: skip


async def _export_decisions(
    code: str, out: Path, since: date | None, patterns: bool, data: Path | None, meter: Meter
) -> Packed:  # fmt: skip
    session = Session(await open_place(find_place(data)))
    async with session.reading(code) as (row, connection):
        caller = session.allowed(Permission.SEE_TRANSACTIONS, row)
        if patterns:
            session.allowed(Permission.SEE_PATTERNS, row)
        await note_taken(session, row, caller, "export_decisions", "decisions", purpose="audit")
        return await pack_decisions(
            connection, row.book_id, row.code, out, Bundle.load(), since=since, patterns=patterns, progress=meter.show
        )


async def _export(code: str, out: Path, details: bool, data: Path | None, meter: Meter) -> Exported:
    place = await open_place(find_place(data))
    session = Session(place)
    async with session.reading(code) as (row, connection):
        caller = session.allowed(Permission.SEE_TRANSACTIONS, row)
        await note_taken(session, row, caller, "export_entries", "entries", purpose="audit")
        return await export_entries(
            connection, row.book_id, out, signer_name=session.keys.signer_name, private_key=session.keys.signer,
            old_verifiers=place.verifiers(), details=details, progress=meter.show,
        )  # fmt: skip
