"""Reviews of direct payments: when one is due, that it was held, and that one has to be because the money runs out.

The first is due within three months of the first payment, each later one within twelve months of the one before (SI 2013/1617
reg 14(2)); one is due at once when the money has become too little (reg 14(4)), once for each time that a line runs short. One
that was not held in time is the commissioner's own breach. Reviews are register entries about `review/{person}`.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets import store_schedules as store
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, attributes, day_needed, day_of
from ledger.core.calendar import months_after
from ledger.core.model import Detail
from ledger.core.requests import Record

Connection = Any
RETURN_ACTS = ("return_reminded", "return_received")
REASONS = ("shortfall", "asked_for", "health_changed", "reconsidered")
"""Why a review is due before its time: the money runs out (reg 14(4)), the person asks for one, their health has changed
significantly (reg 14(3)), no word says how; or a plan is to be changed because it was looked at again (reg 8(6A), 13(8)): that one
is over when a version of the plan, or a new plan, is signed that takes nothing away, whatever reviews are held, or when the person
has died."""
OUTCOMES = ("unchanged", "changed", "ended")
CARE_FOUND = ("none_unmet", "met_since", "unmet")
"""Whether care of the plan went unmet: none did, what did has been put right since, or some still does."""
FIRST_MONTHS, EVERY_MONTHS = 3, 12


def review_due(*, person: str, due: date, reason: str, shortfall: int | None = None, line: str | None = None,
               told_on: date | None = None, plan: str | None = None, of: int | None = None,
               because: int = 0) -> Record:  # fmt: skip
    """A review that has to be held by a day, besides the regular ones. `shortfall` is what is forecast to be lacking, in pence;
    `told_on` the day on which the commissioner was told, where somebody told it, or told the person. `plan` is to be changed as the
    answer to the request of entry `of` says."""
    given = attributes(
        "due", person=person, due=due, reason=among(reason, REASONS, "reason"), shortfall=shortfall, line=line, told_on=told_on,
        plan=plan, of=of,
    )  # fmt: skip
    return Record(kind="review", subject=f"review/{person}", because=because, attributes=given)


def shortfall_gone(*, person: str, line: str, on: date) -> Record:
    """That the money of a line lasts again, or that the line has ended: the review that its shortfall demanded is not due any more,
    and the next shortfall of the line is another one."""
    return Record(
        kind="review",
        subject=f"review/{person}",
        attributes=attributes("shortfall_gone", person=person, line=line, on=on),
    )


def review_held(*, person: str, on: date, outcome: str, detail: Detail | None = None) -> Record:
    """A review as it was held: what became of the plan, in a code; who said what is erasable."""
    given = attributes("held", person=person, on=on, outcome=among(outcome, OUTCOMES, "outcome"))
    return Record(kind="review", subject=f"review/{person}", detail=detail, attributes=given)


def return_said(act: str, *, person: str, on: date) -> Record:
    """That the holder was reminded of a return, such as a quarter's statements (reg 11(7)), or that it came in."""
    among(act, RETURN_ACTS, "act")
    return Record(kind="review", subject=f"review/{person}", attributes=attributes(act, person=person, on=on))


def care_checked(*, person: str, line: str, on: date, found: str, detail: Detail | None = None) -> Record:
    """What was found out about care that was planned on a line and not bought: one of CARE_FOUND, before anything unspent is taken.
    Subject `care_check/{line}`."""
    given = attributes("care_checked", person=person, line=line, on=on, found=among(found, CARE_FOUND, "found"))
    return Record(kind="review", subject=subject_of_care(line), detail=detail, attributes=given)


def subject_of_care(line: str) -> str:
    """What is said of unmet care of a line stands under this."""
    return f"care_check/{line}"


def checks_requested(*, person: str, payee: str, on: date, due_on: date, because: int = 0) -> Record:
    """That the commissioner is asked to make the enquiries about a provider (reg 11(3)), and by when it answers. Subject
    `provider_check/{payee}/{person}`; done once the payee is approved or barred."""
    given = attributes("checks_requested", person=person, payee=payee, on=on, due_on=due_on)
    return Record(kind="review", subject=subject_of_check(payee, person), because=because, attributes=given)


def subject_of_check(payee: str, person: str) -> str:
    """A request to check a provider for a person stands under this."""
    return f"provider_check/{payee}/{person}"


class Reviewed(NamedTuple):
    """What was said of a person's reviews: when the last was held, by when each that is due early since is due and of which line,
    or of which plan that is to be changed, it is (empty for none), how many reminders of a return went out since the last
    came in, and which plans were signed."""

    held_on: date | None = None
    early: tuple[tuple[str, date], ...] = ()
    reminders: int = 0
    signed: frozenset[str] = frozenset()

    def due(self, first: date | None) -> date | None:
        """By when the next is due: within twelve months of the last, or on the plan's day of the first review (reg 14(2))."""
        regular = first if self.held_on is None else months_after(self.held_on, EVERY_MONTHS)
        days = [day for day in (regular, *(due for _, due in self.early)) if day is not None]
        return min(days, default=None)

    def promising_nothing(self) -> "Reviewed":
        """The same for somebody who has died: no plan of theirs is to be changed."""
        return self._replace(early=tuple(each for each in self.early if not is_plan(each[0])))


