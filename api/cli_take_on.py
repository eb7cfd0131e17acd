"""Commands about take-ons: a caseload rehearsed and imported, where its figures come from, and who agreed to it."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_imports import caseload_out, measured
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
from api.cli_seen import check_seen
from api.deciding import naming_noes
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.importing import Import, caseload_taken_on
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, key_of
from ledger.book.append import known, replay
from ledger.book.snapshot import snapshot, span
from ledger.budgets.caseload import caseload_of
from ledger.budgets.caseload_report import TakeOnReport
from ledger.budgets.caseload_rows import Caseload
from ledger.budgets.caseload_tables import Trouble, read_caseload
from ledger.budgets.lineage import coverage_of, origins_of
from ledger.budgets.take_on import TOTALS
from ledger.core.batch import Outcome
from ledger.core.model import Asked, Item
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
    answer(as_json, msgspec.to_builtins(caseload_out(book, report)), lambda console: _show(console, book, report), code)


async def _import(
    caseload: Caseload, troubles: list[Trouble], book: str, rehearse: bool, with_differences: bool, token: str | None,
    data: Path | None, quiet: bool,
) -> TakeOnReport:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(book) as (row, reading):
        caller = session.allowed(Permission.TAKE_ON_CASELOADS, row)
        asked = Asked(caller.azp, caller.sub, caller.acting_for, "machine", "migrated")
        given = Import(
            row=row, url=session.place.serving, keys=session.keys, asked=asked, writing=lambda: session.writing(row)
        )
        services = frozenset(Bundle.load().services)

        @contextmanager
        def watching(words: str) -> Iterator[Callable[[int], None]]:
            with Meter(words, quiet=quiet) as meter:
                yield meter.show

        way = partial(caseload_taken_on, given, reading, services, caseload, troubles, watching)
        report = await way(is_trial=True)
        if rehearse or not report.may_be_posted(with_differences):
            return report
        return (await way(is_trial=False)).done()


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
        console.print(f"difference: {wrong.measure} {wrong.fund or ''}: expected {measured(wrong.measure, wrong.expected)}, "
                      f"found {measured(wrong.measure, wrong.found)}", highlight=False)  # fmt: skip
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
            caller = session.allowed(Permission.SEE_LINEAGE, row)
            await check_seen(session, row, connection, caller, person, "read_lineage", Permission.SEE_LINEAGE)
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
