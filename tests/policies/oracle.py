"""The rules a second time, in plain Python and from the regulations, so that two authors must slip alike.

Written from the law and the design and not from the Cedar text; nothing of `policies` is used but the sheet's type.
"""

from collections.abc import Iterator
from typing import Any

from policies.facts import FactSheet, Sheet
from tests.policies.oracle_changes import of_changes
from tests.policies.oracle_closing import of_carrying, of_reopening, of_viewing
from tests.policies.oracle_deposits import of_deposits
from tests.policies.oracle_ending import of_endings
from tests.policies.oracle_evidence import of_judging
from tests.policies.oracle_holding import of_holding
from tests.policies.oracle_owing import of_owing
from tests.policies.oracle_payees import of_approving
from tests.policies.oracle_plans import of_signatures
from tests.policies.oracle_requests import of_requests
from tests.policies.oracle_watch import of_watch
from tests.policies.sheets import EXCLUDED

LETTERS = {service: letter for letter, service in EXCLUDED.items()}


def objections(s: FactSheet) -> dict[str, str]:
    """Rule -> its own effect, for every rule that objects."""
    if not isinstance(s, Sheet):
        return dict(OF_KINDS[type(s).__name__](s))
    direct = s.management in ("direct_payment", "one_off")
    found = dict(_of_everyone(s))
    found.update(dict(_of_direct_payments(s)) if direct else dict(_of_the_commissioner(s)))
    return found


def outcome(s: FactSheet) -> str:
    """allow, refer or deny; what has been paid can only be looked at."""
    effects = set(objections(s).values())
    if "deny" in effects:
        return "refer" if s.is_of_money_gone else "deny"
    return "refer" if "refer" in effects else "allow"


def _is_lawful_debt(s: Sheet) -> bool:
    return s.service == "debt_repayment" and s.service_in_plan


def _of_direct_payments(s: Sheet) -> Iterator[tuple[str, str]]:
    if not s.consent_given:
        yield "statute.consent", "deny"
    if s.excluded_by_schedule:
        yield "statute.schedule_person", "deny"
    if not s.person_alive:
        yield "statute.person_died", "deny"
    if not s.has_coordinator:
        yield "statute.no_coordinator", "deny"
    if not s.agreement_signed:
        yield "agreement.not_signed", "deny"
    if s.act == "instalment" and not s.confirmed_at_sixteen:
        yield "statute.sixteen_consent", "refer"
    if s.act == "instalment" and not s.confirmed_since_capacity:
        yield "statute.capacity_consent", "refer"
    if s.act == "instalment" and s.paid_to_child:
        yield "statute.paid_to_child", "deny"
    if s.act == "instalment" and s.review_overdue:
        yield "statute.review_overdue", "review"
    if s.act == "instalment" and s.tier_review_due:
        yield "icb_policy.tier_review_due", "review"
    if s.act != "instalment" and s.payee_connected and not s.payee_named_in_plan:
        yield "statute.connected_not_in_plan", "deny"
    if s.act == "instalment" and s.management != "one_off" and not s.payee_account_approved:
        yield "statute.account_not_approved", "deny"
    if s.act != "instalment" and s.payee_state == "barred":
        yield "statute.payee_barred", "deny"
    if s.service in LETTERS:
        if not _is_lawful_debt(s):
            yield f"statute.excluded_{LETTERS[s.service]}_{s.service}", "deny"
    elif s.service not in ("unsure", "unlawful") and not s.service_in_plan:
        yield "statute.not_a_plan_service", "deny"


def _of_the_commissioner(s: Sheet) -> Iterator[tuple[str, str]]:
    if not s.person_alive:
        yield "icb_policy.person_died", "refer"
    if s.act != "instalment" and s.payee_state == "barred":
        yield "icb_policy.payee_barred", "deny"
    if s.service in LETTERS:
        if not _is_lawful_debt(s) and not s.relied_within:
            yield "icb_policy.excluded_service", "refer"
    elif s.service not in ("unsure", "unlawful") and not s.service_in_plan:
        yield "plan.not_a_plan_service", "deny"


