"""Sheets of holders and accounts for tests: one that nothing objects to, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from policies.facts_holding import Holding

GOOD_HOLDING = Holding(
    act="name_holder",
    is_person=False,
    is_nominee=True,
    under_sixteen=False,
    lacks_capacity=False,
    lost_for_a_time=False,
    has_authority=True,
    nominee_agreed=True,
    commissioner_agreed=True,
    certificate_needed=False,
    certificate_asked_for=False,
    of_carer_alone=False,
    account_auditable=True,
    judgement_made=True,
    principal_agreed=True,
)


def holding(**changes: Any) -> Holding:
    """The good sheet with these facts instead."""
    return msgspec.structs.replace(GOOD_HOLDING, **changes)


def drawn_holding(lot: random.Random) -> Holding:
    """A random sheet; half of them are such that one rule alone objects, or none."""
    alone: list[dict[str, Any]] = [
        {"is_person": True, "is_nominee": False, "under_sixteen": True},
        {"is_person": True, "is_nominee": False, "lacks_capacity": True},
        {"lacks_capacity": True}, {"lacks_capacity": True, "lost_for_a_time": True}, {"has_authority": False},
        {"nominee_agreed": False}, {"commissioner_agreed": False}, {"certificate_needed": True},
        {"certificate_needed": True, "certificate_asked_for": True}, {"act": "approve_account", "of_carer_alone": True},
        {"under_sixteen": True}, {"act": "approve_account", "account_auditable": False}, {"judgement_made": False},
        {"principal_agreed": False},
    ]  # fmt: skip
    if lot.random() < 0.5:
        return holding(**lot.choice(alone))
    names = [name for name, value in msgspec.structs.asdict(GOOD_HOLDING).items() if isinstance(value, bool)]
    turned = {name: lot.random() < 0.5 for name in names}
    return holding(**turned, act=lot.choice(("name_holder", "approve_account")))
