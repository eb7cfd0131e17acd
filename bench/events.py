"""The events that are posted: plain transfers of two legs, and instalments of six with the decision that
allowed them."""

import os
import random
from collections.abc import Callable, Iterable
from datetime import date, timedelta

from bench.ground import ASKED, today
from ledger.book.sink import outcomes_of
from ledger.book.writer import Writer
from ledger.budgets.chart import account, fund_accounts, holder_accounts, share_accounts
from ledger.core.calendar import year_of
from ledger.core.model import AccountSpec, Detail, Item, Leg, Request
from ledger.core.requests import OpenAccounts, Post, Record

PRINTS = b"f" * 40
"""As long as the fingerprints of a journal that came over HTTP."""
DETAIL_BYTES = 400
PER_ENTRY = 90
ENDOWMENT = 10**11
MakeItem = Callable[[], Item]


def item(*requests: Request) -> Item:
    """An item under a random key, as clients choose them."""
    return Item(requests=requests, asked=ASKED, key=os.urandom(16), prints=PRINTS)


class TwoLegs:
    """Transfers between two accounts drawn from all; with `hot` one of the two is always the same account."""

    def __init__(self, accounts: int, *, days: int = 30, hot: bool = False) -> None:
        self._chance = random.Random()
        self._codes = [f"bank/{number}" for number in range(accounts)]
        self._days = days_up_to(today(), days)
        self._hot = hot

    def __call__(self) -> Item:
        """The next transfer."""
        chance = self._chance
        debit, credit = chance.sample(self._codes, 2)
        if self._hot:
            debit = "bank/hot"
        pence = chance.randrange(100, 100_000)
        legs = (Leg(debit, pence), Leg(credit, -pence))
        return item(Post(effective_on=chance.choice(self._days), legs=legs))

    def opening(self) -> list[Item]:
        """Opens every account."""
        specs = [AccountSpec(code, "bank") for code in [*self._codes, "bank/hot"]]
        return [item(OpenAccounts(accounts=some)) for some in _in_parts(specs)]


class SixLegs:
    """Instalments of direct payments paid by two funds (accounting.md event 11), each in one group with
    its decision: the
    authority of both shares is advanced, and the money goes from the bank to the holder's account."""

    def __init__(self, people: int, *, days: int = 30) -> None:
        self._chance = random.Random()
        self._people = [f"p{number:05d}" for number in range(people)]
        self._days = days_up_to(today(), days)
        self._year = year_of(today())

    def __call__(self) -> Item:
        """The next decision and instalment."""
        chance, year = self._chance, self._year
        person = chance.choice(self._people)
        nhs, council = chance.randrange(100, 50_000), chance.randrange(100, 50_000)
        legs = (
            Leg(f"share/{person}/nhs/{year}/advanced", nhs),
            Leg(f"share/{person}/nhs/{year}/available", -nhs),
            Leg(f"share/{person}/council/{year}/advanced", council),
            Leg(f"share/{person}/council/{year}/available", -council),
            Leg(f"advance/{person}/main", nhs + council),
            Leg("in_transit/main", -nhs - council),
        )
        day = chance.choice(self._days)
        instalment = Post(event=11, effective_on=day, legs=legs, because=-1, subject=f"person/{person}")
        return item(_decision(person), instalment)

    def opening(self) -> list[Item]:
        """Opens funds, shares and holders' accounts and gives every share authority that will not run out."""
        year = self._year
        opened = [item(OpenAccounts(accounts=(account("in_transit", account="main"),)))]
        opened += [item(fund_accounts(fund, year)) for fund in ("nhs", "council")]
        given = []
        for person in self._people:
            opened.append(item(holder_accounts(person, "main")))
            for fund in ("nhs", "council"):
                opened.append(item(share_accounts(person, fund, year, person=person)))
                legs = (
                    Leg(f"share/{person}/{fund}/{year}/available", ENDOWMENT),
                    Leg(f"fund/{fund}/{year}/source", -ENDOWMENT),
                )
                given.append(item(_decision(person), Post(effective_on=self._days[-1], legs=legs, because=-1)))
        return opened + given


def _decision(person: str) -> Record:
    """A decision with as much detail as its facts would have."""
    codes = (("bundle", "b7"), ("outcome", "allow"), ("rules", "12"))
    detail = Detail(os.urandom(16), os.urandom(DETAIL_BYTES))
    return Record(kind="decision", subject=f"person/{person}", attributes=codes, detail=detail)


def days_up_to(last: date, days: int) -> list[date]:
    """So many days up to the last."""
    return [last - timedelta(days=back) for back in range(days)]


async def submitted(writer: Writer, items: Iterable[Item]) -> int:
    """Submit items that must all be allowed, a thousand at once; how many there were."""
    waiting = list(items)
    for start in range(0, len(waiting), 1000):
        check_allowed(await writer.submit_many(waiting[start : start + 1000]))
    return len(waiting)


def check_allowed(results: Iterable[object]) -> None:
    """Raise what an item raised, or say which refusal it met: a refused post is quick, and would flatter
    the figure."""
    for outcome in outcomes_of(results):  # type: ignore[arg-type]
        if outcome.refusal is not None:
            raise RuntimeError(f"refused: {outcome.refusal.code}")


def _in_parts(specs: list[AccountSpec]) -> list[tuple[AccountSpec, ...]]:
    return [tuple(specs[start : start + PER_ENTRY]) for start in range(0, len(specs), PER_ENTRY)]
