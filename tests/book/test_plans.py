"""What the database reads for a write follows from the write, not from the size of the book."""

import asyncio

import asyncpg

from tests import kit

READ = """
SELECT coalesce(sum(idx_tup_read), 0)::bigint AS read, coalesce(sum(idx_scan), 0)::bigint AS scans
FROM pg_stat_user_indexes WHERE schemaname = 'phb' AND relname = 'account'
"""
SESSIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'phb'"


async def test_a_writer_that_starts_on_a_new_book_reads_of_its_accounts_only_those_it_moves(book: kit.Book) -> None:
    """Plans made while the book is empty and without statistics serve for as long as the session: they look accounts up by
    their whole key, so that 200 legs read some hundreds of accounts and not 200 times all of them."""
    writer = kit.writer_of(book)
    await writer.start()
    await kit.open_accounts(writer, "a", "b")
    await writer.submit(kit.item(kit.post("a", "b", 1)))
    for part in range(6):
        await kit.open_accounts(writer, *(f"many/{part}/{number}" for number in range(50)))
    outcomes = await writer.submit_many([kit.item(kit.post(f"many/0/{n % 50}", "a", 1)) for n in range(100)])
    assert all(not isinstance(each, Exception) and each.refusal is None for each in outcomes)
    await writer.stop()
    connection = await asyncpg.connect(book.dsn)
    try:
        # Sessions tell what they read when they end.
        while await connection.fetchval(SESSIONS):
            await asyncio.sleep(0.01)
        row = await connection.fetchrow(READ)
    finally:
        await connection.close()
    assert row["scans"] > 200
    assert row["read"] < 3 * row["scans"]
