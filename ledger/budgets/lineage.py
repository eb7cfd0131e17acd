"""Reads of take-ons: how each stands, from which day a book is complete, and where each opening figure is written.

A book that took nothing on is complete from its first day. Of one that did, what was before is a total that somebody else kept:
it is provisional until two people have signed, and stays a total of another system afterwards."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store
from ledger.budgets.standing import Said
from ledger.budgets.take_on import TOTALS, Lineage, TakeOn, lineage_of, take_on_of

Connection = Any
SETTLED = "countersigned"
_STATES = ("allocated", "available", "held", "advanced", "spent", "recovering", "unfunded", "contingency")


class TakeOnStands(msgspec.Struct, frozen=True, kw_only=True):
    """One take-on: what it was last said to be, how it stands, and the entries of its acts in order (act, number)."""

    take_on: TakeOn
    act: str
    party: str | None
    entries: tuple[tuple[str, int], ...]

    @property
    def is_provisional(self) -> bool:
        """Whether two people have yet to sign it."""
        return self.act != SETTLED


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """From which day a book has every movement itself, and the take-ons behind what is older."""

    complete_from: date
    is_provisional: bool
    take_ons: tuple[TakeOnStands, ...]


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where one thing of a person's opening is written: `what` is `opening`, `order`, `invoice` or `bank_line` (of no line),
    `entry` the one that says so, `amounts` pence by state."""

    what: str
    entry: int
    line: str | None
    fund: str | None
    year: str | None
    amounts: dict[str, int]
    lineage: Lineage
    is_provisional: bool


def _said(row: Any) -> Said:
    attributes = msgspec.json.decode(row["attributes"], type=dict[str, str])
    return Said(row["number"], row["kind"], row["subject"], row["act"], row["day"], attributes)


async def take_ons_of(connection: Connection, book_id: int, through: int | None = None) -> tuple[TakeOnStands, ...]:
    """Every take-on of a book, in the order in which they began; as known at an entry, if one is given."""
    by_subject: dict[str, list[Said]] = {}
    for row in await connection.fetch(store.TAKE_ONS, book_id):
        if through is not None and row["number"] > through:
            break
        by_subject.setdefault(row["subject"], []).append(_said(row))
    return tuple(stands(said) for said in by_subject.values())


def stands(said: Sequence[Said]) -> TakeOnStands:
    """How one take-on stands, from everything said of it."""
    take_on, act = take_on_of(said[-1].subject, said[-1].attributes)
    parties = [each.attributes["party"] for each in said if "party" in each.attributes]
    entries = tuple((each.act, each.number) for each in said)
    return TakeOnStands(take_on=take_on, act=act, party=parties[-1] if parties else None, entries=entries)


async def coverage_of(
    connection: Connection, book_id: int, first_day: date, *, through: int | None = None, person: str | None = None
) -> Coverage:  # fmt: skip
    """From which day a book is complete: its first day, or the last day from which one of its take-ons is. As known at an entry, if
    one is given; of one person, by the take-ons that their figures come from."""
    found = await take_ons_of(connection, book_id, through)
    if person is not None and found:
        theirs = {each.lineage.take_on for each in await origins_of(connection, book_id, person)}
        found = tuple(each for each in found if each.take_on.code in theirs)
    days = [first_day, *(each.take_on.complete_from for each in found)]
    return Coverage(complete_from=max(days), is_provisional=any(each.is_provisional for each in found), take_ons=found)


class TakenOn(NamedTuple):
    """A take-on, everything said of it, and what its statements in the book come to: people, and pence by TOTALS."""

    stands: TakeOnStands | None
    people: int
    totals: tuple[int, ...]


async def read_take_on(connection: Connection, book_id: int, code: str) -> TakenOn:
    """One take-on and its figures, of one moment; nothing stands of a code that the book does not know. Only entries from its first
    rehearsal to its last posting are added up."""
    row = await connection.fetchrow(store.TAKEN_ON, book_id, code)
    said = msgspec.json.decode(row["said"], type=list[Said])
    return TakenOn(stands(said) if said else None, row["people"], tuple(row[name] for name in TOTALS))


async def origins_of(connection: Connection, book_id: int, person: str) -> tuple[Origin, ...]:
    """Where everything of a person's opening is written, in the order of the entries; none for who was not taken on."""
    settled = {each.take_on.code: not each.is_provisional for each in await take_ons_of(connection, book_id)}
    found = []
    for row in await connection.fetch(store.SAID_OF_PERSON, book_id, person, ["evidence", "decision"]):
        said = _said(row)
        what = _WHAT.get(said.act)
        lineage = lineage_of(said.attributes) if what is not None else None
        if what is None or lineage is None:
            continue
        given = said.attributes
        found.append(Origin(
            what=what, entry=said.number, line=given.get("line"), fund=given.get("fund"), year=given.get("year"),
            amounts=_amounts(what, given), lineage=lineage, is_provisional=not settled.get(lineage.take_on, False),
        ))  # fmt: skip
    return tuple(found)


_WHAT = {
    "opening_stated": "opening",
    "taken_on": "order",
    "invoice_accepted": "invoice",
    "bank_line_taken": "bank_line",
}


def _amounts(what: str, given: Mapping[str, str]) -> dict[str, int]:
    if what == "opening":
        return {state: int(given[state]) for state in _STATES if given.get(state, "0") != "0"}
    return {{"order": "held", "invoice": "owed", "bank_line": "unidentified"}[what]: int(given["amount"])}
