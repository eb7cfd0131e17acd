"""Payees: who may be paid, registered by one person and approved by another."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_people as wire
from api.answers import EntryOut
from api.answers_budgets import SettledOut, settled_of
from api.answers_people import PayeeOut
from api.deciding import through_gate
from api.desk import WireRequest, answer
from api.open_books import salt, today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once, read_person
from api.wire import code_of
from api.wire_holding import HouseholdIn
from api.writing import first_entry, prepare
from ledger.book.lookups import read_detail
from ledger.budgets.payees import Payee, payee_of, payee_recorded
from ledger.budgets.reading import said_of, version_of
from ledger.budgets.standing import Said
from ledger.budgets.wording import content_of, detail_of
from ledger.core.model import Guard
from policies import registering

Connection = Any
PAYEES = "/v1/books/{book:str}/payees"
PAYEE = f"{PAYEES}/{{payee:str}}"


async def _said(connection: Connection, book_id: int, payee: str) -> list[Said]:
    """What was said of a payee as such; nothing of one person's bar."""
    return [row for row in await said_of(connection, book_id, payee) if row.kind == "payee"]


async def payee_said(connection: Connection, book_id: int, payee: str) -> list[Said]:
    """What was said of a payee that is there. Problem(payee_not_found)."""
    said = [] if "/" in payee else await _said(connection, book_id, payee)
    if not said:
        raise Problem("payee_not_found")
    return said


async def _guard(connection: Connection, book_id: int, payee: str) -> Guard:
    """As the payee stands. Payments to them move its version too, so it is not that of the last word on them."""
    return Guard(payee, await version_of(connection, book_id, payee))


