"""Schedules to the penny: every row of arithmetic in the design, and what holds of any schedule."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.budgets.owing import Surplus
from ledger.budgets.schedule import (
    DAY_COUNTS,
    FREQUENCIES,
    Schedule,
    begun,
    by_year,
    days_of_year,
    found,
    part_of,
    pro_rated,
    scaled,
    years_between,
)
from ledger.budgets.terms import INTERVALS
from ledger.core.calendar import year_of
from ledger.core.model import Malformed
from ledger.money import apportion

DAYS = st.dates(date(2013, 4, 1), date(2045, 3, 31))
LENGTHS = st.integers(0, 1200)
YEARLY = st.integers(1, 50_000_000)


def schedule(frequency: str, start: date, end: date, **more: Any) -> Schedule:
    """Of line D of somebody."""
    return Schedule(line="D", person="P1", frequency=frequency, start=start, end=end, **more)


@pytest.mark.parametrize(
    ("yearly", "first", "last", "day_count", "pence"),
    [
        (52_000_00, date(2025, 9, 15), date(2026, 3, 31), "365", 28_208_22),
        (52_000_00, date(2025, 9, 15), date(2026, 3, 31), "actual", 28_208_22),
        (52_000_00, date(2025, 4, 1), date(2026, 3, 31), "365", 52_000_00),
        (36_500_00, date(2027, 4, 1), date(2028, 3, 31), "365", 36_600_00),
        (36_500_00, date(2027, 4, 1), date(2028, 3, 31), "actual", 36_500_00),
        (36_600_00, date(2028, 2, 29), date(2028, 2, 29), "actual", 100_00),
        (36_500_00, date(2026, 3, 31), date(2026, 4, 1), "actual", 200_00),
        (36_500_00, date(2026, 4, 1), date(2026, 3, 31), "365", 0),
    ],
)
def test_a_part_of_a_year_is_its_days_by_the_stored_rule(
    yearly: int, first: date, last: date, day_count: str, pence: int
) -> None:
    """£52,000 from 15 September to 31 March is £28,208.22; in a year with a 29 February the two rules differ by a day."""
    assert pro_rated(yearly, first, last, day_count) == pence


@pytest.mark.parametrize(
    ("start", "fourteenth"),
    [
        (date(2025, 4, 1), date(2026, 3, 31)),
        (date(2026, 4, 1), date(2027, 3, 31)),
        (date(2027, 4, 1), date(2028, 3, 30)),
    ],
)
def test_the_fourteenth_four_weekly_date_is_the_31st_of_march_only_without_a_29th_of_february(
    start: date, fourteenth: date
) -> None:
    """Thirteen times 28 days are 364: the fourteenth payment of a year covers its last day, or its last two in a leap year."""
    periods = schedule("four_weekly", start, start + timedelta(days=2 * 364), amount=4_000_00).periods()
    assert periods[13].due == fourteenth
    (old, before), (new, after) = periods[13].parts
    assert (old, new) == (year_of(start), year_of(date(fourteenth.year, 4, 1)))
    assert (before, after) == ((142_86, 3_857_14) if fourteenth.day == 31 else (285_71, 3_714_29))


def test_a_period_that_ends_with_the_schedule_is_its_part_by_days() -> None:
    """A plan to 31 March: the fourteenth four-weekly payment is for one day of 28."""
    periods = schedule("four_weekly", date(2025, 4, 1), date(2026, 3, 31), amount=4_000_00).periods()
    assert (len(periods), periods[-1].amount, periods[-1].parts) == (14, 142_86, (("2025-26", 142_86),))
    assert part_of(1_00, date(2025, 4, 1), date(2025, 4, 14), date(2025, 4, 28)) == 50


def test_months_and_quarters_begin_on_the_day_of_the_first_or_the_last_there_is() -> None:
    """The 31st becomes the last of a shorter month and the 31st again; a quarter is three months; a one-off is one payment."""
    months = schedule("monthly", date(2027, 12, 31), date(2028, 4, 29), amount=100_00).periods()
    assert [period.first for period in months] == [
        date(2027, 12, 31), date(2028, 1, 31), date(2028, 2, 29), date(2028, 3, 31)
    ]  # fmt: skip
    assert [period.amount for period in months] == [100_00] * 4
    quarters = schedule("quarterly", date(2025, 4, 1), date(2026, 3, 31), yearly=52_000_00, day_count="365").periods()
    assert [(period.first, period.amount) for period in quarters] == [
        (date(2025, 4, 1), 12_964_38), (date(2025, 7, 1), 13_106_85), (date(2025, 10, 1), 13_106_85),
        (date(2026, 1, 1), 12_821_92),
    ]  # fmt: skip
    assert sum(period.amount for period in quarters) == 52_000_00
    (once,) = schedule("one_off", date(2026, 3, 1), date(2026, 5, 31), amount=92_00).periods()
    assert once.parts == (("2025-26", 31_00), ("2026-27", 61_00))


def test_an_instalment_that_is_less_is_split_as_its_period_is() -> None:
    """What is left of a period after an offset is of the same two years; what gets nothing is left out."""
    (_, crossing) = schedule("four_weekly", date(2026, 3, 3), date(2026, 4, 27), amount=4_000_00).periods()
    assert scaled(4_000_00, crossing) == (("2025-26", 142_86), ("2026-27", 3_857_14))
    assert scaled(2_000_00, crossing) == (("2025-26", 71_43), ("2026-27", 1_928_57))
    assert scaled(1, crossing) == (("2026-27", 1),)
    periods = schedule("four_weekly", date(2026, 3, 3), date(2026, 4, 27), amount=4_000_00).periods()
    assert found(periods, date(2026, 3, 31)) == crossing
    assert found(periods, date(2026, 4, 1)) is found(periods, date(2026, 3, 2)) is None


@pytest.mark.parametrize(
    "given",
    [
        {"amount": 1, "yearly": 1, "day_count": "365"}, {}, {"yearly": 1}, {"amount": 1, "day_count": "365"},
        {"yearly": 1, "day_count": "360"}, {"amount": 0}, {"amount": -1}, {"amount": 1, "end": date(2025, 3, 31)},
        {"amount": 1, "frequency": "weekly"}, {"amount": 1, "end": date(2099, 4, 1)},
    ],
)  # fmt: skip
def test_a_schedule_that_says_two_things_or_nothing_is_none(given: dict[str, Any]) -> None:
    """An amount or a yearly amount with its rule; dates in order and not for ever."""
    with pytest.raises(Malformed):
        schedule(given.pop("frequency", "monthly"), date(2025, 4, 1), given.pop("end", date(2026, 3, 31)), **given)


@given(st.sampled_from(FREQUENCIES), DAYS, LENGTHS, YEARLY, st.sampled_from((*DAY_COUNTS, None)))
def test_periods_cover_every_day_once_and_sum_to_the_penny(
    frequency: str, start: date, length: int, pence: int, day_count: str | None
) -> None:
    """Whatever the interval, rule and dates: no gap, no overlap, no part below nothing, and years that add up to their period."""
    end = start + timedelta(days=length)
    given = {"amount": pence} if day_count is None else {"yearly": pence, "day_count": day_count}
    made = schedule(frequency, start, end, **given)
    periods = made.periods()
    assert (periods[0].first, periods[-1].last) == (start, end)
    assert all(one.last + timedelta(days=1) == other.first for one, other in pairwise(periods))
    for period in periods:
        assert sum(part for _, part in period.parts) == period.amount
        assert all(part >= 0 for _, part in period.parts)
        assert [year for year, _ in period.parts] == [year for year, _, _ in years_between(period.first, period.last)]
    if day_count is None:
        assert [period.amount for period in periods[:-1]] == [pence] * (len(periods) - 1)
        assert periods[-1].amount <= pence
    else:
        assert made.total() == pro_rated(pence, start, end, day_count)


@given(DAYS, LENGTHS, LENGTHS, YEARLY, st.sampled_from(DAY_COUNTS))
def test_more_days_are_never_less_money(first: date, length: int, more: int, yearly: int, day_count: str) -> None:
    """Pro-rating is monotone in the days and in the amount, and within a penny of adding its pieces up."""
    last = first + timedelta(days=length)
    shorter, longer = (pro_rated(yearly, first, day, day_count) for day in (last, last + timedelta(days=more)))
    assert 0 <= shorter <= longer
    assert pro_rated(yearly, first, last, day_count) <= pro_rated(yearly + 1, first, last, day_count)
    rest = pro_rated(yearly, last + timedelta(days=1), last + timedelta(days=more), day_count) if more else 0
    assert abs(shorter + rest - longer) <= 1


@given(DAYS, st.integers(0, 800), st.integers(0, 10**9))
def test_an_amount_split_by_year_loses_nothing(first: date, length: int, amount: int) -> None:
    """By days: the parts sum to it, and each is within a penny of its days' part."""
    last = first + timedelta(days=length)
    parts = by_year(amount, first, last)
    assert sum(part for _, part in parts) == amount
    for (_, begins, ends), (_, part) in zip(years_between(first, last), parts, strict=True):
        assert abs(part * (length + 1) - amount * ((ends - begins).days + 1)) < length + 1


