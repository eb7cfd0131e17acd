"""Commands about books and what they hold: books, imports, months, balances."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_imports import import_out
from api.cli_output import (
    DONE,
    SOME_REFUSED,
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
from api.idempotency import naming_reuse
from api.importing import Import, payments_imported
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, act_of, clock_us, key_of
from api.spool import Source, source_of
from ledger.book.balances import trial_balance
from ledger.book.books import BookRow, list_books
from ledger.book.database import READING, connect
from ledger.book.loading import BookUnknown
from ledger.budgets.feeds import FeedRow, ImportReport, Problem
from ledger.budgets.payments_file import read_payments
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import Asked, check_code
from ledger.core.requests import ChangePeriod
from ledger.money import format_amount

books_app = typer.Typer()
import_app = typer.Typer(help="Take payments from files into a book.", no_args_is_help=True)
period_app = typer.Typer(help="Close and reopen months and years.", no_args_is_help=True)
book_app = typer.Typer(help="Open books and list them.", no_args_is_help=True)
books_app.add_typer(book_app, name="book")
books_app.add_typer(import_app, name="import")
books_app.add_typer(period_app, name="period")


class Nature(StrEnum):
    """What a book may hold that is opened by hand; one of published payments is opened by their import."""

    SYNTHETIC = "synthetic"
    LIVE = "live"


@book_app.command("open")
def open_book(
    code: Annotated[str, typer.Argument(help="The book's code: capitals and digits, such as QSL.")],
    nature: Annotated[Nature, typer.Option("--nature", help="Of made-up people, or of real ones.")],
    first_month: Annotated[str, typer.Option("--first-month", help="First month that takes postings, as 2026-04.")],
    currency: Annotated[str, typer.Option("--currency", help="What all of it is kept in.")] = "GBP",
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Open a book, once. Needs the role operator; a live book needs a real server, or consent by name."""
    own = key_of(key)

    async def work() -> Outcome:
        session = Session(await open_place(find_place(data)), token)
        return await session.open_new(code, nature=nature.value, first_month=first_month, currency=currency, key=own)

    facts = {"book": code, "nature": nature.value, "first_month": first_month, "currency": currency}
    tell_act(run(work()), own, f"The book {code} is open from {first_month}", as_json, **facts)


@book_app.command("list")
@books_app.command("books")
def show_books(data: Data = None, as_json: AsJson = False) -> None:
    """List the books of this server."""

    async def work() -> list[BookRow]:
        place = await open_place(find_place(data))
        connection = await connect(place.serving, "phb_reader", None, READING)
        try:
            return await list_books(connection)
        finally:
            await connection.close()

    rows = run(work())
    facts = [{"book": r.code, "currency": r.currency, "nature": r.nature, "first_day": r.first_day} for r in rows]

    def human(console: Console) -> None:
        for row in rows:
            console.print(f"{row.code}  {row.currency}  {row.nature}  from {row.first_day}")

    answer(as_json, {"books": facts}, human)


