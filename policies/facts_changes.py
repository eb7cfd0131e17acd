"""The sheet of facts about a change to a budget: what a rule may look at when money moves between lines, or a plan is changed."""

from typing import Literal

from policies.facts import Asked, Balance, Count, FactSheet, Pence

ContingencyAct = Literal["set_contingency_aside", "draw_contingency"]
ChangeAct = Literal["virement", "set_contingency_aside", "draw_contingency"]


class Change(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one change.

    A line is meant as it stands on the accounting day; where a change is about two lines, a fact about lines is true when it is
    so of both."""

    act: ChangeAct
    """`virement` moves authority from one line of a person to another (accounting event 31); the others move it, within one line,
    to what is kept for emergencies and back (event 4). What is only of two lines is true of one."""

    plan_in_force: bool
    """The plan of each line is signed and covers the accounting day."""
    lines_active: bool
    """Started, neither suspended nor ended."""
    lines_flexible: bool
    """The plan puts all lines that the money moves between into one flexibility group; false for a stated line."""
    same_management: bool
    """The lines are managed in one way, and paid into one account where they are paid out."""
    funds_shared: bool
    """Every fund that gives is a fund of the line that takes."""

    limit_pence: Pence
    """What whoever asks may move between lines alone, on the day; the amount itself for any other act."""
    above_plan_percent: Count
    """By how much the line that takes would have more than the plan gave it, begun percents counted, other moves included; 0 for
    any other act."""
    limit_above_plan_percent: Count
    """More than so much is looked at by a person."""
    below_cost_pence: Pence
    """What a direct payment that money is moved from would then have less than its care costs as the plan says (reg 13(1)), without
    what is set aside for emergencies; 0 for any other act."""

    amount_pence: Asked
    left_pence: Balance
    """What may be moved, in the financial year of the accounting day: what the line that gives has available, or what it keeps for
    emergencies where that is drawn."""
