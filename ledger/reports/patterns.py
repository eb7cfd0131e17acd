"""Reads of the patterns: the facts of every person's month, what was found in them, and what came of looking.

Every read takes a connection of role phb_reader with the book set. Amounts are pence.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, numbered
from ledger.core.model import Detail, check_number
from ledger.core.requests import Record
from ledger.reports import store_patterns as store

Connection = Any
OUTCOMES = ("nothing_found", "explained", "safeguarding", "recovery_considered", "counter_fraud")
"""What can come of a look. `nothing_found` is one that should not have been needed; `safeguarding` that somebody was told who sees
to the person's safety; `recovery_considered` that the money is looked at under reg 15; `counter_fraud` that others look into it."""


async def facts_of_month(
    connection: Connection, book_id: int, first: date, last: date, *, round_to_pence: int | None, change_days: int | None,
    digits_least: int | None, peers_least: int | None, again_days: int | None, two_employers_hours: int | None,
    late_days: int | None, usual_days: int | None, arrives_days: int | None,
) -> dict[str, dict[str, int]]:  # fmt: skip
    """What the patterns count of every person of the book in a month, by name; what is not there is 0. Three statements over the
    whole book: call it in one snapshot, and not on the way of a request that somebody waits for."""
    found: dict[str, dict[str, int]] = {}
    await connection.execute(store.PLAN_FREELY)
    for sql, values in (
        (store.MONEY, (round_to_pence, digits_least, peers_least, again_days, late_days, usual_days, arrives_days)),
        (store.TIES, (change_days,)),
        (store.HOURS, (two_employers_hours,)),
    ):
        for row in await connection.fetch(sql, book_id, first, last, *values):
            found.setdefault(row["person"], {}).update(
                {name: int(v or 0) for name, v in row.items() if name != "person"}
            )
    return found


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What came of looking at one thing that was found."""

    number: int
    rule: str
    outcome: str
    on: date


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What was found in one month of one person, as its decision says: the rules that ask for a look, by when, and what came of
    each. `content` is the decision's detail, None when it was erased."""

    number: int
    person: str
    month: str
    rules: tuple[str, ...]
    look_by: date
    made_up: bool
    content: bytes | None
    looks: tuple[Look, ...]
    known: frozenset[str]
    """Those of its rules that an earlier decision of the same month says: there they are looked at."""

    def looks_at(self, rule: str) -> tuple[Look, ...]:
        """What came of looking at one rule's finding, oldest first."""
        return tuple(look for look in self.looks if look.rule == rule)


def subject_of(person: str, month: str) -> str:
    """The subject of what was found: not the person's, so that nothing of it is read with their budget."""
    return f"watch/{check_name(person, 'person')}/{month}"


def _found(number: int, given: Mapping[str, str], content: bytes | None, looks: str, known: Sequence[str]) -> Found:
    """From a row of the register."""
    return Found(
        number=number, person=given["about"], month=given["month"], rules=numbered(given, "review"),
        look_by=date.fromisoformat(given["look_by"]), made_up=given["made_up"] == "yes", content=content,
        looks=tuple(Look(number=n, rule=rule, outcome=outcome, on=date.fromisoformat(on))
                    for n, rule, outcome, on in json.loads(looks)),
        known=frozenset(known),
    )  # fmt: skip


async def read_found(connection: Connection, book_id: int, *, after: int, limit: int) -> list[Found]:
    """What was found, in the order recorded, after an entry."""
    return [
        _found(row["number"], json.loads(row["attributes"]),
               None if row["content"] is None else row["content"].encode(), row["looks"], row["known"])
        for row in await connection.fetch(store.FOUND, book_id, after, limit)
    ]  # fmt: skip


async def found_in_month(connection: Connection, book_id: int, month: str) -> dict[str, tuple[int, frozenset[str]]]:
    """What has been found in a month before: subject → the last entry about it, and every rule that has asked for a look."""
    found: dict[str, tuple[int, frozenset[str]]] = {}
    for row in await connection.fetch(store.FOUND_OF_MONTH, book_id, month):
        _, before = found.get(row["subject"], (0, frozenset()))
        found[row["subject"]] = (
            row["number"], before | set(numbered(json.loads(row["attributes"]), "review"))
        )  # fmt: skip
    return found


def look_recorded(
    *, of: int, rule: str, outcome: str, on: date, safeguarding_considered: bool, detail: Detail | None
) -> Record:  # fmt: skip
    """What came of looking at one thing that was found: subject `look/{decision}`, as often as somebody looks. Its words are in the
    detail; like the finding itself it is of no person's budget."""
    given = attributes(
        "looked", of=check_number(of, "of"), rule=rule, outcome=among(outcome, OUTCOMES, "outcome"), on=on,
        safeguarding_considered=safeguarding_considered,
    )  # fmt: skip
    return Record(kind="review", subject=f"look/{of}", because=of, detail=detail, attributes=given)


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """One pattern in figures: how many person-months were watched with it, in how many it was found, how many of these somebody has
    looked at, and what came of it (the last word on each)."""

    rule: str
    watched: int
    found: int
    looked_at: int
    outcomes: dict[str, int]


async def read_runs(connection: Connection, book_id: int) -> dict[str, dict[str, str]]:
    """What each month's last run says of itself, by month."""
    return {
        given["month"]: given
        for given in (json.loads(row["attributes"]) for row in await connection.fetch(store.RUNS, book_id))
    }


async def months_watched(connection: Connection, book_id: int, *, made_up: bool) -> int:
    """How many months were watched last with thresholds that are made up, or with those that are not."""
    return sum((run["made_up"] == "yes") == made_up for run in (await read_runs(connection, book_id)).values())


async def rates_of(connection: Connection, book_id: int, rules: tuple[str, ...], *, made_up: bool) -> list[Rate]:
    """Every rule in figures, of all months that were watched with thresholds that are made up, or with those that are not."""
    runs = [run for run in (await read_runs(connection, book_id)).values() if (run["made_up"] == "yes") == made_up]
    watched: Counter[str] = Counter()
    for run in runs:
        off = set(numbered(run, "off"))
        watched.update({rule: int(run["people"]) for rule in rules if rule not in off})
    last: dict[tuple[str, str, str], str | None] = {}
    after = 0
    while page := await read_found(connection, book_id, after=after, limit=1_000):
        for each in page:
            for rule in set(each.rules) - each.known if each.made_up == made_up else ():
                looks = each.looks_at(rule)
                place = (each.person, each.month, rule)
                last[place] = looks[-1].outcome if looks else None
        after = page[-1].number
    found = Counter(rule for _, _, rule in last)
    outcomes = Counter((rule, outcome) for (_, _, rule), outcome in last.items() if outcome is not None)
    return [
        Rate(
            rule=rule, watched=watched[rule], found=found[rule],
            looked_at=sum(outcomes[rule, outcome] for outcome in OUTCOMES),
            outcomes={outcome: outcomes[rule, outcome] for outcome in OUTCOMES},
        )
        for rule in rules
    ]  # fmt: skip
