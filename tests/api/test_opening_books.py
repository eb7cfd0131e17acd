"""Books opened over HTTP: once for each key, by an operator, and nothing left of what was refused."""

import asyncio

import pytest

from ledger.book.database import READING, connect
from ledger.book.verify import verify_book
from tests import kit
from tests.api.asking import Client, journal

BOOKS = "/v1/books"
NEW = {"book": "MINE", "nature": "synthetic", "first_month": "2025-04"}


async def codes(book: kit.Book) -> list[str]:
    """The books of this server."""
    return [row[0] for row in await kit.rows(book.dsn, "SELECT code FROM phb.book ORDER BY code")]


async def test_a_book_is_opened_once_and_used(client: Client, book: kit.Book) -> None:
    """The same key again has the first answer, byte for byte; another key is told that the book exists; finance goes on from
    there; and verify has nothing against a first entry with a key."""
    first = await client.post(BOOKS, NEW, "operator", "open")
    assert first.status_code == 201, first.text
    made = first.json()
    assert (made["kind"], made["number"], made["receipt"]["tree_size"], made["currency"]) == ("book", 1, 1, "GBP")
    assert made["attributes"]["first_month"] == "2025-04"
    again = await client.post(BOOKS, NEW, "operator", "open")
    assert (again.status_code, again.content) == (201, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    other = await client.post(BOOKS, {**NEW, "first_month": "2025-05"}, "operator", "open")
    assert (other.status_code, other.json()["code"], other.json()["fields"]) == (
        422, "idempotency_key_reused", ["first_month"],
    )  # fmt: skip
    for key, headers in (("another", {}), ("open", {"Authorization": client.token("operator", sub="somebody")})):
        taken = await client.post(BOOKS, NEW, "operator", key, headers=headers)
        assert (taken.status_code, taken.json()["code"]) == (409, "book_exists")
    assert await codes(book) == ["MINE", "TEST"]
    accounts = {"accounts": [{"account": "bank/main", "class": "bank"}, {"account": "grant", "class": "grant"}]}
    assert (await client.post(f"{BOOKS}/MINE/accounts", accounts)).status_code == 201
    posted = await client.post(f"{BOOKS}/MINE/transactions", journal("bank/main", "grant"))
    assert (posted.status_code, posted.json()["number"]) == (201, 3)
    [row] = await kit.rows(book.dsn, "SELECT book_id FROM phb.book WHERE code = 'MINE'")
    connection = await connect(book.dsn, "phb_reader", row[0], READING)
    try:
        verdict = await verify_book(connection, row[0], verifiers=[], notes_directory=None)
    finally:
        await connection.close()
    assert verdict.ok, verdict


async def test_twenty_at_once_open_one_book(client: Client, book: kit.Book) -> None:
    """Under one key all have the same answer; under keys of their own one opens it and the others are told."""
    answers = await asyncio.gather(*(client.post(BOOKS, NEW, "operator", "race") for _ in range(10)))
    assert {(each.status_code, each.content) for each in answers} == {(201, answers[0].content)}
    others = {**NEW, "book": "OTHER"}
    answers = await asyncio.gather(*(client.post(BOOKS, others, "operator") for _ in range(10)))
    assert sorted(each.status_code for each in answers) == [201, *[409] * 9]
    assert await codes(book) == ["MINE", "OTHER", "TEST"]


async def test_a_dry_run_opens_nothing(client: Client, book: kit.Book) -> None:
    """It answers as the opening would, and its key opens the book afterwards."""
    tried = await client.post(f"{BOOKS}?dry_run=true", NEW, "operator", "try")
    assert (tried.status_code, tried.json()["dry_run"], tried.json()["number"]) == (200, True, 0)
    assert (await client.post(f"{BOOKS}?dry_run=true", {**NEW, "book": "TEST"}, "operator")).status_code == 409
    assert await codes(book) == ["TEST"]
    assert (await client.post(BOOKS, NEW, "operator", "try")).status_code == 201


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"book": "lower"}, 400, "code_malformed"),
        ({"book": "A9434765919"}, 400, "personal_number"),
        ({"nature": "open_data"}, 400, "field_malformed"),
        ({"first_month": "2025-26"}, 400, "period_malformed"),
        ({"first_month": "2099-01"}, 400, "first_month_in_future"),
        ({"currency": "gbp"}, 400, "currency_malformed"),
        ({"currency": "JPY"}, 400, "currency_not_in_pence"),
        ({"nature": "live"}, 403, "development_token_live_book"),
        ({"origin": "mine"}, 400, "field_unknown"),
    ],
)
async def test_a_book_that_may_not_be_leaves_nothing(
    client: Client, book: kit.Book, changed: dict[str, str], status: int, code: str
) -> None:
    """Each no has its code, and its key stays free."""
    no = await client.post(BOOKS, {**NEW, **changed}, "operator", "key")
    assert (no.status_code, no.json()["code"]) == (status, code), no.text
    assert await codes(book) == ["TEST"]
    assert (await client.post(BOOKS, NEW, "operator", "key")).status_code == 201


async def test_a_token_opens_only_the_books_that_it_names(client: Client, book: kit.Book) -> None:
    """Any other is as unknown as ever; and nobody but an operator opens one."""
    narrow = {"Authorization": client.token("operator", books=["YOURS"])}
    no = await client.post(BOOKS, NEW, headers=narrow)
    assert (no.status_code, no.json()["code"]) == (404, "book_unknown")
    assert (await client.post(BOOKS, {**NEW, "book": "YOURS"}, headers=narrow)).status_code == 201
    for role in ("finance", "commissioner", "auditor", "officer", "holder"):
        assert (await client.post(BOOKS, NEW, role)).status_code == 403
    assert await codes(book) == ["TEST", "YOURS"]
