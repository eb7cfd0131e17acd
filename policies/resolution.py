"""What somebody decided to have done, as it has to be submitted: the requests, what must still be so when they are, and to whom."""

from typing import Protocol

import msgspec

from ledger.core.batch import Outcome
from ledger.core.model import Guard, Item
from ledger.core.requests import AnyRequest


class Writes(Protocol):
    """A writer of the book, this process's own or another's."""

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """The outcome of one item."""

    async def expire_due(self) -> None:
        """Due holds expire now."""


class Resolution(msgspec.Struct, frozen=True):
    """The requests of a resolution, what guards them, and whose entries somebody else must have made."""

    requests: tuple[AnyRequest, ...]
    guards: tuple[Guard, ...]
    other_than: tuple[int, ...] = ()
