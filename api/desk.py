"""Where a request meets the service: who asks, which book is meant, and what the body says, each checked once
and in this order."""

import re
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from inspect import Parameter, signature
from typing import Any, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import InternalServerException
from litestar.handlers import BaseRouteHandler
from litestar.params import QueryParameter

from api.auth import Authenticator, Caller, is_loopback
from api.evidence_apart import Readers
from api.evidence_store import EvidenceStore
from api.idempotency import RefusalBudget
from api.metrics import Metrics
from api.open_books import OpenBooks
from api.permissions import PUBLIC, Permission
from api.problems import Problem
from api.settings import Settings
from api.strict import read_object, shape
from ledger.book.books import BookRow
from ledger.book.loading import BookUnknown

JSON = "application/json"
Value = TypeVar("Value")
_ACCEPTED = re.compile(r"(^|,)\s*(\*/\*|application/\*|application/(problem\+)?json)\s*($|[,;])", re.IGNORECASE)
_REFUSED_WEIGHT = re.compile(r";\s*q=0(\.0*)?\s*($|,)")
encode = msgspec.json.Encoder().encode


class Desk(msgspec.Struct, frozen=True):
    """What one process serves with."""

    settings: Settings
    books: OpenBooks
    authenticator: Authenticator
    budget: RefusalBudget
    metrics: Metrics
    files: EvidenceStore
    readers: Readers
    version: str


class Arrived:
    """What every request offers, whichever way it came in: `scope` is ASGI's, `fields` the body as it was
    sent."""

    scope: Any
    headers: Any
    fields: dict[str, Any]

    @property
    def desk(self) -> Desk:
        """What this process serves with."""
        return cast("Desk", self.scope["state"]["desk"])

    @property
    def caller(self) -> Caller:
        """Who asks; set when the request was let in."""
        return cast("Caller", self.scope["state"]["caller"])

    @property
    def permission(self) -> Permission:
        """The one right that the route asks for; set when the request was let in."""
        return cast("Permission", self.scope["state"]["permission"])

    @property
    def request_id(self) -> str:
        """The id that is mirrored and logged."""
        return cast("str", self.scope["state"]["request_id"])

    def read(self, body: bytes, wanted: type[Value]) -> Value:
        """The body as the struct that a route wants; `fields` keeps what was sent, for its fingerprint."""
        kind, _, _ = (self.headers.get("content-type") or "").partition(";")
        if kind.strip().lower() != JSON:
            raise Problem("media_type_unsupported")
        self.fields = read_object(body)
        return shape(self.fields, wanted)

    async def book(self, code: str) -> BookRow:
        """The book that the path names, if the caller reaches it."""
        try:
            row = await self.desk.books.row(code)
        except BookUnknown:
            raise Problem("book_unknown") from None
        if not self.caller.reaches(row.code, row.nature, may_be_live=self.desk.settings.is_alone):
            is_local = self.caller.is_development and self.caller.books is None
            raise Problem("development_token_live_book" if is_local else "book_unknown")
        self.scope["state"]["book"] = row.code
        return row


class WireRequest(Arrived, Request[Any, Any, Any]):
    """A request of the framework whose body is read strictly, and once."""

    async def body(self) -> bytes:
        """The whole body; a connection that was lost in the middle of it is no mistake of ours."""
        try:
            return await super().body()
        except InternalServerException:
            raise Problem("body_cut_off") from None

    async def json(self) -> Any:
        """The body as the struct that the route declares."""
        return self.read(await self.body(), self.route_handler.parsed_data_field.annotation)  # type: ignore[union-attr]


def admit(scope: Any, authorization: str | None, accept: str | None, permission: object, produces: str = JSON) -> None:
    """Let a request in: its route's one permission against the token. A route that declares none lets nobody
    in."""
    state: dict[str, Any] = scope["state"]
    if permission not in PUBLIC:
        caller = cast("Desk", state["desk"]).authenticator.caller(authorization)
        if caller.is_development and not is_loopback(scope.get("client")):
            raise Problem("development_token_remote")
        state["caller"], state["client"], state["permission"] = caller, caller.azp, permission
        if permission is None or permission not in caller.allowed:
            raise Problem("permission_missing")
    if accept and accept != "*/*" and produces == JSON and not accepts_json(accept):
        raise Problem("not_acceptable")


async def authorise(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """The guard of every route.

    It awaits nothing, and is asynchronous because the framework would run it in another thread otherwise."""
    headers, opt = connection.headers, handler.opt
    produces = opt.get("produces", JSON)
    admit(connection.scope, headers.get("authorization"), headers.get("accept"), opt.get("permission"), produces)
    query: bytes = connection.scope["query_string"]
    if query and opt.get("permission") is not Permission.PROBE:
        check_query(query, _parameters(handler.fn) - connection.path_params.keys())


def check_query(query: bytes, known: frozenset[str]) -> None:
    """Refuse what a route does not take. A misspelt `dry_run` that was passed over would move the money it was to spare."""
    named = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    if not known.issuperset(named):
        raise Problem("parameter_unknown")
    for name in known:
        if named.count(name) > 1:
            raise Problem("parameter_repeated", field=name)


@cache
def _parameters(handle: Callable[..., Any]) -> frozenset[str]:
    """What a handler takes from the path and the query, by the names that clients send."""
    return frozenset(_sent_as(each) for each in signature(handle).parameters.values()) - {"request", "data"}


def _sent_as(taken: Parameter) -> str:
    """The name of a parameter on the wire, where that is a word that Python keeps for itself: `from`."""
    named = (each.name for each in getattr(taken.annotation, "__metadata__", ()) if isinstance(each, QueryParameter))
    return next(named, None) or taken.name


def accepts_json(accept: str) -> bool:
    """Whether an Accept header lets us answer in JSON."""
    return any(_ACCEPTED.search(part) and not _REFUSED_WEIGHT.search(part) for part in accept.split(","))


def answer(value: Value, status: int = 200, headers: dict[str, str] | None = None) -> Response[Value]:
    """A value as JSON."""
    content = cast("Any", encode(value))
    return Response(content, status_code=status, media_type=JSON, headers=headers)


def tagged_answer(request: WireRequest, value: Value, headers: dict[str, str] | None = None) -> Response[Value]:
    """A value as JSON with an ETag over its bytes, or 304 when the client has it already."""
    body = encode(value)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    own = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    known = request.headers.get("if-none-match", "")
    if known.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in known.split(",")]:
        return Response(cast("Any", None), status_code=304, headers=own)
    return Response(cast("Any", body), media_type=JSON, headers=own)
