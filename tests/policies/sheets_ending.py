"""Sheets of notices for tests: one that nothing objects to, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from policies.facts_ending import Ending

GOOD_ENDING = Ending(
    act="stop",
    must_stop=True,
    ground_shown=True,
    reasons_given=True,
    care_goes_on=True,
    notice_days=28,
    limit_notice_days=28,
    agreed_notice_days=28,
    notice_backdated_days=0,
    notice_may_be_short=True,
)


def ending(**changes: Any) -> Ending:
    """The good sheet with these facts instead."""
    return msgspec.structs.replace(GOOD_ENDING, **changes)


def drawn_ending(lot: random.Random) -> Ending:
    """A random sheet; half of them differ from the good one in one fact."""
    switches = [name for name, value in msgspec.structs.asdict(GOOD_ENDING).items() if isinstance(value, bool)]
    if lot.random() < 0.5:
        name = lot.choice([*switches, "notice_days"])
        return ending(**{name: 27 if name == "notice_days" else False})
    turned = {name: False for name in switches if lot.random() < 0.3}
    days = {name: lot.choice((0, 27, 28, 29, 90)) for name in ("notice_days", "agreed_notice_days")}
    days["notice_backdated_days"] = lot.choice((0, 0, 1, 61))
    return ending(**turned, **days, act=lot.choice(("stop", "suspend", "move_out")))
