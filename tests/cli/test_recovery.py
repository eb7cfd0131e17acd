"""Lists of money owed at a terminal: in a book where nobody owes anything they are empty, and say so."""

from pathlib import Path

import pytest

from ledger.reports.owing import age_of
from tests.cli.running import phb


@pytest.mark.parametrize(
    ("days", "age"),
    [(0, "not_due"), (1, "1-30"), (30, "1-30"), (31, "31-60"), (60, "31-60"), (61, "61-90"), (90, "61-90"), (91, "over_90")],
)  # fmt: skip
def test_debts_are_aged_by_days_after_the_time_to_pay(days: int, age: str) -> None:
    """Each bound belongs to the younger age."""
    assert age_of(days) == age


def test_each_list_of_an_empty_book_is_empty(data: Path) -> None:
    """Debts, losses and notices; with the day that ages are told for, and the total."""
    assert phb(data, "book", "open", "TEST", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0
    code, debts = phb(data, "recovery", "receivables", "--book", "TEST", "--on", "2025-08-01")
    assert (code, debts) == (
        0, {"ok": True, "book": "TEST", "currency": "GBP", "on": "2025-08-01", "outstanding": "0.00", "debts": [], "kept_back": 0}
    )  # fmt: skip
    code, losses = phb(data, "recovery", "losses", "--book", "TEST")
    assert (code, losses) == (
        0,
        {"ok": True, "book": "TEST", "currency": "GBP", "lost": "0.00", "losses": [], "kept_back": 0},
    )
    code, notices = phb(data, "recovery", "notices", "--book", "TEST")
    assert (code, notices) == (0, {"ok": True, "book": "TEST", "notices": [], "kept_back": 0})
    assert phb(data, "recovery", "notices", "--book", "NOWHERE")[0] == 2
