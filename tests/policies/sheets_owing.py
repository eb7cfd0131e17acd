"""Sheets of money that may be owed, for tests: one that nothing objects to, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from policies.facts_owing import Owing
from tests.policies.sheets import near

ACTS = ("retain", "surplus", "demand", "offset", "waive", "write_off", "civil_debt", "reconsider")
GOOD_OWING = Owing(
    act="demand",
    person_alive=True,
    threshold_reached=True,
    care_checked=True,
    notice_complete=True,
    notice_given=True,
    debtor_is_estate=False,
    factors_considered=True,
    safeguarding_considered=True,
    offence_stated=True,
    other_route_used=False,
    reasonable_said=True,
    asked_before=False,
    queried_after_days=30,
    limit_query_within_days=365,
    amount_pence=60_00,
    left_pence=150_00,
    due_pence=2_000_00,
    limit_pence=500_00,
)


def owing(**changes: Any) -> Owing:
    """The good sheet with these facts instead."""
    if changes.get("act") == "retain":
        changes = {"threshold_reached": False, **changes}
    return msgspec.structs.replace(GOOD_OWING, **changes)


def drawn_owing(lot: random.Random) -> Owing:
    """A random sheet; half of them differ from the good one of their act in one fact."""
    act = lot.choice(ACTS)
    switches = [name for name, value in msgspec.structs.asdict(GOOD_OWING).items() if isinstance(value, bool)]
    bounds = ("left_pence", "due_pence", "limit_pence")
    if lot.random() < 0.5:
        name = lot.choice((*switches, *bounds))
        return owing(act=act, **{name: 59_99 if name in bounds else not getattr(owing(act=act), name)})
    amount = lot.randint(0, 60_00)
    turned = {name: not getattr(owing(act=act), name) for name in switches if lot.random() < 0.15}
    limits = {name: lot.choice((near(lot, amount), 500_00, 500_00, 0)) for name in bounds}
    queried = lot.choice((30, 30, 364, 365, 366))
    return owing(act=act, amount_pence=amount, queried_after_days=queried, **turned, **limits)
