"""A year of ordinary data, watched month by month: how often each pattern finds something where there is nothing to find.

The year is made up by chance from a seed: families who buy care and employ assistants, forget payroll for a month, draw a little
cash, go to hospital, get a refund, send receipts, have an assistant who is away for a day, spend a little more before a review or
the end of the year, and some die. Whatever a pattern looks at happens, and stays about its threshold. Nobody in it does anything
wrong. All thresholds are made up.
"""

import random
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta

from ledger.core.calendar import day_ends_us, month_of, period_days
from ledger.reports.patterns import facts_of_month, rates_of
from policies.facts_watch import PATTERNS, SAMPLING
from tests.policies.scene import START, Scene
from tests.policies.watched import MADE_UP, Lived, Watched, mark

PEOPLE = 24
MONTHS = [month_of(date(2025 + (3 + place) // 12, (3 + place) % 12 + 1, 1)) for place in range(12)]
AT_MOST_PER_CENT = 5.0
"""A pattern that asks for a look at more than one ordinary month in twenty would be looked at by nobody."""
FIRST_ASKS = frozenset(rule for rule, (_, fact) in PATTERNS.items() if getattr(MADE_UP, fact) == 1)
"""Patterns that ask for a look at the first that they count; of these the year has what is just not counted."""


def _weeks(year: date = START) -> list[date]:
    """The Mondays of the year."""
    first = year + timedelta(days=(7 - year.weekday()) % 7)
    return [first + timedelta(days=7 * week) for week in range(51)]


def _paid_out(
    lived: Lived, lot: random.Random, assistant: str, weekly: int, own: str, died_on: date | None = None
) -> None:
    """A direct payment: paid in advance every four weeks, an assistant by the hour, payroll, and some small things. Nothing is paid
    after a death."""
    quiet = lot.randint(5, 44) if lot.random() < 0.3 else None
    for place, monday in enumerate(_weeks()):
        if died_on is not None and monday + timedelta(days=6) > died_on:
            break
        if place % 4 == 0:
            # The first one starts things off.
            pence = weekly * 4 + (70_00 if place else 470_00)
            lived.paid(monday, pence)
            lived.came(monday + timedelta(days=lot.randint(0, 3)), pence)
            if place and lot.random() < 0.05:
                # Something small that the holder had laid out.
                lived.went(monday + timedelta(days=4), lot.randint(8_00, 60_00), to_bank=own)
        if place % 26 == 12:
            lived.reviewed(monday + timedelta(days=1))
        sunday = monday + timedelta(days=6)
        if quiet is not None and quiet <= place < quiet + 5:
            # A month with the family: nothing is claimed, and a little leaves the account.
            lived.went(sunday, lot.randint(20_00, 95_00), way="card")
            continue
        hours = max(4, round(lot.gauss(weekly / 1_400, 2)))
        if lot.random() < 0.93:
            lived.claimed(sunday, hours * 1_287, assistant, "personal_assistant", care=(monday, sunday), hours=hours)
        if place % 4 == 3 and lot.random() < 0.9:
            lived.claimed(sunday, 1_850, "A1", "payroll")
        if lot.random() < 0.15:
            lived.claimed(sunday, lot.randint(3_00, 28_00), "A1", "exercise")
        if place % 13 in (3, 4, 5):
            # Three lifts at the same round price, where four ask for a look.
            lived.claimed(sunday, 50_00, "A1", "transport")
        if lot.random() < 0.06:
            lived.went(sunday, lot.choice((10_00, 20_00)), way="cash")
    if died_on is None and lot.random() < 0.5:
        lived.claimed(date(2026, 3, lot.randint(5, 28)), lot.randint(40_00, weekly), "A1", "exercise")
    if lot.random() < 0.3:
        first = START + timedelta(days=lot.randint(0, 340))
        lived.away(first, first + timedelta(days=lot.randint(0, 2)))
    if lot.random() < 0.2:
        lived.came(START + timedelta(days=lot.randint(0, 360)), lot.randint(5_00, 150_00))


def _bought(lived: Lived, lot: random.Random, payee: str, weekly: int) -> None:
    """Care bought from an agency: a bill a month for what was given, paid within thirty days."""
    number = lot.randint(100, 9_999)
    for month in MONTHS:
        last = period_days(month)[1]
        # Now and then two in a row.
        number += lot.choice((1, lot.randint(2, 60), lot.randint(2, 60)))
        paid_on = last + timedelta(days=lot.randint(14, 29))
        pence = max(1, round(lot.gauss(weekly * 4, weekly / 3)))
        lived.billed(last, pence, payee, number=number, care=last, paid_on=paid_on)


async def _year(watched: Watched, lot: random.Random) -> None:
    """Everybody's year."""
    for agency in ("AG1", "AG2"):
        await watched.payee(agency, bank=mark(agency), place=mark(f"{agency} street"))
    # One agency goes to another bank, and is paid as ever.
    watched.noted("AG1", date(2025, 10, 9), bank=mark("AG1 new bank"))
    shared = await watched.payee("PA-shared", employed=True, bank=mark("shared assistant"))
    for place in range(PEOPLE):
        weekly = lot.randint(90_00, 320_00)
        if place % 3 == 2:
            lived = await watched.person("notional")
            _bought(lived, lot, lot.choice(("AG1", "AG2")), weekly)
            if place == 5:
                # The last bills are for care before the death, and come after it.
                watched.died(lived, period_days(MONTHS[-1])[1])
            continue
        lived = await watched.person()
        lived.noted(bank=mark(f"bank {place}"), place=mark(f"home {place}"), phone=mark(f"phone {place}"))
        assistant = await watched.payee(
            f"PA{place}",
            employed=True,
            bank=mark("a couple's" if place in (3, 6) else f"PA bank {place}"),
            place=mark(f"PA home {place}"),
        )
        died_on = date(2025, 11, 16) if place in (4, 15) else None
        _paid_out(lived, lot, shared if place % 12 == 0 else assistant, weekly, mark(f"bank {place}"), died_on)
        if died_on is not None:
            watched.died(lived, died_on)
        _papers(watched, lived, lot, place, assistant)
    await watched.settle()


def _papers(watched: Watched, lived: Lived, lot: random.Random, place: int, assistant: str) -> None:
    """What is sent in and noted beside the money: receipts of the same shops, that are each another picture, an assistant who is
    away for a day and gets another account."""
    for month in (6, 9, 12) if place % 12 == 0 else ():
        # A long day for both whom the assistant works for.
        on = date(2025, month, 12)
        lived.claimed(on, 7 * 1_287, "PA-shared", "personal_assistant", care=(on, on), hours=7)
    for number in range(4):
        # Two quarters are the shop's own and the same on all; the others are what was bought.
        lived.given(f"{4 * place + number:02x}", f"1.2.{lot.randint(10, 99)}.{lot.randint(10, 99)}")
    if lot.random() < 0.4:
        first = START + timedelta(days=lot.randint(0, 360))
        watched.away(assistant, first, first)
    if lot.random() < 0.3:
        watched.noted(assistant, START + timedelta(days=lot.randint(0, 360)), bank=mark(f"PA new bank {place}"))


async def test_an_ordinary_year_is_seldom_asked_about(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """Of the months of ordinary people few ask for a look, by any pattern; the rate of each is shown at the end of the run, and is
    the rate that the ledger tells of itself. Whatever a pattern counts is there to be counted, and the month in which receipts
    came in, which is the month of the test, is watched as well."""
    watched, now = Watched(scene), scene.today()
    await watched.begin()
    await _year(watched, random.Random(20261125))
    await scene.clock.set(day_ends_us(now + timedelta(days=40)))
    found: Counter[str] = Counter()
    watched_months = [*MONTHS, month_of(now)]
    counted = await _counted(scene, watched_months)
    for month in watched_months:
        for rules in (await watched.found(month)).values():
            found.update(f"pattern.{rule}" for rule in rules)
    async with scene.reading() as connection:
        rates = {
            each.rule: each for each in await rates_of(connection, scene.book.book_id, tuple(PATTERNS), made_up=True)
        }
    months = PEOPLE * len(watched_months)
    lines = [f"ordinary months of {PEOPLE} people asked about, of {months}, by thresholds that are made up:"]
    for rule, (pattern, _) in PATTERNS.items():
        percent = 100 * found[rule] / months
        lines.append(f"{pattern:>4} {rule:<28} {found[rule]:>4} {percent:6.2f} %")
        assert (rates[rule].watched, rates[rule].found) == (months, found[rule]), rule
        assert rule in SAMPLING or percent <= AT_MOST_PER_CENT, rule
    record_property("shown", "\n".join(lines))
    never = [rule for rule, (_, fact) in PATTERNS.items() if rule not in FIRST_ASKS | SAMPLING and not counted[fact]]
    assert not never, f"nothing of the year is what these count: {', '.join(never)}"


async def _counted(scene: Scene, months: list[str]) -> Counter[str]:
    """The most that each fact came to in any person's month."""
    most: Counter[str] = Counter()
    async with scene.reading() as connection:
        for month in months:
            first, last = period_days(month)
            facts = await facts_of_month(
                connection, scene.book.book_id, first, last, round_to_pence=MADE_UP.round_to_pence, change_days=MADE_UP.change_days,
                digits_least=MADE_UP.digits_least, peers_least=MADE_UP.peers_least, again_days=MADE_UP.again_days,
                two_employers_hours=MADE_UP.two_employers_hours, late_days=MADE_UP.late_days, usual_days=MADE_UP.usual_days,
                arrives_days=MADE_UP.arrives_days,
            )  # fmt: skip
            for of_person in facts.values():
                for fact, value in of_person.items():
                    most[fact] = max(most[fact], value)
    return most
