"""Each rule about money that may be owed, as a table: what it objects to, what is just not it, and for which acts it speaks."""

from typing import Any

import pytest

from policies.engine import Engine
from tests.policies.sheets_owing import ACTS, owing

OF_GRADES = ("demand", "offset", "surplus", "civil_debt")
OBJECTED: list[tuple[str, str, dict[str, Any]]] = [
    ("statute.demand_notice_incomplete", "demand", {"notice_complete": False}),
    ("statute.demand_notice_not_given", "demand", {"notice_given": False}),
    ("statute.demand_after_death", "demand", {"person_alive": False}),
    ("statute.demand_factors", "demand", {"factors_considered": False}),
    ("statute.offset_more_than_due", "offset", {"due_pence": 59_99}),
    ("statute.offset_reasonable", "offset", {"reasonable_said": False}),
    ("statute.civil_debt_no_offence", "civil_debt", {"offence_stated": False}),
    ("statute.reconsidered_before", "reconsider", {"asked_before": True}),
    ("icb_policy.surplus_not_reached", "surplus", {"threshold_reached": False}),
    ("icb_policy.surplus_care_first", "surplus", {"care_checked": False}),
    ("icb_policy.balance_above_threshold", "retain", {"threshold_reached": True}),
    ("icb_policy.safeguarding_first", "demand", {"safeguarding_considered": False}),
    ("icb_policy.safeguarding_first", "civil_debt", {"safeguarding_considered": False}),
    ("icb_policy.funder_delay", "demand", {"queried_after_days": 366}),
    ("icb_policy.one_route", "demand", {"other_route_used": True}),
    ("icb_policy.one_route", "offset", {"other_route_used": True}),
    ("icb_policy.over_delegated_limit", "waive", {"limit_pence": 59_99}),
    ("icb_policy.over_delegated_limit", "write_off", {"limit_pence": 59_99}),
    *(("icb_policy.over_own_limit", act, {"limit_pence": 59_99}) for act in OF_GRADES),
    *(("icb_policy.owing_more_than_there", act, {"left_pence": 59_99}) for act in ACTS),
]
REFERRED = (
    "statute.demand_factors", "statute.offset_reasonable", "icb_policy.safeguarding_first", "icb_policy.over_delegated_limit",
    "icb_policy.funder_delay", "icb_policy.surplus_care_first", "icb_policy.balance_above_threshold",
    "icb_policy.over_own_limit",
)  # fmt: skip

UNOBJECTED: list[tuple[str, str, dict[str, Any]]] = [
    ("exactly what is due", "offset", {"due_pence": 60_00}),
    ("exactly what there is", "demand", {"left_pence": 60_00}),
    ("exactly the limit", "write_off", {"limit_pence": 60_00}),
    ("the estate after a death", "demand", {"person_alive": False, "debtor_is_estate": True}),
    ("an offset without a notice", "offset", {"notice_complete": False, "notice_given": False}),
    ("a demand without a word on an offset", "demand", {"reasonable_said": False}),
    ("a waiver after a death", "waive", {"person_alive": False}),
    ("a demand without an offence", "demand", {"offence_stated": False}),
    ("a question on the last day", "demand", {"queried_after_days": 365}),
    ("a waiver of what was questioned late", "waive", {"queried_after_days": 366}),
    ("a demand before anybody asked about care", "demand", {"care_checked": False}),
    ("a balance up to the threshold", "retain", {"care_checked": False}),
    ("a repayment of nothing due", "demand", {"due_pence": 0}),
    ("what is kept, whoever may give up what", "retain", {"limit_pence": 0}),
    *(("exactly what a grade may do", act, {"limit_pence": 60_00}) for act in OF_GRADES),
]


@pytest.mark.parametrize(("rule", "act", "changes"), OBJECTED)
def test_each_rule_objects_alone_to_what_it_is_about(
    engine: Engine, rule: str, act: str, changes: dict[str, Any]
) -> None:  # fmt: skip
    """One fact is turned, or one amount put a penny past its limit, and just that rule objects: a bright line denies, a power waits
    for a person."""
    verdict = engine.decide(owing(act=act, **changes))
    assert [each.rule for each in verdict.findings] == [rule]
    assert verdict.outcome == ("refer" if rule in REFERRED else "deny")


@pytest.mark.parametrize(("what", "act", "changes"), UNOBJECTED)
def test_nothing_is_refused_at_a_limit_or_for_another_act(
    engine: Engine, what: str, act: str, changes: dict[str, Any]
) -> None:  # fmt: skip
    """At the limit is within it, and a rule about demands says nothing about the others."""
    assert engine.decide(owing(act=act, **changes)).outcome == "allow", what
