"""A made-up year of somebody who manages the money themselves, or through a third party: instalments, and what they bought."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from api.demo.cast import ASSISTANTS, BARRED, SHOPS, Span
from api.demo.notional_years import Scene, decided_on
from api.demo.wishes import BankLine, Decide, Evidence, Explained, Instalment, Noted, PayOut, Wish
from ledger.budgets.plans import Line

EVERY_DAYS = 28
MOST_EVIDENCE = 940_00


def instalment_days(start: date, end: date) -> list[date]:
    """The days on which the instalments of a plan are due."""
    return [start + timedelta(days=day) for day in range(2, (end - start).days + 1, EVERY_DAYS)] or [start]


def direct_year(chance: random.Random, line: Line, span: Span, turn: int, *, is_ready: bool) -> list[Wish]:
    """Everything that happens on a direct-payment line in these twelve months, unsorted. One that is not ready asks for its
    instalments and gets none."""
    scene = Scene(chance, line, span, turn)
    days = instalment_days(line.start, line.end)
    amount = line.amount // len(days)
    wishes: list[Wish] = []
    for on in days if is_ready else days[:3]:
        name = scene.name()
        wishes += [
            Instalment(on=on, name=name, line=line.line, amount=amount),
            PayOut(on=on + timedelta(days=2), of=name),
        ]
        wishes.append(Decide(on=decided_on(on, 1), of=name, approves=True))
        if is_ready:
            wishes += _spent(scene, on, amount)
    for place in range(2):
        wishes += MISHAPS[(2 * turn + place) % len(MISHAPS)](scene)
    if turn == 5:
        wishes.append(Noted(on=scene.day(least=250), act="consent_withdrawn"))
    return wishes


def third_party_year(chance: random.Random, line: Line, span: Span, turn: int) -> list[Wish]:
    """What is asked about a line that a third party manages; its payments and statements are not in this version."""
    scene = Scene(chance, line, span, turn)
    asks: list[Wish] = [scene.ask(scene.day(), scene.amount()) for _ in range(4)]
    services = ("gambling", "unsure", "training")
    return [*asks, scene.ask(scene.day(), 300_00, service=services[turn % 3]), scene.ask(scene.day(), 1_250_00)]


def _spent(scene: Scene, on: date, amount: int) -> Iterator[Wish]:
    """What is bought after an instalment: mostly shown, sometimes only seen on the bank statement."""
    bought = min(MOST_EVIDENCE, amount * scene.chance.randrange(55, 96) // 100)
    day = on + timedelta(days=scene.chance.randrange(8, 22))
    draw = scene.chance.randrange(100)
    payee = ASSISTANTS[scene.turn % len(ASSISTANTS)]
    if draw < 60:
        yield Evidence(on=day, reference=scene.name(), line=scene.line.line, service=scene.line.services[0], payee=payee,
                       amount=bought)  # fmt: skip
    elif draw < 75:
        name = scene.name()
        yield BankLine(on=day, name=name, line=scene.line.line, amount=bought // 4 + 1)
        if draw < 70:
            yield Explained(on=day + timedelta(days=18), of=name, service=scene.line.services[1])


def _ask(service: str) -> Callable[[Scene], list[Wish]]:
    return lambda scene: [scene.ask(scene.day(), scene.amount(20_00, 200_00), service=service, payee=SHOPS[3])]


def _bought(service: str | None = None, *, payee: str = SHOPS[1], least: int = 20_00, most: int = 90_00
            ) -> Callable[[Scene], list[Wish]]:  # fmt: skip
    def happens(scene: Scene) -> list[Wish]:
        return [Evidence(on=scene.day(least=60), reference=scene.name(), line=scene.line.line,
                         service=service or scene.line.services[0], payee=payee, amount=scene.amount(least, most))]  # fmt: skip

    return happens


MISHAPS: tuple[Callable[[Scene], list[Wish]], ...] = (
    _ask("alcohol_or_tobacco"), _bought("gambling"), _ask("debt_repayment"), _bought(least=1_000_01, most=1_200_00),
    _ask("planned_surgery"), _bought(payee=BARRED), _ask("nhs_charges"), _bought("training"), _ask("gambling"),
    _ask("training"), _ask("primary_medical_services"), _bought("vaccination_or_screening"), _ask("health_check"),
)  # fmt: skip
"""What is out of the ordinary, each person's turn being two of these."""
