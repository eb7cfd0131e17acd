"""How a holder's account rolled on, twice: our money in it by what happened, and the bank's balance against the ledger's.

The two formulas of accounting.md section 4 (R6). First: instalments − returned + refunds + … = advance + unidentified + disputed.
Second: the bank's balance = `advance` + what is demanded but still there + money of others + lines not yet posted. What is left
over is told as such, and means that a statement is missing or that somebody wrote past the bank; where none is missing, R6 is
broken.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store_banking
from ledger.budgets.bank_reading import (
    BankLine,
    Moves,
    StatementSaid,
    lines_of_holder,
    moves_of,
    statements_of,
)

Connection = Any
ESTIMATED = 50
"""The event of care that was bought by a year's end, and of its evidence."""

BY_EVENT = {
    11: "instalments", 20: "instalments", 22: "instalments", 51: "instalments", 33: "returned", 32: "refunds",
    12: "evidence_accepted", 13: "evidence_accepted", 14: "evidence_accepted", 50: "evidence_accepted", 17: "demanded",
    19: "demanded", 18: "handed_back", 23: "waived", 40: "moved_out", 42: "moved_in", 55: "taken_on",
}  # fmt: skip
"""Event → the line of the first formula that it belongs to; a reversal belongs with what it undoes."""
PARTS = (
    "instalments", "returned", "refunds", "evidence_accepted", "demanded", "handed_back", "waived", "moved_out", "moved_in",
    "taken_on", "other",
)  # fmt: skip
OURS = ("advance", "unidentified", "disputed")
OF_OTHERS = ("brought_in", "in_opening", "not_arrived", "money_of_others", "spent_of_others")


class Rolled(msgspec.Struct, frozen=True, kw_only=True):
    """An account rolled on, in pence. `parts` come to `stands`, which is advance + unidentified + disputed. `bank` is the balance
    of the last whole statement and `explained` what makes it out of the ledger, name by name; `unexplained` is the rest. Without a
    statement those of the bank are None. `gapless`: the lines make the last balance out of the first, so no statement is missing
    between and nothing is left over; those from before the first statement begins are in its opening."""

    parts: dict[str, int]
    advance: int
    unidentified: int
    disputed: int
    bank: int | None
    explained: dict[str, int]
    unexplained: int | None
    gapless: bool = False

    @property
    def stands(self) -> int:
        """Our money that was paid in and is not explained."""
        return self.advance + self.unidentified + self.disputed

    @property
    def of_others(self) -> int:
        """What of the bank's balance is known not to be ours; nothing without a statement. An instalment whose line nobody has
        matched lowers it: it may be what was there."""
        return sum(self.explained.get(name, 0) for name in OF_OTHERS)


def rolled(moved: Moves, lines: Sequence[BankLine], statements: Sequence[StatementSaid]) -> Rolled:
    """One account: what moved it, every line, and its statements by their last day."""
    moves = moved.by_event
    parts = dict.fromkeys(PARTS, 0)
    classes = dict.fromkeys((*OURS, "estimated_use"), 0)
    for (event, klass), pence in moves.items():
        classes[klass] += pence
        if klass in OURS:
            parts[BY_EVENT.get(event, "other")] += pence
    whole = [each for each in statements if each.whole]
    found = Rolled(
        parts=parts, advance=classes["advance"], unidentified=classes["unidentified"], disputed=classes["disputed"],
        bank=None, explained={}, unexplained=None,
    )  # fmt: skip
    if not whole:
        return found
    first = min(whole, key=lambda each: (each.first_on, each.number))
    brought_in = first.opening
    still = {name: pence for name, pence in moved.posted.items() if name in {each.number for each in lines}}
    # What left before the first statement begins, its opening is without already: a line that came with the person has no other.
    since = [each for each in lines if each.day >= first.first_on]
    before = sum(still.values()) - sum(still.get(each.number, 0) for each in since)
    explained = {
        # What was estimated at a year's end has left the bank with its line, or not yet; only a shortfall is kept there otherwise.
        "advance": classes["advance"] + classes["estimated_use"] - moves.get((ESTIMATED, "estimated_use"), 0),
        "brought_in": brought_in,
        **_there_still(moves),
        **_of_lines(moves, since, moved.paid, still),
    }
    explained["in_opening"] += before
    bank = whole[-1].closing
    return msgspec.structs.replace(
        found, bank=bank, explained=explained, unexplained=bank - sum(explained.values()),
        gapless=bank - brought_in == sum(each.pence for each in since),
    )  # fmt: skip


