"""What of a list is not for whoever asks: rows about people whose records are kept for others of the staff, or whom they act for.

A list of the office is one query about everybody, so its rows are not judged one by one and no decision is kept of them: what
denies a look at the record leaves its rows out, and the list says how many.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from api.open_books import today
from ledger.budgets.restricted import kept_from

Connection = Any


class _AboutSomebody(Protocol):
    @property
    def person(self) -> str | None:
        """Whom the row is about; None where it is nobody."""
        raise NotImplementedError


Row = TypeVar("Row", bound=_AboutSomebody)


class Open(NamedTuple):
    """The rows of a page that are shown, and how many are kept back."""

    rows: Sequence[Any]
    kept_back: int


async def open_to(connection: Connection, book_id: int, actor: str, page: Sequence[Row]) -> Open:
    """A page without the rows of people whose record `actor` does not see as one of the staff."""
    others = await kept_from(connection, book_id, (row.person for row in page if row.person), actor, today())
    shown = [row for row in page if row.person not in others]
    return Open(shown, len(page) - len(shown))
