"""A book in which every kind of line occurs, written by the real writer, and its export."""

from collections.abc import Callable
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from ledger.book.books import find_book, open_book
from ledger.book.database import READING, connect
from ledger.book.writer import Writer
from ledger.core.canon import REGISTER_KINDS
from ledger.core.merkle import root_of
from ledger.core.model import AccountSpec, Asked, Detail, Leg
from ledger.core.note import Checkpoint, sign_note, verifier_of
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
    Kept,
    OpenAccounts,
    OpenBook,
    PlaceHold,
    Post,
    Record,
    ReleaseHold,
    Replacement,
    Restart,
    Reverse,
    SettleHold,
    Take,
)
from ledger.reports.exports import export_entries
from tests import kit
from tests.book.history import Clock

SIGNER, KEY = "phb.test/IND", bytes(range(32))
OLD, NEW = "nhs/2025-26", "nhs/2026-27"
LAST_YEAR, THIS_YEAR = date(2025, 6, 2), date(2026, 6, 2)
OFFICER, SECOND, IMPORTER = (
    Asked("test", "officer"), Asked("test", "second"), Asked("test", "importer", None, "machine", "imported"),
)  # fmt: skip
MINUTE_US = 60_000_000


def accounts_of(group: str, share: str) -> tuple[AccountSpec, ...]:
    """The accounts of one share in one fund-year."""
    return (
        AccountSpec(f"{group}/{share}/available", "available", "budget", group, "use", "debit", 0),
        AccountSpec(f"{group}/{share}/held", "held", "budget", group, "use", "debit", 0),
        AccountSpec(f"{group}/{share}/spent", "spent", "budget", group, "use", "debit", 0, 900_000),
        AccountSpec(f"{group}/{share}/unfunded", "unfunded", "budget", group, "use"),
    )


