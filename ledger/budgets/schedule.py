"""The arithmetic of schedules: which periods a payment plan has, what each is, and how a period is split between financial years.

Everything is whole pence, and periods add up to their total to the penny. The rules are those of domain.md section 4 as
accounting.md corrects them: a year of so much is divided by the day-count rule that is stored with it, a period that crosses
31 March is split by its days, and a 14th four-weekly payment falls on 31 March only where no 29 February lies in between.
"""

from bisect import bisect
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from fractions import Fraction

import msgspec

from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, within
from ledger.core.calendar import period_days, year_of
from ledger.core.model import Malformed, check_size
from ledger.money import apportion

FREQUENCIES = ("four_weekly", "monthly", "quarterly", "one_off")
DAY_COUNTS = ("365", "actual")
"""`365`: each day is a 365th of the yearly amount, in every year. `actual`: each day is its part of its own financial year, which
has 366 days where a 29 February lies in it; a whole financial year then comes to the yearly amount exactly."""
FOUR_WEEKS = 28
DAYS_OF = {"weekly": 7, "four_weekly": FOUR_WEEKS}
MONTHS_OF = {"monthly": 1, "quarterly": 3, "yearly": 12}
"""Intervals of a plan (`ledger.budgets.terms.INTERVALS`) in days, and in months."""
MOST_PERIODS = 400
"""Thirty years of four-weekly payments."""
ONE_DAY = timedelta(days=1)


class Period(msgspec.Struct, frozen=True):
    """One payment of a schedule: the days that it covers, from the day on which it is due (in advance), pence, and pence of each
    financial year in order. A period is named by its first day."""

    first: date
    last: date
    amount: int
    parts: tuple[tuple[str, int], ...]

    @property
    def due(self) -> date:
        """The day on which it is to be paid."""
        return self.first


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """The intervals at which a line is paid out, and the amount (reg 8(4)(c)), from a first day to a last.

    Either `amount` is what each whole period is, and a last period that is cut short is its part by days; or `yearly` is what a
    year is, and each period is its part of that by the day count. Equal months are stated as an amount."""

    line: str
    person: str
    frequency: str
    start: date
    end: date
    amount: int | None = None
    yearly: int | None = None
    day_count: str | None = None

    def __post_init__(self) -> None:
        check_name(self.line, "line")
        check_name(self.person, "person")
        among(self.frequency, FREQUENCIES, "frequency")
        within(self.start, self.end)
        if type(self.end) is not date or self.end.year >= 9990:
            raise Malformed("dates_malformed", "to")
        if (self.amount is None) == (self.yearly is None):
            raise Malformed("schedule_malformed", "amount")
        if (self.yearly is None) != (self.day_count is None):
            raise Malformed("schedule_malformed", "day_count")
        if self.day_count is not None:
            among(self.day_count, DAY_COUNTS, "day_count")
        for name in ("amount", "yearly"):
            if getattr(self, name) is not None:
                check_size(getattr(self, name), name)
        # One a period of the shortest kind is more than there can be of any.
        if (self.end - self.start).days // FOUR_WEEKS > MOST_PERIODS:
            raise Malformed("schedule_malformed", "to")

    def periods(self) -> tuple[Period, ...]:
        """Every period in order. They cover all days from the first to the last, each once; none is below nothing."""
        cuts = tuple(_cuts(self))
        if self.yearly is not None:
            return tuple(self._of_year(first, last) for first, last, _ in cuts)
        assert self.amount is not None
        return tuple(_of_amount(part_of(self.amount, first, last, whole), first, last) for first, last, whole in cuts)

    def total(self) -> int:
        """What all periods come to, in pence."""
        return sum(period.amount for period in self.periods())

    def _of_year(self, first: date, last: date) -> Period:
        """Differences of what is due up to each day, rounded once: so nothing is lost or gained however the days are cut."""
        assert self.yearly is not None
        assert self.day_count is not None
        parts = []
        for year, begins, ends in years_between(first, last):
            before = pro_rated(self.yearly, self.start, begins - ONE_DAY, self.day_count) if begins > self.start else 0
            parts.append((year, pro_rated(self.yearly, self.start, ends, self.day_count) - before))
        return Period(first, last, sum(pence for _, pence in parts), tuple(parts))


def _of_amount(amount: int, first: date, last: date) -> Period:
    return Period(first, last, amount, by_year(amount, first, last))


def _cuts(schedule: Schedule) -> Iterator[tuple[date, date, date]]:
    """First and last day of each period, and the last day that it would have were it whole."""
    place, first = 0, schedule.start
    while first <= schedule.end:
        place += 1
        following = _begins(schedule, place)
        whole = following - ONE_DAY
        yield first, min(whole, schedule.end), whole
        first = following


