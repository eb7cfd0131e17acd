"""Commands of finance around the close: whether the book adds up, what is open, and what came in after it."""

from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_closing import certificate_out, close_of, estimates_out, identities_of, late_of
from api.answers_taking_on import covered
from api.cli_bank import PATIENCE_SECONDS, gate_of
from api.cli_books import Reason, period_app
from api.cli_output import (
    DONE,
    WRONG,
    AsJson,
    BookCode,
    Data,
    Key,
    Meter,
    Token,
    answer,
    run,
    say_coverage,
    tell_act,
)
from api.cli_records import rules_no
from api.cli_year_end import end_year, submit_once
from api.deciding import naming_noes
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, clock_us, key_of
from api.wire import amount_of, code_of
from ledger.book.checkpoint import published_notes
from ledger.book.snapshot import snapshot
from ledger.budgets.accruals import estimates_of
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import check_period
from ledger.core.requests import ChangePeriod
from ledger.reports.closing import NotClosed, came_in_after, certificate_of, check_close
from ledger.reports.identities import NOT_YET, Identity, check_identities
from policies.accruing import decide_accrual, month_named
from policies.gate import Decided, Sender
from policies.reopening import reopen_period
from policies.resolution import Resolution
from policies.soft_close import change_soft_close

closing_app = typer.Typer()
Period = Annotated[str, typer.Argument(help="A month, 2026-11, or a financial year, 2025-26.")]
Month = Annotated[str, typer.Argument(help="A month, 2026-11.")]


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

    found = identities_of(run(work()), NOT_YET)

    def human(console: Console) -> None:
        for each in found.identities:
            mark = "[green]holds[/green]" if each.ok else "[red]broken[/red]"
            console.print(f"{each.name:>4} {mark} {each.checked:,} checked: {each.first or each.says}", highlight=False)

    facts = {
        "ok": found.ok, "book": book, "identities": {each.name: msgspec.to_builtins(each) for each in found.identities},
        "not_yet": found.not_yet,
    }  # fmt: skip
    answer(as_json, facts, human, DONE if found.ok else WRONG)


@closing_app.command("close")
def close(
    period: Period,
    book: BookCode,
    check: Annotated[bool, typer.Option("--check", help="What is open; exit code 1 while any of it blocks.")] = False,
    late: Annotated[bool, typer.Option("--late", help="What came in after the close, by month of care.")] = False,
    certificate: Annotated[
        bool, typer.Option("--certificate", help="How the period stood when it was closed.")
    ] = False,
    year_end: Annotated[bool, typer.Option("--year-end", help="Propose the end of a year.")] = False,
    confirm: Annotated[
        int | None, typer.Option("--confirm", help="With --year-end: confirm this proposal and post everything.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --year-end: show what would be carried and lapse.")
    ] = False,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """The close of a month or a year: what is open, what came in late, how it stood, and the end of a year. `phb period close`
    closes."""
    check_period(period, "period")
    if check + late + certificate + year_end != 1:
        raise typer.BadParameter("choose one of --check, --late, --certificate and --year-end")
    if year_end:
        end_year(period, book, confirm=confirm, dry_run=dry_run, key=key, token=token, data=data, as_json=as_json)
        return
    show = _show_check if check else _show_late if late else _show_certificate
    show(period, book, data, as_json)


def _show_check(period: str, book: str, data: Data, as_json: bool) -> None:
    async def work() -> Any:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            found = await check_close(connection, row.book_id, period, london_day(clock_us()))
            return close_of(row.code, row.currency, found, await covered(connection, row, found.through_entry))

    found = run(work())

    def human(console: Console) -> None:
        day = "" if found.working_day is None else f", working day {found.working_day}"
        table = Table(title=f"Close of {period} in {book}{day}")
        for name in ("", "matter", "count", "amount", "owner", "oldest"):
            table.add_column(name, justify="right" if name in ("count", "amount") else "left")
        for each in found.matters:
            mark = "–" if not each.count else "[red]blocks[/red]" if each.blocks else "open"
            table.add_row(mark, each.says, f"{each.count:,}", each.amount, each.owner, str(each.oldest or ""))
        console.print(table)
        say_coverage(console, found.coverage)

    answer(as_json, {"ok": not found.blocked, **msgspec.to_builtins(found)}, human, WRONG if found.blocked else DONE)


def _show_late(period: str, book: str, data: Data, as_json: bool) -> None:
    async def work() -> Any:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection):
            return late_of(row.currency, await came_in_after(connection, row.book_id, period))

    found = run(work())

    def human(console: Console) -> None:
        if found.closed_at is None:
            console.print(f"{period} is open: nothing has come in after a close.", highlight=False)
        for each in found.months:
            console.print(f"{each.month}  {each.entries:,} entries  {each.amount}  posted {each.first_day} to {each.last_day}",
                          highlight=False)  # fmt: skip

    answer(as_json, {"book": book, **msgspec.to_builtins(found)}, human)


