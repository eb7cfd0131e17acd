"""Sheets of signatures for tests: one that nothing objects to, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from policies.facts_plans import Signing
from tests.policies.sheets import near

GOOD_SIGNING = Signing(
    act="sign_plan",
    direct_payment=True,
    schedule_allows=True,
    consent_given=True,
    agreement_signed=True,
    holder_signed=True,
    commissioner_signed=True,
    has_needs_and_outcomes=True,
    has_amounts_and_intervals=True,
    has_coordinator=True,
    needs_monitored=True,
    has_review=True,
    review_in_time=True,
    has_notice_period=True,
    risks_agreed=True,
    connected_necessary=True,
    amount_pence=10_400_00,
    below_zero_pence=0,
    limit_pence=10_400_00,
    cost_pence=10_400_00,
    enough_confirmed=True,
    short_pence=0,
    uncosted_lines=0,
    unpaid_pence=0,
    cuts_direct_payment=False,
    cut_notice_named=True,
    stops_unnotified=0,
    cut_pence=0,
    notice_given_days=-1,
    notice_needed_days=28,
    one_off_items=0,
    one_off_others=0,
    charged_lines=0,
)


def signing(**changes: Any) -> Signing:
    """The good sheet with these facts instead."""
    return msgspec.structs.replace(GOOD_SIGNING, **changes)


def drawn_signing(lot: random.Random) -> Signing:
    """A random sheet; half of them differ from the good one in one fact."""
    switches = [
        name for name, value in msgspec.structs.asdict(GOOD_SIGNING).items()
        if isinstance(value, bool) and name not in ("direct_payment", "cuts_direct_payment", "cut_notice_named")
    ]  # fmt: skip
    kinds = (_cut, _one_off, _enough, _charged, _delegated)
    changes: dict[str, Any] = {"direct_payment": lot.random() < 0.7}
    if lot.random() < 0.6:
        if lot.random() < 0.6:
            return signing(**changes, **{lot.choice(switches): False})
        return signing(**changes, **lot.choice(kinds)(lot))
    for kind in kinds:
        changes |= kind(lot)
    return signing(**changes, **{name: False for name in switches if lot.random() < 0.1})


def _cut(lot: random.Random) -> dict[str, Any]:
    needed = lot.choice((0, 7, 28))
    return {
        "cuts_direct_payment": lot.random() < 0.5, "cut_pence": lot.choice((0, 1, 500_00)), "notice_needed_days": needed,
        "notice_given_days": lot.choice((-1, needed - 1, needed, needed + 1)),
        "cut_notice_named": lot.random() < 0.6, "stops_unnotified": lot.choice((0, 0, 0, 1)),
    }  # fmt: skip


def _one_off(lot: random.Random) -> dict[str, Any]:
    return {"one_off_items": lot.choice((0, 1, 2, 5, 6)), "one_off_others": lot.choice((0, 0, 1, 2))}


def _enough(lot: random.Random) -> dict[str, Any]:
    each = {name: lot.choice((0, 0, 0, 1)) for name in ("short_pence", "uncosted_lines", "unpaid_pence")}
    return {"cost_pence": lot.choice((0, near(lot, GOOD_SIGNING.amount_pence))), **each}


def _charged(lot: random.Random) -> dict[str, Any]:
    return {"charged_lines": lot.choice((0, 0, 1, 2))}


def _delegated(lot: random.Random) -> dict[str, Any]:
    limit = lot.choice((GOOD_SIGNING.amount_pence - 1, GOOD_SIGNING.amount_pence, GOOD_SIGNING.amount_pence + 1))
    return {"limit_pence": limit, "below_zero_pence": lot.choice((0, 0, 1, 500_00))}
