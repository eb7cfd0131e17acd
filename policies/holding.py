"""Who holds a direct payment, and the account it goes into: named and approved through the rules (SI 2013/1617 reg 3 to 7, 10).

An account is approved by two people besides whoever registered it. One that takes the place of another waits some days before
money goes into it by itself: a change of bank is the usual way to lead a payment astray.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.budgets.people import (
    HOLDER_ACCOUNT_ACTS,
    Delegation,
    delegation_recorded,
    holder_account_recorded,
    holder_account_said,
)
from ledger.budgets.reading import Setup, said_of, setup_of
from ledger.budgets.standing import Said, Standing, read_standing
from ledger.budgets.wording import answer_of
from ledger.core.model import Detail, Guard
from policies.consenting import sixteen_from
from policies.facts_holding import Holding
from policies.gate import Decided, Gate, Sender
from policies.judging import Case, judge
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any
APPROVALS = ("approved_once", "approved")
HARMLESS = Holding(
    act="approve_account", is_person=False, is_nominee=False, under_sixteen=False, lacks_capacity=False, lost_for_a_time=False,
    has_authority=True, nominee_agreed=True, commissioner_agreed=True, certificate_needed=False, certificate_asked_for=False,
    of_carer_alone=False, account_auditable=True, judgement_made=True, principal_agreed=True,
)  # fmt: skip
"""Facts that no rule objects to."""


class Nomination(msgspec.Struct, frozen=True, kw_only=True):
    """What is on paper about a nominee: the days on which they and the commissioner agreed, whether they are exempt from a
    criminal record certificate (reg 7(8)), the day on which they applied for one, and the day on which it was said that capacity
    is lost for a time only."""

    agreed_on: date | None = None
    commissioner_agreed_on: date | None = None
    certificate_exempt: bool = False
    certificate_asked_on: date | None = None
    lost_for_a_time_on: date | None = None


REGARD = ("condition", "life", "value")
"""What the commissioner has regard to (reg 3(2), 4(2), 5(2)): whether a direct payment suits the condition, what it does to the
person's life, and value for money, which is one of three and no cap."""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What is on record of somebody who holds the money for another: which of REGARD were weighed, with the commissioner's reasons
    as a detail, and the day on which they agreed to make the contracts themselves, in the person's best interests."""

    regarded: frozenset[str] = frozenset()
    reasons: Detail | None = None
    principal_on: date | None = None


async def name_holder(
    gate: Gate, sender: Sender, timeout_seconds: float, *, holder: Delegation, nomination: Nomination | None, effective_on: date,
    approved: int = 0, taken: Taken | None = None,
) -> Decided:  # fmt: skip
    """Lets somebody manage a person's money from a day on, when the rules allow it: a delegation of the scope `holder` with its
    role. `nomination` is of a nominee, `taken` of whoever is not the person. NotThere(person_unknown)."""

    async def look(connection: Connection) -> Case:
        standing, setup = await _person(connection, gate.book_id, holder.person)
        paper = nomination or Nomination()
        is_nominee = holder.role == "nominee"
        asked = _is_by(paper.certificate_asked_on, effective_on)
        on_record, is_person = taken or Taken(), holder.role == "person"
        sheet = msgspec.structs.replace(
            HARMLESS, act="name_holder", is_person=is_person, is_nominee=is_nominee,
            under_sixteen=_under_sixteen(standing, effective_on), lacks_capacity=not setup.has_capacity,
            lost_for_a_time=_is_by(paper.lost_for_a_time_on, effective_on),
            has_authority=holder.role != "representative" or holder.authority is not None,
            nominee_agreed=not is_nominee or _is_by(paper.agreed_on, effective_on),
            commissioner_agreed=not is_nominee or _is_by(paper.commissioner_agreed_on, effective_on),
            certificate_needed=is_nominee and not paper.certificate_exempt, certificate_asked_for=asked,
            judgement_made=is_person or (on_record.regarded == set(REGARD) and on_record.reasons is not None),
            principal_agreed=is_person or _is_by(on_record.principal_on, effective_on),
        )  # fmt: skip
        stated = {"holder": holder.holder, "role": holder.role or "person"}
        stated |= {f"regarded.{place:02d}": each for place, each in enumerate(sorted(on_record.regarded), 1)}
        if on_record.principal_on is not None:
            stated["principal_on"] = on_record.principal_on.isoformat()
        return Case(
            sheet=sheet, act="name_holder", person=holder.person, amount=0, effective_on=effective_on,
            requests=(delegation_recorded("granted", holder, because=-1, detail=on_record.reasons),), approved=approved,
            stated=stated,
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=holder.person)


