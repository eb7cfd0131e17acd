"""Decisions done again under another bundle, from the facts that are kept of them: who would have been treated differently.

The same facts under other rules are exact. Where the facts themselves would have been others, or are not those that the rules look
at, it is said: a sheet that has facts which nobody knows any more is an estimate, and one that lacks a fact is not compared.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.budgets.delegated import delegated_by, limits_said
from ledger.budgets.standing import Said
from ledger.budgets.take_on import NO_RULES
from ledger.core.calendar import london_day
from ledger.core.canon import parse
from ledger.reports.decisions_kept import DecisionKept, count_decisions, decisions_kept
from policies.bundle import Bundle, BundleUnfit, LimitNotSet, ServiceUnknown
from policies.decisions import Content, content_of
from policies.differing import Answered, Comparison, Counted, Differences, Tally, answered
from policies.engine import Engine, Verdict
from policies.facts import FactSheet, SheetUnfit
from policies.measured import OF_ONE_PERSON, limits_on_sheet, measured, unsaid, worked_out_otherwise
from policies.sheet_kinds import KIND_OF_ACT
from policies.shelf import BundleMissing, kept_bundle
from policies.trying import verdict_of

Connection = Any
AT_ONCE = 100
"""Decisions that are asked about in one go of a thread."""
MOST_LIMITS = 100_000
LIMITED_AS = {act: act for act in OF_ONE_PERSON} | {"sign_plan": "allocate", "spend": "spend", "ask": "spend"}
"""The act of a decision → the act that a grade is limited for, where a limit of one person stands on the sheet."""
LADDER = (50, 80, 120, 150, 200)
"""The values that a limit is searched at where none are given, in percent of what it is."""


class Counts(msgspec.Struct, frozen=True):
    """What became of the decisions that were found. `exact` and `estimate` were compared; `people` are answers of officers and what
    was taken on from an earlier system, which no rules gave; `erased` and `not_comparable` were not compared, the latter by why."""

    exact: int = 0
    estimate: int = 0
    erased: int = 0
    people: int = 0
    not_comparable: dict[str, int] = {}


class LimitTried(msgspec.Struct, frozen=True):
    """One other value of a limit, beside the bundle's own. `spared` were referred to a person and would have been a plain yes, and
    `added` the other way round; `allowed` were a no and would have been none, `denied` the other way round; for `reviews_spared`
    somebody would not have looked afterwards by some rule, and for `reviews_added` they would. Of `cannot_say` nobody knows."""

    limit: str
    instead_of: int
    value: int
    spared: Tally
    added: Tally
    allowed: Tally
    denied: Tally
    reviews_spared: Tally
    reviews_added: Tally
    cannot_say: Tally


WAYS = tuple(each for each in LimitTried.__struct_fields__ if each not in ("limit", "instead_of", "value"))


class Replayed(msgspec.Struct, frozen=True):
    """The decisions about accounting days since one, under a bundle."""

    bundle: str
    since: date
    counts: Counts
    differences: Differences
    limits: list[LimitTried]


class Doubt(ValueError):
    """These facts cannot be compared under these rules. `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Again(msgspec.Struct, frozen=True):
    """One decision and its facts, as they were kept under the bundle `own` and as the bundle of the replay has them; `delegated` is
    what whoever asked could do by themselves by their grade, in pence, and None where their grade said nothing."""

    made: DecisionKept
    before: Answered
    sheet: FactSheet
    is_estimate: bool
    kept: FactSheet
    own: Bundle | None
    delegated: int | None = None


def sheet_again(facts: str) -> tuple[FactSheet, bool]:
    """The sheet of facts that were kept, by some version of this service: exact, or without facts that are not known any more.
    Doubt(act_unknown, facts_missing, facts_unfit)."""
    given = msgspec.json.decode(facts, type=dict[str, Any])
    kind = KIND_OF_ACT.get(str(given.get("act")))
    if kind is None:
        raise Doubt("act_unknown")
    known = set(kind.__struct_fields__)
    if known - given.keys():
        raise Doubt("facts_missing")
    try:
        sheet = msgspec.convert({name: value for name, value in given.items() if name in known}, kind)
        return kind.from_bytes(sheet.to_bytes()), bool(given.keys() - known)
    except (msgspec.ValidationError, SheetUnfit):
        raise Doubt("facts_unfit") from None


class TooMany(ValueError):
    """More decisions were found than are decided again at once."""

    code = "replay_too_long"

    def __init__(self, found: int, most: int) -> None:
        super().__init__(found)
        self.found = found
        self.most = most


class Replay:
    """One run over the decisions of a book."""

    def __init__(
        self, connection: Connection, book_id: int, book: str, engine: Engine, held: Sequence[Bundle] = ()
    ) -> None:
        self._connection = connection
        self._book_id = book_id
        self._book = book
        self._engine = engine
        self._limits: list[Said] = []
        self._bundles: dict[str, Bundle | None] = {each.hash: each for each in (*held, engine.bundle)}

    async def run(
        self, since: date, *, until: date = date.max, on: date | None = None, values: Mapping[str, Sequence[int]] | None = None,
        keeps_each: bool = False, progress: Any = None, most: int | None = None,
    ) -> Replayed:  # fmt: skip
        """Everything about accounting days since one, and until one; months that were watched for patterns are left out. The rules
        are asked in a thread, so that others are served meanwhile.

        `values` are those at which limits are searched; where a limit has an empty
        list, some above and below what it is `on` a day (the first, if left out), which each value is named beside. LimitNotSet;
        TooMany where there are more than `most`, before any is decided again."""
        if most is not None:
            found = await count_decisions(self._connection, self._book_id, since, until, most + 1)
            if found > most:
                raise TooMany(found, most)
        self._limits = await limits_said(self._connection, self._book_id, after=0, limit=MOST_LIMITS)
        so_far = _SoFar(self._engine, _Search(self._engine, self._book, on or since, values or {}), keeps_each)
        part: list[DecisionKept] = []
        async for made in decisions_kept(self._connection, self._book_id, since=since, until=until):
            # A month that was watched: asked of often enough, it would tell what a pattern is measured against.
            if made.given.get("act") != "watch":
                part.append(made)
            if len(part) == AT_ONCE:
                await self._decide_again(so_far, part)
                part = []
                if progress is not None:
                    progress(so_far.all)
        await self._decide_again(so_far, part)
        return so_far.replayed(since)

    async def _decide_again(self, so_far: "_SoFar", part: Sequence[DecisionKept]) -> None:
        for made in part:
            if made.content is not None and "bundle" in made.given:
                await self._bundle(made.given["bundle"])
        await asyncio.to_thread(so_far.add, part, self._again)

    def _again(self, made: DecisionKept, content: Content) -> Again:
        sheet, is_estimate = sheet_again(content.facts)
        own, delegated = self._bundles[made.given["bundle"]], self._delegated(made)
        try:
            again = measured(sheet, self._book, made.day, own, self._engine.bundle, delegated=delegated)
            doubtful = worked_out_otherwise(sheet, self._book, made.day, own, self._engine.bundle, delegated)
        except LimitNotSet:
            raise Doubt("limit_not_set") from None
        except ServiceUnknown:
            raise Doubt("service_unknown") from None
        return Again(made, verdict_of(content), again, is_estimate or doubtful, sheet, own, delegated)

    def _delegated(self, made: DecisionKept) -> int | None:
        """What was delegated to whoever asked, by what had been said of limits when they did: where it equals the local limit, the
        sheet does not tell one from the other."""
        act = LIMITED_AS.get(made.given.get("act", ""))
        said = [row for row in self._limits if row.number < made.number] if act is not None else []
        if act is None or not said:
            return None
        entry = parse(made.body)
        return delegated_by(said, entry.actor, act, {made.day, london_day(entry.recorded_us)})

    async def _bundle(self, hash_: str) -> Bundle | None:
        """The bundle of a decision, where it is kept."""
        if hash_ not in self._bundles:
            try:
                self._bundles[hash_] = await kept_bundle(self._connection, self._book_id, hash_)
            except (BundleMissing, BundleUnfit):
                self._bundles[hash_] = None
        return self._bundles[hash_]


class _SoFar:
    """What was found of the decisions that were looked at."""

    def __init__(self, engine: Engine, search: "_Search", keeps_each: bool) -> None:
        self.all = 0
        self._engine = engine
        self._search = search
        self._counts: Counter[str] = Counter()
        self._doubts: Counter[str] = Counter()
        self._comparison = Comparison(keeps_each=keeps_each)

    def add(self, part: Sequence[DecisionKept], again_of: Callable[[DecisionKept, Content], Again]) -> None:
        """Some more."""
        for made in part:
            self.all += 1
            content = content_of(made.content) if made.content is not None else None
            if content is None or not content.facts:
                is_erased = made.is_erased and made.given["bundle"] != NO_RULES
                self._counts["erased" if is_erased else "people"] += 1
                continue
            try:
                again = again_of(made, content)
            except Doubt as doubt:
                self._doubts[doubt.code] += 1
                continue
            self._counts["estimate" if again.is_estimate else "exact"] += 1
            verdict = self._engine.decide(again.sheet)
            self._comparison.add(made.number, made.person, made.pence, again.before, said_by(verdict))
            self._search.add(again, verdict)

    def replayed(self, since: date) -> Replayed:
        """All of it."""
        counts = self._counts
        return Replayed(
            self._engine.bundle.hash, since,
            Counts(counts["exact"], counts["estimate"], counts["erased"], counts["people"], dict(sorted(self._doubts.items()))),
            self._comparison.differences(), self._search.found(),
        )  # fmt: skip


def said_by(verdict: Verdict) -> Answered:
    """A verdict as an answer that is compared."""
    return answered(verdict.outcome, (each.rule for each in verdict.findings), (each.rule for each in verdict.reviews))


class _Search:
    """Other values of limits, tried on every sheet that has them."""

    def __init__(self, engine: Engine, book: str, on: date, values: Mapping[str, Sequence[int]]) -> None:
        self._engine = engine
        self._book = book
        self._tried: dict[str, tuple[int, dict[int, dict[str, Counted]]]] = {}
        for name, given in values.items():
            own: int = getattr(engine.bundle.limits_on(book, on), name)
            ladder = given or sorted({own * percent // 100 for percent in LADDER} - {own})
            self._tried[name] = own, {value: {way: Counted() for way in WAYS} for value in ladder}

    def add(self, again: Again, verdict: Verdict) -> None:
        """One sheet under every value of each of its limits, beside its verdict under the bundle's own: as a replay under a bundle
        with that value would have it."""
        made, base, bundle = again.made, said_by(verdict), self._engine.bundle
        for name in {name for _, name in limits_on_sheet(again.sheet)} & self._tried.keys():
            for value, counted in self._tried[name][1].items():
                given = (again.kept, self._book, made.day, again.own, bundle, {name: value}, again.delegated)
                if unsaid(*given):
                    counted["cannot_say"].add(made.person, made.pence)
                    continue
                sheet = measured(*given)
                if sheet == again.sheet:
                    continue
                for way in _ways(base, said_by(self._engine.decide(sheet))):
                    counted[way].add(made.person, made.pence)

    def found(self) -> list[LimitTried]:
        """A row for each value that was tried."""
        return [
            LimitTried(name, own, value, **{way: one.tally() for way, one in counted.items()})
            for name, (own, tried) in self._tried.items()
            for value, counted in tried.items()
        ]  # fmt: skip


def _ways(base: Answered, other: Answered) -> Iterator[str]:
    """In which ways the second answer is another."""
    outcomes = base.outcome, other.outcome
    if outcomes in (("refer", "allow"), ("allow", "refer")):
        yield "spared" if outcomes[1] == "allow" else "added"
    if (base.outcome == "deny") != (other.outcome == "deny"):
        yield "allowed" if base.outcome == "deny" else "denied"
    if base.reviews - other.reviews:
        yield "reviews_spared"
    if other.reviews - base.reviews:
        yield "reviews_added"
