"""Sheets of money of others in a holder's account, for tests."""

import random

from policies.facts_deposits import Deposit


def drawn_deposit(lot: random.Random) -> Deposit:
    """A random sheet."""
    return Deposit(act="tell_deposit", permitted_source=lot.random() < 0.5, managed_account=lot.random() < 0.5)
