"""A take-on agreed by the side that holds the earlier record, and signed by two people of this one: until then it is provisional.

Four different people: who imported it, who agrees for the other side, and the two who sign. Nobody agrees to figures that the
book does not have: what was posted is added up again first."""

from typing import Any, NamedTuple

from ledger.budgets.lineage import TakenOn, TakeOnStands, read_take_on
from ledger.budgets.take_on import take_on_recorded
from ledger.core.model import Detail, Guard
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any
NEXT = {"posted": "agreed", "agreed": "signed", "signed": "countersigned"}
"""What comes after what."""


class _Found(NamedTuple):
    """A take-on as it stands, what guards that, and the figures of the book."""

    stands: TakeOnStands
    guards: tuple[Guard, ...]
    posted: TakenOn


async def _found(connection: Connection, book_id: int, code: str) -> _Found:
    posted = await read_take_on(connection, book_id, code)
    if posted.stands is None:
        raise NotSettled("take_on_not_found")
    return _Found(posted.stands, (Guard(f"take_on/{code}", posted.stands.entries[-1][1]),), posted)


async def agree(
    connection: Connection, book_id: int, *, code: str, party: str, differences: list[str], detail: Detail | None
) -> Resolution:  # fmt: skip
    """The side that holds the earlier record agrees to the figures, by another than imported them. It names the differences
    against its control totals, so that nobody agrees to what they have not seen. NotSettled(take_on_not_found,
    take_on_not_posted, take_on_agreed, take_on_differs, differences_not_named)."""
    found, guards, posted = await _found(connection, book_id, code)
    if found.act == "rehearsed":
        raise NotSettled("take_on_not_posted")
    if found.act != "posted":
        raise NotSettled("take_on_agreed")
    if sorted(differences) != sorted(found.take_on.differences):
        raise NotSettled("differences_not_named")
    _check_posted(found, posted)
    record = take_on_recorded("agreed", found.take_on, because=found.entries[-1][1], party=party, detail=detail)
    return Resolution((record,), guards, _makers(found))


async def sign(connection: Connection, book_id: int, *, code: str) -> Resolution:
    """One of two signatures, each by somebody who has had no part in it before. With the second one the balances are no longer
    provisional. NotSettled(take_on_not_found, take_on_not_agreed, take_on_signed, take_on_differs)."""
    found, guards, posted = await _found(connection, book_id, code)
    if found.act in ("rehearsed", "posted"):
        raise NotSettled("take_on_not_agreed")
    if found.act == "countersigned":
        raise NotSettled("take_on_signed")
    _check_posted(found, posted)
    record = take_on_recorded(NEXT[found.act], found.take_on, because=found.entries[-1][1])
    return Resolution((record,), guards, _makers(found))


def _makers(found: TakeOnStands) -> tuple[int, ...]:
    """The entries whose makers have had their part."""
    return tuple(number for _, number in found.entries)


def _check_posted(found: TakeOnStands, posted: TakenOn) -> None:
    """The figures that are agreed to are those of the book."""
    take_on = found.take_on
    # Somebody may be taken on without a line, so people are counted by their figures at most.
    if posted.people > take_on.people or posted.totals != take_on.totals:
        raise NotSettled("take_on_differs")
