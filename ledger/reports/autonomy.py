"""Autonomy beside accountability: how freely people decide what they buy, how long they wait and how often they were asked for
nothing; and beside it how much money is not shown, off the plan, or came back (domain.md sections 8, 9 and 10.8).

Every read takes a connection of role phb_reader with the book set; amounts are pence. Between two accounting days, as known at an
entry, the same question has the same answer later, but for groups whose details were erased since. A difference between groups is a
question to look into, not a finding of unequal treatment: groups differ in need and in what they ask for.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import msgspec

from ledger.book.snapshot import moment_of, snapshot
from ledger.core.model import Malformed
from ledger.reports import store_autonomy as store
from ledger.reports.rates import (
    FEWEST,
    FEWEST_OF_NINE_IN_TEN,
    TO_COUNTS,
    TO_DAYS,
    Cell,
    Told,
    kept_back,
    people_kept_back,
    percentile,
    rounded,
    together,
    told,
)

Connection = Any
By = Literal["book", "cohort", "management", "age", "sex", "ethnicity", "deprivation"]
PAID_AHEAD = (9, 11, 20, 22, 51)
"""Events by which money goes to a holder or a third party before the care is bought (accounting.md section 3)."""
SPENDING = ("spend", "evidence", "reimbursement")
"""Acts whose verdict is about spending: an order of care, a claim of what was bought, and what somebody laid out. Invoices are not
among them, because the order was."""
SPENT = ("evidence", "reimbursement")
"""Those about money that had gone."""
OFF_THE_PLAN = (
    "plan.service_not_in_line", "statute.not_a_plan_service", "plan.care_outside_dates", "plan.line_not_active",
    "plan.not_in_force", "plan.not_a_plan_service",
    "statute.excluded_a_primary_medical_services", "statute.excluded_b_nhs_charges", "statute.excluded_c_planned_surgery",
    "statute.excluded_d_vaccination_or_screening", "statute.excluded_e_child_measurement", "statute.excluded_f_health_check",
    "statute.excluded_g_alcohol_or_tobacco", "statute.excluded_h_gambling", "statute.excluded_i_debt_repayment",
)  # fmt: skip
"""Rules that find spending not to be covered by the plan. Of a service outside the line another one speaks where the money was paid
out than where the commissioner buys; what the law lets no direct payment buy (reg 8(5)) no plan of one can cover."""
NOT_RECORDED = "not_recorded"
_BANDS = ((17, "0-17"), (24, "18-24"), (44, "25-44"), (64, "45-64"), (74, "65-74"), (84, "75-84"))
_OLDEST = "85+"
GROUPS_BY: dict[By, tuple[str, ...]] = {
    "book": ("everybody",),
    "cohort": ("chc", "children_cc", "s117", "wheelchair", "none", NOT_RECORDED),
    "management": ("notional", "third_party", "direct_payment", "one_off", NOT_RECORDED),
    "age": (*(name for _, name in _BANDS), _OLDEST, NOT_RECORDED),
    "sex": ("female", "male", "indeterminate", "not_known", "not_stated", NOT_RECORDED),
    "ethnicity": (*"ABCDEFGHJKLMNPRSZ", "99", NOT_RECORDED),
    "deprivation": ("1", "2", "3", "4", "5", NOT_RECORDED),
}
"""Every group of a table, also those of nobody, so that none is told by its absence. Cohort is the ground of a right; deprivation
the quintile, 1 the most deprived; ethnicity the NHS code."""
_NAME_OF: dict[By, str] = {"cohort": "right", "sex": "sex", "ethnicity": "ethnicity"}


class Measure(NamedTuple):
    """One figure: what its part is, and of what whole; `things` are what is counted."""

    name: str
    says: str
    things: str
    query: str
    given: tuple[Any, ...] = ()


MEASURES = (
    Measure(
        "decided_without_a_person",
        "Of the verdicts on spending in the time (orders, claims, reimbursements), those that the rules allowed at once, and that "
        "rest on no answer which somebody had to be asked for.",
        "verdicts", store.SPENDING_DECIDED, (list(SPENDING),),
    ),
    Measure(
        "referred", "Of the verdicts on spending in the time, those that the rules referred to a person.",
        "verdicts", store.SPENDING_NOT_ALLOWED, (list(SPENDING), "refer"),
    ),
    Measure(
        "refused",
        "Of the verdicts on spending in the time, those that the rules denied, or that they referred and a person declined.",
        "verdicts", store.SPENDING_NOT_ALLOWED, (list(SPENDING), "deny"),
    ),
    Measure(
        "overturned", "Of the reconsiderations answered in the time, those whose answer was that the decision does not stand.",
        "reconsiderations", store.RECONSIDERED,
    ),
    Measure(
        "evidence_requests_found_nothing",
        "Of the questions about spending raised in the time that are closed, those of which every penny was explained.",
        "questions", store.QUESTIONS_ANSWERED,
    ),
    Measure(
        "late_challenges",
        "Of the questions about spending raised in the time, those raised so late after the spending that the delay is the "
        "commissioner's own, by its local limit (query_within_days).",
        "questions", store.QUESTIONS_ASKED,
    ),
    Measure(
        "money_without_evidence",
        "Of the people to whom money was ever paid ahead, and of that money, those and that which is without evidence on the last "
        "day: what is left of it past its period, what is unidentified, and what is disputed.",
        "people", store.WITHOUT_EVIDENCE,
    ),
    Measure(
        "off_plan", "Of the verdicts in the time on money that had gone (claims, reimbursements), those that found it off plan.",
        "verdicts", store.OFF_PLAN, (list(SPENT), list(OFF_THE_PLAN)),
    ),
    Measure(
        "recovered",
        "Of the demands for repayment made in the time and not withdrawn, those of which anything came back, repaid or offset; and "
        "how much of what they demanded did.",
        "demands", store.RECOVERED,
    ),
)  # fmt: skip
STEPS = {
    "request_to_first_payment": "From the day said for the first request of a budget to the accounting day of the first payment to "
    "a holder or third party.",
    "referral_to_decision": "From the day the rules referred something to the day a person decided it.",
    "claim_to_acceptance": "From the day something bought was claimed to the day the claim was accepted.",
    "reimbursement_to_paid_back": "From the day somebody claimed what they laid out to the day it was paid back.",
    "question_to_answer": "From the day spending was questioned to the day on which nothing of it was questioned any more.",
    "reconsideration_to_answer": "From the day somebody asked that a decision be looked at again to the day of the answer.",
    "change_to_plan": "From the day an answer said that a plan is changed to the day a version of it was signed.",
    "review_to_held": "From the day a review became due before its time to the day it was recorded as held.",
    "provider_check_to_answer": "From the day checks of a provider were asked for to the day it was approved or barred.",
}
"""What people wait for, by what ended in the time, and what they still wait for on the last day; each step in calendar days."""


class Measured(NamedTuple):
    """The commissioner's own limits of the last day, as the rules have them: after how many days a question about spending is
    late, and how many days money lasts that was paid ahead by no schedule."""

    late_days: int
    advance_days: int


class Shown(msgspec.Struct, frozen=True):
    """One group of one measure: what is told of it, None where too few people are behind it, or behind one that could be worked
    out by it."""

    group: str
    told: Told | None


class Figure(msgspec.Struct, frozen=True):
    """One measure: of the whole book, and of each group."""

    measure: Measure
    everybody: Told | None
    groups: tuple[Shown, ...]


class Waits(msgspec.Struct, frozen=True):
    """Waits of one group: how many, the median of their days, and what nine in ten did not pass; no days of so few people that they
    were those of one."""

    times: int
    median: int | None
    ninety: int | None


class Waiting(msgspec.Struct, frozen=True):
    """What one group waited for, and what it still waits for on the last day; None where too few are behind."""

    group: str
    over: Waits | None
    still: Waits | None


class Step(msgspec.Struct, frozen=True):
    """One step that people wait for."""

    name: str
    says: str
    everybody: Waiting
    groups: tuple[Waiting, ...]


class Autonomy(msgspec.Struct, frozen=True, kw_only=True):
    """The whole table: between two days, by which groups, as known at an entry."""

    first: date
    last: date
    by: By
    sees_people: bool
    through_entry: int
    figures: tuple[Figure, ...]
    steps: tuple[Step, ...]


class Row(NamedTuple):
    """What a query tells of one person, and how the money is managed."""

    person: str
    management: str
    part: int
    whole: int
    part_pence: int
    whole_pence: int


def is_coarse(by: By, *, sees_people: bool) -> bool:
    """Whether what is told could tell of one person, so that it is rounded, and of whole months as they are known now."""
    return by != "book" or not sees_people


async def autonomy_of(
    connection: Connection, book_id: int, first: date, last: date, by: By, local: Measured, *, sees_people: bool,
    known_at: int | None = None,
) -> Autonomy:  # fmt: skip
    """The table of a book between two accounting days, as known at an entry (None: the last). Malformed(dates_malformed) when it
    ends before it begins. Every breakdown but `book` keeps back what too few people are behind, and rounds what it tells; the
    book's own totals are told. So that no two tables differ by one person, a breakdown is of whole months, as they are known now:
    Malformed(months_not_whole, known_at_misplaced). For whoever may not see people (`sees_people`) so is everything."""
    if last < first:
        raise Malformed("dates_malformed", "to")
    if is_coarse(by, sees_people=sees_people):
        if first.day != 1:
            raise Malformed("months_not_whole", "from")
        if last < date.max and (last + timedelta(days=1)).day != 1:
            raise Malformed("months_not_whole", "to")
        if known_at is not None:
            raise Malformed("known_at_misplaced", "known_at")
    async with snapshot(connection):
        through = (await moment_of(connection, book_id, known_at)).through
        said = await connection.fetch(store.GROUPS_OF_PEOPLE, book_id, last, through)
        lines = {
            row["line"]: row["management"] for row in await connection.fetch(store.LINES_MANAGED, book_id, through)
        }
        found = []
        given: tuple[Any, ...]
        for measure in MEASURES:
            if measure.name == "money_without_evidence":
                given = (list(PAID_AHEAD), local.advance_days)
                rows = await connection.fetch(measure.query, book_id, last, through, *given)
            else:
                given = (local.late_days,) if measure.name == "late_challenges" else measure.given
                rows = await connection.fetch(measure.query, book_id, first, last, through, *given)
            found.append((measure, rows))
        budgets = await connection.fetch(store.BUDGETED, book_id, first, last, through)
        waits = await connection.fetch(store.WAITED, book_id, first, last, through, list(PAID_AHEAD))
    people: dict[str, dict[str, str]] = defaultdict(dict)
    for row in said:
        people[row["person_ref"]][row["name"]] = row["value"]
    budgeted: dict[str, set[str]] = defaultdict(set)
    for each in budgets:
        group = group_of(by, people.get(each["person_ref"], {}), _managed(each, lines), last)
        budgeted[group].add(each["person_ref"])
    figures = tuple(
        figure_of(measure, (_row(each, lines) for each in rows), people, by, last, budgeted, sees_people=sees_people)
        for measure, rows in found
    )
    return Autonomy(first=first, last=last, by=by, sees_people=sees_people, through_entry=through, figures=figures,
                    steps=steps_of(waits, lines, people, by, last, sees_people=sees_people))  # fmt: skip


def _managed(row: Any, lines: Mapping[str, str]) -> str:
    return lines.get(row["line"] or "") or row["management"] or NOT_RECORDED


def _row(row: Any, lines: Mapping[str, str]) -> Row:
    return Row(
        row["person_ref"], _managed(row, lines), row["part"], row["whole"], row["part_pence"], row["whole_pence"]
    )


def group_of(by: By, groups: Mapping[str, str], management: str, on: date) -> str:
    """The group of somebody on a day, one of GROUPS_BY; ages are in whole years by the month of birth."""
    found: str | None
    if by == "book":
        return GROUPS_BY["book"][0]
    if by == "management":
        found = management
    elif by == "age":
        found = _band(groups.get("birth_month"), on)
    elif by == "deprivation":
        found = str((int(groups["deprivation"]) + 1) // 2) if "deprivation" in groups else None
    else:
        found = groups.get(_NAME_OF[by])
    return found if found in GROUPS_BY[by] else NOT_RECORDED


def _band(born: str | None, on: date) -> str | None:
    if born is None:
        return None
    age = on.year - int(born[:4]) - (on.month < int(born[5:]))
    return next((name for most, name in _BANDS if age <= most), _OLDEST)


def cells_of(
    rows: Iterable[Row], people: Mapping[str, Mapping[str, str]], by: By, on: date, budgeted: Mapping[str, set[str]]
) -> tuple[Cell, ...]:  # fmt: skip
    """The cell of each group in order, from rows of people, and from who of each group had a budget."""
    pence: dict[str, list[int]] = {name: [0, 0] for name in GROUPS_BY[by]}
    of_each: dict[str, dict[Hashable, tuple[int, int]]] = defaultdict(lambda: defaultdict(lambda: (0, 0)))
    for row in rows:
        name = group_of(by, people.get(row.person, {}), row.management, on)
        pence[name] = [before + more for before, more in zip(pence[name], row[4:], strict=True)]
        if row.whole:
            part, whole = of_each[name][row.person]
            of_each[name][row.person] = (part + row.part, whole + row.whole)
    return tuple(
        Cell(of_each=dict(of_each[name]), part_pence=part_pence, whole_pence=whole_pence,
             budgeted=frozenset(budgeted.get(name, ())))
        for name, (part_pence, whole_pence) in pence.items()
    )  # fmt: skip


class Kept(NamedTuple):
    """What of a table is kept back: its total, and which groups by place."""

    everybody: bool
    groups: frozenset[int]


def kept_of(cells: Sequence[Cell], by: By, *, sees_people: bool) -> Kept:
    """The groups of too few; and for whoever may not see people the whole book too, if it is of too few."""
    few = not sees_people and together(cells).too_few
    return Kept(few, kept_back(cells) if by != "book" else frozenset({0} if few else ()))


def without_people_of(cells: Sequence[Cell], by: By, kept: Kept, *, sees_people: bool) -> Kept:
    """Where it is not told how many people have the part: also where the rest is told."""
    few = not sees_people and together(cells).few_without
    return Kept(few, people_kept_back(cells, kept.groups) if by != "book" else frozenset({0} if few else ()))


def figure_of(
    measure: Measure, rows: Iterable[Row], people: Mapping[str, Mapping[str, str]], by: By, on: date,
    budgeted: Mapping[str, set[str]], *, sees_people: bool,
) -> Figure:  # fmt: skip
    """One measure by groups, without what is kept back."""
    cells, coarse = cells_of(rows, people, by, on, budgeted), is_coarse(by, sees_people=sees_people)
    kept = kept_of(cells, by, sees_people=sees_people)
    without = without_people_of(cells, by, kept, sees_people=sees_people)
    shown = (
        Shown(name, None if place in kept.groups
              else told(cell, rounds=coarse, without_people=place in without.groups))
        for place, (name, cell) in enumerate(zip(GROUPS_BY[by], cells, strict=True))
    )  # fmt: skip
    everybody = together(cells)
    of_all = None if kept.everybody else told(everybody, rounds=not sees_people, without_people=without.everybody)
    return Figure(measure, of_all, tuple(shown))


def steps_of(
    waits: Sequence[Any], lines: Mapping[str, str], people: Mapping[str, Mapping[str, str]], by: By, on: date, *, sees_people: bool
) -> tuple[Step, ...]:  # fmt: skip
    """Every step by groups, without what is kept back."""
    found: dict[tuple[str, bool], list[tuple[Row, int]]] = defaultdict(list)
    for each in waits:
        row = Row(each["person_ref"], _managed(each, lines), 1, 1, 0, 0)
        found[each["step"], each["is_over"]].append((row, each["days"]))
    steps = []
    for name, says in STEPS.items():
        over, still = (_waits(found[name, is_over], people, by, on, sees_people) for is_over in (True, False))
        whole, *groups = (
            Waiting(group, *waits) for group, *waits in zip(("everybody", *GROUPS_BY[by]), over, still, strict=True)
        )
        steps.append(Step(name, says, whole, tuple(groups)))
    return tuple(steps)


def _waits(
    found: Sequence[tuple[Row, int]], people: Mapping[str, Mapping[str, str]], by: By, on: date, sees_people: bool
) -> list[Waits | None]:  # fmt: skip
    """Of everybody, and then of each group in order."""
    days: dict[str, list[int]] = defaultdict(list)
    for row, waited in found:
        days[group_of(by, people.get(row.person, {}), row.management, on)].append(waited)
    cells = cells_of((row for row, _ in found), people, by, on, {})
    kept, coarse = kept_of(cells, by, sees_people=sees_people), is_coarse(by, sees_people=sees_people)
    every = [waited for _, waited in found]
    told_of: list[Waits | None] = [None if kept.everybody else _long(every, together(cells), rounds=not sees_people)]
    for place, (group, cell) in enumerate(zip(GROUPS_BY[by], cells, strict=True)):
        told_of.append(None if place in kept.groups else _long(days[group], cell, rounds=coarse))
    return told_of


def _long(days: Sequence[int], cell: Cell, *, rounds: bool) -> Waits:
    """How long: of fewer than five people a middle, and of fewer than ten what nine in ten did not pass, is what one of them
    waited."""
    counts, to_days = (TO_COUNTS, TO_DAYS) if rounds else (1, 1)
    median, ninety = (
        None if (waited := percentile(days, percent)) is None or len(cell.people) < fewest else rounded(waited, to_days)
        for percent, fewest in ((50, FEWEST), (90, FEWEST_OF_NINE_IN_TEN))
    )
    return Waits(rounded(len(days), counts), median, ninety)
