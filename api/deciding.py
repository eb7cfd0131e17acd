"""What every route about a person's budget does: who may reach the budget, and how the gate's noes become problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Response

from api.answers_budgets import DecisionOut, decided_of
from api.desk import Arrived, answer
from api.idempotency import canonical, naming_reuse, prints_of, stored_key
from api.open_books import OpenBook, today
from api.permissions import Role, permissions_of
from api.problems import Problem
from api.writing import REPLAYED, is_new_refusal, refused
from ledger.budgets.people import is_person_ref
from ledger.budgets.reading import read_budget, setup_of
from ledger.money import CannotApportion
from policies.bundle import LimitNotSet, ServiceUnknown
from policies.gate import BudgetBusy, BundleNotActive, Decided, NotPaidOut, PaidOut, Sender
from policies.referrals import NotReferred
from policies.settling import NotSettled
from policies.sheets import NotDelegated, NotThere, check_delegated

Connection = Any
SEEING = frozenset(("holder", "see", "ask", "spend"))
ASKING = frozenset(("holder", "ask", "spend"))
SPENDING = frozenset(("holder", "spend"))


def is_staff(request: Arrived) -> bool:
    """Whether the caller asks as staff: a role other than the holder's has the right that the route asks for. A holder who has
    another role as well, or one that we do not know, stays a holder wherever that role has no say."""
    return request.permission in permissions_of(request.caller.roles - {Role.HOLDER.value})


def own_holder(request: Arrived) -> str | None:
    """The holder whose delegation has to name them for the budget, or None for staff."""
    return None if is_staff(request) else request.caller.sub


def check_person(person: str) -> None:
    """A reference that is none reaches no budget, and is not looked up."""
    if not is_person_ref(person):
        raise Problem("person_unknown")


async def check_reach(
    request: Arrived, connection: Connection, book_id: int, person: str, scopes: frozenset[str] = SEEING
) -> None:  # fmt: skip
    """A holder reaches the budgets that a delegation names them for today; any other looks as if it did not exist."""
    check_person(person)
    facts = await read_budget(connection, book_id, person)
    with naming_noes():
        check_delegated(setup_of(facts.said), own_holder(request), today(), scopes)


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
        BudgetBusy,
        BundleNotActive,
        NotSettled,
    ) as no:
        raise Problem(getattr(no, "code", "service_unknown")) from None
    except LimitNotSet:
        raise Problem("limit_not_set") from None
    except CannotApportion:
        raise Problem("amount_not_split") from None


def sender_of(request: Arrived, book: OpenBook, key: str, route: str) -> tuple[Sender, dict[str, bytes]]:
    """Who asks, under which key, with which fingerprints; and the fields that were fingerprinted."""
    secret, fields = request.desk.books.keys.requests, canonical(route, request.fields)
    stored = stored_key(secret, book.row.code, request.caller, key)
    return Sender(request.caller.asked, stored, prints_of(secret, fields)), fields


async def through_gate(request: Arrived, book: OpenBook, key: str, route: str, ask: Any) -> Decided:
    """What the gate made of `ask(sender, timeout_seconds)`, within the client's budget of refusals. Raises the Problem of
    whatever no it met."""
    sender, fields = sender_of(request, book, key, route)
    desk, client, timeout = request.desk, request.caller.azp, request.desk.settings.timeout_seconds
    reserved, spent = await desk.budget.reserve(client, 1, timeout), 0
    try:
        with naming_reuse(desk.books.keys.requests, fields), naming_noes():
            found: Decided = await ask(sender, timeout)
        spent = is_new_refusal(found.outcome)
    finally:
        desk.budget.settle(client, reserved, spent)
    if found.outcome.refusal is not None:
        raise refused(found.outcome)
    return found


async def decided(request: Arrived, book: OpenBook, key: str, route: str, ask: Any) -> Response[DecisionOut]:
    """Ask the gate for a decision. The answer is the decision, whatever it says; 201, or the first again."""
    found = await through_gate(request, book, key, route, ask)
    made = decided_of(found.outcome, found.detail, book.row.currency, for_staff=is_staff(request))
    return answer(made, 201, {REPLAYED: "true"} if found.outcome.replayed else None)
