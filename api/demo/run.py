"""Runs the demo: opens the book, loads it, checks it in every way there is, signs its head, and keeps what was found.

What was found is kept in the book itself, as the detail of its `setting/demo` entry, so that a second run says the same again. A
load that was killed half way is completed by the next run.
"""

import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from api.cli_output import Meter
from api.cli_proof import sign_head
from api.demo.affairs import AFFAIRS
from api.demo.cast import AGENCIES, MACHINE, Span, span_to
from api.demo.living import Year
from api.demo.loading import Loader, Tally, all_at_once
from api.demo.month_end import end_of_month, months_watched
from api.demo.payments import ROWS, made_up_payments
from api.demo.people import PEOPLE, Person, made_up_people
from api.demo.script import DayNotYet, DemoIsAnother, Script
from api.open_books import salt
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, clock_us
from ledger.book.balances import trial_balance
from ledger.book.books import BookRow
from ledger.book.database import BY_KEY, EVERY_LENGTH
from ledger.book.lookups import read_detail
from ledger.book.sink import LiveSink
from ledger.book.verify import verify_book
from ledger.book.writer import Writer
from ledger.budgets.feeds import Feed, Importer
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.reading import said_of
from ledger.budgets.warrants import check_warrants
from ledger.core.calendar import london_day
from ledger.core.model import Asked, Detail
from ledger.core.requests import Record
from ledger.money import format_amount
from ledger.reports.identities import NOT_YET, check_identities
from policies.bundle import Bundle
from policies.engine import Engine
from policies.gate import Gate

Connection = Any
BOOK = "DEMO"
SUBJECT = "setting/demo"
READERS = 8


async def load_demo(
    data: Path | None, *, seed: int | None = None, as_of: date | None = None, people: int | None = None, quiet: bool = True
) -> dict[str, Any]:  # fmt: skip
    """Make the book DEMO what it should be, and say what is in it, ready for JSON. DemoIsAnother, DayNotYet."""
    began = time.monotonic()
    session = Session(await open_place(find_place(data)))
    found = await load_into(session, seed=seed, as_of=as_of, people=people, quiet=quiet)
    return {**found, "elapsed_seconds": round(time.monotonic() - began, 1)}


async def load_into(
    session: Session, *, seed: int | None = None, as_of: date | None = None, people: int | None = None, quiet: bool = True,
    only: Collection[int] = (),
) -> dict[str, Any]:  # fmt: skip
    """The same at a place that is open already. With `only`, none but the people of these places are loaded, for a test that tells
    of a few: funds and payees, and everything about those few, are as in the whole demo. DemoIsAnother, DayNotYet."""
    row = await session.find(BOOK)
    begun = None if row is None else await _begun(session)
    script = _script(begun, seed, as_of, people)
    if row is not None:
        kept = await _kept(session, row)
        if kept is not None:
            return {**kept, "already_loaded": True}
    span = span_to(script.as_of)
    row = row or await session.create(BOOK, nature="synthetic", first_month=span.first_month)
    everybody = made_up_people(script.chance("people"), span, script.people)
    loaded = [each for each in everybody if not only or each.index in only]
    async with session.writing(row) as (writer, connection), _loader(session, row, writer, script) as loader:
        await _load(loader, script, span, everybody, loaded, quiet)
        await _import(session, row, writer, connection, script, span, quiet)
        found = await _found(session, row, loader.tally, script, len(loaded), quiet) | {"example": _example(everybody)}
        about = (("act", "loaded"), *script.attributes)
        detail = Detail(salt(), msgspec.json.encode(found))
        await loader.must("loaded", MACHINE, Record(kind="setting", subject=SUBJECT, attributes=about, detail=detail))
    return found


async def _begun(session: Session) -> Script | None:
    """Which demo the book is of, from its second entry."""
    async with session.reading(BOOK) as (row, connection):
        said = await said_of(connection, row.book_id, SUBJECT)
    if not said:
        return None
    given = said[0].attributes
    return Script(int(given["seed"]), date.fromisoformat(given["as_of"]), int(given["people"]))


def _script(begun: Script | None, seed: int | None, as_of: date | None, people: int | None) -> Script:
    """What was asked for, where it was not the same before."""
    today = london_day(clock_us())
    if as_of is not None and as_of > today:
        raise DayNotYet
    if begun is None:
        return Script(1 if seed is None else seed, as_of or today, people or PEOPLE)
    if seed not in (None, begun.seed) or as_of not in (None, begun.as_of) or people not in (None, begun.people):
        raise DemoIsAnother
    return begun


async def _kept(session: Session, row: BookRow) -> dict[str, Any] | None:
    """What was found when the load was done; None when it was not, or its details were erased."""
    async with session.reading(row.code) as (_, connection):
        said = await said_of(connection, row.book_id, SUBJECT)
        if not said or said[-1].act != "loaded":
            return None
        detail = await read_detail(connection, row.book_id, said[-1].number)
    return None if detail is None else msgspec.json.decode(detail, type=dict[str, Any])


