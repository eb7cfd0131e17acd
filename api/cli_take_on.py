"""Commands about take-ons: a caseload rehearsed and imported, where its figures come from, and who agreed to it."""

import os
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_taking_on import CoverageOut, LineageOut, coverage_out, lineage_out
from api.cli_books import import_app
from api.cli_output import (
    DONE,
    SOME_REFUSED,
    WRONG,
    AsJson,
    BookCode,
    Data,
    Key,
    Meter,
    Token,
    answer,
    grouped,
    run,
    tell_act,
)
from api.deciding import naming_noes
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.people import WAITING
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, clock_us, key_of, nonce
from ledger.book.append import known, replay
from ledger.book.books import BookRow
from ledger.book.database import READING, connect
from ledger.book.sink import LiveSink, Sink, TrialSink
from ledger.book.snapshot import snapshot, span
from ledger.budgets.caseload import caseload_of
from ledger.budgets.caseload_import import Identities, Importer, Secrets
from ledger.budgets.caseload_report import TakeOnReport
from ledger.budgets.caseload_rows import Caseload
from ledger.budgets.caseload_tables import Trouble, read_caseload
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.lineage import coverage_of, origins_of
from ledger.budgets.take_on import TOTALS
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import Asked, Item
from ledger.money import format_amount
from policies import taking_on
from policies.bundle import Bundle
from policies.resolution import Resolution

take_on_room = typer.Typer()
take_on_app = typer.Typer(help="Agree to what was taken on, and sign it.", no_args_is_help=True)
take_on_room.add_typer(take_on_app, name="take-on")
SHOWN = 40


