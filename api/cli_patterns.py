"""The commands `patterns …`: a month looked at, what was found, what came of looking, rates, and thresholds. For staff alone."""

import json
import os
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from api.answers_patterns import patterns_found_of, rates_out
from api.cli_bank import gate_of
from api.cli_output import AsJson, BookCode, Data, Key, Token, answer, run, tell_act
from api.cli_records import keep_record, read_as
from api.cli_seen import check_seen, note_taken
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.keeping_back import open_to
from api.open_books import today
from api.permissions import Permission
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, key_of
from api.wire_patterns import ThresholdsIn
from api.writing import refused
from ledger.book.books import BookRow
from ledger.book.snapshot import snapshot
from ledger.budgets.restricted import persons_of
from ledger.budgets.wording import detail_of
from ledger.core.requests import AnyRequest
from ledger.reports.patterns import OUTCOMES, months_watched, rates_of, read_found
from policies.bundle import Bundle
from policies.facts_watch import PATTERNS
from policies.gate import Decided, Gate, Sender
from policies.settling import NotSettled
from policies.thresholds import thresholds_from, thresholds_on, thresholds_set
from policies.watching import Keeping, record_look, watch_through

Connection = Any
PATIENCE_SECONDS = 900.0
"""A whole book is read."""
AT_MOST = 100_000
patterns_room = typer.Typer()
patterns_app = typer.Typer(
    help="Patterns that ask for a look, once a month is over. None is proof of anything.", no_args_is_help=True
)
patterns_room.add_typer(patterns_app, name="patterns")


