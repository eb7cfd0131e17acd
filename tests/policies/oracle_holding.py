"""The rules about holders and their accounts a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_holding import Holding


def of_holding(s: Holding) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects to a holder or an account."""
    if s.is_person and s.under_sixteen:
        yield "statute.holder_is_child", "deny"
    if s.act == "approve_account":
        if s.of_carer_alone:
            yield "icb_policy.account_of_carer_alone", "deny"
        if not s.account_auditable:
            yield "statute.account_not_auditable", "deny"
        return
    if s.lacks_capacity:
        if s.is_person:
            yield "statute.holder_lacks_capacity", "deny"
        if s.is_nominee and not s.lost_for_a_time:
            yield "statute.nominee_without_capacity", "refer"
    for fact, rule, effect in (
        (s.has_authority, "representative_to_appoint", "refer"),
        (s.nominee_agreed, "nominee_not_agreed", "deny"),
        (s.commissioner_agreed, "nominee_to_agree_to", "refer"),
        (s.judgement_made, "holder_judgement", "refer"),
        (s.principal_agreed, "holder_principal", "refer"),
        (s.certificate_asked_for or not s.certificate_needed, "nominee_certificate", "deny"),
    ):
        if not fact:
            yield f"statute.{rule}", effect
