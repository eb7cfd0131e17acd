"""A month that is over, looked at for patterns: facts by SQL, the rules' verdict on each person, and what asks for a look.

Nothing here holds anything up or is told to a holder. A finding is a decision like any other, of the same engine and the same
shape, and about nobody's budget in the log: its subject is `watch/…` and it has no person, so that no reading of a budget meets it
and no request for one waits for it. It is kept once for each person, pattern and month.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple, TypeVar

from ledger.budgets.foreseen import foresee
from ledger.budgets.reading import said_at, said_of, version_of
from ledger.budgets.standing import read_rules
from ledger.budgets.wording import attributes, numbered
from ledger.core.calendar import period_days
from ledger.core.model import Detail, Guard
from ledger.core.requests import Record
from ledger.reports.patterns import facts_of_month, found_in_month, look_recorded, subject_of
from policies.accruing import month_named
from policies.decisions import detail_of_verdict
from policies.engine import Engine, Verdict
from policies.facts import SheetUnfit
from policies.facts_watch import PATTERNS, Watch
from policies.gate import ACTIVE_BUNDLE, Decided, Gate, Sender
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.thresholds import MOST_COUNTED, SUBJECT, InForce, thresholds_on

Connection = Any
Kept = TypeVar("Kept")
MOST_AT_ONCE = 40
"""What is found of more people is left for the next request: a group of entries has fifty at most."""
AFTER_SAFETY = ("recovery_considered", "counter_fraud")
"""What may only come of a look once somebody has asked whether the person is safe and has care."""


def sheet_of_month(facts: Mapping[str, int], in_force: InForce) -> Watch:
    """The sheet of one person's month. Of a pattern that is off nothing is kept."""
    counted = {
        name: min(facts.get(name, 0), 10**15 - 1 if name.endswith("_pence") else MOST_COUNTED)
        for name in Watch.__struct_fields__
        if name != "act" and not name.startswith("limit_")
    }
    kept = {name: value if in_force.values.is_on(name) else 0 for name, value in counted.items()}
    return Watch(act="watch", **kept, **in_force.values.of_sheet())


class MonthTried(NamedTuple):
    """What the rules on trial say of the same month, without effect: of how many people they ask for a look by a rule by which
    those in force do not (`raised`), and the other way round; `cannot_say` of how many they say nothing."""

    bundle: str
    raised: int
    dropped: int
    cannot_say: int


class Looked(NamedTuple):
    """A month as somebody looked at it: what is new, on which versions of what it rests, and of whom it was counted."""

    new: list[tuple[Record, Guard]]
    tried: "MonthTried | None"
    rests_on: tuple[Guard, ...]
    in_force: InForce
    people: int
    bundle: str


Keeping = Callable[[Gate, Sender, float], Awaitable[Decided]]
"""What keeps a look at a month through a gate."""


class _Overtaken(Exception):
    """Somebody watched the month, or put other rules or thresholds in force, since it was looked at."""


async def watch_month(gate: Gate, sender: Sender, timeout_seconds: float, *, month: str) -> Decided:
    """Looks at every person's month, once it is over, and keeps what asks for a look and was not found before: forty people at a
    time, with an entry of the run that says how many are left. Malformed(period_malformed); NotSettled(patterns_too_early,
    patterns_off, month_watched_already); BundleNotActive."""
    return await watch_through(gate, sender, lambda keeping: keeping(gate, sender, timeout_seconds), month=month)


async def watch_through(
    gate: Gate, sender: Sender, keep: Callable[[Keeping], Awaitable[Kept]], *, month: str
) -> Kept:  # fmt: skip
    """The same, where `keep` says how it is kept. A whole book is read by `gate` and decided on in a thread before that: whatever
    `keep` holds up meanwhile, it holds up for the few entries alone."""
    while True:
        _, looked = await gate.first(sender, lambda connection: _counted(gate, connection, month))
        found = None if looked is None else await asyncio.to_thread(looked)

        def keeping(
            through: Gate, sent: Sender, timeout_seconds: float, found: Looked | None = found
        ) -> Awaitable[Decided]:
            return through.carry_out(
                lambda connection: _kept(through, connection, month, found), sent, timeout_seconds
            )  # fmt: skip

        try:
            return await keep(keeping)
        except _Overtaken:
            continue


