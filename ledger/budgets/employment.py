"""Notice and redundancy pay of somebody whom the holder employs, by the statutory rule, with its working.

Stopping a direct payment may end their employment, and what is then due comes over (SI 2013/1617 reg 17(9)). Notice: Employment
Rights Act 1996 s86. Redundancy after two years' service: s135, s155 and s162, a week's pay capped by s227. A contract may give
more: then another amount is stated, with its reason. Pay is pence a week.
"""

from datetime import date, timedelta

import msgspec

from ledger.core.model import Malformed, check_size
from ledger.money import format_amount

MOST_NOTICE_WEEKS = 12
MOST_YEARS = 20
REDUNDANCY_YEARS = 2
MOST_WEEKS_WORKED = 52


class Employment(msgspec.Struct, frozen=True, kw_only=True):
    """An employment that ends: its first and last day, pence a week, how many weeks of the notice were worked and paid as wages,
    and, for redundancy, when the person was born."""

    started_on: date
    ended_on: date
    weekly_pay: int
    weeks_worked: int = 0
    born_on: date | None = None

    def __post_init__(self) -> None:
        if self.ended_on < self.started_on or self.ended_on == date.max:
            raise Malformed("dates_malformed", "ended_on")
        if self.born_on is not None and self.born_on >= self.started_on:
            raise Malformed("dates_malformed", "born_on")
        check_size(self.weekly_pay, "weekly_pay")
        if not 0 <= self.weeks_worked <= MOST_WEEKS_WORKED:
            raise Malformed("number_malformed", "weeks_worked")

    @property
    def after(self) -> date:
        """The day after the last: a year of employment is whole when this is its anniversary."""
        return self.ended_on + timedelta(days=1)


class Worked(msgspec.Struct, frozen=True):
    """What is due in pence, and how that came about in a sentence."""

    amount: int
    working: str


def whole_years(start: date, end: date) -> int:
    """Anniversaries of `start` up to `end`; of 29 February that is 1 March where the year has none."""
    return end.year - start.year - ((end.month, end.day) < (start.month, start.day))


def _years_before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return date(day.year - years, 3, 1)


def notice_pay(employment: Employment) -> Worked:
    """A week from a month of service on, from two years on a week for each whole year up to twelve (s86), less what was worked."""
    service = whole_years(employment.started_on, employment.after)
    first = int(_has_a_month(employment))
    weeks = min(service, MOST_NOTICE_WEEKS) if service >= REDUNDANCY_YEARS else first
    paid = max(0, weeks - employment.weeks_worked)
    amount = paid * employment.weekly_pay
    return Worked(amount, (
        f"Notice pay (Employment Rights Act 1996 s86). {_service(employment, service)}: {weeks} weeks of notice, of which "
        f"{employment.weeks_worked} were worked. {paid} × {format_amount(employment.weekly_pay)} = {format_amount(amount)}."
    ))  # fmt: skip


def _has_a_month(employment: Employment) -> bool:
    start, after = employment.started_on, employment.after
    months = (after.year - start.year) * 12 + after.month - start.month
    return months > 1 or (months == 1 and after.day >= start.day)


def redundancy_pay(employment: Employment, cap: int) -> Worked:
    """For each whole year, back from the last day and at most twenty: a week and a half if the person was 41 throughout, a week
    if 22, else half a week; each week no more than `cap` pence (s162, s227). Nothing before two years (s155). Half a penny is paid
    as a whole one. Malformed(born_on_missing) without a day of birth."""
    if employment.born_on is None:
        raise Malformed("born_on_missing", "born_on")
    service = whole_years(employment.started_on, employment.after)
    halves = 0
    if service >= REDUNDANCY_YEARS:
        for back in range(1, min(service, MOST_YEARS) + 1):
            age = whole_years(employment.born_on, _years_before(employment.after, back))
            halves += 3 if age >= 41 else 2 if age >= 22 else 1
    week = min(employment.weekly_pay, cap)
    amount = (halves * week + 1) // 2
    weeks = f"{halves // 2}{'.5' if halves % 2 else ''}"
    capped = f", capped from {format_amount(employment.weekly_pay)}" if week < employment.weekly_pay else ""
    return Worked(amount, (
        f"Redundancy pay (Employment Rights Act 1996 s155, s162, s227). {_service(employment, service)}: {weeks} weeks by age. "
        f"{weeks} × {format_amount(week)}{capped} = {format_amount(amount)}."
    ))  # fmt: skip


def _service(employment: Employment, years: int) -> str:
    return f"Employed from {employment.started_on} to {employment.ended_on}, {years} whole years"


def worked_out(klass: str, employment: Employment, cap: int) -> Worked:
    """What is due of a class of liabilities that the law has a rule for; Malformed(class_has_no_rule) for another."""
    if klass == "notice_pay":
        return notice_pay(employment)
    if klass == "redundancy":
        return redundancy_pay(employment, cap)
    raise Malformed("class_has_no_rule", "class")
