"""Money that comes back from a provider, by a credit note or in cash (events 32 and 34), and liabilities that a fund covers (27).

A credit takes the split of its invoice: `parts` are pence for each share, as `split_as_before` makes them of what the invoice was
posted for. `ahead` are those of an invoice of two years that are paid ahead for the second (event 52): they leave `advanced` and
the prepayment, and no expense. Rule J is mirrored with the expense. Amounts are pence above zero; each takes what `Stated` lists by
keyword.
"""

from collections.abc import Mapping, Sequence
from typing import Unpack

from ledger.budgets.chart import account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, check_shares, split
from ledger.core.model import Malformed, check_size
from ledger.core.requests import Post
from ledger.money import apportion

Ahead = Sequence[tuple[Share, int]]
"""Pence of shares that an invoice of two years has paid ahead."""


def split_as_before(
    amount: int, shares: Sequence[Share], gave: Mapping[str, int], taken: Mapping[str, int], state: str
) -> tuple[int, ...]:  # fmt: skip
    """Pence for each share as an earlier posting was split: `gave` is what it moved into `state` and `taken` what has been taken of
    that since (account code → pence). CannotApportion for more than is left of it."""
    codes = [share.code(state) for share in shares]
    weights = [max(0, gave.get(code, 0)) for code in codes]
    caps = [max(0, weight - taken.get(code, 0)) for code, weight in zip(codes, weights, strict=True)]
    return apportion(check_size(amount, "amount"), weights, caps)


def _care_taken_back(
    moved: Movement, shares: Sequence[Share], parts: Sequence[int], *, debit: str, settled: bool
) -> None:
    """Dr `debit` / Cr expense, and J mirrored. Once the provider was paid, a contributor's part is owed to them (`unbilled`) until
    it comes back: what they paid in is not there again before (L8)."""
    for share, part in zip(shares, parts, strict=True):
        moved.pay(part, debit=debit, credit=share.code("expense"))
        if share.kind == "partner" or (share.kind == "contribution" and settled):
            moved.pay(part, debit=share.code("recharge"), credit=share.code("partner/unbilled"))
        elif share.kind == "contribution":
            moved.pay(part, debit=share.code("recharge"), credit=share.code("contribution"))


def _line(shares: Sequence[Share]) -> str:
    return f"line/{check_shares(shares, one_year=False)[0].line}"


def _credited(
    event: int, shares: Sequence[Share], parts: Sequence[int], to: str, debit: str, stated: Stated, *, settled: bool,
    ahead: Ahead = (),
) -> Post:  # fmt: skip
    moved = Movement()
    moved.shift(shares, parts, to=to, out_of="spent")
    _care_taken_back(moved, shares, parts, debit=debit, settled=settled)
    for share, part in ahead:
        moved.shift([share], [part], to=to, out_of="advanced")
        moved.pay(part, debit=debit, credit=share.code("prepayment"))
    return Post(event=event, legs=moved.legs, **about(_line(shares or [share for share, _ in ahead]), stated))


