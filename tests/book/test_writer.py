"""The writer's promises on a quiet day; faults have a file of their own."""

import asyncio

from ledger.book.writer import Writer
from tests import kit


async def test_a_post_moves_money_and_is_numbered(writer: Writer, book: kit.Book) -> None:
    """A post gets the next number, and both balances move by its pence."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    outcome = await writer.submit(kit.item(kit.post("bank/a", "bank/b", 7550)))
    assert outcome.refusal is None
    assert outcome.number == 3
    found = await kit.rows(
        book.dsn,
        "SELECT a.code, b.balance FROM phb.balance b JOIN phb.account a USING (book_id, account_id) ORDER BY 1",
    )
    assert [(row["code"], row["balance"]) for row in found] == [("bank/a", 7550), ("bank/b", -7550)]


async def test_the_same_key_at_once_posts_once(writer: Writer) -> None:
    """Eight senders of one key get one entry, and seven of the answers are replays."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    same = kit.item(kit.post("bank/a", "bank/b", 100))
    outcomes = await asyncio.gather(*(writer.submit(same) for _ in range(8)))
    assert len({outcome.number for outcome in outcomes}) == 1
    assert sum(outcome.replayed for outcome in outcomes) == 7