async def _counted(gate: Gate, connection: Connection, month: str) -> Callable[[], Looked]:
    """What the patterns count of a month, read in one moment; asked for what of it is new, the rules are asked about everybody."""
    first, last = period_days(month_named(month))
    if last >= gate.today():
        raise NotSettled("patterns_too_early")
    rules = await read_rules(connection, gate.book_id)
    engine, trial = await gate.engines(rules, connection)
    in_force = await thresholds_on(connection, gate.book_id, last)
    if len(in_force.off) == len(PATTERNS):
        raise NotSettled("patterns_off")
    runs = await said_of(connection, gate.book_id, f"patterns/{month}")
    rests_on = await _rests_on(connection, gate.book_id, month)
    values = in_force.values
    facts = await facts_of_month(
        connection, gate.book_id, first, last, round_to_pence=values.round_to_pence, change_days=values.change_days,
        digits_least=values.digits_least, again_days=values.again_days,
        peers_least=values.peers_least, two_employers_hours=values.two_employers_hours,
        late_days=values.late_days, usual_days=values.usual_days, arrives_days=values.arrives_days,
    )  # fmt: skip
    before = await found_in_month(connection, gate.book_id, month)
    same = bool(runs) and runs[-1].attributes.get("thresholds") == str(in_force.number)
    is_whole = same and runs[-1].attributes.get("left") == "0"

    def look() -> Looked:
        said = {person: (sheet, _said(engine, sheet)) for person, sheet in _sheets(facts, in_force)}
        new = _found_new(gate, said, in_force, before, month)
        if not new and is_whole:
            raise NotSettled("month_watched_already")
        return Looked(
            new,
            None if trial is None else _beside(trial, said.values()),
            rests_on,
            in_force,
            len(facts),
            engine.bundle.hash,
        )

    return look


async def _rests_on(connection: Connection, book_id: int, month: str) -> tuple[Guard, ...]:
    """The rules, the thresholds and the last run of the month, as they are: every finding of a month has a run beside it."""
    subjects = (ACTIVE_BUNDLE, SUBJECT, f"patterns/{month}")
    await foresee(connection, subjects=subjects)
    return tuple([Guard(subject, await version_of(connection, book_id, subject)) for subject in subjects])


async def _kept(gate: Gate, connection: Connection, month: str, looked: Looked | None) -> Resolution:
    """The run and the first of what it found, if what it rests on still stands. _Overtaken."""
    if looked is None or await _rests_on(connection, gate.book_id, month) != looked.rests_on:
        raise _Overtaken
    kept = looked.new[:MOST_AT_ONCE]
    run = _run_recorded(month, looked, found=len(kept), left=len(looked.new) - len(kept))
    guards = (*looked.rests_on, *(guard for _, guard in kept))
    return Resolution((run, *(record for record, _ in kept)), guards)


def _sheets(facts: Mapping[str, Mapping[str, int]], in_force: InForce) -> Iterator[tuple[str, Watch]]:
    """The sheet of everybody's month, in the order of their references."""
    for person in sorted(facts):
        yield person, sheet_of_month(facts[person], in_force)


def _said(engine: Engine, sheet: Watch) -> Verdict:
    verdict = engine.judged(sheet)
    if verdict.findings:
        # Trouble of the engine's: the sheet is not one that it can read, and nothing may be concluded from it.
        raise SheetUnfit("a month could not be looked at")
    return verdict