def _begins(schedule: Schedule, place: int) -> date:
    """The first day of a period by its place from 0. Months are counted from the first day of all: what begins on the 31st
    begins on the last day of a shorter month, and on the 31st again after it."""
    if schedule.frequency == "one_off":
        return schedule.start if place == 0 else schedule.end + ONE_DAY
    if schedule.frequency == "four_weekly":
        return schedule.start + timedelta(days=FOUR_WEEKS * place)
    months = schedule.start.month - 1 + place * (3 if schedule.frequency == "quarterly" else 1)
    year, month = schedule.start.year + months // 12, months % 12 + 1
    _, last = period_days(f"{year:04d}-{month:02d}")
    return min(last, date(year, month, 1) + timedelta(days=schedule.start.day - 1))


def begun(interval: str, first: date, day: date) -> int:
    """How many intervals that follow each other from a first day on have begun by a day; those of months as in a schedule, and
    `once` is one for ever. Nothing before the first day."""
    if day < first:
        return 0
    if interval == "once":
        return 1
    if interval in DAYS_OF:
        return (day - first).days // DAYS_OF[interval] + 1
    months = (day.year - first.year) * 12 + day.month - first.month
    # What begins on the 31st begins on the last day of a shorter month.
    months -= day.day < min(first.day, monthrange(day.year, day.month)[1])
    return months // MONTHS_OF[interval] + 1


def years_between(first: date, last: date) -> Iterator[tuple[str, date, date]]:
    """The financial years from a day to a day, each with the first and last of the days that lie in it."""
    begins = first
    while begins <= last:
        year = year_of(begins)
        # Not by the year's name: `2011-12` reads as a month.
        ends = min(last, _march(begins))
        yield year, begins, ends
        begins = ends + ONE_DAY


def _march(day: date) -> date:
    """The 31 March that ends the financial year of a day."""
    return date(day.year + (day.month >= 4), 3, 31)


def days_of_year(day: date) -> int:
    """How many days the financial year of a day has: 366 where a 29 February lies in it."""
    ends = _march(day)
    return (ends - date(ends.year - 1, 4, 1)).days + 1


def exactly(yearly: int, first: date, last: date, day_count: str) -> Fraction:
    """The part of a yearly amount for these days, both included, not rounded. Nothing where the last is before the first."""
    among(day_count, DAY_COUNTS, "day_count")
    if last < first:
        return Fraction(0)
    if day_count == "365":
        return Fraction(yearly * ((last - first).days + 1), 365)
    return sum(
        (
            Fraction(yearly * ((ends - begins).days + 1), days_of_year(begins))
            for _, begins, ends in years_between(first, last)
        ),
        Fraction(0),
    )


def pro_rated(yearly: int, first: date, last: date, day_count: str) -> int:
    """The part of a yearly amount for these days in pence, a half penny up: £52,000 from 15 September 2025 to 31 March 2026 is
    £28,208.22 by the rule `365`."""
    return rounded(exactly(yearly, first, last, day_count))


def part_of(amount: int, first: date, last: date, whole: date) -> int:
    """The part of a period's amount for its days up to `last`, of all its days up to `whole`, a half penny up."""
    if last == whole:
        return amount
    return rounded(Fraction(amount * ((last - first).days + 1), (whole - first).days + 1))


def rounded(exact: Fraction) -> int:
    """Whole pence of an amount that is not below nothing, a half penny up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def by_year(amount: int, first: date, last: date) -> tuple[tuple[str, int], ...]:
    """Pence of each financial year that the days lie in, by days, largest remainder (event 51): £4,000 paid on 31 March for 28 days
    is £142.86 of the old year and £3,857.14 of the new one."""
    years = tuple(years_between(first, last))
    parts = apportion(amount, [(ends - begins).days + 1 for _, begins, ends in years])
    return tuple((year, part) for (year, _, _), part in zip(years, parts, strict=True))


def scaled(amount: int, period: Period) -> tuple[tuple[str, int], ...]:
    """An amount of a period, by year as the period is; years that get nothing are left out."""
    if amount == period.amount:
        parts: Sequence[int] = [pence for _, pence in period.parts]
    else:
        weights = [pence for _, pence in period.parts]
        parts = apportion(amount, weights if any(weights) else [1] * len(weights))
    return tuple((year, part) for (year, _), part in zip(period.parts, parts, strict=True) if part)


def found(periods: Sequence[Period], first: date) -> Period | None:
    """The period that is named by this first day."""
    place = bisect(periods, first, key=lambda period: period.first)
    return periods[place - 1] if place and periods[place - 1].first == first else None
