"""Reads over HTTP: pages, moments, proofs, health and metrics."""

import httpx
import msgspec

from ledger.book.checkpoint import publish
from ledger.core.note import Checkpoint, open_note, sign_note
from tests import kit
from tests.api.asking import Client, journal

BOOK = "/v1/books/TEST"
POSTS = f"{BOOK}/transactions"


async def test_pages_of_a_list_follow_each_other(client: Client) -> None:
    """Following the link `next` gives every journal once, in order; a cursor of another list is refused."""
    await client.open("a", "b")
    numbers = [(await client.post(POSTS, journal("a", "b"))).json()["number"] for _ in range(5)]
    seen, path = [], f"{POSTS}?limit=2"
    while path:
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        seen += [entry["number"] for entry in answer.json()["entries"]]
        path = answer.links["next"]["url"] if "next" in answer.links else ""
    assert seen == numbers
    first = await client.get(f"{BOOK}/accounts?limit=1")
    cursor = first.links["next"]["url"].split("after=")[1].split("&")[0]
    assert (await client.get(f"{POSTS}?after={cursor}")).json()["code"] == "cursor_malformed"


async def test_balances_are_read_at_any_moment(client: Client) -> None:
    """Now, as recorded at an entry and at a time, and as effective on a day."""
    await client.open("a", "b")
    first = (await client.post(POSTS, journal("a", "b", "10.00"))).json()
    await client.post(POSTS, journal("a", "b", "5.00") | {"effective_on": "2025-07-01"})
    path = f"{BOOK}/account/balance?code=a"

    async def of(more: str = "") -> str:
        answer = await client.get(path + more)
        assert answer.status_code == 200, answer.text
        return answer.json()["balance"]

    assert await of() == "15.00"
    assert await of(f"&as_recorded_at={first['number']}") == "10.00"
    assert await of(f"&as_recorded_at={first['recorded_at']}") == "10.00"
    assert await of("&effective_on=2025-06-30") == "10.00"
    assert (await client.get(f"{path}&as_recorded_at=soon")).json()["code"] == "parameter_malformed"
    assert (await client.get(f"{BOOK}/account/balance?code=zz")).json()["code"] == "account_not_found"
    trial = (await client.get(f"{BOOK}/trial-balance")).json()
    assert [group["balance"] for group in trial["groups"]] == ["0.00"]
    under = (await client.get(f"{BOOK}/balances")).json()
    assert {branch["name"] for branch in under["branches"]} == {"a", "b"}


async def test_a_statement_opens_and_closes(client: Client) -> None:
    """Opening, lines and closing add up over the pages that the links lead to."""
    await client.open("a", "b")
    for day in ("2025-06-01", "2025-06-02", "2025-06-03"):
        await client.post(POSTS, journal("a", "b", "1.00") | {"effective_on": day})
    path = f"{BOOK}/account/statement?code=a&first_day=2025-06-02&last_day=2025-06-30&limit=1"
    first = await client.get(path)
    assert (first.json()["opening"], first.json()["closing"]) == ("1.00", "3.00")
    second = await client.get(first.links["next"]["url"])
    assert second.json()["page_opening"] == first.json()["page_closing"]
    assert second.json()["lines"][0]["balance"] == "3.00"


async def test_a_hold_is_placed_settled_and_read(client: Client) -> None:
    """A hold over HTTP: placed, shown as open, settled for less with the rest given back, and then closed."""
    await client.open("bank", "cost", {"account": "held", "class": "held"})
    placed = await client.post(
        f"{BOOK}/holds",
        {
            "effective_on": "2025-06-02",
            "currency": "GBP",
            "pairs": [{"holding": "held", "origin": "bank", "amount": "40.00"}],
        },
    )
    assert placed.status_code == 201, placed.text
    number = placed.json()["number"]
    shown = (await client.get(f"{BOOK}/holds/{number}")).json()
    assert (shown["closed"], shown["pairs"][0]["remaining"]) == (False, "40.00")
    assert [each["number"] for each in (await client.get(f"{BOOK}/holds?code=bank")).json()["holds"]] == [number]
    settled = await client.post(
        f"{BOOK}/holds/{number}/settlements",
        {"effective_on": "2025-06-03", "takes": [{"holding": "held", "amount": "30.00"}],
         "legs": [{"account": "cost", "amount": "30.00"}], "final": True},
    )  # fmt: skip
    assert settled.status_code == 201, settled.text
    assert (await client.get(f"{BOOK}/holds/{number}")).json()["closed"] is True
    again = await client.post(f"{BOOK}/holds/{number}/releases", {"effective_on": "2025-06-03"})
    assert again.json()["code"] == "hold_closed"


async def test_a_closed_period_refuses_and_names_the_first_open_day(client: Client) -> None:
    """Closing a month over HTTP stops postings in it; another person reopens it, with a reason."""
    await client.open("a", "b")
    closed = await client.post(f"{BOOK}/periods/close", {"period": "2025-06"})
    assert closed.status_code == 201, closed.text
    no = await client.post(POSTS, journal("a", "b"))
    assert (no.json()["code"], no.json()["facts"]["period"]) == ("period_closed", "2025-06")
    months = (await client.get(f"{BOOK}/periods")).json()["months"]
    assert [each["closed"] for each in months if each["period"] == "2025-06"] == [True]
    second = {"Authorization": client.token("finance", sub="another")}
    silent = await client.post(f"{BOOK}/periods/reopen", {"period": "2025-06"}, headers=second)
    assert (silent.status_code, silent.json()["code"]) == (400, "reason_missing")
    opened = await client.post(
        f"{BOOK}/periods/reopen", {"period": "2025-06", "reason": "late_invoice"}, headers=second
    )
    assert opened.status_code == 201, opened.text


