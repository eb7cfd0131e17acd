"""Rates that may be shown: what is too few is not told, and cannot be worked out from what is."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.reports.rates import (
    FEWEST,
    TO_COUNTS,
    Cell,
    independent,
    interval,
    kept_back,
    people_kept_back,
    percentile,
    rounded,
    together,
    told,
)


def cell(place: int, part: int, rest: int, both: int = 0) -> Cell:
    """So many people with one thing of the part, with one that is not, and with both; nobody is in two cells."""
    return Cell(
        of_each={(place, "part", each): (1, 1) for each in range(part)}
        | {(place, "rest", each): (0, 1) for each in range(rest)}
        | {(place, "both", each): (1, 2) for each in range(both)}
    )


COUNTS = st.one_of(st.integers(0, 6), st.integers(0, 40))
TABLES = st.lists(st.tuples(COUNTS, COUNTS, st.integers(0, 6)), min_size=2, max_size=8).map(
    lambda each: [cell(place, *counts) for place, counts in enumerate(each)]
)


def test_wilsons_interval_is_the_published_one() -> None:
    """Newcombe's examples (Statistics in Medicine 1998; 17: 857-872, table I, method 3)."""
    for part, whole, low, high in (
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1.0),
    ):  # fmt: skip
        found = interval(part, whole)
        assert found is not None
        assert found == pytest.approx((low, high), abs=0.00006)
    assert interval(0, 0) is None


@given(st.integers(1, 10_000), st.data())
def test_an_interval_holds_its_rate(whole: int, data: st.DataObject) -> None:
    """It lies in 0 to 1, holds the rate, and is narrower of ten times as many."""
    part = data.draw(st.integers(0, whole))
    low, high = interval(part, whole) or (2.0, 2.0)
    assert 0 <= low <= part / whole <= high <= 1
    more = interval(10 * part, 10 * whole) or (0.0, 0.0)
    assert more[1] - more[0] < high - low


@given(st.integers(2, 60), st.integers(1, 30), st.data())
def test_things_of_one_person_are_worth_less_the_more_they_are_alike(
    people: int, times: int, data: st.DataObject
) -> None:
    """One thing of each person is worth itself; of people who are each wholly alike, many are worth as many as the people; of
    people who do not differ at all, all. Never more than all, and never less than what one person says."""
    some = data.draw(st.integers(1, people - 1))
    for things in (1, times):
        alike = [(things, things)] * some + [(0, things)] * (people - some)
        assert independent(alike) == pytest.approx(people)
        assert independent([(things, things)] * people) == pytest.approx(people)
        assert independent([(things, 2 * things)] * people) == 2 * things * people
    one_loud = [(some, 10 * people), *[(1, 1)] * (people - 1)]
    assert 1 <= independent(one_loud) <= 11 * people - 1
    assert (independent([]), independent([(3, 7)]), independent([(7, 7)])) == (0.0, 1.0, 1.0)


def test_an_interval_of_alike_things_is_that_of_so_many_people() -> None:
    """Ten verdicts of each of ten people, all of five of them refused, say what one verdict of each would; and a table of groups
    never tells of less than five."""
    ten = [(10, 10)] * 5 + [(0, 10)] * 5
    assert interval(50, 100, independent(ten)) == pytest.approx(interval(5, 10))
    shown = told(Cell(of_each=dict(enumerate(ten))), rounds=True)
    assert (shown.part, shown.whole, shown.independent) == (50, 100, 10)
    loud = {0: (0, 100), 1: (100, 100)} | dict.fromkeys(range(2, 10), (1, 1))
    assert told(Cell(of_each=loud), rounds=True).independent == TO_COUNTS
    assert told(Cell(), rounds=True).independent == 0


def test_percentiles_are_days_that_somebody_waited() -> None:
    """By nearest rank: the fifth and the ninth of ten, and of one that one."""
    assert [percentile([10, 1, 9, 2, 8, 3, 7, 4, 6, 5], each) for each in (50, 90, 100)] == [5, 9, 10]
    assert (percentile([3], 50), percentile([3], 90), percentile([], 50)) == (3, 3, None)


