"""The rules about documents of evidence a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_evidence import Judging


def of_judging(s: Judging) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.said_illegible:
        yield "statute.judged_illegible", "refer"
    if s.said_complete and not s.has_document:
        yield "icb_policy.complete_without_document", "deny"
    if s.said_exempt and s.limit_exempt_pence - s.amount_pence < 0:
        yield "icb_policy.exempt_above_limit", "refer"
