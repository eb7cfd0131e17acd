"""Sheets of the close of months and years, for tests."""

import random
from typing import Any

import msgspec

from policies.facts_closing import Reopening

REOPENING = Reopening(
    act="reopen_period", closed_by_same=False, is_year=True, closed_days=90, limit_year_reopened_days=90
)


def reopening(**changes: Any) -> Reopening:
    """The sheet that nothing objects to, with these facts instead."""
    return msgspec.structs.replace(REOPENING, **changes)


def drawn_reopening(lot: random.Random) -> Reopening:
    """A random sheet about the limit."""
    return reopening(
        closed_by_same=lot.random() < 0.3, is_year=lot.random() < 0.6, closed_days=lot.choice((0, 89, 90, 91, 400)),
        limit_year_reopened_days=lot.choice((0, 90)),
    )  # fmt: skip
