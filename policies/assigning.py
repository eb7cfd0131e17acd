"""Imported payments assigned to a line later (accounting.md event 54): money that has gone finds the budget that it was for.

A published file says whom was paid, and not for whom. Finance, who knows, assigns it: a fact, decided by the rules and posted
whatever they find, up to what stands unassigned for the payee."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets.chart import account
from ledger.budgets.claims import Evidence, evidence_recorded
from ledger.budgets.facts import payment_assigned, payment_assigned_to_hold
from ledger.budgets.foreseen import foresee
from ledger.budgets.presence import balance_of
from ledger.budgets.reading import Order, order_of, setup_of, version_of
from ledger.budgets.shares import check_name
from ledger.budgets.standing import Facts, read_standing
from ledger.budgets.year_end import ends_of
from ledger.core.model import Guard, Malformed
from ledger.core.requests import AnyRequest
from policies.bearing import Bearing, bearing_of, shares_in
from policies.gate import Decided, Gate, Sender
from policies.memory import facts_of
from policies.resolution import Resolution
from policies.settling import HoldGone, NotSettled, ToDecide, day_of_shares, found_or_decided
from policies.sheets import Asked, NotThere, Wanted

Connection = Any


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """What is assigned: `amount` pence of what was imported from `source` (a feed) for `payee`, to a line of a person, for a
    service; `hold` is the order that it pays, if there is one, and `final` says that nothing else is to come of it."""

    person: str
    line: str
    source: str
    payee: str
    service: str
    amount: int
    effective_on: date
    care_from: date | None = None
    care_to: date | None = None
    hold: int | None = None
    final: bool = False

    def __post_init__(self) -> None:
        for field in ("source", "payee"):
            check_name(getattr(self, field), field)
        if (self.care_from is None) is not (self.care_to is None):
            raise Malformed("dates_malformed", "care_to")

    @property
    def evidence(self) -> Evidence:
        """As the register has it. One subject for each source and payee, so that two at once are told one after the other."""
        return Evidence(
            subject=f"assignment/{self.source}/{self.payee}", person=self.person, amount=self.amount, line=self.line,
            payee=self.payee, service=self.service, hold=self.hold, final=self.final,
        )  # fmt: skip


class _Found(NamedTuple):
    order: Order | None
    guards: tuple[Guard, ...]
    bearing: Bearing

    @property
    def open_order(self) -> Order | None:
        """The order, while it keeps anything."""
        return None if self.order is None or self.order.closed else self.order


async def _look(connection: Connection, book_id: int, asked: Assignment) -> _Found:
    """What the assignment rests on. NotSettled(payment_not_imported, more_than_unassigned, hold_not_found, service_differs)."""
    code = account("unassigned", source=asked.source, payee=asked.payee).code
    standing = await read_standing(connection, book_id, asked.person)
    await foresee(
        connection, entries=((asked.hold or 1) - 1,), subjects=(asked.evidence.subject, asked.payee, *ends_of(standing.balances)),
        accounts=(code,),
    )  # fmt: skip
    stands = await balance_of(connection, book_id, code)
    if stands is None:
        raise NotSettled("payment_not_imported")
    if asked.amount > stands:
        raise NotSettled("more_than_unassigned")
    order = None
    if asked.hold is not None:
        order = await order_of(connection, book_id, asked.person, asked.hold, asked.care_to)
        if order is None or order.line.line != asked.line or order.purpose != "order":
            raise NotSettled("hold_not_found")
        if order.service != asked.service:
            raise NotSettled("service_differs")
    subjects = [asked.evidence.subject, f"person/{asked.person}"]
    if order is not None and not order.closed:
        subjects.append(f"line/{asked.line}")
    guards = [Guard(each, await version_of(connection, book_id, each)) for each in subjects]
    setup = setup_of(standing.said)
    if not setup.registered or asked.line not in setup.lines:
        raise NotThere("line_unknown" if setup.registered else "person_unknown")
    line = setup.lines[asked.line][0]
    day = day_of_shares(line, asked.care_to or asked.effective_on)
    return _Found(order, tuple(guards), await bearing_of(connection, book_id, line, standing, day, asked.effective_on))


def _dates(asked: Assignment) -> dict[str, Any]:
    return {"effective_on": asked.effective_on, "care_from": asked.care_from, "care_to": asked.care_to}


def _of_order(asked: Assignment, order: Order, *, because: int) -> AnyRequest:
    return payment_assigned_to_hold(
        hold=order.hold, remaining=order.remaining, amount=asked.amount, shares=order.shares, source=asked.source,
        payee=asked.payee, final=asked.final, because=because, **_dates(asked),
    )  # fmt: skip


async def assign(gate: Gate, sender: Sender, timeout_seconds: float, asked: Assignment) -> Decided:
    """Assigns an imported payment: out of its order as far as that goes (that was decided when it was placed), and what goes
    beyond, or all of it without an order, decided as a fact. NotSettled as `_look`, NotThere(person_unknown, line_unknown),
    ServiceUnknown."""

    async def look(connection: Connection) -> Resolution:
        found = await _look(connection, gate.book_id, asked)
        order, beyond = found.open_order, asked.amount
        if order is not None:
            if order.expires_us is not None and order.expires_us <= gate.now_us():
                raise HoldGone
            beyond -= sum(order.remaining.values())
            if beyond <= 0:
                said = evidence_recorded("payment_assigned", asked.evidence, **_dates(asked))
                return Resolution((said, _of_order(asked, order, because=-1)), found.guards)
        wanted = Wanted(
            act="spend", person=asked.person, line=asked.line, service=asked.service, amount=beyond, payee=asked.payee,
            money_gone=True, **_dates(asked),
        )  # fmt: skip
        facts = await facts_of(connection, gate.book_id, wanted, sender.key)
        raise ToDecide(wanted, facts, lambda facts, filled: _posted(asked, found, facts, filled), found.guards)

    return await found_or_decided(
        gate, sender, timeout_seconds, look, person=asked.person, act="assignment", judged_on=asked.effective_on
    )


def _posted(asked: Assignment, found: _Found, facts: Facts, filled: Asked) -> Sequence[AnyRequest]:
    """What is said, and the money: out of the order as far as that goes, if it is open, or by itself."""
    said = evidence_recorded("payment_assigned", asked.evidence, because=-1, **_dates(asked))
    order, bearing = found.open_order, found.bearing
    if order is not None:
        return (said, _of_order(asked, order, because=-2))
    shares = shares_in(filled, facts, bearing.year, day_of_shares(filled.line, asked.care_to or asked.effective_on))
    money = payment_assigned(
        amount=asked.amount, shares=shares, source=asked.source, payee=asked.payee, because=-2 - len(bearing.opened),
        **_dates(asked),
    )  # fmt: skip
    return (*bearing.opened, said, money)
