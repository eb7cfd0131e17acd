"""A made-up year of somebody who manages the money themselves, or through a third party: instalments, and what they bought."""

import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from api.demo.cast import ASSISTANTS, BARRED, SHOPS, Span
from api.demo.notional_years import Scene
from api.demo.rare_years import STOPS, own_chance, paid_in, rare_direct
from api.demo.wishes import BankLine, Evidence, Explained, Noted, Scheduled, Statement, Wish
from ledger.budgets.plans import Line
from ledger.budgets.schedule import Schedule

EVERY_DAYS = 28
FIRST_DAYS = 2
"""An instalment is due so many days after a line begins, and then every so many."""
MOST_EVIDENCE = 940_00


def direct_year(
    chance: random.Random, line: Line, schedule: Schedule, span: Span, turn: int, *, is_ready: bool
) -> list[Wish]:
    """Everything that happens on a direct-payment line in these twelve months, unsorted. One that is not ready asks for its
    instalments and gets none."""
    scene = Scene(chance, line, span, turn)
    periods = schedule.periods()
    wishes: list[Wish] = [Scheduled(on=line.start, schedule=schedule)]
    for period in periods if is_ready else periods[:3]:
        name = scene.name()
        wishes += paid_in(period, name, line)
        if is_ready:
            wishes += _spent(scene, period.first, schedule.amount or 0)
    for place in range(2):
        wishes += MISHAPS[(2 * turn + place) % len(MISHAPS)](scene)
    if turn == STOPS:
        wishes.append(Noted(on=scene.day(least=250), act="consent_withdrawn"))
    if is_ready:
        wishes += rare_direct(wishes, line, periods, turn)
    return wishes


def third_party_year(
    chance: random.Random, line: Line, fee_line: Line, schedules: tuple[Schedule, Schedule], span: Span, turn: int
) -> list[Wish]:  # fmt: skip
    """What is asked about a line that a third party manages, what it is paid every quarter, and what it tells of every month."""
    scene = Scene(chance, line, span, turn)
    asks: list[Wish] = [scene.ask(scene.day(), scene.amount()) for _ in range(4)]
    services = ("gambling", "unsure", "training")
    asks += [scene.ask(scene.day(), 300_00, service=services[turn % 3]), scene.ask(scene.day(), 1_250_00)]
    own = own_chance(line)
    for schedule in schedules:
        asks.append(Scheduled(on=line.start, schedule=schedule))
    for place, (care, fee) in enumerate(zip(*(schedule.periods() for schedule in schedules), strict=True)):
        name = f"{line.line}.Q{place}"
        asks += [*paid_in(fee, f"{name}.fee", fee_line), *paid_in(care, name, line)]
        for month in range(1, 4):
            on = care.first + timedelta(days=30 * month - 2)
            asks.append(Statement(
                on=on, of=name, reference=f"{name}.{month}", line=line.line, fee_line=fee_line.line,
                service=line.services[0], third_party=line.payees[0], care=care.amount * own.randrange(26, 33) // 100 + 1,
                fee=fee.amount // 3,
            ))  # fmt: skip
    return asks


def _spent(scene: Scene, on: date, amount: int) -> Iterator[Wish]:
    """What is bought after an instalment: mostly shown, sometimes only seen on the bank statement."""
    bought = min(MOST_EVIDENCE, amount * scene.chance.randrange(55, 96) // 100)
    day = on + timedelta(days=scene.chance.randrange(8, 22))
    draw = scene.chance.randrange(100)
    # Two assistants, by turns.
    payee = ASSISTANTS[(scene.turn + on.toordinal() // EVERY_DAYS % 2) % len(ASSISTANTS)]
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
