"""The sheet of facts about a payee: what a rule may look at before somebody approves that they are paid."""

from typing import Literal

from policies.facts import FactSheet

ApprovingAct = Literal["approve_payee"]


class Approving(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one approval of a payee."""

    act: ApprovingAct

    regulated_activity: bool
    """Somebody has said that they carry on a regulated activity (reg 11(2)(a))."""
    registration_said: bool
    """Somebody has said whether they are registered for it."""
    provider_registered: bool
    directly_employed: bool
    """By a holder, and so outside that registration."""
    profession_lacking: bool
    """Somebody has said that they have to be registered with the body of a profession and are not (reg 11(2)(b))."""
    indemnity_lacking: bool
    """Somebody has said that they have no insurance or indemnity that fits the care (reg 11(2)(c))."""
