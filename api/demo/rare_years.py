"""What happens once or twice among all the demo's people: a payment that comes back, money that is too much, a payment that stops.

Each is somebody's by turn, so that there is one of each whatever chance brings; small numbers, and days counted from the periods of
the schedule.
"""

import random
from collections.abc import Iterable, Sequence
from datetime import timedelta

from api.demo.cast import ASSISTANTS, CHECKED, SHOPS
from api.demo.wishes import (
    Answered,
    CheckAsked,
    CreditNote,
    Decide,
    Demand,
    Evidence,
    GivenUp,
    Instalment,
    Invoice,
    LaidOut,
    LookAgain,
    Noted,
    Offset,
    Order,
    PayOut,
    Questioned,
    Raised,
    Repaid,
    ReviewCalled,
    Reviewed,
    SentBack,
    Stopped,
    Surplus,
    Wish,
)
from ledger.budgets.plans import Line
from ledger.budgets.schedule import Period
from ledger.core.calendar import period_days, year_of

STOPS, NEVER_REVIEWED = 5, 4
"""Turns of direct payments: whose consent is withdrawn, and whose review nobody holds."""
SENT_BACK, OFFSET, DEMANDED = (6, 16), (7, 17, 27), (8, 18)
TAKEN_BACK = 18
"""Of whose demand what was not repaid is taken back when it is looked at again."""
QUESTIONED, PARTLY_EXPLAINED, UNANSWERED = (10, 11, 13, 14, 15, 20, 21), 21, 20
"""Whose receipts are asked about again: mostly all is explained, of one a little is waived, and one waits."""
CHECKS, CALLED = (12, 22), (23, 24, 25)
"""Who asks for the enquiries about a provider, and for an early review."""
EXTRA_LINE = (9, 19, 29)
"""Those who have a line of trips besides, that the commissioner pays."""
CREDITED, RAISED = (4, 14, 26, 38), (3, 13, 23)
"""Turns of notional lines."""
RAISED_BY = 300_00
REVIEW_DAYS = 80
DEMANDED_PENCE, REPAID_PENCE, WAIVED_PENCE = 180_00, 120_00, 45_00


def own_chance(line: Line) -> random.Random:
    """A chance of one line's own, which leaves what chance gives to others alone."""
    return random.Random(f"{line.person}/{line.line}")  # noqa: S311 - made-up data, the same each time


def paid_in(period: Period, name: str, line: Line) -> list[Wish]:
    """An instalment asked for, paid two days later, and what an officer says should it be referred."""
    on = period.first
    decided = min(on + timedelta(days=1), period_days(year_of(on))[1])
    return [
        Instalment(on=on, name=name, line=line.line, amount=period.amount, period=period.first),
        PayOut(on=on + timedelta(days=2), of=name),
        Decide(on=decided, of=name, approves=True),
    ]


def rare_direct(wishes: Sequence[Wish], line: Line, periods: tuple[Period, ...], turn: int) -> list[Wish]:
    """What is out of the ordinary in a year of direct payments, besides its review."""
    names = {wish.period: wish.name for wish in wishes if isinstance(wish, Instalment)}
    made: list[Wish] = []
    if turn != NEVER_REVIEWED:
        made.append(Reviewed(on=line.start + timedelta(days=REVIEW_DAYS), outcome="unchanged"))
    if turn in CALLED:
        made.append(ReviewCalled(on=line.start + timedelta(days=REVIEW_DAYS - 9), reason="asked_for"))
    if turn in CHECKS:
        made.append(CheckAsked(on=line.start + timedelta(days=50), payee=CHECKED[CHECKS.index(turn)]))
    if turn in QUESTIONED:
        made += _asked_about(wishes, line, turn)
    if turn in SENT_BACK:
        third = periods[2]
        again = Instalment(on=third.first + timedelta(days=6), name=f"{line.line}.again", line=line.line,
                           amount=third.amount, period=third.first)  # fmt: skip
        made += [SentBack(on=third.first + timedelta(days=4), of=names[third.first]), again,
                 PayOut(on=again.on + timedelta(days=2), of=again.name)]  # fmt: skip
    if turn in (*OFFSET, *DEMANDED):
        made += _too_much(line, periods[3], names[periods[3].first], turn)
    if turn == STOPS:
        withdrawn = next(wish for wish in wishes if isinstance(wish, Noted))
        made.append(Stopped(
            on=withdrawn.on + timedelta(days=1), line=line.line, ends_on=withdrawn.on + timedelta(days=29),
            payee=ASSISTANTS[turn], service=line.services[0], owed=640_00, paid=600_00,
        ))  # fmt: skip
    return made


