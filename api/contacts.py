"""Whom people can ask for help: the contacts of a book, set by the commissioner from a day on and shown with explanations."""

from datetime import date

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Struct, field

from api.answers import EntryOut
from api.desk import WireRequest, answer
from api.explaining import wording
from api.open_books import salt, today
from api.permissions import Permission
from api.wire_contacts import ContactsIn
from api.writing import first_entry, prepare, write
from ledger.core.requests import Record
from policies.contacting import contacts_held, contacts_set
from policies.wording import ROLES

CONTACTS = "/v1/books/{book:str}/contacts"


class ContactOut(Struct, frozen=True):
    """Whom a role names. A `placeholder` is one that nobody has filled in."""

    role: str
    name: str
    how: str
    placeholder: bool


class ContactsOut(Struct, frozen=True, kw_only=True):
    """Whom people are sent to on a day; `number` is the entry that set them, null where all are defaults."""

    book: str
    on: date
    number: int | None
    contacts: list[ContactOut]
    start: date | None = field(name="from")


def record_of(sent: ContactsIn) -> Record:
    """The entry of a set as it was sent. Malformed(contacts_malformed)."""
    named = {role: (each.name, each.how) for role, each in sent.contacts.items()}
    return contacts_set(named, since=sent.start, salt=salt())


@post(CONTACTS, permission=Permission.SET_CONTACTS, operation_id="setContacts", tags=["explaining"])
async def set_contacts(
    request: WireRequest, book: FromPath[str], data: JSONBody[ContactsIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Sets whom explanations name, from a day on. Names are kept in an erasable detail."""
    opened, key = await prepare(request, book)
    return first_entry(await write(request, opened, key, "contacts", (record_of(data),), is_dry=dry_run))


@get(CONTACTS, permission=Permission.SEE_BUDGETS, operation_id="readContacts", tags=["explaining"])
async def contacts(
    request: WireRequest, book: FromPath[str], on: FromQuery[date | None] = None
) -> Response[ContactsOut]:
    """Whom people are sent to on a day, today if left out."""
    row, day = await request.book(book), on or today()
    async with request.desk.books.reading(row) as connection:
        held = await contacts_held(connection, row.book_id, row.code, day, wording())
    named = held.contacts
    made = [ContactOut(role, named[role].name, named[role].how, named[role].placeholder) for role in ROLES]
    return answer(ContactsOut(book=row.code, on=day, number=held.number or None, contacts=made, start=held.since))


HANDLERS = [set_contacts, contacts]
