"""Commands about banks: statements taken into holders' accounts and our own banks, and the file by which a bank pays."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console

from api.answers_banking import BankStatementOut, known_of, taken_of
from api.cli_books import import_app
from api.cli_output import DONE, AsJson, BookCode, Data, Key, Token, answer, run
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, act_of, clock_us, key_of, nonce
from api.statement_files import import_of, own_import_of, statement_from
from api.whole_file import write_whole
from api.writing import Written, refused
from ledger.book.checkpoint import fork_check_for
from ledger.book.dry_run import rehearsal
from ledger.book.statements import read_entry
from ledger.book.writer import Settings
from ledger.budgets.bank_csv import mapping_of
from ledger.budgets.bank_reading import statement_of
from ledger.budgets.bank_statement import MOST_BYTES, Statement, Unreadable
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.payment_files import (
    Destination,
    FileMade,
    NotPayable,
    Originator,
    Payment,
    bacs_standard_18,
    destinations_from,
    file_recorded,
    files_of,
    files_subject,
    payments_csv,
    released_between,
)
from ledger.budgets.reading import said_at, said_of, version_of
from ledger.budgets.shares import check_name
from ledger.core.calendar import london_day
from ledger.core.model import Guard
from ledger.money import NotAnAmount, parse_amount
from policies.banking import LineDiffers, StatementKnown, take_statement
from policies.bundle import Bundle
from policies.engine import Engine
from policies.gate import Decided, Gate, Sender
from policies.own_bank import take_own_statement
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
PATIENCE_SECONDS = 30.0
LAST = 10**15
bank_app = typer.Typer()
export_app = typer.Typer(help="Write files for other systems.", no_args_is_help=True)
bank_app.add_typer(export_app, name="payments")


class Format(StrEnum):
    """What a bank's statement is written in."""

    CSV = "csv"
    MT940 = "mt940"
    CAMT053 = "camt053"


class FileForm(StrEnum):
    """How a file of payments is written."""

    CSV = "csv"
    BACS18 = "bacs18"


def gate_before(session: Session, row: Any, writer: Any, reading: Any, *, is_rehearsal: bool = False) -> Gate:
    """A gate of this process before a writer, or before a rehearsal."""
    return Gate(
        engine=Engine(Bundle.load()), book_id=row.book_id, book=row.code, writer=writer, reading=reading, clock_us=clock_us,
        today=lambda: london_day(clock_us()), salt=lambda: os.urandom(16), is_rehearsal=is_rehearsal,
    )  # fmt: skip


@asynccontextmanager
async def gate_of(session: Session, row: Any, *, is_dry: bool) -> AsyncIterator[Gate]:
    """A gate before a writer of this process, or before a rehearsal that is rolled back."""
    if is_dry:
        place = session.place
        settings = Settings(
            dsn=place.serving, book_id=row.book_id, clock_us=clock_us, nonce=nonce, identities=IDENTITIES,
            fork_check=fork_check_for(place.notes_dir, place.verifiers()),
        )  # fmt: skip
        async with rehearsal(settings) as unit:
            yield gate_before(session, row, unit, unit.reading, is_rehearsal=True)
        return
    async with session.writing(row) as (writer, _), session.reading(row.code) as (_, connection):
        one = asyncio.Lock()

        @asynccontextmanager
        async def reading() -> AsyncIterator[Connection]:
            async with one:
                yield connection

        yield gate_before(session, row, writer, reading)