@patterns_app.command("watch")
def watch(
    book: BookCode,
    month: Annotated[str, typer.Option("--month", help="A month that is over, as 2026-03.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be found first.")] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Look at every budget's month. Run again, only what has come since is found: nothing is kept twice."""
    told = run(_watch(book, month, dry_run, token, data))
    words = f"{month}: {told['people']} people, {told['found']} with something to look at{' first' if dry_run else ''}"
    if told["made_up"]:
        words += "; the thresholds are made up"
    off = f"off, for want of a threshold: {', '.join(told['off']) or 'none'}"
    answer(as_json, {"ok": True, "book": book, "month": month, "dry_run": dry_run, **told},
           lambda console: console.print(words, off, sep="\n", highlight=False))  # fmt: skip


async def _watch(book: str, month: str, is_dry: bool, token: str | None, data: Path | None) -> dict[str, Any]:
    session = Session(await open_place(find_place(data)), token)
    async with session.reading(book) as (row, _):
        caller = session.allowed(Permission.WATCH_PATTERNS, row)
    secret, found = session.keys.requests, 0
    told: dict[str, Any] = {"people": 0, "found": 0, "made_up": False, "off": [], "already": False}
    async with gate_of(session, row, is_dry=False) as gate:
        while True:
            sender = Sender(caller.asked, stored_key(secret, row.code, caller, key_of(None)), prints_of(secret, {}))
            try:
                decided = await _one(session, row, gate, sender, month, is_dry=is_dry)
            except NotSettled as no:
                if no.code != "month_watched_already":
                    raise Problem(no.code) from None
                told["already"] = True
                return told
            if decided.refusal is not None:
                raise refused(decided, is_dry=is_dry)
            given = dict(decided.entries[0].attributes)
            told["people"], told["made_up"] = int(given["people"]), given["made_up"] == "yes"
            found += int(given["found"])
            told["found"] = found
            told["off"] = [value for name, value in given.items() if name.startswith("off.")]
            if given["left"] == "0" or is_dry:
                return told


async def _one(session: Session, row: Any, gate: Gate, sender: Sender, month: str, *, is_dry: bool) -> Any:
    async def keep(keeping: Keeping) -> Decided:
        if not is_dry:
            return await keeping(gate, sender, PATIENCE_SECONDS)
        async with gate_of(session, row, is_dry=True) as tried:
            return await keeping(tried, sender, PATIENCE_SECONDS)

    return (await watch_through(gate, sender, keep, month=month)).outcome


@patterns_app.command("list")
def list_found(
    book: BookCode,
    show_all: Annotated[bool, typer.Option("--all", help="Also what somebody has looked at.")] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """What asks for a look."""

    async def work() -> Any:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection), snapshot(connection):
            caller = session.allowed(Permission.SEE_PATTERNS, row)
            page = await read_found(connection, row.book_id, after=0, limit=AT_MOST)
            shown = await open_to(connection, row.book_id, caller.sub, page)
            in_force = await thresholds_on(connection, row.book_id, today())
        await note_taken(session, row, caller, "read_patterns", "patterns")
        rules = {rule.id: rule for rule in Bundle.load().rules.values()}
        return patterns_found_of(shown, in_force, rules, show_all=show_all)

    found = run(work())

    def human(console: Console) -> None:
        table = Table(title="What asks for a look; none is proof of anything")
        for column in ("entry", "month", "person", "pattern", "rule", "first", "by", "came of it"):
            table.add_column(column)
        for each in found.found:
            first = "safeguarding" if each.safeguarding_first else "sample only" if each.sample_only else ""
            came = ", ".join(look.outcome for look in each.looks) or "-"
            by = each.look_by.isoformat()
            table.add_row(str(each.number), each.month, each.person, each.pattern, each.rule, first, by, came)
        console.print(table)
        if found.off:
            console.print(f"off, for want of a threshold: {', '.join(found.off)}", highlight=False)

    answer(as_json, {"ok": True, **msgspec.to_builtins(found)}, human)


@patterns_app.command("rates")
def rates(
    book: BookCode,
    made_up: Annotated[bool, typer.Option("--made-up", help="Of months watched with made-up thresholds.")] = False,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """How often each pattern is found, and how often looking found nothing."""

    async def work() -> Any:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection), snapshot(connection):
            session.allowed(Permission.SEE_PATTERNS, row)
            told = await rates_of(connection, row.book_id, tuple(PATTERNS), made_up=made_up)
            others = await months_watched(connection, row.book_id, made_up=not made_up)
            return rates_out(told, made_up=made_up, others=others)

    told = run(work())

    def human(console: Console) -> None:
        table = Table(title="Patterns in months of people" + (" (thresholds made up)" if made_up else ""))
        for column in ("pattern", "rule", ">watched", ">found", ">%", ">looked at", ">nothing found %"):
            table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
        for each in told.rates:
            table.add_row(each.pattern, each.rule, str(each.watched), str(each.found), each.rate_percent or "-",
                          str(each.looked_at), each.nothing_found_percent or "-")  # fmt: skip
        console.print(table)
        if told.months_of_others:
            which, how = ("in earnest", "without --made-up") if made_up else ("that are made up", "with --made-up")
            console.print(
                f"{told.months_of_others} months were watched with thresholds {which}: ask {how}.", highlight=False
            )

    answer(as_json, {"ok": True, **msgspec.to_builtins(told)}, human)


@patterns_app.command("look")
def look(
    book: BookCode,
    number: Annotated[int, typer.Option("--finding", help="The entry of the finding.", min=1)],
    rule: Annotated[str, typer.Option("--rule", help="The rule that asked for the look.")],
    outcome: Annotated[str, typer.Option("--outcome", help=f"One of {', '.join(OUTCOMES)}.")],
    safe: Annotated[
        bool, typer.Option("--safeguarding-considered", help="It was asked whether the person is safe and has care.")
    ] = False,
    words: Annotated[str | None, typer.Option("--words", help="For the file; erasable.")] = None,
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Say what came of looking at one thing that was found."""

    async def work() -> tuple[Any, str]:
        session = Session(await open_place(find_place(data)), token)
        async with session.reading(book) as (row, connection):
            caller = session.allowed(right := Permission.LOOK_AT_PATTERNS, row)
            for person in await persons_of(connection, row.book_id, (number,)):
                await check_seen(session, row, connection, caller, person, "look_at_pattern", right)
        secret, chosen = session.keys.requests, key_of(key)
        fields = canonical(
            "patterns/look", {"finding": number, "rule": rule, "outcome": outcome, "safe": safe, "words": words}
        )
        sender = Sender(caller.asked, stored_key(secret, row.code, caller, chosen), prints_of(secret, fields))
        detail = None if words is None else detail_of(os.urandom(16), {"words": words})
        with naming_reuse(secret, fields):
            async with gate_of(session, row, is_dry=False) as gate:
                try:
                    decided = await gate.carry_out(
                        lambda connection: record_look(
                            connection, row.book_id, number=number, rule=rule, outcome=outcome, on=today(),
                            safeguarding_considered=safe, detail=detail,
                        ),
                        sender, PATIENCE_SECONDS,
                    )  # fmt: skip
                except NotSettled as no:
                    raise Problem(no.code) from None
        return decided.outcome, chosen

    outcome_of, chosen = run(work())
    tell_act(outcome_of, chosen, "what came of it is on record", as_json, book=book)


@patterns_app.command("thresholds")
def thresholds(
    book: BookCode,
    file: Annotated[Path, typer.Argument(help="A file of thresholds: from, values, and made_up.")],
    key: Key = None,
    token: Token = None,
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Set from how much on somebody looks, from a day on, out of a file that stays with you."""
    sent = read_as(file, ThresholdsIn, "thresholds_malformed", "values")

    def made(row: BookRow) -> AnyRequest:
        if sent.made_up and row.nature == "live":
            raise Problem("threshold_made_up")
        values = thresholds_from(json.dumps(sent.values).encode())
        return thresholds_set(values, since=sent.start, made_up=sent.made_up, salt=os.urandom(16))

    async def work() -> tuple[Any, str]:
        session = Session(await open_place(find_place(data)), token)
        fields = {"from": sent.start.isoformat(), "values": sent.values, "made_up": sent.made_up}
        return await keep_record(session, book, Permission.SET_LIMITS, key, "patterns/thresholds", fields, made)

    outcome_of, chosen = run(work())
    tell_act(outcome_of, chosen, f"thresholds from {sent.start} set", as_json, book=book, made_up=sent.made_up)
