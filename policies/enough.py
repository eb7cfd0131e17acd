"""Whether a direct payment is enough for its own care: each service has its full cost covered, whatever other lines have.

Reg 8(1)(d) and 13(1) of SI 2013/1617: the amount covers the full cost of each service, and what is agreed is paid out.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from ledger.budgets.plans import Line
from ledger.budgets.reading import money_of
from ledger.budgets.schedule import ONE_DAY, begun
from ledger.core.calendar import year_of

PAID_OUT = ("direct_payment", "one_off")
GONE = ("/advanced", "/spent", "/recovering", "/lost")
"""The states of money that was paid out."""


class Enough(NamedTuple):
    """What direct payments of a version lack, in pence, and of how many it is not said what their care costs."""

    short: int
    uncosted: int
    unpaid: int


def enough(
    lines: Sequence[Line], now: Mapping[str, Line], balances: Mapping[str, int], day: date
) -> Enough:  # fmt: skip
    """What the direct payments among the lines of a version lack that counts from a day on; `now` are the lines agreed so far. One
    line alone is all that the plan's own cost is of."""
    direct = [line for line in lines if line.management in PAID_OUT]
    return Enough(
        sum(max(0, (line.cost or 0) - line.amount) for line in direct),
        sum(line.cost is None for line in direct) if len(lines) > 1 else 0,
        sum(_unpaid(line, now.get(line.line), balances, day) for line in direct),
    )


def below_cost(line: Line, balances: Mapping[str, int], amount: int, day: date) -> int:
    """Pence that a direct payment lacks for its care once so much is moved from it; 0 where its cost is not said. What is set aside
    for emergencies pays for none of it."""
    if line.cost is None or line.management not in PAID_OUT:
        return 0
    money = money_of(line, balances, year_of(day))
    return max(0, line.cost - (money.allocated - money.of("contingency") - amount))


def _unpaid(line: Line, before: Line | None, balances: Mapping[str, int], day: date) -> int:
    """What the instalments of a line leave of it. Of one that goes on, what was due before the day was of the version
    before."""
    if line.management == "one_off" or line.instalment is None or line.interval is None:
        return 0
    payments, gone = begun(line.interval, line.start, line.end), 0
    if before is not None:
        # What is due on the day itself is paid by the version that counts from it.
        by = min(day, line.end) - ONE_DAY
        gone = _gone(before, balances, by)
        payments -= begun(line.interval, line.start, by)
    left = line.amount - (line.start_up or 0) - (line.contingency or 0) - gone - line.instalment * payments
    # Each payment is of whole pence, and what that loses is less than a penny of each.
    return left if left >= begun(line.interval, line.start, line.end) else 0


def _gone(line: Line, balances: Mapping[str, int], by: date) -> int:
    """What was paid of a line, or should have been by a day."""
    paid = sum(
        pence for code, pence in balances.items() if code.startswith(f"share/{line.line}/") and code.endswith(GONE)
    )
    due = begun(line.interval, line.start, by) if line.interval is not None else 0
    return max(paid, (line.instalment or 0) * due)