@import_app.command("statement")
def import_statement(
    file: Annotated[Path, typer.Argument(help="A bank's statement.")],
    book: BookCode,
    form: Annotated[Format, typer.Option("--format", help="In which format it is.")],
    account: Annotated[str | None, typer.Option("--account", help="The holder's account that it is of.")] = None,
    bank: Annotated[str | None, typer.Option("--bank", help="Or the bank of ours that it is of.")] = None,
    mapping: Annotated[Path | None, typer.Option("--mapping", help="What the columns of a CSV mean.")] = None,
    provider: Annotated[str | None, typer.Option("--provider", help="The bank; of a CSV, that of its mapping.")] = None,
    opening: Annotated[str | None, typer.Option("--opening", help="Balance before, where a CSV has none.")] = None,
    closing: Annotated[str | None, typer.Option("--closing", help="Balance after, where a CSV has none.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it.")] = False,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Take a bank's statement, each line once, however often it is sent."""
    if (account is None) == (bank is None):
        raise typer.BadParameter("name one account of a holder, or one bank of ours")
    with file.open("rb") as opened:
        content = opened.read(MOST_BYTES + 1)
    columns = None if mapping is None else mapping_of(mapping.read_bytes())
    named = provider or (columns.provider if columns else None)
    if named is None:
        raise typer.BadParameter("--provider names the bank")

    balances = [None if each is None else _balance(each) for each in (opening, closing)]

    async def work() -> BankStatementOut:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            person = None if account is None else await _person(connection, row.book_id, account)
        caller = session.allowed(Permission.TAKE_BANK_LINES, row)
        statement = statement_from(content, form.value, columns, row.currency, *balances)
        secret = session.keys.requests
        fields = {"file": sha256(content).hexdigest(), "account": account, "bank": bank, "provider": named}
        prints = canonical("import/statement", {name: value for name, value in fields.items() if value is not None})
        sender = Sender(caller.asked, stored_key(secret, row.code, caller, key_of(key)), prints_of(secret, prints))
        with naming_reuse(secret, prints):
            async with gate_of(session, row, is_dry=dry_run) as gate:
                try:
                    decided = await _taken(
                        gate, sender, secret, statement, content, named, form.value, person, account or bank or ""
                    )
                except StatementKnown as known:
                    async with session.reading(book) as (_, connection):
                        said = await said_at(connection, row.book_id, known.number)
                    assert said is not None
                    return known_of(statement_of(said.number, said.act, said.attributes), row.currency)
        if decided.outcome.refusal is not None:
            raise refused(decided.outcome, is_dry=dry_run)
        return taken_of(Written(decided.outcome, row.currency, dry_run and not decided.outcome.replayed))

    found = _told(work())
    facts = {
        "book": book, "statement": found.number, "opening": found.opening, "closing": found.closing, "lines": found.lines,
        "new": found.new, "known": found.known, "posted_new": found.posted_new, "dry_run": dry_run,
    }  # fmt: skip
    words = f"{found.lines} lines from {found.opening} to {found.closing}: {found.new} new, {found.known} known"
    answer(as_json, facts, lambda console: console.print(words, highlight=False))


def _balance(text: str) -> int:
    try:
        return parse_amount(text)
    except NotAnAmount as no:
        raise typer.BadParameter(no.explanation) from None


async def _taken(
    gate: Gate, sender: Sender, secret: bytes, statement: Statement, content: bytes, provider: str, form: str,
    person: str | None, account: str,
) -> Decided:  # fmt: skip
    """Into the account of a person, or where there is none, a bank of ours."""
    name, feed = check_name(account, "account"), check_name(provider, "provider")
    if person is None:
        own = own_import_of(secret, gate.book, statement, content, bank=name, provider=feed, form=form)
        return await take_own_statement(gate, sender, PATIENCE_SECONDS, own)
    sent = import_of(
        secret, gate.book, statement, content, person=person, holder_account=name, provider=feed, form=form
    )
    return await take_statement(gate, sender, PATIENCE_SECONDS, sent)


def _told(work: Any) -> Any:
    """Run it; a file that cannot be taken is a problem with the place in the file."""
    try:
        return run(work)
    except LineDiffers as no:
        raise Problem("bank_line_differs", facts={"line": str(no.place)}) from None
    except Unreadable as no:
        raise Problem("statement_unreadable", facts={"reason": no.code, "line": str(no.line)}, field=no.field) from None
    except NotPayable as no:
        raise Problem("payments_unpayable", facts={"reason": no.code, "about": no.what}) from None
    except (NotSettled, NotThere) as no:
        raise Problem(no.code) from None


async def _person(connection: Connection, book_id: int, account: str) -> str:
    said = await said_of(connection, book_id, f"holder_account/{check_name(account, 'account')}")
    if not said:
        raise NotSettled("holder_account_unknown")
    return said[0].attributes["person"]


@export_app.command("file")
def payment_file(
    out: Annotated[Path, typer.Option("--out", help="Where to write it; its name is that of the file.")],
    book: BookCode,
    bank: Annotated[str, typer.Option("--bank", help="The bank that pays.")],
    destinations: Annotated[Path, typer.Option("--destinations", help="CSV payee,name,sort_code,account_number.")],
    form: Annotated[FileForm, typer.Option("--format", help="How it is written.")] = FileForm.CSV,
    originator: Annotated[
        str | None, typer.Option("--originator", help="For BACS: sort code, account, service user and name, by commas.")
    ] = None,
    again: Annotated[str | None, typer.Option("--again", help="A file that was made before, once more.")] = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Write what was released since the last file of this bank, each payment into one file. Whole or not at all."""
    payees = _told_now(lambda: destinations_from(destinations.read_text(encoding="utf-8-sig")))
    own = None if originator is None else Originator(*(part.strip() for part in originator.split(",", 3)))
    if form is FileForm.BACS18 and own is None:
        raise typer.BadParameter("BACS needs --originator")

    async def work() -> dict[str, Any]:
        session = Session(await open_place(find_place(data)), token)
        name = check_name(again or out.stem, "out")
        async with session.reading(book) as (row, connection):
            made = await files_of(connection, row.book_id, check_name(bank, "bank"))
            known = next((each for each in made if each.file == name), None)
            if (again is None) == (known is not None):
                raise NotPayable("file_known" if known else "file_unknown", name)
            after = known.after if known else made[-1].through if made else 0
            payments = await released_between(connection, row.book_id, bank, after, known.through if known else LAST)
            guards = await _guards_of(connection, row.book_id, files_subject(bank), made, payments)
        caller = session.allowed(Permission.RELEASE_PAYMENTS, row)
        content = _content(payments, payees, form, own, name)
        record = file_recorded(bank, name, form=form.value, after=after, through=payments[-1].posted, payments=payments,
                               content=content)  # fmt: skip
        given = dict(record.attributes)
        if known is not None:
            if known.digest != given["digest"]:
                raise NotPayable("file_differs", name)
            write_whole(out, [content])
        else:
            if out.exists():
                raise FileExistsError(17, "File exists", str(out))
            # Recorded first and named last: cut off in between, the file is absent and can be written again by its name.
            act = act_of(session, caller, row, f"payment-file/{bank}/{name}", "payment-file", given, record)
            async with session.writing(row) as (writer, _):
                outcome = await writer.submit(msgspec.structs.replace(act.item, guards=guards), PATIENCE_SECONDS)
            if outcome.refusal is not None:
                raise refused(outcome)
            write_whole(out, [content])
        return {
            "book": book,
            "file": name,
            "payments": len(payments),
            "amount": given["amount"],
            "sha256": given["digest"],
        }

    facts = _told(work())
    answer(as_json, facts, lambda console: _show(console, facts), DONE)


async def _guards_of(
    connection: Connection, book_id: int, subject: str, made: list[FileMade], payments: list[Payment]
) -> tuple[Guard, ...]:  # fmt: skip
    """That no other file was made meanwhile, and that nothing was said of what these payments are about: one that is undone while
    its file is made must not be in it."""
    about = {(await read_entry(connection, book_id, each.posted)).entry.subject for each in payments}
    versions = [Guard(each, await version_of(connection, book_id, each)) for each in sorted(filter(None, about))]
    return (Guard(subject, made[-1].number if made else 0), *versions)


def _told_now(work: Any) -> Any:
    async def later() -> Any:
        return work()

    return _told(later())


def _content(
    payments: list[Payment], payees: dict[str, Destination], form: FileForm, own: Originator | None, name: str
) -> bytes:
    if own is None or form is FileForm.CSV:
        return payments_csv(payments, payees, file=name, day=max((each.day for each in payments), default=date.min))
    last = max((each.day for each in payments), default=date.min)
    return bacs_standard_18(payments, payees, originator=own, serial=payments[-1].posted if payments else 0, made_on=last,
                            process_on=last)  # fmt: skip


def _show(console: Console, facts: dict[str, Any]) -> None:
    console.print(f"{facts['file']}: {facts['payments']} payments, {facts['amount']} pence, sha256 {facts['sha256']}",
                  highlight=False)  # fmt: skip
