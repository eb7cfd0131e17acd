"""Days, months and financial years of a book: which day it is in London, and which periods are open."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
_HOUR_US = 3_600_000_000


@lru_cache(maxsize=4096)
def _day_of_hour(hour: int) -> date:
    # London's offset is a whole number of hours and changes on the hour, so a day never begins inside one.
    return datetime.fromtimestamp(hour * 3600, UTC).astimezone(LONDON).date()


def london_day(time_us: int) -> date:
    """The calendar day in Europe/London at a time given in microseconds since 1970 UTC."""
    return _day_of_hour(time_us // _HOUR_US)


@lru_cache(maxsize=4096)
def day_ends_us(day: date) -> int:
    """The time at which a calendar day in Europe/London has ended, in microseconds since 1970 UTC."""
    following = day + timedelta(days=1)
    return int(datetime(following.year, following.month, following.day, tzinfo=LONDON).timestamp()) * 1_000_000


@lru_cache(maxsize=4096)
def month_of(day: date) -> str:
    """The period of a day: `2026-03`."""
    return f"{day.year:04d}-{day.month:02d}"


@lru_cache(maxsize=4096)
def year_of(day: date) -> str:
    """The financial year of a day, April to March: `2025-26`."""
    start = day.year if day.month >= 4 else day.year - 1
    return f"{start:04d}-{(start + 1) % 100:02d}"


def period_days(period: str) -> tuple[date, date]:
    """First and last day of a month `2026-03` or a year `2025-26`. ValueError if it is neither.

    `2001-02` could be read both ways and is always the month; no book reaches back to where that matters.
    """
    left, dash, right = period.partition("-")
    if not dash or len(left) != 4 or len(right) != 2 or not (left + right).isdigit() or not period.isascii():
        raise ValueError(period)
    year, tail = int(left), int(right)
    if 1 <= tail <= 12:
        first = date(year, tail, 1)
        following = date(year + tail // 12, tail % 12 + 1, 1)
        return first, following - timedelta(days=1)
    if tail == (year + 1) % 100:
        return date(year, 4, 1), date(year + 1, 3, 31)
    raise ValueError(period)


def is_year(period: str) -> bool:
    """Whether the code names a financial year rather than a month."""
    first, last = period_days(period)
    return (last - first).days > 31


class Months:
    """The open and closed periods of one book. A period without a record is open from the first month on. `closed` has the people
    whose act the closing is, by period."""

    __slots__ = ("_open_days", "closed", "first_day")

    def __init__(self, first_day: date, closed: dict[str, frozenset[str]]) -> None:
        self.first_day = first_day
        self.closed = closed
        self._open_days: set[date] = set()

    def changed(self) -> None:
        """Forget what was worked out: a period has been opened, closed or reopened."""
        self._open_days.clear()

    def closed_period(self, day: date) -> str | None:
        """The closed month or year that a day falls into, or None if the day is open."""
        if day in self._open_days:
            return None
        period = month_of(day) if month_of(day) in self.closed else self.closed_year(day)
        if period is not None:
            return period
        if day >= self.first_day:
            self._open_days.add(day)
        return None

    def closed_year(self, day: date) -> str | None:
        """The closed year that a day falls into, or None. A year that reads as a month (2011-12) is never closed."""
        year = year_of(day)
        return year if year in self.closed and is_year(year) else None

    def first_open_on(self, day: date) -> date:
        """The first open day not before `day`."""
        candidate = max(day, self.first_day)
        while (period := self.closed_period(candidate)) is not None:
            candidate = period_days(period)[1] + timedelta(days=1)
        return candidate


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or its last where that month is shorter."""
    return months_before(day, -months)


def months_before(day: date, months: int) -> date:
    """The day of the same number so many months before, or the last of that month where it has no such day."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
