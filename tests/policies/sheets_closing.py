"""Sheets of the close of months and years, and of looks at who a person is, for tests."""

import random
from typing import Any

import msgspec

from policies.facts_closing import Carrying, Reopening
from policies.facts_viewing import Viewing

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


def carrying(**changes: Any) -> Carrying:
    """A line that carries just the limit, with these facts instead."""
    good = Carrying(
        act="carry_forward", carried_by_lapsing_pence=0, free_pence=25_000_00, limit_carry_forward_pence=25_000_00
    )
    return msgspec.structs.replace(good, **changes)


def drawn_carrying(lot: random.Random) -> Carrying:
    """A random sheet about the limit."""
    return carrying(
        carried_by_lapsing_pence=lot.choice((0, 0, 0, 1, 500_00)), free_pence=lot.choice((0, 24_999_99, 25_000_00, 25_000_01)),
        limit_carry_forward_pence=lot.choice((25_000_00, 25_000_00, 0)),
    )  # fmt: skip


def drawn_viewing(lot: random.Random) -> Viewing:
    """A random sheet; named is only who a restriction names."""
    restricted = lot.random() < 0.5
    return viewing(
        viewer_connected=lot.random() < 0.3, restricted=restricted, viewer_named=restricted and lot.random() < 0.6,
        purpose_said=lot.random() < 0.5,
    )  # fmt: skip


def viewing(**changes: Any) -> Viewing:
    """A look that nothing objects to, with these facts instead."""
    good = Viewing(act="view", viewer_connected=False, restricted=False, viewer_named=False, purpose_said=False)
    return msgspec.structs.replace(good, **changes)
