"""The published page of rules is the rules."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policies.bundle import Bundle, Limits
from policies.catalogue import WORDS, catalogue, in_plain_words
from policies.comparing import conditions_of
from policies.facts_watch import PATTERNS, Watch
from policies.lint import placeholders_of
from policies.measured import SEARCHED, limits_on_sheet
from policies.sheet_kinds import SHEET_KINDS
from tests.policies.sheets_watch import QUIET

PAGE = Path(__file__).resolve().parents[2] / "docs" / "rules.md"


def test_the_page_of_rules_is_up_to_date(bundle: Bundle) -> None:
    """If not: python -m policies.catalogue > docs/rules.md."""
    assert PAGE.read_text(encoding="utf-8") == catalogue(bundle)


def test_every_rule_and_service_is_on_the_page(bundle: Bundle) -> None:
    """Nothing decides that is not published."""
    page = catalogue(bundle)
    assert all(f"| `{rule.id}` |" in page for rule in bundle.rules.values())
    assert all(f"(`{code}`)" in page for code in bundle.services)
    assert "the [the" not in page, "a sentence that has its article already"
    assert set(WORDS) == set().union(*(placeholders_of(kind) for kind in SHEET_KINDS.values()))


def test_each_rule_stands_with_its_authority_its_limits_and_its_cases(bundle: Bundle) -> None:
    """One row of eight cells for each: a limit that a rule is measured against, by itself or in a fact worked out from it, is named
    and has a value below."""
    page = catalogue(bundle)
    rows = {row.split("`")[1]: row for row in page.splitlines() if re.match(r"\| `\w+\.\w+`", row)}
    assert rows.keys() == {rule.id for rule in bundle.rules.values()}
    cells = {id_: [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]] for id_, row in rows.items()}
    assert {len(each) for each in cells.values()} == {8}
    found = {id_: (each[1], each[6], each[7]) for id_, each in cells.items()}
    assert found["icb_policy.over_single_limit"][:2] == ("Local policy", "`answer_relied_days`, `single_pence`")
    assert found["icb_policy.surplus_care_first"] == ("Local policy", "`care_check_days`", "58")
    assert found["icb_policy.receipts_lost"][1] == (
        "`lost_receipts_pence`, `lost_receipts_percent`, `no_receipt_pence`, `no_receipt_year_pence`"
    )
    assert found["icb_policy.over_delegated_limit"][1] == "`waive_limit_pence`, `write_off_limit_pence`"
    assert found["statute.excluded_g_alcohol_or_tobacco"] == ("The law", "", "25, 27")
    assert found["statute.refusal_ground"] == ("Standing rules", "", "85")
    assert found["statute.refusal_other_ways"][0] == "Guidance"
    named = {limit for _, limits, _ in found.values() for limit in re.findall(r"`(\w+)`", limits)}
    assert named <= set(Limits.__struct_fields__)
    assert all(f"\n| `{limit}` | default |" in page for limit in Limits.__struct_fields__)


def _numbers_in(condition: Any) -> Iterator[int]:
    if isinstance(condition, dict):
        value = condition.get("Value")
        if isinstance(value, int) and not isinstance(value, bool):
            yield value
        condition = list(condition.values())
    for each in condition if isinstance(condition, list) else ():
        yield from _numbers_in(each)


def test_no_number_of_a_pattern_can_be_read_anywhere(bundle: Bundle) -> None:
    """Who knows the threshold stays below it: it is in no rule, no shipped limit, not on the page, in no rule book, and none that
    a replay could try at other values. A rule only knows that 0 is off."""
    patterns = {rule.id for rule in bundle.rules.values() if rule.authority == "pattern"}
    assert patterns == set(PATTERNS)
    assert {number for id_ in patterns for number in _numbers_in(conditions_of(bundle)[id_])} == {0}
    (section,) = [part for part in catalogue(bundle).split("\n## ") if part.startswith("Patterns")]
    # The last column names the cases that ask the rule, which are numbers of a list and of no threshold.
    section = re.sub(r"\| [\d, ]+ \|$", "|", section, flags=re.MULTILINE)
    told = [each for each in in_plain_words(bundle.rules.values()) if each.id in patterns]
    for text in (section, *(f"{each.message} {each.remedy} {each.source}" for each in told)):
        assert not re.search(r"\d", text)
    assert "limit_" not in section
    facts = set(Watch.__struct_fields__)
    assert not {name.removeprefix("limit_") for name in facts} & ({*Limits.__struct_fields__} | {*SEARCHED})
    assert list(limits_on_sheet(QUIET)) == []