@import_app.command("caseload")
def import_caseload(
    files: Annotated[
        list[Path], typer.Argument(help="A directory of CSV files, the files, or one workbook (docs/take-on.md).")
    ],
    book: BookCode,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Decide everything and post nothing.")] = False,
    with_differences: Annotated[
        bool,
        typer.Option("--with-differences", help="Import though control totals differ; the differences are recorded."),
    ] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take on people, plans, lines and balances of another system: rehearsed whole, then posted, each person once."""
    caseload, troubles = caseload_of(read_caseload(files))
    report = run(_import(caseload, troubles, book, rehearse, with_differences, token, data, as_json))
    if report.posted:
        code = DONE if report.is_clean else SOME_REFUSED
    else:
        code = DONE if rehearse and report.is_clean and not report.differences else WRONG
    answer(as_json, _facts(book, report), lambda console: _show(console, book, report), code)


async def _import(
    caseload: Caseload, troubles: list[Trouble], book: str, rehearse: bool, with_differences: bool, token: str | None,
    data: Path | None, quiet: bool,
) -> TakeOnReport:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(book) as (row, reading):
        caller = session.allowed(Permission.TAKE_ON_CASELOADS, row)
        asked = Asked(caller.azp, caller.sub, caller.acting_for, "machine", "migrated")
        services = frozenset(Bundle.load().services)
        report = await _pass(session, row, reading, asked, services, caseload, troubles, quiet, is_trial=True)
        if rehearse or not report.is_clean or (report.differences and not with_differences):
            return report
        found = await _pass(session, row, reading, asked, services, caseload, troubles, quiet, is_trial=False)
        found.rehearsed, found.posted = False, True
        return found


async def _pass(
    session: Session, row: BookRow, reading: Any, asked: Asked, services: frozenset[str], caseload: Caseload,
    troubles: list[Trouble], quiet: bool, *, is_trial: bool,
) -> TakeOnReport:  # fmt: skip
    """One way through the caseload: deciding, or posting."""
    async with AsyncExitStack() as stack:
        sink: Sink
        if is_trial:
            own = await connect(session.place.serving, "phb_writer", row.book_id, READING)
            stack.push_async_callback(own.close)
            sink = TrialSink(own, row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES)
        else:
            writer, own = await stack.enter_async_context(session.writing(row))
            sink = LiveSink(writer, own, row.book_id)
        registrar = await connect(session.place.serving, "phb_registrar", row.book_id, WAITING)
        stack.push_async_callback(registrar.close)
        identities = Identities(registrar, row.book_id, session.keys.lookup, is_trial=is_trial)
        stack.push_async_callback(identities.close)
        meter = stack.enter_context(Meter("deciding" if is_trial else "taking on", quiet=quiet))
        importer = Importer(
            book=row.code, book_id=row.book_id, sink=sink, identities=identities, reading=reading, asked=asked,
            secrets=Secrets(session.keys.requests, session.keys.lookup, lambda: os.urandom(16)),
            today=london_day(clock_us()), now_us=clock_us(), services=services, progress=meter.show,
            first_day=date.fromisoformat(row.first_day),
        )  # fmt: skip
        return await importer.run(caseload, list(troubles))


def _pounds(totals: dict[str, int]) -> dict[str, str]:
    return {name: format_amount(pence) for name, pence in totals.items()}


def _facts(book: str, report: TakeOnReport) -> dict[str, Any]:
    states = [each.state for each in report.people]
    return {
        "ok": report.is_clean, "book": book, "take_on": report.take_on, "source": report.source,
        "opens_on": report.opens_on, "complete_from": report.complete_from, "rehearsed": report.rehearsed,
        "posted": states.count("posted"), "there": states.count("there"), "refused": states.count("refused"),
        "entry": report.entry if report.posted else None,
        "files": [{"sheet": each.sheet, "sha256": each.sha256, "rows": each.rows} for each in report.files],
        "counts": report.counts, "totals": _pounds(report.totals),
        "by_fund": [{"fund": each.of, "year": each.year, **_pounds(each.totals)} for each in report.by_fund],
        "by_management": [
            {"management": each.of, "year": each.year, **_pounds(each.totals)} for each in report.by_management
        ],
        "people": [
            {"person": each.person, "ref": each.ref, "row": each.row, "lines": each.lines, "state": each.state,
             **_pounds(each.totals)}
            for each in report.people
        ],
        "differences": [
            {"measure": each.measure, "fund": each.fund, "expected": _said(each.measure, each.expected),
             "found": _said(each.measure, each.found), "difference": _said(each.measure, each.found - each.expected)}
            for each in report.differences
        ],
        "troubles": [
            {"sheet": each.sheet, "line": each.line, "column": each.column, "code": each.code, "reason": each.reason}
            for each in report.troubles
        ],
    }  # fmt: skip


def _said(measure: str, value: int) -> str:
    return format_amount(value) if measure in TOTALS else str(value)


def _show(console: Console, book: str, report: TakeOnReport) -> None:
    done = "imported" if report.posted else "rehearsed, nothing posted"
    console.print(f"Take-on {report.take_on or '?'} of {book}: {done}", highlight=False)
    for sums, of in ((report.by_fund, "fund"), (report.by_management, "lines")):
        table = Table(title=f"By {of}")
        for name in (of, "year", *TOTALS[:-1]):
            table.add_column(name, justify="left" if name in (of, "year") else "right")
        for each in sums:
            table.add_row(each.of, each.year, *(grouped(each.totals[state]) for state in TOTALS[:-1]))
        console.print(table)
    table = Table(title="By person")
    for name in ("person", "reference", "state", *TOTALS):
        table.add_column(name, justify="right" if name in TOTALS else "left")
    for person in report.people[:SHOWN]:
        table.add_row(person.person, person.ref, person.state, *(grouped(person.totals[state]) for state in TOTALS))
    console.print(table)
    if len(report.people) > SHOWN:
        console.print(f"… and {len(report.people) - SHOWN} more people; --json has all of them.")
    for wrong in report.differences:
        console.print(f"difference: {wrong.measure} {wrong.fund or ''}: expected {_said(wrong.measure, wrong.expected)}, "
                      f"found {_said(wrong.measure, wrong.found)}", highlight=False)  # fmt: skip
    if report.differences and not report.posted:
        console.print("Put the totals right, or import with --with-differences: they are then recorded and agreed to.")
    if not report.troubles:
        console.print("troubles: none")
    for trouble in report.troubles:
        where = f"{trouble.sheet} line {trouble.line}" + (f", {trouble.column}" if trouble.column else "")
        console.print(f"{where}: {trouble.code}: {trouble.reason}", highlight=False)


@take_on_room.command("coverage")
def show_coverage(book: BookCode, data: Data = None, as_json: AsJson = False) -> None:
    """From which day a book is complete, and the take-ons behind what is earlier."""

    async def work() -> CoverageOut:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection), snapshot(connection):
            through, _ = await span(connection, row.book_id)
            found = await coverage_of(connection, row.book_id, date.fromisoformat(row.first_day))
            return coverage_out(row.code, through, found)

    found = run(work())

    def human(console: Console) -> None:
        console.print(found.says, highlight=False)
        for each in found.take_ons:
            by = f", agreed by {each.party}" if each.party else ""
            console.print(
                f"{each.take_on}: {each.state}{by}, {each.people} people, from {each.source}", highlight=False
            )
            for said in each.differences:
                console.print(f"  difference {said}", highlight=False)

    answer(as_json, msgspec.to_builtins(found), human)


@take_on_room.command("lineage")
def show_lineage(
    person: Annotated[str, typer.Argument(help="The reference of a person.")],
    book: BookCode,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Where each opening figure of a budget is written: system, file by its hash, sheet and row."""

    async def work() -> LineageOut:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection), snapshot(connection):
            through, _ = await span(connection, row.book_id)
            return lineage_out(person, through, row.currency, await origins_of(connection, row.book_id, person))

    found = run(work())

    def human(console: Console) -> None:
        for each in found.origins:
            amounts = ", ".join(f"{state} £{amount}" for state, amount in each.amounts.items())
            console.print(
                f"{each.what} of {each.line or 'an account'} {each.fund or ''} {each.year or ''}: {amounts}",
                highlight=False,
            )
            console.print(f"  entry {each.entry}: {each.source}, {each.sheet} row {each.row} of file {each.file}"
                          f"{' (provisional)' if each.provisional else ''}", highlight=False)  # fmt: skip
        if not found.origins:
            console.print("Nothing of this budget was taken on.")

    answer(as_json, msgspec.to_builtins(found), human)


