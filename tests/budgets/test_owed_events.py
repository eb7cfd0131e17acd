"""What the events after an order post, against the columns of accounting.md section 3: returns, credits, refunds, third parties,
partner bills."""

from typing import Any

import pytest

from ledger.budgets import returns
from tests.budgets.test_events import PAYEE, SO, TRANSIT, D, share
from tests.worked_example import code_of, filled, legs_of

BACK: dict[str, Any] = {
    "shares": D, "advance": code_of("advance.D"), "instead": code_of("estimated.D"), "owed": "payable/P1-bank", **SO,
}  # fmt: skip
EVENTS: dict[str, tuple[int, Any, str]] = {
    "33 to a provider": (
        33, returns.payment_returned(amount=9, payee=PAYEE, into="bank/main", **SO), "bank 9, payable -9"
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
