"""Days that are told of waits: of so few people that they were those of one they are kept back, and of groups they are rounded."""

from datetime import date
from typing import Any

import pytest

from ledger.reports.autonomy import Waits, steps_of

LAST = date(2026, 3, 31)
SEXES = {f"F{each}": {"sex": "female"} for each in range(40)} | {f"M{each}": {"sex": "male"} for each in range(40)}


def waits(people: int, *, sex: str = "F", over: bool = True, times: int = 1) -> list[dict[str, Any]]:
    """Waits of so many people, of 8, 18, 28 … days and the last of 97, `times` of each."""
    days = [8 + 10 * each for each in range(people - 1)] + [97]
    return [
        {"step": "referral_to_decision", "person_ref": f"{sex}{each}", "line": None, "management": "notional",
         "is_over": over, "days": day}
        for each, day in enumerate(days) for _ in range(times)
    ]  # fmt: skip


def told(rows: list[dict[str, Any]], by: Any = "book", *, sees_people: bool = True) -> dict[str, Any]:
    """What is told of referrals: everybody and each group."""
    steps = {each.name: each for each in steps_of(rows, {}, SEXES, by, LAST, sees_people=sees_people)}
    step = steps["referral_to_decision"]
    return {"everybody": step.everybody} | {each.group: each for each in step.groups if by != "book"}


@pytest.mark.parametrize(
    ("people", "median", "ninety"), [(1, None, None), (4, None, None), (5, 28, None), (9, 48, None), (10, 48, 88)]
)
def test_days_of_a_few_are_kept_back(people: int, median: int | None, ninety: int | None) -> None:
    """Below five people no middle; below ten not what nine in ten did not pass, which would be the longest wait of one of them. How
    often it happened makes no difference: who waited often is still one."""
    for times in (1, 3):
        for is_over, which in ((True, "over"), (False, "still")):
            found = getattr(told(waits(people, over=is_over, times=times))["everybody"], which)
            assert found == Waits(people * times, median, ninety)


def test_days_of_groups_are_rounded_and_of_few_people_kept_back() -> None:
    """Of women 28 days are told as 30, of fourteen men 68 as 70 and 118 as 120; of the book nothing is rounded."""
    found = told([*waits(5), *waits(14, sex="M")], "sex")
    assert found["female"].over == Waits(5, 30, None)
    assert found["male"].over == Waits(15, 70, 120)
    assert found["everybody"].over == Waits(19, 58, 118)
    assert found["female"].still == Waits(0, None, None)
    few = told([*waits(4), *waits(14, sex="M")], "sex")
    assert (few["female"].over, few["male"].over) == (None, None)
    assert few["everybody"].over == Waits(18, 58, 118)


def test_whoever_may_not_see_people_is_told_rounded_days_of_the_book() -> None:
    """And nothing of four people, of whom others are told how often it was."""
    assert told(waits(5), sees_people=False)["everybody"].over == Waits(5, 30, None)
    assert told(waits(4), sees_people=False)["everybody"].over is None
    assert told(waits(4))["everybody"].over == Waits(4, None, None)
