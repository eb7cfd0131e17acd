"""How often a budget is reviewed here, below the law's twelve months: by what is known of it and by local values, risk by risk.

A risk is of the money and its ways, and never of who the person is. Each has days of its own, dated by the commissioner, and the
shortest of those that apply counts; as shipped only large budgets are looked at more often: the tiers of other
policies are no rule.
"""

from datetime import date

from ledger.budgets.owing import weeks_of_payment
from ledger.budgets.plans import Line, PlanVersion
from ledger.budgets.reading import Setup
from ledger.core.calendar import months_after
from policies.bundle import Limits

FIRST_YEAR_MONTHS = 12
A_YEAR = 365
"""Days from which on a tier is none: the law's own rule speaks of whatever is not looked at for twelve months (reg 14(2))."""


def review_days(setup: Setup, line: Line, plan: PlanVersion, limits: Limits, day: date) -> int | None:
    """After how many days since the last review, or the plan's beginning, the next is due here; None where no risk is known."""
    begun = min(version.start for versions in setup.plans.values() for version, _ in versions)
    known = (
        (weeks_of_payment(line.amount, line.start, line.end, 1) > limits.review_large_pence, limits.review_large_days),
        (day < months_after(begun, FIRST_YEAR_MONTHS), limits.review_first_year_days),
        (line.channel == "own_account", limits.review_own_account_days),
        (bool(plan.connected), limits.review_family_paid_days),
        (setup.reviewed.reminders > 0, limits.review_reminded_days),
    )
    return min((days for applies, days in known if applies and days < A_YEAR), default=None)
