"""A batch is its items one by one, and what goes wrong with one of them is nobody else's concern."""

import asyncio
import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.book.submission import ItemFailed, KeyReused
from ledger.book.writer import Writer
from ledger.core.batch import Batch, Outcome
from ledger.core.canon import render
from ledger.core.columns import Columns
from ledger.core.model import AccountSpec, AtLeast, Detail, Guard, Item, Leg
from ledger.core.requests import (
    ChangeAccount,
    Kept,
    OpenAccounts,
    PlaceHold,
    Post,
    Record,
    ReleaseHold,
    Reverse,
    SettleHold,
    Take,
)
from tests import kit
from tests.world import NOON, World, budget

DAY = kit.DAY
SPECS = (
    AccountSpec("a", "bank"), AccountSpec("b", "bank", floor=0), AccountSpec("c", "bank", ceiling=500),
    budget("av", floor=0), budget("held", "held", floor=0), budget("una", "unallocated"),
    budget("unf", "unfunded", ceiling=0),
)  # fmt: skip
MONEY = ("a", "b", "c")
MINUTE, HOUR = 60_000_000, 3_600_000_000
FAR = 10**16


def some_request(draw: random.Random, numbers: range, holds: tuple[int, ...] = ()) -> Any:
    """Anything that these accounts can be asked, most of it sensible and some of it refused."""
    pence, number = draw.randint(1, 400), draw.choice(numbers)
    one, two = draw.sample(MONEY, 2)
    way = draw.randrange(10)
    if way < 3:
        return kit.post(one, two, pence)
    if way == 3:
        return kit.post(one, two, pence, up_to=two)
    if way == 4:
        return kit.post("av", "una", pence)
    if way == 5:
        return Post(effective_on=DAY, fact=True, legs=(Leg("una", pence), Leg("av", -pence, "unf")))
    if way == 6:
        expires = draw.choice((None, None, NOON + draw.randint(1, 20) * MINUTE, draw.choice((1, FAR))))
        return PlaceHold(effective_on=DAY, pairs=(Kept("held", "av", pence),), expires_us=expires)
    if way in (7, 8):
        number = draw.choice((number, *holds, *holds))
    if way == 7:
        pence = 1 + pence // 10
        take = (Take("held", pence),)
        return SettleHold(effective_on=DAY, hold=number, takes=take, legs=(Leg("una", pence),), final=pence % 2 == 0)
    if way == 8:
        return ReleaseHold(effective_on=DAY, hold=number)
    return Reverse(entry=number, effective_on=DAY)


def some_items(seed: int, how_many: int, holds: tuple[int, ...] = ()) -> list[Item]:
    """Items in an order that a seed decides: single requests, groups, predicates and guards."""
    draw = random.Random(seed)
    items = []
    for position in range(how_many):
        size = draw.choice((1, 1, 1, 2, 3))
        requests = tuple(some_request(draw, range(1, position + 4), holds) for _ in range(size))
        more: dict[str, Any] = {}
        if draw.random() < 0.1:
            more["at_least"] = (AtLeast("b", draw.randint(0, 300)),)
        if draw.random() < 0.1:
            more["guards"] = (Guard("payee/P1", draw.choice((0, 3))),)
        items.append(kit.item(*requests, key=f"{seed % 9973:06d}-{position:09d}".encode(), **more))
    return items


def told(outcome: Outcome) -> tuple[Any, ...]:
    """What an outcome says, but for chance and the clock."""
    entries = tuple(msgspec.structs.replace(entry, nonce="", recorded_us=0) for entry in outcome.entries)
    return entries, outcome.refusal


def opened() -> World:
    """The accounts above in a book without a database."""
    world = World()
    world.done(OpenAccounts(accounts=SPECS))
    world.done(kit.post("av", "una", 500), *(keeping(90) for _ in range(3)))
    return world


def keeping(pence: int, expires_us: int | None = None) -> PlaceHold:
    """A hold on the one fund."""
    return PlaceHold(effective_on=DAY, pairs=(Kept("held", "av", pence),), expires_us=expires_us)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 25))
