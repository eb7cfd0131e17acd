"""What is written about the patterns, tried before it is done."""

import asyncpg

from tests.api.lives import DAY, DORA, D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_patterns import BANK, MADE_UP, MONTH


async def test_each_write_is_tried_before(lives: Tried) -> None:
    """A try says what the real request says, and leaves nothing: marks, days away, thresholds, a month, a look."""
    await lives.done("/patterns/thresholds", {"from": "2025-04-01", "made_up": True, "values": MADE_UP}, "finance")
    await lives.instalment("500.00")
    await lives.done(f"/people/{DORA}/marks", BANK)
    await lives.done("/payees/A1/marks", BANK, "finance")
    await lives.done(f"/people/{DORA}/away", {"from": "2025-05-30", "to": "2025-06-04"})
    await lives.done("/payees/A1/away", {"from": "2025-05-30", "to": "2025-06-04", "ground": "absent"}, "finance")
    line = {
        "holder_account": "H1",
        "currency": "GBP",
        "on": DAY,
        "source": "bank_feed",
        "amount": "100.00",
        "reference": "T-2",
    }
    await lives.done("bank-lines", {**line, "way": "cash"}, "finance", D)
    run = await lives.done(MONTH, {}, "finance")
    looks = f"/patterns/findings/{run['entries'][1]['number']}/looks"
    await lives.done(looks, {"rule": "pattern.cash", "outcome": "explained", "words": "Agreed."})


async def test_a_try_reads_the_book_before_it_takes_the_writers_turn(lives: Tried) -> None:
    """While somebody else has the head of the book, a month with nothing new is tried, then asked for, and both are answered."""
    await lives.done("/patterns/thresholds", {"from": "2025-04-01", "made_up": True, "values": MADE_UP}, "finance")
    await lives.done(MONTH, {}, "finance")
    owner = await asyncpg.connect(lives.dsn)
    try:
        async with owner.transaction():
            await owner.execute("SELECT FROM phb.head FOR UPDATE")
            answer = await lives.send(MONTH, {}, "finance")
    finally:
        await owner.close()
    assert (answer.status_code, answer.json()["code"]) == (409, "month_watched_already")
