"""The rules about money that may be owed a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_owing import Owing


def of_owing(s: Owing) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.left_pence - s.amount_pence < 0:
        yield "icb_policy.owing_more_than_there", "deny"
    if s.act == "surplus" and not s.threshold_reached:
        yield "icb_policy.surplus_not_reached", "deny"
    if s.act == "surplus" and not s.care_checked:
        yield "icb_policy.surplus_care_first", "refer"
    if s.act == "retain" and s.threshold_reached:
        yield "icb_policy.balance_above_threshold", "refer"
    if s.act == "reconsider" and s.asked_before:
        yield "statute.reconsidered_before", "deny"
    if s.act in ("waive", "write_off") and s.limit_pence - s.amount_pence < 0:
        yield "icb_policy.over_delegated_limit", "refer"
    if s.act in ("demand", "offset", "surplus", "civil_debt") and s.limit_pence - s.amount_pence < 0:
        yield "icb_policy.over_own_limit", "refer"
    if s.act in ("demand", "offset") and s.other_route_used:
        yield "icb_policy.one_route", "deny"
    if s.act in ("demand", "civil_debt") and not s.safeguarding_considered:
        yield "icb_policy.safeguarding_first", "refer"
    if s.act == "offset" and s.due_pence - s.amount_pence < 0:
        yield "statute.offset_more_than_due", "deny"
    if s.act == "offset" and not s.reasonable_said:
        yield "statute.offset_reasonable", "refer"
    if s.act == "civil_debt" and not s.offence_stated:
        yield "statute.civil_debt_no_offence", "deny"
    if s.act == "demand":
        if not s.notice_complete:
            yield "statute.demand_notice_incomplete", "deny"
        if not s.notice_given:
            yield "statute.demand_notice_not_given", "deny"
        if not (s.person_alive or s.debtor_is_estate):
            yield "statute.demand_after_death", "deny"
        if s.queried_after_days - s.limit_query_within_days > 0:
            yield "icb_policy.funder_delay", "refer"
        if not s.factors_considered:
            yield "statute.demand_factors", "refer"
