"""Journals over HTTP: posted, replayed, refused, and what is left behind after each no."""

import asyncio

import httpx
import msgspec
import pytest

from api.app import Application
from ledger.core.model import Asked
from ledger.core.requests import Kept, PlaceHold
from tests import kit
from tests.api.asking import Client, journal

POSTS = "/v1/books/TEST/transactions"


async def entries(book: kit.Book) -> int:
    """How many entries the book has."""
    return (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]


async def test_a_journal_is_posted_and_read_back(client: Client) -> None:
    """The answer carries the entry and its receipt, and the same entry is found under its number."""
    await client.open("bank/main", "grant")
    answer = await client.post(POSTS, journal("bank/main", "grant"))
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert body["legs"] == [{"account": "bank/main", "amount": "75.50"}, {"account": "grant", "amount": "-75.50"}]
    assert body["receipt"]["number"] == body["number"]
    read = await client.get(f"{POSTS}/{body['number']}")
    assert read.status_code == 200, read.text
    assert read.json()["legs"] == body["legs"]


async def test_the_same_request_again_has_the_same_answer(client: Client, book: kit.Book) -> None:
    """A repeated key returns the first answer byte for byte, says so in a header, and records nothing."""
    await client.open("a", "b")
    first = await client.post(POSTS, journal("a", "b"), key="once")
    before = await entries(book)
    again = await client.post(POSTS, journal("a", "b"), key="once")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await entries(book) == before


