"""What is answered about the rules of a book: how each bundle stands, its files, and what a trial has found."""

import base64
from collections.abc import Mapping
from datetime import date

from msgspec import UNSET, Struct, UnsetType, field

from api.answers_autonomy import TOO_FEW
from ledger.money import format_amount
from ledger.reports.rates import FEWEST, TO_COUNTS, TO_PENCE, rounded
from policies.catalogue import LIMITS, shown
from policies.differing import Differences, Tally
from policies.measured import NOT_SEARCHED
from policies.publishing import BundleStanding
from policies.replay import WAYS, LimitTried, Replayed
from policies.trying import Trial


class BundleOut(Struct, frozen=True):
    """One bundle in a book: `state` is draft, shadow, scheduled, active or retired. `drafted` is the entry that keeps its files,
    null where the book keeps none; `from` the first day in force, also where it is to come (scheduled, or shadow until then);
    `until` the day on which others took over."""

    hash: str
    state: str
    drafted: int | None
    begins: date | None = field(name="from", default=None)
    until: date | None = None


class BundlesOut(Struct, frozen=True):
    """The bundles of a book, in the order in which they were first named."""

    bundles: list[BundleOut]


class BundleFilesOut(Struct, frozen=True):
    """The files of a bundle by their names, in base64: their SHA-256 gives the hash (docs/format.md section 10)."""

    hash: str
    files: dict[str, str]


class TallyOut(Struct, frozen=True):
    """So many decisions about so many people, for so much money together. For whoever may not see people it is rounded, to the
    nearest 5 and £100, and of fewer than five people, nobody too, it `says` "too few to say" and everything else is null."""

    decisions: int | None
    people: int | None
    amount: str | None
    says: str | UnsetType = UNSET


class TransitionOut(Struct, frozen=True):
    """Decisions with one outcome that have another under the other rules; the same twice where only the reasons differ."""

    before: str
    after: str
    tally: TallyOut


class RuleDifferenceOut(Struct, frozen=True):
    """What a rule objects to under the other rules and not under those in force (`raised`), and the other way round (`dropped`)."""

    rule: str
    raised: TallyOut
    dropped: TallyOut


class DifferingOut(Struct, frozen=True):
    """One decision that differs."""

    number: int
    person: str
    amount: str
    before: str
    after: str
    raised: list[str]
    dropped: list[str]


class DifferencesOut(Struct, frozen=True):
    """How the answers of two bundles to the same questions differ. `treated` are those with another outcome. To whoever may not see
    people, transitions and rules of too few are not named."""

    compared: TallyOut
    treated: TallyOut
    transitions: list[TransitionOut]
    rules: list[RuleDifferenceOut]
    each: list[DifferingOut] | UnsetType = UNSET


class TrialOut(Struct, frozen=True):
    """What the trial of a bundle has found since the entry that began it. Decisions whose facts were `erased`, and those of which
    the bundle on trial `cannot_say` anything, are in no other number."""

    hash: str
    since_entry: int
    goes_on: bool
    erased: int
    cannot_say: int
    differences: DifferencesOut


class ReplayCountsOut(Struct, frozen=True):
    """What became of the decisions that were found: `exact` and `estimate` were compared. `people` are answers of officers and what
    was taken on from an earlier system, which no rules gave; the facts of `erased` are gone; `not_comparable` has, by why, those
    whose facts the rules cannot be asked about."""

    exact: int
    estimate: int
    erased: int
    people: int
    not_comparable: dict[str, int]


class LimitTriedOut(Struct, frozen=True):
    """Another value of a limit. `spared` are requests that were referred to a person and would have been a plain yes, `added` the
    other way round; `allowed` are noes that would have been none, which no person decides, and `denied` the other way round.
    `reviews_spared` and `reviews_added` are those at which somebody would not have looked afterwards, or would. Of `cannot_say` it
    is not known up to how much one person could give up: so much may have been delegated, or a part been given up before. `is_own`
    says that it is no other value, but the one that the rules have today."""

    limit: str
    instead_of: str
    value: str
    is_own: bool
    spared: TallyOut
    added: TallyOut
    allowed: TallyOut
    denied: TallyOut
    reviews_spared: TallyOut
    reviews_added: TallyOut
    cannot_say: TallyOut


