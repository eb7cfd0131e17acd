"""Each rule as a table: what it objects to, what is just not it, and for whom it speaks."""

from typing import Any

import pytest

from policies.engine import Engine, pounds
from tests.policies.sheets import EXCLUDED, sheet

DIRECT = {"management": "direct_payment"}
ONE_OFF = {"management": "one_off"}
THIRD = {"management": "third_party"}
EVIDENCE = {"act": "evidence", "money_gone": True}
INSTALMENT = {"act": "instalment", **DIRECT}

OBJECTED: list[tuple[str, dict[str, Any]]] = [
    ("statute.consent", {**DIRECT, "consent_given": False}),
    ("statute.consent", {**ONE_OFF, "consent_given": False}),
    ("statute.schedule_person", {**DIRECT, "excluded_by_schedule": True}),
    ("statute.person_died", {**DIRECT, "person_alive": False}),
    ("statute.no_coordinator", {**ONE_OFF, "has_coordinator": False}),
    ("statute.account_not_approved", {**INSTALMENT, "payee_account_approved": False}),
    ("statute.not_a_plan_service", {**DIRECT, "service_in_line": False, "service_in_plan": False}),
    ("statute.payee_barred", {**DIRECT, "payee_state": "barred"}),
    ("statute.provider_not_registered", {"regulated_activity": True}),
    ("statute.provider_not_registered", {**DIRECT, "regulated_activity": True}),
    ("statute.sixteen_consent", {**INSTALMENT, "confirmed_at_sixteen": False}),
    ("statute.sixteen_consent", {"act": "instalment", **ONE_OFF, "confirmed_at_sixteen": False}),
    ("statute.capacity_consent", {**INSTALMENT, "confirmed_since_capacity": False}),
    ("agreement.not_signed", {**DIRECT, "agreement_signed": False}),
    ("plan.not_signed", {"plan_signed": False}),
    ("plan.not_in_force", {"plan_in_force": False}),
    ("plan.care_outside_dates", {"care_in_plan": False}),
    ("plan.line_not_active", {"line_active": False}),
    ("plan.not_a_plan_service", {"service_in_line": False, "service_in_plan": False}),
    ("plan.not_a_plan_service", {**THIRD, "service_in_line": False, "service_in_plan": False}),
    ("plan.instalment_not_as_agreed", {**INSTALMENT, "amount_pence": 75_49}),
    ("plan.instalment_not_as_agreed", {**INSTALMENT, "amount_pence": 75_51}),
    ("plan.instalment_not_said", {**INSTALMENT, "agreed_instalment_pence": 0}),
    ("plan.instalment_not_said", {"act": "instalment", **ONE_OFF, "agreed_instalment_pence": 0}),
    ("plan.instalment_not_in_schedule", {**INSTALMENT, "period_in_schedule": False}),
    ("plan.instalment_met_before", {**INSTALMENT, "period_met_before": True}),
    ("plan.instalment_before_interval", {**INSTALMENT, "instalment_in_interval": False}),
    ("icb_policy.service_unsure", {"service": "unsure", "service_in_line": False}),
    ("icb_policy.person_died", {"person_alive": False}),
    ("statute.payee_lapsed", {"payee_state": "lapsed"}),
    ("statute.payee_lapsed", {**DIRECT, "payee_state": "lapsed"}),
    ("plan.service_not_in_line", {"service_in_line": False}),
    ("plan.service_not_in_line", {**DIRECT, "service_in_line": False}),
    ("plan.service_not_in_line", {"service": "debt_repayment", "service_in_line": False, "service_in_plan": True}),
    ("icb_policy.payee_not_approved", {"payee_state": "unknown"}),
    ("icb_policy.payee_not_approved", {**THIRD, "payee_state": "unknown"}),
    ("icb_policy.payee_pending", {"payee_state": "pending"}),
    ("icb_policy.payee_pending", {**DIRECT, "payee_state": "unknown"}),
    ("icb_policy.payee_pending", {**ONE_OFF, "payee_state": "unknown"}),
    ("icb_policy.payee_barred", {"payee_state": "barred"}),
    ("icb_policy.over_single_limit", {"amount_pence": 1_000_01}),
    ("icb_policy.over_30_day_limit", {"service_30_days_pence": 2_424_51}),
    ("icb_policy.invoice_over_order", {"over_order_pence": 50_01}),
    ("icb_policy.invoice_price_over_order", {"over_rate_percent": 6}),
    ("icb_policy.not_enough_left", {"left_pence": 75_49}),
    ("icb_policy.not_enough_left", {"left_pence": -1}),
    ("icb_policy.answer_out_of_date", {"relies_on_ask": True, "ask_amount_pence": 75_50}),
    ("icb_policy.answer_not_yes", {"relies_on_ask": True, "ask_in_date": True}),
    ("icb_policy.answer_not_yes", {"relies_on_ask": True}),
    ("icb_policy.more_than_answered", {"relies_on_ask": True, "ask_in_date": True, "ask_amount_pence": 75_49}),
    ("statute.evidence_illegible", {**EVIDENCE, "evidence_illegible": True}),
    ("icb_policy.receipts_lost", {**EVIDENCE, "receipts_lost": True}),
    ("icb_policy.claimed_before", {**EVIDENCE, "claimed_before": True}),
    ("icb_policy.claimed_before", {"money_gone": True, "claimed_before": True}),
    ("approval.over_cap", {"approval_used_pence": 300_01, "approval_cap_pence": 300_00}),
    ("approval.other_payee", {"approval_other_payee": True}),
    ("approval.after_last_day", {"approval_past_day": True}),
    ("approval.bought_again", {"approval_bought_again": True}),
    ("approval.evidence_overdue", {"approval_evidence_overdue": True}),
    ("icb_policy.tier_review_due", {**INSTALMENT, "tier_review_due": True}),
    ("approval.evidence_not_seen", {**INSTALMENT, "approval_evidence_overdue": True}),
]
DENYING = [pair for pair in OBJECTED if pair[0].split(".")[0] in ("statute", "agreement", "plan")]

