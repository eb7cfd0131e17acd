"""A made-up year of somebody whose care the commissioner buys: orders, invoices, and now and then something out of the ordinary."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache

from api.demo.cast import AGENCIES, BARRED, PENDING, SHOPS, UNKNOWN, UNREGISTERED, Span
from api.demo.wishes import Ask, Decide, Invoice, LateInvoice, Noted, Order, Release, Reverse, Wish
from ledger.budgets.plans import Line
from ledger.core.calendar import period_days, year_of
from policies.bundle import DEFAULT_LIMITS, Bundle

DAYS_TO_DECIDE = 3
MOST_ORDERED = 950_00
"""Ordinary orders stay below the limit for one amount."""


def decided_on(asked_on: date, days: int) -> date:
    """The day of an officer's answer: so many days later, and within the financial year whose money was asked for."""
    return min(asked_on + timedelta(days=days), period_days(year_of(asked_on))[1])


@cache
def _shipped() -> Bundle:
    return Bundle.load()


def _held_days(day: date) -> int:
    """For how long the money of an order is kept, by the shipped limits that the demo's book has."""
    return _shipped().limits_on(DEFAULT_LIMITS, day).order_held_days


class Scene:
    """One line's year while it is being made up: what is random in it, and names for its orders."""

    def __init__(self, chance: random.Random, line: Line, span: Span, turn: int) -> None:
        self.chance = chance
        self.line = line
        self.span = span
        self.turn = turn
        self.payee = AGENCIES[turn % len(AGENCIES)]
        self._names = 0

    def name(self) -> str:
        """A new name for an order or a document."""
        self._names += 1
        return f"{self.line.line}.{self._names:02d}"

    def day(self, least: int = 10, most: int = 320) -> date:
        """Some day of the year that lies within the plan and before today."""
        end = min(self.line.end, self.span.as_of) - timedelta(days=30)
        days = max(1, (end - self.line.start).days)
        return self.line.start + timedelta(days=self.chance.randrange(min(least, days - 1), max(min(most, days), 1)))

    def amount(self, least: int = 120_00, most: int = MOST_ORDERED) -> int:
        """Some pence."""
        return self.chance.randrange(least, most)

    def order(
        self, on: date, amount: int, *, service: str | None = None, payee: str | None = None, relies_on: str | None = None,
        care_to: date | None = None, approves: bool = True, reason: str | None = None,
    ) -> tuple[Order, Decide]:  # fmt: skip
        """An order for two weeks of care, and what an officer says should it be referred."""
        last = min(on + timedelta(days=13), self.line.end)
        order = Order(
            on=on, name=self.name(), line=self.line.line, service=service or self.line.services[0],
            payee=payee or self.payee, amount=amount, care_from=min(on, last), care_to=care_to or last, relies_on=relies_on,
        )  # fmt: skip
        return order, Decide(on=decided_on(on, DAYS_TO_DECIDE), of=order.name, approves=approves, reason=reason)

    def settled(self, order: Order, amount: int, *, days: int = 20, final: bool = True) -> Iterator[Wish]:
        """An invoice for an order, so many days later."""
        on = order.on + timedelta(days=days)
        yield Invoice(on=on, of=order.name, reference=self.name(), amount=amount, final=final)

    def ask(self, on: date, amount: int, *, service: str | None = None, payee: str | None = None) -> Ask:
        """A question about a service, of the line's first unless one is named."""
        return Ask(on=on, name=self.name(), line=self.line.line, service=service or self.line.services[0],
                   payee=payee or self.payee, amount=amount)  # fmt: skip


