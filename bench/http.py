"""Posts over HTTP: the real service on loopback, and a client lean enough not to be what is measured."""

import asyncio
import json
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from api.issuer import open_issuer
from api.keyfiles import make_keys
from bench.events import TwoLegs, submitted
from bench.ground import CODE, Book, ChildFailed, Ground, child, today, writing
from bench.rows import Case, Measured, Row, Sample, Target

CLIENTS = 64
WARM_SECONDS = 1.0
START_SECONDS = 30.0
TOKEN_SECONDS = 3600
HOST = "127.0.0.1"
MakeRequest = Callable[[], bytes]


class Client(asyncio.Protocol):
    """One connection that is kept alive, with one request on its way until the time is over."""

    def __init__(
        self, make: MakeRequest, expected: bytes, until: float, waits: list[float], kept: list[bytes] | None
    ) -> None:  # fmt: skip
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._kept = kept
        self._make = make
        self._expected = expected
        self._until = until
        self._waits = waits
        self._got = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]
        self._next()

    def data_received(self, data: bytes) -> None:
        """Some of an answer; when it is whole, the next request."""
        self._got += data
        head, border, body = self._got.partition(b"\r\n\r\n")
        if not border:
            return
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not length.strip().isdigit():
            self._stop(ChildFailed(f"an answer without length: {head[:500]!r}"))
            return
        if len(body) < int(length):
            return
        if head[9:12] != self._expected:
            self._stop(ChildFailed(f"not {self._expected!r} but {head[:40]!r}: {body[:500]!r}"))
            return
        self._got = b""
        now = time.perf_counter()
        self._waits.append(now - self._sent)
        if self._kept is not None:
            self._kept.append(body)
        if now < self._until:
            self._next()
        else:
            self._stop(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """An end that nobody asked for is a failure."""
        self._stop(ChildFailed(f"the connection ended: {exc}"))

    def _next(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._make())

    def _stop(self, failure: Exception | None) -> None:
        if self.finished.done():
            return
        if failure is None:
            self.finished.set_result(None)
        else:
            self.finished.set_exception(failure)
        self._transport.close()


async def drive(
    port: int, makers: list[MakeRequest], expected: bytes, seconds: float, kept: list[bytes] | None = None
) -> Sample:  # fmt: skip
    """Requests a second over one connection for each maker, and each request's wait. The bodies of the answers go to `kept`."""
    loop = asyncio.get_running_loop()
    waits: list[float] = []
    began = time.perf_counter()
    clients = []
    for make in makers:
        _, client = await loop.create_connection(
            lambda make=make: Client(make, expected, began + seconds, waits, kept), HOST, port
        )
        clients.append(client)
    async with asyncio.timeout(seconds + START_SECONDS):
        await asyncio.gather(*(client.finished for client in clients))
    return Sample(len(waits) / (time.perf_counter() - began), waits)


def post_maker(port: int, token: str, accounts: int) -> MakeRequest:
    """Transactions of two legs between random accounts, each under a random key."""
    chance = random.Random()
    day = today().isoformat()
    head = (
        f"POST /v1/books/{CODE}/transactions HTTP/1.1\r\nHost: {HOST}:{port}\r\n"
        f"Authorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nAccept: application/json\r\nIdempotency-Key: "
    )

    def make() -> bytes:
        debit, credit = chance.sample(range(accounts), 2)
        amount = f"{chance.randrange(1, 1000)}.{chance.randrange(100):02d}"
        body = json.dumps(
            {
                "effective_on": day,
                "currency": "GBP",
                "legs": [
                    {"account": f"bank/{debit}", "amount": amount},
                    {"account": f"bank/{credit}", "amount": f"-{amount}"},
                ],
            }
        )
        return f"{head}{os.urandom(16).hex()}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode("ascii")

    return make


def _data_of(ground: Ground, book: Book) -> Path:
    return ground.directory / f"served-{book.database}"


def tokens_of(ground: Ground, book: Book, role: str, subs: list[str]) -> list[str]:
    """A token of a role for each of these, for the service that is `served` for a book."""
    issuer = open_issuer(_data_of(ground, book) / "keys")
    return [issuer.token(roles=(role,), sub=sub, azp="bench", lifetime_seconds=TOKEN_SECONDS) for sub in subs]


@asynccontextmanager
async def served(
    ground: Ground, book: Book, workers: int, role: str = "finance"
) -> AsyncIterator[tuple[int, list[str]]]:  # fmt: skip
    """The service for one book on a free port of loopback, once it is ready; its port and a token of that role for each
    client."""
    data = _data_of(ground, book)
    make_keys(data / "keys")
    port = _free_port()
    environment = {
        "DATABASE_URL": book.dsn,
        "PHB_DATA_DIR": str(data),
        "PHB_KEYS_DIR": "",
        "PHB_NOTES_DIR": "",
        "PHB_DEVELOPMENT_ISSUER": "yes",
        "PHB_HOST": HOST,
        "PHB_PORT": str(port),
        "PHB_WORKERS": str(workers),
        "PHB_OWNER_URL": "",
        "PHB_ERASER_URL": "",
        "PHB_JWKS": "",
        "PHB_ISSUER": "",
        "PHB_AUDIENCE": "",
    }
    tokens = tokens_of(ground, book, role, [f"client-{number}" for number in range(CLIENTS)])
    async with child(ground, "-m", "api.serve", environment=environment) as service:
        async with asyncio.timeout(START_SECONDS):
            while not await _is_ready(port):
                if service.process.returncode is not None:
                    raise ChildFailed(service.last_words())
                await asyncio.sleep(0.1)
        yield port, tokens


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        port: int = taken.getsockname()[1]
        return port


async def _is_ready(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection(HOST, port)
    except OSError:
        return False
    try:
        writer.write(f"GET /health/ready HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
        status = await reader.readline()
    except OSError:
        return False
    finally:
        writer.close()
    return b" 200 " in status


async def _opened(ground: Ground, book: Book) -> int:
    async with writing(book) as writer:
        return await submitted(writer, TwoLegs(ground.plan.accounts).opening())


def _posts(row: Row, workers: int) -> Case:
    async def run(ground: Ground) -> Measured:
        async with ground.book() as book:
            acknowledged = await _opened(ground, book)
            async with served(ground, book, workers) as (port, tokens):
                makers = [post_maker(port, token, ground.plan.accounts) for token in tokens]
                warmed = await drive(port, makers, b"201", WARM_SECONDS)
                found = await drive(port, makers, b"201", ground.plan.seconds)
            acknowledged += len(warmed.waits) + len(found.waits)
            return Measured({row.name: found}, await ground.problems(book, acknowledged))

    return Case((row,), run)


async def _ceiling(ground: Ground) -> Measured:
    async with ground.book() as book, served(ground, book, 1) as (port, _):
        request = f"GET /health/live HTTP/1.1\r\nHost: {HOST}:{port}\r\n\r\n".encode()
        makers: list[MakeRequest] = [lambda: request] * CLIENTS
        await drive(port, makers, b"200", WARM_SECONDS)
        return Measured({"http.ceiling": await drive(port, makers, b"200", ground.plan.seconds)})


CASES = (
    Case(
        (
            Row(
                "http.ceiling",
                "GET of liveness, 64 clients, 1 worker",
                "/s",
                note="what the HTTP stack alone can do",
            ),
        ),
        _ceiling,
    ),
    _posts(Row("http.1-worker", "POST of a transaction, 64 clients, 1 worker", "/s", None, "plain.64"), 1),
    _posts(
        Row(
            "http.2-workers",
            "POST of a transaction, 64 clients, 2 workers",
            "/s",
            Target("≥ 3,000/s", least=3000),
            "plain.64",
        ),
        2,
    ),
)
