"""Every no has its status, its sentence and its place in the one table; nothing of it repeats what was
sent."""

import ast
import importlib
import json
import pkgutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import api
from api.app import Application
from api.problems import LEDGER_CODES, NOT_CONSIDERED, PROBLEMS, REFUSAL_STATUS, Problem, answer_of, of_ledger
from ledger.book import submission
from ledger.core.model import Malformed
from ledger.core.refusals import REFUSALS
from tests import kit
from tests.api.asking import Client, journal

ROOT = Path(__file__).resolve().parent.parent.parent
POSTS = "/v1/books/TEST/transactions"


def raised_codes(name: str) -> set[str]:
    """The codes that the ledger raises an exception of this name with."""
    found: set[str] = set()
    for path in (ROOT / "ledger").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == name and node.args:
                found |= {
                    leaf.value
                    for leaf in ast.walk(node.args[0])
                    if isinstance(leaf, ast.Constant) and isinstance(leaf.value, str)
                }
    return found


def test_every_refusal_has_a_status() -> None:
    """The ledger's closed list of refusals and the table name the same codes."""
    assert set(REFUSAL_STATUS) == set(REFUSALS)
    assert set(REFUSAL_STATUS.values()) == {403, 409, 422}


def test_a_code_stands_in_one_table_only() -> None:
    """Two sentences for one code would be one of them, by the order of the tables."""
    tables = {
        id(table): table for module in pkgutil.iter_modules(api.__path__) if module.name.startswith("problem_")
        for name, table in vars(importlib.import_module(f"api.{module.name}")).items()
        if name.isupper() and isinstance(table, dict)
    }  # fmt: skip
    codes = Counter(code for table in tables.values() for code in table)
    assert len(tables) > 5
    assert [code for code, times in codes.items() if times > 1] == []


@pytest.mark.parametrize("name", ["Malformed", "NotAnAmount"])
def test_every_malformed_code_is_in_the_table(name: str) -> None:
    """Whatever the core calls malformed is a 400 with a sentence of its own."""
    codes = raised_codes(name) - {"legs", "edges"}
    assert len(codes) > 3
    assert {code for code in codes if code not in PROBLEMS} == set()
    assert {PROBLEMS[code].status for code in codes} == {400}


def test_every_way_of_not_being_considered_is_a_503_with_retry_after() -> None:
    """Queue, deadline, outcome, clock, fork and database: 503, transient, with a time after which to try
    again."""
    kinds = [
        each
        for each in vars(submission).values()
        if isinstance(each, type) and issubclass(each, submission.NotConsidered)
    ]
    assert {kind.code for kind in kinds} == set(NOT_CONSIDERED)
    for kind in kinds:
        found = PROBLEMS[kind.code]
        # A key in use is the one that the client's own other request decides, and not the state of the service.
        status = 409 if kind is submission.KeyInUse else 503
        assert (found.status, found.transient, found.retry_after_seconds) == (status, True, kind.retry_after_seconds)


def test_every_code_of_the_ledger_that_is_passed_on_is_in_the_table() -> None:
    """What is passed on by its code has a row, and what is not known is our own mistake and tells nothing."""
    assert set(LEDGER_CODES.values()) <= set(PROBLEMS)
    assert of_ledger(RuntimeError("secret")).code == "internal_error"
    assert of_ledger(Malformed("amount_zero", "legs")).members == {"field": "legs"}


def test_every_problem_can_be_written_down() -> None:
    """Each code has a title, a whole sentence, and a status that is a no."""
    for code, kind in PROBLEMS.items():
        found = answer_of(Problem(code), "id")
        assert found.detail.endswith(".")
        assert found.title
        assert kind.status >= 400
        assert found.type == f"/docs/problems#{code}"


def body(legs: str = '{"account":"a","amount":"1.00"},{"account":"b","amount":"-1.00"}', more: str = "") -> bytes:
    """The text of a journal."""
    return f'{{"effective_on":"2025-06-02","currency":"GBP","legs":[{legs}]{more}}}'.encode()


