"""Whether what a request names is there at all, asked in one question for many names."""

from typing import Any

from ledger.budgets import store

Connection = Any


async def which_are_open(connection: Connection, book_id: int, codes: list[str]) -> set[str]:
    """Which of these account codes are accounts of the book."""
    return {row["code"] for row in await connection.fetch(store.ACCOUNTS_THERE, book_id, codes)}


async def which_are_payees(connection: Connection, book_id: int, payees: list[str]) -> set[str]:
    """Which of these are payees of the book, however they stand."""
    return {row["subject"] for row in await connection.fetch(store.PAYEES_THERE, book_id, payees)}


async def balance_of(connection: Connection, book_id: int, code: str) -> int | None:
    """The balance of an account, debit positive; None when the book has no such account."""
    pence: int | None = await connection.fetchval(store.BALANCE_OF, book_id, code)
    return pence


async def came_in_on(connection: Connection, book_id: int, code: str) -> tuple[int, ...]:
    """The entries that credited an account, oldest first."""
    return tuple(row["number"] for row in await connection.fetch(store.CAME_IN_ON, book_id, code))