def unpaid_invoice_credited(
    *, shares: Sequence[Share], parts: Sequence[int], payee: str, ahead: Ahead = (), **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 34, of an invoice that is not paid: Dr available / Cr spent in each share; Dr payable / Cr expense; J. Of what is paid
    ahead, Dr available / Cr advanced; Dr payable / Cr prepayment. Refusals: ceiling_reached when less is owed to the payee. Source:
    accounting.md event 34."""
    code = account("payable", payee=payee).code
    return _credited(34, shares, parts, "available", code, stated, settled=False, ahead=ahead)


def paid_invoice_credited(
    *, shares: Sequence[Share], parts: Sequence[int], payee: str, ahead: Ahead = (), **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 34, of an invoice that was paid: Dr recovering / Cr spent; Dr what the provider owes / Cr expense; J. Of what is paid
    ahead, Dr recovering / Cr advanced; Dr what the provider owes / Cr prepayment. Refusals: account_unknown (what the provider owes
    has no account yet), not_enough_available of what was paid ahead. Source: accounting.md event 34, L5."""
    first = next(iter([*shares, *(share for share, _ in ahead)]))
    code = first.code("receivable/provider", payee=payee)
    return _credited(34, shares, parts, "recovering", code, stated, settled=True, ahead=ahead)


def _recovered(
    event: int, shares: Sequence[Share], parts: Sequence[int], payee: str, debit: str, stated: Stated
) -> Post:  # fmt: skip
    moved = Movement()
    moved.shift(shares, parts, to="available", out_of="recovering")
    moved.pay(sum(parts), debit=debit, credit=shares[0].code("receivable/provider", payee=payee))
    for share, part in zip(shares, parts, strict=True):
        if share.kind == "contribution":
            moved.pay(part, debit=share.code("partner/unbilled"), credit=share.code("contribution"))
    return Post(event=event, legs=moved.legs, **about(_line(shares), stated))


def credit_taken(*, shares: Sequence[Share], parts: Sequence[int], payee: str, **stated: Unpack[Stated]) -> Post:
    """Event 34, taken from the next invoice: Dr available / Cr recovering; Dr payable / Cr what the provider owes. Refusals:
    not_enough_available (it was taken before), ceiling_reached. Source: accounting.md event 34."""
    return _recovered(34, shares, parts, payee, account("payable", payee=payee).code, stated)


def credit_repaid(
    *, shares: Sequence[Share], parts: Sequence[int], payee: str, bank: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 32, where a credit note said so before: Dr available / Cr recovering; Dr bank / Cr what the provider owes. Refusals:
    not_enough_available. Source: accounting.md event 32."""
    return _recovered(32, shares, parts, payee, account("bank", account=bank).code, stated)


def refunded(
    *, shares: Sequence[Share], parts: Sequence[int], bank: str, ahead: Ahead = (), **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 32, from the provider to us: Dr available / Cr spent in each share; Dr bank / Cr expense; J. Of what is paid ahead,
    Dr available / Cr advanced; Dr bank / Cr prepayment. Refusals: account_unknown, not_enough_available of what was paid ahead.
    Source: accounting.md event 32."""
    code = account("bank", account=bank).code
    return _credited(32, shares, parts, "available", code, stated, settled=False, ahead=ahead)


def refunded_to_holder(
    *, shares: Sequence[Share], parts: Sequence[int], holder_account: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 32, into the holder's account: Dr advanced / Cr spent in each share; Dr advance / Cr expense; J. Refusals:
    account_unknown (the holder account is not approved). Source: accounting.md event 32."""
    return _credited(
        32, shares, parts, "advanced", shares[0].code("advance", holder_account=holder_account), stated, settled=False
    )


def given_back_to_third_party(
    event: int, *, shares: Sequence[Share], parts: Sequence[int], third_party: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 34 or 32 of care that a third party's statement told of, the mirror of event 10: Dr advanced / Cr spent in each share;
    Dr the client's balance at the third party / Cr expense; J. What comes back is with the third party again. Refusals:
    account_unknown. Source: accounting.md events 10, 32 and 34."""
    return _credited(
        event, shares, parts, "advanced", shares[0].code("tp_advance", third_party=third_party), stated, settled=False
    )


def clearable(share: Share) -> int:
    """Pence of what a share has unfunded that can be cleared: of a contributor's no more than what they have paid in since, and
    what is a cost of theirs still; what a provider owes them back comes first."""
    if share.kind != "contribution":
        return share.unfunded
    return min(share.unfunded, max(0, share.available) + max(0, share.spent))


def unfunded_cleared(*, amount: int, shares: Sequence[Share], **stated: Unpack[Stated]) -> Post:
    """Event 27: Dr unfunded / Cr the fund's unallocated, by what of each share is unfunded; `shares` are all of the line. `because`
    is what lets the fund bear it. Then a contributor's share: what they have paid in meets it (`contribution_met`); what they have
    not, the other funds of the year bear as agreed, as a cost of their own: Dr unfunded / Cr spent of the contributor, Dr spent /
    Cr unallocated of the others; Dr expense of the others / Cr the contributor's; J. CannotApportion for more than can be cleared.
    Refusals: not_enough_available (a fund has not so much left). Source: accounting.md event 27 and section 1 (acts and facts)."""
    every = check_shares(shares, one_year=False)
    if not any(clearable(share) for share in every):
        raise Malformed("nothing_unfunded", "amount")
    own = [share for share in every if share.kind == "contribution"]
    borne = [share for share in every if share.kind != "contribution"]
    left = [share.unfunded for share in borne]
    first = min(check_size(amount, "amount"), sum(left))
    moved = Movement()
    if first:
        moved.shift(borne, apportion(first, left, left), to="unfunded", out_of="unallocated")
    if amount > first:
        rest = [clearable(share) for share in own]
        for share, part in zip(own, apportion(amount - first, rest, rest), strict=True):
            paid = min(part, max(0, share.available))
            _contribution_met(moved, share, paid)
            if part > paid:
                _borne_instead(moved, share, part - paid, [each for each in borne if each.year == share.year])
    return Post(event=27, legs=moved.legs, **about(_line(shares), stated))


def contribution_met(*, parts: Sequence[tuple[Share, int]], **stated: Unpack[Stated]) -> Post:
    """Event 27 by the contributor: what they paid in meets what they owe of care that was accepted beyond it. Dr unfunded / Cr
    available; Dr contribution / Cr unbilled. Refusals: not_enough_available, ceiling_reached. Source: accounting.md event 27,
    L8."""
    moved = Movement()
    for share, part in parts:
        _contribution_met(moved, share, part)
    return Post(event=27, legs=moved.legs, **about(_line([share for share, _ in parts]), stated))


def _contribution_met(moved: Movement, share: Share, part: int) -> None:
    moved.shift([share], [part], to="unfunded", out_of="available")
    moved.pay(part, debit=share.code("contribution"), credit=share.code("partner/unbilled"))


def _borne_instead(moved: Movement, own: Share, amount: int, others: Sequence[Share]) -> None:
    moved.shift([own], [amount], to="unfunded", out_of="spent")
    moved.pay(amount, debit=own.code("recharge"), credit=own.code("partner/unbilled"))
    parts = split(amount, others)
    moved.shift(others, parts, to="spent", out_of="unallocated")
    moved.care(others, parts, credit=own.code("expense"))
