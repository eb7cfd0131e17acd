"""What clients get back about autonomy beside accountability."""

from datetime import date

from msgspec import Struct

from ledger.money import format_amount
from ledger.reports.autonomy import Autonomy, Figure, Waiting
from ledger.reports.rates import FEWEST, Cell, interval

TOO_FEW = "too few to say"


class RateOut(Struct, frozen=True, kw_only=True):
    """One group of a measure: `part` of `whole` things, of how many people, as a percentage with its 95 % interval (Wilson), and
    the same of money, which has none. Where `says` is "too few to say", everything else is null."""

    group: str
    says: str | None = None
    part: int | None = None
    whole: int | None = None
    people: int | None = None
    percent: str | None = None
    percent_low: str | None = None
    percent_high: str | None = None
    part_amount: str | None = None
    whole_amount: str | None = None
    percent_of_amount: str | None = None


class MeasureOut(Struct, frozen=True, kw_only=True):
    """One measure: what it says, what is counted, of everybody, and of each group."""

    name: str
    says: str
    things: str
    everybody: RateOut
    groups: list[RateOut]


class WaitingOut(Struct, frozen=True, kw_only=True):
    """Calendar days that one group waited: how many times, the median, and what nine in ten did not pass."""

    group: str
    says: str | None = None
    times: int | None = None
    median_days: int | None = None
    days_of_nine_in_ten: int | None = None


class WaitingStepOut(Struct, frozen=True, kw_only=True):
    """One step that people wait for."""

    name: str
    says: str
    everybody: WaitingOut
    groups: list[WaitingOut]


class AutonomyOut(Struct, frozen=True, kw_only=True):
    """Autonomy beside accountability between two days, by groups, as known at `through_entry`."""

    book: str
    currency: str
    first_day: date
    last_day: date
    by: str
    through_entry: int
    fewest_people: int
    measures: list[MeasureOut]
    waiting: list[WaitingStepOut]


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}"


def _rate(group: str, cell: Cell | None) -> RateOut:
    if cell is None:
        return RateOut(group=group, says=TOO_FEW)
    reach = interval(cell.part, cell.whole)
    return RateOut(
        group=group, part=cell.part, whole=cell.whole, people=len(cell.people),
        percent=_percent(cell.part / cell.whole) if cell.whole else None,
        percent_low=None if reach is None else _percent(reach[0]), percent_high=None if reach is None else _percent(reach[1]),
        part_amount=format_amount(cell.part_pence), whole_amount=format_amount(cell.whole_pence),
        percent_of_amount=_percent(cell.part_pence / cell.whole_pence) if cell.whole_pence > 0 else None,
    )  # fmt: skip


def _measure(figure: Figure) -> MeasureOut:
    name, says, things, *_ = figure.measure
    return MeasureOut(name=name, says=says, things=things, everybody=_rate("everybody", figure.everybody),
                      groups=[_rate(each.group, each.cell) for each in figure.groups])  # fmt: skip


def _waited(waiting: Waiting) -> WaitingOut:
    return WaitingOut(
        group=waiting.group, says=TOO_FEW if waiting.times is None else None, times=waiting.times, median_days=waiting.median,
        days_of_nine_in_ten=waiting.ninety,
    )  # fmt: skip


def autonomy_out(book: str, currency: str, found: Autonomy) -> AutonomyOut:
    """The table on the wire."""
    return AutonomyOut(
        book=book, currency=currency, first_day=found.first, last_day=found.last, by=found.by, through_entry=found.through_entry,
        fewest_people=FEWEST, measures=[_measure(each) for each in found.figures],
        waiting=[
            WaitingStepOut(name=step.name, says=step.says, everybody=_waited(step.everybody),
                           groups=[_waited(each) for each in step.groups])
            for step in found.steps
        ],
    )  # fmt: skip
