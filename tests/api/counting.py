"""How many statements each request takes for its facts on its way through the gate, counted from the gate's own reader."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

import pytest

from api import deciding
from policies.gate import Gate


class Asked:
    """One request on its way through the gate: what it is, by its route, and what its gate read for it."""

    def __init__(self, route: str) -> None:
        self.act = "/".join(part for part in route.split("/") if re.fullmatch("[a-z_-]+", part))
        self.said: list[str] = []

    @property
    def statements(self) -> int:
        """How many; a new connection asks for the types of parameters once, which are no facts."""
        return sum("phb." in each for each in self.said)


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


def counting(patch: pytest.MonkeyPatch) -> list[Asked]:
    """Every request through a gate that is made from here on; those that are only tried are left out."""
    asked: list[Asked] = []
    begin, sender_of, tried, ask = Gate.__init__, deciding.sender_of, deciding._tried, deciding._asked

    def beginning(self: Gate, **given: Any) -> None:
        begin(self, **{**given, "reading": _counted(given["reading"])})

    def named(request: Any, book: Any, key: str, route: str) -> Any:
        CURRENT.set(Asked(route))
        return sender_of(request, book, key, route)

    async def trying(*given: Any) -> Any:
        CURRENT.set(None)
        return await tried(*given)

    async def asking(*given: Any) -> Any:
        one, is_again = CURRENT.get(), False
        try:
            decided = await ask(*given)
            # To give a first answer once more, its entries are read: those are no facts.
            is_again = decided.outcome.replayed
            return decided
        finally:
            CURRENT.set(None)
            if one is not None and not is_again:
                asked.append(one)

    patch.setattr(Gate, "__init__", beginning)
    patch.setattr(deciding, "sender_of", named)
    patch.setattr(deciding, "_tried", trying)
    patch.setattr(deciding, "_asked", asking)
    return asked
