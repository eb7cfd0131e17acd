"""How a claim is documented, by all evidence of its person."""

from datetime import date

from ledger.budgets.documents import documented


def test_the_first_quarter_of_all_begins_with_the_first_day() -> None:
    """No day is before the calendar: a claim of January of year 1 is looked at as any other, and has no document."""
    for day in (date.min, date(1, 2, 28), date(1, 3, 1), date.max):
        assert documented((), "claim/1", 12_00, day) == (None, 12_00, 0, False)
