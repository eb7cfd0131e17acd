"""The table: on the terminal while somebody watches, and as Markdown with the machine described."""

import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.ground import Ground
from bench.rows import Result

WIDTH = 200
HEADINGS = ("row", "what", "unit", "N", "median", "min – max", "p50", "p99", "target", "met", "ratio", "book")
RIGHT = {"N", "median", "min – max", "p50", "p99", "ratio"}


def figure(value: float | None) -> str:
    """Three significant figures or whole numbers, whichever says more."""
    if value is None:
        return "–"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cells(result: Result, results: dict[str, Result]) -> list[str]:
    """One line of the table."""
    row, values = result.row, result.values
    spread = f"{figure(min(values))} – {figure(max(values))}" if values else "–"
    waits = [result.wait_ms(0.50), result.wait_ms(0.99)]
    meets, ratio = result.meets(results), result.ratio(results)
    against = f"{ratio:.2f} × {row.reference}" if ratio is not None else "–"
    return [
        row.name,
        row.work,
        row.unit,
        str(len(values)),
        figure(result.median),
        spread,
        *(f"{figure(wait)} ms" if wait is not None else "–" for wait in waits),
        row.target.text if row.target else "–",
        "–" if meets is None else ("yes" if meets else "no"),
        against,
        "FAILED" if result.problems else ("ok" if values else "–"),
    ]


def show(console: Console, results: dict[str, Result]) -> None:
    """The table, and below it what each row means and every problem in full."""
    table = Table(title="Speed and memory", show_lines=False)
    for name in HEADINGS:
        table.add_column(name, justify="right" if name in RIGHT else "left", overflow="fold")
    for result in results.values():
        line = cells(result, results)
        table.add_row(*line, style="red" if result.problems else None)
    console.print(table)
    for text in remarks(results):
        console.print(f"  {text}", highlight=False, markup=False)
    for text in failures(results):
        console.print(f"FAILED {text}", style="red", highlight=False, markup=False)


def remarks(results: dict[str, Result]) -> list[str]:
    """What belongs to a figure and does not fit into its line."""
    return [f"{name}: {each.note or each.row.note}" for name, each in results.items() if each.note or each.row.note]


def failures(results: dict[str, Result]) -> list[str]:
    """Every invariant that did not hold, with its row."""
    return [f"{name}: {problem}" for name, result in results.items() for problem in dict.fromkeys(result.problems)]


def markdown(results: dict[str, Result], machine: dict[str, str]) -> str:
    """The same as a page for docs/benchmarks.md."""
    lines = ["## The machine", ""]
    lines += [f"- {name}: {value}" for name, value in machine.items()]
    lines += [
        "",
        "## The table",
        "",
        _line(HEADINGS),
        _line(["--:" if name in RIGHT else "---" for name in HEADINGS]),
    ]
    lines += [_line(cells(result, results)) for result in results.values()]
    lines += [
        "",
        "p50 and p99 are of all waits of all repeats. A ratio divides the medians of one run. `book` says",
        "whether sums, stored balances, numbers, acknowledged keys and the log were right after each repeat.",
        "",
    ]
    lines += [f"- {text}" for text in remarks(results)]
    lines += [f"- FAILED {text}" for text in failures(results)]
    return "\n".join(lines) + "\n"


def _line(parts: Any) -> str:
    return "| " + " | ".join(str(part).replace("|", "\\|") for part in parts) + " |"


async def machine_of(ground: Ground) -> dict[str, str]:
    """What the figures depend on; nothing that names the machine."""
    async with ground.admin() as admin:
        settings = {
            name: await admin.fetchval("SELECT current_setting($1)", name)
            for name in (
                "server_version",
                "fsync",
                "synchronous_commit",
                "full_page_writes",
                "shared_buffers",
                "max_wal_size",
                "wal_compression",
            )
        }
    version = settings.pop("server_version")
    return {
        "Processor": f"{_first('/proc/cpuinfo', 'model name')}, {len(os.sched_getaffinity(0))} cores",
        "Memory": f"{int(_first('/proc/meminfo', 'MemTotal').split()[0]) / 2**20:.1f} GiB",
        "Kernel": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Filesystem": _filesystem(ground.directory),
        "PostgreSQL": f"{version}; " + ", ".join(f"{name} {value}" for name, value in settings.items()),
        "Python": f"{platform.python_version()}, uvloop",
        "Load before": ", ".join(f"{each:.2f}" for each in ground.kept["load"]),
        "Run": f"{ground.plan.rounds} rounds of every row, {ground.plan.seconds} s a measurement"
        + (" (quick: these figures say nothing)" if ground.plan.quick else ""),
    }


def _first(file: str, name: str) -> str:
    for line in Path(file).read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown 0"


def _filesystem(directory: Path) -> str:
    found = ("", "unknown")
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, options, *_ = line.split(" ")
        if directory.is_relative_to(place) and len(place) >= len(found[0]):
            kept = [
                each for each in options.split(",") if each in ("noatime", "relatime", "nobarrier", "sync", "discard")
            ]
            found = (place, f"{kind} ({', '.join(kept)})" if kept else kind)
    return found[1]
