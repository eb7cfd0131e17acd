"""What a line of a bank could be: candidates by amount, day and payee, each with a score and how it came about.

A suggestion posts nothing and closes nothing; a person confirms it. The points are a way of sorting and no rule: the highest stands
first, and what has not the same amount, or is a month away, is not suggested.
"""

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import msgspec

from ledger.budgets.bank_reading import BankLine, Candidate

SAME_AMOUNT, PART_OF_AMOUNT, NAMED = 60, 30, 10
BY_DAYS = ((0, 30), (3, 25), (10, 15), (31, 5))
"""Up to so many days apart gives so many points."""
MOST = 5
_WORD = re.compile(r"[a-z0-9]{3,}")
_EVERYWHERE = frozenset(("ltd", "limited", "the", "and", "plc", "llp", "care"))


class Point(NamedTuple):
    """One reason of a score: a code, and what it gives."""

    reason: str
    points: int


class Suggestion(msgspec.Struct, frozen=True):
    """What a line could be, with its score of a hundred at most and the working."""

    candidate: Candidate
    score: int
    working: tuple[Point, ...]


def suggestions(
    line: BankLine, candidates: Sequence[Candidate], taken: frozenset[tuple[str, int]]
) -> tuple[Suggestion, ...]:
    """The likeliest five, best first, then nearest, then oldest. `taken` are (kind, entry) that another line was matched to."""
    found = []
    for each in candidates:
        if (each.kind, each.number) in taken or (each.pence > 0) != (line.pence > 0):
            continue
        working = scored(
            line.pence, line.day, f"{line.counterparty} {line.remittance}", each, part=each.kind == "claim"
        )
        if working:
            found.append(Suggestion(each, sum(point.points for point in working), working))
    found.sort(key=lambda each: (-each.score, abs(each.candidate.day - line.day), each.candidate.number))
    return tuple(found[:MOST])


def scored(pence: int, day: date, words: str, candidate: Candidate, *, part: bool = False) -> tuple[Point, ...]:
    """The working of one candidate; nothing where it is not to be suggested. `part`: it may be for a part of the line."""
    if candidate.pence == pence:
        points = [Point("amount_same", SAME_AMOUNT)]
    elif part and abs(candidate.pence) < abs(pence):
        points = [Point("amount_part", PART_OF_AMOUNT)]
    else:
        return ()
    apart = abs((candidate.day - day).days)
    near = next((given for days, given in BY_DAYS if apart <= days), 0)
    if not near:
        return ()
    points.append(Point(f"days_apart.{apart}", near))
    if candidate.payee and _words(candidate.payee) & _words(words):
        points.append(Point("payee_named", NAMED))
    return tuple(points)


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower())) - _EVERYWHERE
