"""Who looked at a person's record, for the person themselves and for auditors."""

from datetime import datetime

from litestar import Response, get
from litestar.params import FromPath
from msgspec import Struct

from api.access import Purpose
from api.answers import time_of
from api.deciding import check_reach, is_staff, look_at
from api.desk import WireRequest, answer
from api.paging import After, Limit, next_link, position
from api.people import PERSON
from api.permissions import Permission
from ledger.budgets.identity import Access, accesses_of
from ledger.core.calendar import london_day

WHOLE = frozenset(("holder",))
"""Whoever manages the money; one who may see, ask or spend does not learn who looks after the person."""


class AccessOut(Struct, frozen=True, kw_only=True):
    """One look: when, who by the code of their token and with which program, at what (`act`), what for, and whether it was shown
    (`allow`) or not (`deny`). `purpose` is null where nobody said it; to a holder also where it was safeguarding."""

    at: str
    day: str
    actor: str
    client: str
    act: str
    purpose: str | None
    outcome: str


class AccessesOut(Struct, frozen=True):
    """A page of looks, the newest first."""

    book: str
    person: str
    accesses: list[AccessOut]


@get(f"{PERSON}/accesses", permission=Permission.SEE_ACCESSES, operation_id="listAccesses", tags=["people"])
async def accesses(
    request: WireRequest, book: FromPath[str], person: FromPath[str], after: After = None, limit: Limit = 100,
    purpose: Purpose = None,
) -> Response[AccessesOut]:  # fmt: skip
    """Who looked at a person's record in full or at a file of theirs, or tried to, the newest first. An auditor's look at this is
    one itself."""
    row = await request.book(book)
    scope = f"accesses|{row.code}|{person}"
    begins = position(request, scope, after)
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person, WHOLE, in_full=True)
        await look_at(request, row, connection, person, "read_accesses", purpose=purpose)
        found = await accesses_of(
            connection, row.book_id, person, before=None if begins is None else int(begins), limit=limit + 1
        )
    goes_on = found[limit - 1].access_id if len(found) > limit else None
    made = [_told(each, for_staff=is_staff(request)) for each in found[:limit]]
    link = next_link(request, scope, goes_on, limit=limit, purpose=purpose)
    return answer(AccessesOut(row.code, person, made), headers=link)


def _told(found: Access, *, for_staff: bool) -> AccessOut:
    # Whoever manages the money may be the one whom safeguarding is about.
    hidden = found.purpose == "safeguarding" and not for_staff
    at_us = _microseconds(found.at)
    return AccessOut(
        at=time_of(at_us), day=london_day(at_us).isoformat(), actor=found.actor, client=found.client, act=found.act,
        purpose=None if hidden else found.purpose, outcome=found.outcome,
    )  # fmt: skip


def _microseconds(at: datetime) -> int:
    return int(at.timestamp()) * 1_000_000 + at.microsecond


HANDLERS = [accesses]