def _there_still(moves: Mapping[tuple[int, str], int]) -> dict[str, int]:
    """What the ledger has taken from `advance`, or put there, and no line of the bank shows by that."""

    def of(*events: int) -> int:
        return sum(moves.get((event, klass), 0) for event in events for klass in ("advance", "estimated_use"))

    return {
        "demanded": -of(17, 19),
        "handed_back": -of(18),
        "moved_out": -of(40),
        "returned": -of(33),
        "in_opening": -of(42, 55),
    }


def _of_lines(
    moves: Mapping[tuple[int, str], int], lines: Sequence[BankLine], paid: Mapping[int, int], posted: Mapping[int, int]
) -> dict[str, int]:  # fmt: skip
    arrived = {line.of for line in lines if line.matched == "instalment"}
    came = [line for line in lines if line.pence > 0]
    went = [line for line in lines if line.pence < 0 and line.matched != "evidence"]
    shown = sum(line.pence for line in lines if line.matched == "evidence")
    evidenced = -sum(moves.get((event, "advance"), 0) for event in (12, 13, ESTIMATED))
    evidenced -= sum(moves.get((event, "estimated_use"), 0) for event in (12, 13))
    refunded = sum(line.pence for line in lines if line.matched == "refund")
    return {
        "not_arrived": -sum(pence for number, pence in paid.items() if number not in arrived),
        "not_explained": sum(line.pence for line in came if line.matched is None),
        "money_of_others": sum(line.pence for line in came if line.matched == "other_money"),
        "spent_of_others": sum(line.pence + posted.get(line.number, 0) for line in went),
        "no_line_yet": evidenced - sum(posted.values()) + shown,
        "refunds_to_come": refunded - moves.get((32, "advance"), 0),
    }  # fmt: skip


async def roll_forward(connection: Connection, book_id: int, person: str, holder_account: str) -> Rolled:
    """One account as it stands in a moment. Role phb_reader, the book set."""
    return rolled(
        await moves_of(connection, book_id, person, holder_account),
        await lines_of_holder(connection, book_id, person, holder_account),
        await statements_of(connection, book_id, holder_account),
    )


class OfHolder(NamedTuple):
    """A person's account, rolled on."""

    person: str
    holder_account: str
    rolled: Rolled


async def roll_forwards(
    connection: Connection, book_id: int, *, begins: str, limit: int
) -> tuple[tuple[OfHolder, ...], str | None]:  # fmt: skip
    """Every holder's account of the book, by the code of its advance from one on, and with which the next page begins (None on the
    last page). Role phb_reader, the book set; in one snapshot."""
    rows = await connection.fetch(store_banking.HOLDER_ACCOUNTS, book_id, begins, limit + 1)
    found = []
    for row in rows[:limit]:
        name = row["code"].rpartition("/")[2]
        found.append(OfHolder(row["person"], name, await roll_forward(connection, book_id, row["person"], name)))
    return tuple(found), rows[limit]["code"] if len(rows) > limit else None


async def bank_formulas_hold(connection: Connection, book_id: int) -> tuple[int, str | None]:
    """The second formula of R6, of each account whose statements leave no gap: how many there are, and the first that breaks it."""
    checked, first = 0, None
    for row in await connection.fetch(store_banking.ACCOUNTS_WITH_STATEMENTS, book_id):
        found = await roll_forward(connection, book_id, row["person"], row["holder_account"])
        if found.gapless:
            checked += 1
            if found.unexplained:
                first = (
                    first
                    or f"{row['holder_account']}: {found.unexplained} of its bank's {found.bank} is in no account of ours"
                )
    return checked, first