UNOBJECTED: list[tuple[str, dict[str, Any]]] = [
    ("exactly the limit for one amount", {"amount_pence": 1_000_00}),
    ("exactly the limit for 30 days", {"service_30_days_pence": 2_424_50}),
    ("exactly what an invoice may ask for beyond its order", {"over_order_pence": 50_00}),
    ("exactly the price and quantity that an invoice may have", {"over_rate_percent": 5}),
    ("a purchase, whatever the receipts", {"evidence_illegible": True, "receipts_lost": True}),
    ("exactly what is left", {"left_pence": 75_50}),
    ("exactly what was answered", {"relies_on_ask": True, "ask_in_date": True, "ask_amount_pence": 75_50}),
    ("exactly what was approved", {"approval_used_pence": 300_00, "approval_cap_pence": 300_00}),
    ("evidence, while more of it is awaited", {"act": "evidence", "money_gone": True, "approval_evidence_overdue": True}),
    ("an instalment, whatever an approval says", {**INSTALMENT, "approval_other_payee": True}),
    ("an answer relied on about whom nobody has approved", {"relied_within": True, "payee_state": "unknown"}),
    ("an answer relied on, held by the person", {**DIRECT, "relied_within": True, "payee_state": "unknown"}),
    ("an answer relied on of an approval not finished", {"relied_within": True, "payee_state": "pending"}),
    ("an answer relied on of no clear service", {"relied_within": True, "service": "unsure"}),
    ("an answer relied on of what a direct payment could not buy", {"relied_within": True, "service": "nhs_charges"}),
    ("an answer relied on of what is left out since", {"relied_within": True, "service_left_out_here": True}),
    ("an answer relied on of another line of the plan", {"relied_within": True, "service_in_line": False}),
    ("an answer relied on, above the limits", {
        "relied_within": True, "amount_pence": 1_500_00, "left_pence": 1_500_00, "service_30_days_pence": 2_500_00,
    }),
    ("no answer relied on", {"ask_in_date": False, "ask_amount_pence": 1}),
    ("an instalment above the limits, as agreed", {**INSTALMENT, "amount_pence": 3_000_00, "agreed_instalment_pence": 3_000_00}),
    ("a one-off payment to a personal account", {"act": "instalment", **ONE_OFF, "payee_account_approved": False}),
    ("a notional budget without agreement or consent", {"agreement_signed": False, "consent_given": False}),
    ("a third-party budget of someone on the Schedule", {**THIRD, "excluded_by_schedule": True}),
    ("a notional budget without care co-ordinator", {"has_coordinator": False}),
    ("a registered provider", {"regulated_activity": True, "provider_registered": True}),
    ("an assistant employed directly", {**DIRECT, "regulated_activity": True, "directly_employed": True}),
    ("a purchase, whatever the instalment", {**DIRECT, "agreed_instalment_pence": 0}),
    ("a purchase, whatever the period", {**DIRECT, "period_in_schedule": False, "period_met_before": True}),
    ("a purchase, whatever the interval", {**DIRECT, "instalment_in_interval": False}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "changes"), OBJECTED)
def test_each_rule_objects_alone_to_what_it_is_about(engine: Engine, rule: str, changes: dict[str, Any]) -> None:
    """One fact is turned, or one amount put a penny past its limit, and just that rule objects, with its effect."""
    verdict = engine.decide(sheet(**changes))
    (finding,) = (*verdict.findings, *verdict.reviews)
    assert finding.rule == rule
    assert verdict.outcome == ("allow" if finding.effect == "review" else finding.effect)


@pytest.mark.parametrize(("what", "changes"), UNOBJECTED)
def test_nothing_is_refused_at_a_limit_or_for_another_kind_of_budget(
    engine: Engine, what: str, changes: dict[str, Any]
) -> None:
    """At the limit is within it, and a rule of direct payments says nothing about the others."""
    verdict = engine.decide(sheet(**changes))
    assert (verdict.outcome, verdict.findings, verdict.reviews) == ("allow", (), ()), what


