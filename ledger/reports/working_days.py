"""Working days in England: Monday to Friday but for bank holidays, which are data with the days until which they are known.

Source: gov.uk/bank-holidays, England and Wales. Proclaimed days are added when they are proclaimed.
"""

from datetime import date, timedelta

from ledger.core.calendar import period_days

KNOWN_FROM, KNOWN_TO = date(2024, 1, 1), date(2028, 12, 31)
BANK_HOLIDAYS = frozenset(
    date.fromisoformat(day)
    for day in (
        "2024-01-01 2024-03-29 2024-04-01 2024-05-06 2024-05-27 2024-08-26 2024-12-25 2024-12-26 "
        "2025-01-01 2025-04-18 2025-04-21 2025-05-05 2025-05-26 2025-08-25 2025-12-25 2025-12-26 "
        "2026-01-01 2026-04-03 2026-04-06 2026-05-04 2026-05-25 2026-08-31 2026-12-25 2026-12-28 "
        "2027-01-01 2027-03-26 2027-03-29 2027-05-03 2027-05-31 2027-08-30 2027-12-27 2027-12-28 "
        "2028-01-03 2028-04-14 2028-04-17 2028-05-01 2028-05-29 2028-08-28 2028-12-25 2028-12-26"
    ).split()
)


def is_working_day(day: date) -> bool:
    """Whether a day is a working day in England. ValueError outside the days for which bank holidays are known."""
    if not KNOWN_FROM <= day <= KNOWN_TO:
        raise ValueError(day)
    return day.weekday() < 5 and day not in BANK_HOLIDAYS


def working_day(period: str, number: int) -> date | None:
    """The day that is working day `number` after a period: 1 is the first of the month that follows. None where it is unknown."""
    day = period_days(period)[1] + timedelta(days=1)
    try:
        while True:
            number -= is_working_day(day)
            if not number:
                return day
            day += timedelta(days=1)
    except ValueError:
        return None


def working_day_of(period: str, today: date) -> int | None:
    """How many working days of closing a period have begun by today: 3 on the third, 0 before the first, None where unknown."""
    day, begun = period_days(period)[1] + timedelta(days=1), 0
    try:
        while day <= today:
            begun += is_working_day(day)
            day += timedelta(days=1)
    except ValueError:
        return None
    return begun
