"""What must never be said: a planted NHS number and a planted name appear in no log line, metric or
problem."""

import io

import structlog

from api import logs
from tests import kit
from tests.api.asking import Client, journal

NUMBER, NAME = "9990000018", "Jane Example"
POSTS = "/v1/books/TEST/transactions"


async def test_a_planted_number_and_name_are_never_repeated(client: Client, book: kit.Book) -> None:
    """In body, query, header and path of reads and writes, good and bad: nothing of it comes out anywhere."""
    stream = io.StringIO()
    logs.configure(stream)
    try:
        await client.open("a", "b")
        token = {"Authorization": client.token("finance")}
        inner, said = client.inner, []
        for path in (POSTS, f"{POSTS}?dry_run=true"):
            said += [
                await client.post(path, journal(NUMBER, "b")),
                await client.post(path, journal("a", "b") | {"subject": NUMBER}),
                await client.post(path, journal("a", "b") | {NAME: NUMBER}),
                await client.post(path, journal("a", "b") | {"subject": NAME}),
                await client.post(path, journal("a", "b", NAME)),
                await client.post(path, f'{{"{NAME}": '.encode()),
                await client.post(path, journal("a", "b"), key=f"{NAME} {NUMBER} \x7f"),
                await client.post(path, journal("a", "b"), headers={"X-Request-ID": NUMBER}),
            ]
        for target in (
            f"/v1/books/{NUMBER}",
            f"/{NAME}/{NUMBER}",
            f"/v1/books/TEST/account?code={NUMBER}",
            f"/v1/books/TEST/transactions?after={NAME}",
            f"/v1/books/TEST/transactions/{NAME}",
            f"/v1/books/TEST/balances?as_recorded_at={NAME}",
            f"/v1/books/TEST/accounts?limit={NUMBER}",
        ):
            said.append(await inner.get(target, headers=token | {"User-Agent": NAME, "Referer": NUMBER}))
        assert all(answer.status_code >= 400 for answer in said), [a.status_code for a in said]
        metrics = (await client.get("/metrics", role="operator")).text
    finally:
        structlog.reset_defaults()
    for text in (stream.getvalue(), metrics, *(answer.text for answer in said)):
        assert NUMBER not in text
        assert NAME not in text
        assert "Jane" not in text
    assert stream.getvalue().count("\n") > len(said)


async def test_who_a_person_is_is_told_by_one_route_alone(client: Client, book: kit.Book) -> None:
    """Registered twice, misspelt, sent to the wrong place and put into paths and codes: number and name come out of the identity
    route and nowhere else, and neither the log of requests nor any entry, key or register row of the book has them."""
    people, who = "/v1/books/TEST/people", {"name": NAME, "nhs_number": NUMBER}
    stream = io.StringIO()
    logs.configure(stream)
    try:
        first = await client.post(people, {"identity": who}, "officer", key="one")
        assert first.status_code == 201, first.text
        person = first.json()["attributes"]["person"]
        officer = {"Authorization": client.token("officer")}
        said = [
            first,
            await client.post(people, {"identity": who}, "officer", key="one"),
            await client.post(people, {"identity": who | {"name": f"{NAME} Smith"}}, "officer", key="one"),
            await client.post(people, {"identity": who}, "officer"),
            await client.post(people, {"identity": who | {"nhs_number": f"{NUMBER}0"}}, "officer"),
            await client.post(people, {"identity": who | {NAME: NUMBER}}, "officer"),
            await client.post(people, {"identity": NAME}, "officer"),
            await client.post(f"{people}/{NUMBER}/events", {"act": "died", "on": "2025-06-02"}, "officer"),
            await client.post(f"{people}/{person}/events", {"act": NAME, "on": "2025-06-02"}, "officer"),
            await client.post(
                f"{people}/{person}/delegations", {"holder": NUMBER, "scope": "see", "from": "2025-06-02"}, "officer"
            ),
            await client.post("/v1/books/TEST/payees", {"payee": NUMBER, "name": NAME}),
            await client.post("/v1/books/TEST/payees", {"payee": NAME, "name": NAME}),
            await client.post("/v1/books/TEST/payees", {"payee": "P1", "name": NAME}),
            await client.inner.get(f"{people}/{NUMBER}/identity", headers=officer),
            await client.inner.get(f"{people}/{person}", headers=officer),
        ]
        told = await client.inner.get(f"{people}/{person}/identity", headers=officer)
        metrics = (await client.get("/metrics", role="operator")).text
    finally:
        structlog.reset_defaults()
    assert told.json()["nhs_number"] == NUMBER
    tables = [
        str([tuple(row) for row in await kit.rows(book.dsn, f"SELECT * FROM phb.{table}")])
        for table in ("entry", "register", "request_key", "account", "access", "subject_version")
    ]
    details = await kit.rows(book.dsn, "SELECT content FROM phb.detail WHERE number < 3")
    for text in (stream.getvalue(), metrics, *(answer.text for answer in said), *tables, str(details)):
        assert NUMBER not in text
        assert "Jane" not in text


async def test_a_log_line_says_which_request_it_was(client: Client) -> None:
    """A request is one line with its id, route, status, client and book."""
    stream = io.StringIO()
    logs.configure(stream)
    try:
        answer = await client.get("/v1/books/TEST")
    finally:
        structlog.reset_defaults()
    line = stream.getvalue()
    for part in (
        answer.headers["x-request-id"],
        '"route":"/v1/books/{book}"',
        '"status":200',
        '"client":"test"',
        '"book":"TEST"',
    ):
        assert part in line


def test_the_log_drops_what_it_does_not_know() -> None:
    """A key outside the list, a structure and a long text are dropped, whoever logs them."""
    stream = io.StringIO()
    logs.configure(stream)
    try:
        structlog.get_logger().info("posted", name=NAME, code={"a": NAME}, error=NAME * 50, status=1)
    finally:
        structlog.reset_defaults()
    assert "Jane" not in stream.getvalue()
    assert '"status":1' in stream.getvalue()
