"""What staff get back about the patterns: what asks for a look, what came of it, and how often it was for nothing."""

from collections.abc import Iterable, Mapping
from datetime import date

from msgspec import Struct, field

from api.keeping_back import Open
from ledger.reports.patterns import OUTCOMES, Rate
from policies.decisions import Content, content_of
from policies.facts_watch import PATTERNS, SAFEGUARDING, SAMPLING
from policies.lint import Rule
from policies.thresholds import InForce


class LookOut(Struct, frozen=True):
    """What came of one look."""

    number: int
    outcome: str
    on: date


class PatternFoundOut(Struct, frozen=True, kw_only=True):
    """One thing that asks for a look: in which month of whose budget, by which rule, and what to do first. It is no proof of
    anything, and is never shown to a holder. `number` is its decision's; `facts` are what was counted, empty once erased;
    `made_up` says that the threshold was made up; `sample_only` that it only draws a sample; `state` is open or looked_at."""

    number: int
    person: str
    month: str
    pattern: str
    rule: str
    message: str
    remedy: str
    safeguarding_first: bool
    sample_only: bool
    made_up: bool
    look_by: date
    state: str
    looks: list[LookOut]


class PatternsFoundOut(Struct, frozen=True):
    """A page of what was found, in the order recorded; `off` are the patterns that this book has no threshold for today.
    `kept_back` months are of people whose records are for others of the staff."""

    off: list[str]
    made_up: bool
    found: list[PatternFoundOut]
    kept_back: int


class PatternRateOut(Struct, frozen=True, kw_only=True):
    """One pattern in figures. `watched` are the months of people that it was looked for in, `found` those it was found in, and
    `rate_percent` that share; `nothing_found_percent` is how many of the looks found nothing, null where nobody has looked."""

    pattern: str
    rule: str
    sample_only: bool
    watched: int
    found: int
    rate_percent: str | None
    looked_at: int
    outcomes: dict[str, int]
    nothing_found_percent: str | None


class PatternRatesOut(Struct, frozen=True):
    """All patterns in figures, of months watched with thresholds that are made up, or with those that are not; and how many months
    were watched with the others, of which nothing is here."""

    made_up: bool
    months_of_others: int
    outcomes: list[str]
    rates: list[PatternRateOut]


class ThresholdsOut(Struct, frozen=True, kw_only=True):
    """The thresholds of a day: the entry that set them, null where there are none."""

    number: int | None
    made_up: bool
    values: dict[str, int]
    off: list[str]
    start: date | None = field(name="from")


def patterns_found_of(
    page: Open, in_force: InForce, rules: Mapping[str, Rule], *, show_all: bool
) -> PatternsFoundOut:  # fmt: skip
    """Each thing once, under the decision that said it first; without `show_all` those that nobody has looked at."""
    made = []
    for found in page.rows:
        content = content_of(found.content) if found.content is not None else Content("", [], [], "")
        words = {each.rule: each for each in content.reviews}
        for rule in found.rules:
            looks = found.looks_at(rule)
            if rule in found.known or (looks and not show_all):
                continue
            said = words.get(rule) or rules.get(rule)
            made.append(PatternFoundOut(
                number=found.number, person=found.person, month=found.month, pattern=PATTERNS[rule][0] if rule in PATTERNS else "",
                rule=rule, message="" if said is None else said.message, remedy="" if said is None else said.remedy,
                safeguarding_first=rule in SAFEGUARDING, sample_only=rule in SAMPLING, made_up=found.made_up,
                look_by=found.look_by, state="looked_at" if looks else "open",
                looks=[LookOut(look.number, look.outcome, look.on) for look in looks],
            ))  # fmt: skip
    return PatternsFoundOut(list(in_force.off), in_force.made_up, made, page.kept_back)


def _percent(part: int, whole: int) -> str | None:
    return None if not whole else f"{part * 1000 // whole // 10}.{part * 1000 // whole % 10}"


def rates_out(rates: Iterable[Rate], *, made_up: bool, others: int) -> PatternRatesOut:
    """Percentages with one decimal place, rounded down."""
    return PatternRatesOut(made_up, others, list(OUTCOMES), [
        PatternRateOut(
            pattern=PATTERNS[rate.rule][0], rule=rate.rule, sample_only=rate.rule in SAMPLING, watched=rate.watched,
            found=rate.found, rate_percent=_percent(rate.found, rate.watched), looked_at=rate.looked_at, outcomes=rate.outcomes,
            nothing_found_percent=_percent(rate.outcomes["nothing_found"], rate.looked_at),
        )
        for rate in rates
    ])  # fmt: skip
