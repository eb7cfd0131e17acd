"""Warrants: what stands behind every movement of a line's money, checked when a book is verified.

A posting without its decision, signed plan or accepted document balances as well as any other, so no sum finds it. Whoever could
write to the book past the gate is named here by the first entry that nothing allows.
"""

import json
from collections import defaultdict
from typing import Any

from ledger.book.verdict import Wrong
from ledger.budgets import store

Connection = Any
STEP = 20_000
BY_PLAN = frozenset((2, 3, 4, 45))
ACCEPTED = {
    **dict.fromkeys((6, 7, 28, 29), ("invoice_accepted",)),
    **dict.fromkeys((12, 16), ("evidence_accepted",)),
    13: ("evidence_accepted", "bank_line_taken"),
}
"""Event of a fact → the acts of the evidence that may stand behind it."""
WITHOUT = frozenset(("imported", "migrated", "generated"))
"""Sources that need none (docs/format.md section 4); verification tells how many there were."""


async def check_warrants(connection: Connection, book_id: int, size: int) -> tuple[dict[str, int], list[Wrong]]:
    """How many movements of lines were checked up to entry `size`, and the first that lacks its warrant. Role phb_reader, the book
    set; the register has to be right already."""
    checks = {"warrants": 0, "movements_without_warrant": 0}
    used: defaultdict[int, int] = defaultdict(int)
    for first in range(1, size + 1, STEP):
        for row in await connection.fetch(store.LINE_MOVES, book_id, first, min(first + STEP - 1, size)):
            if row["source"] in WITHOUT or row["kind"] == "hold_expired":
                checks["movements_without_warrant"] += 1
                continue
            checks["warrants"] += 1
            why = _fault(row, used)
            if why is not None:
                return checks, [
                    Wrong(row["number"], "unwarranted", f"entry {row['number']} moves a line's money: {why}")
                ]
    return checks, []


def _fault(move: Any, used: dict[int, int]) -> str | None:
    """Why nothing allows this movement, or None. `used` is what each warrant has paid for so far."""
    event = move["event"]
    if event == 38 or move["undoes"]:
        return None if event == 38 and move["undoes"] else "it calls itself a reversal and is none, or is one unsaid"
    if len(move["lines"]) != 1 or len(move["persons"]) != 1:
        return "it moves more than one line"
    line, person = move["lines"][0], move["persons"][0]
    if move["warrant"] is None:
        return f"entry {move['because']} behind it allows nothing"
    given = json.loads(move["attributes"])
    if given.get("person") != person:
        return f"entry {move['because']} behind it is about another person"
    if event in BY_PLAN:
        return _by_plan(move, line)
    if given.get("line") != line:
        return f"entry {move['because']} behind it is about another line"
    if event == 5:
        return _held(move, given)
    if event == 30:
        return None if move["warrant"] == "decision" else f"entry {move['because']} behind it is no decision"
    if event == 11:
        if (
            move["warrant"] != "decision"
            or given.get("outcome") != "allow"
            or given["act"] not in ("instalment", "approval")
        ):
            return f"entry {move['because']} behind it allows no instalment"
        return _paid(move, move["advanced"], given, used, whole=True)
    if event in ACCEPTED:
        if move["warrant"] != "evidence" or move["act"] not in ACCEPTED[event]:
            return f"entry {move['because']} behind it accepts nothing"
        return _paid(move, move["spent"], given, used, whole=event in (6, 7, 28, 29))
    return f"event {event} has no business with a line"


def _by_plan(move: Any, line: str) -> str | None:
    if move["warrant"] == "plan_version" and move["act"] == "signed":
        return None
    if move["warrant"] == "line" and move["subject"] == f"line/{line}":
        return None
    return f"entry {move['because']} behind it is no signed plan of this line"


def _held(move: Any, given: dict[str, str]) -> str | None:
    """A hold follows its decision at once: so one decision keeps money once."""
    allows = given.get("outcome") == "allow" or (given.get("outcome") == "refer" and move["awaits"])
    if move["warrant"] != "decision" or not allows or given.get("hold") != "yes":
        return f"entry {move['because']} behind it allows no hold"
    if move["number"] != move["because"] + 1:
        return f"entry {move['because']} behind it allowed another hold"
    if given["amount"] != str(move["held"]):
        return f"entry {move['because']} behind it is about another amount"
    return None


def _paid(move: Any, pence: int, given: dict[str, str], used: dict[int, int], *, whole: bool) -> str | None:
    """An amount within what its warrant is about, all movements of one warrant together; those taken back do not count."""
    if move["undone"]:
        return None
    used[move["because"]] += pence
    amount = int(given["amount"])
    if used[move["because"]] > amount or (whole and pence != amount):
        return f"entry {move['because']} behind it is about another amount"
    return None
