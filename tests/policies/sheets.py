"""Sheets of facts for tests: one that nothing objects to, changes to it, and random ones that seek the limits."""

import random
from typing import Any

import msgspec

from bench.sheets import GOOD as GOOD
from policies.facts import Sheet

EXCLUDED = {
    "a": "primary_medical_services",
    "b": "nhs_charges",
    "c": "planned_surgery",
    "d": "vaccination_or_screening",
    "e": "child_measurement",
    "f": "health_check",
    "g": "alcohol_or_tobacco",
    "h": "gambling",
    "i": "debt_repayment",
}
"""Reg 8(5), letter by letter, written here a second time so that a slip in the bundle's list is seen."""


def sheet(**changes: Any) -> Sheet:
    """The good sheet with these facts instead; the kind follows the service unless it is given."""
    service = changes.get("service")
    if service is not None and "service_kind" not in changes:
        changes["service_kind"] = kind_of(service)
    if service in EXCLUDED.values():
        # A plan agrees no such service; a debt is of the plan where what it is for is.
        changes.setdefault("service_in_plan", False)
    return msgspec.structs.replace(GOOD, **changes)


def kind_of(service: str) -> str:
    """The kind as the regulation has it."""
    if service in ("unsure", "unlawful"):
        return service
    return "excluded" if service in EXCLUDED.values() else "care"


def near(lot: random.Random, pence: int) -> int:
    """An amount at a limit, a penny to either side, or anywhere below its double; at least a penny."""
    return max(1, lot.choice((pence - 1, pence, pence + 1, lot.randint(1, 2 * abs(pence) + 2))))


def drawn(lot: random.Random, care: list[str]) -> Sheet:
    """A random sheet. Half of them differ from the good one in one kind of thing, so that each objection is seen
    alone; the others in many."""
    kinds = (_switched, _paid_to, _serviced, _limited, _answered, _approved)
    chosen = (lot.choice(kinds),) if lot.random() < 0.5 else kinds
    changes: dict[str, Any] = {
        "act": lot.choice(("spend", "spend", "instalment", "evidence")),
        "management": lot.choice(("notional", "third_party", "direct_payment", "one_off")),
        "service": lot.choice(care),
    }
    for kind in chosen:
        changes.update(kind(lot, len(chosen) == 1))
    if changes["act"] == "evidence":
        changes["money_gone"] = True
    return sheet(**changes)


def _switched(lot: random.Random, alone: bool) -> dict[str, Any]:
    switches = {name: not value for name, value in msgspec.structs.asdict(GOOD).items() if isinstance(value, bool)}
    if alone:
        name = lot.choice(list(switches))
        # Only a regular direct payment is paid into an account that has to be approved, only payments have a period, and consent is
        # confirmed before they are paid.
        of_instalments = (
            "payee_account_approved", "period_in_schedule", "period_met_before", "instalment_in_interval", "confirmed_at_sixteen",
            "confirmed_since_capacity", "account_changed", "paid_to_child", "review_overdue", "tier_review_due",
        )  # fmt: skip
        paid = {"act": "instalment", "management": "direct_payment"} if name in of_instalments else {}
        if name in ("evidence_illegible", "receipts_lost"):
            paid = {"act": "evidence"}
        if name == "payee_connected":
            paid = {"act": "spend", "management": "direct_payment"}
        return {name: switches[name], **paid}
    odds = lot.choice((0.03, 0.15, 0.5))
    return {name: value for name, value in switches.items() if lot.random() < odds}


def _paid_to(lot: random.Random, alone: bool) -> dict[str, Any]:
    return {
        "payee_state": lot.choice(
            ("pending", "unknown", "barred", "lapsed") if alone else ("approved", "approved", "barred", "lapsed")
        ),
    }


def _serviced(lot: random.Random, alone: bool) -> dict[str, Any]:
    if not alone and lot.random() < 0.7:
        return {}
    return {
        "service": lot.choice((*EXCLUDED.values(), "debt_repayment", "debt_repayment", "unsure", "unlawful")),
        "service_in_plan": lot.random() < 0.5,
    }


def _limited(lot: random.Random, alone: bool) -> dict[str, Any]:
    single, monthly = lot.choice((0, 50_00, 1_000_00)), lot.choice((0, 100_00, 2_500_00))
    amount = near(lot, single) if lot.random() < 0.5 else lot.randint(1, 60_00)
    left = lot.choice((amount - 1, amount, amount + 1, -1, 0, 5_000_00, 5_000_00, 5_000_00))
    return {
        "amount_pence": amount,
        "limit_single_pence": single,
        "limit_30_days_pence": monthly,
        "over_order_pence": lot.choice((0, 0, 49_99, 50_00, 50_01)),
        "limit_over_order_pence": lot.choice((0, 50_00)),
        "over_rate_percent": lot.choice((0, 0, 5, 6)),
        "limit_over_rate_percent": lot.choice((0, 5)),
        "service_30_days_pence": max(0, lot.choice((0, near(lot, monthly) - amount))),
        "left_pence": left,
        "agreed_instalment_pence": lot.choice((amount, amount, near(lot, amount), 0)),
    }


def _answered(lot: random.Random, alone: bool) -> dict[str, Any]:
    if alone and lot.random() < 0.2:
        return {"act": "instalment", "returns_reminded": lot.choice((1, 2, 3))}
    return {
        "relies_on_ask": alone or lot.random() < 0.3,
        "ask_in_date": lot.random() < 0.7,
        "relied_within": lot.random() < 0.3,
        "ask_amount_pence": lot.choice((0, near(lot, GOOD.amount_pence), near(lot, GOOD.amount_pence))),
    }


def _approved(lot: random.Random, alone: bool) -> dict[str, Any]:
    cap = lot.choice((0, 300_00)) if alone or lot.random() < 0.3 else 0
    return {"approval_used_pence": near(lot, cap) if cap else 0, "approval_cap_pence": cap}
