"""Each rule about the close of months and years as a table: what it objects to, and what is just not it."""

from typing import Any

import pytest

from policies.engine import Engine
from policies.facts import FactSheet
from tests.policies.sheets_closing import carrying, reopening, viewing

OBJECTED: list[tuple[str, FactSheet]] = [
    ("icb_policy.reopened_by_closer", reopening(closed_by_same=True)),
    ("icb_policy.reopened_by_closer", reopening(closed_by_same=True, is_year=False)),
    ("icb_policy.year_reopened_late", reopening(closed_days=91)),
    ("icb_policy.view_by_connected", viewing(viewer_connected=True)),
    ("icb_policy.view_restricted", viewing(restricted=True, purpose_said=True)),
    ("icb_policy.view_restricted", viewing(restricted=True)),
    ("icb_policy.view_without_purpose", viewing(restricted=True, viewer_named=True)),
    ("icb_policy.lapsed_carried", carrying(carried_by_lapsing_pence=1)),
    ("icb_policy.carried_above_limit", carrying(free_pence=25_000_01)),
]
UNOBJECTED: list[tuple[str, FactSheet]] = [
    ("staff who do not act for the person", viewing()),
    ("who a restriction names, for a purpose", viewing(restricted=True, viewer_named=True, purpose_said=True)),
    ("exactly the days", reopening()),
    ("exactly what a line may carry", carrying()),
    ("a month, however long ago", reopening(is_year=False, closed_days=4_000)),
]


@pytest.mark.parametrize(("rule", "facts"), OBJECTED)
def test_each_rule_objects_alone_to_what_it_is_about(engine: Engine, rule: str, facts: Any) -> None:
    """One fact is turned, or one number put just past its limit, and just that rule objects, with its effect."""
    verdict = engine.decide(facts)
    (finding,) = verdict.findings
    assert (finding.rule, verdict.outcome) == (rule, finding.effect)


@pytest.mark.parametrize(("what", "facts"), UNOBJECTED)
def test_nothing_is_refused_at_a_limit(engine: Engine, what: str, facts: Any) -> None:
    """At the limit is within it, and a rule about years says nothing about months."""
    assert engine.decide(facts).outcome == "allow", what
