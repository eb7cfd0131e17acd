"""Sheets of a month that is watched, for tests: a quiet one, and random ones that seek the thresholds. All are made up."""

import random
from typing import Any

import msgspec

from policies.facts_watch import Watch
from tests.policies.sheets import near

FACTS = tuple(name for name in Watch.__struct_fields__ if name != "act" and not name.startswith("limit_"))
MADE_UP: dict[str, int] = dict.fromkeys(FACTS, 5) | {"care_percent": 10}
QUIET = Watch(
    act="watch",
    **{fact: 50 if fact == "care_percent" else 0 for fact in FACTS},
    **{f"limit_{fact}": limit for fact, limit in MADE_UP.items()},
)


def watch(**changes: Any) -> Watch:
    """The quiet sheet with these facts instead."""
    return msgspec.structs.replace(QUIET, **changes)


def drawn_watch(lot: random.Random) -> Watch:
    """A random sheet; half of them differ from the quiet one in one fact, and some have thresholds that are not set."""
    if lot.random() < 0.5:
        fact = lot.choice(FACTS)
        if fact in ("rise_pence", "care_percent"):
            return watch(rise_pence=5, care_percent=lot.choice((9, 10, 11)))
        return watch(**{fact: lot.choice((4, 5, 6))})
    facts = {fact: max(0, near(lot, MADE_UP[fact])) for fact in FACTS if lot.random() < 0.2}
    off = {f"limit_{fact}": 0 for fact in FACTS if lot.random() < 0.2}
    return watch(**facts, **off)
