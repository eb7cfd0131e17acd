"""The rules about changes a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_changes import Change


def of_changes(s: Change) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects to a change."""
    if not (s.plan_in_force and s.lines_active):
        yield "plan.change_not_in_force", "deny"
    if s.limit_pence - s.amount_pence < 0:
        yield "icb_policy.moved_above_limit", "refer"
    if s.act == "virement":
        if not s.lines_flexible:
            yield "plan.virement_stated", "deny"
        if not (s.same_management and s.funds_shared):
            yield "plan.virement_unlike", "deny"
        if s.above_plan_percent >= s.limit_above_plan_percent + 1:
            yield "icb_policy.virement_far_above_plan", "refer"
        if s.below_cost_pence:
            yield "statute.moved_below_cost", "refer"
    if s.left_pence - s.amount_pence < 0:
        yield "icb_policy.change_not_enough_left", "deny"
