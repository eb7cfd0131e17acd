"""The rules about requests a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_requests import Request


def of_requests(s: Request) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects to a request, or to its refusal."""
    if s.act == "request_budget":
        if not s.has_right:
            yield "icb_policy.request_without_right", "refer"
        return
    if s.act == "request_checks":
        return
    if s.has_right and not s.not_appropriate:
        yield "statute.refusal_ground", "deny"
    if not s.reasons_given:
        yield "statute.refusal_reasons", "deny"
    if not s.others_offered:
        yield "statute.refusal_other_ways", "refer"
