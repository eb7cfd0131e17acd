"""Sheets of money of others in a holder's account, for tests."""

import random

from policies.facts_deposits import Deposit


def drawn_deposit(lot: random.Random) -> Deposit:
    """A random sheet."""
    permitted, managed, one_off = (lot.random() < 1 / 2 for _ in range(3))
    return Deposit(act="tell_deposit", permitted_source=permitted, managed_account=managed, one_off_account=one_off)
