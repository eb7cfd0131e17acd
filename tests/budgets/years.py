"""Two made-up financial years of one person's budget on the pure world, by chance and by seed: each event as one row of a table.

A later event is one row more in EVENTS: its name, how often it is tried, and a function of the year being lived that gives the
requests, or none where it makes no sense just then.
"""

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ledger.budgets import acts, facts, take_on
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.movement import Movement
from ledger.budgets.plans import with_balances
from ledger.budgets.shares import Share
from ledger.core.requests import Post
from tests.worked_example import NEXT, YEAR, openings
from tests.world import World

FIRST_DAYS = {YEAR: date(2025, 4, 1), NEXT: date(2026, 4, 1)}
TRANSIT, BANK, PAYEE, ACCOUNT = "in_transit/main", "main", "A1", "P1-bank"
GRANTED = 100_000_00


class Life:
    """The world, and what is happening in it: the day, the year, and the orders that are open."""

    def __init__(self, seed: int) -> None:
        self.lots = random.Random(seed)
        self.world = World(IDENTITIES)
        # Two years on: every accounting day of them has come.
        self.world.now_us += 2 * 365 * 24 * 3600 * 1_000_000
        for opening in openings():
            self.world.done(opening)
        self.year, self.day = YEAR, FIRST_DAYS[YEAR]
        self.holds: dict[int, str] = {}
        self.happened: list[str] = []
        self.before = dict(self.world.balances())

    @property
    def stated(self) -> dict[str, Any]:
        """The day, and an entry behind it."""
        return {"effective_on": self.day, "because": 1}

    def shares(self, line: str) -> list[Share]:
        """The shares of line D (a direct payment) or N (60/40 with the council), as they stand."""
        parts = [("nhs", "ring_fenced", 60, None)] + ([("council", "partner", 40, "council")] if line == "N" else [])
        person = "P1" if line == "D" else "P2"
        return [
            with_balances(
                Share(line=line, fund=fund, year=self.year, person=person, kind=kind, weight=weight, partner=partner),
                self.world.balances(),
            )
            for fund, kind, weight, partner in parts
        ]  # fmt: skip

    def some(self, most: int) -> int:
        """So many pence by chance, at least one where there is any."""
        return self.lots.randint(1, most) if most > 0 else 0


Requests = Sequence[Any] | None


def _left(shares: Sequence[Share]) -> int:
    return sum(share.available for share in shares)


