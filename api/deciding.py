"""What every route about a person's budget does: who may reach the budget, and how the gate's noes become problems."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from api.access import note_access
from api.answers_budgets import DecisionOut, decided_of
from api.desk import Arrived
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.matching import stale
from api.open_books import OpenBook, salt, today
from api.permissions import PERMISSIONS_OF, Permission, Role, permissions_of
from api.problems import Problem
from api.writing import Written, is_new_refusal, refused
from ledger.book.books import BookRow
from ledger.book.dry_run import rehearsal
from ledger.budgets.people import is_person_ref
from ledger.budgets.reading import Setup, setup_of
from ledger.budgets.soft_closes import SoftClosed
from ledger.budgets.standing import read_standing
from ledger.budgets.wording import detail_of, is_said
from ledger.core.model import Detail
from ledger.money import CannotApportion
from policies.bundle import LimitNotSet, ServiceUnknown
from policies.conditions import ConditionUnfit
from policies.engine import Engine, Verdict
from policies.facts_viewing import Viewing
from policies.gate import BudgetBusy, BundleNotActive, Decided, Gate, NotPaidOut, PaidOut, Sender
from policies.judging import ApprovalUnfit
from policies.looking import KeptBack, Look, is_ordinary, viewing_sheet
from policies.planning import NotSignable, PlanMoved
from policies.referrals import NotReferred, ReferralDecided, ReferralOvertaken
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotDelegated, NotThere, check_delegated
from policies.viewing import LookAllowed, deny_view, facts_of_view

Connection = Any
Ask = Callable[[Gate, Sender, float], Awaitable[Decided]]
SEEING = frozenset(("holder", "see", "ask", "spend"))
ASKING = frozenset(("holder", "ask", "spend"))
SPENDING = frozenset(("holder", "spend"))
TOLD_BY_BANK = frozenset((
    Permission.ENTER_STATEMENTS, Permission.RECORD_REFUNDS, Permission.RECORD_RETURNS, Permission.TAKE_BANK_LINES,
    Permission.TAKE_REPAYMENTS,
))  # fmt: skip
"""Rights to write down what a bank says: money that has moved is on record whoever reads the statement, and decides nothing."""


def is_staff(request: Arrived) -> bool:
    """Whether the caller asks as staff: a role other than the holder's has the right that the route asks for. A holder who has
    another role as well, or one that we do not know, stays a holder wherever that role has no say."""
    return request.permission in permissions_of(request.caller.roles - {Role.HOLDER.value})


def is_of_finance(request: Arrived) -> bool:
    """Whether the caller asks as finance, to whom a month closed softly is still open."""
    return Role.FINANCE.value in request.caller.roles and request.permission in PERMISSIONS_OF[Role.FINANCE]


def is_auditor(request: Arrived) -> bool:
    """Whether the caller asks as an auditor, from whom no record is kept."""
    return Role.AUDITOR.value in request.caller.roles and request.permission in PERMISSIONS_OF[Role.AUDITOR]


def own_holder(request: Arrived) -> str | None:
    """The holder whose delegation has to name them for the budget, or None for staff."""
    return None if is_staff(request) else request.caller.sub


def check_person(person: str) -> None:
    """A reference that is none reaches no budget, and is not looked up."""
    if not is_person_ref(person):
        raise Problem("person_unknown")


async def check_reach(
    request: Arrived, connection: Connection, book_id: int, person: str, scopes: frozenset[str] = SEEING, *, in_full: bool = False
) -> None:  # fmt: skip
    """A holder reaches the budgets that a delegation names them for today; any other looks as if it did not exist. `in_full` says
    that `look_at` follows, which writes down the look."""
    check_person(person)
    setup = setup_of((await read_standing(connection, book_id, person)).said)
    with naming_noes():
        check_delegated(setup, own_holder(request), today(), scopes)
    await check_open_to(request, connection, person, setup, in_full=in_full)


async def check_open_to(
    request: Arrived, connection: Connection, person: str, setup: Setup, *, in_full: bool = False
) -> None:  # fmt: skip
    """Staff do not see the record of somebody whom they act for, nor one that is kept for others of the team. An ordinary look at
    a budget is what the role is for, and nothing is written down of it; one at a record that is kept for a few is noted.
    Problem(view_denied)."""
    if own_holder(request) is not None:
        return
    sheet = viewing_sheet(setup, request.caller.sub, today(), purpose_said=True, is_auditor=is_auditor(request))
    if not is_ordinary(sheet):
        row = await request.book(request.scope["state"]["book"])
        await _judge_look(request, row, connection, person, sheet, "read_budget", "payment")
        if request.scope["method"] in ("GET", "HEAD") and not in_full:
            await note_access(request, row, "read_budget", f"person/{person}")


def look_of(request: Arrived, entries: Sequence[int] = ()) -> Look | None:
    """Whose record a write is about that staff have to see for it: who does not see one writes nothing about it either, nor are
    they told again what they once wrote, for they would decide for somebody whom they act for, and the answer shows the record. It
    is that of whom the path or the body names, or, of what names no person, of whomever the `entries` are about that it names. A
    restriction itself, which two who are shut out may open, is judged by its own route."""
    if request.scope["path"].endswith("/restriction"):
        return None
    if own_holder(request) is not None or request.permission in TOLD_BY_BANK:
        return None
    for named in (request.scope.get("path_params", {}).get("person"), getattr(request, "fields", {}).get("person")):
        if isinstance(named, str) and is_person_ref(named):
            return Look(named, request.caller.sub, is_auditor(request))
    return Look("", request.caller.sub, is_auditor(request), tuple(entries)) if entries else None


def is_dry_run(request: Arrived) -> bool:
    """Whether a write is only tried, whichever route it is for."""
    asked = parse_qs(request.scope.get("query_string", b"").decode("latin-1")).get("dry_run", [""])[-1]
    return request.scope.get("method") == "POST" and asked.lower() in ("true", "1")


async def look_at(
    request: Arrived, row: BookRow, connection: Connection, person: str, act: str, *, purpose: str | None,
    subject: str | None = None,
) -> None:  # fmt: skip
    """What shows a person's record in full to staff is judged each time, and noted with what it is for before it is shown; `act`
    says what is read, `subject` of what, where that is not the person. Problem(view_denied)."""
    if own_holder(request) is None:
        sheet = await facts_of_view(
            connection, row.book_id, person, request.caller.sub, today(), purpose_said=purpose is not None,
            is_auditor=is_auditor(request),
        )  # fmt: skip
        await _judge_look(request, row, connection, person, sheet, act, purpose)
        await note_access(request, row, act, subject or f"person/{person}", purpose=purpose)


async def _judge_look(
    request: Arrived, row: BookRow, connection: Connection, person: str, sheet: Viewing, act: str, purpose: str | None
) -> None:  # fmt: skip
    """Judged in memory. A no says why, which is nothing of the record; it is noted each time, and one decision for each person,
    viewer, reason and day: to ask again fills no book, and a dry run keeps none. What is allowed by the time that it would be kept
    is shown."""
    bundle = await request.desk.books.bundle_in_force(row, connection)
    verdict = Engine(bundle).judged(sheet)
    if verdict.outcome == "allow":
        return
    rules = [each.rule for each in verdict.findings]
    facts = why_denied(verdict)
    await note_access(request, row, act, f"person/{person}", purpose=purpose, outcome="deny", rule=rules[0])
    if is_dry_run(request):
        raise Problem("view_denied", facts=facts)
    opened, actor = await request.desk.books.open(row), request.caller.sub
    # A read has no body, and the one of a write is that of its own key.
    sent = getattr(request, "fields", {})
    request.fields = {}
    try:
        written, _ = await _through_gate(
            request, opened, denial_key(person, rules), f"people/{person}/view",
            lambda gate, sender, timeout: deny_view(
                gate, sender, timeout, person=person, actor=actor, purpose=purpose, is_auditor=is_auditor(request)
            ),
        )  # fmt: skip
    except LookAllowed:
        return
    finally:
        request.fields = sent
    raise Problem("view_denied", facts={"decision": str(written.outcome.number), **facts})


def why_denied(verdict: Verdict) -> dict[str, str]:
    """What whoever may not look is told: nothing of the record."""
    return {
        "why": " ".join(each.message for each in verdict.findings),
        "what_would_help": " ".join(each.remedy for each in verdict.findings),
    }


def denial_key(person: str, rules: Sequence[str]) -> str:
    """The key of a denied look, the same all day for a viewer and a reason."""
    said = "|".join((person, today().isoformat(), *rules))
    return f"view-{sha256(said.encode()).hexdigest()}"


def soft_closed(no: SoftClosed) -> Problem:
    """The month takes postings of finance only, and this is the first day that takes others."""
    return Problem(no.code, facts={"first_open_day": no.first_open_day.isoformat(), "period": no.month})


@contextmanager
def naming_noes() -> Iterator[None]:
    """The gate's own noes, each with its code."""
    try:
        yield
    except (
        NotThere,
        NotDelegated,
        ServiceUnknown,
        PaidOut,
        NotPaidOut,
        NotReferred,
        ReferralDecided,
        ReferralOvertaken,
        ConditionUnfit,
        BudgetBusy,
        BundleNotActive,
        NotSettled,
        ApprovalUnfit,
        NotSignable,
    ) as no:
        raise Problem(getattr(no, "code", "service_unknown")) from None
    except PlanMoved as moved:
        raise stale(moved.number, moved.version) from None
    except SoftClosed as no:
        raise soft_closed(no) from None
    except LimitNotSet:
        raise Problem("limit_not_set") from None
    except CannotApportion:
        raise Problem("amount_not_split") from None


