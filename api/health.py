"""Is this process alive, can it serve, and what has it counted."""

import asyncio
from typing import Any

import msgspec
from litestar import Response, get

from api.desk import Desk, WireRequest, answer
from api.metrics import CONTENT_TYPE
from api.open_books import clock_us
from api.permissions import Permission
from ledger.book.database import LOST
from ledger.book.probe import probe
from ledger.book.submission import ClockSkew, DatabaseAway, ForkSuspected, NotConsidered

PROBE_SECONDS = 3.0
MAX_SKEW_US = 5_000_000
"""As the writer: further apart, and nothing is recorded (engine.md 11)."""


class AliveOut(msgspec.Struct, frozen=True):
    """The process answers."""

    status: str


class ReadyOut(msgspec.Struct, frozen=True):
    """Each part the service needs: `ok`, or the code of what is wrong with it."""

    status: str
    parts: dict[str, str]


@get("/health/live", permission=Permission.PROBE, operation_id="live", tags=["health"])
async def live() -> Response[AliveOut]:
    """The process is alive; says nothing of the database."""
    return answer(AliveOut("alive"))


@get("/health/ready", permission=Permission.PROBE, operation_id="ready", tags=["health"])
async def ready(request: WireRequest) -> Response[ReadyOut]:
    """Whether requests can be served: the database, its migrations, the writers, the clocks, the fork check.
    503 if not."""
    parts = await parts_of(request.desk)
    is_ready = all(state == "ok" for state in parts.values())
    return answer(
        ReadyOut("ready" if is_ready else "not_ready", parts),
        200 if is_ready else 503,
        None if is_ready else {"Retry-After": "5"},
    )


async def parts_of(desk: Desk) -> dict[str, str]:
    """The state of every part by name."""
    parts = dict.fromkeys(("database", "migrations", "clock", "writer", "fork_check", "checkpoints"), "ok")
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            async with desk.books.reading() as connection:
                found = await probe(connection)
    except (*LOST, NotConsidered):
        parts["database"] = DatabaseAway.code
        parts["migrations"] = parts["clock"] = "unknown"
    except Exception as wrong:
        parts["migrations"] = (
            "outstanding" if getattr(wrong, "sqlstate", "") in ("42P01", "3F000", "42883") else "unknown"
        )
    else:
        if found.version != desk.version:
            parts["migrations"] = "outstanding"
        if abs(found.clock_us - clock_us()) > MAX_SKEW_US:
            parts["clock"] = ClockSkew.code
    _books(desk, parts)
    return parts


def _books(desk: Desk, parts: dict[str, Any]) -> None:
    for _, writer in desk.books.writers():
        if writer.problem == ForkSuspected.code:
            parts["fork_check"] = ForkSuspected.code
        elif writer.problem == ClockSkew.code:
            parts["clock"] = ClockSkew.code
        elif writer.problem is not None:
            parts["writer"] = writer.problem
    for problem in desk.books.checkpoint_problems():
        parts["checkpoints"] = problem


@get(
    "/metrics",
    permission=Permission.SEE_METRICS,
    operation_id="metrics",
    tags=["health"],
    media_type="text/plain",
    produces="text/plain",
)
async def metrics(request: WireRequest) -> Response[str]:
    """What this process has counted, in the text format of Prometheus. Labels are routes, codes and books
    only."""
    return Response(request.desk.metrics.text().decode("utf-8"), media_type=CONTENT_TYPE)
