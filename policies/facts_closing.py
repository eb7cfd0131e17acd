"""The sheets of facts about the close of months and years: what a rule may look at before a period is opened again, or
money goes on into another year."""

from typing import Literal

from policies.facts import Count, FactSheet, Pence

ReopeningAct = Literal["reopen_period"]
CarryingAct = Literal["carry_forward"]


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


class Carrying(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one line, or of what a fund gave to no line, at the end of its year."""

    act: CarryingAct

    carried_by_lapsing_pence: Pence
    """What would be carried as authority of the year before, out of a fund whose rule carries nothing."""
    free_pence: Pence
    """What would be carried beyond care that is bought: no order keeps it, it is not paid out, nobody pays it back, and it is no
    money of the person's own."""
    limit_carry_forward_pence: Pence
