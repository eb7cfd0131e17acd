"""What the events after an order post, against the columns of accounting.md section 3: returns, credits, refunds, third parties,
partner bills."""

from typing import Any

import pytest

from ledger.budgets import credits, returns, third_parties
from ledger.budgets.chart import account
from ledger.core.requests import OpenAccounts
from ledger.money import CannotApportion
from tests.budgets.test_events import PAYEE, SO, TRANSIT, D, N, W, share
from tests.worked_example import code_of, filled, legs_of

BACK: dict[str, Any] = {
    "shares": D, "advance": code_of("advance.D"), "instead": code_of("estimated.D"), "owed": "payable/P1-bank", **SO,
}  # fmt: skip
EVENTS: dict[str, tuple[int, Any, str]] = {
    "33 to a provider": (
        33, returns.payment_returned(amount=9, payee=PAYEE, into="bank/main", **SO), "bank 9, payable -9"
    ),
    "34 unpaid": (
        34, credits.unpaid_invoice_credited(shares=N, parts=(60, 40), payee=PAYEE, **SO),
        "Nn.av 60, Nn.spent -60, Nc.av 40, Nc.spent -40, payable 100, Nn.expense -60, Nc.expense -40, Nc.recharge 40, "
        "unbilled -40",
    ),
    "34 paid": (
        34, credits.paid_invoice_credited(shares=N, parts=(60, 40), payee=PAYEE, **SO),
        "Nn.rec 60, Nn.spent -60, Nc.rec 40, Nc.spent -40, provider.N 100, Nn.expense -60, Nc.expense -40, Nc.recharge 40, "
        "unbilled -40",
    ),
    "34 taken from the next": (
        34, credits.credit_taken(shares=N, parts=(60, 40), payee=PAYEE, **SO),
        "Nn.av 60, Nn.rec -60, Nc.av 40, Nc.rec -40, payable 100, provider.N -100",
    ),
    "32 after a credit note": (
        32, credits.credit_repaid(shares=N, parts=(60, 40), payee=PAYEE, bank="main", **SO),
        "Nn.av 60, Nn.rec -60, Nc.av 40, Nc.rec -40, bank 100, provider.N -100",
    ),
    "32 to us": (
        32, credits.refunded(shares=N, parts=(60, 40), bank="main", **SO),
        "Nn.av 60, Nn.spent -60, Nc.av 40, Nc.spent -40, bank 100, Nn.expense -60, Nc.expense -40, Nc.recharge 40, "
        "unbilled -40",
    ),
    "32 to the holder": (
        32, credits.refunded_to_holder(shares=D, parts=(60,), holder_account="P1-bank", **SO),
        "D.adv 60, D.spent -60, advance.D 60, D.expense -60",
    ),
    "34 contributed, unpaid": (
        34, credits.unpaid_invoice_credited(shares=W, parts=(50, 10), payee=PAYEE, **SO),
        "Wn.av 50, Wn.spent -50, Wo.av 10, Wo.spent -10, payable 60, Wn.expense -50, Wo.expense -10, Wo.recharge 10, "
        "contribution -10",
    ),
    "27": (
        27, credits.unfunded_cleared(amount=30, shares=[share("D", unfunded=30)], **SO), "D.unf 30, nhs.una -30"
    ),
    "27 of a contributor who has paid since": (
        27, credits.contribution_met(parts=[(share("Wo", unfunded=30), 10)], **SO),
        "Wo.unf 10, Wo.av -10, contribution 10, unbilled.W -10",
    ),
    "27 of a contributor who has not": (
        27, credits.unfunded_cleared(amount=30, shares=[W[0], share("Wo", unfunded=30, spent=30, available=0)], **SO),
        "Wo.unf 30, Wo.spent -30, Wo.recharge 30, unbilled.W -30, Wn.spent 30, nhs.una -30, Wn.expense 30, Wo.expense -30",
    ),
    "34 of what is paid ahead": (
        34, credits.unpaid_invoice_credited(shares=(), parts=(), ahead=[(D[0], 60)], payee=PAYEE, **SO),
        "D.av 60, D.adv -60, payable 60, D.prepayment -60",
    ),
    "10": (
        10, third_parties.statement_accepted(amount=90, shares=N, fee=0, fee_shares=(), third_party="T1", **SO),
        "Nn.spent 45, Nn.adv -45, Nc.spent 45, Nc.adv -45, Nn.expense 45, Nc.expense 45, tp_advance.N -90, unbilled 45, "
        "Nc.recharge -45",
    ),
    "33 instalment": (
        33, returns.instalment_returned(returned={code_of("D.adv"): 200}, into=TRANSIT, **BACK),
        "D.av 200, D.adv -200, transit 200, advance.D -200",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", EVENTS)
def test_each_event_posts_the_columns_of_the_page(name: str) -> None:
    """Number, accounts and pence of the entry are those of section 3, and L1 to L8 and every guard allow it."""
    number, request, columns = EVENTS[name]
    outcome = filled().ask(request)
    assert outcome.refusal is None, outcome.refusal
    entry = outcome.entries[0]
    assert (entry.event, set(entry.legs)) == (number, set(legs_of(columns)))
    assert entry.subject is not None


def test_an_instalment_whose_money_was_explained_meanwhile_is_owed_to_who_laid_it_out() -> None:
    """Of 200 that came back 150 are still advanced: 50 were care, paid by the holder."""
    world = filled()
    world.set_balance(code_of("D.adv"), 150)
    request = returns.instalment_returned(
        returned={code_of("D.adv"): 200}, into=TRANSIT, **{**BACK, "shares": [share("D", advanced=150)]}
    )
    outcome = world.ask(request)
    assert outcome.refusal is None, outcome.refusal
    assert dict(outcome.entries[0].legs) == {
        **dict(legs_of("D.av 150, D.adv -150, transit 200, advance.D -150")), "payable/P1-bank": -50,
    }  # fmt: skip


def test_a_credit_of_a_paid_invoice_gives_a_contributor_their_money_back_when_it_comes() -> None:
    """Until the provider has paid it back, it is owed to the contributor and not there to spend; then it is theirs again (L8)."""
    world = filled()
    world.done(
        OpenAccounts(accounts=(account("receivable/provider", payee="Z", person="P3"),), tags=(("person", "P3"),))
    )
    stated: dict[str, Any] = {"shares": W, "parts": (50, 10), "payee": "Z", **SO}
    before = world.balance("contribution/W")
    first = world.ask(credits.paid_invoice_credited(**stated))
    assert (first.refusal, world.balance("contribution/W") - before) == (None, 0)
    second = world.ask(credits.credit_repaid(bank="main", **stated))
    assert (second.refusal, world.balance("contribution/W") - before) == (None, -10)


def test_what_comes_back_is_split_as_it_was_and_never_more_than_a_share_gave() -> None:
    """Two thirds and a third of 10.01, taken back in three parts, end where they began, to the penny."""
    shares = [share("Nn", weight=1), share("Nc", weight=1)]
    gave, taken = {shares[0].code("spent"): 667, shares[1].code("spent"): 334}, dict.fromkeys((), 0)
    for amount in (334, 334, 333):
        parts = credits.split_as_before(amount, shares, gave, taken, "spent")
        for each, part in zip(shares, parts, strict=True):
            taken[each.code("spent")] = taken.get(each.code("spent"), 0) + part
    assert taken == gave
    with pytest.raises(CannotApportion):
        credits.split_as_before(1, shares, gave, taken, "spent")
