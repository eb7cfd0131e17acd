"""How long money lasts: worked by hand, and what holds of any line and any change."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.budgets.forecast import LineNow, WhatIf, forecast
from ledger.budgets.reviews import (
    Reviewed,
    care_checked,
    return_said,
    review_due,
    review_held,
    reviewed_after,
    shortfall_gone,
    shortfalls_known,
)
from ledger.budgets.standing import Said
from ledger.core.model import Malformed

START, END, ON = date(2025, 4, 1), date(2026, 3, 31), date(2025, 9, 30)


def line(**more: Any) -> LineNow:
    """£10,400 for a year, £200 a week for 26 weeks and a day gone, 90 days at £25 a day."""
    given: dict[str, Any] = {
        "line": "N", "start": START, "end": END, "allocated": 10_400_00, "available": 5_000_00, "held": 200_00, "advanced": 0,
        "spent": 5_200_00, "spent_in_window": 2_250_00, **more,
    }  # fmt: skip
    return LineNow(**given)


def test_the_working_can_be_done_again_by_hand() -> None:
    """£5,200 left at £25 a day: 208 days of it, past the end after 182; £650 is over. 183 of 365 days, half the money are gone."""
    found = forecast(line(), ON)
    assert (found.window, found.per_week) == ((date(2025, 7, 3), ON), 175_00)
    assert (found.needed, found.over) == (182 * 25_00, 650_00)
    assert (found.lasts_until, found.covers_to_end) == (END, True)
    assert (found.time_gone, found.money_gone) == (501, 500)
    assert found.warnings(low_days=28, surplus_weeks=8) == ()


def test_money_that_runs_out_says_when() -> None:
    """£1,000 at £25 a day is forty days: until 9 November, and the warning is that of the local number of days."""
    found = forecast(line(available=1_000_00, held=0), ON)
    assert (found.lasts_until, found.covers_to_end, found.over) == (date(2025, 11, 9), False, 1_000_00 - 182 * 25_00)
    assert found.warnings(low_days=28, surplus_weeks=8) == ("shortfall",)
    assert found.warnings(low_days=142, surplus_weeks=8) == ()
    assert found.warnings(low_days=141, surplus_weeks=8) == ("shortfall",)


def test_money_that_is_left_over_is_told_the_other_way() -> None:
    """More at the end than eight weeks of what was given is a surplus; a penny less is none."""
    eight_weeks = 8 * 7 * 10_400_00 // 365
    left = 182 * 25_00 + eight_weeks
    assert forecast(line(available=left, held=0), ON).warnings(low_days=28, surplus_weeks=8) == ()
    assert forecast(line(available=left + 1, held=0), ON).warnings(low_days=28, surplus_weeks=8) == ("surplus",)


def test_what_the_schedule_still_pays_has_to_be_there() -> None:
    """Six payments of £900 to come and £5,000 free: £400 are lacking, whatever care has cost."""
    found = forecast(line(to_come=5_400_00, spent_in_window=0), ON)
    assert found.schedule_over == -400_00
    assert "schedule_short" in found.warnings(low_days=28, surplus_weeks=80)


def test_what_is_bought_once_is_not_bought_again() -> None:
    """A chair of £2,400 that came last month leaves £200: no cost a week, no shortfall, and no surplus before it came."""
    bought = {
        "allocated": 2_400_00,
        "available": 200_00,
        "held": 0,
        "spent": 2_200_00,
        "spent_in_window": 2_200_00,
        "once": True,
    }
    found = forecast(line(**bought), ON)
    assert (found.per_week, found.needed, found.covers_to_end) == (0, 0, True)
    assert found.warnings(low_days=28, surplus_weeks=8) == ()
    unbought = line(**bought | {"available": 2_400_00, "spent": 0, "spent_in_window": 0})
    assert forecast(unbought, ON).warnings(low_days=28, surplus_weeks=8) == ()


@pytest.mark.parametrize(("end", "on", "seen"), [
    (date(2060, 3, 31), ON, ON + timedelta(days=3700)), (date.max, ON, ON + timedelta(days=3700)),
    (date.max, date.max, date.max), (date.max, date.max - timedelta(days=1), date.max),
])  # fmt: skip
def test_a_line_that_ends_later_than_anybody_looks_is_looked_at_so_far(end: date, on: date, seen: date) -> None:
    """One such line is no reason to refuse the forecast of a person, or of everybody; the calendar's last day is a day too."""
    assert forecast(line(end=end), on).end == seen


