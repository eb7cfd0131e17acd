"""People: registered, known to the book by reference alone, with who may act for them and where they are paid."""

import hmac
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_people as wire
from api.access import Purpose
from api.answers import EntryOut, GroupOut
from api.answers_people import IdentityOut, PersonOut, person_of
from api.deciding import check_open_to, look_at
from api.desk import WireRequest, answer
from api.idempotency import stored_key
from api.open_books import OpenBook, salt, today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, first_outcome, once, read_person
from api.wire import code_of
from api.writing import Written, first_entry, made_of, prepare, write
from ledger.book.database import READING, connect
from ledger.book.lookups import read_detail
from ledger.book.snapshot import snapshot, span
from ledger.budgets import people as kept
from ledger.budgets.identity import (
    Identity,
    IdentityDiffers,
    PersonKnown,
    keep_identity,
    read_identity,
)
from ledger.budgets.reading import said_of, version_of
from ledger.core.model import Detail, Guard

Connection = Any
PEOPLE = "/v1/books/{book:str}/people"
PERSON = f"{PEOPLE}/{{person:str}}"
WAITING = {**READING, "lock_timeout": "5s", "idle_in_transaction_session_timeout": "60s"}
"""For the registrar, whose unit of work is open while the book is written: longer than any request may take."""


def _groups(sent: list[wire.GroupIn]) -> Detail:
    found = [kept.Group(group.name, code_of(group.value, "groups"), group.since) for group in sent]
    return kept.groups_detail(salt(), found)


def _check_has_come(on: date | None) -> None:
    if on is not None and on > today():
        raise Problem("dates_malformed", field="on")


