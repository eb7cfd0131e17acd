"""What an answer that changes something does at once, and what it promises with a day: a pause is lifted with the answer; a plan is
changed by people, so that is a review that is due until a version is signed that takes nothing away, and the commissioner's
breach after it."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets.owing import Reconsideration
from ledger.budgets.plans import line_recorded
from ledger.budgets.reading import said_at, said_of_person, setup_of
from ledger.budgets.reviews import is_given, review_due
from ledger.budgets.standing import Said, line_said, pause_of, read_standing
from ledger.core.model import Guard
from ledger.core.requests import Record
from policies.found_owing import signed_on

Connection = Any
OF_A_PLAN = ("left_out", "cut")


class Follows(NamedTuple):
    """What goes into the group of the answer, and what it rests on."""

    records: tuple[Record, ...] = ()
    guards: tuple[Guard, ...] = ()


async def what_follows(
    connection: Connection, book_id: int, asked: Reconsideration, request: int, *, told_on: date, due: date
) -> Follows:  # fmt: skip
    """Of an answer that changed what was `asked` about by entry `request`; of a plan of somebody who has died nothing. `told_on` is
    the day of the answer, `due` that by which a plan is to be changed; one of which a version that takes nothing away was signed
    since the request has been."""
    standing = await read_standing(connection, book_id, asked.person)
    guards = (Guard(f"person/{asked.person}", standing.version),)
    if asked.about == "suspend":
        line = (await _given(connection, book_id, asked.of))["line"]
        rows = line_said(standing.said, line)
        # A pause that was ended since, and one that came after, are another matter. The entry after a decision is what it allowed.
        if rows[-1].act != "suspended" or pause_of(rows) != asked.of + 1:
            return Follows()
        # It names the answer, the first of the group, so that what was lifted with it is known from what was resumed after.
        return Follows((line_recorded("resumed", setup_of(standing.said).lines[line][0], because=-1),), guards)
    if asked.about not in OF_A_PLAN:
        return Follows()
    if setup_of(standing.said).died_on is not None:
        # There is nobody to plan for; whether they have died is of the moment of the answer.
        return Follows((), guards)
    decisions = (
        [asked.of] if asked.about == "left_out" else await signed_on(connection, book_id, asked.person, asked.of)
    )
    plans = {(await _given(connection, book_id, each))["plan"] for each in decisions}
    rows = await said_of_person(connection, book_id, asked.person, ["plan_version"])
    changed = {row.subject for row in rows if is_given(row) and row.number > request}
    return Follows(tuple(
        review_due(person=asked.person, due=due, reason="reconsidered", plan=plan, of=request, told_on=told_on)
        for plan in sorted(plans) if f"plan/{plan}" not in changed
    ), guards)  # fmt: skip


async def _given(connection: Connection, book_id: int, decision: int) -> dict[str, str]:
    said = await said_at(connection, book_id, decision)
    assert said is not None
    return dict(said.attributes)


async def is_taken_back(connection: Connection, book_id: int, person: str, letter: int) -> bool:
    """Whether the letter of a cut was looked at again, by itself or by a plan that was signed on it, and changed: nothing is signed
    on it any more."""
    same = {letter, *await signed_on(connection, book_id, person, letter)}
    rows = await said_of_person(connection, book_id, person, ["reconsideration"])
    return any(row.act == "changed" and int(row.attributes["of"]) in same for row in rows)


async def is_paused_still(connection: Connection, book_id: int, person: str, line: Sequence[Said]) -> bool:
    """Whether a line, by all that was said of it, was paused when it ended, and no answer has changed that since."""
    paused = [row for row in line if row.act != "ended"][-1].act == "suspended"
    rows = await said_of_person(connection, book_id, person, ["reconsideration"])
    of = str((pause_of(line) or 0) - 1)
    return paused and not any(
        (row.act, row.attributes["about"], row.attributes["of"]) == ("changed", "suspend", of) for row in rows
    )
