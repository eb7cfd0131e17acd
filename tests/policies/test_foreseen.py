"""What an act is about is read at once, and each part of it by an index."""

import json
from collections.abc import Iterator
from typing import Any

from ledger.book.database import BY_KEY, connect
from ledger.book.projector import CURSOR
from ledger.book.snapshot import end_of, snapshot
from ledger.budgets import store_facts, store_foreseen
from ledger.budgets.delegated import ACTS
from ledger.budgets.foreseen import AFTER, BANK_LINES, PERIODS, ROLLED, foresee, foreseen
from ledger.budgets.reading import said_at
from ledger.core.requests import Record
from tests.policies.scene import DAY, START, Scene, sender

EXPLAINED = "EXPLAIN (FORMAT JSON) "
LARGE = (
    "register",
    "entry",
    "posting",
    "account",
    "balance",
    "hold",
    "hold_pair",
    "undone",
    "erased",
    "detail",
    "subject_version",
)
"""Relations that grow with a book."""


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


async def _read_whole(scene: Scene, sql: str, *given: Any) -> list[tuple[str, str | None]]:
    """What of the relations that grow a statement would read by its book alone."""
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, BY_KEY)
    try:
        plan = await connection.fetchval(EXPLAINED + sql, scene.book.book_id, *given)
    finally:
        await connection.close()
    found = [node for node in _nodes(json.loads(plan)[0]["Plan"]) if node.get("Relation Name") in LARGE]
    assert found
    return [(node["Relation Name"], node.get("Alias")) for node in found if " AND " not in node.get("Index Cond", "")]


async def test_nothing_that_grows_with_a_book_is_read_whole(scene: Scene) -> None:
    """Each part is found by more than its book, also in a book just written, of which the database has no statistics yet: by what
    is expected of a chain, the whole register was read for each invoice."""
    given: tuple[Any, ...] = (
        [1], ["A1"], ["evidence", "notice"], list(ACTS), ["share/D/"], [end_of("share/D/")], True, AFTER, ["requested"], CURSOR,
        [1], [BANK_LINES, ROLLED, PERIODS], "D", 1, ["share/D/2026/available"], "statement/main/", end_of("statement/main/"),
        "main",
    )  # fmt: skip
    person = (await scene.budget()).person
    assert await _read_whole(scene, store_foreseen.CONCERNED, person, *given) == []


async def test_the_budgets_of_whom_entries_are_about_are_found_by_them(scene: Scene) -> None:
    """Nobody's but theirs is read, and no more of the register than what the entries rest on."""
    await scene.budget()
    assert await _read_whole(scene, store_facts.FACTS_OF_ENTRIES, [1], DAY, b"k" * 16) == []


async def test_a_budget_that_is_found_by_an_entry_is_the_one_of_its_person(scene: Scene) -> None:
    """Of two people each their own, one with an order; and the rules are the same."""
    one, two = await scene.budget(), await scene.budget(management="direct_payment")
    hold = (await scene.gate().spend(one.wants(10_00), sender(), 20.0)).outcome.entries[-1].number
    async with scene.reading() as connection, snapshot(connection):
        both = await foreseen(connection, scene.book.book_id, "", b"k" * 16, START, (hold, two.signed))
        each = [
            await foreseen(connection, scene.book.book_id, person, b"k" * 16, START)
            for person in (one.person, two.person)
        ]
        nobody = await foreseen(connection, scene.book.book_id, "", b"k" * 16, START, (1,))
    assert both.standings == {one.person: each[0].standing, two.person: each[1].standing}
    assert both.standings[one.person].orders
    assert (both.rules, nobody.standings) == (each[0].rules, {})


async def test_what_a_row_of_nobody_names_is_asked_of_the_book(scene: Scene) -> None:
    """It was not followed, so nothing is known of it; what a row of the person names was, and is answered."""
    budget = await scene.budget()
    named = str(budget.signed)
    await scene.do(Record(kind="run", subject="run/one", attributes=(("act", "released"), ("of", named))))
    for person in ("", budget.person):
        async with scene.reading() as connection, snapshot(connection):
            act = await foreseen(connection, scene.book.book_id, person, b"k" * 16)
            await foresee(act, subjects=("run/one",))
            assert await said_at(act, scene.book.book_id, budget.signed) is not None, person
