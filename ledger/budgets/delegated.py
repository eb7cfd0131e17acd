"""Delegated financial limits: who is of which grade, and up to how much a grade gives money, or gives it up, by itself, from a
day on.

Both are entries of kind `limit`: `grade/{who}` and `limit/{grade}/{act}`. The newest day that is not after the accounting day
decides, and of one day what was said last; nothing is edited. Amounts are pence.
"""

import json
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from ledger.budgets import store
from ledger.budgets.reading import said_of
from ledger.budgets.shares import check_name
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, attributes
from ledger.core.model import Guard, Malformed, check_code
from ledger.core.requests import Record
from ledger.money import MAX_PENCE

Connection = Any
ACTS = (
    "allocate", "assignment", "carry_forward", "civil_debt", "demand", "draw_contingency", "evidence", "instalment", "invoice",
    "judge_evidence", "offset", "reimbursement", "retain", "set_contingency_aside", "spend", "surplus", "virement", "waive",
    "write_off",
)  # fmt: skip
"""Acts that can be limited by grade: every one of which a decision names an amount, as decisions call it; `allocate` is the
signature of a plan. A grade that has no limit for an act is not limited in it, but by the local limits for one person."""


class Delegated(NamedTuple):
    """Up to how many pence somebody may do something by themselves, and what that rests on."""

    pence: int
    guards: tuple[Guard, ...]


def grade_subject(actor: str) -> str:
    """Who is of a grade: the code that their token has."""
    return f"grade/{check_code(actor, 'actor')}"


def limit_subject(grade: str, act: str) -> str:
    """A grade's limit for an act."""
    return f"limit/{check_name(grade, 'grade')}/{among(act, ACTS, 'act')}"


def grade_recorded(*, actor: str, grade: str | None, start: date) -> Record:
    """Somebody is of a grade from a day on, or of none any more."""
    name = None if grade is None else check_name(grade, "grade")
    given = attributes("grade_given" if name else "grade_ended", grade=name, from_=start)
    return Record(kind="limit", subject=grade_subject(actor), attributes=given)


def limit_recorded(*, grade: str, act: str, amount: int, start: date) -> Record:
    """What a grade may do by itself from a day on; nothing at all is an amount too."""
    if type(amount) is not int or not 0 <= amount <= MAX_PENCE:
        raise Malformed("amount_malformed", "amount")
    given = attributes("limit_set", grade=grade, of_act=act, amount=amount, from_=start)
    return Record(kind="limit", subject=limit_subject(grade, act), attributes=given)


def in_force(said: list[Said], day: date) -> Said | None:
    """What holds on a day of what was said about one subject; None before the first."""
    begun = [row for row in said if date.fromisoformat(row.attributes["from"]) <= day]
    return max(begun, key=lambda row: (row.attributes["from"], row.number), default=None)


async def grade_on(connection: Connection, book_id: int, actor: str, day: date) -> tuple[str | None, Guard]:
    """Somebody's grade on a day, and what that rests on."""
    said = await said_of(connection, book_id, grade_subject(actor))
    found = in_force(said, day)
    return (None if found is None else found.attributes.get("grade")), Guard(
        grade_subject(actor), said[-1].number if said else 0
    )


async def limit_of(
    connection: Connection, book_id: int, actor: str, act: str, day: date, otherwise: int
) -> Delegated:  # fmt: skip
    """Up to how much somebody may do this by themselves on a day: by their grade, or `otherwise` where they never had one, or it
    has no limit for it. Whose grade has ended may do nothing alone of what the book limits for any grade."""
    grade, guard = await grade_on(connection, book_id, actor, day)
    if grade is None:
        had = in_force(await said_of(connection, book_id, grade_subject(actor)), day) is not None
        is_limited = had and await connection.fetchval(store.IS_LIMITED, book_id, act, day)
        return Delegated(0 if is_limited else otherwise, (guard,))
    subject = limit_subject(grade, act)
    said = await said_of(connection, book_id, subject)
    found = in_force(said, day)
    pence = otherwise if found is None else int(found.attributes["amount"])
    return Delegated(pence, (guard, Guard(subject, said[-1].number if said else 0)))


async def order_limit(connection: Connection, book_id: int, actor: str, days: Iterable[date]) -> Delegated:
    """Up to how much somebody orders by themselves on the lowest of these days, as `limit_of`, in one statement: it is read with
    every order of theirs."""
    about: dict[str, list[Said]] = {grade_subject(actor): []}
    for row in await connection.fetch(store.LIMITS_OF_ORDERS, book_id, grade_subject(actor)):
        given = json.loads(row["attributes"])
        about.setdefault(row["subject"], []).append(
            Said(row["number"], "limit", row["subject"], row["act"], None, given)
        )
    found, rests_on = MAX_PENCE, {grade_subject(actor)}
    for day in days:
        had = in_force(about[grade_subject(actor)], day)
        grade = None if had is None else had.attributes.get("grade")
        if grade is not None:
            rests_on.add(limit_subject(grade, "spend"))
            limit = in_force(about.get(limit_subject(grade, "spend"), []), day)
            found = min(found, MAX_PENCE if limit is None else int(limit.attributes["amount"]))
        elif had is not None and any(
            in_force(said, day) for name, said in about.items() if name != grade_subject(actor)
        ):
            found = 0
    guards = {name: about.get(name, []) for name in sorted(rests_on)}
    return Delegated(found, tuple(Guard(name, said[-1].number if said else 0) for name, said in guards.items()))


def delegated_by(said: Iterable[Said], actor: str, act: str, days: Iterable[date]) -> int | None:
    """What of an act was delegated to somebody's grade, by what was said of limits: the lowest of these days, None where it had no
    limit for it on any."""
    rows = list(said)
    found = []
    for day in days:
        grade = in_force([row for row in rows if row.subject == grade_subject(actor)], day)
        name = None if grade is None else grade.attributes.get("grade")
        subject = None if name is None else limit_subject(name, act)
        limit = None if subject is None else in_force([row for row in rows if row.subject == subject], day)
        found += [] if limit is None else [int(limit.attributes["amount"])]
    return min(found, default=None)


async def limits_said(connection: Connection, book_id: int, *, after: int, limit: int) -> list[Said]:
    """Everything that was said of grades and limits, in the order said, after an entry."""
    rows = await connection.fetch(store.LIMITS_SAID, book_id, after, limit)
    return [
        Said(row["number"], "limit", row["subject"], row["act"], None, json.loads(row["attributes"])) for row in rows
    ]
