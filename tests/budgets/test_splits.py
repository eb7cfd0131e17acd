"""Who bears a line when: each day has one split, a year's amount goes to the funds by days, and the past stays as agreed."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.budgets.plans import Line, LineShare, turns_of
from ledger.budgets.reading import shares_of, years_of
from ledger.budgets.splits import SplitOfBefore, borne_by, by_fund, day_in, going_on, spells
from ledger.core.model import Malformed

START, TURN, END = date(2025, 4, 1), date(2025, 10, 1), date(2026, 3, 31)
EVE = TURN - timedelta(days=1)
NHS, COUNCIL = LineShare("nhs", "ring_fenced", 60), LineShare("council", "partner", 40)
DATED = (
    LineShare("nhs", "ring_fenced", 1, None, EVE), LineShare("nhs", "ring_fenced", 50, TURN),
    LineShare("council", "partner", 50, TURN),
)  # fmt: skip


def line(*shares: LineShare, **changes: Any) -> Line:
    """A line of a year, of £1,200 unless told otherwise."""
    made = Line(line="L", person="X", plan="P", version=1, services=("home_care",), management="notional",
                amount=1_200_00, start=START, end=END, shares=shares)  # fmt: skip
    return msgspec.structs.replace(made, **changes)


@pytest.mark.parametrize(("share", "text"), [
    (NHS, "nhs:ring_fenced:60"), (DATED[0], "nhs:ring_fenced:1::2025-09-30"), (DATED[2], "council:partner:50:2025-10-01:"),
    (LineShare("nhs", "ring_fenced", 1, START, EVE), "nhs:ring_fenced:1:2025-04-01:2025-09-30"),
])  # fmt: skip
def test_a_share_is_read_as_it_was_written_with_its_days_and_without(share: LineShare, text: str) -> None:
    """A text of before the days were kept is read as ever, and written as ever."""
    assert (share.text, LineShare.of_text(text)) == (text, share)


@pytest.mark.parametrize("text", [
    "nhs:ring_fenced:1:", "nhs:ring_fenced:1::", "nhs:ring_fenced:1:2025-04-01", "nhs:ring_fenced:1:x:",
    "nhs:ring_fenced:1:2025-04-02:2025-04-01", "nhs:ring_fenced:1:2025-04-01:2025-04-02:",
])  # fmt: skip
def test_days_of_no_shape_are_none(text: str) -> None:
    """Both colons and a day at least; an end before its start is none."""
    with pytest.raises(Malformed):
        LineShare.of_text(text)


@pytest.mark.parametrize("shares", [
    (NHS, NHS), (NHS, LineShare("nhs", "demand_led", 1, TURN)), (DATED[0], LineShare("nhs", "ring_fenced", 1, EVE)),
    (DATED[0], LineShare("council", "partner", 1, TURN + timedelta(days=1))), (DATED[2],),
])  # fmt: skip
def test_on_each_day_of_a_line_somebody_bears_it_and_nobody_twice(shares: tuple[LineShare, ...]) -> None:
    """The same fund twice on a day, of two kinds, or a day that nobody bears."""
    with pytest.raises(Malformed):
        line(*shares)


def test_the_split_in_force_is_that_of_the_day() -> None:
    """The NHS alone until the council joins; a year's shares are those of the day, and without one of the year's last."""
    found = line(*DATED)
    assert (found.weights_on(EVE), found.weights_on(TURN)) == ({"nhs": 1, "council": 0}, {"nhs": 50, "council": 50})
    assert [share.fund for share in found.bearers] == ["nhs", "council"]
    assert (turns_of(found), day_in(found, "2025-26")) == ([START, TURN], END)
    assert spells(found, "2025-26") == [(START, EVE), (TURN, END)]
    funds: dict[str, Any] = {"council": type("F", (), {"partner": "town"}), "nhs": type("F", (), {"partner": None})}
    on = [
        [s.weight for s in shares_of(found, "2025-26", funds, {}, day)]
        for day in (EVE, TURN, START - timedelta(days=9))
    ]
    assert on == [[1, 0], [50, 50], [1, 0]]
    assert [s.weight for s in shares_of(found, "2025-26", funds, {})] == [50, 50]


def test_a_years_amount_goes_to_the_funds_by_days() -> None:
    """183 of 365 days are the NHS's alone, and half of the rest: £601.64 and £299.18."""
    found = line(*DATED)
    assert by_fund(found, "2025-26", 1_200_00) == {"nhs": 601_64 + 299_18, "council": 299_18}
    assert (borne_by(found, "council"), by_fund(line(NHS, COUNCIL), "2025-26", 7)) == (299_18, {"nhs": 4, "council": 3})
    with pytest.raises(Malformed):
        by_fund(found, "2027-28", 1)


@given(
    st.integers(0, 10**9),
    st.lists(st.integers(1, 364), max_size=4, unique=True),
    st.lists(st.integers(1, 99), min_size=10, max_size=10),
)
def test_every_penny_of_a_split_line_is_borne(pence: int, turns: list[int], weights: list[int]) -> None:
    """Whatever the days and weights: the funds' parts come to the amount, and the stretches to the days of the line."""
    starts = [START, *(START + timedelta(days=each) for each in sorted(turns))]
    ends = [*(day - timedelta(days=1) for day in starts[1:]), None]
    shares = tuple(
        LineShare(fund, "ring_fenced", weights[2 * place + which], first, last)
        for place, (first, last) in enumerate(zip(starts, ends, strict=True)) for which, fund in enumerate(("a", "b"))
    )  # fmt: skip
    found = line(*shares)
    assert sum(by_fund(found, "2025-26", pence).values()) == pence
    assert sum((last - first).days + 1 for year in years_of(found) for first, last in spells(found, year)) == 365


def test_a_line_that_goes_on_keeps_who_bore_its_days_before() -> None:
    """Without dates a split counts from the version's first day on, and the days before stay; the same again is no change; dates
    that say something else of the days before are refused."""
    before = line(NHS, COUNCIL)
    half = (LineShare("nhs", "ring_fenced", 50), LineShare("council", "partner", 50))
    after = going_on(before, half, TURN)
    assert [share.text for share in after] == [
        "nhs:ring_fenced:60::2025-09-30", "council:partner:40::2025-09-30", "nhs:ring_fenced:50:2025-10-01:",
        "council:partner:50:2025-10-01:",
    ]  # fmt: skip
    later = line(*after)
    assert (going_on(before, (NHS, COUNCIL), TURN), going_on(later, half, TURN)) == (before.shares, after)
    assert going_on(later, half, date(2026, 1, 1)) == after
    assert going_on(before, half, START) == half
    assert going_on(later, after, TURN) == after
    with pytest.raises(SplitOfBefore):
        going_on(later, (LineShare("nhs", "ring_fenced", 1, START),), TURN)
