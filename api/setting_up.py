"""What the routes that set budgets up share: a repeated request is answered before anything else is looked at, and what a
request needs is read only for a new one."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from api.deciding import check_open_to, is_of_finance, look_of, soft_closed
from api.desk import Arrived
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.open_books import OpenBook
from api.problems import Problem
from api.writing import Written, refused, write
from ledger.book.append import known, replay
from ledger.book.snapshot import snapshot
from ledger.budgets.foreseen import foreseen
from ledger.budgets.people import is_person_ref
from ledger.budgets.reading import Setup, setup_of
from ledger.budgets.soft_closes import SoftClosed, check_soft, days_posted, period_guard, read_soft
from ledger.budgets.standing import read_standing
from ledger.core.model import Guard
from ledger.core.requests import AnyRequest

Connection = Any


class Wish(NamedTuple):
    """What is submitted: the requests of one group, what they rest on, and whose entries somebody else must have made."""

    requests: tuple[AnyRequest, ...]
    guards: tuple[Guard, ...] = ()
    other_than: tuple[int, ...] = ()


async def once(
    request: Arrived, book: OpenBook, key: str, route: str, make: Callable[[Connection], Awaitable[Wish]], *,
    is_dry: bool = False, of_lines: bool = False,
) -> Written:  # fmt: skip
    """Write what `make` wishes for, from a connection of the reader; under a key that is known, its first outcome comes
    again and `make` is not asked: how things stand now has nothing to say about it."""
    look, secret = look_of(request), request.desk.books.keys.requests
    stored, book_id = stored_key(secret, book.row.code, request.caller, key), book.row.book_id
    person = "" if look is None else look.person
    async with request.desk.books.reading(book.row) as connection, snapshot(connection):
        # Whether the key is known and whether the record is open to them are of the moment of all else.
        act = await foreseen(connection, book_id, person, stored)
        if person:
            await check_open_to(request, act, person, setup_of((await read_standing(act, book_id, person)).said))
        if not act.is_known:
            wish = await make(act)
            guards = await _months_open(request, act, book_id, wish)
    if act.is_known:
        first = await first_outcome(request, book, key, route)
        assert first is not None
        return first
    return await write(
        request, book, key, route, wish.requests, is_dry=is_dry, guards=(*wish.guards, *guards), other_than=wish.other_than,
        of_lines=of_lines,
    )  # fmt: skip


async def _months_open(request: Arrived, connection: Connection, book_id: int, wish: Wish) -> tuple[Guard, ...]:
    """The guards of the months that others than finance post in. Problem(period_soft_closed)."""
    days = set() if is_of_finance(request) else days_posted(wish.requests)
    if not days:
        return ()
    periods = await read_soft(connection, book_id)
    try:
        check_soft(periods, days)
    except SoftClosed as no:
        raise soft_closed(no) from None
    return tuple(dict.fromkeys(period_guard(periods, day) for day in sorted(days)))


async def first_outcome(request: Arrived, book: OpenBook, key: str, route: str) -> Written | None:
    """What a key that is known had as its answer; raises its refusal, or the Problem of another request."""
    secret, fields = request.desk.books.keys.requests, canonical(route, request.fields)
    stored, book_id = stored_key(secret, book.row.code, request.caller, key), book.row.book_id
    async with request.desk.books.reading(book.row) as connection:
        rows = await known(connection, book_id, [stored])
        if stored not in rows:
            return None
        with naming_reuse(secret, fields):
            outcome = await replay(connection, book_id, prints_of(secret, fields), rows[stored])
    if outcome.refusal is not None:
        raise refused(outcome)
    return Written(outcome, book.row.currency, is_dry=False)


async def read_person(connection: Connection, book_id: int, person: str) -> Setup:
    """How a registered person's budget is set up; Problem(person_unknown) for any other reference."""
    if not is_person_ref(person):
        raise Problem("person_unknown")
    setup = setup_of((await read_standing(connection, book_id, person)).said)
    if not setup.registered:
        raise Problem("person_unknown")
    return setup
