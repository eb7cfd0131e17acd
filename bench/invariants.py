"""What must be true of a book after it was measured; a figure from a book that fails is no figure."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from ledger.book.database import READING, connect
from ledger.book.verify import Further, verify_book
from ledger.budgets.identities import IDENTITIES

UNBALANCED = """
SELECT count(*) FROM (
    SELECT FROM phb.posting p JOIN phb.account a USING (book_id, account_id)
    WHERE p.book_id = $1 GROUP BY p.number, a.balance_group HAVING sum(p.amount) <> 0) AS x
"""
STORED_DIFFERS = """
SELECT count(*) FROM phb.balance b
LEFT JOIN (SELECT account_id, sum(amount) AS balance, sum(greatest(amount, 0)) AS debit, count(*) AS postings
           FROM phb.posting WHERE book_id = $1 GROUP BY account_id) AS p USING (account_id)
WHERE b.book_id = $1 AND (b.balance, b.debit, b.postings)
      IS DISTINCT FROM (coalesce(p.balance, 0), coalesce(p.debit, 0), coalesce(p.postings, 0))
"""
NUMBERS = """
SELECT h.size, count(e.number) AS entries, min(e.number) AS first, max(e.number) AS last
FROM phb.head h LEFT JOIN phb.entry e USING (book_id) WHERE h.book_id = $1 GROUP BY h.size
"""
KEYS = "SELECT count(*) FROM phb.request_key WHERE book_id = $1"

PLAIN_UNBALANCED = """
SELECT count(*) FROM (
    SELECT FROM plain.entry GROUP BY transfer_id HAVING sum(amount) <> 0 OR count(*) <> 2) AS x
"""
PLAIN_DIFFERS = """
SELECT count(*) FROM plain.account a
LEFT JOIN (SELECT account_id, sum(amount) AS balance, count(*) AS version
           FROM plain.entry GROUP BY account_id) AS e USING (account_id)
WHERE (a.balance, a.version) IS DISTINCT FROM (coalesce(e.balance, 0), coalesce(e.version, 0))
"""


async def problems_of(
    admin: str, dsn: str, book_id: int, acknowledged: int | None = None, also: Sequence[Further] = ()
) -> list[str]:  # fmt: skip
    """What is wrong with a book, as sentences: sums, stored balances, numbers, lost acknowledgements,
    and the log."""
    connection = await asyncpg.connect(admin)
    try:
        found = await _sums(connection, UNBALANCED, STORED_DIFFERS, book_id)
        row = await connection.fetchrow(NUMBERS, book_id)
        if (row["entries"], row["first"], row["last"]) != (row["size"], 1, row["size"]):
            found.append(f"the numbers have gaps: {dict(row)}")
        keys = await connection.fetchval(KEYS, book_id)
    finally:
        await connection.close()
    if acknowledged is not None and keys != acknowledged:
        found.append(f"{acknowledged} keys were acknowledged and {keys} are there")
    reader = await connect(dsn, "phb_reader", book_id, READING)
    try:
        verdict = await verify_book(reader, book_id, verifiers=(), identities=IDENTITIES, also=also)
    finally:
        await reader.close()
    if not verdict.ok:
        found.append(f"the log does not verify: entry {verdict.first_wrong}: {verdict.why}")
    return found


async def plain_problems(admin: str) -> list[str]:
    """The same of the plain reference, as far as it promises anything."""
    connection = await asyncpg.connect(admin)
    try:
        return await _sums(connection, PLAIN_UNBALANCED, PLAIN_DIFFERS)
    finally:
        await connection.close()


async def _sums(connection: Any, unbalanced: str, differs: str, *values: Any) -> list[str]:
    found = []
    if count := await connection.fetchval(unbalanced, *values):
        found.append(f"{count} movements do not sum to zero")
    if count := await connection.fetchval(differs, *values):
        found.append(f"{count} stored balances are not those of their postings")
    return found