def test_a_batch_decides_as_its_items_one_by_one(seed: int, how_many: int) -> None:
    """On the pure core: one batch of many items has the lines of many batches of one, as minutes pass and holds expire."""
    alone, together = opened(), opened()
    items = some_items(seed, how_many, (3, 4, 5))
    one_by_one = []
    for item in items:
        one_by_one.append(told(alone.ask_item(item)))
        alone.now_us += MINUTE
    batch = Batch(together.state, together.nonce)
    outcomes = []
    for item in items:
        together.load(item)
        outcomes.append(told(batch.add(item, together.now_us)))
        together.kept(batch)
        together.now_us += MINUTE
    assert outcomes == one_by_one
    assert batch.columns.lines == [render(alone.entries[number]) for number in sorted(alone.entries) if number > 5]
    assert together.balances() == alone.balances()
    assert {n: h and (h.closed, h.pairs) for n, h in together.state.holds.items()} == {
        n: h and (h.closed, h.pairs) for n, h in alone.state.holds.items()
    }


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9))
def test_a_refused_group_leaves_the_state_as_it_was(seed: int) -> None:
    """Whatever a group did before its last request was refused is taken back, in the state and in the arrays."""
    draw = random.Random(seed)
    world = opened()
    for item in some_items(seed, 12):
        world.ask_item(item)
    before = (world.balances(), _holds(world), dict(world.state.subjects), world.state.next_account_id)
    extra = (
        OpenAccounts(accounts=(AccountSpec("new", "bank"),)), ChangeAccount(account="b", to="frozen"),
        kit.post("av", "una", 5, subject="payee/P1"),
    )  # fmt: skip
    requests = [*draw.sample(extra, 2), *(some_request(draw, range(1, 14)) for _ in range(3))]
    group = kit.item(*requests, kit.post("a", "a/none", 1))
    world.load(group)
    batch = Batch(world.state, world.nonce)
    outcome = batch.add(group, world.now_us)
    assert outcome.refusal is not None
    after = {code: value for code, value in world.balances().items() if code != "new"}
    assert (after, _holds(world), world.state.next_account_id) == (before[0], before[1], before[3])
    assert {k: v for k, v in world.state.subjects.items() if v} == {k: v for k, v in before[2].items() if v}
    assert [entry.kind for entry in outcome.entries] == ["refusal"]
    assert [len(getattr(batch.columns, name)) for name in ("lines", "leg_entry", "hold_entry", "acts")] == [1, 0, 0, 0]
    assert len(batch.leaves) == 1


def _holds(world: World) -> dict[int, Any]:
    return {
        number: (hold.closed, {code: pair.remaining for code, pair in hold.pairs.items()})
        for number, hold in world.state.holds.items()
        if hold is not None
    }


ALIKE = (
    "SELECT book_id, account_id, balance, debit, credit, postings, last_number FROM phb.balance ORDER BY 2",
    "SELECT book_id, account_id, number, amount, balance_after, effective_on FROM phb.posting ORDER BY 3, 2",
    "SELECT book_id, account_id, day, debit, credit FROM phb.delta ORDER BY 2, 3",
    "SELECT book_id, number, purpose, expires_us, closed FROM phb.hold ORDER BY 2",
    "SELECT book_id, number, holding_id, origin_id, placed, remaining FROM phb.hold_pair ORDER BY 2, 3",
    "SELECT book_id, number, undone_by FROM phb.undone ORDER BY 2",
    "SELECT book_id, subject, number FROM phb.subject_version WHERE subject NOT IN ('TEST', 'OTHER') ORDER BY 2",
    "SELECT book_id, key, number FROM phb.request_key WHERE get_byte(key, 6) = 45 ORDER BY 2",
)


