"""Plans, offers, contributions and limits at a terminal: what is there is shown, and a limit is set once, by another grade."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import phb

NOBODY = "P" + "B" * 15


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A small demo, and somebody of it who has a plan."""
    place = tmp_path_factory.mktemp("plans")
    code, found = phb(place, "demo", "--people", 12, "--no-serve")
    assert code == 0
    return place, found["example"]["person"]


def test_plans_are_shown_with_their_versions_and_lines(shown: tuple[Path, str]) -> None:
    """What is signed of each plan; one plan with all of its versions; and nobody's and no plan's say so."""
    place, person = shown
    code, found = phb(place, "plan", "show", person, "--book", "DEMO")
    assert code == 0
    signed = found["plans"][0]
    assert (signed["state"], signed["version"]) == ("signed", 1)
    assert all(line["amount"] and line["shares"] for line in signed["lines"])
    code, versions = phb(place, "plan", "show", person, "--book", "DEMO", "--plan", signed["plan"])
    assert (code, versions["versions"][0]["plan"]) == (0, signed["plan"])
    assert phb(place, "plan", "show", person, "--book", "DEMO", "--plan", "NONE")[1]["code"] == "plan_not_found"
    code, no = phb(place, "plan", "show", NOBODY, "--book", "DEMO")
    assert (code, no["code"]) == (2, "person_unknown")


def test_offers_and_contributions_are_listed(shown: tuple[Path, str]) -> None:
    """Also where there are none."""
    place, person = shown
    code, offers = phb(place, "plan", "offers", person, "--book", "DEMO")
    assert (code, isinstance(offers["offers"], list)) == (0, True)
    code, given = phb(place, "contribution", "show", person, "--book", "DEMO")
    assert (code, given["currency"], isinstance(given["contributions"], list)) == (0, "GBP", True)


def test_limits_are_those_of_the_day_and_are_set_by_another_grade(data: Path) -> None:
    """The numbers of the rules; a grade's limit from its day on, set once for each key; and who may not set it is told."""
    assert phb(data, "book", "open", "TEST", "--nature", "synthetic", "--first-month", "2025-04")[0] == 0

    def by_grade(day: str) -> list[Any]:
        code, found = phb(data, "limits", "show", "--book", "TEST", "--on", day)
        assert (code, found["on"]) == (0, day)
        assert found["rules"]["single_pence"] > 0
        return [(each["grade"], each["act"], each["amount"], each["from"]) for each in found["grades"]]

    assert by_grade("2025-06-30") == []
    asked = (
        "limits",
        "set",
        "band7",
        "waive",
        "50.00",
        "--from",
        "2025-07-01",
        "--book",
        "TEST",
        "--key",
        "limit-1-of-july-2025",
    )
    code, done = phb(data, *asked, actor="fay")
    assert (code, done["ok"], done["replayed"]) == (0, True, False)
    code, again = phb(data, *asked, actor="fay")
    assert (code, again["entry"], again["replayed"]) == (0, done["entry"], True)
    later = ("limits", "set", "band7", "waive", "75.00", "--from", "2025-08-01", "--book", "TEST")
    assert phb(data, *later, actor="fay")[0] == 0
    assert by_grade("2025-06-30") == []
    assert by_grade("2025-07-31") == [("band7", "waive", "50.00", "2025-07-01")]
    assert by_grade("2025-08-01") == [("band7", "waive", "75.00", "2025-08-01")]
    code, no = phb(
        data, "limits", "set", "band7", "forgive", "75.00", "--from", "2025-08-01", "--book", "TEST", actor="fay"
    )
    assert (code, no["ok"]) == (2, False)