def test_orders_are_needed_whatever_care_has_cost() -> None:
    """Nothing was used yet, and £200 of orders are kept: that much is needed."""
    assert forecast(line(spent_in_window=0), ON).needed == 200_00


def test_ten_days_in_hospital_with_a_retainer_make_it_last_longer() -> None:
    """£1,000 at £25 a day; ten days at half of it leave £125, five days more."""
    stay = WhatIf(first=date(2025, 10, 5), last=date(2025, 10, 14), percent=50)
    assert forecast(line(available=1_000_00, held=0), ON, [stay]).lasts_until == date(2025, 11, 14)


def test_a_new_assistant_costs_a_week_and_once() -> None:
    """£70 a week more is £35 a day; with £125 paid at once £1,000 last 25 days."""
    hired = WhatIf(first=date(2025, 10, 1), weekly=70_00, once=125_00)
    assert forecast(line(available=1_000_00, held=0), ON, [hired]).lasts_until == date(2025, 10, 25)


def test_another_price_and_another_end() -> None:
    """A tenth dearer; and up to another day."""
    dearer = forecast(line(), ON, [WhatIf(first=ON, percent=110)])
    assert dearer.needed == 182 * 27_50
    assert forecast(line(), ON, end=date(2025, 10, 31)).needed == 31 * 25_00


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: WhatIf(first=ON, last=START), lambda: WhatIf(first=ON, percent=-1), lambda: WhatIf(first=ON, percent=1001),
        lambda: forecast(line(), ON, end=date(2025, 3, 31)), lambda: forecast(line(), ON, end=date(2099, 1, 1)),
        lambda: forecast(line(), ON, [WhatIf(first=ON)] * 21),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(wrong: Any) -> None:
    """Dates in disorder, a share of nothing known, an end before the start or beyond sight."""
    with pytest.raises(Malformed):
        wrong()


PENCE = st.integers(0, 10**8)


@settings(deadline=None)
@given(PENCE, PENCE, PENCE, st.integers(-400, 800), st.integers(0, 900), st.integers(0, 10**6))
def test_more_money_lasts_no_shorter_and_dearer_care_no_longer(
    available: int, held: int, spent: int, offset: int, length: int, more: int
) -> None:
    """Whatever the day and the dates: the last day lies between the day and the end, and moves the right way."""
    on = START + timedelta(days=offset)
    end = START + timedelta(days=length)
    now = line(end=end, available=available, held=held, spent_in_window=spent)
    found = forecast(now, on)
    assert min(on, end) <= found.lasts_until <= end
    assert found.over == found.line.left - found.needed
    richer = forecast(line(end=end, available=available + more, held=held, spent_in_window=spent), on)
    assert richer.lasts_until >= found.lasts_until
    dearer = forecast(now, on, [WhatIf(first=START, weekly=more)])
    assert dearer.lasts_until <= found.lasts_until


def test_what_is_said_of_reviews_is_of_reviews_only() -> None:
    """Early ones are due by line, until they are held or the line's shortfall is gone; a check of care sends no reminder back."""
    reviewed, known = Reviewed(), list[Said]()
    for request in (
        review_due(person="P1", due=date(2026, 7, 1), reason="shortfall", line="D"),
        review_due(person="P1", due=date(2026, 6, 1), reason="shortfall", line="E"),
        review_due(person="P1", due=date(2026, 8, 1), reason="asked_for", line="E"),
        return_said("return_reminded", person="P1", on=date(2026, 5, 1)),
        care_checked(person="P1", line="D", on=date(2026, 5, 2), found="none_unmet"),
        shortfall_gone(person="P1", line="E", on=date(2026, 5, 3)),
    ):
        given = dict(request.attributes)
        known.append(Said(len(known) + 1, request.kind, request.subject, given["act"], date(2026, 5, 1), given))
        reviewed = reviewed_after(reviewed, known[-1])
    assert (reviewed.due(None), reviewed.reminders, shortfalls_known(known)) == (
        date(2026, 7, 1),
        1,
        {"D": date(2026, 7, 1)},
    )
    held = review_held(person="P1", on=date(2026, 5, 4), outcome="unchanged")
    given = dict(held.attributes)
    known.append(Said(9, held.kind, held.subject, given["act"], date(2026, 5, 4), given))
    assert (reviewed_after(reviewed, known[-1]).due(None), shortfalls_known(known)) == (date(2027, 5, 4), {"D": None})
