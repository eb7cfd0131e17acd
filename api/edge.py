"""The outermost layer: request ids, HEAD, security headers, one count and one log line for each request.

It stands outside the framework because the framework's own middleware does not run where no route was found.
"""

import re
import time
import uuid
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

from api.metrics import Metrics
from api.problems import MEDIA_TYPE, Problem, answer_of, headers_of, of_ledger

log = structlog.get_logger()

_UUID = re.compile(rb"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}")
_PRINTABLE = re.compile(rb"[\x20-\x7e]{1,128}")
_FIXED = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
]
Scope = MutableMapping[str, Any]


class Edge:
    """Wraps the application. What is logged of a request: method, route template, status, time, client, book,
    code."""

    def __init__(self, app: Any, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer = _Answer(scope, send)
        state = scope.setdefault("state", {})
        state["request_id"] = answer.request_id
        try:
            if answer.wrong is not None:
                await send_problem(answer.send, Problem(answer.wrong), answer.request_id)
            else:
                if scope["method"] == "HEAD":
                    scope["method"] = "GET"
                await self.app(scope, receive, answer.send)
        except Exception as wrong:
            log.error("request_failed", request_id=answer.request_id, error=type(wrong).__name__)
            state["code"] = "internal_error"
            if not answer.status:
                await send_problem(answer.send, Problem("internal_error"), answer.request_id)
        finally:
            self._note(scope, answer, state)

    def _note(self, scope: Scope, answer: "_Answer", state: dict[str, Any]) -> None:
        seconds = time.perf_counter() - answer.began
        route = scope.get("path_template") or "unmatched"
        code = answer.wrong or state.get("code")
        self.metrics.request(answer.method, route, answer.status, seconds)
        if code is not None:
            self.metrics.problem(code)
        log.info(
            "request", request_id=answer.request_id, method=answer.method, route=route, status=answer.status,
            milliseconds=round(seconds * 1000, 2), client=state.get("client"), book=state.get("book"), code=code,
        )  # fmt: skip


class _Answer:
    """One answer on its way out."""

    __slots__ = ("began", "headers", "is_head", "method", "request_id", "send_on", "status", "wrong")

    def __init__(self, scope: Scope, send: Any) -> None:
        self.began = time.perf_counter()
        self.method: str = scope["method"]
        self.is_head = self.method == "HEAD"
        self.send_on = send
        self.status = 0
        self.wrong: str | None = None
        self.headers: list[tuple[bytes, bytes]] = list(_FIXED)
        given = correlation = None
        keys = 0
        for name, value in scope["headers"]:
            if name == b"x-request-id":
                given = value
            elif name == b"x-correlation-id":
                correlation = value
            elif name == b"idempotency-key":
                keys += 1
        if keys > 1:
            self.wrong = "idempotency_key_malformed"
        if given is not None and not _UUID.fullmatch(given):
            self.wrong, given = "request_id_malformed", None
        if correlation is not None:
            if _PRINTABLE.fullmatch(correlation):
                self.headers.append((b"x-correlation-id", correlation))
            else:
                self.wrong = "correlation_id_malformed"
        self.request_id = str(uuid.uuid4()) if given is None else given.decode("ascii")
        self.headers.append((b"x-request-id", self.request_id.encode("ascii")))

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Pass a message on, with our headers, and without its body for HEAD."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            own = list(message.get("headers", ()))
            has_cache_rule = any(name.lower() == b"cache-control" for name, _ in own)
            message["headers"] = own + (self.headers[1:] if has_cache_rule else self.headers)
        elif self.is_head and message["type"] == "http.response.body":
            if message.get("more_body"):
                return
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self.send_on(message)


def problem_of(no: Exception, state: dict[str, Any]) -> Problem:
    """Whatever stopped a request, as a problem that is counted; what we do not know is logged by its class
    alone."""
    problem = of_ledger(no)
    state["code"] = problem.code
    if problem.code == "internal_error":
        log.error("request_failed", request_id=state["request_id"], error=type(no).__name__)
    return problem


async def send_problem(send: Any, problem: Problem, request_id: str) -> None:
    """Answer with a problem without the framework."""
    answer = answer_of(problem, request_id)
    body = msgspec.json.encode(answer)
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in headers_of(problem).items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
