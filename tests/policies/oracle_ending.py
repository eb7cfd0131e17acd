"""The rules about stopping a second time, in plain Python; see oracle.py."""

from collections.abc import Iterator

from policies.facts_ending import Ending


def of_endings(s: Ending) -> Iterator[tuple[str, str]]:
    """Rule and its own effect, for every rule that objects to a notice."""
    if s.act == "move_out":
        yield "icb_policy.move_needs_another", "refer"
        return
    if not s.reasons_given:
        yield "statute.stop_reasons", "deny"
    if not s.care_goes_on:
        yield "icb_policy.stop_cuts_off_care", "refer"
    if s.act == "stop" and not s.ground_shown:
        yield "statute.stop_ground_not_shown", "deny"
    if s.act == "stop" and not s.notice_may_be_short and s.notice_days - s.agreed_notice_days < 0:
        yield "statute.stop_before_notice", "deny"
    if not s.must_stop:
        yield "statute.stop_is_a_power", "refer"
    if s.act == "stop" and s.notice_backdated_days:
        yield "icb_policy.stop_notice_dated_back", "refer"
    if s.act == "stop" and s.limit_notice_days - s.notice_days > 0:
        yield "icb_policy.stop_notice_short", "refer"
