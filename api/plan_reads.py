"""Plans, offers and contributions as they are read, over HTTP and at a terminal alike: each in one snapshot."""

from datetime import date
from typing import Any

from msgspec import Struct

from api import wire_offers as wire
from api.answers_plans import PlanOut, PlansOut, VersionsOut, plan_out
from api.problems import Problem
from api.setting_up import read_person
from ledger.book.books import BookRow
from ledger.book.lookups import read_detail
from ledger.book.snapshot import span
from ledger.budgets.drafts import Draft, draft_of
from ledger.budgets.offers import offer_of
from ledger.budgets.plans import PlanVersion
from ledger.budgets.reading import Setup, funds_of, said_of, said_of_person, setup_of
from ledger.budgets.standing import Said, read_rules, read_standing
from ledger.money import format_amount
from policies import planning
from policies.contributing import contributions_of

Connection = Any


class ContributionOut(Struct, frozen=True):
    """What a person gives towards one line: as agreed in its plan, received less what went back, what of that is ordered and used,
    and what of it is left. A chair has `term_end`, until when it has to serve."""

    line: str
    state: str
    fund: str
    agreed: str
    received: str
    held: str
    spent: str
    available: str
    term_end: date | None


class ContributionsOut(Struct, frozen=True):
    """A person's contributions, line by line."""

    through_entry: int
    currency: str
    contributions: list[ContributionOut]


async def draft_at(connection: Connection, book_id: int, number: int) -> Draft | None:
    """The draft of an entry; None when its words were erased."""
    content = await read_detail(connection, book_id, number)
    return None if content is None else draft_of(content)


async def read_plans(connection: Connection, row: BookRow, person: str) -> PlansOut:
    """Of each plan of a person the version that is signed, and the draft that waits. Problem(person_unknown)."""
    through, _ = await span(connection, row.book_id)
    setup = await read_person(connection, row.book_id, person)
    found = []
    for name in setup.plans:
        said = await said_of(connection, row.book_id, f"plan/{name}")
        signed, waiting = planning.signed_of(setup, name), setup.plans[name][-1]
        for version, act in setup.plans[name]:
            if version == signed or (version, act) == waiting:
                found.append(await _version(connection, row.book_id, setup, said, version, act, row.currency))
    return PlansOut(through, found)


async def read_versions(connection: Connection, row: BookRow, person: str, plan: str) -> tuple[VersionsOut, int]:
    """All versions of one plan, oldest first, and the entry that was its last. Problem(person_unknown, plan_not_found)."""
    through, _ = await span(connection, row.book_id)
    setup = await read_person(connection, row.book_id, person)
    if plan not in setup.plans:
        raise Problem("plan_not_found")
    said = await said_of(connection, row.book_id, f"plan/{plan}")
    found = [
        await _version(connection, row.book_id, setup, said, version, act, row.currency)
        for version, act in setup.plans[plan]
    ]
    return VersionsOut(through, plan, found), said[-1].number


async def _version(
    connection: Connection, book_id: int, setup: Setup, said: list[Said], plan: PlanVersion, state: str, currency: str
) -> PlanOut:  # fmt: skip
    """A version as it stands: the last word on it, the words of its draft, its lines of the register."""
    own = [row for row in said if row.attributes.get("version") == str(plan.version)]
    drafts = [row.number for row in own if row.act == "drafted"]
    draft = await draft_at(connection, book_id, drafts[-1]) if drafts else None
    lines = {name: found for name, found in setup.lines.items() if found[0].plan == plan.plan}
    return plan_out(plan, state, own[-1].number, draft, lines, currency)


async def read_offers(connection: Connection, row: BookRow, person: str) -> wire.OffersOut:
    """The offers to a person, oldest first, each with its newest answer. Problem(person_unknown)."""
    through, _ = await span(connection, row.book_id)
    await read_person(connection, row.book_id, person)
    said = await said_of_person(connection, row.book_id, person, ["offer"])
    newest = {
        each.subject: (each.number, offer_of(each.subject, each.attributes))
        for each in said if each.subject.startswith("offer/")
    }  # fmt: skip
    return wire.OffersOut(through, [
        wire.OfferOut(
            offer=found.offer, number=number, on=found.on, right=found.right, options=list(found.options),
            answer=found.answer, answered_on=found.answered_on, reason=found.reason,
        )
        for number, found in newest.values()
    ])  # fmt: skip


async def read_contributions(connection: Connection, row: BookRow, person: str) -> ContributionsOut:
    """What a person gives towards their lines. Problem(person_unknown)."""
    through, _ = await span(connection, row.book_id)
    await read_person(connection, row.book_id, person)
    standing = await read_standing(connection, row.book_id, person)
    funds = funds_of((await read_rules(connection, row.book_id)).funds)
    found = []
    for line, act in setup_of(standing.said).lines.values():
        for each in contributions_of(line, funds, standing.balances):
            found.append(ContributionOut(
                line.line, act, each.fund, format_amount(each.agreed), format_amount(each.received), format_amount(each.held),
                format_amount(each.spent), format_amount(each.available),
                line.term_end,
            ))  # fmt: skip
    return ContributionsOut(through, row.currency, found)
