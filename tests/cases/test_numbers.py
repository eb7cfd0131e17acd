"""No case is forgotten: each number of the list has a test, or it says here what is lacking."""

import re
from pathlib import Path

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
