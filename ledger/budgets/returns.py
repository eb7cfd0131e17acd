"""Payments that came back (event 33): what was owed is owed again, what was due is due again.

A return is a fact of the bank. `into` is the account that the money was paid from: `in_transit/{bank}` while the payment was not
cleared, `bank/{bank}` after that. Amounts are pence above zero; `because` is the entry that recorded the return.
"""

from collections.abc import Mapping, Sequence
from typing import Unpack

from ledger.budgets.chart import account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, check_shares
from ledger.core.model import check_size
from ledger.core.requests import Post


def payment_returned(*, amount: int, payee: str, into: str, **stated: Unpack[Stated]) -> Post:
    """Event 33, to a provider: Dr `into` / Cr payable; no budget leg. Subject: the payee. Refusals: those of the day. Source:
    accounting.md event 33."""
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=into, credit=account("payable", payee=payee).code)
    return Post(event=33, legs=moved.legs, **about(payee, stated))


def instalment_returned(
    *, returned: Mapping[str, int], shares: Sequence[Share], advance: str, instead: str | None, owed: str, into: str,
    **stated: Unpack[Stated],
) -> Post:  # fmt: skip
    """Event 33, an instalment: Dr available / Cr advanced in each share, by what the instalment gave it (`returned`, account code
    of `advanced` → pence); Dr `into` / Cr `advance`, the account where the money stood.

    What was explained as care meanwhile stays care, and was paid by whoever the money did not reach: that part is Cr `owed`, the
    payable of the holder or third party, and is not due again. `instead` is where it is recorded that the account has less than
    was advanced (`estimated_use`). Subject `line/{line}`. Refusals: those of the day. Source: accounting.md event 33, R4."""
    line = check_shares(shares, one_year=False)[0].line
    gave = [returned.get(share.code("advanced"), 0) for share in shares]
    parts = [min(part, max(0, share.advanced)) for part, share in zip(gave, shares, strict=True)]
    whole, back = check_size(sum(gave), "amount"), sum(parts)
    # Where nothing stands for what the account lacks, it cannot lack: the balances are those that were guarded.
    is_fact = instead is not None
    moved = Movement(fact=is_fact)
    moved.shift(shares, parts, to="available", out_of="advanced")
    moved.pay(back, debit=into, credit=advance, shortfall=instead)
    moved.pay(whole - back, debit=into, credit=owed)
    return Post(event=33, legs=moved.legs, fact=is_fact, **about(f"line/{line}", stated))
