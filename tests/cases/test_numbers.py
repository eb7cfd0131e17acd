"""No case is forgotten: each number of the list has a test, or it says here what is lacking."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from policies.bundle import Bundle
from policies.catalogue import cases_of_rules

CASES = frozenset(
    "01 02 03 04 05 07 08 10 11 13 14 16 17 20 21 22 23 25 26 27 28 30 31 32 34 35 37 38 40 41 43 44 46 47 49 50 51 53 54 56 58 "
    "59 61 62 64 67 68 69 71 72 74 75 76 80 81 83 85 87 88 90".split()
)
NOT_YET = {}
"""Cases that do not come out as listed, and why."""


def test_every_case_has_a_test_under_its_number_or_says_what_is_lacking() -> None:
    """A number is in one of the two and not in both; one that is in neither was forgotten."""
    texts = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    tested = {number for text in texts for number in re.findall(r"\b(?:test_)?case_(\d\d)_", text)}
    assert tested | set(NOT_YET) == CASES
    assert not tested & set(NOT_YET)


def _texts(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _asserted(rules: set[str]) -> Iterator[tuple[str, str]]:
    """Each case with each rule that its test names: a test has the number in its name, a row of a table in its first place."""
    for path in Path(__file__).parent.glob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        tests = [(each.name, each) for each in tree.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
        rows = [(str(each.elts[0].value), each) for each in ast.walk(tree)
                if isinstance(each, ast.Tuple) and each.elts and isinstance(each.elts[0], ast.Constant)]  # fmt: skip
        for name, node in (*tests, *rows):
            for number in re.findall(r"\A(?:test_)?case_(\d\d)_", name):
                yield from ((number, rule) for rule in _texts(node) & rules)


def test_the_page_of_rules_names_the_cases_that_ask_each_rule_and_no_others() -> None:
    """Both ways: a case whose test asserts a rule stands with it in policies/cases.json, and what stands there is asserted."""
    found = defaultdict(set)
    for number, rule in _asserted({rule.id for rule in Bundle.load().rules.values()}):
        found[rule].add(number)
    assert cases_of_rules() == {rule: tuple(sorted(numbers)) for rule, numbers in sorted(found.items())}
    assert {number for numbers in found.values() for number in numbers} <= CASES