def _show_certificate(period: str, book: str, data: Data, as_json: bool) -> None:
    async def work() -> Any:
        place = await open_place(find_place(data))
        session = Session(place)
        async with session.reading(book) as (row, connection):
            try:
                found = await certificate_of(connection, row.book_id, period, london_day(clock_us()))
            except NotClosed as no:
                raise Problem(no.code) from None
            notes = published_notes(place.notes_dir, row.code)
            note = next((each.note for each in notes if each.size >= (found.closed.number or 0)), None)
            coverage = await covered(connection, row, found.closed.number)
            return certificate_out(row.code, row.currency, found, note, coverage)

    found = run(work())

    def human(console: Console) -> None:
        console.print(
            f"{found.period} of {found.book} was closed by {found.closed_by} (entry {found.closed_at})", highlight=False
        )
        for each in found.controls:
            console.print(f"{each.layer:>7} {each.klass:<24} {each.accounts:>7,} {each.debit:>20} {each.credit:>20} "
                          f"{each.balance:>20}", highlight=False)  # fmt: skip
        say_coverage(console, found.coverage)
        console.print(found.checkpoint or "No checkpoint covers it yet.", highlight=False)

    answer(as_json, msgspec.to_builtins(found), human)


@closing_app.command("accruals")
def accruals(
    month: Month,
    book: BookCode,
    accept: Annotated[str | None, typer.Option("--accept", help="Accept the estimate of this line.")] = None,
    drop: Annotated[str | None, typer.Option("--drop", help="Drop the estimate of this line; needs a reason.")] = None,
    amount: Annotated[
        str | None, typer.Option("--amount", help="With --accept: this much instead, as 75.50; needs a reason.")
    ] = None,
    reason: Reason = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """List the estimates of a month, how each was worked out and what became of it; or decide that of one line."""
    month_named(month)
    if accept is not None and drop is not None:
        raise typer.BadParameter("choose one of --accept and --drop")
    if accept is not None or drop is not None:
        if drop is not None and amount is not None:
            raise typer.BadParameter("--amount goes with --accept")
        _decide_accrual(
            month, book, accept or drop or "", amount, reason, key, token, data, as_json, drops=drop is not None
        )
        return

    async def work() -> Any:
        session = Session(await open_place(find_place(data)))
        async with session.reading(book) as (row, connection), snapshot(connection):
            return estimates_out(month, row.currency, await estimates_of(connection, row.book_id, month))

    found = run(work())

    def human(console: Console) -> None:
        table = Table(title=f"Estimates of {month} in {book}: {found.waiting} wait, {found.waiting_amount}")
        for name in ("line", "method", "proposed", "recorded", "before", "decided", "estimated", "came in"):
            table.add_column(name)
        for each in found.estimates:
            before = " ".join(past.recorded for past in each.before)
            table.add_row(each.line, each.method, each.proposed, each.recorded, before, each.decided or "–", each.estimated,
                          each.came_in)  # fmt: skip
        console.print(table)

    answer(as_json, {"book": book, **msgspec.to_builtins(found)}, human)


def _decide_accrual(
    month: str, book: str, line: str, amount: str | None, reason: str | None, key: str | None, token: str | None, data: Data,
    as_json: bool, *, drops: bool,
) -> None:  # fmt: skip
    own = key_of(key)
    code_of(line, "line")

    async def work() -> Outcome:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.DECIDE_ACCRUALS, row)

            async def make(reader: Any, book_id: int) -> Resolution:
                if amount is not None:
                    pence = amount_of(amount, "amount", is_size=True)
                else:
                    waits = {each.line: each.proposed for each in await estimates_of(reader, book_id, month)}
                    # Nothing is proposed for a line that is no line, and that is the no it has.
                    pence = waits.get(line) or 1
                return await decide_accrual(
                    reader, book_id, month=month, line=line, amount=pence, dropped=drops, reason=reason,
                    today=london_day(clock_us()),
                )  # fmt: skip

            fields = {"line": line, "amount": amount, "dropped": drops, "reason": reason}
            async with session.writing(row) as (writer, _):
                return await submit_once(
                    session, caller, row, connection, writer, key=own, route=f"periods/{month}/accruals",
                    fields={name: value for name, value in fields.items() if value is not None}, make=make,
                )  # fmt: skip

    told = f"The estimate of {line} for {month} is {'dropped' if drops else 'accepted'}"
    tell_act(run(work()), own, told, as_json, period=month, line=line)


