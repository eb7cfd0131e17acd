"""What an act is about is read at once, and each part of it by an index."""

import json
from collections.abc import Iterator
from typing import Any

from ledger.book.database import BY_KEY, connect
from ledger.book.projector import CURSOR
from ledger.book.snapshot import end_of
from ledger.budgets import store_foreseen
from ledger.budgets.delegated import ACTS
from ledger.budgets.foreseen import AFTER, BANK_LINES, PERIODS
from tests.policies.scene import Scene

EXPLAINED = "EXPLAIN (FORMAT JSON) " + store_foreseen.CONCERNED
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


async def test_nothing_that_grows_with_a_book_is_read_whole(scene: Scene) -> None:
    """Each part is found by more than its book, also in a book just written, of which the database has no statistics yet: by what
    is expected of a chain, the whole register was read for each invoice."""
    given: tuple[Any, ...] = (
        [1], ["A1"], ["evidence", "notice"], list(ACTS), ["share/D/"], [end_of("share/D/")], True, AFTER, ["requested"], CURSOR,
        [1], [BANK_LINES, PERIODS], "D", 1, ["share/D/2026/available"], "statement/main/", end_of("statement/main/"),
    )  # fmt: skip
    person = (await scene.budget()).person
    connection = await connect(scene.book.dsn, "phb_reader", scene.book.book_id, BY_KEY)
    try:
        plan = await connection.fetchval(EXPLAINED, scene.book.book_id, person, *given)
    finally:
        await connection.close()
    found = [node for node in _nodes(json.loads(plan)[0]["Plan"]) if node.get("Relation Name") in LARGE]
    assert found
    whole = [(node["Relation Name"], node.get("Alias")) for node in found if " AND " not in node.get("Index Cond", "")]
    assert whole == []
