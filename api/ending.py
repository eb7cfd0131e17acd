"""Stopping a direct payment over HTTP: notice, pause, reconsideration, end, and the liabilities that come over with it."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api import wire_ending as wire
from api.answers_budgets import DecisionOut, SettledOut, settled_of
from api.answers_ending import EndingOut, liability_out, stop_out, to_do_out
from api.budgets import LineName
from api.deciding import Ask, carried_out, check_person, check_reach, decided, words_detail
from api.desk import WireRequest, answer
from api.finance import Number
from api.open_books import nonce, salt, today
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_settling import AcceptanceIn, DeclineIn
from api.writing import prepare
from ledger.book.books import BookRow
from ledger.book.lookups import read_detail
from ledger.book.snapshot import snapshot, span
from ledger.budgets import stopping
from ledger.budgets.employment import Employment
from ledger.budgets.endings import liabilities_of
from ledger.budgets.reading import setup_of
from ledger.budgets.standing import read_standing
from ledger.budgets.wording import is_said
from policies import ending, liabilities
from policies.following import what_follows
from policies.resolution import Resolution

Connection = Any
Make = Callable[[Connection, int], Awaitable[Resolution]]
LINE = f"{BUDGET}/lines/{{line:str}}"
LIABILITIES = f"{BUDGET}/liabilities"
LIABILITY = f"{LIABILITIES}/{{number:int}}"
TAGS = ["ending"]
OnDay = Annotated[
    date | None, QueryParameter(description="The day up to which things are looked at; today if left out.")
]


async def _decided(
    request: WireRequest, book: str, person: str, route: str, ask: Ask, is_dry: bool
) -> Response[DecisionOut]:
    opened, key = await prepare(request, book)
    check_person(person)
    return answer(*await decided(request, opened, key, route, ask, is_dry=is_dry))


async def done(
    request: WireRequest, book: str, person: str, route: str, make: Make, is_dry: bool
) -> Response[SettledOut]:  # fmt: skip
    """What needs no verdict, carried out and answered by its entries."""
    opened, key = await prepare(request, book)
    check_person(person)
    written, detail = await carried_out(request, opened, key, route, make, person, is_dry=is_dry)
    return answer(settled_of(written, detail), written.status, written.headers)


@post(f"{LINE}/stop", permission=Permission.STOP_PAYMENTS, operation_id="notifyStop", tags=TAGS)
async def notify_stop(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[wire.StopIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Gives notice that a line of direct payments stops, when the rules allow it: with reasons in writing, and once it is known
    how the person's care goes on. A ground that leaves a choice is referred to another person."""
    if data.ends_on < data.notified_on:
        raise Problem("dates_malformed", field="ends_on")
    stop = None if data.alternative is None else stopping.Stop(
        line=line, person=person, ground=data.ground, notified_on=data.notified_on, ends_on=data.ends_on,
        alternative=data.alternative, notice=data.notice,
    )  # fmt: skip
    return await _decided(
        request, book, person, f"lines/{person}/{line}/stop",
        lambda gate, sender, timeout: ending.notify_stop(
            gate, sender, timeout, stop=stop, person=person, line=line, ground=data.ground, notified_on=data.notified_on,
            ends_on=data.ends_on, effective_on=data.effective_on, today=today(), reasons=words_detail(data.reasons),
            written=data.notice, approved=data.approved or 0,
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LINE}/suspend", permission=Permission.STOP_PAYMENTS, operation_id="suspendLine", tags=TAGS)
async def suspend(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[wire.SuspensionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[DecisionOut]:  # fmt: skip
    """Pauses a line of direct payments, when the rules allow it; they ask the same as of a stop."""
    return await _decided(
        request, book, person, f"lines/{person}/{line}/suspend",
        lambda gate, sender, timeout: ending.suspend(
            gate, sender, timeout, person=person, line=line, alternative=data.alternative, effective_on=data.effective_on,
            reasons=words_detail(data.reasons), approved=data.approved or 0,
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LINE}/resume", permission=Permission.STOP_PAYMENTS, operation_id="resumeLine", tags=TAGS)
async def resume(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[wire.ResumptionIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes a pause back."""
    return await done(
        request, book, person, f"lines/{person}/{line}/resume",
        lambda connection, book_id: ending.resume(connection, book_id, person=person, line=line), dry_run,
    )  # fmt: skip


@post(f"{LINE}/stop/end", permission=Permission.STOP_PAYMENTS, operation_id="endLine", tags=TAGS)
async def end_line(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[wire.EndIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Ends a line whose notice has run out; what was held of it goes back (accounting event 30), and its authority (35) but for
    what stated liabilities ask for."""
    return await done(
        request, book, person, f"lines/{person}/{line}/stop/end",
        lambda connection, book_id: ending.end_line(
            connection, book_id, person=person, line=line, effective_on=data.effective_on, owes_nothing=data.owes_nothing
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LINE}/stop/remainder", permission=Permission.STOP_PAYMENTS, operation_id="giveBackRemainder", tags=TAGS)
async def give_back(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Returns what came back to a line after it had ended to the funds (accounting event 35)."""
    return await done(
        request, book, person, f"lines/{person}/{line}/stop/remainder",
        lambda connection, book_id: ending.give_back(
            connection, book_id, person=person, line=line, effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{LINE}/stop/reconsideration/decide", permission=Permission.STOP_PAYMENTS, operation_id="decideReconsideration",
    tags=TAGS,
)  # fmt: skip
async def decide_reconsideration(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[wire.StopReconsideredIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Confirms or withdraws a stop, by another than asked for it, approved it, or wrote or gave its letter."""
    return await done(
        request, book, person, f"lines/{person}/{line}/stop/reconsideration/decide",
        lambda connection, book_id: ending.decide_reconsideration(
            connection, book_id, person=person, line=line, outcome=data.outcome, on=data.on, today=today(),
            detail=words_detail(data.words),
        ),
        dry_run,
    )  # fmt: skip


@post(LIABILITIES, permission=Permission.STATE_LIABILITIES, operation_id="stateLiability", tags=TAGS)
async def state(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[wire.LiabilityIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """States what is owed to somebody else for care under a line that stops: as worked out by the statutory rule, or as an officer
    says with a reason. It posts nothing until another person accepts it."""
    row = await request.book(book)
    if data.currency != row.currency:
        raise Problem("currency_not_of_book", field="currency")
    check_person(person)
    line = code_of(data.line, "line")
    claimed = liabilities.Claimed(
        liability=nonce(), person=person, line=line, klass=data.class_, working=(data.working or "").strip(),
        reason=(data.reason or "").strip() if is_said(data.reason) else "",
        employment=None if data.employment is None else _employment(data.employment),
        amount=None if data.amount is None else amount_of(data.amount, "amount", is_size=True),
    )  # fmt: skip
    async with request.desk.books.reading(row) as reader:
        bundle = await request.desk.books.bundle_in_force(row, reader)
    return await done(
        request, book, person, f"liabilities/{person}",
        lambda connection, book_id: liabilities.state_liability(
            connection, book_id, claimed, salt=salt(), cap_on=lambda day: bundle.limits_on(row.code, day).week_pay_cap_pence
        ),
        dry_run,
    )  # fmt: skip


def _employment(sent: wire.EmploymentIn) -> Employment:
    return Employment(
        started_on=sent.started_on, ended_on=sent.ended_on, weeks_worked=sent.weeks_worked, born_on=sent.born_on,
        weekly_pay=amount_of(sent.weekly_pay, "weekly_pay", is_size=True),
    )  # fmt: skip


@post(f"{LIABILITY}/accept", permission=Permission.ACCEPT_LIABILITIES, operation_id="acceptLiability", tags=TAGS)
async def accept(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[wire.LiabilityAcceptedIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes a liability over that another person stated (accounting event 25), out of an order where one still keeps money for it;
    never refused for lack of money."""
    return await done(
        request, book, person, f"liabilities/{person}/{number}/accept",
        lambda connection, book_id: liabilities.accept_liability(
            connection, book_id, person=person, number=number, effective_on=data.effective_on, hold=data.hold
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LIABILITY}/decline", permission=Permission.ACCEPT_LIABILITIES, operation_id="declineLiability", tags=TAGS)
async def decline(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[DeclineIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says no to a liability; it may be stated again, put right."""
    reason = code_of(data.reason, "reason")
    return await done(
        request, book, person, f"liabilities/{person}/{number}/decline",
        lambda connection, book_id: liabilities.decline_liability(
            connection, book_id, person=person, number=number, reason=reason, detail=words_detail(data.words)
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LIABILITY}/invoices", permission=Permission.ACCEPT_LIABILITIES, operation_id="payLiability", tags=TAGS)
async def pay(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[wire.LiabilityInvoiceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Accepts an invoice out of what is provided for a liability (event 26), by another than entered it. It is then paid like any
    other: name the first entry of the answer."""
    return await done(
        request, book, person, f"liabilities/{person}/{number}/invoices",
        lambda connection, book_id: liabilities.pay_liability(
            connection, book_id, person=person, number=number, invoice=data.invoice, effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


@post(f"{LIABILITY}/unused", permission=Permission.ACCEPT_LIABILITIES, operation_id="releaseLiability", tags=TAGS)
async def unused(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[AcceptanceIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Gives back what of a liability will not be asked for (event 26)."""
    return await done(
        request, book, person, f"liabilities/{person}/{number}/unused",
        lambda connection, book_id: liabilities.release_liability(
            connection, book_id, person=person, number=number, effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


@post(
    f"{BUDGET}/invoices/{{number:int}}/take-over", permission=Permission.ACCEPT_LIABILITIES, operation_id="takeOverInvoice",
    tags=TAGS,
)  # fmt: skip
async def take_over(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[wire.TakeOverIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes over an invoice for care under a line that stops (event 25), by another than entered it."""
    return await done(
        request, book, person, f"invoices/{person}/{number}/take-over",
        lambda connection, book_id: liabilities.take_over_invoice(
            connection, book_id, person=person, number=number, klass=data.class_, effective_on=data.effective_on
        ),
        dry_run,
    )  # fmt: skip


@get(f"{BUDGET}/ending", permission=Permission.SEE_BUDGETS, operation_id="readEnding", tags=TAGS)
async def read_ending(
    request: WireRequest, book: FromPath[str], person: FromPath[str], on: OnDay = None
) -> Response[EndingOut]:  # fmt: skip
    """Notices, liabilities, and what follows from a death, a sixteenth birthday, capacity lost or regained or a nomination
    withdrawn, done or not."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        return answer(await ending_of(connection, row, person, on or today()))


async def ending_of(connection: Connection, row: BookRow, person: str, day: date) -> EndingOut:
    """Everything about the end of a budget, read in a snapshot of the caller's."""
    through, _ = await span(connection, row.book_id)
    standing = await read_standing(connection, row.book_id, person)
    setup = setup_of(standing.said)
    owed = await liabilities_of(connection, row.book_id, person)
    working = [await read_detail(connection, row.book_id, each.stated) for each in owed]
    notices = [await ending.notice_of(connection, row.book_id, person, line) for line in sorted(setup.lines)]
    to_do = await what_follows(connection, row.book_id, person, standing, setup, owed, day)
    return EndingOut(
        row.code, person, row.currency, through, [stop_out(each) for each in notices if each is not None],
        [liability_out(each, words) for each, words in zip(owed, working, strict=True)], [to_do_out(each) for each in to_do],
    )  # fmt: skip


HANDLERS = [
    notify_stop, suspend, resume, end_line, give_back, decide_reconsideration, state, accept, decline, pay,
    unused, take_over, read_ending,
]  # fmt: skip
