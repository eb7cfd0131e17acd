"""The decision cases that these facts can say, by the number they have in the list of cases."""

from typing import Any

import pytest

from policies.engine import Engine
from tests.policies.sheets import sheet

DIRECT = {"management": "direct_payment", "service": "personal_assistant"}
FIRST = {**DIRECT, "act": "instalment", "amount_pence": 1_840_00, "agreed_instalment_pence": 1_840_00}
CARD = {**DIRECT, "act": "spend"}
PAID = {**DIRECT, "act": "evidence", "money_gone": True}
AGENCY = {"service": "home_care", "regulated_activity": True}

CASES: list[tuple[int, str, dict[str, Any], str]] = [
    (1, "first instalment, all met", FIRST, "allow"),
    (2, "no signed agreement", {**FIRST, "agreement_signed": False}, "deny"),
    (3, "no named care co-ordinator", {**FIRST, "has_coordinator": False}, "deny"),
    (4, "aged 15 and paid herself: no consent that counts", {**FIRST, "consent_given": False}, "deny"),
    (5, "aged 15, her mother consents", FIRST, "allow"),
    (7, "drug rehabilitation requirement, direct payment", {**FIRST, "excluded_by_schedule": True}, "deny"),
    (8, "the same person, notional budget", {"excluded_by_schedule": True}, "allow"),
    (10, "capacity lost for a while, nominee agrees", FIRST, "allow"),
    (16, "account not on the register", {**FIRST, "payee_account_approved": False}, "deny"),
    (
        17,
        "one-off payment for a mattress to a personal account",
        {
            "act": "instalment",
            "management": "one_off",
            "service": "bedding_and_mattresses",
            "payee_account_approved": False,
        },
        "allow",
    ),
    (20, "managed account", {**FIRST, "service": "managed_account"}, "allow"),
    (21, "wage of the assistant in the plan", {**CARD, "directly_employed": True}, "allow"),
    (22, "gym in the plan, £35", {"service": "exercise", "amount_pence": 35_00}, "allow"),
    (23, "games console in the plan", {**CARD, "service": "cognitive_aids", "amount_pence": 449_00}, "allow"),
    (25, "wine, before payment", {**CARD, "service": "alcohol_or_tobacco"}, "deny"),
    (25, "wine, already paid", {**PAID, "service": "alcohol_or_tobacco"}, "refer"),
    (26, "betting", {**CARD, "service": "gambling"}, "deny"),
    (27, "tobacco", {**CARD, "service": "alcohol_or_tobacco"}, "deny"),
    (27, "a personal debt", {**CARD, "service": "debt_repayment"}, "deny"),
    (
        28,
        "overdue invoice of the plan's agency",
        {**CARD, "service": "debt_repayment", "debt_of_plan_service": True},
        "allow",
    ),
    (30, "prescription charge", {**CARD, "service": "nhs_charges"}, "deny"),
    (31, "private hip replacement", {**CARD, "service": "planned_surgery"}, "deny"),
    (32, "flu jab", {**CARD, "service": "vaccination_or_screening"}, "deny"),
    (32, "NHS Health Check", {**CARD, "service": "health_check"}, "deny"),
    (37, "agency not registered with the CQC", {**CARD, **AGENCY}, "deny"),
    (38, "assistant employed by the holder", {**CARD, "regulated_activity": True, "directly_employed": True}, "allow"),
    (40, "provider checks asked of the commissioner: waits", {**CARD, "payee_state": "pending"}, "refer"),
    (41, "provider barred for this person", {**CARD, "payee_state": "barred"}, "deny"),
    (46, "live-in assistant in the plan", {**CARD, "service": "live_in_care", "directly_employed": True}, "allow"),
    (47, "payroll fee in the plan", {**CARD, "service": "payroll"}, "allow"),
    (54, "instalment differs from the plan version", {**FIRST, "agreed_instalment_pence": 1_840_01}, "deny"),
    (64, "instalment after the death", {**FIRST, "person_alive": False}, "deny"),
    (64, "paid after the death", {**PAID, "person_alive": False}, "refer"),
]


@pytest.mark.parametrize(("number", "what", "changes", "outcome"), CASES)
def test_the_case_is_decided_as_listed(
    engine: Engine, number: int, what: str, changes: dict[str, Any], outcome: str
) -> None:
    """The outcome is that of the case, and a no says why and what would make it a yes."""
    verdict = engine.decide(sheet(**changes))
    assert verdict.outcome == outcome, (number, what, verdict.findings)
    assert all(each.message and each.remedy for each in verdict.findings)
