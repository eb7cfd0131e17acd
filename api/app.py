"""The application: routes, the guard before them, and what becomes of whatever goes wrong."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import structlog
from litestar import Litestar, Response, route
from litestar.exceptions import (
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.openapi.config import OpenAPIConfig

from api import (
    accesses,
    accounts,
    audit,
    autonomy,
    banking,
    batches,
    bills,
    books,
    budgets,
    changes,
    closing,
    closing_reports,
    conditions,
    contacts,
    contributions,
    credits,
    cut_off,
    deposits,
    documents,
    ending,
    evidence,
    evidence_uploads,
    explaining,
    finance,
    forecasts,
    funds,
    health,
    holding,
    holds,
    imports,
    limits,
    marking,
    moves,
    offers,
    owing,
    own_bank,
    patterns,
    payees,
    people,
    plans,
    practice,
    reconsidering,
    recovery,
    recovery_lists,
    referrals,
    reimbursements,
    replays,
    requesting,
    returns,
    rulebook,
    rules,
    schedules,
    settling,
    spends,
    taking_on,
    third_parties,
    waiting,
    year_end,
)
from api.auth import Authenticator, trusts_of
from api.desk import Desk, WireRequest, authorise, encode
from api.edge import Edge, problem_of
from api.evidence_apart import Readers
from api.evidence_bucket import store_at
from api.idempotency import RefusalBudget
from api.issuer import JWKS, open_issuer
from api.keyfiles import load_keys
from api.metrics import Metrics
from api.open_books import OpenBooks
from api.openapi import VERSION, document
from api.permissions import Permission
from api.plain import plain_numbers
from api.problems import MEDIA_TYPE, Problem, answer_of, headers_of
from api.quick import Quick
from api.settings import Settings
from api.strict import MAX_BODY
from migrations.run import newest
from policies.bundle import Bundle
from policies.engine import Engine

log = structlog.get_logger()

HANDLERS: list[Any] = [
    health.live,
    health.ready,
    health.metrics,
    *books.HANDLERS,
    *accounts.HANDLERS,
    *finance.HANDLERS,
    *batches.HANDLERS,
    *holds.HANDLERS,
    *audit.HANDLERS,
    *documents.HANDLERS,
    *people.HANDLERS,
    *accesses.HANDLERS,
    *funds.HANDLERS,
    *payees.HANDLERS,
    *plans.HANDLERS,
    *rulebook.HANDLERS,
    *rules.HANDLERS,
    *replays.HANDLERS,
    *budgets.HANDLERS,
    *waiting.HANDLERS,
    *spends.HANDLERS,
    *explaining.HANDLERS,
    *referrals.HANDLERS,
    *conditions.HANDLERS,
    *contacts.HANDLERS,
    *settling.HANDLERS,
    *changes.HANDLERS,
    *returns.HANDLERS,
    *credits.HANDLERS,
    *deposits.HANDLERS,
    *limits.HANDLERS,
    *schedules.HANDLERS,
    *forecasts.HANDLERS,
    *banking.HANDLERS,
    *closing.HANDLERS,
    *closing_reports.HANDLERS,
    *recovery.HANDLERS,
    *owing.HANDLERS,
    *reconsidering.HANDLERS,
    *recovery_lists.HANDLERS,
    *taking_on.HANDLERS,
    *imports.HANDLERS,
    *ending.HANDLERS,
    *contributions.HANDLERS,
    *offers.HANDLERS,
    *third_parties.HANDLERS,
    *practice.HANDLERS,
    *autonomy.HANDLERS,
    *bills.HANDLERS,
    *reimbursements.HANDLERS,
    *own_bank.HANDLERS,
    *year_end.HANDLERS,
    *cut_off.HANDLERS,
    *moves.HANDLERS,
    *evidence.HANDLERS,
    *holding.HANDLERS,
    *requesting.HANDLERS,
    *evidence_uploads.HANDLERS,
    *marking.HANDLERS,
    *patterns.HANDLERS,
]


class Application(Edge):
    """The service as an ASGI application. `desk` is what it serves with; `framework` is the application
    inside."""

    def __init__(self, framework: Litestar, desk: Desk) -> None:
        super().__init__(Quick(framework), desk.metrics)
        self.framework = framework
        self.desk = desk

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request, or the lifespan of the process."""
        if scope["type"] == "http":
            scope.setdefault("state", {})["desk"] = self.desk
        elif scope["type"] == "lifespan":
            self.framework.state.desk = self.desk
        await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Application:
    """Everything one process serves with. Raises KeyMissing when a key that the service needs is absent;
    connects to nothing."""
    keys = load_keys(settings.keys_dir)
    development = settings.keys_dir / JWKS if settings.development_issuer else None
    if development is not None and not development.exists():
        open_issuer(settings.keys_dir)
    opened, metrics = OpenBooks(settings, keys, _engine()), Metrics()
    metrics.watch(opened)
    desk = Desk(
        settings=settings, books=opened, metrics=metrics, version=newest(), files=store_at(settings.files),
        readers=Readers(),
        authenticator=Authenticator(
            trusts_of(settings.issuer, settings.audience, settings.jwks, development), revoked=settings.revoked
        ),
        budget=RefusalBudget(settings.refusals_per_minute, settings.workers),
    )  # fmt: skip
    return Application(_framework(), desk)


