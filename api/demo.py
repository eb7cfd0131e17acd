"""A made-up commissioner for newcomers: a book `DEMO`, a year of payments, and everything that proves them.

The figures depend on the seed and the day alone. Payees are invented; the next version brings people and their budgets.
"""

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from api.cli_output import Meter, grouped
from api.cli_proof import sign_head
from api.permissions import Permission
from api.place import find_place, open_place
from api.session import Session, clock_us
from ledger.book import store
from ledger.book.balances import trial_balance
from ledger.book.books import BookRow
from ledger.book.sink import LiveSink
from ledger.book.verify import verify_book
from ledger.budgets.feeds import Feed, FeedRow, Importer
from ledger.budgets.identities import IDENTITIES
from ledger.core.calendar import london_day
from ledger.core.canon import parse
from ledger.core.model import Asked
from ledger.money import format_amount

BOOK = "DEMO"
ROWS = 12_000
PAYEES = 120
_FIRST = (
    "Amber",
    "Birch",
    "Cedar",
    "Dove",
    "Elder",
    "Fern",
    "Gorse",
    "Hazel",
    "Iris",
    "Juniper",
    "Kite",
    "Larch",
)
_SECOND = ("Home Care", "Support", "Respite", "Therapy", "Equipment", "Transport", "Nursing", "Payroll", "Day Centre",
           "Mobility")  # fmt: skip


def made_up_payments(seed: int, today: date, rows: int = ROWS) -> Iterator[FeedRow]:
    """A year of payments up to yesterday, the same for the same seed and day: about one in forty is a credit."""
    chance = random.Random(seed)  # noqa: S311 - made-up data, the same each time
    names = [f"{first} {second} (made up)" for first in _FIRST for second in _SECOND][:PAYEES]
    for line in range(2, rows + 2):
        day = today - timedelta(days=1 + chance.randrange(365))
        pence = chance.randrange(1_500, 480_000)
        yield FeedRow(line, day, chance.choice(names), -pence if chance.randrange(40) == 0 else pence)


def first_month(today: date) -> str:
    """The first month of the demo's book: April of the year before last."""
    return f"{today.year - 2}-04"


async def load_demo(data: Path | None, seed: int, *, quiet: bool) -> dict[str, Any]:
    """Open and fill the book if it is new, then verify it and sign its head. What was found, ready for JSON."""
    began = time.monotonic()
    session = Session(await open_place(find_place(data)))
    today = london_day(clock_us())
    row = await session.find(BOOK)
    if row is None:
        row = await session.create(BOOK, nature="synthetic", first_month=first_month(today))
    else:
        today = await _day_of_opening(session)
    # Posting again posts nothing, and completes a load that was killed half way.
    posted = await _post(session, row, seed, today, quiet)
    async with session.reading(BOOK) as (_, connection):
        balances = await trial_balance(connection, row.book_id, effective_on=today)
        with Meter("verifying", quiet=quiet) as meter:
            verdict = await verify_book(
                connection, row.book_id, verifiers=session.place.verifiers(), notes_directory=session.place.notes_dir,
                identities=IDENTITIES, progress=meter.show,
            )  # fmt: skip
        note, file = await sign_head(session.place, session, BOOK, row.book_id, connection)
    return {
        "book": BOOK, "seed": seed, "already_loaded": posted == 0, "entries": verdict.entries, "postings": verdict.postings,
        "trial_balance": {
            "layers": {each.layer: format_amount(each.balance) for each in balances.layers},
            "classes": [
                {"class": c.klass, "accounts": c.accounts, "debit": format_amount(c.debit),
                 "credit": format_amount(c.credit), "balance": format_amount(c.balance)}
                for c in balances.classes
            ],
        },
        "verified": verdict.ok, "why": verdict.why, "checkpoint": note, "checkpoint_file": str(file),
        "elapsed_seconds": round(time.monotonic() - began, 1),
    }  # fmt: skip


async def _day_of_opening(session: Session) -> date:
    async with session.reading(BOOK) as (row, connection):
        line = await connection.fetchval(store.BODY, row.book_id, 1)
    return london_day(parse(line).recorded_us)


async def _post(session: Session, row: BookRow, seed: int, today: date, quiet: bool) -> int:
    caller = session.allowed(Permission.IMPORT_PAYMENTS, row)
    chance = random.Random(seed)  # noqa: S311 - made-up data, the same each time
    feed = Feed(
        book=BOOK, name="payments", asked=Asked(caller.azp, caller.sub, None, "machine", "imported"),
        request_secret=session.keys.requests, lookup_secret=session.keys.lookup,
        token=lambda: f"py-{chance.randrange(16**12):012x}", salt=lambda: chance.randbytes(16),
    )  # fmt: skip
    async with session.writing(row) as (writer, connection):
        with Meter("posting a made-up year", quiet=quiet) as meter:
            importer = Importer(
                feed, LiveSink(writer, connection, row.book_id), progress=lambda done: meter.show(done, ROWS)
            )
            report = await importer.run(made_up_payments(seed, today))
    return report.posted


def show_demo(console: Console, facts: dict[str, Any]) -> None:
    """The demo's figures as tables."""
    words = "was here already" if facts["already_loaded"] else "is loaded"
    console.print(f"The made-up book [bold]{facts['book']}[/bold] {words}.")
    table = Table(title="Trial balance (£)")
    for name in ("class", "accounts", "debit", "credit", "balance"):
        table.add_column(name, justify="left" if name == "class" else "right")
    for each in facts["trial_balance"]["classes"]:
        amounts = (grouped(_pence(each[name])) for name in ("debit", "credit", "balance"))
        table.add_row(each["class"], f"{each['accounts']:,}", *amounts)
    console.print(table)
    verdict = "[green]verified[/green]" if facts["verified"] else f"[red]wrong[/red]: {facts['why']}"
    console.print(f"{verdict}: {facts['entries']:,} entries and {facts['postings']:,} postings re-derived from the log")
    console.print(f"signed checkpoint, kept in {facts['checkpoint_file']}:", highlight=False)
    console.print(facts["checkpoint"], highlight=False, markup=False, soft_wrap=True)
    console.print(f"{facts['elapsed_seconds']} seconds. Look on: .venv/bin/phb receipt 100 --book DEMO")


def _pence(amount: str) -> int:
    return int(amount.replace(".", ""))
