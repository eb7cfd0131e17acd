"""Sheets of changes for tests: one that nothing objects to, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from policies.facts_changes import Change
from tests.policies.sheets import near

GOOD_CHANGE = Change(
    act="virement",
    plan_in_force=True,
    lines_active=True,
    lines_flexible=True,
    same_management=True,
    funds_shared=True,
    limit_pence=75_50,
    above_plan_percent=0,
    limit_above_plan_percent=25,
    below_cost_pence=0,
    amount_pence=75_50,
    left_pence=500_00,
)


def change(**changes: Any) -> Change:
    """The good sheet with these facts instead."""
    return msgspec.structs.replace(GOOD_CHANGE, **changes)


def drawn_change(lot: random.Random) -> Change:
    """A random sheet; half of them differ from the good one in one fact."""
    act = lot.choice(("virement", "virement", "set_contingency_aside", "draw_contingency"))
    switches = [name for name, value in msgspec.structs.asdict(GOOD_CHANGE).items() if isinstance(value, bool)]
    if lot.random() < 0.5:
        name = lot.choice([*switches, "left_pence", "limit_pence", "above_plan_percent", "below_cost_pence"])
        turned: Any = {
            "left_pence": 75_49, "limit_pence": 75_49, "above_plan_percent": lot.choice((25, 26)), "below_cost_pence": 1,
        }.get(name, False)  # fmt: skip
        return change(act=act, **{name: turned})
    amount = lot.randint(1, 60_00)
    off = {name: False for name in switches if lot.random() < 0.2}
    return change(
        act=act,
        **off,
        limit_pence=near(lot, amount),
        above_plan_percent=lot.choice((0, 0, 0, 25, 26)),
        below_cost_pence=lot.choice((0, 0, 0, 1)),
        amount_pence=amount,
        left_pence=lot.choice((near(lot, amount), 500_00, 500_00, 500_00, 0, -1)),
    )
