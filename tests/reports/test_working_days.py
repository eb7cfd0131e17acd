"""Working days after a period, by England's bank holidays."""

from datetime import date

import pytest

from ledger.reports.working_days import BANK_HOLIDAYS, is_working_day, working_day, working_day_of


@pytest.mark.parametrize(
    ("period", "number", "day"),
    [("2026-11", 1, date(2026, 12, 1)), ("2026-11", 3, date(2026, 12, 3)), ("2026-03", 1, date(2026, 4, 1)),
     ("2026-03", 3, date(2026, 4, 7)), ("2026-12", 1, date(2027, 1, 4)), ("2025-26", 2, date(2026, 4, 2))],
)  # fmt: skip
def test_weekends_and_bank_holidays_do_not_count(period: str, number: int, day: date) -> None:
    """Working day 3 after November 2026 is Thursday 3 December; Easter and new year are left out."""
    assert working_day(period, number) == day
    assert working_day_of(period, day) == number


def test_nothing_is_said_of_days_whose_holidays_are_not_known() -> None:
    """After the last year of the list there is no answer rather than a wrong one."""
    assert working_day("2028-12", 1) is None
    assert working_day_of("2030-01", date(2030, 2, 3)) is None
    with pytest.raises(ValueError, match="2029"):
        is_working_day(date(2029, 1, 1))
    assert len(BANK_HOLIDAYS) == 5 * 8
