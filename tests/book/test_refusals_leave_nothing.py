"""On the real database: a refusal leaves one entry or none at all, and is the answer to its key for ever."""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from ledger.book.submission import KeyReused
from ledger.book.writer import Writer
from ledger.core.model import AccountSpec, Asked, Guard, Identity, Item, Leg, Term
from ledger.core.refusals import REFUSALS
from ledger.core.requests import (
    ChangeAccount,
    ChangePeriod,
    Correct,
    Erase,
    Kept,
    OpenAccounts,
    PlaceHold,
    ReleaseHold,
    Replacement,
    Reverse,
    SettleHold,
    Take,
)
from tests import kit
from tests.world import budget, moves

RULE = Identity("L3", "share", (Term("expense", 1), Term("spent", -1)))
DAY = kit.DAY
NOTHING_CHANGES = (
    "SELECT account_id, balance, debit, credit, postings, last_number FROM phb.balance ORDER BY 1",
    "SELECT account_id, number, amount, balance_after, effective_on FROM phb.posting ORDER BY 1, 2",
    "SELECT account_id, day, debit, credit FROM phb.delta ORDER BY 1, 2",
    "SELECT number, purpose, subject, expires_us, closed FROM phb.hold ORDER BY 1",
    "SELECT number, holding_id, origin_id, placed, remaining FROM phb.hold_pair ORDER BY 1, 2",
    "SELECT number, undone_by FROM phb.undone ORDER BY 1",
    "SELECT account_id, code, status FROM phb.account ORDER BY 1",
    "SELECT period, closed, actor, number FROM phb.period ORDER BY 1",
    "SELECT number, erased_by FROM phb.erased ORDER BY 1",
    "SELECT subject, number FROM phb.subject_version ORDER BY 1",
)


async def everything(dsn: str) -> list[Any]:
    """The bytes of every table that a movement could change."""
    return [[tuple(row) for row in await kit.rows(dsn, sql)] for sql in NOTHING_CHANGES]


