"""The published page of rules is the rules."""

from pathlib import Path

import pytest

from policies.bundle import Bundle
from policies.catalogue import WORDS, catalogue
from policies.lint import placeholders_of
from policies.sheet_kinds import SHEET_KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_the_page_of_rules_is_up_to_date(bundle: Bundle) -> None:
    """If not: python -m policies.catalogue > docs/rules.md."""
    assert PAGE.read_text(encoding="utf-8") == catalogue(bundle)


def test_every_rule_and_service_is_on_the_page(bundle: Bundle) -> None:
    """Nothing decides that is not published."""
    page = catalogue(bundle)
    assert all(f"| `{rule.id}` |" in page for rule in bundle.rules.values())
    assert all(f"(`{code}`)" in page for code in bundle.services)
    assert set(WORDS) == set().union(*(placeholders_of(kind) for kind in SHEET_KINDS.values()))


@pytest.mark.parametrize("secret", ["28", "same_again_28_days"])
def test_the_page_does_not_say_what_a_pattern_counts(bundle: Bundle, secret: str) -> None:
    """Who knows the threshold stays below it."""
    (patterns,) = [part for part in catalogue(bundle).split("\n## ") if part.startswith("Patterns")]
    assert secret not in patterns