@given(DAYS)
def test_a_financial_year_has_366_days_where_a_29th_of_february_lies_in_it(day: date) -> None:
    """April to March: 2027-28 has, and 2028-29 has not."""
    assert days_of_year(day) == (
        366 if year_of(day)[:4] in ("2015", "2019", "2023", "2027", "2031", "2035", "2039", "2043") else 365
    )


@settings(deadline=None)
@given(st.sampled_from(("four_weekly", "monthly", "quarterly")), DAYS, LENGTHS)
def test_as_many_intervals_have_begun_as_a_schedule_has_periods_by_then(interval: str, first: date, later: int) -> None:
    """What a plan's interval permits without a schedule is what a schedule of that interval would have due."""
    day = first + timedelta(days=later)
    periods = schedule(interval, first, first + timedelta(days=1300), amount=1).periods()
    assert begun(interval, first, day) == sum(period.first <= day for period in periods)


@settings(deadline=None)
@given(st.sampled_from(INTERVALS), DAYS, LENGTHS)
def test_intervals_only_ever_begin(interval: str, first: date, later: int) -> None:
    """One from the first day on, none before, never fewer on the next day, and one more at most."""
    day = first + timedelta(days=later)
    today, tomorrow = begun(interval, first, day), begun(interval, first, day + timedelta(days=1))
    assert 1 <= today <= tomorrow <= today + 1
    assert begun(interval, first, first - timedelta(days=1)) == 0


