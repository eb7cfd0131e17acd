"""The sheets of facts about the close of months and years: what a rule may look at before a period is opened again."""

from typing import Literal

from policies.facts import Count, FactSheet

ReopeningAct = Literal["reopen_period"]


class Reopening(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one period that is to be opened again."""

    act: ReopeningAct

    closed_by_same: bool
    """Who asks is who closed it."""
    is_year: bool
    """It is a financial year, and with it all of its months."""
    closed_days: Count
    """Days since it was closed."""
    limit_year_reopened_days: Count
