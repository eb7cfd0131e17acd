"""Each rule about a signature as a table: what it objects to, and what is just not it."""

from typing import Any

import pytest

from policies.engine import Engine
from tests.policies.sheets_plans import signing

NOTIONAL = {"direct_payment": False}
CUT = {"cuts_direct_payment": True, "cut_pence": 500_00}

OBJECTED: list[tuple[str, dict[str, Any]]] = [
    ("agreement.plan_without_agreement", {"agreement_signed": False}),
    ("agreement.commissioner_not_signed", {"commissioner_signed": False}),
    ("statute.plan_schedule_person", {"schedule_allows": False}),
    ("statute.plan_without_consent", {"consent_given": False}),
    ("statute.plan_not_agreed", {"holder_signed": False}),
    ("statute.plan_needs_missing", {"has_needs_and_outcomes": False}),
    ("statute.plan_amounts_missing", {"has_amounts_and_intervals": False}),
    ("statute.plan_no_coordinator", {"has_coordinator": False}),
    ("statute.plan_monitors_missing", {"needs_monitored": False}),
    ("statute.plan_review_missing", {"has_review": False}),
    ("statute.plan_review_late", {"review_in_time": False}),
    ("statute.plan_notice_missing", {"has_notice_period": False}),
    ("statute.plan_risks_missing", {"risks_agreed": False}),
    ("statute.connected_not_necessary", {"connected_necessary": False}),
    ("statute.plan_enough_not_confirmed", {"enough_confirmed": False}),
    ("statute.plan_enough_not_confirmed", {"cost_pence": 0}),
    ("statute.plan_not_enough", {"cost_pence": 10_400_01}),
    ("statute.line_not_enough", {"short_pence": 1}),
    ("statute.line_cost_not_said", {"uncosted_lines": 1}),
    ("statute.instalments_not_enough", {"unpaid_pence": 1}),
    ("statute.cut_without_notice", {**CUT, "notice_given_days": 27}),
    ("statute.cut_without_notice", {**CUT, "notice_given_days": -1, "notice_needed_days": 0}),
    ("statute.cut_notice_not_named", {**CUT, "notice_given_days": 28, "cut_notice_named": False}),
    ("statute.stop_not_notified", {"stops_unnotified": 1}),
    ("statute.one_off_too_many", {"one_off_items": 6}),
    ("statute.one_off_not_the_only_one", {"one_off_items": 2, "one_off_others": 1}),
    ("statute.one_off_not_the_only_one", {"one_off_items": 5, "one_off_others": 1}),
    ("statute.one_off_single_again", {"one_off_items": 1, "one_off_others": 1}),
    ("statute.nhs_care_charged", {"charged_lines": 1}),
    ("icb_policy.plan_not_enough", {**NOTIONAL, "cost_pence": 10_400_01}),
    ("icb_policy.cut_without_notice", {**NOTIONAL, "cut_pence": 1, "notice_given_days": 27}),
    ("icb_policy.cut_without_notice", {**NOTIONAL, "cut_pence": 1, "notice_needed_days": 0}),
]
UNOBJECTED: list[tuple[str, dict[str, Any]]] = [
    ("a plan in order", {}),
    ("exactly enough", {"cost_pence": 10_400_00}),
    ("exactly the notice", {**CUT, "notice_given_days": 28}),
    ("five things, the only payment", {"one_off_items": 5}),
    ("a single thing, the only payment", {"one_off_items": 1}),
    ("other payments without a one-off", {"one_off_others": 3}),
    ("a notional plan that says nothing", {
        **NOTIONAL, "agreement_signed": False, "holder_signed": False, "commissioner_signed": False, "cost_pence": 0,
        "has_needs_and_outcomes": False, "has_amounts_and_intervals": False, "has_coordinator": False,
        "needs_monitored": False, "has_review": False, "review_in_time": False, "has_notice_period": False,
        "risks_agreed": False, "connected_necessary": False, "enough_confirmed": False,
        "schedule_allows": False, "consent_given": False,
    }),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "changes"), OBJECTED)
def test_each_rule_objects_alone_to_what_it_is_about(engine: Engine, rule: str, changes: dict[str, Any]) -> None:
    """One fact is turned, or one number put just past its limit, and just that rule objects, with its effect."""
    verdict = engine.decide(signing(**changes))
    (finding,) = verdict.findings
    assert (finding.rule, verdict.outcome) == (rule, finding.effect)


@pytest.mark.parametrize(("what", "changes"), UNOBJECTED)
def test_nothing_is_refused_at_a_limit_or_without_direct_payments(
    engine: Engine, what: str, changes: dict[str, Any]
) -> None:
    """At the limit is within it, and what the law says of direct payments says nothing of the others."""
    verdict = engine.decide(signing(**changes))
    assert (verdict.outcome, verdict.findings) == ("allow", ()), what
