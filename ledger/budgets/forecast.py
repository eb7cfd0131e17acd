"""How long the money of a line lasts, with the working: what care has cost a day, what is kept, and what is still to be paid out.

Pure arithmetic on a line as it stands; nothing is posted, and a what-if is the same with some things changed. Amounts are pence,
days are counted with both ends. The daily cost is exact until the last step, so that the order of things changes nothing.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from ledger.budgets.schedule import rounded
from ledger.core.model import Malformed, check_size

WINDOW_DAYS = 90
LONGEST_DAYS = 3700
"""Ten years: as far as anybody looks."""
MOST_CHANGES = 20
WEEK = 7


class LineNow(msgspec.Struct, frozen=True, kw_only=True):
    """A line on a day, in pence: what it was given (`allocated`), what of it is free, kept for orders and paid out ahead, what care
    cost in the window that ends with the day, and what its schedule still has to pay out up to the line's end. What is bought
    `once`, such as a wheelchair, is not bought again next month: it has no cost a day, and money left of it is no surplus."""

    line: str
    start: date
    end: date
    allocated: int
    available: int
    held: int
    advanced: int
    spent: int
    spent_in_window: int
    to_come: int = 0
    once: bool = False

    @property
    def left(self) -> int:
        """What has not been used up: free, kept for orders, or paid out ahead."""
        return self.available + self.held + self.advanced

    def window(self, on: date) -> tuple[date, date]:
        """The days that the run rate is taken from: ninety, or as many as the line has had."""
        return max(self.start, on - timedelta(days=WINDOW_DAYS - 1)), on


class WhatIf(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that might change from a first day to a last (None: for good): what care costs becomes `percent` of it, so many
    pence a week are added (below nothing: saved), and so many are paid once on the first day."""

    first: date
    last: date | None = None
    percent: int = 100
    weekly: int = 0
    once: int = 0

    def __post_init__(self) -> None:
        if self.last is not None and self.last < self.first:
            raise Malformed("dates_malformed", "to")
        if type(self.percent) is not int or not 0 <= self.percent <= 1000:
            raise Malformed("number_malformed", "percent")
        for name in ("weekly", "once"):
            if getattr(self, name):
                check_size(abs(getattr(self, name)), name)

    def holds_on(self, day: date) -> bool:
        """Whether it has begun and not ended."""
        return self.first <= day and (self.last is None or day <= self.last)


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """What a line's money comes to. `lasts_until` is the last day that it covers, no later than the line's end; `needed` is what
    care costs from the day after to the end, and no less than what is kept for orders; `over` is what is left then, below nothing
    what is lacking. Shares are per thousand: of the line's days that have gone, and of its money that care has cost."""

    line: LineNow
    on: date
    end: date
    window: tuple[date, date]
    per_week: int
    needed: int
    over: int
    lasts_until: date
    covers_to_end: bool
    time_gone: int
    money_gone: int
    schedule_over: int

    def warnings(self, *, low_days: int, surplus_weeks: int) -> tuple[str, ...]:
        """`shortfall` when the money ends more than so many days before the line does; `schedule_short` when what is free does not
        cover what the schedule has to pay out; `surplus` when more is left at the end than so many weeks of what was given."""
        found = []
        if not self.covers_to_end and (self.end - self.lasts_until).days > low_days:
            found.append("shortfall")
        if self.schedule_over < 0:
            found.append("schedule_short")
        days = (self.line.end - self.line.start).days + 1
        if not self.line.once and self.over * days > surplus_weeks * WEEK * self.line.allocated:
            found.append("surplus")
        return tuple(found)


def forecast(line: LineNow, on: date, changes: Sequence[WhatIf] = (), end: date | None = None) -> Forecast:
    """How long the money lasts from a day on, if care goes on costing what it has, with these changes and up to another end if one
    is given. A line that ends later than anybody looks is looked at so far. Malformed for an end that is given before the line's
    start, or for more than it can look ahead."""
    ahead = min((line.end - on).days, LONGEST_DAYS)
    ends = on + timedelta(days=ahead) if end is None else end
    if ends < line.start or (ends - on).days > LONGEST_DAYS or len(changes) > MOST_CHANGES:
        raise Malformed("dates_malformed", "end")
    window = line.window(on)
    days = max(1, (window[1] - window[0]).days + 1)
    daily = Fraction(0 if line.once else max(0, line.spent_in_window), days)
    needed, lasts, covers = Fraction(0), min(on, ends), True
    for day, cost in _costs(daily, max(on.toordinal() + 1, line.start.toordinal()), ends, changes):
        needed += cost
        if covers and needed > line.left:
            covers = False
        if covers:
            lasts = day
    total = (ends - line.start).days + 1
    gone = min(max(0, (on - line.start).days + 1), total)
    needed_pence = max(rounded(needed), line.held if ends >= on else 0)
    return Forecast(
        line=line, on=on, end=ends, window=window, per_week=rounded(daily * WEEK), needed=needed_pence,
        over=line.left - needed_pence, lasts_until=ends if covers else lasts, covers_to_end=covers,
        time_gone=gone * 1000 // total, money_gone=line.spent * 1000 // line.allocated if line.allocated > 0 else 0,
        schedule_over=line.available - line.to_come,
    )  # fmt: skip


def _costs(daily: Fraction, first: int, last: date, changes: Sequence[WhatIf]) -> Iterator[tuple[date, Fraction]]:
    """What each day costs, never below nothing. The first is given by its number, which the calendar may not have any more."""
    for number in range(first, last.toordinal() + 1):
        day = date.fromordinal(number)
        cost, added = daily, Fraction(0)
        for each in changes:
            if each.holds_on(day):
                cost = cost * each.percent / 100
                added += Fraction(each.weekly, WEEK)
        once = sum(each.once for each in changes if number == max(each.first.toordinal(), first))
        yield day, max(Fraction(0), cost + added) + once
