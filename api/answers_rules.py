"""What is answered about the rules of a book: how each bundle stands, its files, and what a trial has found."""

import base64
from datetime import date

from msgspec import UNSET, Struct, UnsetType, field

from ledger.money import format_amount
from policies.bundle import Bundle
from policies.catalogue import shown
from policies.differing import Differences, Tally
from policies.publishing import BundleStanding
from policies.replay import LimitTried, Replayed
from policies.trying import Trial


class BundleOut(Struct, frozen=True):
    """One bundle in a book: `state` is draft, shadow, scheduled, active or retired. `drafted` is the entry that keeps its files,
    null where the book keeps none; `from` the first day in force, `until` the day on which others took over."""

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
    """So many decisions about so many people, for so much money together."""

    decisions: int
    people: int
    amount: str


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
    """How the answers of two bundles to the same questions differ. `treated` are those with another outcome."""

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
    """Another value of a limit: decisions that it would have `spared` a person's look, and those that it would have `added`."""

    limit: str
    instead_of: str
    value: str
    spared: TallyOut
    added: TallyOut


class ReplayOut(Struct, frozen=True):
    """Decisions of the past under the rules of `bundle`: how they differ from what was said, and what other limits would have done.
    The facts of months that were watched for patterns are no part of it."""

    book: str
    bundle: str
    since: date
    counts: ReplayCountsOut
    differences: DifferencesOut
    limits: list[LimitTriedOut]


def bundle_out(standing: BundleStanding) -> BundleOut:
    """How a bundle stands."""
    return BundleOut(standing.hash, standing.state, standing.drafted or None, standing.begins, standing.ended)


def files_out(bundle: Bundle) -> BundleFilesOut:
    """The files of a bundle."""
    return BundleFilesOut(bundle.hash, {name: base64.b64encode(raw).decode() for name, raw in bundle.files.items()})


def tally_out(tally: Tally) -> TallyOut:
    """A tally, in pounds."""
    return TallyOut(tally.decisions, tally.people, format_amount(tally.pence))


def differences_out(found: Differences, *, each: bool = False) -> DifferencesOut:
    """Differences in pounds; with every single one only for whoever asks."""
    return DifferencesOut(
        tally_out(found.compared), tally_out(found.treated),
        [TransitionOut(one.before, one.after, tally_out(one.tally)) for one in found.transitions],
        [RuleDifferenceOut(one.rule, tally_out(one.raised), tally_out(one.dropped)) for one in found.rules],
        [
            DifferingOut(one.number, one.person, format_amount(one.pence), one.before, one.after, one.raised, one.dropped)
            for one in found.each
        ] if each else UNSET,
    )  # fmt: skip


def trial_out(trial: Trial) -> TrialOut:
    """A trial as it is answered."""
    return TrialOut(
        trial.hash, trial.since, trial.goes_on, trial.erased, trial.cannot_say, differences_out(trial.differences)
    )


def replay_out(book: str, found: Replayed, *, each: bool) -> ReplayOut:
    """A replay as it is answered; with every single decision only for whoever asks."""
    counts = found.counts
    return ReplayOut(
        book, found.bundle, found.since,
        ReplayCountsOut(counts.exact, counts.estimate, counts.erased, counts.people, counts.not_comparable),
        differences_out(found.differences, each=each), [_limit_tried(one) for one in found.limits],
    )  # fmt: skip


def _limit_tried(one: LimitTried) -> LimitTriedOut:
    own, other = shown(one.limit, one.instead_of), shown(one.limit, one.value)
    return LimitTriedOut(one.limit, own, other, tally_out(one.spared), tally_out(one.added))
