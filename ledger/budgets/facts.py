"""Facts: care that was delivered and money that has gone. A fact is never refused for lack of authority.

It posts against `unfunded` what authority does not cover, and someone is told (accounting.md, acts and facts). Every fact
has a source: `because` is the entry by which an invoice or piece of evidence was accepted, or a bank line taken
(engine.md 24); a claim by itself posts nothing. One function for each event, its number in the docstring; amounts are pence
above zero.
"""

from collections.abc import Mapping, Sequence
from typing import Unpack

import msgspec

from ledger.budgets.acts import line_of_shares, taken_from_hold
from ledger.budgets.chart import account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, consumed, split
from ledger.core.model import Malformed, check_size
from ledger.core.requests import Post, SettleHold


def _sourced(subject: str, stated: Stated) -> Stated:
    """The statement of a fact, which names the entry that it was accepted by; or Malformed(acceptance_missing)."""
    if not stated.get("because"):
        raise Malformed("acceptance_missing", "because")
    return about(subject, stated)


def invoice_settles_hold(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], payee: str, final: bool = False,
    **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Events 6, 28 (final, for less) and 29 (for more): Dr spent / Cr held, beyond the hold Cr available, lacking that Cr
    unfunded; Dr expense / Cr payable; J. `remaining` is what the hold keeps, account code → pence; what a final settlement
    leaves goes back to available. Refusals: hold_unknown, hold_closed, hold_exceeded (it was used meanwhile). Source: accounting.md
    events 6, 28 and 29, IAS 37 (what care was delivered is owed)."""
    return _settle(hold, remaining, amount, shares, account("payable", payee=payee).code, final, stated)


def _settle(
    hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], credit: str, final: bool, stated: Stated
) -> SettleHold:  # fmt: skip
    parts, takes, over = taken_from_hold(amount, shares, remaining)
    kept = sum(remaining.values())
    event = 29 if amount > kept else 28 if final and amount < kept else 6
    moved = Movement(fact=True)
    owed = moved.shift(shares, over, to="spent", out_of="available")
    for share, part, beyond in zip(shares, parts, over, strict=True):
        moved.add(share.code("spent"), part - beyond)
    moved.care(shares, parts, credit=credit, owed=owed)
    return SettleHold(event=event, hold=hold, takes=takes, legs=moved.legs, final=final, fact=True,
                      **_sourced(line_of_shares(shares), stated))  # fmt: skip


def _direct(event: int, amount: int, shares: Sequence[Share], payable: str, stated: Stated) -> Post:
    parts = split(amount, shares)
    moved = Movement(fact=True)
    owed = moved.shift(shares, parts, to="spent", out_of="available")
    moved.care(shares, parts, credit=payable, owed=owed)
    return Post(event=event, legs=moved.legs, fact=True, **_sourced(line_of_shares(shares), stated))


def invoice_settled_directly(*, amount: int, shares: Sequence[Share], payee: str, **stated: Unpack[Stated]) -> Post:
    """Event 7, an accepted invoice without a hold: Dr spent / Cr available, lacking that Cr unfunded of the same share; Dr
    expense / Cr payable; J. Refusals: account_unknown, account_closed, and those of the day; none for money. Source: accounting.md
    event 7, IAS 37 (what care was delivered is owed)."""
    return _direct(7, amount, shares, account("payable", payee=payee).code, stated)


def spend_reimbursable(*, amount: int, shares: Sequence[Share], holder_account: str, **stated: Unpack[Stated]) -> Post:
    """Event 16, spend above all our money in the holder's account, accepted as reimbursable: Dr spent / Cr available, rest
    unfunded; Dr expense / Cr what we owe the holder, `payable/{holder_account}`; J. Refusals: account_unknown, and those of the
    day; none for money. Source: SI 2013/1617 reg 13(1); accounting.md event 16."""
    return _direct(16, amount, shares, account("payable", payee=holder_account).code, stated)


def spend_reimbursable_of_hold(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], holder_account: str,
    **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 16 of an order that the holder has paid out of their account: as `invoice_settles_hold`, owed to the holder. What the
    order keeps beyond it stays ordered. Refusals: hold_unknown, hold_closed, hold_exceeded. Source: SI 2013/1617 reg 13(1);
    accounting.md event 16."""
    owed = account("payable", payee=holder_account).code
    ends = amount >= sum(remaining.values())
    return msgspec.structs.replace(_settle(hold, remaining, amount, shares, owed, ends, stated), event=16)


