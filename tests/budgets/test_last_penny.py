"""However the money of a joint line is ordered, given back and used, its last penny can be spent: no share keeps one that no order
can reach."""

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ledger.budgets import acts, facts
from ledger.budgets.chart import account, fund_accounts, share_accounts
from ledger.budgets.identities import IDENTITIES
from ledger.budgets.plans import with_balances
from ledger.budgets.shares import Share
from ledger.core.requests import OpenAccounts
from tests.world import TODAY, World

YEAR = "2025-26"
SO: dict[str, Any] = {"effective_on": TODAY, "because": 1}
WEIGHTS = st.lists(st.sampled_from((1, 3, 7, 20, 33, 47, 60, 997, 10**9 + 7)), min_size=2, max_size=3)
WHATS = ("order", "order", "order", "release", "part", "settle", "final", "more")
STEPS = st.lists(st.tuples(st.sampled_from(WHATS), st.integers(1, 60)), max_size=40)


class JointLine:
    """A line borne by several funds, in a book without a database."""

    def __init__(self, weights: list[int], amount: int) -> None:
        self.world = World(IDENTITIES)
        self.shares = [
            Share(line="N", fund=f"F{place}", year=YEAR, person="P2", weight=weight)
            for place, weight in enumerate(weights)
        ]
        for share in self.shares:
            self.world.done(fund_accounts(share.fund, YEAR, share.kind))
            self.world.done(share_accounts("N", share.fund, YEAR, person="P2", kind=share.kind))
            self.world.done(acts.fund_granted(fund=share.fund, year=YEAR, amount=10**6, effective_on=TODAY))
        self.world.done(OpenAccounts(accounts=(account("payable", payee="A1"),)))
        self.world.done(acts.allocated(amount=amount, shares=self.shares, **SO))

    def now(self) -> list[Share]:
        """The shares with what they have now."""
        return [with_balances(share, self.world.balances()) for share in self.shares]

    def left(self) -> int:
        """Pence that are available on the line as a whole: what the policy holds an order against."""
        return sum(share.available for share in self.now())

    def order(self, amount: int) -> None:
        """An order that must be accepted."""
        self.world.done(acts.order_placed(amount=amount, shares=self.now(), **SO))

    def step(self, what: str, amount: int) -> None:
        """One act on the line: an order as far as there is money, or a use or release of one of its open holds."""
        if what == "order":
            if self.left():
                self.order(min(amount, self.left()))
            return
        holds = [hold for hold in self.world.state.holds.values() if hold is not None and not hold.closed]
        if not holds:
            return
        hold = holds[amount % len(holds)]
        remaining = {code: pair.remaining for code, pair in hold.pairs.items() if pair.remaining}
        given: dict[str, Any] = {"hold": hold.number, "shares": self.now(), **SO}
        used = min(amount, sum(remaining.values()))
        if what == "release":
            self.world.done(acts.hold_released(**given))
        elif what == "part":
            self.world.done(acts.hold_released(amount=used, remaining=remaining, **given))
        else:
            used += amount if what == "more" else 0
            self.world.done(facts.invoice_settles_hold(amount=used, remaining=remaining, payee="A1", final=what != "settle",
                                                       **given))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(WEIGHTS, st.integers(1, 400), STEPS)
@example([60, 40], 100, [("order", 1)] * 61)
@example([47, 33, 20], 101, [("order", 7)] * 14)
def test_what_is_left_of_a_joint_line_can_always_be_ordered(
    weights: list[int], amount: int, steps: list[tuple[str, int]]
) -> None:
    """Orders, releases whole and in part, settlements in part, for less and for more, by odd weights: an order within what the line
    has left is never refused, and one of exactly what is left takes each share to nothing. Nothing is recorded beyond
    authority but by an invoice for more than its order."""
    line = JointLine(weights, amount)
    for what, pence in steps:
        line.step(what, pence)
    if line.left():
        line.order(line.left())
    assert [share.available for share in line.now()] == [0] * len(weights)
    beyond = [share.unfunded for share in line.now()]
    assert not any(beyond) or "more" in dict(steps)
    assert sum(share.held + share.spent for share in line.now()) == amount + sum(beyond)


def test_a_share_whose_money_has_not_come_in_is_not_borne_by_the_others() -> None:
    """Roundings are shared, money is not: with nothing on the second share, an order is the agreement's split, and refused."""
    line = JointLine([60, 40], 100_00)
    line.world.done(acts.allocation_changed(changes=[(-40_00, line.now()[1:])], line="N", **SO))
    refused = line.world.ask(acts.order_placed(amount=10_00, shares=line.now(), **SO))
    assert refused.refusal is not None
    assert (refused.refusal.code, dict(refused.refusal.facts)["account"]) == (
        "not_enough_available",
        "share/N/F1/2025-26/available",
    )