async def test_the_writers_batch_is_its_items_one_by_one(book: kit.Book, dsn: str) -> None:
    """Through the writer: items at once leave the lines and the tables of the same items sent one after another, with
    holds, expiries, groups, reversals and refusals among them."""
    other, ahead = await kit.open_book(dsn, "OTHER"), 0
    writer, lone = (kit.writer_of(each, clock_us=lambda: kit.clock_us() + ahead) for each in (book, other))
    items = [item for seed in (1, 2) for item in some_items(seed, 60, (7, 8, 9))]
    expires = kit.clock_us() + HOUR
    holds = [keeping(9, expires + i) for i in range(3)] + [keeping(90) for _ in range(3)]
    for each in (writer, lone):
        await each.start()
        await each.submit(
            kit.item(OpenAccounts(accounts=SPECS), kit.post("av", "una", 500), *holds, key=b"first".ljust(16))
        )
    ahead = 2 * HOUR
    await kit.move_clock(dsn, ahead)
    together = await writer.submit_many(items)
    alone = [await lone.submit(item) for item in items]
    for each in (writer, lone):
        await each.stop()
    assert [_numbers(outcome) for outcome in together] == [_numbers(outcome) for outcome in alone]
    lines = await kit.rows(dsn, "SELECT book_id, number, body FROM phb.entry ORDER BY book_id, number")
    of = {book_id: [_timeless(row["body"]) for row in lines if row["book_id"] == book_id] for book_id in (1, 2)}
    assert of[1][1:] == of[2][1:]
    for sql in ALIKE:
        found = [tuple(row) for row in await kit.rows(dsn, sql)]
        assert [row[1:] for row in found if row[0] == 1] == [row[1:] for row in found if row[0] == 2] != [], sql
    assert writer.committed_batches < len(items)
    kinds = {fields[2] for fields in of[1]}
    assert kinds >= {"transaction", "hold_placed", "hold_settled", "hold_released", "hold_expired", "refusal"}
    refused = [outcome.refusal for outcome in alone if outcome.refusal is not None]
    assert len({no.code for no in refused}) > 4
    assert any(len(item.requests) > 1 and outcome.refusal for item, outcome in zip(items, alone, strict=True))
    assert any(len(outcome.entries) > 1 for outcome in alone)


def _numbers(outcome: Any) -> tuple[int, str | None]:
    return outcome.number, outcome.refusal.code if outcome.refusal else None


def _timeless(line: str) -> list[str]:
    """A line but for its book, its time, its nonce and its key."""
    fields = line.split("|")
    return [field for position, field in enumerate(fields) if position not in (1, 3, 17, 18)]


async def test_a_refusal_in_a_batch_is_no_strangers_concern(writer: Writer) -> None:
    """Independent items are answered each for itself, in order: yes, no, yes."""
    await kit.open_accounts(writer, *SPECS)
    results = await writer.submit_many(
        [kit.item(kit.post("a", "c", 5)), kit.item(kit.post("a", "b", 5)), kit.item(kit.post("b", "a", 5))]
    )
    assert [_numbers(each)[1] for each in results] == [None, "not_enough_available", None]
    assert [_numbers(each)[0] for each in results] == [3, 4, 5]


def poison(monkeypatch: Any, spoil: Any) -> None:
    """Let something slip through that only the database notices: spoil the arrays of entries about `poison`."""
    take = Batch._take

    def spoiled(self: Batch, draft: Any, *rest: Any) -> Any:
        entry = take(self, draft, *rest)
        if draft.subject == "poison":
            spoil(self.columns)
        return entry

    monkeypatch.setattr(Batch, "_take", spoiled)


async def _among_strangers(writer: Writer, book: kit.Book) -> None:
    await kit.open_accounts(writer, "a", "b")
    items = [kit.item(kit.post("a", "b", 1, subject="poison" if i == 5 else None)) for i in range(10)]
    results = await asyncio.gather(*(writer.submit(item) for item in items), return_exceptions=True)
    assert [type(each) for each in results] == [Outcome] * 5 + [ItemFailed] + [Outcome] * 4
    many = await writer.submit_many([kit.item(kit.post("a", "b", 1)), items[5], kit.item(kit.post("a", "b", 1))])
    assert [type(each) for each in many] == [Outcome, ItemFailed, Outcome]
    found = await kit.rows(book.dsn, "SELECT balance, postings FROM phb.balance ORDER BY account_id")
    assert [tuple(row) for row in found] == [(11, 11), (-11, 11)]
    assert not await kit.rows(book.dsn, "SELECT key FROM phb.request_key WHERE key = $1", items[5].key)


