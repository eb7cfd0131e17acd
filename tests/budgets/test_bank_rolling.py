"""The bank's balance made out of the ledger's (R6): whatever happened in an account, before its line came and after."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.budgets.bank_ending import line_opened
from ledger.budgets.bank_reading import BankLine, Moves, StatementSaid
from ledger.budgets.bank_rolling import rolled
from ledger.core.requests import Record

DAY = date(2025, 6, 2)
A, E, U = "advance", "estimated_use", "unidentified"


def line(number: int, pence: int, matched: str | None = None, of: int | None = None) -> BankLine:
    """A line of the account; what came in is above nought."""
    return BankLine(number=number, account="H1", pence=pence, day=DAY, explained=0, counterparty="", remittance="",
                    match=None if matched is None else number + 1, matched=matched, of=of)  # fmt: skip


def statement(opening: int, closing: int) -> StatementSaid:
    """A whole statement."""
    return StatementSaid(number=1, whole=True, opening=opening, closing=closing, first_on=DAY, last_on=DAY, lines=1, new=1, known=0,
                         new_pence=closing - opening, left=0, provider="bank", account_hash=None)  # fmt: skip


EARLIER = msgspec.structs.replace(line(30, -300), day=date(2025, 6, 1))


def moved(moves: dict[tuple[int, str], int], posted: dict[int, int]) -> Moves:
    """What moved the account; what was paid in is one instalment."""
    return Moves(moves, {7: 1000} if (11, A) in moves else {}, posted)


CAME = line(20, 1000, "instalment", 7)
Case = tuple[dict[tuple[int, str], int], list[BankLine], int, dict[int, int]]
CASES: dict[str, Case] = {
    "an instalment on its way": ({(11, A): 1000}, [], 0, {}),
    "an instalment that arrived": ({(11, A): 1000}, [CAME], 0, {}),
    "an instalment that nobody has matched": ({(11, A): 1000}, [line(20, 1000)], 0, {}),
    "an instalment that came back before it arrived": ({(11, A): 1000, (33, A): -1000}, [], 0, {}),
    "an instalment that arrived and came back": ({(11, A): 1000, (33, A): -1000}, [CAME, line(30, -1000)], 0, {}),
    "one that was there before the first statement": ({(11, A): 1000}, [], 1000, {}),
    "a claim without its line": ({(11, A): 1000, (12, A): -300}, [CAME], 0, {}),
    "a claim and its line": ({(11, A): 1000, (12, A): -300}, [CAME, line(30, -300, "evidence", 9)], 0, {}),
    "a claim beyond our money, without its line": ({(11, A): 1000, (12, A): -1000}, [CAME], 0, {}),
    "a claim beyond our money, and its line": (
        {(11, A): 1000, (12, A): -1000}, [CAME, line(30, -1200, "evidence", 9)], 0, {},
    ),
    "a line without a claim": ({(11, A): 1000, (13, A): -300, (13, U): 300}, [CAME, line(30, -300)], 0, {30: 300}),
    "a line that came with a person, from before the first statement": (
        {(11, A): 1000, (42, A): 500, (13, A): -300, (13, U): 300}, [EARLIER, CAME], 200, {30: 300},
    ),
    "a line of an order": ({(11, A): 1000}, [CAME, line(30, -300, "order", 9)], 0, {}),
    "the holder's own money": ({}, [line(20, 50, "other_money"), line(30, -20)], 0, {}),
    "a council's money that bought care": (
        {(11, A): 1000, (13, A): 0}, [CAME, line(20, 150, "other_money"), line(30, -100, "other_money")], 0, {30: 100},
    ),
    "a demand": ({(11, A): 1000, (17, A): -600}, [CAME], 0, {}),
    "a demand that was paid": (
        {(11, A): 1000, (17, A): -600, (13, A): -400, (13, U): 400}, [CAME, line(30, -600)], 0, {30: 400},
    ),
    "a demand that was paid, and its line": (
        {(11, A): 1000, (17, A): -600, (18, A): 0}, [CAME, line(30, -600, "repayment", 9)], 0, {},
    ),
    "a debt for what had gone, paid with other money": (
        {(11, A): 1000, (12, A): -60},
        [CAME, line(30, -60, "evidence", 8), line(40, 60, "other_money"), line(50, -60, "repayment", 9)], 0, {},
    ),
    "an instalment that arrived and came back, and both lines": (
        {(11, A): 1000, (33, A): -1000}, [CAME, line(30, -1000, "repayment", 9)], 0, {},
    ),
    "money handed back, and its line": ({(11, A): 1000, (18, A): -400}, [CAME, line(30, -400, "repayment", 9)], 0, {}),
    "money handed back, on its way": ({(11, A): 1000, (18, A): -400}, [CAME], 0, {}),
    "money handed back": (
        {(11, A): 1000, (18, A): -400, (13, A): -400, (13, U): 400}, [CAME, line(30, -400)], 0, {30: 400},
    ),
    "a person who moved away": ({(11, A): 1000, (40, A): -1000}, [CAME], 0, {}),
    "a person who moved here": ({(42, A): 500}, [], 500, {}),
    "a take-on": ({(55, A): 700}, [], 750, {}),
    "care of a year's end, its evidence to come": ({(11, A): 1000, (50, E): -300}, [CAME], 0, {}),
    "care of a year's end, its line there": (
        {(11, A): 1000, (50, E): -300, (13, A): -300, (13, U): 300}, [CAME, line(30, -300)], 0, {30: 300},
    ),
    "care of a year's end, and its evidence": ({(11, A): 1000, (50, E): 0, (50, A): -300}, [CAME], 0, {}),
    "a shortfall kept elsewhere": ({(11, A): 1000, (13, E): -300, (13, U): 300}, [CAME, line(30, -300)], 0, {30: 300}),
    "a refund by hand, to come": ({(11, A): 1000, (12, A): -300, (32, A): 100}, [CAME, line(30, -300, "evidence", 9)], 0, {}),
    "a refund by its line": (
        {(11, A): 1000, (12, A): -300, (32, A): 100},
        [CAME, line(30, -300, "evidence", 9), line(40, 100, "refund", 9)], 0, {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_whatever_happened_the_ledger_makes_the_banks_balance(name: str) -> None:
    """Nothing is left over, and a penny that is in no account of ours is."""
    moves, lines, opening, posted = CASES[name]
    closing = opening + sum(each.pence for each in lines if each.day >= DAY)
    found = rolled(moved(moves, posted), lines, [statement(opening, closing)])
    assert (found.unexplained, found.gapless) == (0, True), found.explained
    given: Any = dict(moves)
    given[(13, A)] = given.get((13, A), 0) - 1
    given[(14, A)] = given.get((14, A), 0) + 2
    assert rolled(moved(given, posted), lines, [statement(opening, closing)]).unexplained != 0


def test_a_missing_statement_is_no_breach() -> None:
    """What the lines do not make out of the first balance is a gap: the rest is told, and R6 does not look."""
    found = rolled(moved({(11, A): 1000}, {}), [CAME], [statement(0, 400)])
    assert (found.unexplained, found.gapless) == (-600, False)


OLDER: dict[str, tuple[dict[tuple[int, str], int], int, dict[int, int], str | None]] = {
    "a take-on with a line that nobody explained": ({(55, A): 700, (13, A): -100, (13, U): 100}, 600, {30: 100}, None),
    "one whose evidence came since": ({(55, A): 700, (13, A): 0, (12, A): -100}, 600, {}, "evidence"),
    "one by hand, of an instalment before the first statement": (
        {(11, A): 1000, (13, A): -100, (13, U): 100}, 900, {30: 100}, None,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OLDER)
def test_what_left_before_the_first_statement_has_left_what_the_bank_brought_in(name: str) -> None:
    """It is no line of those statements, so that they have no gap by it and nothing is left over."""
    moves, opening, posted, matched = OLDER[name]
    before = msgspec.structs.replace(line(30, -100, matched, 9 if matched else None), day=date(2025, 5, 9))
    lines = [before, line(40, 50, "other_money")]
    found = rolled(moved(moves, posted), lines, [statement(opening, opening + 50)])
    assert (found.gapless, found.unexplained) == (True, 0)


def test_a_match_that_ends_makes_money_without_evidence_of_what_left_and_of_nothing_that_came_in() -> None:
    """As much of what left as the account has; what came in is open again, and posts nothing."""
    has = {"advance/P1/H1": 12_00}
    for pence, posted in ((-15_00, [12_00]), (-5_00, [5_00]), (15_00, [])):
        ended, *anew = line_opened(
            "P1", line(7, pence, "other_money"), has, because=8, reason="wrong_line", effective_on=DAY
        )
        assert isinstance(ended, Record)
        assert dict(ended.attributes)["amount"] == str(abs(pence))
        assert [post.legs[0].amount for post in anew] == posted
