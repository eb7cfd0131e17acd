"""What a gate remembers is what a new gate reads, and nothing is decided on what has changed since."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.book.relay import Relay
from ledger.book.submission import KeyReused
from ledger.book.writer import Settings
from ledger.budgets import acts, claims, facts, funds, payees, people
from ledger.budgets.identities import IDENTITIES
from ledger.core.batch import Outcome
from ledger.core.calendar import day_ends_us
from ledger.core.model import Item
from ledger.core.requests import ReleaseHold
from policies.decisions import content_of
from policies.gate import BundleNotActive, Gate
from policies.resolution import Writes
from policies.sheets import NotThere, Wanted
from tests import kit
from tests.policies.scene import CAROL, DAY, JOINT, START, Between, Budget, Scene, findings_of, outcome_of, sender

PATIENCE = 20.0


class Counted:
    """How often a gate takes a connection to read."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.count = 0

    def __call__(self) -> AbstractAsyncContextManager[Any]:
        """One more."""
        self.count += 1
        return self.scene.reading()


class Told:
    """A writer that notes what the ledger said of each item handed to it."""

    def __init__(self, writer: Writes, codes: list[str | None]) -> None:
        self.writer = writer
        self.codes = codes

    async def submit(self, item: Item, timeout_seconds: float = 5.0) -> Outcome:
        """Hand it on."""
        outcome = await self.writer.submit(item, timeout_seconds)
        self.codes.append(None if outcome.refusal is None else outcome.refusal.code)
        return outcome

    async def expire_due(self) -> None:
        """As the writer."""
        await self.writer.expire_due()


def _gate(scene: Scene, reading: Callable[[], AbstractAsyncContextManager[Any]], writer: Writes | None = None) -> Gate:
    return Gate(
        engine=scene.engine, book_id=scene.book.book_id, book=scene.book.code, writer=writer or scene.writer,
        reading=reading, clock_us=scene.clock, today=scene.today, salt=lambda: os.urandom(16),
    )  # fmt: skip


def _counting(scene: Scene, writer: Writes | None = None) -> tuple[Gate, Counted]:
    reads = Counted(scene)
    return _gate(scene, reads, writer), reads


async def _seen(gate: Gate, wanted: Wanted) -> str:
    """The facts on which a gate answers a question."""
    decided = await gate.ask(wanted, sender(), PATIENCE)
    assert decided.detail is not None
    return content_of(decided.detail).facts


async def _happens(chance: random.Random, scene: Scene, gate: Gate, budget: Budget, holds: list[Outcome]) -> None:
    """Something of a budget's life, through this gate or past it."""
    what = chance.choice(("spend", "spend", "spend", "ask", "late", "release", "settle", "direct", "allocated"))
    amount = chance.choice((1, 5_00, 20_01, 333_33, 1_000_01))
    payee = chance.choice(("A1", "A2", "B9"))
    day = DAY - timedelta(days=chance.choice((0, 1, 27, 28, 29, 30, 45)))
    if what in ("spend", "late"):
        wanted = budget.wants(amount, payee=payee, **({"effective_on": day} if what == "late" else {}))
        decided = await gate.spend(wanted, sender(), PATIENCE)
        if decided.outcome.refusal is None and len(decided.outcome.entries) == 2:
            holds.append(decided.outcome)
    elif what == "ask":
        await gate.ask(budget.wants(amount, payee=payee), sender(), PATIENCE)
    elif what == "release" and holds:
        decision, hold = holds.pop(chance.randrange(len(holds))).entries
        await scene.do(ReleaseHold(event=30, hold=hold.number, effective_on=DAY, because=decision.number))
    elif what == "settle" and holds:
        decision, hold = holds.pop(chance.randrange(len(holds))).entries
        kept = {code: pence for code, pence in hold.legs if pence > 0}
        await scene.do(facts.invoice_settles_hold(
            hold=hold.number, remaining=kept, amount=sum(kept.values()), shares=budget.shares(), payee="A1",
            effective_on=DAY, because=decision.number,
        ))  # fmt: skip
    elif what == "direct":
        evidence = claims.Evidence(
            subject=claims.invoice_subject("A1", os.urandom(16).hex()), person=budget.person, amount=amount,
            line=budget.line.line, payee="A1", service="home_care",
        )  # fmt: skip
        await scene.do(
            claims.evidence_recorded("invoice_accepted", evidence, effective_on=day),
            facts.invoice_settled_directly(amount=amount, shares=budget.shares(), payee="A1", effective_on=day, because=-1),
        )  # fmt: skip
    elif what == "allocated":
        await scene.do(acts.allocated(amount=amount, shares=budget.shares(), effective_on=START, because=budget.signed))


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_remembered_is_what_would_be_read(scene: Scene, seed: int) -> None:
    """A budget's life, partly through one gate and partly past it: whenever it answers, its facts are byte for byte those that a
    gate without any memory reads."""
    chance = random.Random(seed)
    await scene.payee("A2")
    gate, reads = _counting(scene)
    budget, other = await scene.budget(shares=JOINT), await scene.budget()
    holds: list[Outcome] = []
    for _ in range(30):
        await _happens(chance, scene, gate, budget, holds)
        day = DAY - timedelta(days=chance.choice((0, 0, 0, 3, 28, 29)))
        wanted = budget.wants(chance.choice((5_00, 20_01)), payee=chance.choice(("A1", "A2")), effective_on=day)
        before = reads.count
        remembered = await _seen(gate, wanted)
        again = await _seen(gate, wanted)
        assert reads.count - before <= 1
        assert remembered == again == await _seen(scene.gate(), wanted)
        await gate.spend(other.wants(7_00), sender(), PATIENCE)