async def approve_account(
    gate: Gate, sender: Sender, timeout_seconds: float, *, person: str, holder_account: str, effective_on: date
) -> Decided:  # fmt: skip
    """Approves a holder's account, when the rules allow it: once by each of two people, neither of whom registered or barred it or
    told that a payment into it came back. NotThere(person_unknown); NotSettled(holder_account_not_found, approved_already)."""

    async def look(connection: Connection) -> Case:
        standing, setup = await _person(connection, gate.book_id, person)
        said = await said_of(connection, gate.book_id, f"holder_account/{holder_account}")
        if not said or said[-1].attributes.get("person") != person:
            raise NotSettled("holder_account_not_found")
        last = said[-1]
        if last.act == "approved":
            raise NotSettled("approved_already")
        held_by = setup.held_by.get(holder_account)
        sheet = msgspec.structs.replace(
            HARMLESS, is_person=held_by == "person", under_sixteen=_under_sixteen(standing, effective_on),
            of_carer_alone=held_by == "carer",
            account_auditable=next(
                (answer for row in reversed(said) if (answer := answer_of(row.attributes, "auditable")) is not None), True
            ),
        )  # fmt: skip
        # Whoever ever put it into question, and whoever has approved it since: the approvals before that are of another time.
        since = _questioned_at(said)
        others = tuple(row.number for place, row in enumerate(said) if place >= since or row.act not in APPROVALS)
        waits = gate.limits_on(effective_on).account_waiting_days
        stated: dict[str, Any] = {
            "holder_account": holder_account, "person": person, "because": -1,
            "usable_from": effective_on + timedelta(days=waits) if _takes_the_place(setup, said) else None,
        }  # fmt: skip
        if last.act != "approved_once":
            requests: Sequence[Any] = (holder_account_said("approved_once", **{**stated, "usable_from": None}),)
        elif any(row.act == "approved" for row in said):
            requests = (holder_account_said("approved", **stated),)
        else:
            requests = holder_account_recorded("approved", **stated)
        return Case(
            sheet=sheet, act="approve_account", person=person, amount=0, effective_on=effective_on, requests=tuple(requests),
            guards=(Guard(last.subject, last.number),), other_than=others, because=last.number,
            stated={"holder_account": holder_account, "approval": "second" if last.act == "approved_once" else "first"},
        )  # fmt: skip

    return await judge(gate, sender, timeout_seconds, look, person=person)


def _questioned_at(said: Sequence[Said]) -> int:
    """The place of the last row that put an account into question: it was registered, barred, or a payment came back."""
    return max(place for place, row in enumerate(said) if row.act not in APPROVALS)


def _takes_the_place(setup: Setup, said: Sequence[Said]) -> bool:
    """Whether an account that was never approved is to follow another one that is, or was, approved."""
    own = said[-1].subject.rpartition("/")[2]
    others = [act for account, act in setup.holder_accounts.items() if account != own]
    return all(row.act != "approved" for row in said) and any(
        HOLDER_ACCOUNT_ACTS.index(act) >= HOLDER_ACCOUNT_ACTS.index("approved") for act in others
    )


def _under_sixteen(standing: Standing, day: date) -> bool:
    since = sixteen_from(standing)
    return since is not None and day < since


def _is_by(day: date | None, by: date) -> bool:
    return day is not None and day <= by


async def _person(connection: Connection, book_id: int, person: str) -> tuple[Standing, Setup]:
    standing = await read_standing(connection, book_id, person)
    setup = setup_of(standing.said)
    if not setup.registered:
        raise NotThere("person_unknown")
    return standing, setup
