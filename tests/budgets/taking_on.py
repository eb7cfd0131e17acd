"""A book that takes caseloads on: the importer as the command uses it, on a real database, and what became of the book."""

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ledger.book.database import READING, connect
from ledger.book.sink import LiveSink, Sink, TrialSink
from ledger.book.verify import Verification, verify_book
from ledger.budgets.caseload import caseload_of
from ledger.budgets.caseload_import import Identities, Importer, Secrets
from ledger.budgets.caseload_report import TakeOnReport
from ledger.budgets.caseload_tables import read_caseload
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.warrants import check_warrants
from ledger.core.batch import Outcome
from ledger.core.model import Asked, Item
from ledger.reports.identities import Identity, check_identities
from tests import kit
from tests.budgets.caseloads import SERVICES, Sheets, write

MIGRATED = Asked("phb", "loader", None, "machine", "migrated")
SECRETS = Secrets(b"r" * 32, b"l" * 32, lambda: os.urandom(16))
TABLES = (
    "entry", "posting", "balance", "hold", "request_key", "register", "detail", "account", "payee", "identity",
)  # fmt: skip


class CutOff(Exception):
    """The process ended here."""


class _Cut:
    """A sink that ends the process after so many items."""

    def __init__(self, sink: Sink, after: int) -> None:
        self._sink, self._left = sink, after

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sink, name)

    async def submit_many(self, items: Sequence[Item]) -> list[Outcome | Exception]:
        """As the sink, until the time has come."""
        self._left -= 1
        if self._left < 0:
            raise CutOff
        return await self._sink.submit_many(items)


class TakingOn:
    """One book, and where its files are put."""

    def __init__(self, book: kit.Book, folder: Path, secrets: Secrets = SECRETS) -> None:
        self.book, self.folder, self._made, self.secrets = book, folder, 0, secrets

    async def run(self, sheets: Sheets | Path, *, is_trial: bool = False, cut_after: int | None = None) -> TakeOnReport:
        """One way through a caseload, deciding or posting. CutOff after so many items."""
        if isinstance(sheets, dict):
            self._made += 1
            sheets = write(self.folder / str(self._made), sheets)
        caseload, troubles = caseload_of(read_caseload([sheets]))
        book_id, dsn = self.book.book_id, self.book.dsn
        reading = await connect(dsn, "phb_reader", book_id, READING)
        own = await connect(dsn, "phb_writer", book_id)
        registrar = await connect(dsn, "phb_registrar", book_id, READING)
        writer = kit.writer_of(self.book, identities=IDENTITIES)
        await writer.start()
        identities = Identities(registrar, book_id, self.secrets.lookup, is_trial=is_trial)
        sink: Any = LiveSink(writer, own, book_id)
        if is_trial:
            sink = TrialSink(own, book_id, clock_us=kit.clock_us, nonce=kit.nonce, identities=IDENTITIES)
        if cut_after is not None:
            sink = _Cut(sink, cut_after)
        try:
            return await Importer(
                book=self.book.code, book_id=book_id, sink=sink, identities=identities, reading=reading, asked=MIGRATED,
                secrets=self.secrets, today=date(2026, 1, 31), now_us=kit.clock_us(), services=frozenset(SERVICES),
                first_day=date(2025, 4, 1),
            ).run(caseload, troubles)  # fmt: skip
        finally:
            await identities.close()
            await writer.stop()
            for connection in (reading, own, registrar):
                await connection.close()

    async def kept(self) -> list[int]:
        """How much stands in the book and beside it."""
        return [(await kit.rows(self.book.dsn, f"SELECT count(*) FROM phb.{table}"))[0][0] for table in TABLES]

    async def states(self) -> dict[str, int]:
        """Pence by state of all lines together, sizes for what is unfunded, and what is owed."""
        rows = await kit.rows(
            self.book.dsn,
            "SELECT a.class, sum(b.balance)::bigint AS pence FROM phb.account a JOIN phb.balance b USING (book_id, account_id) "
            "WHERE a.code LIKE 'share/%' OR a.class = 'payable' GROUP BY 1",
        )
        found = {row["class"]: row["pence"] for row in rows}
        return {
            **{state: found.get(state, 0) for state in ("available", "held", "advanced", "spent", "recovering")},
            "unfunded": -found.get("unfunded", 0), "owed": -found.get("payable", 0),
        }  # fmt: skip

    async def verified(self) -> tuple[Verification, list[Identity]]:
        """What verification finds, warrants included, and the identities that are broken."""
        connection = await connect(self.book.dsn, "phb_reader", self.book.book_id, READING)
        try:
            found = await verify_book(
                connection, self.book.book_id, verifiers=(), identities=IDENTITIES, also=(check_warrants,)
            )
            return found, [each for each in await check_identities(connection, self.book.book_id) if not each.ok]
        finally:
            await connection.close()