def _beside(trial: Engine, said: Iterable[tuple[Watch, Verdict]]) -> MonthTried:
    raised = dropped = cannot_say = 0
    for sheet, verdict in said:
        other = trial.judged(sheet)
        own, theirs = ({each.rule for each in found.reviews} for found in (verdict, other))
        cannot_say += bool(other.findings)
        raised += not other.findings and bool(theirs - own)
        dropped += not other.findings and bool(own - theirs)
    return MonthTried(trial.bundle.hash, raised, dropped, cannot_say)


def _found_new(
    gate: Gate, said: Mapping[str, tuple[Watch, Verdict]], in_force: InForce, before: Mapping[str, tuple[int, frozenset[str]]],
    month: str,
) -> list[tuple[Record, Guard]]:  # fmt: skip
    """A decision for each person of whom something is found that was not before."""
    new = []
    for person, (sheet, verdict) in said.items():
        subject = subject_of(person, month)
        number, known = before.get(subject, (0, frozenset()))
        if {finding.rule for finding in verdict.reviews} - known:
            detail = detail_of_verdict(gate.salt(), sheet, verdict)
            look_by = gate.today() + timedelta(days=gate.limits_on(gate.today()).look_within_days)
            record = _found_recorded(person, month, verdict, detail, look_by=look_by, made_up=in_force.made_up)
            new.append((record, Guard(subject, number)))
    return new


def _found_recorded(
    person: str, month: str, verdict: Verdict, detail: Detail, *, look_by: date, made_up: bool
) -> Record:  # fmt: skip
    """The decision: everything that the sheet shows, so that who has the facts can work it out again."""
    given = attributes("watch", about=person, month=month, amount=0, bundle=verdict.bundle, hold=False, look_by=look_by,
                       made_up=made_up, outcome=verdict.outcome)  # fmt: skip
    reviews = tuple((f"review.{place:02d}", each.rule) for place, each in enumerate(verdict.reviews, 1))
    return Record(
        kind="decision", subject=subject_of(person, month), attributes=tuple(sorted((*given, *reviews))), detail=detail
    )


def _run_recorded(month: str, looked: Looked, *, found: int, left: int) -> Record:
    """That a month was looked at: how many people with which thresholds, which patterns were off, and what rules on trial say."""
    in_force = looked.in_force
    given = attributes("patterns_run", month=month, people=looked.people, found=found, left=left, bundle=looked.bundle,
                       thresholds=in_force.number, made_up=in_force.made_up)  # fmt: skip
    off = tuple((f"off.{place:02d}", rule) for place, rule in enumerate(in_force.off, 1))
    tried = looked.tried
    beside = () if tried is None else attributes(
        "patterns_run", tried=tried.bundle, tried_raised=tried.raised, tried_dropped=tried.dropped,
        tried_cannot_say=tried.cannot_say,
    )  # fmt: skip
    return Record(
        kind="run",
        subject=f"patterns/{month}",
        attributes=tuple(sorted({**dict(given), **dict(off), **dict(beside)}.items())),
    )


async def record_look(
    connection: Connection, book_id: int, *, number: int, rule: str, outcome: str, on: date, safeguarding_considered: bool,
    detail: Detail | None,
) -> Resolution:  # fmt: skip
    """What came of looking at one thing that was found; again, when more comes of it. Nothing is recovered and nobody is reported
    before somebody has asked whether the person is safe. NotSettled(finding_not_found, safeguarding_first)."""
    await foresee(connection, entries=(number,), subjects=(f"look/{number}",))
    found = await said_at(connection, book_id, number)
    if found is None or found.act != "watch" or rule not in numbered(found.attributes, "review"):
        raise NotSettled("finding_not_found")
    if outcome in AFTER_SAFETY and not safeguarding_considered:
        raise NotSettled("safeguarding_first")
    look = look_recorded(of=number, rule=rule, outcome=outcome, on=on, safeguarding_considered=safeguarding_considered,
                         detail=detail)  # fmt: skip
    return Resolution((look,), (Guard(f"look/{number}", await version_of(connection, book_id, f"look/{number}")),))
