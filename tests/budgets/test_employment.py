"""Notice and redundancy pay by the Employment Rights Act 1996, each row worked by hand."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets.employment import Employment, notice_pay, redundancy_pay, worked_out
from ledger.core.model import Malformed


def employed(start: str, end: str, **more: Any) -> Employment:
    """Somebody for £300 a week."""
    return Employment(
        started_on=date.fromisoformat(start), ended_on=date.fromisoformat(end), **{"weekly_pay": 300_00, **more}
    )


@pytest.mark.parametrize(
    ("start", "end", "weeks"),
    [
        ("2025-06-01", "2025-06-29", 0), ("2025-06-01", "2025-06-30", 1), ("2025-01-31", "2025-02-28", 1),
        ("2023-07-01", "2025-06-29", 1), ("2023-07-01", "2025-06-30", 2), ("2020-02-29", "2025-02-27", 4),
        ("2020-02-29", "2025-02-28", 5), ("2012-07-01", "2025-06-30", 12),
    ],
)  # fmt: skip
def test_notice_is_a_week_for_each_whole_year(start: str, end: str, weeks: int) -> None:
    """None in the first month, one before two years, twelve at most (s86)."""
    assert notice_pay(employed(start, end)).amount == weeks * 300_00


def test_notice_that_was_worked_is_not_paid_again() -> None:
    """And the working says so, with the section it rests on."""
    found = notice_pay(employed("2022-07-01", "2025-06-30", weeks_worked=1))
    assert found.amount == 600_00
    assert found.working == (
        "Notice pay (Employment Rights Act 1996 s86). Employed from 2022-07-01 to 2025-06-30, 3 whole years: 3 weeks of notice, "
        "of which 1 were worked. 2 × 300.00 = 600.00."
    )
    assert notice_pay(employed("2022-07-01", "2025-06-30", weeks_worked=9)).amount == 0


@pytest.mark.parametrize(
    ("start", "born", "halves"),
    [
        ("2023-07-02", "1990-01-01", 0), ("2023-07-01", "1990-01-01", 4), ("2015-07-01", "1950-01-01", 30),
        ("2000-07-01", "1950-01-01", 60), ("2021-07-01", "2003-07-01", 4), ("2021-07-01", "2002-07-01", 5),
        ("2021-07-01", "1983-07-01", 9), ("2021-07-01", "1983-07-02", 8),
    ],
)  # fmt: skip
def test_redundancy_goes_by_age_in_each_whole_year(start: str, born: str, halves: int) -> None:
    """Ending 30 June 2025. Nothing before two years; 22 and 41 have to be reached before the year began (s155, s162)."""
    found = redundancy_pay(employed(start, "2025-06-30", born_on=date.fromisoformat(born)), cap=719_00)
    assert found.amount == halves * 150_00


def test_a_week_of_redundancy_pay_is_capped_and_half_a_penny_is_paid() -> None:
    """At £719 from 6 April 2025 (s227)."""
    who: dict[str, Any] = {"born_on": date(1990, 1, 1)}
    found = redundancy_pay(employed("2022-07-01", "2025-06-30", weekly_pay=800_00, **who), cap=719_00)
    assert (found.amount, "3 × 719.00, capped from 800.00 = 2157.00" in found.working) == (2157_00, True)
    young = employed("2022-07-01", "2025-06-30", weekly_pay=100_01, born_on=date(2004, 7, 1))
    assert redundancy_pay(young, cap=719_00).amount == 150_02


def test_what_is_not_known_is_not_worked_out() -> None:
    """No day of birth, a contract, days the wrong way round."""
    whole = employed("2020-07-01", "2025-06-30")
    with pytest.raises(Malformed, match="born_on_missing"):
        redundancy_pay(whole, cap=1)
    with pytest.raises(Malformed, match="class_has_no_rule"):
        worked_out("contract", whole, 1)
    with pytest.raises(Malformed, match="dates_malformed"):
        employed("2025-07-01", "2025-06-30")