def payment_assigned(
    *, amount: int, shares: Sequence[Share], source: str, payee: str, **stated: Unpack[Stated]
) -> Post:
    """Event 54, an imported payment assigned to a line: Dr spent / Cr available, lacking that Cr unfunded of the same share; Dr
    expense / Cr `unassigned/{source}/{payee}`; J. What stands there is for the caller to know: the account has no floor. Refusals:
    account_unknown, and those of the day; none for money. Source: accounting.md event 54, R12."""
    return _direct(54, amount, shares, account("unassigned", source=source, payee=payee).code, stated)


def payment_assigned_to_hold(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], source: str, payee: str,
    final: bool = False, **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 54, of an order: as `invoice_settles_hold`, the money from `unassigned/{source}/{payee}`. Refusals: hold_unknown,
    hold_closed, hold_exceeded. Source: accounting.md event 54, R12."""
    settled = _settle(
        hold, remaining, amount, shares, account("unassigned", source=source, payee=payee).code, final, stated
    )
    return msgspec.structs.replace(settled, event=54)


def _use_advance(
    event: int, amount: int, shares: Sequence[Share], holder_account: str, out_of: str, stated: Stated
) -> Post:
    parts = consumed(amount, shares)
    moved = Movement(fact=True)
    moved.shift(shares, parts, to="spent", out_of="advanced")
    # What the account does not hold after all, the holder laid out: both layers then fall short alike.
    moved.care(shares, parts, credit=shares[0].code(out_of, holder_account=holder_account),
               shortfall=account("payable", payee=holder_account).code)  # fmt: skip
    return Post(event=event, legs=moved.legs, fact=True, **_sourced(line_of_shares(shares), stated))


def spend_evidenced(
    *, amount: int, shares: Sequence[Share], holder_account: str, in_account: int, **stated: Unpack[Stated]
) -> tuple[Post, ...]:
    """Event 12: Dr spent / Cr advanced, by what of each instalment is left; Dr expense / Cr advance; J.

    `in_account` is the balance of the holder account's `advance` as read. Of evidence for more than the line was paid, the rest
    waits as a bank line without evidence (event 15) as far as our money in the account goes. What is above all our money is not
    posted here: the caller sees it as `amount` − `in_account`, and once accepted as reimbursable it is event 16. So there
    are none to two requests. Refusals: identity_broken when balances moved since they were read; none for money. Source: SI
    2013/1617 reg 11(7), 12; accounting.md event 12."""
    check_size(amount, "amount")
    ours = min(amount, max(0, in_account))
    covered = min(ours, sum(max(0, share.advanced) for share in shares))
    posts = []
    if covered:
        posts.append(_use_advance(12, covered, shares, holder_account, "advance", stated))
    if ours > covered:
        posts += bank_line_taken(amount=ours - covered, person=shares[0].person, holder_account=holder_account,
                                 in_account=in_account - covered, **about(line_of_shares(shares), stated))  # fmt: skip
    return tuple(posts)


def bank_line_taken(
    *, amount: int, person: str, holder_account: str, in_account: int, **stated: Unpack[Stated]
) -> tuple[Post, ...]:
    """Event 13, a bank line without evidence: Dr unidentified / Cr advance; no budget leg. A state, not an accusation.

    As much of it as is our money in the account (`in_account`, the balance of `advance` as read): none if that is nothing. Were
    the money gone meanwhile, it is recorded on `estimated_use`, so that the sum of L4 stays. Subject
    `holder_account/{holder_account}`. Refusals: account_unknown, and those of the day; none for money. Source: SI 2013/1617 reg 10,
    11(9); accounting.md event 13."""
    check_size(amount, "amount")
    ours = min(amount, max(0, in_account))
    if not ours:
        return ()
    names = {"person": person, "holder_account": holder_account}
    moved = Movement(fact=True)
    moved.pay(ours, debit=account("unidentified", **names).code, credit=account("advance", **names).code,
              shortfall=account("estimated_use", **names).code)  # fmt: skip
    return (Post(event=13, legs=moved.legs, fact=True, **_sourced(f"holder_account/{holder_account}", stated)),)


def bank_line_accepted(*, amount: int, shares: Sequence[Share], holder_account: str, **stated: Unpack[Stated]) -> Post:
    """Event 13, evidence accepted later: Dr spent / Cr advanced; Dr expense / Cr unidentified; J. CannotApportion when the
    line has not so much `advanced`: it waits until a virement (event 15). Refusals: account_unknown, and those of the day; none for
    money. Source: SI 2013/1617 reg 11(7), 12; accounting.md events 13 and 15."""
    return _use_advance(13, amount, shares, holder_account, "unidentified", stated)
