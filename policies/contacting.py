"""Whom a book names for help, from a day on: the commissioner's own people, kept in the book and shown with each explanation.

A set is stated whole: a role that it leaves out is the default's again. Its names are an erasable detail; the log has the day and
the roles.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.book.lookups import read_detail
from ledger.budgets.delegated import in_force
from ledger.budgets.reading import Setup, said_of, setup_of
from ledger.budgets.standing import read_standing
from ledger.budgets.wording import attributes, content_of, detail_of
from ledger.core.model import Malformed
from ledger.core.requests import Record
from policies.wording import ROLES, Contact, Role, Wording

Connection = Any
SUBJECT = "contacts/book"
LONGEST = 200


class ContactsHeld(msgspec.Struct, frozen=True):
    """Whom people are sent to on a day, by every role; and the entry by which the book set its own, 0 where none did, and since
    when."""

    number: int
    since: date | None
    contacts: dict[Role, Contact]


def contacts_set(contacts: dict[Role, tuple[str, str]], *, since: date, salt: bytes) -> Record:
    """Names and ways to reach them by role, from a day on. Malformed(contacts_malformed) where one is blank or too long, or there
    is none."""
    if not contacts or not contacts.keys() <= set(ROLES):
        raise Malformed("contacts_malformed", "contacts")
    for texts in contacts.values():
        if any(not text.strip() or len(text) > LONGEST for text in texts):
            raise Malformed("contacts_malformed", "contacts")
    given = attributes("contacts_set", from_=since, role=tuple(role for role in ROLES if role in contacts))
    said = {str(role): {"name": name.strip(), "how": how.strip()} for role, (name, how) in contacts.items()}
    return Record(kind="setting", subject=SUBJECT, attributes=given, detail=detail_of(salt, said))


async def coordinator_of(connection: Connection, book_id: int, person: str, line: str | None, day: date) -> str:
    """The reference of the care co-ordinator whom the person's signed plan names on a day: that of a line, or of the last where the
    line is None; empty where there is none."""
    return coordinator_in(setup_of((await read_standing(connection, book_id, person)).said), line, day)


def coordinator_in(setup: Setup, line: str | None, day: date) -> str:
    """The same, of a budget that was read before."""
    known = [found for found, _ in setup.lines.values() if line is None or found.line == line]
    plans = [setup.plan_on(found, day) for found in known]
    named = [plan[0].coordinator for plan in plans if plan is not None and plan[1] != "drafted" and plan[0].coordinator]
    return named[-1] if named else ""


async def contacts_held(connection: Connection, book_id: int, code: str, day: date, texts: Wording) -> ContactsHeld:
    """What the book (its id and code) says on a day: the newest day that has come decides, and of one day the last entry. A role
    that it leaves out, or whose contact was erased, is the default's, of `texts`. Role phb_reader."""
    default = texts.contacts_on(code, day)
    found = in_force(await said_of(connection, book_id, SUBJECT), day)
    if found is None:
        return ContactsHeld(0, None, default)
    detail = await read_detail(connection, book_id, found.number)
    named = {} if detail is None else msgspec.convert(content_of(detail), dict[Role, dict[str, str]])
    return ContactsHeld(
        found.number, date.fromisoformat(found.attributes["from"]),
        default | {role: Contact(said["name"], said["how"], placeholder=False) for role, said in named.items()},
    )  # fmt: skip
