"""The end of a year at a terminal: shown, proposed by one person, and by another confirmed and posted."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from rich.console import Console

from api.answers_closing import YearEndOut, year_end_of
from api.auth import Caller
from api.cli_bank import PATIENCE_SECONDS, gate_before
from api.cli_output import DONE, WRONG, Data, Meter, answer, run
from api.cli_records import rules_no
from api.deciding import Ask, naming_noes
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.permissions import Permission, Role
from api.place import find_place, open_place
from api.problems import Problem
from api.session import Session, clock_us, key_of
from ledger.book.append import known, replay
from ledger.book.books import BookRow
from ledger.book.snapshot import snapshot
from ledger.budgets.reading import said_of
from ledger.budgets.year_end import year_named
from ledger.budgets.year_standing import read_year_end
from ledger.core.batch import Outcome
from ledger.core.calendar import london_day
from ledger.core.model import Item
from policies import year_ending
from policies.gate import Sender
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
Make = Callable[[Connection, int], Awaitable[Resolution]]


async def submit_once(
    session: Session, caller: Caller, row: BookRow, connection: Connection, writer: Any, *, key: str, route: str,
    fields: dict[str, Any], make: Make,
) -> Outcome:  # fmt: skip
    """What `make` finds, submitted under a key; known, it has its first outcome. Raises the Problem of what stands against it."""
    secret = session.keys.requests
    named = canonical(route, fields)
    stored, prints = stored_key(secret, row.code, caller, key), prints_of(secret, named)
    if stored in (rows := await known(connection, row.book_id, [stored])):
        with naming_reuse(secret, named):
            return await replay(connection, row.book_id, prints, rows[stored])
    try:
        async with snapshot(connection):
            found = await make(connection, row.book_id)
    except (NotSettled, NotThere) as no:
        raise Problem(no.code) from None
    item = Item(requests=found.requests, asked=caller.asked, key=stored, prints=prints, guards=found.guards,
                other_than=found.other_than)  # fmt: skip
    with naming_reuse(secret, named):
        outcome: Outcome = await writer.submit(item, 30)
        return outcome


async def _read(connection: Connection, row: BookRow, year: str) -> YearEndOut:
    async with snapshot(connection):
        stood = await read_year_end(connection, row.book_id, year)
    said = stood.said_of(f"year_end/{year}")
    return year_end_of(year, row.currency, (said[-1].act, said[-1].number) if said else None, stood.lines, stood.funds)


def end_year(
    year: str, book: str, *, confirm: int | None, dry_run: bool, key: str | None, token: str | None, data: Data, as_json: bool
) -> None:  # fmt: skip
    """Shows what is left of a year; unless that is all, proposes its end, or confirms proposal `confirm` and posts everything."""
    year_named(year)
    own = key_of(key)
    facts = run(_work(year, book, confirm, dry_run, own, token, data, as_json))
    refused = facts["refused"]

    def human(console: Console) -> None:
        console.print(f"{year}: {facts['carried']} to carry, {facts['lapsed']} to lapse; {len(facts['lines'])} parts of lines and "
                      f"{len(facts['funds'])} funds; last word: {facts['word'] or 'none'}", highlight=False)  # fmt: skip
        if facts["proposal"]:
            console.print(f"Proposed (entry {facts['proposal']}); another person confirms it with --confirm {facts['proposal']}.",
                          highlight=False)  # fmt: skip
        if facts["posted"]:
            console.print(f"{facts['posted']} lines and funds ended.", highlight=False)
        for name, code in refused.items():
            console.print(f"{name}: {code}", highlight=False)

    answer(as_json, {"ok": not refused, "key": own, **facts}, human, WRONG if refused else DONE)


async def _work(
    year: str, book: str, confirm: int | None, dry_run: bool, key: str, token: str | None, data: Data, quiet: bool
) -> dict[str, Any]:  # fmt: skip
    session = Session(await open_place(find_place(data)), token)
    done: dict[str, Any] = {"proposal": None, "posted": 0, "refused": {}}
    async with session.reading(book) as (row, connection):
        if dry_run:
            return {**msgspec.to_builtins(await _read(connection, row, year)), **done}
        caller = session.allowed(Permission.CLOSE_YEARS, row)
        async with session.writing(row) as (writer, _):

            async def step(name: str, fields: dict[str, Any], make: Make) -> Outcome:
                return await submit_once(session, caller, row, connection, writer, key=f"{key}/{name}"[:128],
                                         route=f"years/{year}/end/{name}", fields=fields, make=make)  # fmt: skip

            if confirm is None:
                today = london_day(clock_us())
                made = await step(
                    "proposals",
                    {},
                    lambda reader, book_id: year_ending.propose(reader, book_id, year=year, today=today),
                )
                done["proposal"] = made.number
            else:

                async def judged(name: str, fields: dict[str, Any], ask: Ask) -> str | None:
                    return await _judged(session, caller, row, connection, writer, f"{key}/{name}"[:128],
                                         f"years/{year}/end/{name}", fields, ask)  # fmt: skip

                await _confirm_and_post(connection, row, year, confirm, step, judged, done, quiet)
        return {**msgspec.to_builtins(await _read(connection, row, year)), **done}


async def _confirm_and_post(
    connection: Connection, row: BookRow, year: str, proposal: int, step: Callable[..., Awaitable[Outcome]],
    judged: Callable[..., Awaitable[str | None]], done: dict[str, Any], quiet: bool,
) -> None:  # fmt: skip
    """Confirms, unless that was done before, and then ends what is left: a run that was cut short is run again."""
    said = await said_of(connection, row.book_id, f"year_end/{year}")
    if not said or said[-1].act != "confirmed":
        made = await step(
            "confirm", {"proposal": proposal},
            lambda reader, book_id: year_ending.confirm(reader, book_id, year=year, proposal=proposal),
        )  # fmt: skip
        if made.refusal is not None:
            done["refused"]["confirm"] = made.refusal.code
            return
    elif said[-2].number != proposal:
        # What is confirmed is another proposal than the one that this person names.
        done["refused"]["confirm"] = "year_end_not_proposed"
        return
    left = await _read(connection, row, year)
    steps: list[tuple[str, dict[str, Any], Ask]] = []
    for line in dict.fromkeys(each.line for each in left.lines):
        steps.append((f"lines/{line}", {"line": line}, _ending_line(year, line)))
    for fund in (each.fund for each in left.funds if each.unallocated != "0.00"):
        steps.append((f"funds/{fund}", {"fund": fund}, _ending_fund(year, fund)))
    with Meter(f"ending {year}", quiet=quiet) as meter:
        for place, each in enumerate(steps, 1):
            try:
                code = await judged(*each)
            except Problem as no:
                code = no.code
            if code is None:
                done["posted"] += 1
            else:
                done["refused"][each[0]] = code
            meter.show(place, len(steps))


async def _judged(
    session: Session, caller: Caller, row: BookRow, connection: Connection, writer: Any, key: str, route: str,
    fields: dict[str, Any], ask: Ask,
) -> str | None:  # fmt: skip
    """Why a line or fund was not ended: the code of a refusal, or what the rules said and in which decision; None when it was."""

    @asynccontextmanager
    async def reading() -> AsyncIterator[Connection]:
        yield connection

    secret, named = session.keys.requests, canonical(route, fields)
    is_of_finance = Role.FINANCE.value in caller.roles
    sender = Sender(caller.asked, stored_key(secret, row.code, caller, key), prints_of(secret, named), is_of_finance)
    with naming_reuse(secret, named), naming_noes():
        found = await ask(gate_before(session, row, writer, reading), sender, PATIENCE_SECONDS)
    if found.outcome.refusal is not None:
        return found.outcome.refusal.code
    no = rules_no(found)
    return None if no is None else no.words


def _ending_line(year: str, line: str) -> Ask:
    return lambda gate, sender, timeout: year_ending.end_line(gate, sender, timeout, year=year, line=line)


def _ending_fund(year: str, fund: str) -> Ask:
    return lambda gate, sender, timeout: year_ending.end_fund(gate, sender, timeout, year=year, fund=fund)