@pytest.mark.parametrize("letter", EXCLUDED)
@pytest.mark.parametrize("in_line", [True, False])
def test_an_excluded_service_is_denied_on_direct_payments_and_referred_elsewhere(
    engine: Engine, letter: str, in_line: bool
) -> None:
    """Reg 8(5) by its letter, whatever the line says, and the commissioner's own look for the other budgets."""
    service = EXCLUDED[letter]
    for management in ("direct_payment", "one_off"):
        denied = engine.decide(sheet(service=service, service_in_line=in_line, management=management))
        assert [each.source for each in denied.findings] == [f"SI 2013/1617 reg 8(5)({letter})"]
        assert denied.outcome == "deny"
    for management in ("notional", "third_party"):
        referred = engine.decide(sheet(service=service, service_in_line=in_line, management=management))
        assert [each.rule for each in referred.findings] == ["icb_policy.excluded_service"]
        assert referred.outcome == "refer"


@pytest.mark.parametrize("management", ["notional", "third_party", "direct_payment", "one_off"])
def test_a_debt_for_a_plan_service_may_be_paid(engine: Engine, management: str) -> None:
    """The exception of reg 8(5)(i) holds for every kind of budget, and for debts only."""
    owed = sheet(service="debt_repayment", service_in_plan=True, management=management)
    assert engine.decide(owed).outcome == "allow"
    wine = sheet(service="alcohol_or_tobacco", service_in_plan=True, management=management)
    assert engine.decide(wine).outcome != "allow"


@pytest.mark.parametrize(("rule", "changes"), DENYING)
def test_money_that_has_gone_is_looked_at_and_never_denied(engine: Engine, rule: str, changes: dict[str, Any]) -> None:
    """The same objection stands, as a refer: what has been paid cannot be refused any more."""
    act = "evidence" if changes.get("act", "spend") == "spend" else changes["act"]
    verdict = engine.decide(sheet(**{**changes, "act": act, "money_gone": True}))
    assert [(each.rule, each.effect) for each in verdict.findings] == [(rule, "refer")]
    assert verdict.outcome == "refer"
    [finding] = verdict.findings
    if any(each.id == rule and each.effect == "deny" for each in engine.bundle.rules.values()):
        # Nobody is told to choose another provider for what is paid already.
        assert finding.remedy.startswith("This has been paid or is owed already")
        assert "For another time: " in finding.remedy
    else:
        assert not finding.remedy.startswith("This has been paid")


def test_what_a_person_looks_at_has_words_that_are_true_before_and_after_it_is_paid(engine: Engine) -> None:
    """A refer is the same rule for an order and for an invoice of care already given, so its words neither say that the money
    waits nor that it has not gone."""
    for rule in engine.bundle.rules.values():
        if rule.effect == "refer":
            assert not any(word in rule.message for word in ("before it is paid", "waits")), rule.id


def test_a_review_changes_nothing_for_the_holder(engine: Engine) -> None:
    """It is listed apart, the outcome is that of the rest, and the holder's view has no trace of it."""
    plain = engine.decide(sheet(**INSTALMENT))
    seen = engine.decide(sheet(**INSTALMENT, approval_evidence_overdue=True))
    assert [each.effect for each in seen.reviews] == ["review"]
    assert seen.for_holder() == plain


def test_every_objection_is_listed_the_most_severe_first(engine: Engine) -> None:
    """One answer has them all, denies before refers and each in the order of ids, however Cedar shuffles them."""
    changes = {"plan_signed": False, "left_pence": 0, "amount_pence": 1_000_01, "service_in_line": False,
               "service_in_plan": False}  # fmt: skip
    findings = [
        ("icb_policy.not_enough_left", "deny"),
        ("plan.not_a_plan_service", "deny"),
        ("plan.not_signed", "deny"),
        ("icb_policy.over_single_limit", "refer"),
    ]
    for _ in range(20):
        verdict = engine.decide(sheet(**changes))
        assert [(each.rule, each.effect) for each in verdict.findings] == findings


def test_sentences_say_the_amounts_and_the_service(engine: Engine) -> None:
    """What is left and what was asked for stand in the text, in pounds as people write them."""
    short = engine.decide(sheet(left_pence=60_00)).findings[0]
    assert short.message == "There is not enough left on this budget line for £75.50."
    assert short.remedy.startswith("What is left is £60. Ask for less")
    (other,) = engine.decide(sheet(service_in_line=False, service_in_plan=False)).findings
    assert other.message.startswith("“Home care from an agency” is not one of the services")
    (above,) = engine.decide(sheet(amount_pence=1_234_56)).findings
    assert above.message.startswith("£1,234.56 is more than £1,000, ")


@pytest.mark.parametrize(
    ("pence", "said"),
    [(0, "£0"), (5, "£0.05"), (7500, "£75"), (7550, "£75.50"), (100_000, "£1,000"), (-505, "−£5.05")],
)
def test_pounds_are_written_as_in_prose(pence: int, said: str) -> None:
    """£75 and £75.50, never £75.00."""
    assert pounds(pence) == said
