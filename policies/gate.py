"""The gate: the one way to a line's money. It reads, asks the rules, and hands decision and money to the book as one group.

A decision is recorded whatever it says. Each fact has a version, and the group is guarded by those versions: when something has
changed since, the writer says so and the gate reads again, until the request's deadline (engine.md 17).
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import date, timedelta
from typing import Any, TypeVar
from weakref import WeakValueDictionary

import msgspec

from ledger.book.append import known, replay
from ledger.book.lookups import read_detail
from ledger.book.snapshot import snapshot
from ledger.budgets.foreseen import foreseen
from ledger.budgets.plans import Line, PlanVersion
from ledger.budgets.reading import setup_of
from ledger.budgets.scheduled import fetch_periods
from ledger.budgets.soft_closes import check_soft, days_posted, period_guard, read_soft
from ledger.budgets.standing import Facts, Rules, first_day_of_window, read_rules
from ledger.core.batch import Outcome
from ledger.core.calendar import day_ends_us
from ledger.core.model import Asked, Detail, Guard, Item
from ledger.core.requests import AnyRequest
from policies.bearing import kept_for
from policies.beside import Beside, beside, note
from policies.bundle import Limits
from policies.decisions import decision_record, detail_of_verdict
from policies.engine import Engine, Verdict
from policies.looking import KeptBack, Look, check_look, is_plain
from policies.memory import ACTIVE_BUNDLE as ACTIVE_BUNDLE
from policies.memory import Memory, guards_of, is_due
from policies.resolution import Resolution, Writes
from policies.sheets import Asked as Filled
from policies.sheets import Wanted, check_delegated, fill
from policies.shelf import Shelf

Connection = Any
Found = TypeVar("Found")
JITTER_SECONDS = 0.01


class BudgetBusy(Exception):
    """So many others act on this budget that no moment was found before the deadline; nothing was recorded."""

    code = "budget_busy"


class BundleNotActive(RuntimeError):
    """Neither this process nor the book itself has the rules that are in force in it today: it decides nothing."""

    code = "bundle_not_active"


class PaidOut(ValueError):
    """The line's money is paid to its holder: a purchase from it is told as a claim, and asked for as a question."""

    code = "line_paid_out"


class NotPaidOut(ValueError):
    """The line's money stays with the commissioner: there are no instalments and no claims of spending."""

    code = "line_not_paid_out"


class Sender(msgspec.Struct, frozen=True):
    """Who asks, under which key, with which fingerprints; `of_finance` says that a month closed softly is open to them, `look`
    whose record they have to see for it."""

    asked: Asked
    key: bytes
    prints: bytes
    of_finance: bool = False
    look: Look | None = None


class Decided(msgspec.Struct, frozen=True):
    """What became of a request: the outcome, and the detail that its decision was recorded with (None when it was erased, when
    there is no decision, or when the ledger refused)."""

    outcome: Outcome
    detail: bytes | None


Guards = tuple[Guard, ...]
Make = Callable[[Facts, Filled, Verdict], tuple[Sequence[AnyRequest], bool]]
"""The requests that follow the decision, and whether the first of them is the hold that keeps the money."""