class Scene:
    """Builds the book step by step. `numbers` remembers entries by the names that plants use."""

    def __init__(self, dsn: str, clock: Clock) -> None:
        self.dsn = dsn
        self.clock = clock
        self.numbers: dict[str, int] = {}
        self.writer: Writer
        self.book: kit.Book

    async def ask(self, name: str, *requests: Any, asked: Asked = OFFICER, **more: Any) -> int:
        """Submit, and remember the first entry's number."""
        outcome = await self.writer.submit(kit.item(*requests, asked=asked, **more))
        assert outcome.entries, (name, outcome.refusal)
        assert (outcome.refusal is not None) == name.startswith("refused"), (name, outcome.refusal)
        self.numbers[name] = outcome.number
        return outcome.number

    async def build(self) -> None:
        """Everything, in an order that the rules allow."""
        opening = OpenBook(currency="GBP", first_month="2025-04", nature="synthetic", origin="phb.test/IND")
        await open_book(self.dsn, "IND", opening, OFFICER, clock_us=self.clock, nonce=kit.nonce)
        connection = await connect(self.dsn, "phb_reader", settings=READING)
        found = await find_book(connection, "IND")
        await connection.close()
        self.book = kit.Book(self.dsn, found.book_id, "IND")
        await self._start()
        await self._openings()
        await self._last_year()
        await self._this_year()
        await self._holds()
        await self._expiry()
        await self._ends()
        await self.writer.stop()

    async def writer_again(self) -> None:
        """A writer on the finished book, for a test that goes on."""
        await self._start()

    async def _start(self) -> None:
        self.writer = kit.writer_of(self.book, clock_us=self.clock)
        await self.writer.start()

    async def _openings(self) -> None:
        await self.ask("first_month", ChangePeriod(period="2025-03", to="opened"))
        bank = (
            AccountSpec("bank", "bank"),
            AccountSpec("care", "expense", type="expense"),
            AccountSpec("dust", "bank"),
        )
        await self.ask("accounts", OpenAccounts(accounts=bank))
        for name, group in (("old", OLD), ("new", NEW)):
            source = AccountSpec(f"{group}/source", "source", "budget", group, "source", "credit")
            await self.ask(f"source_{name}", OpenAccounts(accounts=(source,)))
            tags = (("line", "L1"), ("person", "P1"), ("share", "S1"))
            share = OpenAccounts(accounts=accounts_of(group, "s1"), tags=tags, share=True, subject="share/S1")
            await self.ask(f"share_{name}", share)
        for kind in sorted(REGISTER_KINDS):
            await self.ask(kind, Record(kind=kind, subject=f"{kind}/1", attributes=(("act", "registered"),)))
        detail = Detail(b"s" * 16, b'{"name":"A payee"}')
        record = Record(kind="payee", subject="payee/2", attributes=(("act", "registered"),), detail=detail)
        await self.ask("payee_detail", record)
        attributes = (("bundle", "b1"), ("outcome", "allow"))
        await self.ask("decision", Record(kind="decision", subject="person/P1", attributes=attributes,
                                          detail=Detail(b"t" * 16, b'{"facts":[]}')))  # fmt: skip

    def _money(self, debit: str, credit: str, pence: int, day: date, **more: Any) -> Post:
        given = {"because": self.numbers["decision"], "subject": "person/P1", **more}
        return kit.post(debit, credit, pence, day, **given)

    async def _last_year(self) -> None:
        await self.ask("old_allocated", self._money(f"{OLD}/s1/available", f"{OLD}/source", 100_000, LAST_YEAR))
        spend = (
            Leg(f"{OLD}/s1/spent", 2_500), Leg(f"{OLD}/s1/available", -2_500), Leg("care", 2_500), Leg("bank", -2_500),
        )  # fmt: skip
        request = Post(effective_on=LAST_YEAR, legs=spend, because=self.numbers["decision"], care_from=LAST_YEAR,
                       care_to=date(2025, 6, 8), event=8)  # fmt: skip
        await self.ask("old_spend", request)
        await self.ask("old_spend_again", request)
        await self.ask("old_import", kit.post("dust", "bank", 77, LAST_YEAR, detail=Detail(b"u" * 16, b"a row")),
                       asked=IMPORTER)  # fmt: skip
        await self.ask("month_closed", ChangePeriod(period="2025-05", to="closed", reason="final"))
        await self.ask(
            "month_reopened", ChangePeriod(period="2025-05", to="reopened", reason="late_invoice"), asked=SECOND
        )
        await self.ask("year_closed", ChangePeriod(period="2025-26", to="closed"))
        instead = (
            Replacement(f"{OLD}/s1/spent", f"{NEW}/s1/spent"), Replacement(f"{OLD}/s1/available", f"{NEW}/s1/available"),
        )  # fmt: skip
        await self.ask("new_allocated", self._money(f"{NEW}/s1/available", f"{NEW}/source", 500_000, THIS_YEAR))
        await self.ask("new_spent", self._money(f"{NEW}/s1/spent", f"{NEW}/s1/available", 90_000, THIS_YEAR))
        await self.ask("correction", Correct(effective_on=THIS_YEAR, entry=self.numbers["old_spend"],
                                             replacements=instead, because=self.numbers["decision"]))  # fmt: skip

    async def _this_year(self) -> None:
        await self.ask("paid", kit.post("care", "bank", 1_234, THIS_YEAR))
        await self.ask("paid_back", Reverse(effective_on=date(2026, 6, 3), entry=self.numbers["paid"]))
        spend = (Leg(f"{NEW}/s1/spent", 950_000), Leg(f"{NEW}/s1/available", -950_000))
        await self.ask("up_to", Post(effective_on=THIS_YEAR, legs=(Leg(f"{NEW}/s1/unfunded", 5_000),
                       Leg(f"{NEW}/s1/available", -5_000)), up_to=f"{NEW}/s1/available",
                       because=self.numbers["decision"]))  # fmt: skip
        await self.ask("refused", Post(effective_on=THIS_YEAR, legs=spend, because=self.numbers["decision"],
                                       subject="person/P1"),
                       refusal_attributes=(("bundle", "b1"),), refusal_detail=Detail(b"v" * 16, b"why not"))  # fmt: skip
        group = (
            Record(kind="decision", subject="person/P1", attributes=(("bundle", "b1"), ("outcome", "allow"))),
            self._money(f"{NEW}/s1/spent", f"{NEW}/s1/available", 300, THIS_YEAR, because=-1),
        )
        await self.ask("group", *group)
        generated = Asked("test", "clock", None, "machine", "generated")
        await self.ask("ahead", kit.post("care", "bank", 10, date(2027, 4, 1)), asked=generated)

    async def _place(self, name: str, pence: int, **more: Any) -> int:
        kept = Kept(f"{NEW}/s1/held", f"{NEW}/s1/available", pence)
        request = PlaceHold(effective_on=THIS_YEAR, pairs=(kept,), because=self.numbers["decision"], **more)
        return await self.ask(name, request)

    async def _settle(self, name: str, hold: int, take: int, spent: int, *, final: bool) -> int:
        available = spent - take
        legs = [Leg(f"{NEW}/s1/spent", spent)]
        if available:
            legs.append(Leg(f"{NEW}/s1/available", -available))
        request = SettleHold(effective_on=THIS_YEAR, hold=hold, takes=(Take(f"{NEW}/s1/held", take),), legs=tuple(legs),
                             final=final, fact=False, because=self.numbers["decision"])  # fmt: skip
        return await self.ask(name, request)

    async def _holds(self) -> None:
        because = self.numbers["decision"]
        first = await self._place("hold_1", 10_000)
        await self._settle("settled_part", first, 4_000, 4_000, final=False)
        await self._settle("settled_final", first, 5_000, 5_000, final=True)
        reopening = Reverse(effective_on=THIS_YEAR, entry=self.numbers["settled_final"], because=because)
        await self.ask("settlement_reversed", reopening)
        second = await self._place("hold_2", 6_000)
        await self._settle("settled_more", second, 6_000, 7_500, final=True)
        third = await self._place("hold_3", 5_000)
        part = ReleaseHold(effective_on=THIS_YEAR, hold=third, takes=(Take(f"{NEW}/s1/held", 2_000),), because=because)
        await self.ask("released_part", part)
        await self.ask("released", ReleaseHold(effective_on=THIS_YEAR, hold=third, because=because))
        back = Reverse(effective_on=THIS_YEAR, entry=self.numbers["released_part"], because=because)
        await self.ask("release_reversed", back)
        await self._place("hold_4", 1_000)
        await self.ask("hold_reversed", Reverse(effective_on=THIS_YEAR, entry=self.numbers["hold_4"], because=because))
        await self._place("hold_5", 800, expires_us=self.clock() + 10 * MINUTE_US)

    async def _expiry(self) -> None:
        await self.clock.set(self.clock() + 60 * MINUTE_US)
        await self.writer.stop()
        await self._start()
        assert await self.writer.sweep() == 1
        self.numbers["expired"] = max(self.numbers.values()) + 1

    async def _ends(self) -> None:
        await self.ask("frozen", ChangeAccount(account="care", to="frozen", reason="death"))
        await self.ask("fact_on_frozen", kit.post("care", "bank", 55, THIS_YEAR, fact=True))
        await self.ask("refused_frozen", kit.post("care", "bank", 55, THIS_YEAR))
        await self.ask("unfrozen", ChangeAccount(account="care", to="unfrozen"))
        await self.ask("dust_emptied", kit.post("bank", "dust", 77, THIS_YEAR))
        await self.ask("closed", ChangeAccount(account="dust", to="closed"))
        numbers = (self.numbers["payee_detail"], self.numbers["old_import"])
        await self.ask("erasure", Erase(entries=numbers, second="second", ground="request"))
        connection = await connect(self.dsn, "phb_eraser", self.book.book_id, READING)
        await connection.execute("DELETE FROM phb.detail WHERE number = ANY ($1::bigint[])", list(numbers))
        await connection.close()
        restart = Restart(origin="phb.test/IND/2", second="second", ground="restore", note_size=3, note_root=None)
        await self.ask("restart", restart)
        await self.ask("last", kit.post("care", "bank", 5, THIS_YEAR, subject="run/1"))

    async def export(self, directory: Path) -> None:
        """The export of the whole book."""
        connection = await connect(self.dsn, "phb_reader", self.book.book_id, READING)
        await export_entries(connection, self.book.book_id, directory, signer_name=SIGNER, private_key=KEY)
        await connection.close()


def leaves_of(lines: list[str]) -> list[bytes]:
    """The leaf hashes of lines."""
    return [sha256(b"\x00" + line.encode()).digest() for line in lines]


def write_export(
    directory: Path, lines: list[str], note: str, verifiers: str, details: list[dict[str, Any]] | None,
    dumps: Callable[[Any], str],
) -> None:  # fmt: skip
    """Files of an export as somebody with all of them before him would write them."""
    directory.mkdir()
    (directory / "entries.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    (directory / "checkpoint.txt").write_text(note, encoding="utf-8")
    (directory / "verifiers.txt").write_text(verifiers, encoding="utf-8")
    if details is not None:
        text = "".join(dumps(detail) + "\n" for detail in details)
        (directory / "details.jsonl").write_text(text, encoding="utf-8")


def sealed_note(lines: list[str], origin: str = "phb.test/IND/2", key: bytes = KEY) -> str:
    """The note that an insider who holds the key would sign over changed lines."""
    return sign_note(Checkpoint(origin, len(lines), root_of(leaves_of(lines))).text(), SIGNER, key)


def verifier_text() -> str:
    """The signer's verifier line."""
    return verifier_of(SIGNER, KEY).text() + "\n"
