"""Imports through the importer that the command line uses, in a process of their own whose memory is
watched."""

import json
from pathlib import Path
from typing import Any

from bench.ground import ROOT, Ground, child
from bench.rows import Case, Measured, Row, Sample, Target

REAL = ROOT.parent / "shared" / "data" / "somerset-icb-payments-2021-2025.csv"
REAL_ROWS = 40_167
REAL_TOTAL_PENCE = 506_786_490_420
FIRST_MONTH = "2013-04"


async def _import(ground: Ground, file: Path | None, rows: int) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """What the process told of the import and of its replay, and what is wrong with them and with the
    book."""
    async with ground.book(FIRST_MONTH) as book:
        told = {"dsn": book.dsn, "book_id": book.book_id, "file": str(file) if file else None, "rows": rows}
        async with child(ground, "-m", "bench.child", "import", json.dumps(told)) as importer:
            first, again = await importer.hear(), await importer.hear()
        problems = await ground.problems(book)
    if (first["rows"], first["posted"], first["refused"]) != (rows, rows, 0):
        problems.append(
            f"of {rows} rows {first['posted']} posted, {first['replayed']} replayed, {first['refused']} refused"
        )
    if (again["rows"], again["posted"], again["replayed"]) != (rows, 0, rows):
        problems.append(f"the same file again posted {again['posted']} and replayed {again['replayed']}")
    if again["total_pence"] != first["total_pence"]:
        problems.append("the same file again has another total")
    return first, again, problems


def _samples(name: str, rows: int, first: dict[str, Any], again: dict[str, Any]) -> dict[str, Sample]:
    return {
        name: Sample(rows / first["seconds"]),
        f"{name}.replay": Sample(rows / again["seconds"]),
        f"{name}.memory": Sample(first["peaks"][-1]),
    }


async def _real(ground: Ground) -> Measured:
    file = REAL if REAL.exists() and not ground.plan.quick else None
    rows = REAL_ROWS if file else ground.plan.import_rows
    first, again, problems = await _import(ground, file, rows)
    if file and first["total_pence"] != REAL_TOTAL_PENCE:
        problems.append(f"the total is {first['total_pence']} pence and the control figure {REAL_TOTAL_PENCE}")
    what = "the real published file" if file else "made up: the real file was not used"
    note = f"{what}, {rows:,} rows, {first['payees']} payees"
    return Measured(_samples("import.file", rows, first, again), problems, {"import.file": note})


async def _made_up(ground: Ground) -> Measured:
    rows = ground.plan.made_up_rows
    first, again, problems = await _import(ground, None, rows)
    samples = _samples("import.large", rows, first, again)
    before, third, end, after = first["peaks"]
    samples["import.large.growth"] = Sample(max(end, after) - third)
    note = f"{before:.0f} MB before the first row, {third:.0f} at a third, {after:.0f} at the end"
    return Measured(samples, problems, {"import.large": f"{rows:,} made-up rows", "import.large.growth": note})


_RATE = Target("≥ 8,000 rows/s", least=8000)
CASES = (
    Case(
        (
            Row("import.file", "import of the published file", "rows/s", _RATE, "plain.64"),
            Row("import.file.replay", "the same file again", "rows/s", None, "import.file"),
            Row("import.file.memory", "its process's peak memory", "MB"),
        ),
        _real,
    ),
    Case(
        (
            Row("import.large", "import of 147,000 rows", "rows/s", _RATE, "plain.64"),
            Row("import.large.replay", "the same rows again", "rows/s", None, "import.large"),
            Row("import.large.memory", "its process's peak memory", "MB"),
            Row(
                "import.large.growth",
                "growth of the peak after a third",
                "MB",
                Target("flat (≤ 10 MB)", most=10),
            ),
        ),
        _made_up,
    ),
)