async def test_a_second_request_reads_nothing(scene: Scene) -> None:
    """Neither after a yes, nor after a no, nor for another budget's payee; only the first of a budget reads."""
    gate, reads = _counting(scene)
    budget = await scene.budget()
    await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    assert reads.count == 1
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    assert outcome_of(await gate.spend(budget.wants(9_000_000), sender(), PATIENCE)) == "deny"
    assert outcome_of(await gate.ask(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    assert reads.count == 1
    assert await scene.left(budget, "held") == 20_00


class Statements:
    """How many statements a gate's readers are asked."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.said: list[str] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[Any]:
        """A connection that tells of each statement."""
        async with self.scene.reading() as connection:
            with connection.query_logger(lambda record: self.said.append(record.query)):
                yield connection

    async def of(self, done: Awaitable[Any]) -> int:
        """How many one request took."""
        self.said.clear()
        await done
        # A new connection asks for the types of a statement's parameters once; those are no facts.
        return sum("phb." in each for each in self.said)


@pytest.mark.parametrize("act", ["ask", "relied_on", "spend", "fact", "beyond", "instalment"])
async def test_the_facts_of_a_verdict_are_read_in_two_statements_at_most(scene: Scene, act: str) -> None:
    """Whatever is asked for, the first request of a process takes one statement, and an instalment one more for its schedule, and
    what relies on an answer one for what stands under it; so does the first of a budget; and the next of the same budget none, but
    for that schedule and that answer."""
    reads = Statements(scene)
    gate = _gate(scene, reads)
    more: dict[str, Any] = {"management": "direct_payment"} if act == "instalment" else {}
    one, two = await scene.budget(**more), await scene.budget(**more)
    asked: dict[str, int] = {}
    if act == "relied_on":
        for budget in (one, two):
            asked[budget.person] = (await scene.gate().ask(budget.wants(9_00), sender(), PATIENCE)).outcome.number

    def request(budget: Budget) -> Awaitable[Any]:
        if act == "ask":
            return gate.ask(budget.wants(9_00), sender(), PATIENCE)
        if act == "instalment":
            return gate.instalment(budget.wants(9_00, act="instalment", payee=None), sender(), PATIENCE)
        if act in ("fact", "beyond"):
            # Of an order that the rules allowed at once nothing has to be looked up.
            wanted = budget.wants(9_00, money_gone=True, under=1 if act == "beyond" else 0)
            return gate.fact(
                wanted, sender(), PATIENCE, lambda *_: (), act="invoice", other_than=(), guards=(), because=0
            )
        return gate.spend(budget.wants(9_00, relies_on=asked.get(budget.person, 0)), sender(), PATIENCE)

    of_act = 1 if act in ("instalment", "relied_on") else 0
    assert await reads.of(request(one)) == 1 + of_act
    assert await reads.of(request(two)) == 1 + of_act
    assert await reads.of(request(one)) == {"instalment": 1, "relied_on": 2}.get(act, 0)


@pytest.mark.parametrize("what", ["payee", "own_payee", "plan", "death"])
async def test_what_has_changed_since_is_noticed(scene: Scene, what: str) -> None:
    """A provider barred, a plan suspended or a death, by another process: the next decision of this one knows."""
    gate, _ = _counting(scene)
    budget = await scene.budget()
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    if what == "plan":
        await scene.do(budget.suspended(), asked=CAROL)
    elif what == "death":
        await scene.do(people.person_recorded("died", person=budget.person, on=DAY - timedelta(days=1)), asked=CAROL)
    else:
        payee = payees.Payee(payee="A1", person=budget.person if what == "own_payee" else None)
        await scene.do(payees.payee_recorded("barred", payee), asked=CAROL)
    no = await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    assert outcome_of(no) == ("refer" if what == "death" else "deny")
    assert findings_of(no) == findings_of(await scene.gate().ask(budget.wants(10_00), sender(), PATIENCE))


async def test_money_that_another_gate_has_kept_is_not_kept_twice(scene: Scene) -> None:
    """Two gates take turns at one budget until nothing is left: each sees what the other did, and the last pound goes once."""
    budget = await scene.budget(100_00)
    gates = [scene.gate(), scene.gate()]
    found = [
        outcome_of(await gates[turn % 2].spend(budget.wants(10_00), sender(), PATIENCE)) for turn in range(12)
    ]  # fmt: skip
    assert found == ["allow"] * 10 + ["deny"] * 2
    assert (await scene.left(budget), await scene.left(budget, "held")) == (0, 100_00)


async def test_a_gate_with_other_rules_than_those_in_force_stops(scene: Scene) -> None:
    """Rules put in force after the gate last looked: it decides nothing any more."""
    gate, _ = _counting(scene)
    budget = await scene.budget()
    await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    await scene.activated("0" * 64)
    for _ in range(2):
        with pytest.raises(BundleNotActive):
            await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    await scene.activated(scene.engine.bundle.hash)
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"


async def test_a_fund_that_has_changed_is_looked_at_again(scene: Scene) -> None:
    """More money in the fund, and a fund said anew: the order rests on the fund as it is now."""
    gate, reads = _counting(scene)
    budget = await scene.budget(shares=JOINT)
    await gate.spend(budget.wants(10_00), sender(), PATIENCE)
    await scene.do(acts.fund_granted(fund="council", year="2025-26", amount=5, effective_on=START))
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    assert reads.count == 2
    said, *_ = funds.fund_opened(funds.Fund(fund="council", kind="partner", partner="council"), ())
    await scene.do(said)
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    assert (reads.count, await scene.left(budget, "held")) == (3, 30_00)


async def test_a_repeated_request_is_replayed_though_its_budget_is_remembered(scene: Scene) -> None:
    """The same key again gets the first answer; with another body it is named; neither is decided anew, not even when the new
    body asks for what does not exist."""
    gate, _ = _counting(scene)
    budget = await scene.budget(50_00)
    who = sender()
    first = await gate.spend(budget.wants(50_00), who, PATIENCE)
    await gate.ask(budget.wants(1_00), sender(), PATIENCE)
    before = await scene.size()
    again = await gate.spend(budget.wants(50_00), who, PATIENCE)
    assert (again.outcome.entries, again.detail, again.outcome.replayed) == (first.outcome.entries, first.detail, True)
    other = sender(key=who.key, prints=b"q" * 8)
    for wanted in (budget.wants(49_00), budget.wants(49_00, line="N9"), budget.wants(2_00, service="exercise")):
        with pytest.raises(KeyReused):
            await gate.spend(wanted, other, PATIENCE)
        await gate.ask(budget.wants(1_00), sender(), PATIENCE)
    assert await scene.size() == before + 3


async def test_what_does_not_exist_is_said_again_and_again(scene: Scene) -> None:
    """An unknown line leaves nothing, and the budget can be asked for as before."""
    gate, _ = _counting(scene)
    budget = await scene.budget()
    for _ in range(2):
        assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
        for _ in range(2):
            with pytest.raises(NotThere, match="line_unknown"):
                await gate.spend(budget.wants(10_00, line="N9"), sender(), PATIENCE)
    assert await scene.left(budget, "held") == 20_00


async def test_what_does_not_exist_is_said_however_busy_the_others_are(scene: Scene) -> None:
    """While others' requests keep filling the memory, a request that cannot be decided is looked at once more, and answered."""
    budget, other = await scene.budget(), await scene.budget()
    asking = False

    @asynccontextmanager
    async def busy() -> AsyncIterator[Any]:
        nonlocal asking
        if not asking:
            asking = True
            await gate.spend(other.wants(1_00), sender(), PATIENCE)
            asking = False
        async with scene.reading() as connection:
            yield connection

    gate = _gate(scene, busy)
    with pytest.raises(NotThere, match="line_unknown"):
        await asyncio.wait_for(gate.spend(budget.wants(10_00, line="N9"), sender(), PATIENCE), 5)


async def test_a_line_agreed_since_is_known(scene: Scene) -> None:
    """A line that the gate did not know when it last looked is there at once."""
    gate, _ = _counting(scene)
    budget = await scene.budget()
    assert outcome_of(await gate.spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
    await scene.payee("A3")
    assert outcome_of(await gate.spend(budget.wants(10_00, payee="A3"), sender(), PATIENCE)) == "allow"
    referred = await gate.spend(budget.wants(10_00, payee="A4"), sender(), PATIENCE)
    await scene.payee("A4")
    allowed = await gate.spend(budget.wants(10_00, payee="A4"), sender(), PATIENCE)
    assert (outcome_of(referred), outcome_of(allowed)) == ("refer", "allow")


async def test_a_due_hold_is_given_back_before_the_next_decision(scene: Scene) -> None:
    """A referral that nobody decided in time gives its money back to a gate that remembers it, too."""
    writer = Between(scene.writer, scene.size, times=0)
    gate, _ = _counting(scene, writer)
    budget = await scene.budget(1_000_01)
    assert outcome_of(await gate.spend(budget.wants(1_000_01), sender(), PATIENCE)) == "refer"
    assert outcome_of(await gate.ask(budget.wants(1_00), sender(), PATIENCE)) == "deny"
    await scene.writer.stop()  # type: ignore[attr-defined]
    await scene.clock.set(day_ends_us(gate.decide_by()) + 60_000_000)
    writer.writer = later = kit.writer_of(scene.book, clock_us=scene.clock, identities=IDENTITIES)
    await later.start()
    assert outcome_of(await gate.ask(budget.wants(1_00), sender(), PATIENCE)) == "allow"
    assert await scene.left(budget) == 1_000_01
    await later.stop()


async def test_a_gate_that_is_told_of_others_decides_once(scene: Scene, tmp_path: Path) -> None:
    """Behind workers of one service each gate hears what the other's requests did to a budget: it reads it again before it
    decides, and hands over nothing that is refused as old."""
    settings = Settings(dsn=scene.book.dsn, book_id=scene.book.book_id, clock_us=scene.clock, nonce=kit.nonce,
                        identities=IDENTITIES)  # fmt: skip
    workers = [Relay(settings, tmp_path, scene.book.code) for _ in range(2)]
    handed: list[str | None] = []
    gates = []
    await scene.writer.stop()  # type: ignore[attr-defined]
    for worker in workers:
        await worker.start()
        gate, reads = _counting(scene, Told(worker, handed))
        worker.listeners.append(gate.hear)
        gates.append((gate, reads))
    scene.writer = workers[0]
    budget = await scene.budget()
    for turn in range(8):
        assert outcome_of(await gates[turn % 2][0].spend(budget.wants(10_00), sender(), PATIENCE)) == "allow"
        await asyncio.sleep(0.05)
    assert handed == [None] * 8
    assert [reads.count for _, reads in gates] == [4, 4]
    for worker in reversed(workers):
        await worker.stop()