def sender_of(request: Arrived, book: OpenBook, key: str, route: str) -> tuple[Sender, dict[str, bytes]]:
    """Who asks, under which key, with which fingerprints; and the fields that were fingerprinted."""
    secret, fields = request.desk.books.keys.requests, canonical(route, request.fields)
    stored = stored_key(secret, book.row.code, request.caller, key)
    return Sender(request.caller.asked, stored, prints_of(secret, fields), is_of_finance(request)), fields


class Answered(NamedTuple):
    """What the gate made of a request that the ledger did not refuse, and the detail of its decision."""

    written: Written
    detail: bytes | None


async def through_gate(
    request: Arrived, book: OpenBook, key: str, route: str, ask: Ask, *, is_dry: bool = False, entries: Sequence[int] = ()
) -> Answered:  # fmt: skip
    """What the gate made of `ask(gate, sender, timeout_seconds)`, within the client's budget of refusals; a dry run asks a gate
    whose writer and reader are one unit of work that is rolled back. `entries` are named by what names no person (`look_of`).
    Raises the Problem of whatever no it met."""
    look = look_of(request, entries)
    try:
        return await _through_gate(request, book, key, route, ask, is_dry=is_dry, look=look)
    except KeptBack as no:
        async with request.desk.books.reading(book.row) as connection:
            await _judge_look(request, book.row, connection, no.person, no.sheet, "read_budget", "payment")
        # It was opened to them meanwhile: they ask again.
        raise Problem("budget_busy") from None


