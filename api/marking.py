"""Marks of people and payees, and their days away: what is sent is hashed under a key and not kept."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import Meta, Struct, field

from api.answers import EntryOut
from api.answers_budgets import SettledOut, settled_of
from api.desk import Arrived, WireRequest, answer
from api.open_books import OpenBook, today
from api.payees import PAYEE, payee_said
from api.people import PERSON
from api.permissions import Permission
from api.setting_up import Wish, once, read_person
from api.writing import Written, first_entry, prepare
from ledger.book.keys import name_lookup
from ledger.budgets.marks import Away, Marks, away_recorded, marks_noted, plain_bank, plain_phone, plain_place
from ledger.budgets.payees import payee_of, payee_recorded
from ledger.budgets.reading import said_of, version_of
from ledger.core.model import Guard, Malformed
from ledger.core.requests import AnyRequest

Connection = Any
TAGS = ["marks"]
Line = Annotated[str, Meta(max_length=200, description="Hashed under a key, and not kept.")]


class MarksIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A bank account, an address, a telephone number, or some of these. Only a keyed hash of each is kept, by which the same one is
    known again. `on` is since when it is theirs, as far as anybody knows; today if left out."""

    sort_code: Line | None = None
    account_number: Line | None = None
    address: Line | None = None
    telephone: Line | None = None
    on: date | None = None


class HospitalIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days in hospital, both counted, and never why. Said again with the same first day it is put right, or taken back."""

    start: date = field(name="from")
    end: date = field(name="to")
    withdrawn: bool = False


class AbsenceIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Days, both counted, on which whoever is paid was absent or employed elsewhere. Said again with the same first day it is put
    right; `withdrawn`, it was not so."""

    start: date = field(name="from")
    end: date = field(name="to")
    ground: Literal["absent", "employed_elsewhere"]
    withdrawn: bool = False


def mark_of(request: Arrived, book: OpenBook, name: str, plain: str) -> str:
    """The keyed hash that stands for something in a book, 32 hexadecimal digits."""
    return name_lookup(request.desk.books.keys.lookup, book.row.code, f"{name}|{plain}").hex()


def bank_mark(request: Arrived, book: OpenBook, sort_code: str | None, account_number: str | None) -> str | None:
    """The mark of a bank account, None where none is named. Malformed(bank_malformed) for half of one."""
    if sort_code is None and account_number is None:
        return None
    return mark_of(request, book, "bank", plain_bank(sort_code or "", account_number or ""))


def _marks(request: Arrived, book: OpenBook, data: MarksIn, *, person: str | None, payee: str | None) -> Marks:
    return Marks(
        person=person, payee=payee, bank=bank_mark(request, book, data.sort_code, data.account_number),
        place=None if data.address is None else mark_of(request, book, "place", plain_place(data.address)),
        phone=None if data.telephone is None else mark_of(request, book, "phone", plain_phone(data.telephone)),
    )  # fmt: skip


def _settled(written: Written) -> Response[SettledOut]:
    return answer(settled_of(written, None), written.status, written.headers)


@post(f"{PERSON}/marks", permission=Permission.KEEP_PEOPLE, operation_id="notePersonMarks", tags=TAGS)
async def of_person(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[MarksIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Notes a bank account, an address or a telephone of the person, or of somebody who acts for them, besides those noted."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        marks = _marks(request, opened, data, person=person, payee=None)
        return Wish((marks_noted(marks, on=data.on or today()),))

    return first_entry(await once(request, opened, key, f"people/{person}/marks", make, is_dry=dry_run))


@post(f"{PAYEE}/marks", permission=Permission.REGISTER_PAYEES, operation_id="notePayeeMarks", tags=TAGS)
async def of_payee(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[MarksIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Notes a bank account, an address or a telephone of a payee. An approved payee whose bank account is another than before is
    registered anew, so that somebody else approves them before they are paid."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        book_id = opened.row.book_id
        last = (await payee_said(connection, book_id, payee))[-1]
        marks = _marks(request, opened, data, person=None, payee=payee)
        before = [
            row.attributes["bank"]
            for row in await said_of(connection, book_id, marks.subject)
            if "bank" in row.attributes
        ]
        made: list[AnyRequest] = [marks_noted(marks, on=data.on or today())]
        found, state = payee_of(last.subject, last.attributes)
        if state == "approved" and marks.bank is not None and before and before[-1] != marks.bank:
            made.append(payee_recorded("registered", found, because=last.number))
        guards = (
            Guard(payee, await version_of(connection, book_id, payee)),
            Guard(marks.subject, await version_of(connection, book_id, marks.subject)),
        )
        return Wish(tuple(made), guards)

    return _settled(await once(request, opened, key, f"payees/{payee}/marks", make, is_dry=dry_run))


def _away(*, start: date, end: date, ground: str, person: str | None = None, payee: str | None = None) -> Away:
    if end < start:
        raise Malformed("dates_malformed", "to")
    return Away(start=start, end=end, ground=ground, person=person, payee=payee)


@post(f"{PERSON}/away", permission=Permission.KEEP_PEOPLE, operation_id="noteHospitalStay", tags=TAGS)
async def hospital(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[HospitalIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Notes the days of a stay in hospital."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        away = _away(start=data.start, end=data.end, ground="hospital", person=person)
        return Wish((away_recorded(away, act="away_withdrawn" if data.withdrawn else "away_noted"),))

    return first_entry(await once(request, opened, key, f"people/{person}/away", make, is_dry=dry_run))


@post(f"{PAYEE}/away", permission=Permission.REGISTER_PAYEES, operation_id="noteAbsence", tags=TAGS)
async def absence(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[AbsenceIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Notes the days on which an assistant was absent or employed elsewhere."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await payee_said(connection, opened.row.book_id, payee)
        away = _away(start=data.start, end=data.end, ground=data.ground, payee=payee)
        return Wish((away_recorded(away, act="away_withdrawn" if data.withdrawn else "away_noted"),))

    return first_entry(await once(request, opened, key, f"payees/{payee}/away", make, is_dry=dry_run))


HANDLERS = [of_person, of_payee, hospital, absence]
