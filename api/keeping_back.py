"""What of a list is not for whoever asks: rows about people whose records are kept for others of the staff.

A list of the office is one query about everybody, so its rows are not judged one by one and no decision is kept of them: the same
restriction that denies a look at the record leaves its rows out, and the list says how many.
"""

import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol, TypeVar

from api.access import write_access
from api.auth import Caller
from api.problems import Problem
from api.session import Session
from ledger.book.books import BookRow
from ledger.budgets.restricted import restricted_from

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
    """A page without the rows of people whose record is restricted to staff of whom `actor` is none."""
    others = await restricted_from(connection, book_id, (row.person for row in page if row.person), actor)
    shown = [row for row in page if row.person not in others]
    return Open(shown, len(page) - len(shown))


async def check_seen(
    session: Session, row: BookRow, connection: Connection, caller: Caller, person: str, act: str
) -> None:  # fmt: skip
    """A command shows nobody's record that is kept for others; that somebody tried is noted. Problem(view_denied)."""
    if await restricted_from(connection, row.book_id, [person], caller.sub):
        await write_access(
            session.place.serving, row, caller, act, f"person/{person}", f"cli-{secrets.token_hex(16)}", outcome="deny",
            rule="icb_policy.view_restricted",
        )  # fmt: skip
        raise Problem("view_denied")