def _order(life: Life) -> Requests:
    shares = life.shares("N")
    amount = life.some(_left(shares) // 10)
    return [acts.order_placed(amount=amount, shares=shares, **life.stated)] if amount else None


def _settle(life: Life) -> Requests:
    hold = life.lots.choice([number for number, year in life.holds.items() if year == life.year] or [0])
    kept = life.world.state.holds.get(hold)
    if kept is None or kept.closed:
        return None
    remaining = {code: pair.remaining for code, pair in kept.pairs.items() if pair.remaining}
    amount = life.some(sum(remaining.values()) * 3 // 2)
    return [facts.invoice_settles_hold(hold=hold, remaining=remaining, amount=amount, shares=life.shares("N"), payee=PAYEE,
                                       final=life.lots.random() < 0.5, **life.stated)] if amount else None  # fmt: skip


def _invoice(life: Life) -> Requests:
    return [
        facts.invoice_settled_directly(amount=life.some(500_00), shares=life.shares("N"), payee=PAYEE, **life.stated)
    ]


def _assigned(life: Life) -> Requests:
    amount = life.some(300_00)
    moved = Movement()
    moved.pay(amount, debit="unassigned/csv/A1", credit="bank/main")
    imported = Post(event=53, legs=moved.legs, effective_on=life.day)
    return [
        imported,
        facts.payment_assigned(amount=amount, shares=life.shares("N"), source="csv", payee=PAYEE, **life.stated),
    ]


def _instalment(life: Life) -> Requests:
    shares = life.shares("D")
    amount = life.some(_left(shares) // 8)
    return [acts.instalment_paid(amount=amount, shares=shares, through=TRANSIT, holder_account=ACCOUNT, **life.stated)] if amount \
        else None  # fmt: skip


def _evidence(life: Life) -> Requests:
    shares = life.shares("D")
    amount = life.some(sum(share.advanced for share in shares))
    found = life.world.balance(f"advance/P1/{ACCOUNT}")
    return facts.spend_evidenced(amount=amount, shares=shares, holder_account=ACCOUNT, in_account=found, **life.stated) \
        if amount else None  # fmt: skip


def _bank_line(life: Life) -> Requests:
    found = life.world.balance(f"advance/P1/{ACCOUNT}")
    amount = life.some(found // 5)
    return facts.bank_line_taken(amount=amount, person="P1", holder_account=ACCOUNT, in_account=found, **life.stated) \
        if amount else None  # fmt: skip


def _raised(life: Life) -> Requests:
    shares = life.shares(life.lots.choice("DN"))
    return [acts.allocation_raised(amount=life.some(500_00), shares=shares, **life.stated)]


def _cut(life: Life) -> Requests:
    shares = life.shares("D")
    amount = life.some(_left(shares) // 20)
    return [acts.allocation_cut(amount=amount, shares=shares, **life.stated)] if amount else None


def _contingency(life: Life) -> Requests:
    shares = life.shares("D")
    amount = life.some(_left(shares) // 20)
    return [acts.contingency_set_aside(amount=amount, shares=shares, **life.stated)] if amount else None


def _pay(life: Life) -> Requests:
    amount = life.some(-life.world.balance(f"payable/{PAYEE}"))
    return [acts.payment_released(amount=amount, payee=PAYEE, through=TRANSIT, effective_on=life.day),
            acts.payment_cleared(amount=amount, bank=BANK, effective_on=life.day)] if amount else None  # fmt: skip


def _taken_on(life: Life) -> Requests:
    [share] = life.shares("D")
    spent, advanced, back = (life.some(200_00) for _ in range(3))
    opening = take_on.Opening(
        share=share, allocated=life.some(900_00), spent=spent, advanced=advanced, recovering=back,
        place=f"advance/P1/{ACCOUNT}", debtor="receivable/reclaim/P1/P1",
    )  # fmt: skip
    return [take_on.budget_taken_on(opening, source="old", **life.stated)]


class Row(NamedTuple):
    """One kind of event: how often it is tried, and what it asks for."""

    weight: int
    asks: Callable[[Life], Requests]


EVENTS: dict[str, Row] = {
    "3 raised": Row(1, _raised),
    "3 cut": Row(1, _cut),
    "4 contingency": Row(1, _contingency),
    "5 order": Row(4, _order),
    "6, 28, 29 settled": Row(4, _settle),
    "7 invoice": Row(2, _invoice),
    "8 paid": Row(2, _pay),
    "11 instalment": Row(3, _instalment),
    "12 evidence": Row(4, _evidence),
    "13 bank line": Row(1, _bank_line),
    "53, 54 assigned": Row(2, _assigned),
    "55 taken on": Row(1, _taken_on),
}


def lived(seed: int, events: int, after_each: Callable[[Life], None]) -> Life:
    """Two years with so many tries each; `after_each` is called whenever something has happened."""
    life = Life(seed)
    for year in (YEAR, NEXT):
        life.year, life.day = year, FIRST_DAYS[year]
        for fund in ("nhs", "council"):
            life.world.done(acts.fund_granted(fund=fund, year=year, amount=GRANTED, effective_on=life.day))
        for line in "DN":
            life.world.done(acts.allocated(amount=20_000_00, shares=life.shares(line), **life.stated))
        for _ in range(events):
            life.day = min(life.day + timedelta(days=life.lots.randint(0, 3)), FIRST_DAYS[year] + timedelta(days=364))
            [name] = life.lots.choices(list(EVENTS), [row.weight for row in EVENTS.values()])
            requests = EVENTS[name].asks(life)
            if not requests:
                continue
            outcome = life.world.ask(*requests)
            assert outcome.refusal is None, (name, outcome.refusal)
            life.holds.update({entry.number: year for entry in outcome.entries if entry.kind == "hold_placed"})
            life.happened.append(name)
            after_each(life)
    return life
