"""The rules about approvals of payees a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_payees import Approving


def of_approving(s: Approving) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.profession_lacking:
        yield "statute.payee_profession", "refer"
    if s.indemnity_lacking:
        yield "statute.payee_indemnity", "refer"
    if s.directly_employed or not s.regulated_activity:
        return
    if not s.registration_said:
        yield "icb_policy.payee_registration_not_said", "refer"
    elif not s.provider_registered:
        yield "statute.payee_not_registered", "deny"
