"""What waits for the person themselves: money and purchases that lack evidence, questions, what is demanded, letters that went out,
and what they asked to be looked at again. All of it is told to whoever holds the budget, so none of it is a note of staff."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from ledger.book.lookups import read_detail
from ledger.budgets.bank_reading import lines_of_holder
from ledger.budgets.documents import documents_in
from ledger.budgets.owing import DemandRead, Notice, Reconsideration, notice_of, reconsideration_of
from ledger.budgets.reading import said_of_person
from ledger.budgets.reviews import Promise, promises_of
from ledger.budgets.standing import Said
from ledger.budgets.taken_back import demands_of, questions_of
from ledger.budgets.wording import content_of, day_needed, day_of, numbered

Connection = Any
SHOWN = ("illegible", "missing")
"""States of a document that ask for another one."""
DUE = "evidence_due:"


class Lacking(msgspec.Struct, frozen=True, kw_only=True):
    """Something that asks for evidence. `what` is bank_line (pence of a line that nothing explains), question (pence that were
    questioned), document (one that cannot be read, or is missing) or condition (an approval that asked for evidence by `due`);
    `number` is its entry and `of` that which evidence is given for."""

    what: str
    number: int
    of: int
    pence: int | None = None
    on: date | None = None
    due: date | None = None
    state: str | None = None
    words: str | None = None


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A notice that went out: how it stands, since when, in which words, and the demand that followed."""

    number: int
    notice: Notice
    act: str
    on: date
    words: str | None
    demand: DemandRead | None


class LookedAt(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is looked at again, or was: `answered_on` is the day of the answer, which was late or not, and `words` what
    it says; `promise` by when the plan is changed for it, None where nothing is left to do or was."""

    number: int
    asked: Reconsideration
    act: str
    answered_on: date | None
    late: bool
    words: str | None = None
    promise: Promise | None = None


class Waiting(msgspec.Struct, frozen=True):
    """All of it, each in the order of its entries."""

    lacking: list[Lacking]
    letters: list[Letter]
    again: list[LookedAt]


async def read_waiting(connection: Connection, book_id: int, person: str) -> Waiting:
    """What waits for a person, read in a snapshot of the caller's."""
    said = await said_of_person(connection, book_id, person, [
        "evidence", "notice", "decision", "reconsideration", "review", "plan_version", "person",
    ])  # fmt: skip
    lacking = [
        *[Lacking(what="bank_line", number=line.number, of=line.number, pence=-line.pence - line.explained, on=line.day)
          for line in await lines_of_holder(connection, book_id, person, None) if line.pence < 0 and line.is_open],
        *[Lacking(what="question", number=each.number, of=each.question.of, pence=each.open,
                  words=await _words(connection, book_id, each.number))
          for each in await questions_of(connection, book_id, person) if each.open],
        *[Lacking(what="document", number=number, of=found.of, pence=found.amount, state=found.state)
          for number, found in documents_in([row for row in said if row.kind == "evidence"]) if found.state in SHOWN],
        *_conditions(said),
    ]  # fmt: skip
    letters = await _letters(connection, book_id, person, said)
    return Waiting(sorted(lacking, key=lambda each: each.number), letters, await _again(connection, book_id, said))


async def _words(connection: Connection, book_id: int, number: int) -> str | None:
    detail = await read_detail(connection, book_id, number)
    words: str | None = None if detail is None else content_of(detail).get("words")
    return words or None


def _conditions(said: list[Said]) -> list[Lacking]:
    """Approvals that asked for evidence which has not come."""
    came = {row.attributes["of"] for row in said if row.act == "condition_met"}
    return [
        Lacking(what="condition", number=row.number, of=row.number, due=date.fromisoformat(text.removeprefix(DUE)))
        for row in said if row.kind == "decision" and row.act == "approval" and str(row.number) not in came
        for text in numbered(row.attributes, "condition") if text.startswith(DUE)
    ]  # fmt: skip


def _newest(said: list[Said], kind: str) -> Iterable[tuple[int, Said]]:
    """Of each subject of a kind, the number of its first entry and the last that was said of it."""
    first: dict[str, int] = {}
    newest: dict[str, Said] = {}
    for row in said:
        if row.kind == kind and row.subject.startswith(f"{kind}/"):
            first.setdefault(row.subject, row.number)
            newest[row.subject] = row
    return zip(first.values(), newest.values(), strict=True)


async def _letters(connection: Connection, book_id: int, person: str, said: list[Said]) -> list[Letter]:
    """Notices that were sent and neither came back nor were withdrawn; a draft is nobody's but the officer's."""
    demands = {each.demand.notice: each for each in await demands_of(connection, book_id, person)}
    found = []
    for number, row in _newest(said, "notice"):
        notice, act = notice_of(row.subject, row.attributes)
        if act in ("sent", "delivered"):
            on = day_needed(row.attributes, "on")
            words = await _words(connection, book_id, number)
            found.append(Letter(number=number, notice=notice, act=act, on=on, words=words, demand=demands.get(number)))
    return found


async def _again(connection: Connection, book_id: int, said: list[Said]) -> list[LookedAt]:
    """What was asked to be looked at again, as it stands: of each request the answer that followed under its subject. A stop has
    its own, one after another."""
    asked: list[list[Said]] = []
    for row in said:
        if row.kind == "reconsideration" and row.act == "requested":
            asked.append([row])
        elif row.kind == "reconsideration":
            next(each for each in reversed(asked) if each[0].subject == row.subject).append(row)
    found, promised = [], promises_of(said)
    for first, *answers in asked:
        last = answers[-1] if answers else first
        reconsideration, act = reconsideration_of(last.subject, last.attributes)
        found.append(LookedAt(
            number=first.number, asked=reconsideration, act=act, answered_on=day_of(last.attributes, "answered_on"),
            late=last.attributes.get("late") == "yes",
            words=await _words(connection, book_id, last.number) if answers else None, promise=promised.get(first.number),
        ))  # fmt: skip
    return found
