"""Rates that may be shown: intervals, medians, and which groups have too few people behind them to say anything.

Pure arithmetic. A number of one to four people is never shown (domain.md section 6), nor is any other by which it could be
worked out of the total.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
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
    """A cell as it is shown: `people` behind it, `people_with_part`, of whom at least one thing is of the part (None where that is
    kept back and the rest is not), and `population`, all people of the group. `independent` is of how many things that have nothing
    to do with each other the whole says as much."""

    part: int
    whole: int
    independent: int
    part_pence: int
    whole_pence: int
    people: int
    people_with_part: int | None
    population: int


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """What one group comes to: of each person behind it how many things are of the part, and how many there are (at least one);
    `part_pence` of `whole_pence`; and `budgeted`, everybody of the group who had a budget in the time, also those of whom there is
    nothing."""

    of_each: Mapping[Hashable, tuple[int, int]] = {}
    part_pence: int = 0
    whole_pence: int = 0
    budgeted: frozenset[Hashable] = frozenset()

    @property
    def part(self) -> int:
        """Things of the part."""
        return sum(part for part, _ in self.of_each.values())

    @property
    def whole(self) -> int:
        """All things."""
        return sum(whole for _, whole in self.of_each.values())

    @property
    def with_part(self) -> frozenset[Hashable]:
        """The people of whom at least one thing is of the part."""
        return frozenset(person for person, (part, _) in self.of_each.items() if part)

    @property
    def with_rest(self) -> frozenset[Hashable]:
        """The people of whom at least one thing is not."""
        return frozenset(person for person, (part, whole) in self.of_each.items() if whole > part)

    @property
    def people(self) -> frozenset[Hashable]:
        """Everybody behind it."""
        return frozenset(self.of_each)

    @property
    def population(self) -> frozenset[Hashable]:
        """All people of the group: also those behind it whose budget was over before the time began."""
        return self.budgeted | self.people

    @property
    def too_few(self) -> bool:
        """Whether one to four people are behind the whole, the part, or what is not of the part; are all of the group; or are those
        of the group of whom there is nothing."""
        whole, people = self.population, self.people
        return _any_few(people, self.with_part, self.with_rest, whole, whole - people)

    @property
    def few_without(self) -> bool:
        """Whether one to four people, of the group or of those behind it, are without the part, or are too few anyway. Then it is
        not told how many have it; what is of the part says nothing of them where others too have things that are not."""
        return self.too_few or _any_few(self.population - self.with_part, self.people - self.with_part)


def _any_few(*groups: frozenset[Hashable]) -> bool:
    return any(0 < len(each) < FEWEST for each in groups)


def told(cell: Cell, *, rounds: bool, without_people: bool = False) -> Told:
    """A cell as it is shown, exactly or rounded to the nearest; `without_people` not how many people have the part."""
    counts, pence = (TO_COUNTS, TO_PENCE) if rounds else (1, 1)
    whole, effective = rounded(cell.whole, counts), independent(tuple(cell.of_each.values()))
    return Told(
        part=rounded(cell.part, counts), whole=whole,
        independent=min(whole, max(counts, rounded(round(effective), counts))), part_pence=rounded(cell.part_pence, pence),
        whole_pence=rounded(cell.whole_pence, pence), people=rounded(len(cell.people), counts),
        people_with_part=None if without_people else rounded(len(cell.with_part), counts),
        population=rounded(len(cell.population), counts),
    )  # fmt: skip


def rounded(value: int, to: int) -> int:
    """To the nearest multiple, from the middle on upwards."""
    return (2 * value + to) // (2 * to) * to


def together(cells: Sequence[Cell]) -> Cell:
    """Several groups as one; a person who is in two of them is one person."""
    of_each: dict[Hashable, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for each in cells:
        for person, (part, whole) in each.of_each.items():
            of_each[person] = (of_each[person][0] + part, of_each[person][1] + whole)
    return Cell(
        of_each=dict(of_each),
        part_pence=sum(each.part_pence for each in cells), whole_pence=sum(each.whole_pence for each in cells),
        budgeted=frozenset().union(*(each.budgeted for each in cells)),
    )  # fmt: skip


def kept_back(cells: Sequence[Cell]) -> frozenset[int]:
    """Which of the groups of a table whose total is shown are not shown, by place.

    First those of too few people. Then, because the total less what is shown is the sum of what is not, as many others, of fewest
    people first, as it takes until that sum is of at least two groups and itself not of too few; groups of nobody come last, and
    where there are no others left nothing is shown."""
    return _kept_back(cells, lambda cell: cell.too_few, frozenset())


def people_kept_back(cells: Sequence[Cell], hidden: frozenset[int]) -> frozenset[int]:
    """Of which groups it is not told how many people have the part: of those that are `hidden` whole, of those of which one to four
    people are without it, and of as many others as the total of these people would else tell of, as by `kept_back`."""
    return _kept_back(cells, lambda cell: cell.few_without, hidden)


def _kept_back(cells: Sequence[Cell], is_few: Callable[[Cell], bool], besides: frozenset[int]) -> frozenset[int]:
    hidden = besides | {place for place, each in enumerate(cells) if is_few(each)}
    if not hidden:
        return frozenset()
    others = sorted(
        (place for place in range(len(cells)) if place not in hidden),
        key=lambda place: (not cells[place].population, len(cells[place].population), place),
    )
    for place in others:
        if len(hidden) > 1 and not is_few(together([cells[each] for each in hidden])):
            break
        hidden |= {place}
    return hidden


def independent(of_each: Sequence[tuple[int, int]]) -> float:
    """Of how many independent things the things of these people say as much: from 1 to all of them, 0 of none.

    One person's things are alike, so ten of each of ten people say less than a hundred of a hundred (the effective sample of Korn
    and Graubard, Survey Methodology 1998; 24: 193-201, with people as clusters). What people differ in gives the variance of the
    rate as a ratio; things of one each are worth themselves, and things of people who are wholly alike as many as the people. Where
    all are of the part, or none, nothing shows how alike they are, and each person counts as one, by their share (Kish)."""
    part, whole = (sum(each[place] for each in of_each) for place in (0, 1))
    if not whole:
        return 0.0
    if part in {0, whole} or len(of_each) == 1:
        return float(whole**2 / sum(things**2 for _, things in of_each))
    rate, people = part / whole, len(of_each)
    squares = sum((of_part - rate * things) ** 2 for of_part, things in of_each)
    variance = people / (people - 1) * squares / whole**2
    return min(float(whole), 1 + rate * (1 - rate) / variance) if variance else float(whole)


def interval(part: int, whole: int, independent: float | None = None) -> tuple[float, float] | None:
    """Wilson's interval of 95 % for a rate, from 0 to 1, of so many independent things (None: all of them); None of nothing. It
    never leaves 0 to 1, and says something of 0 in 20. With an effective sample it does well of clustered things too (Dean and
    Pagano, Journal of Survey Statistics and Methodology 2015; 3: 484-503)."""
    if not whole:
        return None
    size = independent or whole
    rate, spread = part / whole, Z * Z / size
    middle = rate + spread / 2
    reach = Z * sqrt(rate * (1 - rate) / size + spread / (4 * size))
    low, high = (middle - reach) / (1 + spread), (middle + reach) / (1 + spread)
    return (0.0 if part == 0 else max(0.0, low), 1.0 if part == whole else min(1.0, high))


def percentile(days: Sequence[int], percent: int) -> int | None:
    """The smallest of the days that so many in a hundred of them do not pass (nearest rank); None of none. 50 is the median."""
    if not days:
        return None
    return sorted(days)[max(0, -(-len(days) * percent // 100) - 1)]