class NotSearchedOut(Struct, frozen=True):
    """A limit that cannot be tried at other values, and why."""

    limit: str
    about: str
    why: str


class ReplayOut(Struct, frozen=True):
    """Decisions of the past under the rules of `bundle`: how they differ from what was said, and what other limits would have done;
    where limits were searched, `not_searched` says of which nobody can tell. The facts of months that were watched for patterns are
    no part of it."""

    book: str
    bundle: str
    since: date
    counts: ReplayCountsOut
    differences: DifferencesOut
    limits: list[LimitTriedOut]
    not_searched: list[NotSearchedOut]


def bundle_out(standing: BundleStanding) -> BundleOut:
    """How a bundle stands."""
    return BundleOut(standing.hash, standing.state, standing.drafted or None, standing.begins, standing.ended)


def files_out(wanted: str, files: Mapping[str, bytes]) -> BundleFilesOut:
    """The files of a bundle, which has this hash."""
    return BundleFilesOut(wanted, {name: base64.b64encode(raw).decode() for name, raw in files.items()})


def tally_out(tally: Tally, *, sees_people: bool) -> TallyOut:
    """A tally, in pounds. The totals are rounded too, so what is kept back cannot be worked out of them. Nobody is told like a few:
    else one question after another, of which each is answered by nobody or a few, closes in on the amount of one."""
    if sees_people:
        return TallyOut(tally.decisions, tally.people, format_amount(tally.pence))
    if tally.people < FEWEST:
        return TallyOut(None, None, None, TOO_FEW)
    decisions, people = rounded(tally.decisions, TO_COUNTS), rounded(tally.people, TO_COUNTS)
    return TallyOut(decisions, people, format_amount(rounded(tally.pence, TO_PENCE)))


def differences_out(found: Differences, *, sees_people: bool, each: bool = False) -> DifferencesOut:
    """Differences in pounds; with every single one only for whoever asks."""

    def told(tally: Tally) -> TallyOut:
        return tally_out(tally, sees_people=sees_people)

    return DifferencesOut(
        told(found.compared), told(found.treated),
        [TransitionOut(one.before, one.after, told(one.tally)) for one in found.transitions
         if sees_people or one.tally.people >= FEWEST],
        [RuleDifferenceOut(one.rule, told(one.raised), told(one.dropped)) for one in found.rules
         if sees_people or max(one.raised.people, one.dropped.people) >= FEWEST],
        [
            DifferingOut(one.number, one.person, format_amount(one.pence), one.before, one.after, one.raised, one.dropped)
            for one in found.each
        ] if each else UNSET,
    )  # fmt: skip


def trial_out(trial: Trial, *, sees_people: bool) -> TrialOut:
    """A trial as it is answered."""
    erased, cannot_say = (_count(each, sees_people) for each in (trial.erased, trial.cannot_say))
    differences = differences_out(trial.differences, sees_people=sees_people)
    return TrialOut(trial.hash, trial.since, trial.goes_on, erased, cannot_say, differences)


def replay_out(book: str, found: Replayed, *, sees_people: bool, each: bool) -> ReplayOut:
    """A replay as it is answered; with every single decision only for whoever asks."""
    counts = found.counts
    exact, estimate, erased, people = (
        _count(number, sees_people) for number in (counts.exact, counts.estimate, counts.erased, counts.people)
    )
    otherwise = {why: _count(number, sees_people) for why, number in counts.not_comparable.items()}
    return ReplayOut(
        book, found.bundle, found.since, ReplayCountsOut(exact, estimate, erased, people, otherwise),
        differences_out(found.differences, sees_people=sees_people, each=each),
        [_limit_tried(one, sees_people) for one in found.limits],
        [NotSearchedOut(limit, LIMITS[limit], why) for limit, why in NOT_SEARCHED.items()] if found.limits else [],
    )  # fmt: skip


def _count(number: int, sees_people: bool) -> int:
    return number if sees_people else rounded(number, TO_COUNTS)


def _limit_tried(one: LimitTried, sees_people: bool) -> LimitTriedOut:
    own, other = shown(one.limit, one.instead_of), shown(one.limit, one.value)
    return LimitTriedOut(
        one.limit,
        own,
        other,
        one.value == one.instead_of,
        *(tally_out(getattr(one, way), sees_people=sees_people) for way in WAYS),
    )
