"""Days, months and years of a book."""

from datetime import date

import pytest

from ledger.core.calendar import Months, london_day, month_of, months_before, period_days, year_of

HOUR_US = 3_600_000_000


@pytest.mark.parametrize(
    ("day", "month", "year"),
    [
        (date(2026, 3, 31), "2026-03", "2025-26"),
        (date(2026, 4, 1), "2026-04", "2026-27"),
        (date(1999, 12, 31), "1999-12", "1999-00"),
        (date(2100, 1, 1), "2100-01", "2099-00"),
    ],
)
def test_a_day_belongs_to_its_month_and_to_the_year_from_april(day: date, month: str, year: str) -> None:
    """31 March and 1 April lie in two years; a century's turn is written with two digits."""
    assert (month_of(day), year_of(day)) == (month, year)


@pytest.mark.parametrize(
    "period", ["", "2025", "2025-27", "2025-00", "2025-13", "202\uff15-04", "2025-4", "25-26", "2025/04"]
)
def test_what_is_no_period_is_refused(period: str) -> None:
    """Only a month and a year of two following years are periods."""
    with pytest.raises(ValueError):  # noqa: PT011 - period_days has one refusal
        period_days(period)


BY = frozenset(("finance",))


def test_a_closed_month_that_reads_like_a_year_closes_only_the_month() -> None:
    """December 2011 is written 2011-12, as the year from April 2011 would be: closing it closes that month alone."""
    months = Months(date(2010, 4, 1), {"2011-12": BY})
    assert months.closed_period(date(2011, 12, 31)) == "2011-12"
    assert months.closed_period(date(2011, 11, 30)) is None
    assert months.closed_period(date(2012, 1, 1)) is None
    assert months.closed_year(date(2011, 12, 31)) is None


def test_the_first_open_day_jumps_over_closed_months_and_years() -> None:
    """After a closed month comes the next month's first day; after a closed year the next April."""
    months = Months(date(2024, 4, 1), {"2025-26": BY, "2026-04": BY})
    assert months.first_open_on(date(2025, 6, 1)) == date(2026, 5, 1)
    assert months.first_open_on(date(2020, 1, 1)) == date(2024, 4, 1)


def test_midnight_in_london_is_an_hour_early_in_summer() -> None:
    """23:30 UTC is still the same day in winter and the next day in summer; both clock changes fall on the hour."""
    assert london_day(1_768_433_400 * 1_000_000) == date(2026, 1, 14)
    assert london_day(1_783_985_400 * 1_000_000) == date(2026, 7, 14)
    before_change = 1_774_744_200 * 1_000_000
    assert london_day(before_change) == date(2026, 3, 29)
    assert london_day(before_change + HOUR_US) == date(2026, 3, 29)


def test_six_months_before_is_the_same_day_or_the_last_of_its_month() -> None:
    """31 August is six months after the last of February, in a leap year and in another; January is in the year before."""
    assert months_before(date(2025, 8, 31), 6) == date(2025, 2, 28)
    assert months_before(date(2024, 8, 31), 6) == date(2024, 2, 29)
    assert months_before(date(2026, 1, 15), 6) == date(2025, 7, 15)
    assert months_before(date(2025, 7, 1), 6) == date(2025, 1, 1)