def test_one_group_of_too_few_takes_the_next_with_it() -> None:
    """Three women are not told, nor the smaller of the others, because the total would tell them; the largest is."""
    cells = [cell(0, 3, 0), cell(1, 9, 9), cell(2, 7, 7), cell(3, 0, 0)]
    assert kept_back(cells) == {0, 2}
    assert kept_back([cell(0, 2, 0), cell(1, 2, 0), cell(2, 30, 30)]) == {0, 1, 2}, "four together are too few as well"
    assert kept_back([cell(0, 5, 0), cell(1, 0, 5), cell(2, 0, 0)]) == frozenset()


@pytest.mark.parametrize("counts", [(1, 20, 0), (20, 4, 0), (2, 2, 0), (20, 0, 1)])
def test_the_part_and_the_rest_are_kept_back_like_the_whole(counts: tuple[int, int, int]) -> None:
    """One of twenty-one tells of one, and so does twenty of twenty-four of four."""
    assert cell(0, *counts).too_few


def test_people_of_whom_there_is_nothing_are_kept_back_like_others() -> None:
    """A group of three who ask for nothing is too few, and so are three of twenty."""
    group = frozenset(range(20))
    assert Cell(budgeted=frozenset(range(3))).too_few
    ten = dict.fromkeys(range(10), (1, 1))
    assert Cell(of_each=dict.fromkeys(range(17), (1, 1)), budgeted=group).too_few
    assert Cell(of_each=ten | dict.fromkeys(range(10, 18), (0, 1)), budgeted=group).too_few
    assert not Cell(of_each=ten, budgeted=group).few_without
    assert told(Cell(of_each=ten, budgeted=group), rounds=True).population == 20
    assert kept_back([Cell(budgeted=frozenset(range(3))), Cell(budgeted=group), Cell()]) == {0, 1}


def test_a_few_without_the_part_keep_back_how_many_have_it_and_nothing_else() -> None:
    """Of a hundred people, all of whom asked for something, two got no yes and twenty others not always: the share of verdicts is
    told, and how many got one is not; nor where two of those behind it are without, and many of the group of whom there is
    nothing. Of one group it takes another with it, because the total would tell."""
    alike = dict.fromkeys(range(78), (3, 3)) | dict.fromkeys(range(78, 98), (2, 3)) | {98: (0, 1), 99: (0, 2)}
    headline = Cell(of_each=alike, budgeted=frozenset(range(100)))
    assert (headline.too_few, headline.few_without) == (False, True)
    assert Cell(of_each=alike, budgeted=frozenset(range(150))).few_without
    shown = told(headline, rounds=True, without_people=True)
    assert (shown.part, shown.whole, shown.people, shown.people_with_part) == (275, 295, 100, None)
    cells = [headline, cell(1, 9, 9), cell(2, 7, 7), cell(3, 0, 0)]
    assert (kept_back(cells), people_kept_back(cells, frozenset())) == (frozenset(), {0, 2})


def with_few(place: int, always: int, mixed: int, never: int, nothing: int) -> Cell:
    """So many people whose things are of the part always, sometimes and never, and of whom there is nothing."""
    of_each = (
        {(place, "a", each): (2, 2) for each in range(always)} | {(place, "m", each): (1, 2) for each in range(mixed)}
        | {(place, "n", each): (0, 1) for each in range(never)}
    )  # fmt: skip
    return Cell(of_each=of_each, budgeted=frozenset((place, "0", each) for each in range(nothing)))


@given(st.lists(st.tuples(COUNTS, COUNTS, st.integers(0, 6), COUNTS), min_size=2, max_size=8))
def test_how_many_people_have_the_part_is_kept_back_by_itself(counts: list[tuple[int, int, int, int]]) -> None:
    """Wherever it is told, nobody or five people and more are without the part, of the group and of those behind it, and the group
    itself is told. What the total leaves over is of two groups or more, and of nobody or five people and more with the part and
    without it, unless nothing at all is told of people and it is the total itself. Nothing more is kept back of shares."""
    cells = [with_few(place, *each) for place, each in enumerate(counts)]
    hidden = kept_back(cells)
    people = people_kept_back(cells, hidden)
    assert hidden <= people
    assert bool(people) is any(each.few_without for each in cells)
    for each in (each for place, each in enumerate(cells) if place not in people):
        for without in (each.population - each.with_part, each.people - each.with_part):
            assert not 0 < len(without) < FEWEST
    if people and len(people) < len(cells):
        left = together([cells[place] for place in people])
        assert len(people) > 1
        for some in (left.with_part, left.population - left.with_part, left.people - left.with_part):
            assert not 0 < len(some) < FEWEST


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 4), min_size=2, max_size=4))
def test_how_many_people_of_a_group_have_the_part_cannot_be_worked_out(counts: list[tuple[int, int, int, int]]) -> None:
    """Whoever sees the total, every group's people, and how many of the others have the part, and tries every way to fill in those
    that are not told, finds more than one wherever anybody of them is with the part and anybody without."""
    cells = [with_few(place, *each) for place, each in enumerate(counts)]
    people = sorted(people_kept_back(cells, kept_back(cells)))
    open_ones = [place for place in people if cells[place].people]
    with_part = sum(len(cells[place].with_part) for place in people)
    room = [range(len(cells[place].people) + 1) for place in people]
    ways = [each for each in product(*room) if sum(each) == with_part]
    if len(open_ones) > 1 and 0 < with_part < sum(len(cells[place].people) for place in people):
        assert all(len({each[people.index(place)] for each in ways}) > 1 for place in open_ones)