async def _through_gate(
    request: Arrived, book: OpenBook, key: str, route: str, ask: Ask, *, is_dry: bool = False, look: Look | None = None
) -> Answered:  # fmt: skip
    sender, fields = sender_of(request, book, key, route)
    sender = msgspec.structs.replace(sender, look=look)
    with naming_reuse(request.desk.books.keys.requests, fields), naming_noes():
        found = await (_tried if is_dry else _asked)(request, book, sender, ask)
    if found.outcome.refusal is not None:
        raise refused(found.outcome, is_dry=is_dry)
    return Answered(Written(found.outcome, book.row.currency, is_dry and not found.outcome.replayed), found.detail)


async def carried_out(
    request: Arrived, book: OpenBook, key: str, route: str, make: Callable[[Connection, int], Awaitable[Resolution]],
    person: str = "", *, is_dry: bool = False, entries: Sequence[int] = (),
) -> Answered:  # fmt: skip
    """What needs no verdict: `make(connection, book_id)` finds what has to be submitted, as things are in one moment; `entries` as
    of `through_gate`."""
    return await through_gate(
        request, book, key, route,
        lambda gate, sender, timeout: gate.carry_out(
            lambda connection: make(connection, book.row.book_id), sender, timeout, person=person
        ),
        is_dry=is_dry, entries=entries,
    )  # fmt: skip


async def is_to_be_done(
    request: Arrived, book: OpenBook, key: str, route: str, make: Callable[[Connection, int], Awaitable[Resolution]]
) -> bool:  # fmt: skip
    """Whether this key has no answer yet and `make` finds no reason to say no, for what has to be there before `carried_out` and
    takes its time. Raises the Problem of a no."""
    sender, fields = sender_of(request, book, key, route)
    with naming_reuse(request.desk.books.keys.requests, fields), naming_noes():
        again, _ = await book.gate.first(sender, lambda connection: make(connection, book.row.book_id))
    return again is None


async def _asked(request: Arrived, book: OpenBook, sender: Sender, ask: Ask) -> Decided:
    desk, client, timeout = request.desk, request.caller.azp, request.desk.settings.timeout_seconds
    reserved, spent = await desk.budget.reserve(client, 1, timeout), 0
    try:
        found = await ask(book.gate, sender, timeout)
        spent = is_new_refusal(found.outcome)
        return found
    finally:
        desk.budget.settle(client, reserved, spent)


async def _tried(request: Arrived, book: OpenBook, sender: Sender, ask: Ask) -> Decided:
    books = request.desk.books
    async with rehearsal(books.writer_settings(book.row)) as unit:
        return await ask(
            books.gate(book.row, unit, unit.reading, is_rehearsal=True), sender, request.desk.settings.timeout_seconds
        )


async def decided(
    request: Arrived, book: OpenBook, key: str, route: str, ask: Ask, *, is_dry: bool = False
) -> tuple[DecisionOut, int, dict[str, str] | None]:
    """What the gate decided, whatever it says, as an answer: 201, 200 for a dry run, or the first again."""
    written, detail = await through_gate(request, book, key, route, ask, is_dry=is_dry)
    return decided_of(written, detail, for_staff=is_staff(request)), written.status, written.headers


def words_detail(words: str | None) -> Detail | None:
    """Words as they are kept; blank ones say nothing."""
    return detail_of(salt(), {"words": words}) if is_said(words) else None
