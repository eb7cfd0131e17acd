"""The demo's published payments: a small file as commissioners publish them, so that an import stands in the book too."""

import random
from collections.abc import Iterator
from datetime import date, timedelta

from ledger.budgets.feeds import FeedRow

ROWS = 300
_FIRST = ("Amber", "Birch", "Cedar", "Dove", "Elder", "Fern")
_SECOND = ("Home Care", "Support", "Respite", "Therapy", "Transport")


def made_up_payments(chance: random.Random, as_of: date, rows: int = ROWS) -> Iterator[FeedRow]:
    """A year of payments up to the day before `as_of`; about one in forty is a credit."""
    names = [f"{first} {second} (made up)" for first in _FIRST for second in _SECOND]
    for line in range(2, rows + 2):
        day = as_of - timedelta(days=1 + chance.randrange(360))
        pence = chance.randrange(15_00, 4_800_00)
        yield FeedRow(line, day, chance.choice(names), -pence if chance.randrange(40) == 0 else pence)
