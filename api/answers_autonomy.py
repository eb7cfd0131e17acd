"""What clients get back about autonomy beside accountability."""

from datetime import date

from msgspec import Struct

from api.answers_taking_on import CoveredOut
from ledger.money import format_amount
from ledger.reports.autonomy import Autonomy, Figure, Waiting, Waits, is_coarse
from ledger.reports.rates import FEWEST, TO_COUNTS, TO_DAYS, TO_PENCE, Told, interval

TOO_FEW = "too few to say"


class RateOut(Struct, frozen=True, kw_only=True):
    """One group of a measure: `part` of `whole` things, of how many people, as a percentage with its 95 % interval (Wilson's, of
    as many independent things as the whole is worth, because the things of one person are alike), and the same of money, which has
    none. `people_with_part` are those of whom at least one thing is of the part, and how many of a
    hundred of the `population` they are, with an interval: all people of the group who had a budget in the time, also those of whom
    there is nothing; there everybody counts once, however many things are theirs. Groups are rounded.
    Where `says` is "too few to say", everything else is null; where only `people_with_part` and what is worked out of it are null,
    one to four people are without the part, or another group could be worked out."""

    group: str
    says: str | None = None
    part: int | None = None
    whole: int | None = None
    people: int | None = None
    percent: str | None = None
    percent_low: str | None = None
    percent_high: str | None = None
    people_with_part: int | None = None
    population: int | None = None
    per_100_people: str | None = None
    per_100_people_low: str | None = None
    per_100_people_high: str | None = None
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


class WaitsOut(Struct, frozen=True, kw_only=True):
    """Waits in calendar days: how many, the median, and what nine in ten did not pass. Of fewer than five people no days are told,
    of fewer than ten not the last. Where `says` is "too few to say", everything else is null."""

    says: str | None = None
    times: int | None = None
    median_days: int | None = None
    days_of_nine_in_ten: int | None = None


class WaitingOut(Struct, frozen=True, kw_only=True):
    """What one group waited for, of what ended in the time, and what it still waits for on the last day, since when."""

    group: str
    over: WaitsOut
    still_waiting: WaitsOut


class WaitingStepOut(Struct, frozen=True, kw_only=True):
    """One step that people wait for."""

    name: str
    says: str
    everybody: WaitingOut
    groups: list[WaitingOut]


class AutonomyOut(Struct, frozen=True, kw_only=True):
    """Autonomy beside accountability between two days, by groups, as known at `through_entry`. What is told of groups is rounded to
    the nearest `rounded_to`, `rounded_to_amount` and `rounded_to_days`; what is told of everybody only for whoever may not see
    people."""

    book: str
    currency: str
    first_day: date
    last_day: date
    by: str
    through_entry: int
    fewest_people: int
    rounded_to: int
    rounded_to_amount: str
    rounded_to_days: int
    coverage: CoveredOut
    measures: list[MeasureOut]
    waiting: list[WaitingStepOut]


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}"


def _rate(group: str, told: Told | None) -> RateOut:
    if told is None:
        return RateOut(group=group, says=TOO_FEW)
    percent, low, high = _percents(told.part, told.whole, told.independent)
    with_part = told.people_with_part
    of_people = (None, None, None) if with_part is None else _percents(with_part, told.population)
    return RateOut(
        group=group, part=told.part, whole=told.whole, people=told.people, percent=percent, percent_low=low, percent_high=high,
        people_with_part=with_part, population=told.population, per_100_people=of_people[0],
        per_100_people_low=of_people[1], per_100_people_high=of_people[2], part_amount=format_amount(told.part_pence),
        whole_amount=format_amount(told.whole_pence),
        percent_of_amount=_percent(told.part_pence / told.whole_pence) if told.whole_pence > 0 else None,
    )  # fmt: skip


def _percents(part: int, whole: int, independent: int | None = None) -> tuple[str | None, str | None, str | None]:
    """A rate and its interval; nothing of nothing."""
    reach = interval(part, whole, independent)
    return (None, None, None) if reach is None else (_percent(part / whole), _percent(reach[0]), _percent(reach[1]))


def _measure(figure: Figure) -> MeasureOut:
    name, says, things, *_ = figure.measure
    return MeasureOut(name=name, says=says, things=things, everybody=_rate("everybody", figure.everybody),
                      groups=[_rate(each.group, each.told) for each in figure.groups])  # fmt: skip


def _waited(waiting: Waiting) -> WaitingOut:
    return WaitingOut(group=waiting.group, over=_waits(waiting.over), still_waiting=_waits(waiting.still))


def _waits(waits: Waits | None) -> WaitsOut:
    if waits is None:
        return WaitsOut(says=TOO_FEW)
    return WaitsOut(times=waits.times, median_days=waits.median, days_of_nine_in_ten=waits.ninety)


def autonomy_out(book: str, currency: str, found: Autonomy, coverage: CoveredOut) -> AutonomyOut:
    """The table on the wire."""
    is_rounded = is_coarse(found.by, sees_people=found.sees_people)
    return AutonomyOut(
        book=book, currency=currency, first_day=found.first, last_day=found.last, by=found.by, through_entry=found.through_entry,
        fewest_people=FEWEST, rounded_to=TO_COUNTS if is_rounded else 1,
        rounded_to_amount=format_amount(TO_PENCE if is_rounded else 1), rounded_to_days=TO_DAYS if is_rounded else 1,
        coverage=coverage,
        measures=[_measure(each) for each in found.figures],
        waiting=[
            WaitingStepOut(name=step.name, says=step.says, everybody=_waited(step.everybody),
                           groups=[_waited(each) for each in step.groups])
            for step in found.steps
        ],
    )  # fmt: skip