@period_app.command("soft-close")
def soft_close(
    month: Month, book: BookCode, reason: Reason = None, key: Key = None, token: Token = None, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Close a month that is over to everybody but finance."""
    _change_softly(month, book, reason, key, token, data, as_json, closes=True)


@period_app.command("soft-open")
def soft_open(
    month: Month, book: BookCode, reason: Reason = None, key: Key = None, token: Token = None, data: Data = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Open a month to everybody again, with a reason. Another person than closed it has to do so."""
    _change_softly(month, book, reason, key, token, data, as_json, closes=False)


def _change_softly(
    month: str, book: str, reason: str | None, key: str | None, token: str | None, data: Data, as_json: bool, *, closes: bool
) -> None:  # fmt: skip
    month_named(month)
    own = key_of(key)

    async def work() -> Outcome:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(Permission.CHANGE_PERIODS, row)
            async with session.writing(row) as (writer, _):
                return await submit_once(
                    session, caller, row, connection, writer, key=own, fields={"reason": reason} if reason else {},
                    route=f"periods/{month}/soft-{'close' if closes else 'open'}",
                    make=lambda reader, book_id: change_soft_close(
                        reader, book_id, month=month, closes=closes, reason=reason, today=london_day(clock_us())
                    ),
                )  # fmt: skip

    state = "closed to others than finance" if closes else "open to everybody"
    tell_act(run(work()), own, f"{month} is {state}", as_json, period=month, soft=closes)


@period_app.command("reopen")
def reopen(
    period: Period, book: BookCode, reason: Reason = None,
    approved: Annotated[int | None, typer.Option("--approved", help="The decision that referred it, once it is approved.")] = None,
    key: Key = None, token: Token = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Reopen a closed month or year, with a reason, when the rules allow it. Another person than closed it has to do so."""
    own, change = key_of(key), ChangePeriod(period=period, to="reopened", reason=reason)

    async def work() -> Decided:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, _):
            caller = session.allowed(Permission.CHANGE_PERIODS, row)
        secret, given = session.keys.requests, {"period": period, "reason": reason, "approved": approved}
        prints = canonical("periods/reopened", {name: value for name, value in given.items() if value is not None})
        sender = Sender(caller.asked, stored_key(secret, row.code, caller, own), prints_of(secret, prints))
        with naming_reuse(secret, prints), naming_noes():
            async with gate_of(session, row, is_dry=False) as gate:
                return await reopen_period(gate, sender, PATIENCE_SECONDS, change=change, approved=approved or 0)

    found = run(work())
    no = rules_no(found)
    if no is not None:
        facts = {"ok": False, "code": no.code, "detail": no.says, "key": own, "replayed": found.outcome.replayed,
                 "entry": no.number, "rules": no.rules}  # fmt: skip
        answer(as_json, facts, lambda console: console.print(f"{no.words}: {no.says}", highlight=False), WRONG)
        return
    tell_act(found.outcome, own, f"{period} is open", as_json, period=period, state="open")
