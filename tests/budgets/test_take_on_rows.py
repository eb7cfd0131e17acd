"""Whatever rows a caseload has: a clean import whose balances are those of the rows, or all that is wrong and an untouched book."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from tests import kit
from tests.budgets.caseloads import Sheets, one
from tests.budgets.taking_on import TakingOn

EXAMPLES = 12
AMOUNTS = some.one_of(
    some.integers(0, 3_000_000).map(lambda pence: f"{pence // 100}.{pence % 100:02d}"),
    some.sampled_from(["", "0", "1,000", "£75.5", "-1.00", "1.005", "ten", "99999999999999999.00", "NaN"]),
)
FIGURES = ("allocated", "spent", "advanced", "recovering", "partner_owes", "held", "available")
TEXTS = some.sampled_from(["", "x", "C1", "N1", "2025-04-01", "1/4/2025", "nhs", "yes", "A1", "\u202e", "a b"])


@some.composite
def caseloads(draw: Any) -> Sheets:
    """A caseload that is right, with figures, cells, rows and whole sheets changed."""
    sheets = one()
    for row in sheets["openings"]:
        row.pop("held", None)
        row.pop("available", None)
        for figure in draw(some.sets(some.sampled_from(FIGURES), max_size=3)):
            row[figure] = draw(AMOUNTS)
    for each in (*sheets["orders"], *sheets["invoices"]):
        if draw(some.booleans()):
            each["amount"] = draw(AMOUNTS)
    for _ in range(draw(some.integers(0, 2))):
        sheet = draw(some.sampled_from(sorted(name for name, rows in sheets.items() if rows)))
        row = draw(some.sampled_from(sheets[sheet]))
        how = draw(some.sampled_from(["cell", "again", "gone"]))
        if how == "cell":
            row[draw(some.sampled_from(sorted(row)))] = draw(TEXTS)
        elif how == "again":
            sheets[sheet].append(dict(row))
        else:
            sheets[sheet].remove(row)
    return sheets


def pence(text: str) -> int:
    """An amount of the rows, in the shapes that are right."""
    pounds, _, rest = text.replace(",", "").replace("£", "").partition(".")
    return int(pounds or "0") * 100 + int((rest + "00")[:2])


async def _check(book: kit.Book, folder: Path, sheets: Sheets, code: str) -> bool:
    taking = TakingOn(book, folder)
    # Each example is a take-on of its own, of a source of its own, so that one book serves for all.
    if sheets["take_on"]:
        sheets["take_on"][0]["take_on"] = code
        if sheets["take_on"][0]["source"]:
            sheets["take_on"][0]["source"] += f"-{code}"
    for row in sheets["people"]:
        row.pop("nhs_number", None)
    for row in sheets["invoices"]:
        row["reference"] = f"{row['reference']} {code}"
    before, stood = await taking.kept(), await taking.states()
    report = await taking.run(sheets)
    now = await taking.states()
    if report.troubles:
        assert await taking.kept() == before
        assert all(each.code and each.reason and each.sheet for each in report.troubles)
        return False
    for state in ("spent", "advanced", "recovering"):
        came = sum(pence(row.get(state, "")) for row in sheets["openings"])
        assert now[state] - stood[state] == came, state
    held = sum(pence(row["amount"]) for row in sheets["orders"])
    owed = sum(pence(row["amount"]) for row in sheets["invoices"])
    allocated = sum(pence(row["allocated"]) for row in sheets["openings"])
    grew = {state: now[state] - stood[state] for state in now}
    assert (grew["held"], grew["owed"]) == (held, owed)
    states = ("available", "held", "advanced", "spent", "recovering")
    assert sum(grew[state] for state in states) - grew["unfunded"] == allocated
    return True


@pytest.fixture
def loop() -> Any:
    """One loop for all examples."""
    made = asyncio.new_event_loop()
    yield made
    made.close()


def test_any_rows_give_a_clean_import_or_an_untouched_book(
    server: Any, template: str, loop: Any, tmp_path: Path
) -> None:
    """Generated rows on a real book; at the end the book is right, whatever came in."""

    async def begin() -> kit.Book:
        admin = await asyncpg.connect(server.uri("postgres"))
        name = f"rows_{kit.nonce()[:12]}"
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        await admin.close()
        return await kit.open_book(server.uri(name), "TEST")

    book = loop.run_until_complete(begin())
    outcomes: list[bool] = []

    @settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
              suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])  # fmt: skip
    @given(sheets=caseloads())
    def check(sheets: Sheets) -> None:
        with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
            outcomes.append(
                loop.run_until_complete(_check(book, Path(folder), sheets, f"T-{len(outcomes)}-{kit.nonce()[:8]}"))
            )

    loop.run_until_complete(_check(book, tmp_path / "first", one(), "T-first"))
    check()
    assert any(outcomes)
    assert not all(outcomes)
    verdict, broken = loop.run_until_complete(TakingOn(book, tmp_path).verified())
    assert (verdict.ok, verdict.why, broken) == (True, None, [])
