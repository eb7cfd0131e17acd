"""Two processes of a service and one book: one writes, the other hands its items over, and nothing is lost between them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from ledger.book.relay import Relay
from ledger.book.submission import KeyReused, OutcomeUnknown, WriterStopped
from ledger.book.writer import Settings
from ledger.core.model import AccountSpec
from ledger.core.requests import Kept, OpenAccounts, PlaceHold
from tests import kit
from tests.book.history import Clock

Make = Callable[[], Relay]


@pytest.fixture
async def relays(book: kit.Book, tmp_path: Path) -> AsyncIterator[list[Relay]]:
    """The first writes the book, the second found it."""
    settings = Settings(dsn=book.dsn, book_id=book.book_id, clock_us=kit.clock_us, nonce=kit.nonce)
    both = [Relay(settings, tmp_path, book.code) for _ in range(2)]
    for each in both:
        await each.start()
    assert [each.is_writing for each in both] == [True, False]
    await both[0].submit(kit.item(kit.OpenAccounts(accounts=tuple(kit.AccountSpec(f"bank/{n}", "bank") for n in "ab"))))
    yield both
    for each in both:
        await each.stop()


async def test_an_item_of_either_process_is_written_once_and_answered_where_it_came_from(
    relays: list[Relay], book: kit.Book
) -> None:
    """Posts through both at once: every one has its own entry, and the numbers have no gap."""
    sent = [relays[n % 2].submit(kit.item(kit.post("bank/a", "bank/b", n + 1))) for n in range(40)]
    outcomes = await asyncio.gather(*sent)
    assert sorted(outcome.number for outcome in outcomes) == list(range(3, 43))
    for amount, outcome in enumerate(outcomes, 1):
        assert outcome.entries[0].legs == (("bank/a", amount), ("bank/b", -amount))
    assert {relays[1].committed_entries, relays[1].committed_batches} == {0}


async def test_one_key_sent_to_both_processes_happens_once(relays: list[Relay]) -> None:
    """The same request at the same moment in two processes: one entry, and the other is its replay; another body is told."""
    key = os.urandom(16)
    item = kit.item(kit.post("bank/a", "bank/b", 5), key=key)
    one, other = await asyncio.gather(*(each.submit(item) for each in relays))
    assert one.number == other.number
    assert {one.replayed, other.replayed} == {False, True}
    with pytest.raises(KeyReused) as no:
        await relays[1].submit(kit.item(kit.post("bank/a", "bank/b", 6), key=key, prints=b"q" * 24))
    assert no.value.stored == item.prints


async def test_a_refusal_and_a_bulk_item_come_back_as_they_are(relays: list[Relay]) -> None:
    """What the ledger refuses is refused alike through the socket, with its facts; bulk items keep their order."""
    refused = [await each.submit(kit.item(kit.post("bank/none", "bank/b", 5))) for each in relays]
    assert refused[0].refusal == refused[1].refusal
    found = await relays[1].submit_many([kit.item(kit.post("bank/a", "bank/b", n)) for n in (7, 8)])
    assert [each.entries[0].legs[0][1] for each in found if not isinstance(each, Exception)] == [7, 8]


async def test_when_the_writing_process_goes_the_other_writes(relays: list[Relay]) -> None:
    """The lock and the socket pass on; what had no answer is sent again under its key, and stands once."""
    first, second = relays
    key = os.urandom(16)
    item = kit.item(kit.post("bank/a", "bank/b", 9), key=key)
    await second.submit(item)
    sent = [asyncio.ensure_future(second.submit(kit.item(kit.post("bank/a", "bank/b", n)))) for n in range(1, 20)]
    await asyncio.sleep(0)
    await first.stop()
    numbers = sorted(outcome.number for outcome in await asyncio.gather(*sent))
    assert len(set(numbers)) == 19
    assert second.is_writing
    again = await second.submit(item)
    assert again.replayed
    with pytest.raises(WriterStopped):
        await first.submit(item)


async def test_due_holds_expire_for_whichever_process_asks(dsn: str, tmp_path: Path) -> None:
    """The process that does not write asks for the expiry, and when it is answered the money is available to it."""
    clock = Clock(dsn)
    book = await kit.open_book(dsn, clock_us=clock)
    settings = Settings(dsn=dsn, book_id=book.book_id, clock_us=clock, nonce=kit.nonce)
    writing, other = (Relay(settings, tmp_path, book.code) for _ in range(2))
    for each in (writing, other):
        await each.start()
    specs = (AccountSpec("free", "bank"), AccountSpec("held", "held"))
    await other.submit(kit.item(OpenAccounts(accounts=specs)))
    # The expiry is far enough away for the hold to be placed on a slow machine, and is waited for.
    due = PlaceHold(effective_on=kit.DAY, pairs=(Kept("held", "free", 10),), expires_us=clock() + 1_500_000)
    number = (await other.submit(kit.item(due))).number
    await asyncio.sleep(2)
    await other.expire_due()
    (expired,) = await kit.rows(dsn, "SELECT number FROM phb.entry WHERE kind = 'hold_expired'")
    assert expired["number"] == number + 1
    await other.expire_due()
    await writing.expire_due()
    assert (await kit.rows(dsn, "SELECT size FROM phb.head"))[0]["size"] == number + 1
    for each in (writing, other):
        await each.stop()


async def test_whoever_asks_for_expiry_is_answered_when_the_writing_process_goes(relays: list[Relay]) -> None:
    """Nobody hangs: what was not released yet is only not spendable yet."""
    _, second = relays
    link = second._link
    assert link is not None
    asked = asyncio.ensure_future(second.expire_due())
    await asyncio.sleep(0)
    link.transport.abort()
    await asyncio.wait_for(asked, 20)
    await second.submit(kit.item(kit.post("bank/a", "bank/b", 4)))
    await second.expire_due()


async def test_an_item_without_a_key_is_never_sent_twice(relays: list[Relay]) -> None:
    """Nobody could tell its second coming from its first, so its outcome is unknown when the writing process goes."""
    _, second = relays
    link = second._link
    assert link is not None
    sent = asyncio.ensure_future(
        second.submit(kit.Item(requests=(kit.post("bank/a", "bank/b", 3),), asked=kit.ASKED, prints=b""))
    )
    await asyncio.sleep(0)
    link.transport.abort()
    with pytest.raises(OutcomeUnknown):
        await sent
    assert (await second.submit(kit.item(kit.post("bank/a", "bank/b", 4)))).number
