"""The short way in for the one request that comes thousands of times a second: a journal without query
parameters.

The framework's routing, guard and response cost as much as all of the rest of it. This way calls the same
functions with the same checks, and a test holds the answers of both ways against each other, byte for byte.
"""

from typing import Any

from litestar import Litestar

from api.desk import JSON, Arrived, admit, encode
from api.edge import problem_of, send_problem
from api.finance import posted
from api.permissions import Permission
from api.problems import Problem
from api.strict import MAX_BODY
from api.wire import TransactionIn
from api.writing import made_of

BEFORE, AFTER = "/v1/books/", "/transactions"
TEMPLATE = "/v1/books/{book}/transactions"


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
            if len({name for name, _ in scope["headers"]}) != len(scope["headers"]):
                # A header given twice is read one way here and another there: only one place decides.
                await self.framework(scope, receive, send)
                return
            if path.startswith(BEFORE) and path.endswith(AFTER) and "/" not in path[len(BEFORE) : -len(AFTER)]:
                await self._post(scope, receive, send, path[len(BEFORE) : -len(AFTER)])
                return
        await self.framework(scope, receive, send)

    async def _post(self, scope: Any, receive: Any, send: Any, book: str) -> None:
        scope["path_template"] = TEMPLATE
        try:
            request = _Quick(scope)
            headers = request.headers
            admit(scope, headers.get("authorization"), headers.get("accept"), Permission.POST_TRANSACTIONS)
            sent = request.read(await _body(receive), TransactionIn)
            written = await posted(request, book, sent)
        except Exception as no:
            await send_problem(send, problem_of(no, scope["state"]), scope["state"]["request_id"])
            return
        body = encode(made_of(written)[0])
        answered = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())]
        answered += [(name.lower().encode(), value.encode()) for name, value in (written.headers or {}).items()]
        await send({"type": "http.response.start", "status": written.status, "headers": answered})
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
