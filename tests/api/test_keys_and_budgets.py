"""What a key, a dry run and a budget of refusals promise on every route that writes."""

import asyncio
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from api.app import HANDLERS, Application
from api.idempotency import WINDOW_SECONDS, RefusalBudget, canonical, prints_of, stored_key
from api.problems import Problem
from ledger.book.erasure import erase_details
from ledger.book.submission import DeadlinePassed
from ledger.core.model import Detail
from ledger.core.requests import Erase
from tests import kit
from tests.api.asking import DAY, Client, journal

BOOK = "/v1/books/TEST"
POSTS = f"{BOOK}/transactions"


async def entries(book: kit.Book) -> int:
    """How many entries the book has."""
    return (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]


async def locked(book: kit.Book) -> tuple[Any, Any]:
    """Somebody else's lock on the book's head, to be rolled back and closed."""
    other = await asyncpg.connect(book.dsn)
    transaction = other.transaction()
    await transaction.start()
    await other.fetch("SELECT size FROM phb.lock_head($1)", book.book_id)
    return other, transaction


@pytest.mark.parametrize("path", [POSTS, f"{POSTS}/batch"])
async def test_a_key_in_use_is_a_conflict_at_the_deadline(
    make_app, settings, issuer, book: kit.Book, client: Client, path: str
) -> None:
    """The second request under a key waits for the first; when it can wait no longer it is told 409 and when to come again,
    and the key then has the one answer."""
    await client.open("a", "b")
    slow: Application = await make_app(msgspec.structs.replace(settings, timeout_seconds=30.0))
    body = journal("a", "b") if path == POSTS else {"transactions": [journal("a", "b")]}
    headers = {"Authorization": client.token(), "Idempotency-Key": "same"}
    other, transaction = await locked(book)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(slow), base_url="http://ledger") as inner:
        first = asyncio.create_task(inner.post(path, json=body, headers=headers))
        while not (slow.desk.books._open and book.code in slow.desk.books._open):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        impatient = msgspec.structs.replace(slow.desk, settings=msgspec.structs.replace(settings, timeout_seconds=0.2))
        patient, slow.desk = slow.desk, impatient
        second = await inner.post(path, json=body, headers=headers)
        slow.desk = patient
        await transaction.rollback()
        await other.close()
        assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_use")
        assert int(second.headers["retry-after"]) >= 1
        third = await inner.post(path, json=body, headers=headers)
    found = [answer.json().get("items", [{"entry": answer.json()}])[0]["entry"] for answer in (await first, third)]
    assert found[0] == found[1]
    assert await entries(book) == 3


def test_every_route_that_writes_can_be_tried() -> None:
    """Each POST takes `dry_run`, except the request for a checkpoint and the what-if, which write nothing into the book."""
    without = {
        handler.operation_id
        for handler in HANDLERS
        if "POST" in handler.http_methods and "dry_run" not in handler.fn.__annotations__
    }
    assert without == {"requestCheckpoint", "whatIf"}


async def test_a_dry_run_of_any_write_leaves_nothing(client: Client, book: kit.Book) -> None:
    """Accounts, holds, reversals and periods, each tried: the answer has number 0 and the book has no new entry."""
    await client.open("a", "b", {"account": "held", "class": "held"})
    number = (await client.post(POSTS, journal("a", "b"))).json()["number"]
    pair = {"holding": "held", "origin": "a", "amount": "5.00"}
    hold = {"effective_on": DAY, "currency": "GBP", "pairs": [pair]}
    placed = (await client.post(f"{BOOK}/holds", hold)).json()["number"]
    take, leg = {"holding": "held", "amount": "1.00"}, {"account": "b", "amount": "1.00"}
    before = await entries(book)
    for path, body in {
        "/accounts": {"accounts": [{"account": "c", "class": "bank"}]},
        "/account/freeze": {"account": "a"},
        "/account/close": {"account": "c"},
        "/holds": hold,
        f"/holds/{placed}/settlements": {"effective_on": DAY, "takes": [take], "legs": [leg]},
        f"/holds/{placed}/releases": {"effective_on": DAY},
        f"/transactions/{number}/reversals": {"effective_on": DAY},
        "/periods/close": {"period": "2025-04"},
    }.items():
        answer = await client.post(f"{BOOK}{path}?dry_run=true", body)
        assert answer.json()["dry_run"] is True, (path, answer.text)
        assert answer.status_code == (422 if path == "/account/close" else 200), (path, answer.text)
        assert await entries(book) == before
    await client.post(f"{BOOK}/account/freeze", {"account": "a"})
    assert (await client.post(f"{BOOK}/account/unfreeze?dry_run=true", {"account": "a"})).json()["number"] == 0
    await client.post(f"{BOOK}/periods/close", {"period": "2025-04"}, headers={"Authorization": client.token(sub="x")})
    reopened = await client.post(f"{BOOK}/periods/reopen?dry_run=true", {"period": "2025-04", "reason": "late_invoice"})
    assert (reopened.status_code, reopened.json()["dry_run"]) == (200, True)
    assert await entries(book) == before + 2


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_batch_can_be_tried(client: Client, book: kit.Book, atomic: bool) -> None:
    """Each item is decided after those before it, as it would be; nothing is recorded, and the key posts afterwards."""
    await client.open({"account": "floor", "class": "bank", "floor": "0.00"}, "b")
    before = await entries(book)
    good = {"atomic": atomic, "transactions": [journal("floor", "b", "10.00"), journal("b", "floor", "10.00")]}
    path = f"{POSTS}/batch?dry_run=true"
    tried = await client.post(path, good, key="batch")
    assert tried.status_code == 200, tried.text
    assert tried.json()["dry_run"] is True
    assert [(item["status"], item["entry"]["number"]) for item in tried.json()["items"]] == [(200, 0), (200, 0)]
    bad = {"atomic": atomic, "transactions": [journal("floor", "b", "1.00"), journal("b", "floor", "2.00")]}
    refused = (await client.post(path, bad)).json()
    problem = refused if atomic else refused["items"][1]["problem"]
    assert (problem["code"], problem["dry_run"]) == ("not_enough_available", True)
    assert "entry" not in problem
    assert await entries(book) == before
    posted = await client.post(f"{POSTS}/batch", good, key="batch")
    assert [item["status"] for item in posted.json()["items"]] == [201, 201]
    again = await client.post(path, good, key="batch")
    assert [item["entry"] for item in again.json()["items"]] == [item["entry"] for item in posted.json()["items"]]
    assert await entries(book) == before + 2


