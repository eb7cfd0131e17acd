"""The rules about signatures a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_plans import Signing

MOST_ITEMS = 5


def of_signatures(s: Signing) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects to a signature."""
    if s.direct_payment:
        yield from _of_direct_payments(s)
    elif s.cost_pence > s.amount_pence:
        yield "icb_policy.plan_not_enough", "refer"
    late = s.notice_given_days == -1 or s.notice_given_days - s.notice_needed_days < 0
    if late and s.cuts_direct_payment:
        yield "statute.cut_without_notice", "deny"
    elif late and s.cut_pence:
        yield "icb_policy.cut_without_notice", "refer"
    if s.short_pence:
        yield "statute.line_not_enough", "deny"
    if s.uncosted_lines:
        yield "statute.line_cost_not_said", "refer"
    if s.unpaid_pence:
        yield "statute.instalments_not_enough", "refer"
    if s.below_zero_pence:
        yield "icb_policy.fund_below_zero", "refer"
    if s.limit_pence - s.amount_pence < 0:
        yield "icb_policy.allocated_above_limit", "refer"
    if s.cuts_direct_payment and not s.cut_notice_named:
        yield "statute.cut_notice_not_named", "deny"
    if s.stops_unnotified:
        yield "statute.stop_not_notified", "deny"
    if s.charged_lines:
        yield "statute.nhs_care_charged", "deny"
    if s.one_off_items > MOST_ITEMS:
        yield "statute.one_off_too_many", "deny"
    elif s.one_off_others and s.one_off_items == 1:
        yield "statute.one_off_single_again", "refer"
    elif s.one_off_others and s.one_off_items:
        yield "statute.one_off_not_the_only_one", "deny"


def _of_direct_payments(s: Signing) -> Iterator[tuple[str, str]]:
    for fact, rule in (
        (s.schedule_allows, "statute.plan_schedule_person"),
        (s.consent_given, "statute.plan_without_consent"),
        (s.agreement_signed, "agreement.plan_without_agreement"),
        (s.commissioner_signed, "agreement.commissioner_not_signed"),
        (s.holder_signed, "statute.plan_not_agreed"),
        (s.has_needs_and_outcomes, "statute.plan_needs_missing"),
        (s.has_amounts_and_intervals, "statute.plan_amounts_missing"),
        (s.has_coordinator, "statute.plan_no_coordinator"),
        (s.needs_monitored, "statute.plan_monitors_missing"),
        (s.has_review, "statute.plan_review_missing"),
        (s.review_in_time, "statute.plan_review_late"),
        (s.has_notice_period, "statute.plan_notice_missing"),
        (s.risks_agreed, "statute.plan_risks_missing"),
        (s.connected_necessary, "statute.connected_not_necessary"),
        (s.enough_confirmed and s.cost_pence > 0, "statute.plan_enough_not_confirmed"),
        (s.cost_pence <= s.amount_pence, "statute.plan_not_enough"),
    ):
        if not fact:
            yield rule, "deny"
