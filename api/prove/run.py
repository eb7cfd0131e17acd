"""Runs the promises one after the other on one stage."""

import time
from collections.abc import Callable

from api.prove.copies import show_fork, take_copy
from api.prove.edits import show_edits
from api.prove.kills import show_kills, show_stops
from api.prove.races import show_races
from api.prove.shown import Proof, Shown, Size
from api.prove.stage import staged


async def prove(seed: int, size: Size, tell: Callable[[Shown], None]) -> Proof:
    """Show every promise on a scratch book; `tell` is called with each as it is shown. Nothing of it stays behind.

    Raises what a promise never expects, WorkerLost for one, after the same cleaning up."""
    began = time.monotonic()
    proof = Proof(seed)

    def add(shown: Shown) -> None:
        proof.shown.append(shown)
        tell(shown)

    async with staged(seed, size) as stage:
        add(await show_races(stage))
        backup = await take_copy(stage)
        add(await show_kills(stage))
        add(await show_stops(stage))
        add(await show_edits(stage))
        add(await show_fork(stage, backup))
    proof.elapsed_seconds = round(time.monotonic() - began, 1)
    return proof