async def test_a_replay_after_an_erasure_says_that_the_details_are_gone(
    app: Application, client: Client, book: kit.Book, writer
) -> None:
    """Status, code and numbers stay, and `erased` is true; so it is when the entry is read."""
    await client.open("a", "b")
    caller = app.desk.authenticator.caller(client.token())
    secret, body = app.desk.books.keys.requests, journal("a", "b")
    item = kit.item(
        kit.post("a", "b", 7550, detail=Detail(b"s" * 16, b"a name")), asked=caller.asked,
        key=stored_key(secret, "TEST", caller, "k"), prints=prints_of(secret, canonical("transactions", body)),
    )  # fmt: skip
    number = (await writer.submit(item)).number
    first = await client.post(POSTS, body, key="k")
    assert (first.status_code, first.json()["number"]) == (201, number)
    assert "erased" not in first.json()
    erase = kit.item(Erase(entries=(number,), second="second", ground="uk-gdpr-17"))
    await erase_details(book.dsn, book.book_id, erase, clock_us=kit.clock_us, nonce=kit.nonce)
    again = await client.post(POSTS, body, key="k")
    assert again.status_code == 201
    assert again.json() == first.json() | {"erased": True}
    assert (await client.get(f"{POSTS}/{number}")).json()["erased"] is True
    before = await entries(book)
    same = await erase_details(book.dsn, book.book_id, erase, clock_us=kit.clock_us, nonce=kit.nonce)
    assert (same.replayed, await entries(book)) == (True, before)


async def test_no_batch_and_no_crowd_is_refused_more_often_than_the_budget_says(
    make_app, settings, issuer, book: kit.Book, client: Client
) -> None:
    """Two workers of a service share five refusals, two each: a batch of bad items and many bad requests at once record two."""
    shared = msgspec.structs.replace(settings, refusals_per_minute=5, workers=2)
    for worker, azp in ((await make_app(shared), "one"), (await make_app(shared), "two")):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(worker), base_url="http://ledger") as inner:
            before = await entries(book)
            headers = {"Authorization": client.token(azp=azp)}
            if azp == "one":
                sent = {"transactions": [journal("x", "y", f"{n}.00") for n in range(1, 9)]}
                answer = await inner.post(f"{POSTS}/batch", json=sent, headers={**headers, "Idempotency-Key": "many"})
                statuses = [item["status"] for item in answer.json()["items"]]
            else:
                asked = [headers | {"Idempotency-Key": f"crowd-{n}"} for n in range(8)]
                answers = await asyncio.gather(*(inner.post(POSTS, json=journal("x", "y"), headers=h) for h in asked))
                statuses = [answer.status_code for answer in answers]
            assert sorted(statuses) == [422] * 2 + [429] * 6
            assert await entries(book) == before + 2


async def test_a_reserved_refusal_is_given_back_and_the_minute_ends() -> None:
    """Who finds all of a client's budget reserved waits for it; a refusal stays spent until its minute is over."""
    now = [100.0]
    budget = RefusalBudget(2, tick=lambda: now[0])
    assert await budget.reserve("c", 5, 1) == 2
    with pytest.raises(DeadlinePassed):
        await budget.reserve("c", 1, 0)
    waiting = asyncio.create_task(budget.reserve("c", 1, 60))
    await asyncio.sleep(0)
    budget.settle("c", 2, 1)
    assert await waiting == 1
    budget.settle("c", 1, 1)
    with pytest.raises(Problem, match="refusal_budget_spent"):
        await budget.reserve("c", 1, 1)
    now[0] += WINDOW_SECONDS
    assert await budget.reserve("c", 1, 1) == 1
    assert await budget.reserve("other", 1, 1) == 1
