"""Who bears a line when: a split that depends on the day, what each fund gives of a line so split, and a split that a later
version of the plan changes.

The split in force on the last day of care decides of a fact, and that of its accounting day of an act; a credit takes that of its
invoice, and evidence of money paid out that of the payment (accounting.md section 1). Amounts are pence.
"""

from datetime import date, timedelta

import msgspec

from ledger.budgets.plans import Line, LineShare, turns_of
from ledger.budgets.shares import TERM, Share, split
from ledger.core.model import Malformed
from ledger.money import apportion

ONE_DAY = timedelta(days=1)


class SplitOfBefore(ValueError):
    """The split of days before a version counts is what was agreed then, and no later version says another."""

    code = "split_of_before"


def spells(line: Line, year: str) -> list[tuple[date, date]]:
    """The days of a line in a financial year, first and last of each stretch that one split holds for."""
    starts, found = turns_of(line), []
    opens, closes = (
        (line.start, line.end) if year == TERM else (date(int(year[:4]), 4, 1), date(int(year[:4]) + 1, 3, 31))
    )
    for place, first in enumerate(starts):
        last = starts[place + 1] - ONE_DAY if place + 1 < len(starts) else line.end
        if max(first, opens) <= min(last, closes):
            found.append((max(first, opens), min(last, closes)))
    return found


def by_fund(line: Line, year: str, pence: int) -> dict[str, int]:
    """What each fund of a line bears of its amount for a year: the amount by days over the splits of that year, each part by the
    weights in force, pennies by largest remainder. Malformed(shares_malformed) for a year that the line has no day in."""
    found = dict.fromkeys((share.fund for share in line.bearers), 0)
    stretches = spells(line, year)
    if not stretches:
        raise Malformed("shares_malformed", "shares")
    days = [(last - first).days + 1 for first, last in stretches]
    for (first, _), part in zip(stretches, apportion(pence, days), strict=True):
        weights = line.weights_on(first)
        for fund, given in zip(weights, apportion(part, list(weights.values())), strict=True):
            found[fund] += given
    return found


def borne_by(line: Line, fund: str) -> int:
    """Pence of a line that one of its funds bears, all years together."""
    return sum(by_fund(line, year, pence).get(fund, 0) for year, pence in line.by_year().items())


def agreed_contribution(line: Line, fund: str) -> int:
    """Pence of a line that its contribution bears, as the plan splits it."""
    if line.is_split_by_day:
        return borne_by(line, fund)
    weights = [
        Share(line=line.line, fund=each.fund, year="0", person=line.person, kind="ring_fenced", weight=each.weight)
        for each in line.shares
    ]
    parts = split(line.amount, weights)
    return next(part for part, each in zip(parts, line.shares, strict=True) if each.fund == fund)


def day_in(line: Line, year: str) -> date:
    """The last day of a year that the line has; of another year, the nearest day of the line, of its term the last."""
    if year == TERM:
        return line.end
    return min(max(date(int(year[:4]) + 1, 3, 31), line.start), line.end)


def going_on(before: Line, shares: tuple[LineShare, ...], day: date) -> tuple[LineShare, ...]:
    """The shares of a line that goes on from `day`, the first day that its new version counts for. Shares without dates are for the
    days from then on; what was agreed for the days before stays as it was. SplitOfBefore for dates that say otherwise."""
    if shares == before.shares:
        return shares
    if any(share.is_dated for share in shares):
        after = msgspec.structs.replace(before, shares=shares)
        if any(_weights(after, each) != _weights(before, each) for each in _edges(before, after) if each < day):
            raise SplitOfBefore
        return shares
    if day <= before.start:
        return shares
    kept = tuple(
        share if share.end is not None and share.end < day else msgspec.structs.replace(share, end=day - ONE_DAY)
        for share in before.shares if share.start is None or share.start < day
    )  # fmt: skip
    made = (*kept, *(msgspec.structs.replace(share, start=day) for share in shares))
    after = msgspec.structs.replace(before, shares=made)
    same = all(_weights(after, each) == _weights(before, each) for each in _edges(before, after))
    return before.shares if same else made


def _edges(*lines: Line) -> list[date]:
    return sorted({day for line in lines for day in turns_of(line)})


def _weights(line: Line, day: date) -> dict[str, int]:
    return {fund: weight for fund, weight in line.weights_on(day).items() if weight}
