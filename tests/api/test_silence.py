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
