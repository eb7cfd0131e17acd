"""The short way in for the requests that come thousands of times a second: a journal, a question and a spend, without
query parameters.

The framework's routing, guard and response cost as much as all of the rest of it. This way calls the same
functions with the same checks, and a test holds the answers of both ways against each other, byte for byte.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from litestar import Litestar

from api.desk import JSON, Arrived, admit, encode
from api.edge import problem_of, send_problem
from api.finance import posted
from api.permissions import Permission
from api.problems import Problem
from api.spends import ASKS, SPENDS, asked, spent
from api.strict import MAX_BODY
from api.wire import TransactionIn
from api.wire_budgets import AskIn, SpendIn
from api.writing import made_of

BEFORE = "/v1/books/"
Answer = tuple[Any, int, dict[str, str] | None]


async def _journal(request: Arrived, book: str, sent: TransactionIn) -> Answer:
    written = await posted(request, book, sent)
    return made_of(written)[0], written.status, written.headers


async def _ask(request: Arrived, book: str, person: str, sent: AskIn) -> Answer:
    return await asked(request, book, person, sent)


async def _spend(request: Arrived, book: str, person: str, sent: SpendIn) -> Answer:
    return await spent(request, book, person, sent)


class _Way(NamedTuple):
    """One route: as the log names it, its permission, its body, and what answers it, given what the path names."""

    template: str
    permission: Permission
    wanted: Any
    answered: Callable[..., Awaitable[Answer]]


_WAYS = {
    ("transactions",): _Way("/v1/books/{book}/transactions", Permission.POST_TRANSACTIONS, TransactionIn, _journal),
    ("budgets", "asks"): _Way(ASKS.replace(":str", ""), Permission.ASK, AskIn, _ask),
    ("budgets", "spends"): _Way(SPENDS.replace(":str", ""), Permission.SPEND, SpendIn, _spend),
}
"""By the words of the path after `/v1/books/`, of which every second is a name."""


class _Quick(Arrived):
    """A request without the framework."""

    def __init__(self, scope: Any) -> None:
        self.scope = scope
        self.headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}


class Quick:
    """Takes what it knows, and passes everything else to the framework."""

    def __init__(self, framework: Litestar) -> None:
        self.framework = framework

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, or the lifespan of the process."""
        if scope["type"] == "http" and scope["method"] == "POST" and not scope["query_string"]:
            path: str = scope["path"]
            names = path[len(BEFORE) :].split("/") if path.startswith(BEFORE) else []
            way = None if len(names) % 2 else _WAYS.get(tuple(names[1::2]))
            # A header given twice is read one way here and another there: only one place decides.
            if way is not None and len({name for name, _ in scope["headers"]}) == len(scope["headers"]):
                await self._post(scope, receive, send, way, names[::2])
                return
        await self.framework(scope, receive, send)

    async def _post(self, scope: Any, receive: Any, send: Any, way: _Way, names: list[str]) -> None:
        scope["path_template"] = way.template
        try:
            request = _Quick(scope)
            headers = request.headers
            admit(scope, headers.get("authorization"), headers.get("accept"), way.permission)
            scope["path_params"] = dict(zip(("book", "person"), names, strict=False))
            sent = request.read(await _body(receive), way.wanted)
            value, status, own = await way.answered(request, *names, sent)
        except Exception as no:
            await send_problem(send, problem_of(no, scope["state"]), scope["state"]["request_id"])
            return
        body = encode(value)
        answered = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        answered += [(name.lower().encode(), value.encode()) for name, value in (own or {}).items()]
        await send({"type": "http.response.start", "status": status, "headers": answered})
        await send({"type": "http.response.body", "body": body})


async def _body(receive: Any) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body"):
        message = await receive()
        # A part that reads as a whole is still not what was sent.
        if message["type"] == "http.disconnect":
            raise Problem("body_cut_off")
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise Problem("body_too_large")
    return body
