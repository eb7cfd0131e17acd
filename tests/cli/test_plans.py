"""Plans, offers, contributions and limits at a terminal: what nobody has is said, and a limit is set once (what a demo's people
have is read in test_demo.py)."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import phb

NOBODY = "P" + "B" * 15


@pytest.fixture(scope="module", autouse=True)
def book(data: Path) -> None:
    """An empty book."""
    assert phb(data, "book", "open", "TEST", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0


@pytest.mark.parametrize("asked", [("plan", "show"), ("plan", "offers"), ("contribution", "show")])
def test_nobody_has_nothing_to_show(data: Path, asked: tuple[str, str]) -> None:
    """An unknown person is said to be unknown, and not shown as one without plans."""
    code, no = phb(data, *asked, NOBODY, "--book", "TEST")
    assert (code, no["code"]) == (2, "person_unknown")


def test_limits_are_those_of_the_day_and_are_set_once(data: Path) -> None:
    """The numbers of the rules; a grade's limit from its day on, once for each key; and an act that has no limit is told."""

    def by_grade(day: str) -> list[Any]:
        code, found = phb(data, "limits", "show", "--book", "TEST", "--on", day)
        assert (code, found["on"]) == (0, day)
        assert found["rules"]["single_pence"] > 0
        return [(each["grade"], each["act"], each["amount"], each["from"]) for each in found["grades"]]

    asked = ("limits", "set", "band7", "waive", "50.00", "--from", "2025-07-01", "--book", "TEST", "--key", "limit-1")
    code, done = phb(data, *asked)
    assert (code, done["ok"], done["replayed"]) == (0, True, False)
    code, again = phb(data, *asked)
    assert (code, again["entry"], again["replayed"]) == (0, done["entry"], True)
    assert phb(data, "limits", "set", "band7", "waive", "75.00", "--from", "2025-08-01", "--book", "TEST")[0] == 0
    assert by_grade("2025-06-30") == []
    assert by_grade("2025-07-31") == [("band7", "waive", "50.00", "2025-07-01")]
    assert by_grade("2025-08-01") == [("band7", "waive", "75.00", "2025-08-01")]
    code, no = phb(data, "limits", "set", "band7", "forgive", "75.00", "--from", "2025-08-01", "--book", "TEST")
    assert (code, no["ok"]) == (2, False)