async def test_a_nul_that_slips_through_fails_its_own_item_only(
    writer: Writer, book: kit.Book, monkeypatch: Any
) -> None:
    """A subject with a NUL makes the database refuse the whole append: its item gets the failure, nine strangers post."""
    poison(monkeypatch, lambda columns: columns.subject.__setitem__(-1, "a\x00b"))
    await _among_strangers(writer, book)


async def test_an_amount_past_the_column_fails_its_own_item_only(
    writer: Writer, book: kit.Book, monkeypatch: Any
) -> None:
    """An amount that no bigint holds does not even leave the process; the strangers of its batch post."""
    poison(monkeypatch, lambda columns: columns.leg_amount.__setitem__(-1, 2**63))
    await _among_strangers(writer, book)


async def test_an_overflow_in_the_database_fails_its_own_item_only(
    writer: Writer, book: kit.Book, monkeypatch: Any
) -> None:
    """A sum that leaves the range is the database's own no (22003); the strangers of its batch post."""

    def spoil(columns: Columns) -> None:
        columns.leg_amount[-2:] = [2**63 - 1, -(2**63 - 1)]

    poison(monkeypatch, spoil)
    await _among_strangers(writer, book)


async def test_an_item_that_breaks_the_rules_themselves_fails_alone(
    writer: Writer, book: kit.Book, monkeypatch: Any
) -> None:
    """A mistake of ours while deciding one item is its 500, and the state is read again before the strangers' turn."""

    def broken(columns: Columns) -> None:
        raise ZeroDivisionError

    poison(monkeypatch, broken)
    await _among_strangers(writer, book)


async def test_the_same_key_twice_in_one_batch_posts_once(writer: Writer, book: kit.Book) -> None:
    """Items of one batch under one key are one request: the second is answered as a replay of the first, or told that
    its body differs."""
    await kit.open_accounts(writer, "a", "b")
    one = kit.item(kit.post("a", "b", 1))
    other = kit.item(kit.post("a", "b", 2), key=one.key, prints=b"q" * 24)
    first, second, third = await writer.submit_many([one, one, other], timeout_seconds=5)
    assert isinstance(first, Outcome)
    assert isinstance(second, Outcome)
    assert (first.replayed, second.replayed, second.number) == (False, True, first.number)
    assert isinstance(third, KeyReused)
    found = await kit.rows(book.dsn, "SELECT balance FROM phb.balance ORDER BY account_id")
    assert [row["balance"] for row in found] == [1, -1]


async def test_an_item_sent_twice_without_a_key_posts_twice(writer: Writer) -> None:
    """Without a key nothing says that two requests are one, and each gets its own numbers back."""
    await kit.open_accounts(writer, "a", "b")
    same = Item(requests=(kit.post("a", "b", 1),), asked=kit.ASKED)
    first, second = await writer.submit_many([same, same])
    assert {_numbers(first), _numbers(second)} == {(3, None), (4, None)}


async def test_a_group_is_numbered_together_and_refers_to_itself(writer: Writer, book: kit.Book) -> None:
    """`because` −1 is the first entry of the group; one refused request refuses them all, and says which it was."""
    await kit.open_accounts(writer, "a", "b")
    decision = Record(
        kind="decision", subject="payee/P1", attributes=(("bundle", "b1"), ("outcome", "allow")),
        detail=Detail(b"s" * 16, b"reasons"),
    )  # fmt: skip
    done = await writer.submit(kit.item(decision, kit.post("a", "b", 5, because=-1)))
    assert [entry.because for entry in done.entries] == [0, done.number]
    assert [entry.number for entry in done.entries] == [done.number, done.number + 1]
    refused = await writer.submit(kit.item(decision, kit.post("a", "none", 5, because=-1)))
    assert refused.refusal is not None
    (entry,) = refused.entries
    assert (entry.attribute("item"), entry.attribute("of"), entry.attribute("intent")) == ("2", "2", "transaction")
    assert entry.because == 0
    kinds = await kit.rows(book.dsn, "SELECT kind FROM phb.entry ORDER BY number DESC LIMIT 3")
    assert [row["kind"] for row in kinds] == ["refusal", "transaction", "decision"]
    assert not await kit.rows(book.dsn, "SELECT number FROM phb.detail WHERE number > $1", done.number)
