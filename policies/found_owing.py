"""What is looked up of a person before money is questioned, demanded or given up: the budget of one moment, and how much
there is of what is named."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from ledger.book.statements import read_entry
from ledger.budgets.bank_records import SETTLED_BY_MATCH
from ledger.budgets.carried import every_share_of, shares_that_gave
from ledger.budgets.chart import account
from ledger.budgets.owing import (
    DemandRead,
    Notice,
    QuestionRead,
    Surplus,
    demand_of,
    notice_of,
    question_of,
)
from ledger.budgets.plans import Line
from ledger.budgets.posted_for import posted_for
from ledger.budgets.reading import Setup, funds_of, said_at, said_of, said_of_person, setup_of
from ledger.budgets.shares import Share
from ledger.budgets.standing import Said, read_rules, read_standing
from ledger.budgets.taken_back import demands_of, explained_of, taken_back
from ledger.budgets.wording import numbered
from ledger.core.calendar import london_day
from ledger.core.canon import Entry
from ledger.core.model import Detail, Guard, Malformed
from policies.bearing import Borne, borne_now
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
    shares = {name: every_share_of(line, funds, standing.balances) for name, (line, _) in setup.lines.items()}
    return Budget(Guard(f"person/{person}", standing.version), setup, standing.balances, shares)


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
    """A notice, how it stands, its first entry and the last, and the day on which it was made."""

    notice: Notice
    act: str
    number: int
    version: int
    made_on: date


async def the_notice(connection: Connection, book_id: int, person: str, number: int) -> NoticeRead:
    """A notice by the entry that made it. NotSettled(notice_not_found)."""
    said = await _row(connection, book_id, person, number, ("made",), "notice_not_found")
    rows = await said_of(connection, book_id, said.subject)
    notice, act = notice_of(said.subject, rows[-1].attributes)
    return NoticeRead(notice, act, number, rows[-1].number, date.fromisoformat(rows[0].attributes["on"]))


async def queried_after(connection: Connection, book_id: int, spent: int | None, notice: NoticeRead) -> int:
    """Days from the day on which money was spent, by its entry, to the first question about it, or to the notice where nobody had
    asked before; 0 for money that was not spent (None)."""
    said = None if spent is None else await said_at(connection, book_id, spent)
    if said is None:
        return 0
    day = said.attributes.get("document_on")
    spent_on = date.fromisoformat(day) if day is not None else said.day or notice.made_on
    first = notice.made_on
    for row in await said_of_person(connection, book_id, notice.notice.person, ["evidence"]):
        if row.act == "questioned" and question_of([row]).question.of == spent:
            # A question has no day of its own: its money, the entry after it, has.
            asked_on = (await read_entry(connection, book_id, row.number + 1)).entry.effective_on
            first = min(first, asked_on or first)
    return max(0, (first - spent_on).days)


GIVEN = ("sent", "delivered")
"""How a notice stands that has reached whom it is for, as far as anybody knows."""


async def given_on(connection: Connection, book_id: int, read: NoticeRead) -> date | None:
    """The day from which a notice counts: that of its delivery, where somebody has said it; else the day on which it was sent, and
    not before the one on which that was recorded. None for one that was not given, has come back or is withdrawn."""
    if read.act not in GIVEN:
        return None
    last = (await said_of(connection, book_id, read.notice.subject))[-1]
    said = date.fromisoformat(last.attributes["on"])
    if last.act == "delivered":
        return said
    return max(said, await recorded_on(connection, book_id, last.number))


async def recorded_on(connection: Connection, book_id: int, number: int) -> date:
    """The day on which an entry was recorded, whatever day it says."""
    return london_day((await read_entry(connection, book_id, number)).entry.recorded_us)


async def approvals_of(connection: Connection, book_id: int, number: int) -> set[int]:
    """Who referred and who approved a decision, or the decision an entry came of, where it was referred: both have decided it."""
    entry = await _decision_of(connection, book_id, number)
    referral = int(dict(entry.attributes).get("relies_on", 0)) if entry.kind == "decision" else 0
    if not referral:
        return set()
    said = await said_of(connection, book_id, f"decision/{referral}")
    return {referral, *(row.number for row in said if row.act == "approval")}


async def _decision_of(connection: Connection, book_id: int, number: int) -> Entry:
    """A decision, or the one an entry came of; the entry itself where it came of none."""
    entry = (await read_entry(connection, book_id, number)).entry
    if entry.kind != "decision" and entry.because:
        entry = (await read_entry(connection, book_id, entry.because)).entry
    return entry


async def makers_of(connection: Connection, book_id: int, number: int) -> tuple[int, ...]:
    """The entries whose makers do not answer a decision: itself, what it is about, such as the draft of a plan or a notice, and
    whatever else the one who asked for it may not have made."""
    entry = (await read_entry(connection, book_id, number)).entry
    named = (number, entry.because, *(int(each) for each in numbered(dict(entry.attributes), "maker")))
    return tuple(dict.fromkeys(each for each in named if each))


async def deciders_of(connection: Connection, book_id: int, number: int) -> set[int]:
    """The entries whose makers do not look again at a decision, or at the one an entry came of: those of the decision, of its
    referral and of its approval, and what they are about."""
    found = {number, *await approvals_of(connection, book_id, number)}
    decision = (await _decision_of(connection, book_id, number)).number
    return found.union(*[await makers_of(connection, book_id, each) for each in (*sorted(found), decision)])


async def hands_on(connection: Connection, book_id: int, person: str, letter: int | None) -> set[int]:
    """All entries about a written notice of a person, by the one that made it: whoever wrote it, sent it or said that it came had a
    part in it. Empty where that made none."""
    rows = await said_of_person(connection, book_id, person, ["notice"])
    subjects = {row.subject for row in rows if row.number == letter and row.act == "made"}
    return {row.number for row in rows if row.subject in subjects}


async def letter_of(connection: Connection, book_id: int, decision: int, about: str) -> int:
    """The written notice of a cut or a stop that what was decided names, the entry after the decision; 0 where it names none."""
    done = await said_at(connection, book_id, decision + 1)
    number = 0 if done is None else int(done.attributes.get("notice", 0))
    letter = await said_at(connection, book_id, number) if number else None
    return number if letter is not None and letter.attributes.get("about") == about else 0


async def signed_on(connection: Connection, book_id: int, person: str, notice: int) -> list[int]:
    """The decisions that signed versions of a plan which name this notice."""
    rows = await said_of_person(connection, book_id, person, ["plan_version"])
    return [row.number - 1 for row in rows if row.act == "signed" and row.attributes.get("notice") == str(notice)]


def check_reasoned(is_told: bool, detail: Detail | None) -> None:
    """What came of it when it was looked at again is told in words: why it stands, whole or in part, or what is changed.
    Malformed(reconsidered_unreasoned)."""
    if is_told and detail is None:
        raise Malformed("reconsidered_unreasoned", "words")


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


async def most_of_surplus(connection: Connection, book_id: int, budget: Budget, line: Line, stated: Surplus) -> int:
    """The most that may be taken of a balance that somebody stated, in pence: by the test of `Surplus`, of no more than the ledger
    has in the account, less what open demands and the surpluses of other lines still take from it. NotSettled(surplus_open) while
    one of this line is not recovered: the same money is determined once."""
    still, demanded = 0, 0
    for row in await said_of_person(connection, book_id, line.person, ["review"]):
        if row.act == "surplus_determined" and row.attributes["holder_account"] == line.holder_account:
            left = (await the_surplus(connection, book_id, line.person, row.number)).left
            if left > 0 and row.attributes["line"] == line.line:
                raise NotSettled("surplus_open")
            still += max(0, left)
    for each in await demands_of(connection, book_id, line.person):
        if (each.demand.source, each.demand.holder_account) == ("advance", line.holder_account):
            # It may be in the account as long as it has not come in.
            demanded += each.outstanding
    there = min(stated.balance, budget.holds("advance", line) + demanded)
    return max(0, there - stated.liabilities - stated.contingency - still - demanded)


class Source(NamedTuple):
    """Money that has gone and can be questioned or demanded: its row, what of it is neither explained nor taken back in any way, in
    pence, and what each share still bears of it (nothing for a line of the bank)."""

    said: Said
    left: int
    taken: Mapping[str, int]


async def bearers_of(
    connection: Connection, book_id: int, budget: Budget, line: str, taken: Mapping[str, int], effective_on: date
) -> Borne:  # fmt: skip
    """The shares that accepted spend is taken back of on a day, with what each bears of it (`taken`, of a `Source`); for money that
    was not spent (nothing taken), all shares of the line."""
    if not taken:
        return Borne(budget.shares[line], (), ())
    found, funds = budget.setup.lines[line][0], funds_of((await read_rules(connection, book_id)).funds)
    shares = shares_that_gave(taken, found, funds, budget.balances)
    parts = [(share, taken.get(share.code("spent"), 0)) for share in shares]
    return await borne_now(connection, book_id, found, budget.balances, [(share, part) for share, part in parts if part],
                           effective_on)  # fmt: skip


async def source_of(connection: Connection, book_id: int, person: str, number: int) -> Source:
    """A bank line, or spend whose evidence was accepted, by its entry: what was estimated at a year's end is of the year that its
    evidence came in (`posted_for`). NotSettled(source_not_found)."""
    said = await _row(connection, book_id, person, number, ("bank_line_taken", "evidence_accepted"), "source_not_found")
    if (await said_of(connection, book_id, said.subject))[-1].number != number:
        # Reversed since, or entered anew.
        raise NotSettled("source_not_found")
    back = await taken_back(connection, book_id, person, number)
    if said.act == "bank_line_taken":
        matched = await said_of(connection, book_id, f"bank_match/{number}")
        if matched and matched[-1].attributes.get("matched") in SETTLED_BY_MATCH:
            # What it moved was undone by the match: it is no money without evidence while that stands.
            return Source(said, 0, {})
        explained = await explained_of(connection, book_id, person, number)
        return Source(said, int(said.attributes["amount"]) - explained - back.total, {})
    # Where more was claimed than was paid, the rest is no accepted spend.
    posted = await posted_for(connection, book_id, said)
    gone = posted.less(back)
    left = {code: max(0, pence - gone[code]) for code, pence in posted.spent.items()}
    return Source(said, sum(posted.spent.values()) - back.total, left)
