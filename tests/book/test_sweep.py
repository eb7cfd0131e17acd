"""Holds expire by the book's clock, and one that has to wait keeps no other waiting."""

import asyncio
from typing import Any

from ledger.book.submission import ForkSuspected
from ledger.core.model import AccountSpec
from ledger.core.requests import Kept, PlaceHold
from tests import kit
from tests.book.history import Clock

MINUTE_US = 60_000_000
DAY = kit.DAY


async def test_holds_that_have_to_wait_do_not_starve_those_behind_them(dsn: str) -> None:
    """Three expiries would break a ceiling and wait. A sweep that looks at two holds at a time still reaches the fourth, and
    those that waited once there is room."""
    clock = Clock(dsn)
    book = await kit.open_book(dsn, clock_us=clock)
    writer = await _started(book, clock)
    await kit.open_accounts(
        writer, AccountSpec("full", "bank", ceiling=100), "free", AccountSpec("held", "held"), "other"
    )
    await writer.submit(kit.item(kit.post("full", "other", 100)))
    for minutes, origin in ((1, "full"), (2, "full"), (3, "full"), (4, "free")):
        expires_us = clock() + minutes * MINUTE_US
        request = PlaceHold(effective_on=DAY, pairs=(Kept("held", origin, 10),), expires_us=expires_us)
        assert (await writer.submit(kit.item(request))).refusal is None
    await writer.submit(kit.item(kit.post("full", "other", 30)))
    await writer.stop()
    await clock.set(clock() + 10 * MINUTE_US)
    writer = await _started(book, clock)
    assert [await writer.sweep(2) for _ in range(3)] == [0, 1, 0]
    await writer.submit(kit.item(kit.post("other", "full", 30)))
    assert [await writer.sweep(2) for _ in range(3)] == [2, 1, 0]
    await writer.stop()


async def _started(book: kit.Book, clock: Clock) -> Any:
    writer = kit.writer_of(book, clock_us=clock)
    await writer.start()
    return writer


async def test_a_writer_that_may_not_write_answers_whoever_asks_for_expiry(dsn: str) -> None:
    """While a fork is suspected nothing expires, nobody who asks is left hanging, and the writer does not spin."""
    book = await kit.open_book(dsn)
    checks = 0

    async def suspects(*_: Any) -> None:
        nonlocal checks
        checks += 1
        raise ForkSuspected

    writer = kit.writer_of(book, fork_check=suspects)
    await writer.start()
    await asyncio.wait_for(writer.expire_due(), 20)
    before = checks
    await asyncio.sleep(0.5)
    assert checks - before <= 1
    await writer.stop()
