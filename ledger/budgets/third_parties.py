"""Money that a third party holds for a person (reg 5): one balance for each client, whatever its lines.

Each function takes what `Stated` lists by keyword; amounts are pence above zero.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Unpack

from ledger.budgets import store
from ledger.budgets.acts import line_of_shares, taken_from_hold
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, check_shares, consumed
from ledger.core.model import Malformed, check_size
from ledger.core.requests import Post, SettleHold

Connection = Any


def held_third_party_instalment_paid(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], third_party: str, through: str,
    **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 9 from an instalment hold: Dr advanced / Cr held, beyond it Cr available; Dr the client's balance at the third party /
    Cr `through`. Refusals: hold_closed, hold_exceeded, not_enough_available, account_unknown. Source: accounting.md event 9, L4."""
    parts, takes, over = taken_from_hold(amount, shares, remaining)
    moved = Movement()
    moved.shift(shares, over, to="advanced", out_of="available")
    for share, part, beyond in zip(shares, parts, over, strict=True):
        moved.add(share.code("advanced"), part - beyond)
    moved.pay(amount, debit=shares[0].code("tp_advance", third_party=third_party), credit=through)
    return SettleHold(event=9, hold=hold, takes=takes, legs=moved.legs, final=True, fact=False,
                      **about(line_of_shares(shares), stated))  # fmt: skip


def statement_accepted(
    *, amount: int, shares: Sequence[Share], fee: int, fee_shares: Sequence[Share], third_party: str,
    **stated: Unpack[Stated],
) -> Post:  # fmt: skip
    """Event 10: Dr spent / Cr advanced in the line of the care, and of `fee` pence in the fee's own line (either may be nought);
    Dr expense of each / Cr the client's balance at the third party; J. By what of each instalment is left. Malformed unless both
    lines are of one person, or where nothing is told. CannotApportion when a line was not paid so much (`covered`). Refusals:
    not_enough_available when balances moved since they were read. Source: accounting.md event 10."""
    moved = Movement()
    if fee and amount and (fee_shares[0].person != shares[0].person or fee_shares[0].line == shares[0].line):
        raise Malformed("shares_malformed", "shares")
    told = [(pence, of_line) for pence, of_line in ((amount, shares), (fee, fee_shares)) if pence]
    if not told:
        raise Malformed("amount_malformed", "amount")
    code = told[0][1][0].code("tp_advance", third_party=third_party)
    for pence, of_line in told:
        parts = consumed(check_size(pence, "amount"), check_shares(of_line, one_year=False))
        moved.shift(of_line, parts, to="spent", out_of="advanced")
        moved.care(of_line, parts, credit=code)
    return Post(event=10, legs=moved.legs, **about(f"line/{told[0][1][0].line}", stated))


def covered(amount: int, shares: Sequence[Share], in_hand: int) -> int:
    """How many pence of a statement a line was paid ahead for and the third party has; the rest is owed to it."""
    return max(0, min(amount, in_hand, sum(max(0, share.advanced) for share in shares)))


class Client(NamedTuple):
    """What a third party holds for one person, in pence."""

    person: str
    pence: int


async def clients_of(connection: Connection, book_id: int, third_party: str) -> list[Client]:
    """What a third party holds for each of its clients, by person; one that holds nothing any more stands at nought."""
    return [
        Client(row["person"], row["balance"]) for row in await connection.fetch(store.CLIENTS_OF, book_id, third_party)
    ]
