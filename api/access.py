"""Who looks at what: written down before it is shown, and no entry of the book."""

from typing import Annotated, Literal

from litestar.params import QueryParameter

from api.auth import Caller
from api.desk import Arrived
from ledger.book.books import BookRow
from ledger.book.database import READING, connect
from ledger.budgets.identity import record_access

PurposeCode = Literal["care", "payment", "review", "audit", "complaint", "safeguarding"]
Purpose = Annotated[
    PurposeCode | None,
    QueryParameter(
        description="What the record is looked at for. It is kept with who looked; a restricted record needs it."
    ),
]


async def note_access(
    request: Arrived, row: BookRow, act: str, subject: str, *, purpose: str | None = None, outcome: str = "allow",
    rule: str | None = None,
) -> None:  # fmt: skip
    """Write down who looks at what, and what for, before it is shown; or that it was not, and by which rule."""
    await write_access(
        request.desk.settings.database_url, row, request.caller, act, subject, request.request_id, purpose=purpose,
        outcome=outcome, rule=rule,
    )  # fmt: skip


async def write_access(
    dsn: str, row: BookRow, caller: Caller, act: str, subject: str, request_id: str, *, purpose: str | None = None,
    outcome: str = "allow", rule: str | None = None,
) -> None:  # fmt: skip
    """The note of an access, by a connection of its own role."""
    access = await connect(dsn, "phb_access_writer", row.book_id, READING)
    try:
        await record_access(
            access, row.book_id, client=caller.azp, actor=caller.sub, act=act, subject=subject, request_id=request_id,
            purpose=purpose, outcome=outcome, rule=rule,
        )  # fmt: skip
    finally:
        await access.close()