async def test_a_tree_that_does_not_hold_an_entry_is_told_apart_from_an_entry_that_is_not_there(client: Client) -> None:
    """At the smallest and the largest size there is a proof, one less or more has its own code with both sizes, and an entry
    that is not there stays entry_not_found whatever the size."""
    await client.open("a", "b")
    size = [(await client.post(POSTS, journal("a", "b"))).json()["number"] for _ in range(3)][-1]
    number, path = size - 1, f"{BOOK}/entries/{size - 1}/receipt"
    for tree_size in (number, size):
        assert (await client.get(f"{path}?tree_size={tree_size}")).json()["tree_size"] == tree_size
    for tree_size in (1, number - 1, size + 1, 10**15):
        no = await client.get(f"{path}?tree_size={tree_size}")
        assert (no.status_code, no.json()["code"]) == (404, "tree_size_unfit")
        assert no.json()["facts"] == {"smallest": str(number), "largest": str(size)}
    for more in ("", "?tree_size=1", f"?tree_size={size}", f"?tree_size={size + 1}"):
        assert (await client.get(f"{BOOK}/entries/{size + 1}/receipt{more}")).json()["code"] == "entry_not_found"


async def test_a_receipt_leads_to_a_signed_checkpoint(client: Client, app) -> None:
    """A requested checkpoint is signed by the service's key, and the receipt of an older entry carries it."""
    await client.open("a", "b")
    made = (await client.post(POSTS, journal("a", "b"))).json()
    none = await client.get(f"{BOOK}/checkpoints/latest")
    assert none.json()["code"] == "checkpoint_not_found"
    signed = await client.post(f"{BOOK}/checkpoints", {}, role="auditor")
    assert signed.status_code == 201, signed.text
    open_note(signed.json()["note"], [app.desk.books.keys.verifier])
    receipt = (await client.get(f"{BOOK}/entries/{made['number']}/receipt")).json()
    assert receipt["leaf"] == made["receipt"]["leaf"]
    assert receipt["checkpoint"] == signed.json()["note"]
    listed = (await client.get(f"{BOOK}/checkpoints")).json()["checkpoints"]
    assert [each["tree_size"] for each in listed] == [signed.json()["tree_size"]]
    assert (await client.get(f"{BOOK}/entries/99/receipt")).json()["code"] == "entry_not_found"


async def test_what_has_not_changed_is_not_sent_again(client: Client) -> None:
    """If-None-Match with the ETag of a book gives 304 without a body; with another tag the book."""
    first = await client.get(BOOK)
    tag = first.headers["etag"]
    same = await client.get(BOOK, headers={"If-None-Match": tag})
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    assert (await client.get(BOOK, headers={"If-None-Match": '"other"'})).status_code == 200


async def test_readiness_names_the_part_that_is_not_in_order(
    make_app, settings, client: Client, app, book: kit.Book
) -> None:
    """With everything in order every part is ok; without a database, and after a published checkpoint of
    entries that this database lost, 503 names it."""
    good = await client.inner.get("/health/ready")
    assert (good.status_code, set(good.json()["parts"].values())) == (200, {"ok"})
    keys = app.desk.books.keys
    origin = (await kit.rows(book.dsn, "SELECT origin FROM phb.head"))[0][0]
    lost = sign_note(Checkpoint(origin, 900, b"x" * 32).text(), keys.signer_name, keys.signer)
    publish(settings.notes_dir, "TEST", lost)
    no = await client.post(f"{BOOK}/accounts", {"accounts": [{"account": "a", "class": "bank"}]})
    assert (no.status_code, no.json()["code"], no.headers["retry-after"]) == (503, "fork_suspected", "60")
    bad = await client.inner.get("/health/ready")
    assert (bad.status_code, bad.json()["parts"]["fork_check"]) == (503, "fork_suspected")
    away = await make_app(msgspec.structs.replace(settings, database_url="postgresql://nobody@127.0.0.1:1/none"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(away), base_url="http://ledger") as inner:
        answer = await inner.get("/health/ready")
        assert (answer.status_code, answer.json()["parts"]["database"]) == (503, "database_away")
        assert (await inner.get("/health/live")).status_code == 200
        gone = await Client(inner, client.issuer).get("/v1/books")
        assert (gone.status_code, gone.json()["code"]) == (503, "database_away")
        assert gone.headers["retry-after"] == "1"


async def test_a_database_without_our_tables_is_not_ready(make_app, settings, server, client: Client) -> None:
    """An empty database is named as such, so that the operator migrates it."""
    empty = await make_app(msgspec.structs.replace(settings, database_url=server.uri("postgres")))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(empty), base_url="http://ledger") as inner:
        answer = await inner.get("/health/ready")
        assert (answer.status_code, answer.json()["parts"]["migrations"]) == (503, "outstanding")


async def test_metrics_count_by_route_and_code(client: Client, book: kit.Book) -> None:
    """Requests are counted under the template of their path, problems under their code, writers under their
    book."""
    await client.open("a")
    await client.get(f"{POSTS}/77")
    text = (await client.get("/metrics", role="operator")).text
    route = 'route="/v1/books/{book}/transactions/{number}"'
    assert f'phb_requests_total{{method="GET",{route},status="404"}} 1.0' in text
    assert 'phb_problems_total{code="transaction_not_found"} 1.0' in text
    assert 'phb_writer_entries{book="TEST"} 1.0' in text
    assert "/77" not in text
