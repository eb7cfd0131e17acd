"""Made-up years of budgets: seeded, so that the same seed lives the same two years; each event as there is money for it.

D and E are direct payments of P1 into one account, N is care bought for P2 with the council, T is held by a third party for P2,
W a wheelchair that P3 contributes to. What is asked for is always possible by the balances, so that nothing is refused but what
undoes something that was used since.
"""

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from ledger.budgets import (
    acts,
    credits,
    take_on,
    year_end,
)
from ledger.budgets.chart import share_accounts
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.plans import with_balances
from ledger.budgets.shares import Share, consumed
from ledger.core.requests import ChangePeriod
from tests.budgets.test_orders_of_events import open_hold
from tests.worked_example import NEXT, YEAR, openings
from tests.world import World

FIRST, LAST_OF_YEAR = date(2025, 4, 1), date(2026, 3, 31)
AFTER_BOTH = 1_808_000_000_000_000
"""A moment in April 2027: every day of the two years has been."""
MAIN, TRANSIT = "bank/main", "in_transit/main"
CASH: dict[str, Any] = {"holder_account": "P1-bank"}
ADVANCE, UNIDENTIFIED, DISPUTED, ESTIMATED = (
    f"{klass}/P1/P1-bank" for klass in ("advance", "unidentified", "disputed", "estimated_use")
)
RECLAIM, PROVIDER, COMMISSIONER = (
    "receivable/reclaim/P1/P1", "receivable/provider/A1/P2", "receivable/commissioner/OTHER/P1",
)  # fmt: skip
LINES: dict[str, tuple[dict[str, Any], ...]] = {
    "D": ({"fund": "nhs", "person": "P1"},),
    "E": ({"fund": "nhs", "person": "P1"},),
    "N": ({"fund": "nhs", "person": "P2", "weight": 60},
          {"fund": "council", "person": "P2", "weight": 40, "kind": "partner", "partner": "council"}),
    "T": ({"fund": "nhs", "person": "P2"},),
    "W": ({"fund": "nhs", "person": "P3", "weight": 5}, {"fund": "own", "person": "P3", "kind": "contribution"}),
}  # fmt: skip
Asking = tuple[Any, ...]


class Years:
    """Two years of five lines in one world. `day` goes on; `year` is the one that acts take money of."""

    def __init__(self, seed: int) -> None:
        self.lots = random.Random(seed)
        self.world = World(IDENTITIES)
        self.world.now_us = AFTER_BOTH
        self.day, self.year = FIRST, YEAR
        self.moved: list[list[int]] = []
        self.kept: list[int] = []
        self.events: set[int] = set()
        self.closed_entry = 0

    # What there is.

    def shares(self, line: str, year: str | None = None) -> list[Share]:
        """The shares of a line with what they have."""
        made = [Share(line=line, year=year or self.year, **each) for each in LINES[line]]
        return [with_balances(share, self.world.balances()) for share in made]

    def has(self, line: str, state: str) -> int:
        """What a line has in a state."""
        return sum(getattr(share, state) for share in self.shares(line))

    def at(self, code: str) -> int:
        """The size of an account's balance."""
        return abs(self.world.balance(code))

    def some(self, *most: int) -> int:
        """A few pounds, no more than any of these; nothing where there is nothing."""
        limit = min(*most, 40_000)
        return self.lots.randint(1, limit) if limit > 0 else 0

    @property
    def so(self) -> dict[str, Any]:
        """What every request states."""
        return {"effective_on": self.day, "because": 1}

    def parts(self, shares: Sequence[Share], state: str, amount: int) -> tuple[int, ...]:
        """Pence of each share out of a state, none more than it has."""
        return consumed(amount, shares, state)

    # How it goes on.

    def done(self, *requests: Any) -> int:
        """What has to be allowed; the number of its first entry."""
        outcome = self.world.ask(*requests)
        assert outcome.refusal is None, (outcome.refusal, requests)
        self.events |= {entry.event for entry in outcome.entries}
        return outcome.number

    def begin(self) -> None:
        """Accounts, grants for both years, a take-on of D, allocations and a contribution."""
        for opening in openings():
            self.world.done(opening)
        for line, person in (("E", "P1"), ("T", "P2")):
            for year in (YEAR, NEXT):
                self.world.done(share_accounts(line, "nhs", year, person=person, kind="ring_fenced"))
        for year in (YEAR, NEXT):
            for fund, pence in (("nhs", 20_000_000), ("council", 5_000_000)):
                self.done(acts.fund_granted(fund=fund, year=year, amount=pence, **self.so))
        self.done(acts.cash_drawn_down(source="icb", bank="main", amount=9_000_000, **self.so))
        opening = take_on.Opening(share=self.shares("D")[0], allocated=500_000, spent=90_000, advanced=20_000,
                                  recovering=5_000, place=ADVANCE, debtor=RECLAIM)  # fmt: skip
        self.done(take_on.budget_taken_on(opening, source="old", **self.so))
        for year in (YEAR, NEXT):
            for line in LINES:
                given = [share for share in self.shares(line, year) if share.kind != "contribution"]
                self.done(acts.allocated(amount=1_000_000, shares=given, **self.so))
        self.done(acts.contribution_received(amount=60_000, share=self.shares("W")[1], bank="main", **self.so))

    def pass_days(self) -> None:
        """A few days go by, within the year."""
        last = LAST_OF_YEAR if self.year == YEAR else LAST_OF_YEAR.replace(year=2027)
        self.day = min(self.day + timedelta(days=self.lots.randint(0, 4)), last)

    def end_year(self) -> None:
        """What is unfunded is borne by the funds, orders are given back, and each line and fund ends by its rule."""
        self.day = LAST_OF_YEAR
        for line in LINES:
            while (found := open_hold(self.world, line, 0))[0] is not None:
                assert found[0] is not None
                self.done(acts.hold_released(hold=found[0].number, shares=self.of_hold(line, found[1]), **self.so))
            owed = sum(credits.clearable(share) for share in self.shares(line))
            if owed:
                self.done(credits.unfunded_cleared(amount=owed, shares=self.shares(line), **self.so))
            rules = {"nhs": self.lots.choice(year_end.CARRY_RULES), "council": "committed", "own": "all"}
            pairs = zip(self.shares(line), self.shares(line, NEXT), strict=True)
            ended = year_end.line_ended([year_end.Ending(now, then, rules[now.fund]) for now, then in pairs], **self.so)
            if ended:
                self.done(*ended)
        for fund, rule in (("nhs", "committed"), ("council", "all")):
            left = self.world.balance(f"fund/{fund}/{YEAR}/unallocated")
            if left:
                self.done(year_end.fund_ended(fund=fund, year=YEAR, unallocated=left, rule=rule, **self.so))
        self.world.done(ChangePeriod(period=YEAR, to="closed"))
        self.day, self.year = LAST_OF_YEAR + timedelta(days=1), NEXT

    def of_hold(self, line: str, remaining: dict[str, int]) -> list[Share]:
        """The shares of an order, which may be of both years."""
        both = [*self.shares(line, YEAR), *self.shares(line, NEXT)]
        years = {code.split("/")[3] for code in remaining}
        return [share for share in both if share.year in years]
