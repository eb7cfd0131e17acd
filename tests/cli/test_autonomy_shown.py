"""The tables of autonomy at a terminal: whatever its width, no name is cut and no number is."""

from collections.abc import Sequence
from io import StringIO
from typing import Any

import msgspec
import pytest
from rich.console import Console

from api.answers_autonomy import AutonomyOut, autonomy_out
from api.answers_taking_on import CoveredOut
from api.cli_autonomy import GROUP_TITLES, TITLES, WIDE, show_autonomy
from ledger.reports.autonomy import GROUPS_BY, MEASURES, STEPS, Autonomy, By, Figure, Shown, Step, Waiting, Waits
from ledger.reports.rates import Told
from tests.api.lives import END, START

MANY = Told(12_345, 23_456, 20_105, 5_067_864_90, 9_067_864_904, 240, 120, 240)
LONG = Waits(12_345, 123, 1_234)


def _shown(by: By, width: int, told: Told | None = MANY, waits: Waits | None = LONG) -> str:
    """What a terminal of this width shows of a book with the largest figures there will be."""
    groups = GROUPS_BY[by]
    figures = tuple(Figure(each, told, tuple(Shown(group, told) for group in groups)) for each in MEASURES)
    waiting: Sequence[Step] = [Step(name, says, *_waiting(groups, waits)) for name, says in STEPS.items()]
    found = Autonomy(
        first=START, last=END, by=by, sees_people=True, through_entry=1, figures=figures, steps=tuple(waiting)
    )
    out: AutonomyOut = autonomy_out(
        "DEMO", "GBP", found, CoveredOut(complete_from=START, provisional=False, says="", take_ons=[])
    )
    console = Console(width=width, file=StringIO())
    show_autonomy(console, msgspec.to_builtins(out))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def _waiting(groups: Sequence[str], waits: Waits | None) -> tuple[Waiting, tuple[Waiting, ...]]:
    return Waiting("everybody", waits, waits), tuple(Waiting(group, waits, waits) for group in groups)


@pytest.mark.parametrize("width", [80, 100, 120])
@pytest.mark.parametrize("by", [*GROUPS_BY])
@pytest.mark.parametrize("few", [False, True])
def test_every_name_and_number_is_whole(by: By, width: int, few: bool) -> None:
    """Each measure in two tables, each step in one, each group as often; nothing ends in an ellipsis or beyond the edge."""
    given: dict[str, Any] = {"told": None, "waits": None} if few else {}
    text = _shown(by, width, **given)
    lines = text.splitlines()
    assert "…" not in text
    assert max(map(len, lines)) <= width
    assert {each.name for each in MEASURES} | STEPS.keys() == TITLES.keys()
    assert not any(each in text for each in TITLES if "_" in each), "a code name is no word"
    for measure in MEASURES:
        assert sum(line.startswith(f" {TITLES[measure.name]} ") for line in lines) == 2, measure.name
    assert all(sum(line.startswith(f" {TITLES[step]} ") for line in lines) == 1 for step in STEPS)
    if by != "book":
        for group in GROUPS_BY[by]:
            title = GROUP_TITLES.get(by, {}).get(group, group.replace("_", " "))
            assert sum(line.startswith(f"   {title} ") for line in lines) == 2 * len(MEASURES) + len(STEPS), title
    if not few:
        assert ("reconsiderations" in text) is (width >= WIDE)
        assert [text.count(each) > 0 for each in ("12,345", "23,456", "90,678,649.04", "1234")] == [True] * 4