def notional_year(chance: random.Random, line: Line, span: Span, turn: int) -> list[Wish]:
    """Everything that happens on a notional line in these twelve months, unsorted."""
    scene = Scene(chance, line, span, turn)
    wishes: list[Wish] = []
    typical = min(MOST_ORDERED - 50_00, line.amount // 8)
    on = line.start + timedelta(days=chance.randrange(3, 25))
    while on <= min(span.as_of, line.end):
        order, decide = scene.order(on, scene.amount(typical // 2, typical + 50_00))
        wishes += [order, decide, *_fate(scene, order)]
        on += timedelta(days=chance.randrange(100, 150))
    for place in range(2):
        wishes += MISHAPS[(2 * turn + place) % len(MISHAPS)](scene)
    if turn in (11, 111):
        wishes += _death(scene)
    return wishes


def _fate(scene: Scene, order: Order) -> Iterator[Wish]:
    """What becomes of an ordinary order."""
    draw, amount = scene.chance.randrange(100), order.amount
    if draw < 50:
        yield from scene.settled(order, amount)
    elif draw < 65:
        part = amount // 2
        yield Invoice(on=order.on + timedelta(days=9), of=order.name, reference=scene.name(), amount=part, final=False)
        yield from scene.settled(order, amount - part, days=21)
    elif draw < 77:
        yield from scene.settled(order, amount * 9 // 10)
    elif draw < 85:
        yield from scene.settled(order, amount * 21 // 20)
    elif draw < 90:
        yield Release(on=order.on + timedelta(days=5), of=order.name)
    elif draw < 94:
        yield Release(on=order.care_to + timedelta(days=_held_days(order.care_to) + 1), of=order.name, lapsed=True)
    else:
        # Two figures changed places; the invoice is undone and entered again.
        wrong = order.on + timedelta(days=16)
        yield Invoice(on=wrong, of=order.name, reference=scene.name(), amount=amount // 3 + 9, final=False)
        yield Reverse(on=wrong + timedelta(days=2), of=order.name)
        yield from scene.settled(order, amount, days=20)


def wheelchair_year(chance: random.Random, line: Line, span: Span) -> list[Wish]:
    """A wheelchair that the person pays a part of: above the limit, approved, delivered, paid."""
    scene = Scene(chance, line, span, 0)
    on = min(line.start + timedelta(days=21), span.as_of)
    order, decide = scene.order(on, line.amount, payee=SHOPS[0])
    return [order, decide, *scene.settled(order, line.amount, days=25)]


def _above_limit(scene: Scene) -> list[Wish]:
    order, decide = scene.order(scene.day(), scene.amount(1_000_01, 1_600_00))
    return [order, decide, *scene.settled(order, order.amount)]


def _above_limit_declined(scene: Scene) -> list[Wish]:
    return list(scene.order(scene.day(), scene.amount(1_000_01, 1_600_00), approves=False, reason="met_otherwise"))


def _payee(ref: str, reason: str | None = None) -> Callable[[Scene], list[Wish]]:
    return lambda scene: list(scene.order(scene.day(), scene.amount(), payee=ref, approves=False, reason=reason))


def _service(code: str, *, approves: bool = False) -> Callable[[Scene], list[Wish]]:
    def happens(scene: Scene) -> list[Wish]:
        order, decide = scene.order(scene.day(), scene.amount(60_00, 300_00), service=code, approves=approves,
                                    reason=None if approves else "not_in_plan")  # fmt: skip
        return [order, decide, *scene.settled(order, order.amount)]

    return happens


def _too_much(scene: Scene) -> list[Wish]:
    return list(scene.order(scene.day(), scene.line.amount + scene.amount(), approves=False, reason="not_enough_money"))


def _before_the_plan(scene: Scene) -> list[Wish]:
    return list(scene.order(scene.line.start - timedelta(days=5), scene.amount(), approves=False))


def _care_after_the_plan(scene: Scene) -> list[Wish]:
    return list(scene.order(scene.day(), scene.amount(), care_to=scene.line.end + timedelta(days=10), approves=False))


def _same_again(scene: Scene) -> list[Wish]:
    on, amount = scene.day(), scene.amount(100_00, 400_00)
    wishes: list[Wish] = []
    for days in (0, 9):
        order, decide = scene.order(on + timedelta(days=days), amount)
        wishes += [order, decide, *scene.settled(order, amount)]
    return wishes


def _often(scene: Scene) -> list[Wish]:
    on, wishes = scene.day(), list[Wish]()
    for days in (0, 7, 14):
        order, decide = scene.order(on + timedelta(days=days), 834_00 + days * 100)
        wishes += [order, decide, Release(on=on + timedelta(days=28), of=order.name)]
    return wishes


def _late_invoice(scene: Scene) -> list[Wish]:
    return [
        LateInvoice(on=scene.day(), reference=scene.name(), line=scene.line.line, service=scene.line.services[0],
                    payee=scene.payee, amount=scene.amount(80_00, 450_00))
    ]  # fmt: skip


def _answered(later: int, *, more: int = 0, approves: bool = True) -> Callable[[Scene], list[Wish]]:
    """An order that relies on an answer, so many days later, for so many pence more."""

    def happens(scene: Scene) -> list[Wish]:
        on, amount = scene.day(most=250), scene.amount(100_00, 500_00)
        ask = scene.ask(on, amount)
        order, decide = scene.order(on + timedelta(days=later), amount + more, relies_on=ask.name, approves=approves,
                                    reason=None if approves else "another")  # fmt: skip
        return [ask, order, decide, *scene.settled(order, order.amount)]

    return happens


def _given_back_in_part(scene: Scene) -> list[Wish]:
    order, decide = scene.order(scene.day(), scene.amount(200_00, 600_00))
    back = order.amount // 3
    released = Release(on=order.on + timedelta(days=6), of=order.name, amount=back)
    return [order, decide, released, *scene.settled(order, order.amount - back)]


def _death(scene: Scene) -> list[Wish]:
    on = scene.day(least=200)
    order, decide = scene.order(on + timedelta(days=6), scene.amount(), approves=False, reason="another")
    return [Noted(on=on, act="died"), order, decide]


MISHAPS: tuple[Callable[[Scene], list[Wish]], ...] = (
    _above_limit, _payee(UNKNOWN), _same_again, _service("alcohol_or_tobacco"), _answered(10), _too_much, _late_invoice,
    _payee(PENDING[0], "payee_unsuitable"), _often, _service("training"), _above_limit_declined, _answered(12, more=25_00),
    _payee(BARRED), _given_back_in_part, _before_the_plan, _service("unsure", approves=True), _payee(UNREGISTERED),
    _answered(40, approves=False), _care_after_the_plan, _service("nhs_charges"), _payee(PENDING[1], "payee_unsuitable"),
)  # fmt: skip
"""What is out of the ordinary, each person's turn being two of these."""