def test_every_figure_of_the_design() -> None:
    """The traps of domain.md section 4, as accounting.md corrects them, each to the penny."""
    april, september = date(2025, 4, 1), date(2025, 9, 15)
    march = date(2026, 3, 31)
    surplus = Surplus(balance=5_500_00, liabilities=900_00, contingency=2_000_00, threshold=4_000_00)
    figures = (
        ("13 times 28 days, and one", (march - april).days + 1, 13 * 28 + 1),
        ("the 14th payment: days of the old year", by_year(4_000_00, march, march + timedelta(days=27))[0][1], 142_86),
        ("and of the new", by_year(4_000_00, march, march + timedelta(days=27))[1][1], 3_857_14),
        ("days from 15 September", (march - september).days + 1, 198),
        ("£52,000 for them", pro_rated(52_000_00, september, march, "365"), 28_208_22),
        ("days of 2027-28", days_of_year(date(2027, 4, 1)), 366),
        ("days of 2028-29", days_of_year(date(2028, 4, 1)), 365),
        ("£10.01 at 60 and 40", apportion(10_01, [60, 40]), (6_01, 4_00)),
        ("its third settlement", apportion(3_33, [60, 40], [1_99, 1_34]), (1_99, 1_34)),
        ("7p at 47, 33 and 20", apportion(7, [47, 33, 20]), (3, 2, 2)),
        ("8p at 47, 33 and 20", apportion(8, [47, 33, 20]), (4, 3, 1)),
        ("4,600 is above 4,000: look", surplus.reached, True),
        ("the most that may be taken", surplus.most, 2_600_00),
        ("a wheelchair of £2,400, £400 of it theirs", apportion(2_400_00, [5, 1]), (2_000_00, 400_00)),
    )  # fmt: skip
    assert [each for each in figures if each[1] != each[2]] == []