def _asked_about(wishes: Sequence[Wish], line: Line, turn: int) -> Iterable[Wish]:
    """A receipt that was accepted is questioned, and what is said about it three weeks later."""
    shown = [wish for wish in wishes if isinstance(wish, Evidence) and wish.payee in ASSISTANTS]
    if not shown:
        return
    first, name = min(shown, key=lambda wish: wish.on), f"{line.line}.question"
    yield Questioned(on=first.on + timedelta(days=30), name=name, of=first.reference, amount=first.amount)
    if turn != UNANSWERED:
        waived = WAIVED_PENCE if turn == PARTLY_EXPLAINED else 0
        yield Answered(
            on=first.on + timedelta(days=51), of=name, line=line.line, amount=first.amount - waived, waived=waived
        )


def _too_much(line: Line, period: Period, instalment: str, turn: int) -> Iterable[Wish]:
    """A balance above eight weeks of payment: a part is taken from the next instalment, or demanded, repaid in part, and the rest
    waived or taken back."""
    name, on = f"{line.line}.surplus", period.first - timedelta(days=9)
    yield Surplus(on=on, name=name, line=line.line, balance=line.amount // 5, liabilities=90_00, contingency=200_00,
                  amount=DEMANDED_PENCE)  # fmt: skip
    if turn in OFFSET:
        # Before it would be paid whole.
        yield Offset(on=period.first + timedelta(days=1), of=instalment, surplus=name, amount=DEMANDED_PENCE)
        return
    demand, rest = f"{line.line}.demand", DEMANDED_PENCE - REPAID_PENCE
    yield from (
        Demand(on=on + timedelta(days=3), name=demand, surplus=name, line=line.line, amount=DEMANDED_PENCE),
        LookAgain(on=on + timedelta(days=20), of=demand, taken_back=rest if turn == TAKEN_BACK else 0),
        Repaid(on=on + timedelta(days=40), of=demand, amount=REPAID_PENCE),
    )
    if turn != TAKEN_BACK:
        yield GivenUp(on=on + timedelta(days=60), of=demand, amount=rest)


def rare_notional(wishes: Sequence[Wish], line: Line, turn: int) -> list[Wish]:
    """A credit note for the first order that was invoiced, or more money for the line in a later version of its plan."""
    made: list[Wish] = []
    if turn in RAISED:
        made.append(Raised(on=line.start + timedelta(days=100), line=line.line, more=RAISED_BY))
    if turn in CREDITED:
        last = next((wish for wish in wishes if isinstance(wish, Invoice) and wish.final), None)
        if last is not None:
            made.append(CreditNote(on=last.on + timedelta(days=6), of=last.of, reference=f"{last.reference}.credit",
                                   amount=40_00))  # fmt: skip
    return made


def trips_year(line: Line) -> list[Wish]:
    """A line of trips beside a direct payment: a taxi laid out twice, and a trip ordered and paid."""
    on, service = line.start + timedelta(days=45), line.services[0]
    ordered = Order(on=on, name=f"{line.line}.1", line=line.line, service=line.services[1], payee=SHOPS[2], amount=210_00,
                    care_from=on, care_to=on + timedelta(days=6))  # fmt: skip
    return [
        ordered,
        Invoice(on=on + timedelta(days=12), of=ordered.name, reference=f"{line.line}.2", amount=205_00, final=True),
        *(LaidOut(on=on + timedelta(days=days), reference=f"{line.line}.taxi.{days}", line=line.line, service=service,
                  amount=amount) for days, amount in ((20, 62_00), (75, 31_50))),
    ]  # fmt: skip
