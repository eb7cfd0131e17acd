"""What of accepted care, or of a line of a holder's bank, somebody has taken back already, in whichever way.

Care comes back by credit notes and refunds, is questioned, or is demanded. Each of these looks here at all the others, so that the
same pence are taken back once: what is untouched is what was accepted less all of them. Amounts are pence.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ledger.book.statements import read_entry
from ledger.budgets.bank_records import MOVED
from ledger.budgets.owing import QUESTION_ACTS, DemandRead, QuestionRead, demand_of, question_of
from ledger.budgets.reading import said_of_person
from ledger.budgets.standing import Said

Connection = Any
MOST_BETWEEN = 50
"""Entries of one group at most."""
TAKES_BACK = frozenset(("credit_accepted", "refund_taken"))
"""What a provider gives back."""


class TakenBack(NamedTuple):
    """Of one acceptance or bank line: what came back by credits and refunds, what is questioned, waived or demanded (what was
    explained or withdrawn is not), and what went to another commissioner without being questioned; what all of them took out of the
    `spent` of each share (account code → pence); and what of an invoice of two years came back before it was care, on the `spent`
    that it would have been."""

    came_back: int
    questioned: int
    demanded: int
    moved: int
    spent: dict[str, int]
    ahead: dict[str, int]

    @property
    def total(self) -> int:
        """Pence that are not untouched any more."""
        return self.came_back + self.questioned + self.demanded + self.moved


async def demands_of(connection: Connection, book_id: int, person: str) -> list[DemandRead]:
    """Every demand about a person's budget, oldest first."""
    return [demand_of(rows) for rows in (await _demands(connection, book_id, person)).values()]


async def questions_of(connection: Connection, book_id: int, person: str) -> list[QuestionRead]:
    """Every question about a person's money, oldest first."""
    return [
        question_of(rows)
        for rows in _questions(await said_of_person(connection, book_id, person, ["evidence"])).values()
    ]


async def _demands(connection: Connection, book_id: int, person: str) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for row in await said_of_person(connection, book_id, person, ["notice"]):
        if row.subject.startswith("demand/"):
            found.setdefault(row.subject, []).append(row)
    return found


def _questions(evidence: Sequence[Said]) -> dict[str, list[Said]]:
    found: dict[str, list[Said]] = {}
    for row in evidence:
        if row.act in QUESTION_ACTS:
            found.setdefault(row.subject, []).append(row)
    return found


async def taken_back(
    connection: Connection, book_id: int, person: str, number: int, *, ahead: bool = False
) -> TakenBack:  # fmt: skip
    """What was taken back of the acceptance or bank line that is entry `number`; `ahead` where it is an invoice of two years."""
    evidence = await said_of_person(connection, book_id, person, ["evidence"])
    came_back = [row for row in evidence if row.act in TAKES_BACK and row.attributes.get("of") == str(number)]
    moves = [row.number for row in came_back]
    questioned, demanded = 0, 0
    for rows in _questions(evidence).values():
        question = question_of(rows)
        if question.question.of == number:
            questioned += question.taken
            moves += [row.number for row in rows if row.act in ("questioned", "explained")]
    for rows in (await _demands(connection, book_id, person)).values():
        demand = demand_of(rows)
        if demand.demand.of == number:
            demanded += demand.demand.amount - demand.went["demand_withdrawn"]
            moves += [row.number for row in rows if row.act in ("demanded", "demand_withdrawn")]
    spent = await moved(connection, book_id, moves, "spent", -1)
    early = await moved(connection, book_id, moves, "advanced", -1) if ahead else {}
    back = sum(int(row.attributes["amount"]) for row in came_back)
    gone = sum(
        int(row.attributes["amount"]) for row in evidence
        if (row.attributes.get("matched"), row.attributes.get("bank_line")) == (MOVED, str(number))
    )  # fmt: skip
    return TakenBack(back, questioned, demanded, gone, spent, {as_spent(code): pence for code, pence in early.items()})


def as_spent(code: str) -> str:
    """The `spent` of the share that an `advanced` is of."""
    return code.removesuffix("advanced") + "spent"


async def moved(
    connection: Connection, book_id: int, numbers: Sequence[int], state: str, sign: int
) -> dict[str, int]:  # fmt: skip
    """What the money of these records moved into a state of shares (sign 1) or out of it (−1), by account."""
    sums: dict[str, int] = {}
    for number in numbers:
        for code, pence in await _legs_after(connection, book_id, number):
            if code.startswith("share/") and code.endswith(f"/{state}"):
                sums[code] = sums.get(code, 0) + sign * pence
    return sums


async def _legs_after(connection: Connection, book_id: int, number: int) -> tuple[tuple[str, int], ...]:
    """The money of an acceptance, a credit or a refund follows it, after the accounts that it is the first to need. What rests on a
    later word is not its own: a statement for which nothing was paid ahead has invoices behind it, with the money of those."""
    for each in range(number + 1, number + MOST_BETWEEN):
        entry = (await read_entry(connection, book_id, each)).entry
        if entry.legs:
            return entry.legs if entry.because <= number else ()
    return ()


def laid_on(gave: Mapping[str, int], taken: Mapping[str, int]) -> dict[str, int]:
    """What was taken, on the accounts that gave it: of another year of the same fund it counts against the oldest that has some
    left, for what a closed year bore is taken back in a later one."""
    found = {code: taken.get(code, 0) for code in gave}
    for code, pence in taken.items():
        if code in found:
            continue
        for each in sorted(each for each in gave if each.split("/")[2] == code.split("/")[2]):
            part = min(pence, gave[each] - found[each]) if pence > 0 else pence
            found[each] += part
            pence -= part
    return found


async def explained_of(connection: Connection, book_id: int, person: str, bank_line: int) -> int:
    """What accepted claims explain of a bank line, in pence."""
    newest = {
        row.subject: row for row in await said_of_person(connection, book_id, person, ["evidence"])
        if row.attributes.get("bank_line") == str(bank_line)
    }  # fmt: skip
    return sum(int(row.attributes["amount"]) for row in newest.values() if row.act == "evidence_accepted")
