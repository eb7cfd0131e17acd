"""What a verdict of the policy costs: facts, one question to Cedar, findings; no database and no network."""

import asyncio
import json
import time
from contextlib import AsyncExitStack

import msgspec

from bench.ground import Ground, child
from bench.rows import Case, Measured, Row, Sample, Target
from bench.sheets import GOOD
from policies.bundle import Bundle
from policies.engine import Engine
from policies.facts import Sheet

PLAIN = msgspec.structs.replace(
    GOOD,
    management="direct_payment",
    service="personal_assistant",
    regulated_activity=True,
    directly_employed=True,
    agreed_instalment_pence=0,
    service_30_days_pence=120_00,
)
OUTCOMES = ("allow", "refer", "deny")
BURST = 50
A_SECOND = 400
"""Sheets of a bulk for each second of a measurement: all of them are decided by one process, and again by two."""


def sheet_of(number: int) -> Sheet:
    """The n-th sheet: allowed, referred and denied in turn, no two in a row alike."""
    kinds = (PLAIN, msgspec.structs.replace(PLAIN, payee_state="pending"), msgspec.structs.replace(PLAIN, left_pence=0))
    return msgspec.structs.replace(kinds[number % 3], amount_pence=75_50 + number % 1000)


def said_of(engine: Engine, number: int) -> str:
    """What the rules say of the n-th sheet: the outcome, and every rule that objects or asks for a look."""
    verdict = engine.decide(sheet_of(number))
    return " ".join((verdict.outcome, *(each.rule for each in (*verdict.findings, *verdict.reviews))))


async def verdicts(ground: Ground) -> Measured:
    """One caller, one verdict after another. A third of the sheets each is allowed, referred and denied, no two in
    a row are alike, and a verdict that is not the expected one is a problem."""
    bundle = Bundle.load()
    engine = Engine(bundle)
    sheets = [sheet_of(number) for number in range(3_000)]
    waits: list[float] = []
    wrong = 0
    began = time.perf_counter()
    while (took := time.perf_counter() - began) < ground.plan.seconds:
        for _ in range(BURST):
            number = len(waits) % len(sheets)
            asked = time.perf_counter()
            verdict = engine.decide(sheets[number])
            waits.append(time.perf_counter() - asked)
            wrong += verdict.outcome != OUTCOMES[number % 3]
        # The run's deadline and signals are the loop's, which must get a turn.
        await asyncio.sleep(0)
    note = f"{len(bundle.rules)} rules, {len(Sheet.__struct_fields__)} facts, one process"
    problems = [f"{wrong} verdicts are not the expected ones"] if wrong else []
    return Measured({"policy.verdict": Sample(len(waits) / took, waits)}, problems, {"policy.verdict": note})


async def bulk(ground: Ground) -> Measured:
    """The same sheets decided by one process, and by two that share them: whatever one says of a sheet, two say too."""
    count = max(60, int(A_SECOND * ground.plan.seconds))
    rates, said = [], []
    for processes in (1, 2):
        async with AsyncExitStack() as stack:
            shares = [
                await stack.enter_async_context(child(ground, "-m", "bench.child", "decide", json.dumps(told)))
                for told in ({"first": first, "every": processes, "count": count} for first in range(processes))
            ]
            for each in shares:
                await each.hear()
            await asyncio.gather(*(each.say("go") for each in shares))
            found = [await each.hear() for each in shares]
        seconds = max(each["ended"] for each in found) - min(each["began"] for each in found)
        rates.append(count / seconds)
        said.append([found[number % processes]["said"][number // processes] for number in range(count)])
    problems = []
    if said[0] != said[1]:
        problems.append("two processes did not say what one does")
    if [each.split()[0] for each in said[0]] != [OUTCOMES[number % 3] for number in range(count)]:
        problems.append("verdicts are not the expected ones")
    note = f"the same {count:,} sheets, each process with its own engine of {len(Bundle.load().rules)} rules"
    names = ("policy.bulk.one", "policy.bulk.two")
    samples = {name: Sample(rate) for name, rate in zip(names, rates, strict=True)}
    return Measured(samples, problems, dict.fromkeys(names, note))


CASES = (
    Case(
        (
            Row(
                "policy.verdict",
                "a verdict on one sheet of facts: allowed, referred and denied in turn",
                "/s",
                Target("p50 ≤ 0.6 ms", p50_ms=0.6),
            ),
        ),
        verdicts,
    ),
    Case(
        (
            Row("policy.bulk.one", "bulk decisions in one process", "/s"),
            Row("policy.bulk.two", "the same shared by two processes", "/s", None, "policy.bulk.one"),
        ),
        bulk,
    ),
)