@cache
def _engine() -> Engine:
    """The engine on the rules of this version, which are read once a process: nothing in either ever changes."""
    return Engine(Bundle.load())


@cache
def _framework() -> Litestar:
    """All routes, made once a process: an application is told apart from another by its desk, which every scope brings."""
    framework = Litestar(
        route_handlers=[*_methods_told(), *HANDLERS], guards=[authorise, plain_numbers], request_class=WireRequest,
        request_max_body_size=MAX_BODY,
        exception_handlers={Exception: no_as_problem}, lifespan=[_serving], logging_config=None,
        openapi_config=None,
    )  # fmt: skip
    framework.state.openapi = described
    return framework


def _methods_told() -> list[Any]:
    """Which methods an address takes is told to anybody, as the document is: OPTIONS is answered, because Allow lists it.

    The framework's own answer has no permission, and lists only what was registered for the address before it."""
    methods: dict[str, set[str]] = {}
    for handler in HANDLERS:
        for path in handler.paths:
            methods.setdefault(path, {"OPTIONS"}).update(handler.http_methods)
    return [_told(path, ", ".join(sorted(each))) for path, each in methods.items()]


def _told(path: str, methods: str) -> Any:
    @route(path, http_method=["OPTIONS"], permission=Permission.PROBE, include_in_schema=False, status_code=204)
    async def told() -> Response[None]:
        return Response(None, status_code=204, headers={"Allow": methods})

    return told


@cache
def described(operation: str | None = None) -> bytes:
    """The OpenAPI document, or that of one operation alone, which takes a tenth of the time. The framework draws it from an
    application of its own, whose pages of documentation load from elsewhere and are never served."""
    handlers = [each for each in HANDLERS if operation in (None, each.operation_id)]
    config = OpenAPIConfig(
        title="PHB ledger", version=VERSION, path="/framework", render_plugins=(), description=_DESCRIPTION
    )
    return document(
        Litestar(route_handlers=handlers, openapi_config=config, request_class=WireRequest, logging_config=None)
    )


_DESCRIPTION = (
    "An append-only double-entry ledger for Personal Health Budgets. Every write needs an Idempotency-Key; "
    "every no is an "
    "RFC 9457 problem with a stable code. Not clinically assured; no live use yet."
)


@asynccontextmanager
async def _serving(framework: Litestar) -> AsyncIterator[None]:
    desk: Desk = framework.state.desk
    await desk.books.start()
    log.info("serving", port=desk.settings.port)
    try:
        yield
    finally:
        # The server has stopped taking requests: finish the queues, sign a last checkpoint, let go.
        await desk.books.stop()
        log.info("stopped")


def no_as_problem(request: Any, no: Exception) -> Response[Any]:
    """Whatever stopped a request, as a problem. What we do not know is a 500 that tells nothing but the
    request id."""
    state = request.scope["state"]
    problem = problem_of(_framework_no(no) if isinstance(no, HTTPException) else no, state)
    body = answer_of(problem, state["request_id"])
    content: Any = encode(body)
    return Response(content, status_code=body.status, media_type=MEDIA_TYPE, headers=headers_of(problem))


def _framework_no(no: HTTPException) -> Problem:
    if isinstance(no, NotFoundException):
        return Problem("not_found")
    if isinstance(no, MethodNotAllowedException):
        problem = Problem("method_not_allowed")
        problem.headers.update(no.headers or {})
        return problem
    if no.status_code == 413:
        return Problem("body_too_large")
    if isinstance(no, ValidationException):
        extra = no.extra if isinstance(no.extra, list) else []
        key = extra[0].get("key") if extra and isinstance(extra[0], dict) else None
        if key == "data":
            return Problem("body_missing")
        return Problem("parameter_malformed", **({"field": key} if key else {}))
    return Problem("internal_error" if no.status_code >= 500 else "parameter_malformed")