@import_app.command("payments")
def import_payments(
    file: Annotated[
        Path, typer.Argument(help="A published file of payments (ICB,Payment Date,Supplier,Amount), or - for a pipe.")
    ],
    book: BookCode,
    create_book: Annotated[bool, typer.Option("--create-book", help="Open the book if it is new.")] = False,
    first_month: Annotated[str, typer.Option("--first-month", help="First month of a new book.")] = "2013-04",
    delivery: Annotated[
        str | None, typer.Option("--delivery", help="An extract with rows of its own, by name.")
    ] = None,
    atomic: Annotated[bool, typer.Option("--atomic", help="Post nothing if one row is broken.")] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Post a published payments file, each row once, however often it is sent."""
    if delivery is not None:
        check_code(delivery, "delivery")
        check_code(f"delivery/{delivery}", "delivery")
    with source_of(file) as source:
        with source.open() as text:
            # A file that is no payments file opens no book.
            next(read_payments(text), None)
        report = run(_import(source, book, create_book, first_month, delivery, atomic, token, data, as_json))
    code = SOME_REFUSED if report.refused or report.partial else DONE
    answer(
        as_json,
        msgspec.to_builtins(import_out(book, report)),
        lambda console: _show_import(console, book, report),
        code,
    )


async def _import(
    source: Source, code: str, create: bool, first_month: str, delivery: str | None, atomic: bool, token: str | None,
    data: Path | None, quiet: bool,
) -> ImportReport:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    row = await session.find(code)
    if row is None:
        if not create:
            raise BookUnknown(f"There is no book {code}; --create-book opens it.")
        row = await session.create(code, nature="open_data", first_month=first_month)
    caller = session.allowed(Permission.IMPORT_PAYMENTS, row)
    asked = Asked(caller.azp, caller.sub, caller.acting_for, "machine", "imported")
    given = Import(
        row=row, url=session.place.serving, keys=session.keys, asked=asked, writing=lambda: session.writing(row)
    )

    @contextmanager
    def rows() -> Iterator[Iterable[FeedRow | Problem]]:
        with source.open() as text:
            yield read_payments(text)

    @contextmanager
    def watching(words: str) -> Iterator[Callable[[int], None]]:
        with Meter(f"{words} {source.name}", quiet=quiet) as meter:
            yield meter.show

    return await payments_imported(given, delivery, rows, watching, is_atomic=atomic)


def _show_import(console: Console, book: str, report: ImportReport) -> None:
    table = Table(title=f"Import into {book}", show_header=False)
    for name, value in (
        ("rows", f"{report.rows:,}"), ("posted", f"{report.posted:,}"), ("replayed", f"{report.replayed:,}"),
        ("refused", f"{report.refused:,}"), ("total", f"£{grouped(report.total_pence)}"),
        ("new payees", f"{report.new_payees:,}"),
    ):  # fmt: skip
        table.add_row(name, value)
    console.print(table)
    if report.partial:
        console.print("Stopped at a refused row: partial. Put it right and run the same file again.")
    for problem in report.problems[:20]:
        console.print(f"line {problem.line}: {problem.code}: {problem.reason}", highlight=False)
    hidden = len(report.problems) - 20 + report.problems_omitted
    if hidden > 0:
        console.print(f"… and {hidden} more")
    for day, in_file, in_book in report.shorter_days[:20]:
        console.print(f"{day}: {in_file} rows in this file, {in_book} in the book. Nothing was reversed.")


def _close_period(
    period: str, book: str, reason: str | None, key: str | None, token: str | None, data: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    async def work() -> tuple[Outcome, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, _):
            pass
        caller = session.allowed(Permission.CHANGE_PERIODS, row)
        fields = {"period": period, **({"reason": reason} if reason is not None else {})}
        request = ChangePeriod(period=period, to="closed", reason=reason)
        act = act_of(session, caller, row, key, "periods/closed", fields, request)
        async with session.writing(row) as (writer, _):
            with naming_reuse(session.keys.requests, act.fields):
                return await writer.submit(act.item, 30), act.key

    tell_act(*run(work()), f"{period} is closed", as_json, period=period, state="closed")


Reason = Annotated[str | None, typer.Option("--reason", help="A reason, as a code.")]


@period_app.command("close")
def close_period(
    period: str,
    book: BookCode,
    reason: Reason = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Close a month (2026-03) or a year (2025-26)."""
    _close_period(period, book, reason, key, token, data, as_json)


@books_app.command("trial-balance")
def show_trial_balance(
    book: BookCode,
    on: Annotated[str | None, typer.Option("--on", help="As effective on this day; today otherwise.")] = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Debit and credit totals per class of account."""

    async def work() -> Any:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            return await trial_balance(connection, row.book_id, effective_on=day or london_day(clock_us()))

    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        raise typer.BadParameter("a day is written 2026-03-31") from None
    found = run(work())
    facts = {
        "book": book, "through_entry": found.through_entry,
        "classes": [
            {"layer": c.layer, "class": c.klass, "accounts": c.accounts, "debit": format_amount(c.debit),
             "credit": format_amount(c.credit), "balance": format_amount(c.balance)}
            for c in found.classes
        ],
    }  # fmt: skip
    answer(as_json, facts, lambda console: _show_classes(console, book, found))


def _show_classes(console: Console, book: str, found: Any) -> None:
    table = Table(title=f"Trial balance of {book} through entry {found.through_entry}")
    for name in ("layer", "class", "accounts", "debit", "credit", "balance"):
        table.add_column(name, justify="left" if name in ("layer", "class") else "right")
    for each in found.classes:
        amounts = map(grouped, (each.debit, each.credit, each.balance))
        table.add_row(each.layer, each.klass, f"{each.accounts:,}", *amounts)
    console.print(table)