@post(PEOPLE, permission=Permission.KEEP_PEOPLE, operation_id="registerPerson", tags=["people"])
async def register(
    request: WireRequest, book: FromPath[str], data: JSONBody[wire.PersonIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Registers a person. The same NHS number twice is 409, and does not tell whose it is."""
    opened, key = await prepare(request, book)
    # Made from the key, so that a repeated request is about the same person even if the first one was cut off.
    secret = request.desk.books.keys.lookup
    made = hmac.new(secret, b"person|" + stored_key(secret, opened.row.code, request.caller, key), sha256).digest()
    person = kept.person_ref(made[:16])
    asked = kept.person_recorded("registered", person=person, detail=_groups(data.groups))
    if data.identity is None:
        return first_entry(await write(request, opened, key, "people", (asked,), is_dry=dry_run))
    identity = Identity(data.identity.name, data.identity.nhs_number)
    # Not even a keyed fingerprint of who they are goes into the book.
    request.fields = request.fields | {"identity": True}
    first = await first_outcome(request, opened, key, "people")
    if first is not None and first.outcome.erased:
        return first_entry(first)
    return first_entry(await _registered(request, opened, key, person, identity, asked, is_dry=dry_run))


async def _registered(
    request: WireRequest, book: OpenBook, key: str, person: str, identity: Identity, asked: Any, *, is_dry: bool
) -> Written:  # fmt: skip
    """The identity is kept in a unit of work that is committed after the book has been written. Cut off in between, the
    person is registered and nobody yet: the same request again completes it. What the book refuses keeps no identity."""
    secret, url, book_id = request.desk.books.keys.lookup, request.desk.settings.database_url, book.row.book_id
    connection = await connect(url, "phb_registrar", book_id, WAITING)
    try:
        work = connection.transaction()
        await work.start()
        try:
            await keep_identity(connection, book_id, person, identity, secret)
        except IdentityDiffers:
            raise Problem("idempotency_key_reused", fields=["identity"]) from None
        except PersonKnown:
            raise Problem("person_known") from None
        written = await write(request, book, key, "people", (asked,), is_dry=is_dry)
        [entry] = written.outcome.entries
        # What was erased is not brought back by an old request, and a key from before a new secret is another's.
        if not written.is_dry and not written.outcome.erased and entry.subject == f"person/{person}":
            await work.commit()
        return written
    finally:
        # Closing gives up whatever was not committed.
        await connection.close()


@get(PERSON, permission=Permission.SEE_PEOPLE, operation_id="readPerson", tags=["people"])
async def person(request: WireRequest, book: FromPath[str], person: FromPath[str]) -> Response[PersonOut]:
    """A person's groups, what happened to them, and who may act for them; never who they are."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        through, _ = await span(connection, row.book_id)
        setup = await read_person(connection, row.book_id, person)
        await check_open_to(request, connection, person, setup)
        said_here = await said_of(connection, row.book_id, f"person/{person}")
        # Decisions about all of a budget are about the person too, and stand among the decisions.
        events = [said for said in said_here if said.kind == "person"]
        groups: dict[tuple[str, str], kept.Group] = {}
        for said in events:
            if said.act in ("registered", "groups_changed"):
                detail = await read_detail(connection, row.book_id, said.number)
                for group in kept.groups_of(detail) if detail is not None else ():
                    groups[group.name, group.since.isoformat()] = group
    return answer(person_of(row.code, person, through, events, setup, [groups[each] for each in sorted(groups)]))


@get(f"{PERSON}/identity", permission=Permission.SEE_IDENTITY, operation_id="readIdentity", tags=["people"])
async def identity(
    request: WireRequest, book: FromPath[str], person: FromPath[str], purpose: Purpose = None
) -> Response[IdentityOut]:  # fmt: skip
    """Who a person is, when the rules let the caller see it. Who asked, when, and what for is written down before it is answered; a
    no is a decision that is kept."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        await read_person(connection, row.book_id, person)
        await look_at(request, row, connection, person, "read_identity", purpose=purpose)
    registrar = await connect(request.desk.settings.database_url, "phb_registrar", row.book_id, READING)
    try:
        found = await read_identity(registrar, row.book_id, person)
    finally:
        await registrar.close()
    if found is None:
        raise Problem("identity_not_found")
    return answer(IdentityOut(person, found.name, found.nhs_number), headers={"Cache-Control": "no-store"})


@post(f"{PERSON}/events", permission=Permission.KEEP_PEOPLE, operation_id="recordPersonEvent", tags=["people"])
async def event(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.PersonEventIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Consent, capacity, death, or a change of groups, with the day on which it happened, which has come. Only a group may begin
    on a day to come."""
    opened, key = await prepare(request, book)
    changes = data.act == "groups_changed"
    if changes is not bool(data.groups):
        raise Problem("groups_misplaced", field="groups")
    if not changes and data.on is None:
        raise Problem("event_day_missing", field="on")
    _check_has_come(data.on)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        detail = _groups(data.groups) if changes else None
        return Wish((kept.person_recorded(data.act, person=person, on=data.on, detail=detail),))

    return first_entry(await once(request, opened, key, f"people/{person}/events", make, is_dry=dry_run))


@post(f"{PERSON}/restriction", permission=Permission.KEEP_PEOPLE, operation_id="restrictRecord", tags=["people"])
async def restrict(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.RestrictionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Keeps a person's record for staff who are named, where one of the team is close to them or to keep them safe; or lifts that.
    Once restricted it is changed by one of those who are named, and by another than said it last; or, so that none is closed for
    ever, by anybody of the team once another has questioned it."""
    opened, key = await prepare(request, book)
    _check_has_come(data.on)

    async def make(connection: Connection) -> Wish:
        setup = await read_person(connection, opened.row.book_id, person)
        said = await said_of(connection, opened.row.book_id, f"person/{person}")
        last = next((row for row in reversed(said) if row.act in ("restricted", "restriction_lifted")), None)
        is_restricted = last is not None and last.act == "restricted"
        questioned = [row.number for row in said if row.act == "restriction_questioned"]
        asked = [number for number in questioned if last is not None and number > last.number]
        if asked or data.act == "restriction_questioned":
            # Two people then look at it, whomever it names; who acts for the person is neither of them.
            setup = msgspec.structs.replace(setup, restricted_to=None)
        await check_open_to(request, connection, person, setup)
        if data.act != "restricted" and not is_restricted:
            raise Problem("not_restricted")
        record = kept.restriction_recorded(
            data.act, person=person, on=data.on, reason=data.reason,
            staff=[code_of(each, "staff") for each in data.staff], because=last.number if last is not None else 0,
        )  # fmt: skip
        changes = last is not None and is_restricted and data.act != "restriction_questioned"
        others = (asked[0] if asked else last.number,) if last is not None and changes else ()
        version = await version_of(connection, opened.row.book_id, f"person/{person}")
        return Wish((record,), (Guard(f"person/{person}", version),), others)

    return first_entry(await once(request, opened, key, f"people/{person}/restriction", make, is_dry=dry_run))


@post(f"{PERSON}/delegations", permission=Permission.KEEP_PEOPLE, operation_id="grantDelegation", tags=["people"])
async def delegate(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.DelegationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Lets somebody see, ask or spend for the person, from a day on; who holds the money is named with `/holders`. The answer's
    subject names the delegation."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        given = kept.Delegation(
            delegation=kept.opaque_ref("D", salt()), person=person, holder=code_of(data.holder, "holder"), scope=data.scope,
            start=data.start, end=data.end,
        )  # fmt: skip
        return Wish((kept.delegation_recorded("granted", given),))

    return first_entry(await once(request, opened, key, f"people/{person}/delegations", make, is_dry=dry_run))


@post(
    f"{PERSON}/delegations/{{delegation:str}}/revoke", permission=Permission.KEEP_PEOPLE,
    operation_id="revokeDelegation", tags=["people"],
)  # fmt: skip
async def revoke(
    request: WireRequest, book: FromPath[str], person: FromPath[str], delegation: FromPath[str],
    data: JSONBody[wire.RevocationIn], dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Ends a delegation at once."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        said = await said_of(connection, opened.row.book_id, f"delegation/{delegation}")
        if not said or said[-1].attributes.get("person") != person:
            raise Problem("delegation_not_found")
        last = said[-1]
        if last.act == "revoked":
            raise Problem("delegation_revoked")
        given = kept.delegation_of(last.subject, last.attributes)
        record = kept.delegation_recorded("revoked", given, because=last.number)
        return Wish((record,), (Guard(last.subject, last.number),))

    route = f"people/{person}/delegations/{delegation}/revoke"
    return first_entry(await once(request, opened, key, route, make, is_dry=dry_run))


@post(
    f"{PERSON}/holder-accounts", permission=Permission.KEEP_PEOPLE, operation_id="registerHolderAccount",
    tags=["people"],
)  # fmt: skip
async def register_account(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.HolderAccountIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Registers a bank account for direct payments. Nothing is paid into it before two others approve it."""
    opened, key = await prepare(request, book)
    for name, text in (("sort_code", data.sort_code), ("account_number", data.account_number)):
        if not (text.isascii() and text.isdigit()):
            raise Problem("field_malformed", field=name)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        return Wish(kept.holder_account_recorded(
            "registered", holder_account=kept.opaque_ref("H", salt()), person=person,
            detail=kept.bank_detail(salt(), sort_code=data.sort_code, account_number=data.account_number,
                                    account_name=data.account_name),
            held_by=data.held_by, auditable=data.auditable,
        ))  # fmt: skip

    return first_entry(await once(request, opened, key, f"people/{person}/holder-accounts", make, is_dry=dry_run))


@post(
    f"{PERSON}/holder-accounts/{{account:str}}/bar", permission=Permission.APPROVE_PAYEES,
    operation_id="barHolderAccount", tags=["people"],
)  # fmt: skip
async def bar_account(
    request: WireRequest, book: FromPath[str], person: FromPath[str], account: FromPath[str],
    data: JSONBody[wire.BarIn], dry_run: FromQuery[bool] = False,
) -> Response[GroupOut]:  # fmt: skip
    """Bars a holder's account: instalments are denied until it is approved again."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        said = await said_of(connection, opened.row.book_id, f"holder_account/{account}")
        if not said or said[-1].attributes.get("person") != person:
            raise Problem("holder_account_not_found")
        last = said[-1]
        if last.act == "barred":
            raise Problem("barred_already")
        barred = kept.holder_account_said("barred", holder_account=account, person=person, because=last.number)
        return Wish((barred,), (Guard(last.subject, last.number),))

    route = f"people/{person}/holder-accounts/{account}/barred"
    written = await once(request, opened, key, route, make, is_dry=dry_run)
    return answer(GroupOut(made_of(written)), written.status, written.headers)


HANDLERS = [
    register, person, identity, event, restrict, delegate, revoke, register_account, bar_account,
]  # fmt: skip
