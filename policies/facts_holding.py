"""The sheet of facts about who holds a direct payment, and where it is paid: what a rule may look at before somebody manages the
money, or an account is approved for it."""

from typing import Literal

from policies.facts import FactSheet

HoldingAct = Literal["name_holder", "approve_account"]


class Holding(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one holder who is named, or one account that is approved.

    Where a fact is of holders only, it has the value that no rule objects to for an account, and the other way round."""

    act: HoldingAct

    is_person: bool
    """The person themself holds the money, or the account."""
    is_nominee: bool
    """Nominated by the person, their representative or the commissioner (reg 6); who is neither is a representative."""
    under_sixteen: bool
    """The person, on the day; false where the month of birth is not known."""
    lacks_capacity: bool
    """The person, on the day (reg 5)."""
    lost_for_a_time: bool
    """Capacity is lost for a time only, and the nominee agrees to go on (reg 5(7))."""
    has_authority: bool
    """A representative is a deputy, holds a power of attorney or parental responsibility, or was appointed (reg 2, 5(4)); true of
    everybody else."""
    nominee_agreed: bool
    """In writing (reg 6(4)); true of everybody else."""
    commissioner_agreed: bool
    """To this nominee (reg 6(5)); true of everybody else."""
    certificate_needed: bool
    """The nominee is an individual, or the responsible individual of an organisation, and not exempt as family, household or a
    friend involved in the care (reg 7(7), (8))."""
    certificate_asked_for: bool
    of_carer_alone: bool
    """Nobody but one carer can use the account."""
    account_auditable: bool
    """Nobody has said that the account gives no statements of where its money is from and goes to (reg 10(1)(a)); true of
    holders."""
    judgement_made: bool
    """Of a representative or nominee: it is on record that the commissioner had regard to whether a direct payment suits the
    condition, to what it does to the person's life, and to value for money (reg 3(2), 4(2), 5(2)); true of everybody else."""
    principal_agreed: bool
    """A representative or nominee has agreed to make the contracts themselves, and to act in the person's best interests (reg 4 to
    6); true of everybody else."""
