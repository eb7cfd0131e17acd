"""What a row of the table is: what it says it measures, what was measured, and what it is held against."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What targets.md asks of a row. `least` and `most` are of the median in the row's unit, `p50_ms`
    and `p99_ms` of its waits.

    `no_slower` means: the median reaches the lowest repeat of the row's reference."""

    text: str
    least: float | None = None
    most: float | None = None
    p50_ms: float | None = None
    p99_ms: float | None = None
    no_slower: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One row before it is measured. `reference` is the name of the row it is divided by."""

    name: str
    work: str
    unit: str
    target: Target | None = None
    reference: str | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One repeat: its figure in the row's unit and, where somebody waited, each wait in seconds."""

    value: float
    waits: Sequence[float] = ()


@dataclass(slots=True)
class Measured:
    """What one repeat of a case found: a sample for each of its rows, and what is wrong with the book it
    left."""

    samples: dict[str, Sample]
    problems: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """Rows that are measured together. `once`: repeating it in the same run would measure nothing new."""

    rows: tuple[Row, ...]
    run: Callable[[Any], Awaitable[Measured]]
    once: bool = False


@dataclass(slots=True)
class Result:
    """One row with all of its repeats."""

    row: Row
    samples: list[Sample] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def values(self) -> list[float]:
        """The figure of each repeat."""
        return [sample.value for sample in self.samples]

    @property
    def median(self) -> float | None:
        """The middle repeat, None when nothing was measured."""
        return median(self.values) if self.samples else None

    def wait_ms(self, part: float) -> float | None:
        """The wait in milliseconds that `part` of all waits of all repeats stay within; None where
        nobody waited."""
        waits = sorted(wait for sample in self.samples for wait in sample.waits)
        return waits[min(len(waits) - 1, int(len(waits) * part))] * 1000 if waits else None

    def ratio(self, results: dict[str, "Result"]) -> float | None:
        """The median divided by that of the reference, measured in the same run."""
        other = results.get(self.row.reference or "")
        if other is None or not other.median or self.median is None:
            return None
        return self.median / other.median

    def meets(self, results: dict[str, "Result"]) -> bool | None:
        """Whether the target is met; None when there is none or nothing to hold against it."""
        target, middle = self.row.target, self.median
        if target is None or middle is None:
            return None
        said = []
        if target.least is not None:
            said.append(middle >= target.least)
        if target.most is not None:
            said.append(middle <= target.most)
        if target.p50_ms is not None and (p50 := self.wait_ms(0.50)) is not None:
            said.append(p50 <= target.p50_ms)
        if target.p99_ms is not None and (p99 := self.wait_ms(0.99)) is not None:
            said.append(p99 <= target.p99_ms)
        if target.no_slower and (other := results.get(self.row.reference or "")) and other.samples:
            said.append(middle >= min(other.values))
        return all(said) if said else None


def selected(cases: Sequence[Case], only: Sequence[str]) -> list[Case]:
    """The cases that measure the rows asked for, and those that measure their references, in the order
    of the table.

    A name selects its row and the rows below it (`posts` selects `posts.two-leg.8`).
    ValueError names one that selects nothing."""
    case_of = {row.name: case for case in cases for row in case.rows}
    wanted = set(case_of) if not only else set()
    for name in only:
        found = {each for each in case_of if each == name or each.startswith(name + ".")}
        if not found:
            raise ValueError(name)
        wanted |= found
    waiting = list(wanted)
    while waiting:
        for row in case_of[waiting.pop()].rows:
            if row.reference is not None and row.reference not in wanted:
                wanted.add(row.reference)
                waiting.append(row.reference)
    return [case for case in cases if any(row.name in wanted for row in case.rows)]
