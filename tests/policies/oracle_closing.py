"""The rules about the close of periods, and about looks at who a person is, a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_closing import Carrying, Reopening
from policies.facts_viewing import Viewing


def of_reopening(s: Reopening) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.closed_by_same:
        yield "icb_policy.reopened_by_closer", "deny"
    if s.is_year and s.limit_year_reopened_days - s.closed_days < 0:
        yield "icb_policy.year_reopened_late", "refer"


def of_carrying(s: Carrying) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.carried_by_lapsing_pence:
        yield "icb_policy.lapsed_carried", "deny"
    if s.limit_carry_forward_pence - s.free_pence < 0:
        yield "icb_policy.carried_above_limit", "refer"


def of_viewing(s: Viewing) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects."""
    if s.viewer_connected:
        yield "icb_policy.view_by_connected", "deny"
    if s.restricted:
        if not s.viewer_named:
            yield "icb_policy.view_restricted", "deny"
        elif not s.purpose_said:
            yield "icb_policy.view_without_purpose", "deny"