@post(PAYEES, permission=Permission.REGISTER_PAYEES, operation_id="registerPayee", tags=["payees"])
async def register(
    request: WireRequest, book: FromPath[str], data: JSONBody[wire.PayeeIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Registers a payee under a code of yours, such as the supplier's number. Nothing is paid before somebody else
    approves it."""
    opened, key = await prepare(request, book)
    payee = Payee(payee=code_of(data.payee, "payee"), regulated=data.regulated, cqc=data.cqc,
                  direct_employee=data.direct_employee, profession=data.profession, indemnity=data.indemnity,
                  registered_until=data.registered_until, insured_until=data.insured_until,
                  route=None if data.route == "ours" else data.route)  # fmt: skip
    record = payee_recorded("registered", payee, detail=detail_of(salt(), {"name": data.name}))

    async def make(connection: Connection) -> Wish:
        if await _said(connection, opened.row.book_id, payee.payee):
            raise Problem("payee_exists")
        return Wish((record,), (Guard(payee.payee, 0),))

    return first_entry(await once(request, opened, key, "payees", make, is_dry=dry_run))


@get(PAYEE, permission=Permission.SEE_PAYEES, operation_id="readPayee", tags=["payees"])
async def payee(request: WireRequest, book: FromPath[str], payee: FromPath[str]) -> Response[PayeeOut]:
    """A payee, its name, and how it stands."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        said = await payee_said(connection, row.book_id, payee)
        registered = [each.number for each in said if each.act == "registered"]
        detail = await read_detail(connection, row.book_id, registered[0]) if registered else None
    found, state = payee_of(said[-1].subject, said[-1].attributes)
    name = None if detail is None else str(content_of(detail).get("name"))
    return answer(
        PayeeOut(
            found.payee,
            state,
            said[-1].number,
            name,
            found.regulated,
            found.cqc,
            found.direct_employee,
            found.route or "ours",
            found.profession,
            found.indemnity,
            found.registered_until,
            found.insured_until,
        )
    )


@post(f"{PAYEE}/approve", permission=Permission.APPROVE_PAYEES, operation_id="approvePayee", tags=["payees"])
async def approve(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[wire.ApprovalIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Approves a payee, when the rules allow it: by another than registered or barred it, or told that a payment came
    back. The first approval opens what is owed to it."""
    opened, key = await prepare(request, book)
    written, detail = await through_gate(
        request, opened, key, f"payees/{payee}/approve",
        lambda gate, sender, timeout: registering.approve_payee(
            gate, sender, timeout, payee=payee, effective_on=today(), approved=data.approved or 0
        ),
        is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@post(f"{PAYEE}/bar", permission=Permission.APPROVE_PAYEES, operation_id="barPayee", tags=["payees"])
async def bar(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[wire.PayeeBarIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Bars a payee for everybody until it is approved again, or for one person for good."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        said = await payee_said(connection, opened.row.book_id, payee)
        last = said[-1]
        found, _ = payee_of(last.subject, last.attributes)
        if data.person is None:
            if last.act == "barred":
                raise Problem("barred_already")
            guard = await _guard(connection, opened.row.book_id, payee)
            return Wish((payee_recorded("barred", found, because=last.number),), (guard,))
        setup = await read_person(connection, opened.row.book_id, data.person)
        if payee in setup.barred_payees:
            raise Problem("barred_already")
        barred = Payee(payee=found.payee, person=data.person)
        return Wish((payee_recorded("barred", barred, because=last.number),))

    return first_entry(await once(request, opened, key, f"payees/{payee}/bar", make, is_dry=dry_run))


@post(f"{PAYEE}/route", permission=Permission.REGISTER_PAYEES, operation_id="routePayee", tags=["payees"])
async def route(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[wire.PayeeRouteIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Says who pays a payee from now on. It is registered anew so, and somebody else approves it before it is paid."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        last = (await payee_said(connection, opened.row.book_id, payee))[-1]
        found, state = payee_of(last.subject, last.attributes)
        if (found.route or "ours") == data.route or state == "barred":
            raise Problem("route_unchanged" if state != "barred" else "payee_barred")
        changed = msgspec.structs.replace(found, route=data.route)
        guard = await _guard(connection, opened.row.book_id, payee)
        return Wish((payee_recorded("registered", changed, because=last.number),), (guard,))

    return first_entry(await once(request, opened, key, f"payees/{payee}/route", make, is_dry=dry_run))


@post(
    f"{PAYEE}/registration", permission=Permission.REGISTER_PAYEES, operation_id="correctRegistration", tags=["payees"]
)
async def registration(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[wire.PayeeRegistrationIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Says anew whether a payee gives regulated care and is registered for it, where that has changed or was wrong. Somebody else
    approves them then before they are paid."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        last = (await payee_said(connection, opened.row.book_id, payee))[-1]
        found, state = payee_of(last.subject, last.attributes)
        changed = msgspec.structs.replace(
            found,
            regulated=data.regulated,
            cqc=data.cqc,
            direct_employee=data.direct_employee,
            profession=data.profession,
            indemnity=data.indemnity,
            registered_until=data.registered_until,
            insured_until=data.insured_until,
        )
        if changed == found or state == "barred":
            raise Problem("registration_unchanged" if state != "barred" else "payee_barred")
        guard = await _guard(connection, opened.row.book_id, payee)
        return Wish((payee_recorded("registered", changed, because=last.number),), (guard,))

    return first_entry(await once(request, opened, key, f"payees/{payee}/registration", make, is_dry=dry_run))


@post(f"{PAYEE}/household", permission=Permission.REGISTER_PAYEES, operation_id="sayHousehold", tags=["payees"])
async def household(
    request: WireRequest, book: FromPath[str], payee: FromPath[str], data: JSONBody[HouseholdIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Says that a payee is family or a friend of a person and lives with them, so that a direct payment may only go to them where
    the plan says so (SI 2013/1617 reg 8(5A)); or that they do not."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        found, _ = payee_of(payee, (await payee_said(connection, opened.row.book_id, payee))[-1].attributes)
        await read_person(connection, opened.row.book_id, data.person)
        act = "connected" if data.connected else "not_connected"
        return Wish((payee_recorded(act, Payee(payee=found.payee, person=data.person)),))

    return first_entry(await once(request, opened, key, f"payees/{payee}/household", make, is_dry=dry_run))


HANDLERS = [register, payee, approve, bar, route, registration, household]
