"""The sheet of facts about a direct payment that is to stop or pause: what a rule may look at before a notice goes out."""

from typing import Literal

from policies.facts import Count, FactSheet

EndingAct = Literal["stop", "suspend", "move_out"]


class Ending(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one notice about a direct payment."""

    act: EndingAct
    """`stop` ends a line of direct payments after notice (reg 17), `suspend` pauses one until it is resumed, `move_out`
    ends one because the person goes to another commissioner."""

    must_stop: bool
    """The ground is one of those on which the law leaves no choice (reg 17(1), 4 and 5)."""
    ground_shown: bool
    """What is registered of the person shows the ground, where it is one that the register knows of."""
    reasons_given: bool
    """In writing, for the person, whoever acts for them, and any nominee."""
    care_goes_on: bool
    """It was found out how the person's care goes on, or that there is nobody here to care for any more. Not asked of a move:
    whoever approves it makes sure."""
    notice_days: Count
    """To the last day of the payments from the day on which the notice counts: that of the delivery of a written one, or else the
    one on which it was recorded that it was sent or given."""
    limit_notice_days: Count
    """What is usual here or agreed in the plan, whichever is longer."""
    agreed_notice_days: Count
    """What the plan says of a stop (reg 8(4)(g)); 0 where it says nothing."""
    notice_backdated_days: Count
    """From the day of the notice to the day on which it is entered; 0 where it is not before, or a written one that was given is on
    record."""
    notice_may_be_short: bool
    """The ground cannot wait for the agreed notice: the law leaves no choice, a crime is suspected, or the person has died."""
