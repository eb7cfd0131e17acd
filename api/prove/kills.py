"""Promise: whatever is killed in mid-load, and whenever, nothing acknowledged is lost and nothing happens twice."""

import asyncio

import msgspec

from api.prove.book import LOADED, load_pence
from api.prove.child import insist, outcome_of
from api.prove.races import money_on
from api.prove.shown import Shown, times
from api.prove.stage import Stage, words_of
from api.prove.workers import Worker
from ledger.money import format_amount

FIRST_ANSWERS = 20
"""A load has so many new answers before anything is killed."""
AT_ONCE = 200


class Tally(msgspec.Struct):
    """What became of requests: sent; answered before the kill; of the unanswered, those the book had all the same; and what must
    be none: answered and not found again under their key, or with another answer."""

    sent: int = 0
    answered: int = 0
    unanswered_recorded: int = 0
    lost: int = 0


def _told(worker: Worker) -> dict[int, int]:
    """The entry that each answered request was told."""
    fields = (line.split() for line in worker.lines("told"))
    return {int(number): int(entry) for number, entry, _ in fields}


async def _under_way(stage: Stage, worker: Worker) -> None:
    """Until the load has new answers, and then some more time by chance."""
    before = len(worker.lines("told"))
    await worker.until(lambda: len(worker.lines("told")) >= before + FIRST_ANSWERS)
    await asyncio.sleep(stage.chance.random() * stage.size.seconds)


async def _repeat(stage: Stage, worker: Worker, tally: Tally) -> None:
    """Send every request of a load once more with its key, as a client does that knows nothing of what happened."""
    sent, told = sorted(int(number) for number in worker.lines("sent")), _told(worker)
    numbers: set[int] = set()
    for start in range(0, len(sent), AT_ONCE):
        some = sent[start : start + AT_ONCE]
        decided = await asyncio.gather(*(insist(stage.opened, *stage.scene.load(number)) for number in some))
        for number, each in zip(some, decided, strict=True):
            replayed, entry = each.outcome.replayed, each.outcome.number
            numbers.add(entry)
            if number in told:
                tally.lost += not replayed or entry != told[number] or outcome_of(each) != "allow"
            else:
                tally.unanswered_recorded += replayed
    tally.lost += len(sent) - len(numbers)
    tally.sent += len(sent)
    tally.answered += len(told)
    stage.requests = max([stage.requests, *(number + 1 for number in sent)])


async def _account_for(stage: Stage, shown: Shown, tally: Tally) -> None:
    """The steps that say whether all is there once."""
    unanswered = tally.sent - tally.answered
    shown.step(
        f"Every one of the {tally.sent:,} requests was sent again with its own key, answered before or not.",
        f"of the {tally.answered:,} answered ones {tally.lost:,} were lost, all others got the same answer again. Of the "
        f"{unanswered:,} unanswered ones {tally.unanswered_recorded:,} were in the book already, and "
        f"{unanswered - tally.unanswered_recorded:,} were done now.",
        kept=tally.lost == 0 and tally.sent > 0,
    )
    held = sum([(await money_on(stage, "load", number)).of("held") for number in range(LOADED)])
    asked = sum(load_pence(number) for number in range(stage.requests))
    shown.step(
        f"The {stage.requests:,} requests so far asked for £{format_amount(asked)} together.",
        f"the budgets hold £{format_amount(held)}: nothing is missing and nothing is there twice."
        if held == asked
        else f"the budgets hold £{format_amount(held)}",
        kept=held == asked,
    )
    verdict = await stage.verify()
    shown.step("The whole book was re-derived from its log.", words_of(verdict) + ".", kept=verdict.ok)
    shown.counts = {**msgspec.to_builtins(tally), "doubled_pence": held - asked, "entries": verdict.entries}


async def show_kills(stage: Stage) -> Shown:
    """kill -9 of the posting process; every request is then repeated by another process."""
    shown = Shown("A killed process loses nothing that it answered for, and nothing is done twice.")
    tally = Tally()
    for turn in range(stage.size.kills):
        worker = Worker(stage.scene, stage.scratch / f"killed-{turn}")
        try:
            await worker.ready()
            worker.tell(f"load {stage.requests}")
            await _under_way(stage, worker)
        finally:
            worker.kill()
        await _repeat(stage, worker, tally)
    shown.step(
        f"A worker process with eight clients spent from {LOADED} budgets as fast as it could; it was killed with kill -9 "
        f"in the middle, {times(stage.size.kills)}.",
        f"{tally.sent:,} requests had been sent and {tally.answered:,} answered.",
        kept=tally.answered >= stage.size.kills * FIRST_ANSWERS,
    )
    await _account_for(stage, shown, tally)
    return shown


async def show_stops(stage: Stage) -> Shown:
    """The database server stops without a checkpoint, as when its power fails, under a worker that goes on."""
    shown = Shown(
        "A database that falls over under load loses nothing that was answered for, and nothing is done twice."
    )
    tally = Tally()
    worker = Worker(stage.scene, stage.scratch / "stopped")
    try:
        await worker.ready()
        worker.tell(f"load {stage.requests}")
        for _ in range(stage.size.stops):
            await _under_way(stage, worker)
            await asyncio.to_thread(stage.server.stop, "immediate")
            await asyncio.to_thread(stage.server.server.ensure_postgres_running)
        await _under_way(stage, worker)
        await worker.end()
    finally:
        worker.kill()
    await _repeat(stage, worker, tally)
    shown.step(
        f"The same load; the database server was stopped at once (immediate, without a checkpoint) and started again "
        f"{times(stage.size.stops)}.",
        f"the worker asked on by itself with the same keys: {tally.sent:,} requests sent and {tally.answered:,} answered.",
        kept=tally.answered == tally.sent,
    )
    await _account_for(stage, shown, tally)
    return shown