async def test_many_requests_under_one_key_at_once_are_one_entry(client: Client, book: kit.Book) -> None:
    """Twenty at once under one key: one entry, twenty equal answers."""
    await client.open("a", "b")
    before = await entries(book)
    answers = await asyncio.gather(*(client.post(POSTS, journal("a", "b"), key="race") for _ in range(20)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert await entries(book) == before + 1


async def test_a_key_used_for_another_request_names_what_differs(client: Client, book: kit.Book) -> None:
    """The same key with another day is refused with 422, and the answer names the field."""
    await client.open("a", "b")
    await client.post(POSTS, journal("a", "b"), key="k")
    before = await entries(book)
    answer = await client.post(POSTS, journal("a", "b") | {"effective_on": "2025-06-03"}, key="k")
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency_key_reused"
    assert answer.json()["fields"] == ["effective_on"]
    assert await entries(book) == before


async def test_a_refusal_is_recorded_once_and_replayed(client: Client, book: kit.Book) -> None:
    """The ledger's no is an entry under its key; repeated, it is the same problem byte for byte, facts
    included."""
    await client.open({"account": "floor", "class": "bank", "floor": "0.00"}, "b")
    first = await client.post(POSTS, journal("b", "floor", "10.00"), key="no")
    assert first.status_code == 422, first.text
    body = first.json()
    assert body["code"] == "not_enough_available"
    assert body["facts"] == {"account": "floor", "needed": "10.00", "available": "0.00"}
    assert body["transient"] is True
    before = await entries(book)
    again = await client.post(POSTS, journal("b", "floor", "10.00"), key="no")
    assert again.content == first.content
    assert again.headers["idempotency-replayed"] == "true"
    assert await entries(book) == before


async def test_a_dry_run_leaves_nothing_and_frees_the_key(client: Client, book: kit.Book) -> None:
    """A dry run answers as the write would, yes and no, leaves no entry, and its key posts afterwards."""
    await client.open({"account": "floor", "class": "bank", "floor": "0.00"}, "b")
    before = await entries(book)
    tried = await client.post(f"{POSTS}?dry_run=true", journal("floor", "b"), key="try")
    assert (tried.status_code, tried.json()["dry_run"], tried.json()["number"]) == (200, True, 0)
    refused = await client.post(f"{POSTS}?dry_run=true", journal("b", "floor"), key="try-no")
    assert (refused.status_code, refused.json()["dry_run"]) == (422, True)
    assert "entry" not in refused.json()
    assert await entries(book) == before
    assert (await client.post(POSTS, journal("floor", "b"), key="try")).status_code == 201


async def test_finance_cannot_touch_the_account_of_a_line(client: Client, book: kit.Book, writer) -> None:
    """An account tagged with a line is refused before anything is recorded, on journals, reversals and
    freezes alike."""
    await kit.open_accounts(writer, "line/x", tags=(("line", "L1"),))
    await client.open("a", "b", {"account": "held", "class": "held"})
    imported = Asked("test", "importer", source="imported")
    paid = await writer.submit(kit.item(kit.post("line/x", "a", 500), asked=imported))
    kept = PlaceHold(effective_on=kit.DAY, pairs=(Kept("held", "line/x", 100),))
    hold = (await writer.submit(kit.item(kept, asked=imported))).number
    before = await entries(book)
    day = {"effective_on": "2025-06-02"}
    for path, body in (
        (POSTS, journal("line/x", "a")),
        (POSTS + "?dry_run=true", journal("line/x", "a")),
        (POSTS + "/batch", {"transactions": [journal("a", "b"), journal("a", "line/x")], "atomic": True}),
        (f"{POSTS}/{paid.number}/reversals", day),
        (f"/v1/books/TEST/holds/{hold}/releases", day),
        ("/v1/books/TEST/account/freeze", {"account": "line/x"}),
    ):
        answer = await client.post(path, body, key="again")
        assert (answer.status_code, answer.json()["code"]) == (403, "line_account_refused"), path
        assert answer.json()["facts"] == {"account": "line/x"}
    one_of_two = await client.post(POSTS + "/batch", {"transactions": [journal("a", "line/x")]})
    assert [item["problem"]["code"] for item in one_of_two.json()["items"]] == ["line_account_refused"]
    assert await entries(book) == before
    assert (await client.post(POSTS, journal("a", "b"), key="again")).status_code == 201


@pytest.mark.parametrize(
    "code",
    ["share/L1/nhs/2025-26/available", "fund/nhs/2025-26/source", "payable/P7", "expense/L1/nhs/2025-26", "advance/P1/H1",
     "provision/notice/P1", "partner/council/billed", "receivable/reclaim/X/P1", "loss/fraud/L1/nhs/2025-26"],
)  # fmt: skip
async def test_finance_opens_no_account_of_a_budget(client: Client, book: kit.Book, code: str) -> None:
    """Their codes are left to the events that open them with their tags: nothing is recorded, and the key stays free."""
    before = await entries(book)
    made = {"accounts": [{"account": "bank/x", "class": "bank"}, {"account": code, "class": "bank"}]}
    for path in ("/v1/books/TEST/accounts", "/v1/books/TEST/accounts?dry_run=true"):
        no = await client.post(path, made, key="open")
        assert (no.status_code, no.json()["code"], no.json()["field"]) == (422, "account_code_reserved", "accounts")
    assert await entries(book) == before
    own = [
        {"account": each, "class": "bank"} for each in ("bank/x", "in_transit/x", "funding/icb", "shares", "payable")
    ]
    assert (await client.post("/v1/books/TEST/accounts", {"accounts": own}, key="open")).status_code == 201


async def test_a_reversal_undoes_a_journal_once(client: Client) -> None:
    """A reversal negates the legs; a second one is refused and names the first."""
    await client.open("a", "b")
    number = (await client.post(POSTS, journal("a", "b"))).json()["number"]
    first = await client.post(f"{POSTS}/{number}/reversals", {"effective_on": "2025-06-02"})
    assert first.status_code == 201, first.text
    assert first.json()["attributes"] == {"reverses": str(number)}
    again = await client.post(f"{POSTS}/{number}/reversals", {"effective_on": "2025-06-02"})
    assert again.json()["code"] == "already_reversed"
    assert again.json()["facts"]["by"] == str(first.json()["number"])


async def test_a_batch_gives_each_item_its_own_result(client: Client, book: kit.Book) -> None:
    """One bad item in a batch is refused by itself; the same batch again replays every item."""
    await client.open("a", "b")
    body = {
        "transactions": [
            journal("a", "b"),
            journal("a", "nobody"),
            journal("a", "b", "0.001"),
            journal("a", "b", "1.00"),
        ]
    }
    first = await client.post(f"{POSTS}/batch", body, key="batch")
    assert first.status_code == 200, first.text
    assert [item["status"] for item in first.json()["items"]] == [201, 422, 400, 201]
    assert first.json()["items"][1]["problem"]["code"] == "account_unknown"
    assert first.json()["items"][2]["problem"]["code"] == "amount_over_precise"
    before = await entries(book)
    again = await client.post(f"{POSTS}/batch", body, key="batch")
    assert [item.get("entry") for item in again.json()["items"]] == [
        item.get("entry") for item in first.json()["items"]
    ]
    assert await entries(book) == before


async def test_a_batch_keeps_its_key_although_its_first_item_was_malformed(client: Client, book: kit.Book) -> None:
    """Once an item of a batch has posted, its key is used: another request or batch under it is turned away."""
    await client.open("a", "b")
    body = {"transactions": [journal("a", "b", "0.001"), journal("a", "b", "1.00"), journal("a", "b", "2.00")]}
    first = await client.post(f"{POSTS}/batch", body, key="batch")
    assert [item["status"] for item in first.json()["items"]] == [400, 201, 201]
    before = await entries(book)
    for path, other in (
        (POSTS, journal("a", "b")),
        (f"{POSTS}/batch", {"transactions": [journal("a", "b")]}),
        (f"{POSTS}/batch", {"transactions": [journal("a", "b"), *body["transactions"][1:]]}),
        (
            f"{POSTS}/batch",
            {"transactions": [journal("a", "b", "0.001"), journal("a", "b", "0.001"), journal("a", "b")]},
        ),
    ):
        no = await client.post(path, other, key="batch")
        assert (no.status_code, no.json()["code"]) == (422, "idempotency_key_reused"), no.text
    again = await client.post(f"{POSTS}/batch", body, key="batch")
    assert [item.get("entry") for item in again.json()["items"]] == [
        item.get("entry") for item in first.json()["items"]
    ]
    assert await entries(book) == before


async def test_a_batch_keeps_its_key_although_its_first_items_were_refused_unrecorded(
    client: Client, book: kit.Book, writer
) -> None:
    """The first item that is recorded has the key, whichever that is: another request under it is turned away, and the same
    batch goes on, also with what may be posted by now."""
    await kit.open_accounts(writer, "line/x", tags=(("line", "L1"),))
    await client.open("a", "b")
    body = {"transactions": [journal("a", "line/x"), journal("a", "line/x"), journal("a", "b"), journal("a", "nobody")]}
    first = await client.post(f"{POSTS}/batch", body, key="batch")
    assert [item["status"] for item in first.json()["items"]] == [403, 403, 201, 422]
    assert "idempotency-replayed" not in first.headers
    before = await entries(book)
    for path, other in (
        (POSTS, journal("a", "b")),
        (f"{POSTS}/batch", {"transactions": [journal("a", "b")]}),
        (f"{POSTS}/batch", {"transactions": [*body["transactions"][:3], journal("a", "b", "9.00")]}),
        (f"{POSTS}/batch", {"transactions": body["transactions"], "atomic": True}),
    ):
        no = await client.post(path, other, key="batch")
        assert (no.status_code, no.json()["code"]) == (422, "idempotency_key_reused"), no.text
    again = await client.post(f"{POSTS}/batch", body, key="batch")
    assert [item["status"] for item in again.json()["items"]] == [403, 403, 201, 422]
    assert again.json()["items"][2:] == first.json()["items"][2:]
    assert again.headers["idempotency-replayed"] == "true"
    tried = await client.post(f"{POSTS}/batch?dry_run=true", body, key="batch")
    assert tried.json()["items"][2]["entry"] == first.json()["items"][2]["entry"]
    assert await entries(book) == before


async def test_a_batch_of_which_nothing_is_recorded_leaves_its_key_free(client: Client, book: kit.Book, writer) -> None:
    """All items refused unrecorded: the key posts something else afterwards."""
    await kit.open_accounts(writer, "line/x", tags=(("line", "L1"),))
    await client.open("a", "b")
    body = {"transactions": [journal("a", "line/x")] * 3}
    assert (await client.post(f"{POSTS}/batch", body, key="batch")).json()["posted"] == 0
    assert (await client.post(POSTS, journal("a", "b"), key="batch")).status_code == 201


async def test_a_batch_sent_many_times_at_once_happens_once(client: Client, book: kit.Book) -> None:
    """Eight at once: one set of entries, and all but the first say that they are replays."""
    await client.open("a", "b")
    before = await entries(book)
    body = {"transactions": [journal("a", "b"), journal("a", "b"), journal("a", "b", "1.00")]}
    answers = await asyncio.gather(*(client.post(f"{POSTS}/batch", body, key="race") for _ in range(8)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 7
    assert await entries(book) == before + 3


async def test_a_shortfall_is_named_by_facts_only(client: Client, book: kit.Book) -> None:
    """An act that names one would be posted without it: refused, also where the account exists, and nothing is recorded; a fact
    that names an unknown account is the ledger's to refuse."""
    await client.open("a", "b", "short")
    before = await entries(book)
    for name in ("short", "nobody"):
        body = journal("a", "b")
        body["legs"][1]["shortfall"] = name
        for path, sent in ((POSTS, body), (f"{POSTS}/batch", {"transactions": [body], "atomic": True})):
            no = await client.post(path, sent, key="key")
            assert (no.status_code, no.json()["code"], no.json()["field"]) == (400, "shortfall_of_act", "legs"), no.text
    assert await entries(book) == before
    fact = await client.post(POSTS, body | {"fact": True}, key="key")
    assert (fact.status_code, fact.json()["code"]) == (422, "account_unknown")


async def test_an_atomic_group_posts_whole_or_not_at_all(client: Client, book: kit.Book) -> None:
    """One refused journal refuses the group, with one refusal entry; a good group has consecutive numbers."""
    await client.open("a", "b")
    before = await entries(book)
    bad = await client.post(
        f"{POSTS}/batch", {"atomic": True, "transactions": [journal("a", "b"), journal("a", "nobody")]}
    )
    assert (bad.status_code, bad.json()["code"]) == (422, "account_unknown")
    assert await entries(book) == before + 1
    good = await client.post(f"{POSTS}/batch", {"atomic": True, "transactions": [journal("a", "b"), journal("b", "a")]})
    numbers = [item["entry"]["number"] for item in good.json()["items"]]
    assert numbers == [before + 2, before + 3]


async def test_a_client_that_is_refused_too_often_must_wait(
    make_app, settings, issuer, book: kit.Book, client: Client
) -> None:
    """Past its budget of refusals a client meets 429 with Retry-After, and nothing more is recorded."""
    app: Application = await make_app(msgspec.structs.replace(settings, refusals_per_minute=2))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ledger") as inner:
        few = Client(inner, issuer)
        for _ in range(2):
            assert (await few.post(POSTS, journal("x", "y"))).status_code == 422
        before = await entries(book)
        answer = await few.post(POSTS, journal("x", "y"))
        assert (answer.status_code, answer.json()["code"]) == (429, "refusal_budget_spent")
        assert int(answer.headers["retry-after"]) in range(1, 62)
        assert await entries(book) == before


async def test_a_request_id_alone_is_the_key(client: Client) -> None:
    """A client of the NHS conventions that repeats only its X-Request-ID gets the first answer again
    (users.md 1.1)."""
    await client.open("a", "b")
    headers = {"Authorization": client.token("finance"), "X-Request-ID": "0b6f4f3e-9f0c-4c1e-9f7c-1f9c6a1f0b11"}
    answers = [await client.inner.post(POSTS, json=journal("a", "b"), headers=headers) for _ in range(2)]
    assert answers[0].status_code == 201
    assert answers[0].content == answers[1].content
    missing = await client.inner.post(POSTS, json=journal("a", "b"), headers={"Authorization": client.token("finance")})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