def amount(text: str) -> bytes:
    """The text of a journal with this JSON value as its first amount."""
    return body(f'{{"account":"a","amount":{text}}},{{"account":"b","amount":"-1.00"}}')


BAD = [
    (amount('"0.00"'), 400, "amount_zero"),
    (amount('"1.001"'), 400, "amount_over_precise"),
    (amount('"1.5"'), 400, "amount_malformed"),
    (amount('"NaN"'), 400, "amount_not_a_number"),
    (amount("NaN"), 400, "amount_not_a_number"),
    (amount("-Infinity"), 400, "amount_not_a_number"),
    (amount("1.5"), 400, "amount_float"),
    (amount("1e2"), 400, "amount_float"),
    (amount("1"), 400, "amount_not_text"),
    (amount("9223372036854775808"), 400, "amount_too_large"),
    (amount('"92233720368547758.08"'), 400, "amount_too_large"),
    (amount("9" * 5000), 400, "amount_too_large"),
    (amount("true"), 400, "field_malformed"),
    (amount("null"), 400, "field_malformed"),
    (body(more=',"surprise":1'), 400, "field_unknown"),
    (body(more=',"currency":"GBP"'), 400, "field_repeated"),
    (body('{"account":"a","account":"b","amount":"1.00"}'), 400, "field_repeated"),
    (body('{"account":"a","amount":"1.00"},{"account":"a","amount":"-1.00"}'), 400, "account_repeated"),
    (body('{"account":"a","amount":"1.00"}'), 400, "field_malformed"),
    (body('{"account":"a\\u0000","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\\ud800","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\\u0007","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\x7f","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\\u0085","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\\u202e","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a\u2067","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "text_malformed"),
    (body('{"account":"a b","amount":"1.00"},{"account":"b","amount":"-1.00"}'), 400, "code_malformed"),
    (body(more=',"because":1.5'), 400, "number_malformed"),
    (body(more=',"because":9223372036854775808'), 400, "number_too_large"),
    (body(more=',"event":1000'), 400, "field_malformed"),
    (body(more=',"care_from":"2025-06-02"'), 400, "dates_malformed"),
    (body(more=',"subject":"-"'), 400, "code_malformed"),
    (body(more=',"subject":"9990000018"'), 400, "personal_number"),
    (b"", 400, "body_missing"),
    (b"[]", 400, "body_not_json"),
    (b"{", 400, "body_not_json"),
    (b"\xff{}", 400, "body_not_json"),
    (b'{"a":"\x00"}', 400, "body_not_json"),
    (b"{}", 400, "field_missing"),
    (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400, "body_too_deep"),
    (b'{"a":"' + b"x" * 1_100_000 + b'"}', 413, "body_too_large"),
    (body('{"account":"a","amount":"1.00"},{"account":"b","amount":"-2.00"}'), 422, "unbalanced"),
    (body('{"account":"a","amount":"1.00"},{"account":"nobody","amount":"-1.00"}'), 422, "account_unknown"),
    (body().replace(b"GBP", b"EUR"), 422, "currency_differs"),
    (body().replace(b"2025-06-02", b"2091-06-02"), 422, "effective_in_future"),
    (body().replace(b"2025-06-02", b"2020-06-02"), 422, "before_first_month"),
    (body().replace(b"2025-06-02", b"2025-02-30"), 400, "field_malformed"),
]


async def test_bad_input_of_every_kind_meets_its_own_no(client: Client, book: kit.Book) -> None:
    """Each kind of bad body has its code on both ways in (with and without a query); those that could not be
    considered leave nothing in the book, and no balance moves for any of them."""
    await client.open("a", "b")
    for path in (POSTS, f"{POSTS}?dry_run=true"):
        for sent, status, code in BAD:
            before = (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]
            answer = await client.post(path, sent)
            assert (answer.status_code, answer.json()["code"]) == (status, code), (path, sent[:200], answer.text)
            assert answer.headers["content-type"] == "application/problem+json"
            after = (await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry"))[0][0]
            assert after - before == (1 if status == 422 and path == POSTS else 0)
    assert (await kit.rows(book.dsn, "SELECT count(*) FROM phb.posting"))[0][0] == 0


def keeping(amount: str) -> bytes:
    """The text of a hold of this JSON value."""
    pair = f'{{"holding":"held","origin":"a","amount":{amount}}}'
    return f'{{"effective_on":"2025-06-02","currency":"GBP","pairs":[{pair}]}}'.encode()


def using(amount: str) -> bytes:
    """The text of a settlement that takes this JSON value."""
    takes, legs = f'[{{"holding":"held","amount":{amount}}}]', '[{"account":"b","amount":"1.00"}]'
    return f'{{"effective_on":"2025-06-02","takes":{takes},"legs":{legs}}}'.encode()


def giving_back(amount: str) -> bytes:
    """The text of a release of this JSON value."""
    return f'{{"effective_on":"2025-06-02","takes":[{{"holding":"held","amount":{amount}}}]}}'.encode()


BAD_SIZES = {
    '"-1.00"': "amount_negative", '"0.00"': "amount_zero", '"1.001"': "amount_over_precise", "NaN": "amount_not_a_number",
    "1.5": "amount_float", "9223372036854775808": "amount_too_large",
}  # fmt: skip
LASTING = (
    "SELECT account_id, balance, debit, credit FROM phb.balance ORDER BY 1",
    "SELECT number, account_id, amount FROM phb.posting ORDER BY 1, 2",
    "SELECT number, closed FROM phb.hold ORDER BY 1",
    "SELECT number, remaining FROM phb.hold_pair ORDER BY 1",
)


async def test_where_a_size_is_asked_for_bad_amounts_change_nothing(client: Client, book: kit.Book) -> None:
    """Holds, settlements and releases refuse what is no size, each by its code; so do accounts that are closed, holds
    that are not there and books that are not there; and no balance, posting or hold is other than before."""
    await client.open("a", "b", "shut", {"account": "held", "class": "held"})
    hold = (await client.post("/v1/books/TEST/holds", keeping('"5.00"'))).json()["number"]
    assert (await client.post("/v1/books/TEST/account/close", {"account": "shut"})).status_code == 201
    before = [await kit.rows(book.dsn, sql) for sql in LASTING]
    holds = "/v1/books/TEST/holds"
    asked = [
        *((holds, keeping(text), 400, code) for text, code in BAD_SIZES.items()),
        *((f"{holds}/{hold}/settlements", using(text), 400, code) for text, code in BAD_SIZES.items()),
        *((f"{holds}/{hold}/releases", giving_back(text), 400, code) for text, code in BAD_SIZES.items()),
        (f"{holds}/{hold}/settlements", using('"9.00"'), 422, "unbalanced"),
        (f"{holds}/{hold}/releases", giving_back('"9.00"'), 422, "hold_exceeded"),
        (f"{holds}/99999/releases", giving_back('"1.00"'), 422, "hold_unknown"),
        (POSTS, journal("a", "shut"), 422, "account_closed"),
        (POSTS.replace("TEST", "NONE"), journal("a", "b"), 404, "book_unknown"),
    ]
    for path, sent, status, code in asked:
        answer = await client.post(path, sent)
        assert (answer.status_code, answer.json()["code"]) == (status, code), (path, sent, answer.text)
        assert answer.json()["detail"].endswith(".")
    assert [await kit.rows(book.dsn, sql) for sql in LASTING] == before


async def test_the_short_way_in_answers_as_the_framework_does(client: Client) -> None:
    """The same journal, read with and without a query string, is the same answer under the same key, byte for
    byte."""
    await client.open("a", "b")
    short = await client.post(POSTS, journal("a", "b"), key="way")
    framework = await client.post(f"{POSTS}?dry_run=false", journal("a", "b"), key="way")
    assert short.content == framework.content
    assert framework.headers["idempotency-replayed"] == "true"
    names = {name for name in short.headers if name not in ("x-request-id",)}
    assert names == {name for name in framework.headers if name not in ("x-request-id", "idempotency-replayed")}


async def test_what_the_protocol_asks_is_answered_right(client: Client) -> None:
    """404, 405 with Allow, 406, 415, HEAD, and a request id on each; problems all of them."""
    token = {"Authorization": client.token("finance")}
    inner = client.inner
    cases = [
        (await inner.get("/nowhere", headers=token), 404, "not_found"),
        (await inner.delete("/v1/books", headers=token), 405, "method_not_allowed"),
        (await inner.get("/v1/books", headers=token | {"Accept": "text/html"}), 406, "not_acceptable"),
        (await inner.post(POSTS, content=b"{}", headers=token | {"Content-Type": "text/plain", "Idempotency-Key": "k"}), 415,
         "media_type_unsupported"),
        (await inner.post(f"{POSTS}?dry_run=true", content=b"{}", headers=token | {"Content-Type": "text/plain",
         "Idempotency-Key": "k"}), 415, "media_type_unsupported"),
        (await inner.get("/v1/books/TEST/transactions?limit=9999", headers=token), 400, "parameter_malformed"),
        (await inner.get("/v1/books/TEST/transactions?after=nonsense", headers=token), 400, "cursor_malformed"),
        (await inner.get("/v1/books/TEST/transactions/99", headers=token), 404, "transaction_not_found"),
        (await inner.get("/v1/books", headers=token | {"X-Request-ID": "not-a-uuid"}), 400, "request_id_malformed"),
        (await inner.post(POSTS, json=journal("a", "b"), headers=[*token.items(), ("Idempotency-Key", "a"),
         ("Idempotency-Key", "b")]), 400, "idempotency_key_malformed"),
    ]  # fmt: skip
    for answer, status, code in cases:
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "GET" in cases[1][0].headers["allow"]
    head = await inner.head("/v1/books", headers=token)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


async def test_a_query_parameter_that_a_route_does_not_know_is_never_passed_over(
    client: Client, book: kit.Book
) -> None:
    """A misspelt dry run, one said twice, and one of a route that has none post nothing; a read with a parameter that does
    nothing is refused too, and a probe takes what is hung on it."""
    await client.open("a", "b")
    before = await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry")
    for query, code in (
        ("dry-run=true", "parameter_unknown"),
        ("Dry_run=true", "parameter_unknown"),
        ("dry_run", "parameter_malformed"),
        ("dry_run=true&dry_run=false", "parameter_repeated"),
        ("dry_run=true&x", "parameter_unknown"),
        ("body=1", "parameter_unknown"),
        ("book=TEST", "parameter_unknown"),
        ("data=1", "parameter_unknown"),
    ):
        answer = await client.post(f"{POSTS}?{query}", journal("a", "b"))
        assert (answer.status_code, answer.json()["code"]) == (400, code), (query, answer.text)
    spend = await client.post("/v1/books/TEST/budgets/pr-1/spends?dryrun=true", {}, "officer")
    assert (spend.status_code, spend.json()["code"]) == (400, "parameter_unknown")
    read = await client.get("/v1/books/TEST/account/balance?code=a&know_at=1")
    assert (read.status_code, read.json()["code"]) == (400, "parameter_unknown")
    assert (await client.inner.get("/v1/books?x=1")).json()["code"] == "token_missing"
    assert (await client.inner.get("/health/live?x=1")).status_code == 200
    assert await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry") == before


@pytest.mark.parametrize("query", [b"", b"dry_run=false"])
async def test_a_body_that_was_cut_off_posts_nothing(
    app: Application, client: Client, book: kit.Book, query: bytes
) -> None:
    """The connection is lost in mid-body, and what came reads as a whole journal: it is not taken for one, on either way in."""
    await client.open("a", "b")
    before = await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry")
    coming = iter((
        {"type": "http.request", "body": body(), "more_body": True},
        {"type": "http.disconnect"},
    ))  # fmt: skip
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return next(coming)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    headers = {"authorization": client.token("finance"), "idempotency-key": "cut", "content-type": "application/json"}
    await app(
        {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": POSTS, "raw_path": POSTS.encode(), "query_string": query, "root_path": "", "server": ("ledger", 80),
            "client": ("127.0.0.1", 40000), "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
        },
        receive, send,
    )  # fmt: skip
    assert (sent[0]["status"], json.loads(sent[1]["body"])["code"]) == (400, "body_cut_off")
    assert await kit.rows(book.dsn, "SELECT count(*) FROM phb.entry") == before


async def test_another_currency_is_refused_by_its_own_code(client: Client) -> None:
    """Where the ledger is not asked, the wire says that the book is kept in another currency."""
    answer = await client.post("/v1/books/TEST/holds", keeping('"1.00"').replace(b"GBP", b"EUR"))
    assert (answer.status_code, answer.json()["code"]) == (400, "currency_not_of_book")
    assert answer.json()["field"] == "currency"


async def test_request_ids_are_mirrored(client: Client) -> None:
    """X-Request-ID and X-Correlation-ID come back as they were sent."""
    given = {"X-Request-ID": "60e0b220-8136-4ca5-ae46-1d97ef59d068", "X-Correlation-ID": "abc-1"}
    answer = await client.get("/v1/books", headers=given)
    assert answer.headers["x-request-id"] == given["X-Request-ID"]
    assert answer.headers["x-correlation-id"] == "abc-1"


async def test_a_failure_of_ours_tells_nothing(app, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception that nobody expected is a 500 with a request id and without its text."""

    async def broken() -> None:
        raise RuntimeError("Jane Example 9990000018")

    monkeypatch.setattr(app.desk.books, "rows", broken)
    answer = await client.get("/v1/books")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "Jane" not in answer.text
    assert answer.json()["request_id"] == answer.headers["x-request-id"]


async def test_the_methods_of_an_address_are_told_to_anybody(client: Client) -> None:
    """OPTIONS is answered wherever Allow lists it, without a body, a token or a look at the book."""
    for path, methods in (
        ("/v1/books", "GET, OPTIONS, POST"), ("/v1/books/TEST/transactions", "GET, OPTIONS, POST"),
        ("/v1/books/NONE/accounts", "GET, OPTIONS, POST"), ("/health/live", "GET, OPTIONS"),
    ):  # fmt: skip
        told = await client.inner.options(f"{path}?limit=1e2")
        assert (told.status_code, told.headers["allow"], told.content) == (204, methods, b""), path
        no = await client.inner.delete(path, headers={"Authorization": client.token("finance")})
        assert (no.status_code, sorted(no.headers["allow"].split(", "))) == (405, methods.split(", "))
    assert (await client.inner.options("/v1/nowhere")).status_code == 404


@pytest.mark.parametrize("text", ["1e2", "1_0", "%2B1", " 1", "1.0", "01", "0x1", "%D9%A1", ""])
async def test_a_whole_number_is_written_in_digits(client: Client, text: str) -> None:
    """In queries each other spelling is refused by its field; in an address it leads nowhere."""
    for path in ("accounts?limit=", "transactions?limit=", "entries/1/receipt?tree_size="):
        no = await client.get(f"/v1/books/TEST/{path}{text}")
        assert (no.status_code, no.json()["code"]) == (400, "parameter_malformed"), (path, no.text)
    if text:
        assert (await client.get(f"/v1/books/TEST/entries/{text}/receipt")).status_code in (400, 404)
    assert (await client.get("/v1/books/TEST/accounts?limit=1")).status_code == 200
    assert (await client.get("/v1/books/TEST/entries/1/receipt?tree_size=1")).status_code == 200