def _change(
    book: str, code: str, act: str, permission: Permission, fields: dict[str, Any],
    make: Callable[[Any, int], Awaitable[Resolution]], key: str | None, token: str | None, data: Path | None, as_json: bool,
) -> None:  # fmt: skip
    own = key_of(key)

    async def work() -> Outcome:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, reading):
            caller = session.allowed(permission, row)
            secret, prints = session.keys.requests, canonical(f"take-ons/{code}/{act}", fields)
            stored = stored_key(secret, row.code, caller, own)
            async with session.writing(row) as (writer, _):
                with naming_reuse(secret, prints), naming_noes():
                    first = await known(reading, row.book_id, [stored])
                    if first:
                        return await replay(reading, row.book_id, prints_of(secret, prints), first[stored])
                    found = await make(reading, row.book_id)
                    item = Item(requests=found.requests, asked=caller.asked, key=stored, prints=prints_of(secret, prints),
                                guards=found.guards, other_than=found.other_than)  # fmt: skip
                    return await writer.submit(item, 30)

    tell_act(run(work()), own, f"Take-on {code} {act}", as_json, take_on=code, state=act)


@take_on_app.command("agree")
def agree_take_on(
    code: Annotated[str, typer.Argument(help="The take-on's code.")],
    book: BookCode,
    party: Annotated[str, typer.Option("--party", help="The side that holds the earlier record, as a code.")],
    difference: Annotated[
        list[str] | None, typer.Option("--difference", help="Each difference that is accepted.")
    ] = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The side that holds the earlier record agrees; by another than imported the files."""
    named = difference or []
    _change(
        book, code, "agreed", Permission.AGREE_TAKE_ONS, {"party": party, "differences": named},
        lambda connection, book_id: taking_on.agree(
            connection, book_id, code=code, party=party, differences=named, detail=None
        ),
        key, token, data, as_json,
    )  # fmt: skip


@take_on_app.command("sign")
def sign_take_on(
    code: Annotated[str, typer.Argument(help="The take-on's code.")],
    book: BookCode,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Sign a take-on that was agreed to; two people who had no part in it do."""
    _change(
        book, code, "signed", Permission.SIGN_TAKE_ONS, {},
        lambda connection, book_id: taking_on.sign(connection, book_id, code=code), key, token, data, as_json,
    )  # fmt: skip