class Scene:
    """A book in which every recorded refusal can be met, with the numbers that its requests need."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.n: dict[str, int] = {}

    async def do(self, name: str, *requests: Any, **more: Any) -> None:
        """Must be allowed; its number is kept under a name."""
        outcome = await self.writer.submit(kit.item(*requests, **more))
        assert outcome.refusal is None, (name, outcome.refusal)
        self.n[name] = outcome.number

    async def set(self) -> "Scene":
        """Open, fill, hold, settle, reverse, freeze, close."""
        do = self.do
        specs = (
            AccountSpec("petty", "bank", floor=0), AccountSpec("payable/p", "payable", ceiling=0),
            budget("av", floor=0), budget("held", "held", floor=0), budget("held/2", "held", floor=0),
            budget("una", "unallocated"), budget("av2", group="nhs/2026-27"),
        )  # fmt: skip
        await kit.open_accounts(self.writer, "a", "b", "shut", "ice", *specs)
        await kit.open_accounts(self.writer, budget("line/av"), budget("line/una"), tags=(("line", "D"),))
        share = (("share", "D/nhs/2025-26"),)
        await kit.open_accounts(self.writer, AccountSpec("exp", "expense"), budget("spent", "spent"), tags=share)
        await do("filled", moves(("av", 10_000), ("una", -10_000), day=DAY))
        await do("hold", PlaceHold(effective_on=DAY, pairs=(Kept("held", "av", 500),)))
        await do("used", PlaceHold(effective_on=DAY, pairs=(Kept("held", "av", 5),)))
        await do("released", ReleaseHold(effective_on=DAY, hold=self.n["used"]))
        await do("post", kit.post("a", "b", 1))
        await do("undone", kit.post("a", "b", 1))
        await do("reversal", Reverse(entry=self.n["undone"], effective_on=DAY))
        await do("first", ChangePeriod(period="2024-04", to="opened"))
        await do("old", moves(("av", 5), ("una", -5), day=date(2025, 1, 2)))
        await do("year", ChangePeriod(period="2024-25", to="closed"))
        await do("april", ChangePeriod(period="2025-04", to="closed"))
        await do("ice", ChangeAccount(account="ice", to="frozen"))
        await do("shut", ChangeAccount(account="shut", to="closed"))
        return self

    def settle(self, hold: str, pence: int) -> SettleHold:
        """Takes from a hold of the scene."""
        return SettleHold(effective_on=DAY, hold=self.n[hold], takes=(Take("held", pence),), legs=(Leg("una", pence),))


FUTURE = date(2999, 1, 1)
RECORDED: dict[str, Callable[[Scene], Any]] = {
    "currency_differs": lambda s: kit.post("a", "b", 1, currency="EUR"),
    "entry_unknown": lambda s: Reverse(entry=99_999, effective_on=DAY),
    "not_reversible": lambda s: Reverse(entry=s.n["reversal"], effective_on=DAY),
    "already_reversed": lambda s: Reverse(entry=s.n["undone"], effective_on=DAY),
    "year_closed": lambda s: Reverse(entry=s.n["old"], effective_on=DAY),
    "year_open": lambda s: Correct(entry=s.n["post"], effective_on=DAY, replacements=(Replacement("a", "b"),)),
    "nothing_to_erase": lambda s: Erase(entries=(s.n["post"],), second="other", ground="request"),
    "hold_unknown": lambda s: ReleaseHold(effective_on=DAY, hold=s.n["post"]),
    "hold_closed": lambda s: ReleaseHold(effective_on=DAY, hold=s.n["used"]),
    "hold_account_unknown": lambda s: ReleaseHold(effective_on=DAY, hold=s.n["hold"], takes=(Take("held/2", 1),)),
    "account_exists": lambda s: OpenAccounts(accounts=(AccountSpec("new", "bank"), AccountSpec("a", "bank"))),
    "account_unknown": lambda s: kit.post("a", "none", 1),
    "account_closed": lambda s: kit.post("a", "shut", 1),
    "account_frozen": lambda s: kit.post("a", "ice", 1),
    "account_not_frozen": lambda s: ChangeAccount(account="a", to="unfrozen"),
    "account_not_empty": lambda s: ChangeAccount(account="av", to="closed"),
    "correction_incomplete": lambda s: Correct(
        entry=s.n["old"], effective_on=DAY, replacements=(Replacement("av", "av2"),)
    ),
    "second_person_needed": lambda s: ChangePeriod(period="2025-04", to="reopened", reason="late"),
    "because_unknown": lambda s: kit.post("a", "b", 1, because=99_999),
    "because_missing": lambda s: kit.post("line/av", "line/una", 1),
    "holding_account": lambda s: kit.post("held", "av", 1),
    "hold_expiry_past": lambda s: PlaceHold(effective_on=DAY, pairs=(Kept("held", "av", 1),), expires_us=1),
    "effective_in_future": lambda s: kit.post("a", "b", 1, FUTURE),
    "before_first_month": lambda s: kit.post("a", "b", 1, date(2024, 3, 31)),
    "period_closed": lambda s: kit.post("a", "b", 1, date(2025, 4, 2)),
    "reversal_too_early": lambda s: Reverse(entry=s.n["post"], effective_on=date(2025, 5, 31)),
    "period_in_future": lambda s: ChangePeriod(period="2099-12", to="closed"),
    "period_state": lambda s: ChangePeriod(period="2025-04", to="closed"),
    "unbalanced": lambda s: moves(("a", 2), ("b", -1), day=DAY),
    "identity_broken": lambda s: kit.post("exp", "a", 1),
    "shortfall_unnamed": lambda s: kit.post("una", "av", 1, fact=True),
    "hold_exceeded": lambda s: s.settle("hold", 501),
    "nothing_available": lambda s: kit.post("a", "petty", 1, up_to="petty"),
    "not_enough_available": lambda s: kit.post("una", "av", 9_506),
    "ceiling_reached": lambda s: kit.post("payable/p", "a", 1),
}
ELSEWHERE = {
    "open_data_only": "needs a book of another nature, shown below",
    "below_required": "a predicate of the item, shown below",
    "balance_out_of_range": "needs four thousand of the largest amounts; shown on the pure core",
}


async def test_every_recorded_refusal_leaves_its_entry_and_nothing_else(make_writer: Any, book: kit.Book) -> None:
    """For each recorded refusal: every table is as before but for one refusal entry, and the key replays it."""
    scene = await Scene(await make_writer(identities=(RULE,))).set()
    for code, request in RECORDED.items():
        before = await everything(book.dsn)
        size = (await kit.rows(book.dsn, "SELECT size FROM phb.head"))[0]["size"]
        asked = kit.item(request(scene))
        outcome = await scene.writer.submit(asked)
        assert outcome.refusal is not None, code
        assert outcome.refusal.code == code
        assert await everything(book.dsn) == before, code
        found = await kit.rows(book.dsn, "SELECT number, kind FROM phb.entry WHERE number > $1", size)
        assert [tuple(row) for row in found] == [(size + 1, "refusal")], code
        again = await scene.writer.submit(asked)
        assert (again.replayed, again.number, again.refusal) == (True, outcome.number, outcome.refusal), code


def test_the_table_knows_every_recorded_refusal() -> None:
    """A new recorded refusal needs its row here, or a reason to be shown elsewhere."""
    assert {code for code, kind in REFUSALS.items() if kind.recorded} == set(RECORDED) | set(ELSEWHERE)


async def test_a_refusal_stays_the_answer_to_its_key(writer: Writer, book: kit.Book) -> None:
    """A refused key gets the same no when the money is there by now; a new key succeeds; another body is told apart."""
    await kit.open_accounts(writer, "a", AccountSpec("petty", "bank", floor=0))
    asked = kit.item(kit.post("a", "petty", 5))
    first = await writer.submit(asked)
    assert first.refusal is not None
    assert first.refusal.transient
    await writer.submit(kit.item(kit.post("petty", "a", 50)))
    again = await writer.submit(asked)
    assert (again.refusal, again.number, again.replayed) == (first.refusal, first.number, True)
    assert again.tree_size == first.tree_size
    assert (await writer.submit(kit.item(kit.post("a", "petty", 5)))).refusal is None
    with pytest.raises(KeyReused) as told:
        await writer.submit(kit.item(kit.post("a", "petty", 6), key=asked.key, prints=b"q" * 24))
    assert told.value.stored == asked.prints


def natural(*requests: Any, key: bytes) -> Item:
    """An import row: its key stands for the row and records successes only."""
    asked = Asked("test", "importer", source="imported")
    return kit.item(*requests, key=key, natural=True, asked=asked)


async def test_a_row_refused_in_a_closed_month_posts_when_it_is_open_again(writer: Writer, book: kit.Book) -> None:
    """A natural key leaves neither entry nor key when refused, and succeeds once the month is reopened."""
    await kit.open_accounts(writer, "a", "b")
    await writer.submit(kit.item(ChangePeriod(period="2025-06", to="closed")))
    row = natural(kit.post("a", "b", 7), key=b"row-1".ljust(16))
    before = await everything(book.dsn)
    for _ in range(2):
        refused = await writer.submit(row)
        assert refused.refusal is not None
        assert (refused.refusal.code, refused.entries, refused.number) == ("period_closed", (), 0)
    assert await everything(book.dsn) == before
    assert not await kit.rows(book.dsn, "SELECT key FROM phb.request_key WHERE key = $1", row.key)
    other = Asked("test", "other")
    assert (
        await writer.submit(kit.item(ChangePeriod(period="2025-06", to="reopened", reason="late"), asked=other))
    ).refusal is None
    posted = await writer.submit(row)
    assert posted.refusal is None
    assert posted.number
    again = await writer.submit(row)
    assert (again.number, again.replayed) == (posted.number, True)


async def test_a_posted_row_is_replayed_though_its_month_is_closed_since(writer: Writer) -> None:
    """The same file again after March was closed posts nothing and refuses nothing: each row is its own replay."""
    await kit.open_accounts(writer, "a", "b")
    row = natural(kit.post("a", "b", 7), key=b"row-2".ljust(16))
    posted = await writer.submit(row)
    await writer.submit(kit.item(ChangePeriod(period="2025-06", to="closed")))
    again = await writer.submit(row)
    assert (again.refusal, again.number, again.replayed) == (None, posted.number, True)
    (many,) = await writer.submit_many([row])
    assert (many.refusal, many.number, many.replayed) == (None, posted.number, True)  # type: ignore[union-attr]


async def test_a_stale_guard_leaves_nothing_and_frees_its_key(writer: Writer, book: kit.Book) -> None:
    """What was decided on old knowledge is not recorded: the same key may come again with the version of today."""
    await kit.open_accounts(writer, "a", "b")
    key = os.urandom(16)
    before = await everything(book.dsn)
    stale = await writer.submit(kit.item(kit.post("a", "b", 1), key=key, guards=(Guard("payee/P1", 5),)))
    assert stale.refusal is not None
    assert (stale.refusal.code, stale.entries) == ("guard_stale", ())
    assert await everything(book.dsn) == before
    fresh = kit.item(kit.post("a", "b", 1), key=key, guards=(Guard("payee/P1", 0),))
    posted = await writer.submit(fresh)
    assert posted.refusal is None
    await writer.submit(kit.item(kit.post("a", "b", 1, subject="payee/P1")))
    again = await writer.submit(fresh)
    assert (again.refusal, again.number, again.replayed) == (None, posted.number, True)


async def test_without_a_key_a_refusal_leaves_nothing(writer: Writer, book: kit.Book) -> None:
    """Nobody could ask for it again, so nothing is kept."""
    await kit.open_accounts(writer, "a", AccountSpec("petty", "bank", floor=0))
    before = await everything(book.dsn)
    entries = await kit.rows(book.dsn, "SELECT number FROM phb.entry ORDER BY 1")
    outcome = await writer.submit(Item(requests=(kit.post("a", "petty", 5),), asked=kit.ASKED))
    assert outcome.refusal is not None
    assert not outcome.entries
    assert await everything(book.dsn) == before
    assert await kit.rows(book.dsn, "SELECT number FROM phb.entry ORDER BY 1") == entries


async def test_a_book_of_published_payments_records_the_no_and_nothing_else(dsn: str) -> None:
    """In a book of open data an entered movement is refused with an entry of its own, and no balance moves."""
    book = await kit.open_book(dsn, "OPEN", nature="open_data")
    writer = kit.writer_of(book)
    await writer.start()
    await kit.open_accounts(writer, "a", "b")
    outcome = await writer.submit(kit.item(kit.post("a", "b", 1)))
    await writer.stop()
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.entries[0].kind) == ("open_data_only", "refusal")
    assert not await kit.rows(dsn, "SELECT FROM phb.posting")