@given(TABLES)
def test_nothing_of_too_few_is_shown_and_whatever_is_kept_back_is_needed(cells: list[Cell]) -> None:
    """No shown group has one to four people behind it; and where nothing is too few, nothing is kept back."""
    hidden = kept_back(cells)
    shown = [each for place, each in enumerate(cells) if place not in hidden]
    assert not any(
        0 < len(people) < FEWEST for each in shown for people in (each.people, each.with_part, each.with_rest)
    )
    assert bool(hidden) is any(each.too_few for each in cells)


@given(TABLES)
def test_what_the_total_leaves_over_is_of_no_one_group_and_not_of_too_few(cells: list[Cell]) -> None:
    """The total less what is shown is the sum of at least two groups. It has five people or more behind it, or none, for whole,
    part and rest, unless nothing at all is shown and it is the total itself."""
    hidden = kept_back(cells)
    if not hidden:
        return
    assert len(hidden) >= 2
    left_over = together([cells[place] for place in hidden])
    assert len(hidden) == len(cells) or not left_over.too_few


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3)), min_size=2, max_size=4))
def test_no_group_that_is_kept_back_can_be_worked_out(counts: list[tuple[int, int]]) -> None:
    """Whoever sees the total and the groups that are shown, and tries every way to fill in the others, finds more than one value
    for the whole of each of them, and for the part where any of it is left; of nothing left over, every group has nothing."""
    cells = [cell(place, part, rest) for place, (part, rest) in enumerate(counts)]
    hidden = sorted(kept_back(cells))
    left = sum(cells[place].whole for place in hidden)
    ways = [each for each in product(range(left + 1), repeat=len(hidden)) if sum(each) == left]
    for place in range(len(hidden)):
        assert len({each[place] for each in ways}) > 1
    left_part = sum(cells[place].part for place in hidden)
    if hidden and left_part:
        parts = [each for each in product(range(left_part + 1), repeat=len(hidden)) if sum(each) == left_part]
        assert all(len({each[place] for each in parts}) > 1 for place in range(len(hidden)))


@given(COUNTS, COUNTS, st.integers(0, 6))
def test_what_is_told_of_a_group_is_rounded_and_holds_together(part: int, rest: int, both: int) -> None:
    """No count is further off than two, a part is never more than its whole, and what is not kept back is never told as nobody;
    exactly told it is exact."""
    one = cell(0, part, rest, both)
    shown, exact = told(one, rounds=True), told(one, rounds=False)
    assert shown.people_with_part is not None
    for name in ("part", "whole", "people", "people_with_part"):
        assert getattr(shown, name) % TO_COUNTS == 0
        assert abs(getattr(shown, name) - getattr(exact, name)) <= 2
    assert shown.part <= shown.whole
    assert shown.people_with_part <= shown.people
    assert one.too_few or bool(shown.people) is bool(one.people)
    assert (exact.whole, exact.people) == (one.whole, len(one.people))
    assert [rounded(value, 100_00) for value in (49_99, 50_00, -50_00, -50_01)] == [0, 100_00, 0, -100_00]


def test_a_person_in_two_groups_is_one_person() -> None:
    """Four people of whom each has two ways of management are four, not eight."""
    same = dict.fromkeys("abcd", (1, 1))
    both = together([Cell(of_each=same), Cell(of_each=same)])
    assert (both.whole, len(both.people), both.too_few) == (8, 4, True)
