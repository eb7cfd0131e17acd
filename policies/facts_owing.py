"""The sheet of facts about money that may be owed back: what a rule may look at before a surplus is determined, a repayment
demanded or offset, a claim waived or written off, or a decision looked at again."""

from typing import Literal

from policies.facts import Balance, Count, FactSheet, Pence

OwingAct = Literal["retain", "surplus", "demand", "offset", "waive", "write_off", "civil_debt", "reconsider"]


class Owing(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one act of recovery, or of a request to look at one again."""

    act: OwingAct
    """`retain` asks whether a holder may keep their balance; `surplus` determines what may be taken; `demand` requires a repayment
    (event 17); `offset` takes it from an instalment (20 to 22); `waive` and `write_off` give a claim up (23); `civil_debt` claims a
    demand by reg 16; `reconsider` asks to look again."""

    person_alive: bool
    threshold_reached: bool
    """Of a balance or surplus: what is there, less unpaid liabilities and what the plan lets them save, is above the local
    threshold."""
    care_checked: bool
    """Of a surplus: somebody has found out of late that no planned care goes unmet (reg 14(6)); true of any other act."""
    notice_complete: bool
    """The notice of the demand says everything that it must, and of this amount and debtor."""
    notice_given: bool
    """It was sent or delivered, has not come back and was not withdrawn."""
    debtor_is_estate: bool
    """The notice names the personal representatives as those who must pay."""
    factors_considered: bool
    """An officer has written down what the law says is to be considered before a repayment is required."""
    safeguarding_considered: bool
    """The same has said that there is no safeguarding concern, or that it is met."""
    offence_stated: bool
    """The notice's only stated reason is that theft, fraud or another offence may have occurred."""
    other_route_used: bool
    """The determined surplus is recovered by the other route already: an offset without demand, or a demand."""
    reasonable_said: bool
    """Of an offset: it is written down why it is reasonable to take it from this person's payment."""
    asked_before: bool
    """The decision has been reconsidered, or another refusal within six months has."""

    queried_after_days: Count
    """Of a demand: from the day on which the money was spent to the first question about it, or to its notice where nobody asked
    before; 0 for money that was not spent, and for any other act."""
    limit_query_within_days: Count
    amount_pence: Pence
    left_pence: Balance
    """What there is of it: of a determined surplus, of a demand, of money that may be demanded or waived."""
    due_pence: Pence
    """What is due for the period that an offset is taken from; 0 for any other act."""
    limit_pence: Pence
    """What one person may waive or write off on the day, less what was given up so of the same debt; 0 for any other act."""
