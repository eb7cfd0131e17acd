"""A year of ordinary data, watched month by month: how often each pattern finds something where there is nothing to find.

The year is made up by chance from a seed: families who buy care and employ assistants, forget payroll for a month, draw a little
cash, go to hospital, get a refund. Nobody in it does anything wrong. All thresholds are made up.
"""

import random
from collections import Counter
from datetime import date, timedelta

from ledger.core.calendar import month_of, period_days
from ledger.reports.patterns import rates_of
from policies.facts_watch import PATTERNS, SAMPLING
from tests.policies.scene import START, Scene
from tests.policies.watched import Lived, Watched, mark

PEOPLE = 24
MONTHS = [month_of(date(2025 + (3 + place) // 12, (3 + place) % 12 + 1, 1)) for place in range(12)]
AT_MOST_PER_CENT = 5.0
"""A pattern that asks for a look at more than one ordinary month in twenty would be looked at by nobody."""


def _weeks(year: date = START) -> list[date]:
    """The Mondays of the year."""
    first = year + timedelta(days=(7 - year.weekday()) % 7)
    return [first + timedelta(days=7 * week) for week in range(51)]


def _paid_out(lived: Lived, lot: random.Random, assistant: str, weekly: int) -> None:
    """A direct payment: paid in advance every four weeks, an assistant by the hour, payroll, and some small things."""
    for place, monday in enumerate(_weeks()):
        if place % 4 == 0:
            # The first one starts things off.
            pence = weekly * 4 + (20_00 if place else 320_00)
            lived.paid(monday, pence)
            lived.came(monday + timedelta(days=lot.randint(0, 3)), pence)
        if place % 26 == 12:
            lived.reviewed(monday + timedelta(days=1))
        sunday = monday + timedelta(days=6)
        hours = max(4, round(lot.gauss(weekly / 1_400, 2)))
        if lot.random() < 0.93:
            lived.claimed(sunday, hours * 1_287, assistant, "personal_assistant", care=(monday, sunday), hours=hours)
        if place % 4 == 3 and lot.random() < 0.9:
            lived.claimed(sunday, 1_850, "A1", "payroll")
        if lot.random() < 0.15:
            lived.claimed(sunday, lot.randint(3_00, 28_00), "A1", "exercise")
        if lot.random() < 0.06:
            lived.went(sunday, lot.choice((10_00, 20_00)), way="cash")
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
        number += lot.randint(3, 60)
        lived.billed(last, max(1, round(lot.gauss(weekly * 4, weekly / 3))), payee, number=number, care=last)


async def _year(watched: Watched, lot: random.Random) -> None:
    """Everybody's year."""
    for agency in ("AG1", "AG2"):
        await watched.payee(agency, bank=mark(agency), place=mark(f"{agency} street"))
    shared = await watched.payee("PA-shared", employed=True, bank=mark("shared assistant"))
    for place in range(PEOPLE):
        weekly = lot.randint(90_00, 320_00)
        if place % 3 == 2:
            _bought(await watched.person("notional"), lot, lot.choice(("AG1", "AG2")), weekly)
            continue
        lived = await watched.person()
        lived.noted(bank=mark(f"bank {place}"), place=mark(f"home {place}"), phone=mark(f"phone {place}"))
        assistant = await watched.payee(
            f"PA{place}", employed=True, bank=mark(f"PA bank {place}"), place=mark(f"PA home {place}")
        )
        _paid_out(lived, lot, shared if place % 12 == 0 else assistant, weekly)
        if lot.random() < 0.3:
            watched.noted(assistant, START + timedelta(days=lot.randint(0, 360)), bank=mark(f"PA new bank {place}"))
    await watched.settle()


async def test_an_ordinary_year_is_seldom_asked_about(scene: Scene) -> None:
    """Of the months of ordinary people few ask for a look, by any pattern; the rate of each is printed, and is the rate that the
    ledger tells of itself. A month is watched in no more statements for many people than for few."""
    watched = Watched(scene)
    await watched.begin()
    await _year(watched, random.Random(20261125))
    found: Counter[str] = Counter()
    for month in MONTHS:
        for rules in (await watched.found(month)).values():
            found.update(f"pattern.{rule}" for rule in rules)
    async with scene.reading() as connection:
        rates = {
            each.rule: each for each in await rates_of(connection, scene.book.book_id, tuple(PATTERNS), made_up=True)
        }
    months = PEOPLE * len(MONTHS)
    print(f"\nfound in {months} ordinary months of {PEOPLE} people, with thresholds that are made up:")
    for rule, (pattern, _) in PATTERNS.items():
        percent = 100 * found[rule] / months
        print(f"{pattern:>4} {rule:<28} {found[rule]:>4} {percent:6.2f} %")
        assert (rates[rule].watched, rates[rule].found) == (months, found[rule]), rule
        assert rule in SAMPLING or percent <= AT_MOST_PER_CENT, rule
