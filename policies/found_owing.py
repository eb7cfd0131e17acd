"""What is looked up of a person before money is questioned, demanded or given up: the budget of one moment, and how much
there is of what is named."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ledger.book.statements import read_entry
from ledger.budgets.chart import account
from ledger.budgets.owing import (
    QUESTION_ACTS,
    DemandRead,
    Notice,
    QuestionRead,
    demand_of,
    notice_of,
    question_of,
)
from ledger.budgets.plans import Line
from ledger.budgets.reading import Setup, funds_of, said_at, said_of, said_of_person, setup_of, shares_of, years_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Said, read_rules, read_standing
from ledger.core.model import Guard
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any


class Budget(NamedTuple):
    """One person's budget as it stands: the guard of that, how it is set up, and what each account holds."""

    guard: Guard
    setup: Setup
    balances: dict[str, int]
    shares: dict[str, tuple[Share, ...]]

    def line(self, name: str) -> Line:
        """A line that is paid out to a holder's account. NotThere(line_unknown), NotSettled(line_has_no_account)."""
        if name not in self.setup.lines:
            raise NotThere("line_unknown")
        line = self.setup.lines[name][0]
        if line.holder_account is None:
            raise NotSettled("line_has_no_account")
        return line

    def advanced(self, line: str) -> int:
        """What the line was paid and has not used, in pence, of all years."""
        return sum(max(0, share.advanced) for share in self.shares[line])

    def holds(self, klass: str, line: Line) -> int:
        """What the person's account of a class has, of the holder's account that the line is paid into."""
        code = account(klass, person=line.person, holder_account=line.holder_account or "").code
        return self.balances.get(code, 0)


async def budget_of(connection: Connection, book_id: int, person: str) -> Budget:
    """The budget of a person. NotThere(person_unknown)."""
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    funds = funds_of((await read_rules(connection, book_id)).funds)
    shares = {
        name: tuple(
            each for year in _years(line, standing.balances) for each in shares_of(line, year, funds, standing.balances)
        )
        for name, (line, _) in setup.lines.items()
    }
    return Budget(Guard(f"person/{person}", standing.version), setup, standing.balances, shares)


def _years(line: Line, balances: Mapping[str, int]) -> list[str]:
    """The years of a line's dates, and those into which what it is owed was carried since."""
    carried = {code.split("/")[3] for code in balances if code.startswith(f"share/{line.line}/")}
    return sorted({*years_of(line), *carried})


async def _row(connection: Connection, book_id: int, person: str, number: int, acts: tuple[str, ...], no: str) -> Said:
    said = await said_at(connection, book_id, number)
    if said is None or said.act not in acts or said.attributes.get("person") != person:
        raise NotSettled(no)
    return said


async def the_demand(connection: Connection, book_id: int, person: str, number: int) -> DemandRead:
    """A demand by its entry. NotSettled(demand_not_found)."""
    said = await _row(connection, book_id, person, number, ("demanded",), "demand_not_found")
    return demand_of(await said_of(connection, book_id, said.subject))


async def the_question(connection: Connection, book_id: int, person: str, number: int) -> QuestionRead:
    """A question by its entry. NotSettled(question_not_found)."""
    said = await _row(connection, book_id, person, number, ("questioned",), "question_not_found")
    return question_of(await said_of(connection, book_id, said.subject))


class NoticeRead(NamedTuple):
    """A notice, how it stands, its first entry and the last."""

    notice: Notice
    act: str
    number: int
    version: int


async def the_notice(connection: Connection, book_id: int, person: str, number: int) -> NoticeRead:
    """A notice by the entry that made it. NotSettled(notice_not_found)."""
    said = await _row(connection, book_id, person, number, ("made",), "notice_not_found")
    rows = await said_of(connection, book_id, said.subject)
    notice, act = notice_of(said.subject, rows[-1].attributes)
    return NoticeRead(notice, act, number, rows[-1].number)


class Surpluses(NamedTuple):
    """A determined surplus: its row, what offsets took of it, and whether a demand was raised for it."""

    said: Said
    offset: int
    demanded: int

    @property
    def left(self) -> int:
        """What is not recovered yet by either route."""
        return int(self.said.attributes["amount"]) - self.offset - self.demanded


