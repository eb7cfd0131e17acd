"""The sheet of facts about money from another source in a holder's account: what a rule may look at when somebody says that it is
not ours."""

from typing import Literal

from policies.facts import FactSheet

DepositAct = Literal["tell_deposit"]


class Deposit(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one line of a holder's account that is not of our money. The money is there, or has gone: it is written down
    whatever is found."""

    act: DepositAct

    permitted_source: bool
    """A payment that may share the account (reg 10(2)): for social care, of the Independent Living Fund, or another direct payment
    of a disabled person; false where nobody says whose it is."""
    managed_account: bool
    """An organisation holds the account for several people, and tells their money apart (reg 10(1A))."""
    one_off_account: bool
    """Nothing but one-off payments was ever to go into the account: it may be the holder's own, with their own money in it
    (reg 10(6) to (8); reg 11(6) is not for it)."""
