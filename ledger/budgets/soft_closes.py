"""Months that finance has closed softly: only its own routes still post in them, until they are closed for good.

The ledger itself knows open and closed; this is a word of the register before that, so that finance can work on a month in
which nothing new arrives.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from ledger.budgets.standing import SoftPeriods, read_rules
from ledger.budgets.wording import attributes
from ledger.core.calendar import month_of, period_days
from ledger.core.model import Dated, Guard
from ledger.core.requests import AnyRequest, Record

Connection = Any
SOFT_ACTS = ("soft_closed", "soft_opened")


class SoftClosed(Exception):
    """This month takes postings of finance only. `first_open_day` is the first day after it that takes others."""

    code = "period_soft_closed"

    def __init__(self, month: str, first_open_day: date) -> None:
        super().__init__(month)
        self.month = month
        self.first_open_day = first_open_day


def soft_recorded(act: str, month: str, *, because: int = 0, reason: str | None = None) -> Record:
    """A month `soft_closed`, or `soft_opened` again. Subject `period/{month}`."""
    return Record(kind="setting", subject=f"period/{month}", because=because, attributes=attributes(act, reason=reason))


def basis_recorded(basis: str, first_day: date) -> Record:
    """Which view of cost is the book's own from a day on, `evidenced` or `paid`. Subject `basis/costs`; a change is a
    restatement."""
    return Record(kind="setting", subject="basis/costs", attributes=attributes(basis, from_=first_day))


def is_soft(periods: SoftPeriods, month: str) -> bool:
    """Whether the month takes postings of finance only."""
    return periods.get(month, (0, ""))[1] == "soft_closed"


def check_soft(periods: SoftPeriods, days: Iterable[date]) -> None:
    """SoftClosed for the first of these days whose month takes postings of finance only."""
    for day in sorted(days):
        if is_soft(periods, month_of(day)):
            month, first = month_of(day), day
            while is_soft(periods, month_of(first)):
                first = period_days(month_of(first))[1] + timedelta(days=1)
            raise SoftClosed(month, first)


def period_guard(periods: SoftPeriods, day: date) -> Guard:
    """Under it a posting on this day is stale when its month is closed softly meanwhile."""
    month = month_of(day)
    return Guard(f"period/{month}", periods.get(month, (0, ""))[0])


def days_posted(requests: Iterable[AnyRequest]) -> set[date]:
    """The accounting days of what moves money; a record has its own day and moves none."""
    return {each.effective_on for each in requests if isinstance(each, Dated) and each.effective_on is not None}


async def read_soft(connection: Connection, book_id: int) -> SoftPeriods:
    """Which months are closed softly. Role phb_reader."""
    return (await read_rules(connection, book_id)).periods