async def the_surplus(connection: Connection, book_id: int, person: str, number: int) -> Surpluses:
    """A surplus by its entry. NotSettled(surplus_not_found)."""
    said = await _row(connection, book_id, person, number, ("surplus_determined",), "surplus_not_found")
    rows = await said_of(connection, book_id, said.subject)
    offset = sum(int(row.attributes["amount"]) for row in rows if row.act == "offset")
    demanded = sum(
        each.demand.amount - each.went["demand_withdrawn"]
        for each in await demands_of(connection, book_id, person)
        if each.demand.surplus == number
    )
    return Surpluses(said, offset, demanded)


async def spoken_for(connection: Connection, book_id: int, person: str, line: str) -> int:
    """What of the money in a line's account is to come back already, in pence: what is left of determined surpluses, which a
    balance that is looked at again still has. What was demanded and is not paid yet is among the liabilities that are stated."""
    found = 0
    for row in await said_of_person(connection, book_id, person, ["review"]):
        if row.act == "surplus_determined" and row.attributes["line"] == line:
            found += (await the_surplus(connection, book_id, person, row.number)).left
    return found


async def demands_of(connection: Connection, book_id: int, person: str) -> list[DemandRead]:
    """Every demand about a person's budget, oldest first."""
    found: dict[str, list[Said]] = {}
    for row in await said_of_person(connection, book_id, person, ["notice"]):
        if row.subject.startswith("demand/"):
            found.setdefault(row.subject, []).append(row)
    return [demand_of(rows) for rows in found.values()]


async def questions_of(connection: Connection, book_id: int, person: str) -> list[QuestionRead]:
    """Every question about a person's money, oldest first."""
    found: dict[str, list[Said]] = {}
    for row in await said_of_person(connection, book_id, person, ["evidence"]):
        if row.act in QUESTION_ACTS:
            found.setdefault(row.subject, []).append(row)
    return [question_of(rows) for rows in found.values()]


class Source(NamedTuple):
    """Money that has gone and can be questioned or demanded: its row, what of it is neither explained nor questioned nor
    demanded, in pence, and what each share bore of it (nothing for a line of the bank)."""

    said: Said
    left: int
    taken: Mapping[str, int]


async def source_of(connection: Connection, book_id: int, person: str, number: int) -> Source:
    """A bank line, or spend whose evidence was accepted, by its entry. NotSettled(source_not_found)."""
    said = await _row(connection, book_id, person, number, ("bank_line_taken", "evidence_accepted"), "source_not_found")
    if (await said_of(connection, book_id, said.subject))[-1].number != number:
        # Reversed since, or entered anew.
        raise NotSettled("source_not_found")
    amount, taken = int(said.attributes["amount"]), dict[str, int]()
    if said.act == "evidence_accepted":
        # The money of an acceptance is the entry after it. Where more was claimed than was paid, the rest is no accepted spend.
        legs = (await read_entry(connection, book_id, number + 1)).entry.legs
        taken = {code: pence for code, pence in legs if code.endswith("/spent")}
        amount = sum(taken.values())
    else:
        amount -= await explained_of(connection, book_id, person, number)
    amount -= await questioned_of(connection, book_id, person, number)
    return Source(said, amount, taken)


async def explained_of(connection: Connection, book_id: int, person: str, bank_line: int) -> int:
    """What accepted claims explain of a bank line, in pence."""
    newest = {
        row.subject: row for row in await said_of_person(connection, book_id, person, ["evidence"])
        if row.attributes.get("bank_line") == str(bank_line)
    }  # fmt: skip
    return sum(int(row.attributes["amount"]) for row in newest.values() if row.act == "evidence_accepted")


async def questioned_of(connection: Connection, book_id: int, person: str, number: int) -> int:
    """What of a bank line or of accepted spend is questioned, or was demanded without a question, in pence."""
    asked = sum(each.taken for each in await questions_of(connection, book_id, person) if each.question.of == number)
    return asked + sum(
        each.demand.amount - each.went["demand_withdrawn"]
        for each in await demands_of(connection, book_id, person)
        if each.demand.of == number
    )
