"""Rates that may be shown: intervals, medians, and which groups have too few people behind them to say anything.

Pure arithmetic. A number of one to four people is never shown (domain.md section 6), nor is any other by which it could be
worked out of the total.
"""

from collections.abc import Hashable, Sequence
from math import sqrt

import msgspec

FEWEST = 5
"""Fewer people than this, and more than none, are too few to say."""
Z = 1.959963984540054
"""The 97.5th percentile of the normal distribution: intervals are of 95 %."""


FEWEST_OF_NINE_IN_TEN = 10
"""Of fewer people, what nine in ten did not pass is what the last of them waited."""
TO_COUNTS, TO_PENCE, TO_DAYS = 5, 100_00, 5
"""What counts, amounts and days of groups are rounded to, so that two tables of nearly the same do not tell of one person."""


class Told(msgspec.Struct, frozen=True):
    """A cell as it is shown: `people` behind it, `people_with_part`, of whom at least one thing is of the part, and `population`,
    all people of the group."""

    part: int
    whole: int
    part_pence: int
    whole_pence: int
    people: int
    people_with_part: int
    population: int


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one group comes to: `part` of `whole` things, `part_pence` of `whole_pence`, and who is behind them. `with_part` are the
    people of whom at least one thing is of the part, `with_rest` those of whom at least one is not; `budgeted` everybody of the
    group who had a budget in the time, also those of whom there is nothing."""

    part: int = 0
    whole: int = 0
    part_pence: int = 0
    whole_pence: int = 0
    with_part: frozenset[Hashable] = frozenset()
    with_rest: frozenset[Hashable] = frozenset()
    budgeted: frozenset[Hashable] = frozenset()

    @property
    def people(self) -> frozenset[Hashable]:
        """Everybody behind it."""
        return self.with_part | self.with_rest

    @property
    def population(self) -> frozenset[Hashable]:
        """All people of the group: also those behind it whose budget was over before the time began."""
        return self.budgeted | self.people

    @property
    def too_few(self) -> bool:
        """Whether one to four people are behind the whole, the part, or what is not of the part; are all of the group; or are those
        of the group without the part, or of whom there is nothing."""
        whole, part, people = self.population, self.with_part, self.people
        return any(
            0 < len(each) < FEWEST for each in (people, part, self.with_rest, whole, whole - part, whole - people)
        )


def told(cell: Cell, *, rounds: bool) -> Told:
    """A cell as it is shown, exactly or rounded to the nearest."""
    counts, pence = (TO_COUNTS, TO_PENCE) if rounds else (1, 1)
    return Told(
        part=rounded(cell.part, counts), whole=rounded(cell.whole, counts), part_pence=rounded(cell.part_pence, pence),
        whole_pence=rounded(cell.whole_pence, pence), people=rounded(len(cell.people), counts),
        people_with_part=rounded(len(cell.with_part), counts), population=rounded(len(cell.population), counts),
    )  # fmt: skip


def rounded(value: int, to: int) -> int:
    """To the nearest multiple, from the middle on upwards."""
    return (2 * value + to) // (2 * to) * to


def together(cells: Sequence[Cell]) -> Cell:
    """Several groups as one; a person who is in two of them is one person."""
    return Cell(
        part=sum(each.part for each in cells), whole=sum(each.whole for each in cells),
        part_pence=sum(each.part_pence for each in cells), whole_pence=sum(each.whole_pence for each in cells),
        with_part=frozenset().union(*(each.with_part for each in cells)),
        with_rest=frozenset().union(*(each.with_rest for each in cells)),
        budgeted=frozenset().union(*(each.budgeted for each in cells)),
    )  # fmt: skip


def kept_back(cells: Sequence[Cell]) -> frozenset[int]:
    """Which of the groups of a table whose total is shown are not shown, by place.

    First those of too few people. Then, because the total less what is shown is the sum of what is not, as many others, of fewest
    people first, as it takes until that sum is of at least two groups and itself not of too few; groups of nobody come last, and
    where there are no others left nothing is shown."""
    hidden = {place for place, each in enumerate(cells) if each.too_few}
    if not hidden:
        return frozenset()
    others = sorted(
        (place for place in range(len(cells)) if place not in hidden),
        key=lambda place: (not cells[place].population, len(cells[place].population), place),
    )
    for place in others:
        left_over = together([cells[each] for each in hidden])
        if len(hidden) > 1 and not left_over.too_few:
            break
        hidden.add(place)
    return frozenset(hidden)


def interval(part: int, whole: int) -> tuple[float, float] | None:
    """Wilson's interval of 95 % for a rate, from 0 to 1; None of nothing. It never leaves 0 to 1, and says something of 0 in 20."""
    if not whole:
        return None
    rate, spread = part / whole, Z * Z / whole
    middle = rate + spread / 2
    reach = Z * sqrt(rate * (1 - rate) / whole + spread / (4 * whole))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    return (0.0 if part == 0 else max(0.0, low), 1.0 if part == whole else min(1.0, high))


def percentile(days: Sequence[int], percent: int) -> int | None:
    """The smallest of the days that so many in a hundred of them do not pass (nearest rank); None of none. 50 is the median."""
    if not days:
        return None
    return sorted(days)[max(0, -(-len(days) * percent // 100) - 1)]