@asynccontextmanager
async def _loader(session: Session, row: BookRow, writer: Writer, script: Script) -> AsyncIterator[Loader]:
    options = {**BY_KEY, "role": "phb_reader", "phb.book_id": str(row.book_id)}
    async with asyncpg.create_pool(
        session.place.serving,
        min_size=1,
        max_size=READERS,
        command_timeout=30,
        server_settings=options,
        **EVERY_LENGTH,
    ) as pool:

        @asynccontextmanager
        async def reading() -> AsyncIterator[Connection]:
            async with pool.acquire() as connection:
                # What a pool does to a connection that comes back takes its book away.
                yield connection

        gate = Gate(
            engine=Engine(Bundle.load()), book_id=row.book_id, book=row.code, writer=writer, reading=reading,
            clock_us=clock_us, today=lambda: london_day(clock_us()), salt=salt,
        )  # fmt: skip
        yield Loader(prefix=script.prefix, book_id=row.book_id, writer=writer, gate=gate, salt=salt)


async def _load(
    loader: Loader, script: Script, span: Span, everybody: tuple[Person, ...], loaded: list[Person], quiet: bool
) -> None:  # fmt: skip
    await loader.begin(Record(kind="setting", subject=SUBJECT, attributes=(("act", "begun"), *script.attributes)))
    await loader.funds(span, everybody)
    await loader.payees()
    await loader.contacts(span)
    today = london_day(clock_us())
    for words, work in (
        ("setting up budgets", [partial(loader.budget, each) for each in loaded]),
        ("a year through the gate", [Year(loader, each, today, AFFAIRS).live for each in loaded]),
    ):
        with Meter(words, quiet=quiet) as meter:
            await all_at_once(work, meter.show)
    await loader.pay(span)
    await end_of_month(loader, span)
    with Meter("looking for patterns", quiet=quiet):
        await months_watched(loader, span)


async def _import(
    session: Session, row: BookRow, writer: Writer, connection: Connection, script: Script, span: Span, quiet: bool
) -> None:  # fmt: skip
    caller = session.allowed(Permission.IMPORT_PAYMENTS, row)
    chance = script.chance("payments")
    feed = Feed(
        book=BOOK, name="payments", asked=Asked(caller.azp, caller.sub, None, "machine", "imported"),
        request_secret=session.keys.requests, lookup_secret=session.keys.lookup,
        token=lambda: f"py-{chance.randrange(16**12):012x}", salt=salt,
    )  # fmt: skip
    with Meter("published payments", quiet=quiet) as meter:
        importer = Importer(
            feed, LiveSink(writer, connection, row.book_id), progress=lambda done: meter.show(done, ROWS)
        )
        await importer.run(made_up_payments(script.chance("rows"), span.as_of))


def _example(everybody: tuple[Person, ...]) -> dict[str, str]:
    """Somebody whose budget a newcomer may look at: a person who asks for themselves."""
    person = next(each for each in everybody if each.lines[0].line.management == "notional" and each.index % 3 == 0)
    line = person.lines[0].line
    return {"person": person.ref, "holder": person.holder.actor, "line": line.line, "service": line.services[0],
            "payee": AGENCIES[0]}  # fmt: skip


async def _found(
    session: Session, row: BookRow, tally: Tally, script: Script, people: int, quiet: bool
) -> dict[str, Any]:  # fmt: skip
    """Balances, identities, verification and the signed head of the loaded book."""
    async with session.reading(row.code) as (_, connection):
        balances = await trial_balance(connection, row.book_id, effective_on=None)
        with Meter("identities", quiet=quiet) as meter:
            identities = await check_identities(connection, row.book_id, meter.show)
        with Meter("verifying", quiet=quiet) as meter:
            verdict = await verify_book(
                connection, row.book_id, verifiers=session.place.verifiers(), notes_directory=session.place.notes_dir,
                identities=IDENTITIES, progress=meter.show, also=(check_warrants,),
            )  # fmt: skip
        note, file = await sign_head(session.place, session, row.code, row.book_id, connection)
    reasons = sorted(tally.reasons.items(), key=lambda each: (-each[1], each[0]))
    return {
        "book": row.code, "as_of": script.as_of.isoformat(), "seed": script.seed, "already_loaded": False,
        "people": people, "allocations": tally.allocations,
        "decisions": {outcome: tally.decisions[outcome] for outcome in ("allow", "refer", "deny")},
        "answers": dict(sorted(tally.answers.items())), "ledger_refused": dict(sorted(tally.refused.items())),
        "reasons": [{"outcome": outcome, "rule": rule, "times": times} for (outcome, rule), times in reasons],
        "entries": verdict.entries, "postings": verdict.postings,
        "trial_balance": {each.layer: format_amount(each.balance) for each in balances.layers},
        "classes": [
            {"layer": c.layer, "class": c.klass, "accounts": c.accounts, "debit": format_amount(c.debit),
             "credit": format_amount(c.credit), "balance": format_amount(c.balance)}
            for c in balances.classes
        ],
        "identities": {each.name: {"ok": each.ok, "checked": each.checked, "says": each.says, "first": each.first}
                       for each in identities},
        "not_yet": list(NOT_YET), "verified": verdict.ok, "why": verdict.why, "checkpoint": note,
        "checkpoint_file": str(file),
    }  # fmt: skip
