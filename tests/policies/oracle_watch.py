"""The patterns of a month a second time, in plain Python."""

from collections.abc import Iterator

from policies.facts_watch import Watch

MEASURED = {
    "own_account": "own_account_pence",
    "bank_shared": "bank_shared_people",
    "hours_in_day": "day_hours",
    "hours_in_week": "week_hours",
    "two_employers": "two_employers_days",
    "hospital_stay": "hospital_days",
    "assistant_away": "assistant_away_days",
    "round_amounts": "round_repeats",
    "same_again": "paid_again",
    "sequential_invoices": "sequential_invoices",
    "document_again": "documents_again",
    "document_alike": "documents_alike",
    "cash": "cash_percent",
    "linked_payee": "linked_payees",
    "late_spend": "late_spend_percent",
    "wages_unreported": "wages_unreported_pence",
    "unplanned_fall": "unplanned_fall_pence",
    "unknown_credit": "unknown_credit_pence",
    "paid_after_change": "paid_after_change_pence",
    "paid_after_end": "paid_after_end_pence",
    "sample_digits": "digits_distance",
    "sample_peers": "peer_percent",
}


def of_watch(s: Watch) -> Iterator[tuple[str, str]]:
    """Somebody looks from the threshold on, where there is one; of a rise only where there is no care to speak of."""
    for rule, fact in MEASURED.items():
        limit = getattr(s, f"limit_{fact}")
        if limit and not getattr(s, fact) < limit:
            yield f"pattern.{rule}", "review"
    if s.limit_rise_pence and not (s.rise_pence < s.limit_rise_pence or s.care_percent > s.limit_care_percent):
        yield "pattern.rise_without_care", "review"
