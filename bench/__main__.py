"""`python -m bench`: measures the rows, prints them with spread and ratio, and fails when a book was
left wrong."""

import argparse
import asyncio
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog
import uvloop
from rich.console import Console

from api.collecting import collect_less_often
from bench import acceptances, budgets, feeds, http, plain, posts, proofs, spends, verdicts
from bench.ground import FULL, QUICK, Ground, standing
from bench.report import WIDTH, machine_of, markdown, show
from bench.rows import Case, Measured, Result, selected

CASES: tuple[Case, ...] = (
    *plain.CASES,
    *posts.CASES,
    *feeds.CASES,
    *http.CASES,
    *spends.CASES,
    *acceptances.CASES,
    *budgets.CASES,
    *proofs.CASES,
    *verdicts.CASES,
)
DONE, FAILED, MISUSED = 0, 1, 2


async def measure(ground: Ground, cases: Sequence[Case], console: Console) -> dict[str, Result]:
    """Every row, once in each round: a machine that grows slower meanwhile does so for all rows alike."""
    results = {row.name: Result(row) for case in cases for row in case.rows}
    for number in range(1, ground.plan.rounds + 1):
        for case in cases:
            if case.once and number > 1:
                continue
            began = time.monotonic()
            found = await _measured(ground, case)
            for row in case.rows:
                result = results[row.name]
                if row.name in found.samples:
                    result.samples.append(found.samples[row.name])
                result.problems += found.problems
                result.note = "; ".join(filter(None, (found.notes.get(row.name), row.note)))
            names = ", ".join(row.name for row in case.rows)
            state = "FAILED" if found.problems else "ok"
            took = time.monotonic() - began
            said = f"round {number}: {names}: {state}, {took:.1f} s"
            console.print(said, highlight=False, markup=False, soft_wrap=True)
    return results


async def _measured(ground: Ground, case: Case) -> Measured:
    try:
        async with asyncio.timeout(ground.plan.case_seconds):
            return await case.run(ground)
    except TimeoutError:
        return Measured({}, [f"was not done after {ground.plan.case_seconds:.0f} seconds"])
    except Exception as wrong:
        return Measured({}, [f"{type(wrong).__name__}: {wrong}"])


def exit_code(results: dict[str, Result]) -> int:
    """Failed when any invariant did not hold or any row has no figure."""
    return FAILED if any(each.problems or not each.samples for each in results.values()) else DONE


async def run(options: argparse.Namespace, cases: Sequence[Case]) -> int:
    """Measure, print, write the page if one is wanted; the exit code."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    plan = QUICK if options.quick else FULL
    plan = replace(plan, rounds=options.rounds or plan.rounds, seconds=options.seconds or plan.seconds)
    load = os.getloadavg()
    with standing(plan, options.dir) as ground:
        ground.kept["load"] = load
        await ground.prepare()
        machine = await machine_of(ground)
        results = await measure(ground, cases, Console(stderr=True))
    console = Console() if sys.stdout.isatty() else Console(width=WIDTH)
    for name, value in machine.items():
        console.print(f"{name}: {value}", highlight=False, markup=False)
    show(console, results)
    if options.markdown is not None:
        options.markdown.write_text(markdown(results, machine), encoding="utf-8")
    return exit_code(results)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short run that shows that everything works")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="this row and those below it")
    parser.add_argument("--list", action="store_true", help="name the rows and stop")
    parser.add_argument("--rounds", type=int, help="how often each row is measured")
    parser.add_argument("--seconds", type=float, help="how long a rate is measured")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table there as well")
    parser.add_argument("--dir", type=Path, help="where the run's temporary directory is made; its path must be short")
    options = parser.parse_args(arguments)
    try:
        cases = selected(CASES, options.only)
    except ValueError as unknown:
        parser.error(f"there is no row {unknown}; --list names them")
    if options.list:
        print("\n".join(f"{row.name:28} {row.work}" for case in cases for row in case.rows))
        return DONE
    # The service logs what it does; a measurement wants its warnings and nothing else.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    try:
        collect_less_often()
        return uvloop.run(run(options, cases))
    except (asyncio.CancelledError, KeyboardInterrupt):
        print("stopped; nothing is left behind", file=sys.stderr)
        return MISUSED


if __name__ == "__main__":
    sys.exit(main())
