"""The benchmark's own promises: it runs, it checks what it left behind, and it fails when that is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from bench.__main__ import CASES, exit_code
from bench.budgets import wrongs_of
from bench.invariants import problems_of
from bench.report import cells, markdown
from bench.rows import Result, Row, Sample, Target, selected
from ledger.book.writer import Writer
from tests import kit

ROOT = Path(__file__).resolve().parent.parent
OFFENCES = {
    "do not sum to zero": "UPDATE phb.posting SET amount = amount + 1 WHERE number = 4 AND amount > 0",
    "stored balances": "UPDATE phb.balance SET debit = debit + 1, balance = balance + 1 WHERE account_id = 1",
    "the numbers have gaps": "DELETE FROM phb.entry WHERE number = 4",
    "keys were acknowledged": "DELETE FROM phb.request_key WHERE number = 4",
    "does not verify": "UPDATE phb.entry SET leaf = sha256('x') WHERE number = 4",
}


def test_a_short_run_measures_checks_and_writes_its_page(tmp_path: Path) -> None:
    """Rows of both kinds of event, and rows whose work is done by processes of their own, run on a server of their own, with the
    reference that they are divided by, and every book they leave is right."""
    page = tmp_path / "page.md"
    command = ("-m", "bench", "--quick", "--seconds", "0.2", "--markdown", str(page))
    only = ("--only", "posts.two-leg.8", "--only", "posts.six-leg.8", "--only", "machine",
            "--only", "posts.two-processes", "--only", "import.large", "--only", "budget.read",
            "--only", "policy.bulk")  # fmt: skip
    done = subprocess.run([sys.executable, *command, *only], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr + done.stdout
    text = page.read_text()
    for name in (
        "machine.commit", "machine.round-trip", "plain.8", "posts.two-leg.8", "posts.six-leg.8", "posts.two-processes",
        "import.large", "budget.read", "budget.read.beside-spends", "budget.read.spends", "policy.bulk.one", "policy.bulk.two",
    ):  # fmt: skip
        (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
        assert line.endswith("| ok |"), line
    assert "× plain.8" in text
    assert "× policy.bulk.one" in text
    assert "synchronous_commit on" in text


@pytest.mark.parametrize("found", OFFENCES)
async def test_a_book_that_was_left_wrong_is_named(found: str, book: kit.Book, writer: Writer) -> None:
    """Each thing that must be true of a book is looked at: made untrue behind its back, it is a problem."""
    await kit.open_accounts(writer, "bank/a", "bank/b")
    for _ in range(3):
        await writer.submit(kit.item(kit.post("bank/a", "bank/b", 7550)))
    assert await problems_of(book.dsn, book.dsn, book.book_id, 4) == []
    connection = await asyncpg.connect(book.dsn)
    for table in ("entry", "posting", "request_key", "balance"):
        await connection.execute(f"ALTER TABLE phb.{table} DISABLE TRIGGER USER")
    await connection.execute(OFFENCES[found])
    await connection.close()
    problems = await problems_of(book.dsn, book.dsn, book.book_id, 4)
    assert any(found in problem for problem in problems), problems


MONEY = {
    "allocated": "1000000.00", "available": "999900.00", "held": "75.50", "spent": "24.50", "contingency": "0.00",
    "advanced": "0.00", "recovering": "0.00", "lost": "0.00", "unfunded": "0.00",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "year", "kept", "said"),
    [
        ({}, {}, "75.50", []),
        ({}, {"spent": "24.51"}, "75.50", ["does not add up in total", "does not add up in N1"]),
        ({"held": "75.51"}, {}, "75.51", ["does not add up in total", "does not add up in N1"]),
        ({"unfunded": "0.01"}, {}, "75.50", ["does not add up in total", "does not add up in N1"]),
        ({"allocated": "999999.99", "available": "999899.99"}, {}, "75.50", ["allocated in total", "allocated in N1"]),
        ({}, {}, "75.49", ["its orders keep 7549 pence"]),
    ],
)
def test_a_read_that_does_not_add_up_is_named(
    changed: dict[str, str], year: dict[str, str], kept: str, said: list[str]
) -> None:
    """An answer of one moment has its states, its allocation and its open orders agree to the penny; each is looked at."""
    money = {**MONEY, **changed, "years": [MONEY | year]}
    home = {"person": "P", "total": money, "lines": [{"line": "N1", "money": money}], "orders": [{"remaining": kept}]}
    found = wrongs_of([json.dumps(home).encode()])
    assert len(found) == len(said)
    assert all(words in problem for words, problem in zip(said, found, strict=True)), found


def test_a_row_without_figure_or_with_a_wrong_book_fails_the_run() -> None:
    """The exit code is that of the worst row, and its line says FAILED."""
    row = Row("posts.x", "a row", "/s")
    fine, empty, wrong = (
        Result(row, [Sample(1.0)]),
        Result(row),
        Result(row, [Sample(1.0)], ["sums are not zero"]),
    )
    assert [exit_code({"posts.x": each}) for each in (fine, empty, wrong)] == [0, 1, 1]
    assert cells(wrong, {})[-1] == "FAILED"
    assert "FAILED posts.x: sums are not zero" in markdown({"posts.x": wrong}, {})


def test_ratio_spread_and_target_come_from_the_same_run() -> None:
    """A row is divided by the median of its reference; its target looks at medians and at all waits."""
    waits = [each / 1000 for each in range(1, 101)]
    plain = Result(Row("plain", "reference", "/s"), [Sample(90), Sample(100), Sample(140)])
    target = Target("≥ 200/s, p99 ≤ 100 ms", least=200, p99_ms=100)
    ours = Result(Row("ours", "ours", "/s", target, "plain"), [Sample(190, waits), Sample(250, waits), Sample(300)])
    both = {"plain": plain, "ours": ours}
    assert (ours.median, ours.ratio(both), ours.meets(both)) == (250, 2.5, True)
    assert (ours.wait_ms(0.5), ours.wait_ms(0.99)) == (51, 100)
    quick = Result(Row("quick", "quick", "/s", Target("p50 ≤ 50 ms", p50_ms=50)), [Sample(200, waits)])
    assert quick.meets(both) is False
    quick.samples[0] = Sample(200, waits[:-2])
    assert quick.meets(both) is True
    never = Target("no slower", no_slower=True)
    slower = Result(Row("hot", "hot", "/s", never, "plain"), [Sample(89)])
    assert slower.meets(both) is False
    slower.samples[0] = Sample(90)
    assert slower.meets(both) is True


def test_a_name_selects_its_rows_and_their_references() -> None:
    """What a ratio needs is measured too, and a name that names nothing is refused."""
    names = {row.name for case in selected(CASES, ["posts.hot"]) for row in case.rows}
    assert names == {"posts.hot", "posts.two-leg.64", "plain.64"}
    with pytest.raises(ValueError, match=r"posts\.cold"):
        selected(CASES, ["posts.cold"])


def test_every_reference_is_a_row() -> None:
    """No ratio is silently missing because a name was misspelt, and no two rows share one."""
    rows = [row for case in CASES for row in case.rows]
    names = {row.name for row in rows}
    assert len(names) == len(rows)
    assert {row.reference for row in rows if row.reference is not None} <= names
