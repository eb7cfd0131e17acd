"""A take-on agreed by the side that holds the earlier record, and signed by two people of this one: until then it is provisional.

Four different people: who imported it, who agrees for the other side, and the two who sign. Nobody agrees to figures that the
book does not have: what was posted is added up again first."""

from typing import Any

from ledger.budgets.lineage import TakeOnStands, posted_totals, stands
from ledger.budgets.reading import said_of
from ledger.budgets.take_on import take_on_recorded
from ledger.core.model import Detail, Guard
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any
NEXT = {"posted": "agreed", "agreed": "signed", "signed": "countersigned"}
"""What comes after what."""


async def _found(connection: Connection, book_id: int, code: str) -> tuple[TakeOnStands, tuple[Guard, ...]]:
    subject = f"take_on/{code}"
    said = await said_of(connection, book_id, subject)
    if not said:
        raise NotSettled("take_on_not_found")
    return stands(said), (Guard(subject, said[-1].number),)


async def agree(
    connection: Connection, book_id: int, *, code: str, party: str, differences: list[str], detail: Detail | None
) -> Resolution:  # fmt: skip
    """The side that holds the earlier record agrees to the figures, by another than imported them. It names the differences
    against its control totals, so that nobody agrees to what they have not seen. NotSettled(take_on_not_found,
    take_on_not_posted, take_on_agreed, take_on_differs, differences_not_named)."""
    found, guards = await _found(connection, book_id, code)
    if found.act == "rehearsed":
        raise NotSettled("take_on_not_posted")
    if found.act != "posted":
        raise NotSettled("take_on_agreed")
    if sorted(differences) != sorted(found.take_on.differences):
        raise NotSettled("differences_not_named")
    await _check_posted(connection, book_id, found)
    record = take_on_recorded("agreed", found.take_on, because=found.entries[-1][1], party=party, detail=detail)
    return Resolution((record,), guards, _makers(found))


async def sign(connection: Connection, book_id: int, *, code: str) -> Resolution:
    """One of two signatures, each by somebody who has had no part in it before. With the second one the balances are no longer
    provisional. NotSettled(take_on_not_found, take_on_not_agreed, take_on_signed, take_on_differs)."""
    found, guards = await _found(connection, book_id, code)
    if found.act in ("rehearsed", "posted"):
        raise NotSettled("take_on_not_agreed")
    if found.act == "countersigned":
        raise NotSettled("take_on_signed")
    await _check_posted(connection, book_id, found)
    record = take_on_recorded(NEXT[found.act], found.take_on, because=found.entries[-1][1])
    return Resolution((record,), guards, _makers(found))


def _makers(found: TakeOnStands) -> tuple[int, ...]:
    """The entries whose makers have had their part."""
    return tuple(number for _, number in found.entries)


async def _check_posted(connection: Connection, book_id: int, found: TakeOnStands) -> None:
    """The figures that are agreed to are those of the book."""
    take_on = found.take_on
    people, _, totals = await posted_totals(connection, book_id, found)
    # Somebody may be taken on without a line, so people are counted by their figures at most.
    if people > take_on.people or totals != take_on.totals:
        raise NotSettled("take_on_differs")
