"""How many statements each request through the gate takes for its facts, counted wherever a test of the API sends one."""

import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from api import deciding
from policies.gate import Gate

MOST = 2
"""Statements in which the facts of one request are read, at most."""
ABOVE: dict[str, int] = {}
"""What takes more, and how many. A number may become smaller; an act that is not here takes two."""


class Asked:
    """One request on its way through the gate: what it is, what its gate read for it, and whether that had to be read again."""

    def __init__(self, route: str) -> None:
        self.act = "/".join(part for part in route.split("/") if re.fullmatch("[a-z-]+", part))
        self.said: list[str] = []
        self.again = False


CURRENT: ContextVar[Asked | None] = ContextVar("CURRENT", default=None)


def _counted(reading: Callable[[], Any]) -> Callable[[], Any]:
    @asynccontextmanager
    async def counting() -> AsyncIterator[Any]:
        asked = CURRENT.get()
        async with reading() as connection:
            if asked is None:
                yield connection
                return
            with connection.query_logger(lambda record: asked.said.append(record.query)):
                yield connection

    return counting


def counting(patch: pytest.MonkeyPatch) -> Iterator[list[Asked]]:
    """Every request that was not tried only, from here on."""
    asked: list[Asked] = []
    begin, sender_of, tried = Gate.__init__, deciding.sender_of, deciding._tried

    def beginning(self: Gate, **given: Any) -> None:
        begin(self, **{**given, "reading": _counted(given["reading"])})

    def named(request: Any, book: Any, key: str, route: str) -> Any:
        CURRENT.set(Asked(route))
        return sender_of(request, book, key, route)

    async def trying(*given: Any) -> Any:
        CURRENT.set(None)
        return await tried(*given)

    async def asking(*given: Any) -> Any:
        one = CURRENT.get()
        try:
            return await ask(*given)
        finally:
            CURRENT.set(None)
            if one is not None:
                asked.append(one)

    ask = deciding._asked
    patch.setattr(Gate, "__init__", beginning)
    patch.setattr(deciding, "sender_of", named)
    patch.setattr(deciding, "_tried", trying)
    patch.setattr(deciding, "_asked", asking)
    yield asked