class Gate:
    """Decides requests for the budgets of one book."""

    def __init__(
        self, *, engine: Engine, book_id: int, book: str, writer: Writes,
        reading: Callable[[], AbstractAsyncContextManager[Connection]], clock_us: Callable[[], int],
        today: Callable[[], date], salt: Callable[[], bytes], elapsed: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random.random, shelf: Shelf | None = None,
        is_rehearsal: bool = False,
    ) -> None:  # fmt: skip
        self.engine = engine
        """That of the rules in force when they were last looked at."""
        self._shelf = shelf or Shelf(engine)
        self._untried = -1
        self.book_id = book_id
        self.book = book
        self.writer = writer
        self._is_rehearsal = is_rehearsal
        self.reading = reading
        self._clock_us, self._today = clock_us, today
        self.salt = salt
        self.elapsed = elapsed
        self._chance = chance
        self._memory = Memory(book_id)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def ask(self, wanted: Wanted, sender: Sender, timeout_seconds: float, guards: Guards = ()) -> Decided:
        """An answer without money: may this be bought? It can be relied on until a day that it names (answers.md 12)."""
        return await self._decide(wanted, sender, timeout_seconds, "ask", lambda *_: ((), False), guards=guards)

    async def spend(self, wanted: Wanted, sender: Sender, timeout_seconds: float, guards: Guards = ()) -> Decided:
        """An order on a line that the commissioner pays: allowed, its money is held; referred, it is held until it is decided.

        Raises PaidOut for a line whose money is with the holder."""

        def make(facts: Facts, filled: Filled, verdict: Verdict) -> tuple[Sequence[AnyRequest], bool]:
            if not filled.line.is_kept:
                raise PaidOut
            return self._held(wanted, facts, filled, verdict, "order")

        return await self._decide(wanted, sender, timeout_seconds, "spend", make, guards=guards)

    async def instalment(self, wanted: Wanted, sender: Sender, timeout_seconds: float) -> Decided:
        """A payment of the plan's schedule: its money is held, and goes out when somebody else releases it. NotPaidOut."""

        def make(facts: Facts, filled: Filled, verdict: Verdict) -> tuple[Sequence[AnyRequest], bool]:
            if filled.line.is_kept:
                raise NotPaidOut
            return self._held(wanted, facts, filled, verdict, "instalment")

        return await self._decide(wanted, sender, timeout_seconds, "instalment", make)

    async def fact(
        self, wanted: Wanted, sender: Sender, timeout_seconds: float, post: Callable[[Facts, Filled], Sequence[AnyRequest]],
        *, act: str, other_than: tuple[int, ...], guards: Guards, because: int, facts: Facts | None = None,
    ) -> Decided:  # fmt: skip
        """Money that has gone: what `post` makes is posted whatever the rules find, and a referral is a task on the decision.

        `other_than` are the entries whose makers may not ask for this; `because` is the claim or invoice behind it; `facts` are
        those of the moment in which that was looked up."""
        return await self._decide(
            wanted, sender, timeout_seconds, act, lambda facts, filled, _: (post(facts, filled), False),
            other_than=other_than, guards=guards, because=because, seen=facts,
        )  # fmt: skip

    async def carry_out(
        self, make: Callable[[Connection], Awaitable[Resolution]], sender: Sender, timeout_seconds: float, *, person: str = "",
        judged_on: date | None = None,
    ) -> Decided:  # fmt: skip
        """What needs no verdict: what `make` finds has to be submitted, as things are in one moment. It is asked again when one of
        its guards has become stale, so a no that it has for that is the answer. `person` is whose budget it is about, and
        `judged_on` the day of a verdict which `make` may find to be needed."""
        deadline = self.elapsed() + timeout_seconds
        async with self._alone(person, deadline):
            while True:
                again, both = await self.first(
                    sender, lambda connection: self._in_open_months(connection, make, sender), person=person, judged_on=judged_on
                )  # fmt: skip
                if both is None:
                    assert again is not None
                    return again
                found, periods = both
                item = Item(requests=found.requests, asked=sender.asked, key=sender.key, prints=sender.prints,
                            guards=(*found.guards, *periods), other_than=found.other_than)  # fmt: skip
                left = deadline - self.elapsed()
                if left <= 0:
                    raise BudgetBusy
                outcome = await self.writer.submit(item, left)
                if outcome.refusal is not None and outcome.refusal.code == "guard_stale":
                    await asyncio.sleep(self._chance() * JITTER_SECONDS)
                    continue
                return await self._again(sender) if outcome.replayed else Decided(outcome, None)

    async def _in_open_months(
        self, connection: Connection, make: Callable[[Connection], Awaitable[Resolution]], sender: Sender
    ) -> tuple[Resolution, tuple[Guard, ...]]:  # fmt: skip
        """What `make` finds, and for others than finance the guards of the months it posts in. SoftClosed."""
        with suppress(BundleNotActive):  # what needs no verdict goes on, by the rules that this process has
            await self.engines(await read_rules(connection, self.book_id), connection)
        found = await make(connection)
        days = set() if sender.of_finance else days_posted(found.requests)
        if not days:
            return found, ()
        periods = await read_soft(connection, self.book_id)
        check_soft(periods, days)
        return found, tuple(dict.fromkeys(period_guard(periods, day) for day in sorted(days)))

    async def first(
        self, sender: Sender, read: Callable[[Connection], Awaitable[Found]], *, person: str = "", judged_on: date | None = None
    ) -> tuple[Decided, None] | tuple[None, Found]:  # fmt: skip
        """The first answer of this key if it has one, else what `read` finds, both of one moment: what a request has changed
        itself is no reason to say no to its repetition. `person` is whose budget it will ask for; where a verdict of the accounting
        day `judged_on` follows, that is remembered for it. KeptBack for either."""
        look = sender.look
        about, entries = (person, ()) if look is None else (look.person, look.entries)
        async with self.reading() as connection, snapshot(connection):
            since = date.max if judged_on is None else first_day_of_window(judged_on)
            act = await foreseen(connection, self.book_id, about, sender.key, since, entries)
            if look is not None:
                await check_look(self, look, act.standings, act.rules, connection)
            if not act.is_known:
                found = await read(act)
                if judged_on is not None:
                    self._memory.take(about, act.standing, act.rules, act.payees)
                return None, found
        return await self._again(sender), None

    async def expire_due(self) -> None:
        """Holds whose time has come are given back now."""
        await self.writer.expire_due()

    def hear(self, versions: Mapping[str, int]) -> None:
        """What the book's writer, here or in another process, tells of each batch; see Writer.listeners."""
        self._memory.hear(versions)

    def now_us(self) -> int:
        """The process clock in microseconds UTC."""
        return self._clock_us()

    def today(self) -> date:
        """The accounting day now."""
        return self._today()

    def _held(
        self, wanted: Wanted, facts: Facts, filled: Filled, verdict: Verdict, purpose: str
    ) -> tuple[Sequence[AnyRequest], bool]:
        if verdict.outcome == "deny" or (verdict.outcome == "refer" and wanted.amount > filled.sheet.left_pence):
            return (), False
        last = max(wanted.care_to or wanted.effective_on, self._today())
        expires = self.held_until_us(last, wanted.effective_on)
        if verdict.outcome == "refer":
            purpose, expires = "awaiting_decision", day_ends_us(self.decide_by())
        return (kept_for(wanted, facts, filled, purpose, expires),), True

    def relied_until(self, day: date, line: Line, plan: PlanVersion | None, use_by: date | None = None) -> date:
        """Until when a yes to a question can be relied on that is given for a day: never longer than its line and plan last, nor
        after the `use_by` of an approval. LimitNotSet."""
        lasts = day + timedelta(days=self.limits_on(day).answer_relied_days)
        return min(
            each for each in (lasts, line.end, plan.end if plan is not None else None, use_by) if each is not None
        )

    def count(self, engine: Engine, verdict: Verdict, trial: Engine | None, tried: Beside | None) -> None:
        """What could not be decided is counted, once its decision is recorded; never where all that is written is taken back."""
        if not self._is_rehearsal:
            note(engine, verdict, trial, tried)

    def limits_on(self, day: date) -> Limits:
        """The local limits of the book on an accounting day, by the rules in force. LimitNotSet."""
        return self.engine.bundle.limits_on(self.book, day)

    def held_until_us(self, last: date, day: date) -> int:
        """Until when the money of an order is held whose care ends on `last`, by the limits of its accounting day."""
        return day_ends_us(last + timedelta(days=self.limits_on(day).order_held_days))

    def decide_by(self) -> date:
        """The day by which a referral made today is decided."""
        return self._today() + timedelta(days=self.limits_on(self._today()).decide_within_days)

    async def _decide(
        self, wanted: Wanted, sender: Sender, timeout_seconds: float, act: str, make: Make, *,
        other_than: tuple[int, ...] = (), guards: Guards = (), because: int = 0, seen: Facts | None = None,
    ) -> Decided:  # fmt: skip
        deadline, afresh = self.elapsed() + timeout_seconds, False
        async with self._alone(wanted.person, deadline):
            while True:
                facts, seen = await self._facts(wanted, sender, deadline, afresh=afresh, seen=seen), None
                if facts.is_known:
                    # Who may not any more is not told again either.
                    check_delegated(setup_of(facts.standing.said), wanted.holder, self._today(), wanted.scopes)
                    return await self._again(sender)
                try:
                    engine, trial = await self.engines(facts.rules)
                    filled = fill(wanted, facts, engine.bundle, self.book, self._today())
                    verdict = engine.judged(filled.sheet)
                    money, holds = make(facts, filled, verdict)
                    days = set() if sender.of_finance else days_posted(money)
                    check_soft(facts.rules.periods, days)
                except Exception:
                    if not facts.remembered:
                        raise
                    # Only the writer can say that what is remembered still stands, and it will not be asked.
                    afresh = True
                    continue
                tried = beside(trial, filled.sheet, self.book, wanted.effective_on, engine.bundle) if trial else None
                detail = detail_of_verdict(self.salt(), filled.sheet, verdict, tried=tried)
                decision = decision_record(
                    wanted, verdict, detail, act=act, holds=holds, because=because, makers=other_than,
                    relied_until=self.relied_until(wanted.effective_on, filled.line, filled.plan)
                    if act == "ask" and verdict.outcome == "allow" else None,
                    decide_by=self.decide_by() if verdict.outcome == "refer" else None, parts=filled.parts,
                )  # fmt: skip
                item = Item(
                    requests=(decision, *money), asked=sender.asked, key=sender.key, prints=sender.prints,
                    guards=(
                        *guards_of(wanted, facts, filled.line), *guards,
                        *dict.fromkeys(period_guard(facts.rules.periods, day) for day in days),
                    ),
                    other_than=other_than, refusal_attributes=(("bundle", verdict.bundle),),
                    refusal_detail=Detail(self.salt(), detail.content),
                )  # fmt: skip
                left = deadline - self.elapsed()
                if left <= 0:
                    raise BudgetBusy
                outcome = await self.writer.submit(item, left)
                no = outcome.refusal
                stale = "" if no is None else dict(no.facts).get("subject", "")
                # What the caller guards is an answer when it is stale, and no reason to look again.
                if no is not None and no.code == "guard_stale" and stale not in {guard.subject for guard in guards}:
                    self._memory.forget(stale)
                    if not facts.remembered:
                        await asyncio.sleep(self._chance() * JITTER_SECONDS)
                    continue
                if outcome.replayed:
                    continue
                if no is None:
                    self.count(engine, verdict, trial, tried)
                    self._memory.learn(wanted, facts, outcome, money)
                return Decided(outcome, detail.content if no is None else None)

    async def _facts(
        self, wanted: Wanted, sender: Sender, deadline: float, *, afresh: bool, seen: Facts | None = None
    ) -> Facts:  # fmt: skip
        """The facts, after holds whose time has come have been given back; `afresh`, nothing of them is remembered. Those that were
        `seen`, with whoever looked, are taken as they are, for whatever has changed since is found stale. KeptBack."""
        remembered = self._memory.recall(wanted, self._clock_us())
        if seen is not None and not is_due(seen.standing, self._clock_us()):
            return seen
        if remembered is not None and not afresh and is_plain(sender.look, remembered.standing, self._today()):
            return await self._with_schedules(wanted, remembered)
        for is_last in (False, True):
            async with self.reading() as connection:
                facts = await self._memory.read(connection, wanted, sender.key, afresh=afresh)
            if is_last or not is_due(facts.standing, self._clock_us()):
                break
            try:
                await asyncio.wait_for(self.writer.expire_due(), max(0.0, deadline - self.elapsed()))
            except TimeoutError:
                raise BudgetBusy from None
        try:
            await check_look(self, sender.look, {wanted.person: facts.standing}, facts.rules)
        except KeptBack:
            if not facts.remembered:
                raise
            return await self._facts(wanted, sender, deadline, afresh=True)
        return await self._with_schedules(wanted, facts)

    async def engines(self, rules: Rules, connection: Connection | None = None) -> tuple[Engine, Engine | None]:
        """The engine of the rules in force today, which is `engine` from here on, and that of the rules on trial, if there are any
        and they are others. BundleNotActive."""
        wanted = rules.in_force(self._today())
        tried = None if rules.bundle_version == self._untried else rules.on_trial(self._today())
        engine, trial = self._shelf.held(wanted), self._shelf.held(tried)
        if engine is None or (trial is None and tried is not None):
            if connection is None:
                async with self.reading() as own:
                    return await self.engines(rules, own)
            engine = await self._shelf.find(connection, self.book_id, wanted)
            trial = await self._shelf.find(connection, self.book_id, tried)
            if tried is not None and trial is None:
                # It is looked for once: it can be there only after another entry about the rules.
                self._untried = rules.bundle_version
        if engine is None:
            self._memory.forget(ACTIVE_BUNDLE)
            raise BundleNotActive
        self.engine = engine
        return engine, self._shelf.beside(trial)

    async def _with_schedules(self, wanted: Wanted, facts: Facts) -> Facts:
        """The facts, for an instalment with the schedules: read after the person's version, which guards them too."""
        if wanted.act != "instalment":
            return facts
        async with self.reading() as connection:
            return msgspec.structs.replace(facts, periods=await fetch_periods(connection, self.book_id, wanted.person))

    async def _again(self, sender: Sender) -> Decided:
        """The first answer once more, from its entries and what is left of its details. KeyReused for another request."""
        async with self.reading() as connection:
            rows = await known(connection, self.book_id, [sender.key])
            outcome = await replay(connection, self.book_id, sender.prints, rows[sender.key])
            detail = None
            decision = next((each.number for each in outcome.entries if each.kind == "decision"), 0)
            if decision and decision not in outcome.erased:
                detail = await read_detail(connection, self.book_id, decision)
        return Decided(outcome, detail)

    @asynccontextmanager
    async def _alone(self, person: str, deadline: float) -> AsyncIterator[None]:
        """One request at a time for each budget in this process; other processes are met by the guards."""
        lock = self._locks.setdefault(person, asyncio.Lock())
        if lock.locked():
            try:
                await asyncio.wait_for(lock.acquire(), max(0.0, deadline - self.elapsed()))
            except TimeoutError:
                raise BudgetBusy from None
        else:
            await lock.acquire()
        try:
            yield
        finally:
            lock.release()