def _of_everyone(s: Sheet) -> Iterator[tuple[str, str]]:
    for fact, rule in (
        (s.plan_signed, "plan.not_signed"),
        (s.plan_in_force, "plan.not_in_force"),
        (s.care_in_plan, "plan.care_outside_dates"),
        (s.line_active, "plan.line_not_active"),
    ):
        if not fact:
            yield rule, "deny"
    of_plan = s.service not in ("unsure", "unlawful", *LETTERS) or s.service == "debt_repayment"
    if of_plan and s.service_in_plan and not s.service_in_line and not s.relied_within:
        yield "plan.service_not_in_line", "refer"
    if s.service == "unsure" and not s.relied_within:
        yield "icb_policy.service_unsure", "refer"
    if s.service == "unlawful":
        if s.act != "evidence":
            yield "statute.unlawful", "deny"
        if s.act != "instalment":
            yield "statute.possible_offence", "refer"
    if s.service_left_out_here and not s.relied_within:
        yield "icb_policy.service_left_out_here", "refer"
    if s.left_pence - s.amount_pence < 0:
        yield "icb_policy.not_enough_left", "deny"
    if s.relies_on_ask and not s.ask_amount_pence:
        yield "icb_policy.answer_not_yes", "refer"
    elif s.relies_on_ask:
        if not s.ask_in_date:
            yield "icb_policy.answer_out_of_date", "refer"
        if s.ask_amount_pence - s.amount_pence < 0:
            yield "icb_policy.more_than_answered", "refer"
    yield from _of_approvals(s)
    if s.act == "instalment":
        if s.account_changed:
            yield "icb_policy.account_changed", "refer"
        if s.returns_reminded - s.limit_returns_reminded >= 0:
            yield "icb_policy.returns_missing", "review"
        if not s.agreed_instalment_pence:
            yield "plan.instalment_not_said", "refer"
        elif s.agreed_instalment_pence != s.amount_pence:
            yield "plan.instalment_not_as_agreed", "deny"
        if not s.period_in_schedule:
            yield "plan.instalment_not_in_schedule", "deny"
        if s.period_met_before:
            yield "plan.instalment_met_before", "deny"
        if not s.instalment_in_interval:
            yield "plan.instalment_before_interval", "deny"
        return
    if s.act == "evidence":
        if s.evidence_illegible:
            yield "statute.evidence_illegible", "refer"
        if s.receipts_lost:
            yield "icb_policy.receipts_lost", "refer"
    if s.claimed_before:
        yield "icb_policy.claimed_before", "refer"
    if s.regulated_activity and not (s.provider_registered or s.directly_employed):
        yield "statute.provider_not_registered", "deny"
    # Who relies on an answer in time and within it was told already how much is too much, and who and what for.
    if s.payee_state == "unknown" and s.management in ("notional", "third_party") and not s.relied_within:
        yield "icb_policy.payee_not_approved", "refer"
    elif s.payee_state in ("unknown", "pending") and not s.relied_within:
        yield "icb_policy.payee_pending", "refer"
    elif s.payee_state == "lapsed":
        yield "statute.payee_lapsed", "refer"
    if s.limit_single_pence - s.amount_pence < 0 and not s.relied_within:
        yield "icb_policy.over_single_limit", "refer"
    if s.limit_30_days_pence - s.service_30_days_pence - s.amount_pence < 0 and not s.relied_within:
        yield "icb_policy.over_30_day_limit", "refer"
    if s.act == "spend" and s.over_order_pence - s.limit_over_order_pence > 0:
        yield "icb_policy.invoice_over_order", "refer"
    if s.act == "spend" and s.over_rate_percent - s.limit_over_rate_percent > 0:
        yield "icb_policy.invoice_price_over_order", "refer"


def _of_approvals(s: Sheet) -> Iterator[tuple[str, str]]:
    """What was approved binds what is bought under it; evidence is asked for, and no payment waits for it."""
    if s.act == "instalment" and s.approval_evidence_overdue:
        yield "approval.evidence_not_seen", "review"
    if s.act == "instalment":
        return
    if s.approval_cap_pence - s.approval_used_pence < 0:
        yield "approval.over_cap", "deny"
    if s.approval_other_payee:
        yield "approval.other_payee", "deny"
    if s.approval_past_day:
        yield "approval.after_last_day", "deny"
    if s.approval_bought_again:
        yield "approval.bought_again", "refer"
    if s.act == "spend" and s.approval_evidence_overdue:
        yield "approval.evidence_overdue", "refer"


OF_KINDS: dict[str, Any] = {
    "Change": of_changes,
    "Signing": of_signatures,
    "Owing": of_owing,
    "Ending": of_endings,
    "Holding": of_holding,
    "Deposit": of_deposits,
    "Judging": of_judging,
    "Approving": of_approving,
    "Reopening": of_reopening,
    "Carrying": of_carrying,
    "Viewing": of_viewing,
    "Request": of_requests,
    "Watch": of_watch,
}
"""The other kinds of sheets, each in a file of its own."""