def reviewed_after(before: Reviewed, row: Said) -> Reviewed:
    """The same, once this row of the register was said: of a review, or of a plan. What is said of surpluses and checks is said
    elsewhere."""
    if row.kind == "plan_version" and row.act == "signed":
        open_still = tuple(each for each in before.early if not _changes(row, each[0], before.signed))
        return before._replace(early=open_still, signed=before.signed | {row.subject})
    if not row.subject.startswith("review/"):
        return before
    match row.act:
        case "held":
            promised = tuple(each for each in before.early if is_plan(each[0]))
            return before._replace(held_on=day_of(row.attributes, "on"), early=promised)
        case "due":
            due, plan = day_needed(row.attributes, "due"), row.attributes.get("plan")
            return before._replace(early=(*before.early, (_short_line(row) if plan is None else f"plan/{plan}", due)))
        case "shortfall_gone":
            return before._replace(early=tuple(each for each in before.early if each[0] != row.attributes["line"]))
        case "return_reminded":
            return before._replace(reminders=before.reminders + 1)
        case "return_received":
            return before._replace(reminders=0)
    return before


def _changes(signed: Said, plan: str, before: Container[str]) -> bool:
    """Whether a version that was signed is the change that was promised of a plan, by its subject: one of that plan, or the first
    of another, which takes its place where the plan itself cannot go on. One that takes more away is not; `before` are the plans
    that were signed before it."""
    return is_given(signed) and (signed.subject == plan or (is_plan(plan) and signed.subject not in before))


def is_given(row: Said) -> bool:
    """Whether a version of a plan was signed that takes nothing away of what was in force."""
    return (row.kind, row.act) == ("plan_version", "signed") and "cut" not in row.attributes


def is_plan(subject: str) -> bool:
    """Whether an early review is due because of a plan, and not of a line."""
    return subject.startswith("plan/")


def shortfalls_known(said: Iterable[Said]) -> dict[str, date | None]:
    """The lines of which a shortfall was recorded and is not gone, with the day by which its review is to be held; None once it
    was."""
    known: dict[str, date | None] = {}
    for row in said:
        if not row.subject.startswith("review/"):
            continue
        if row.act == "due" and (line := _short_line(row)):
            known[line] = day_needed(row.attributes, "due")
        elif row.act == "shortfall_gone":
            known.pop(row.attributes["line"], None)
        elif row.act == "held":
            known = dict.fromkeys(known)
    return known


def is_open(said: Iterable[Said], reason: str) -> bool:
    """Whether a review for this reason was called for and none has been held since."""
    called = False
    for row in said:
        if row.subject.startswith("review/"):
            called = (row.act == "due" and row.attributes["reason"] == reason) or (called and row.act != "held")
    return called


class Promise(NamedTuple):
    """By when a plan is changed, as the answer to a request to look again said, and whether it has been."""

    due: date
    is_kept: bool


def promises_of(said: Iterable[Said]) -> Mapping[int, Promise]:
    """What was promised in answer to each request, by its entry, from a person's rows about reviews and plans, and about
    themselves, in their order. What was not kept when they died is promised no more."""
    plans: dict[int, dict[str, bool]] = {}
    due: dict[int, date] = {}
    signed: set[str] = set()
    for row in said:
        if row.act == "due" and "of" in row.attributes:
            of = int(row.attributes["of"])
            plans.setdefault(of, {})[f"plan/{row.attributes['plan']}"] = False
            due[of] = day_needed(row.attributes, "due")
        elif (row.kind, row.act) == ("plan_version", "signed"):
            for promised in plans.values():
                promised.update((plan, True) for plan in promised if _changes(row, plan, signed))
            signed.add(row.subject)
        elif (row.kind, row.act) == ("person", "died"):
            plans = {of: promised for of, promised in plans.items() if all(promised.values())}
    return {of: Promise(due[of], all(kept.values())) for of, kept in plans.items()}


def _short_line(row: Said) -> str:
    return row.attributes.get("line", "") if row.attributes["reason"] == "shortfall" else ""


class ReviewDue(NamedTuple):
    """The next review of a person: by when, why (`first`, `regular`, or a reason of REASONS), when the last was held, and when
    money was first paid."""

    person: str
    due: date
    reason: str
    held_on: date | None
    first_paid: date | None


async def reviews_due(
    connection: Connection, book_id: int, *, before: date, begins: str, limit: int
) -> tuple[tuple[ReviewDue, ...], str | None]:  # fmt: skip
    """The people with a line that has not ended whose next review is due before a day, by reference from one on, and with which the
    next page begins (None on the last page). Role phb_reader, the book set."""
    rows: Sequence[Any] = await connection.fetch(store.REVIEWS_DUE, book_id, before, begins, limit + 1, None)
    found = tuple(
        ReviewDue(row["person_ref"], row["due"], row["reason"], row["held_on"], row["first_paid"])
        for row in rows[:limit]
    )
    return found, rows[limit]["person_ref"] if len(rows) > limit else None


async def review_of(connection: Connection, book_id: int, person: str) -> ReviewDue | None:
    """The next review of one person; None while nothing was paid out and none was asked for, and once every line has ended."""
    row = await connection.fetchrow(store.REVIEWS_DUE, book_id, None, person, 1, person)
    if row is None:
        return None
    return ReviewDue(row["person_ref"], row["due"], row["reason"], row["held_on"], row["first_paid"])
