"""Recovery: money that is questioned, demanded, repaid, offset, waived or written off (SI 2013/1617 reg 13(4), 15 and 16).

One function for each event of accounting.md section 3, its number in the docstring; amounts are pence above zero. All of them are
acts: the commissioner may do them and need not, so each is refused when there is not so much (Malformed for what is no amount). The
reason of each is the `because` that `Stated` has: a decision, a question, a notice. What is taken back goes to the shares that it
came from, oldest year first.
"""

from collections.abc import Mapping, Sequence
from typing import Unpack

from ledger.budgets.acts import line_of_shares
from ledger.budgets.chart import LOSS_CLASSES, account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, consumed, split_of_left
from ledger.budgets.wording import among
from ledger.core.model import Malformed, check_size
from ledger.core.requests import Post, SettleHold, Take
from ledger.money import apportion

UNSPENT = ("advance", "unidentified", "disputed")
SOURCES = (*UNSPENT, "spent")
"""Where demanded money is: in the holder's account, gone without evidence, questioned, or spent on care that was accepted."""


def bank_line_questioned(
    *, amount: int, person: str, holder_account: str, answered: bool = False, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 14 from suspense: Dr disputed / Cr unidentified; no budget leg. `answered` mirrors it: what was questioned is a line
    without evidence again, which evidence can be accepted for (event 13). Subject `holder_account/{holder_account}`. Refusals:
    not_enough_available. Source: SI 2013/1617 reg 11(9), 15; accounting.md event 14."""
    names = {"person": person, "holder_account": holder_account}
    pence = -check_size(amount, "amount") if answered else check_size(amount, "amount")
    moved = Movement()
    moved.pay(pence, debit=account("disputed", **names).code, credit=account("unidentified", **names).code)
    return Post(event=14, legs=moved.legs, **about(f"holder_account/{holder_account}", stated))


def spend_questioned(
    *, amount: int, shares: Sequence[Share], taken: Sequence[int], holder_account: str, answered: bool = False,
    **stated: Unpack[Stated],
) -> Post:  # fmt: skip
    """Event 14 of spend already accepted: Dr advanced / Cr spent; Dr disputed / Cr expense; J. `taken` is what each share bore of
    that spend, in pence: the question falls on them alike. `answered` mirrors it: accepted again. CannotApportion for more than was
    accepted; refusals: not_enough_available. Source: SI 2013/1617 reg 11(9), 15; accounting.md event 14."""
    parts = apportion(check_size(amount, "amount"), taken, taken)
    sign = -1 if answered else 1
    signed = [sign * part for part in parts]
    moved = Movement()
    moved.shift(shares, signed, to="advanced", out_of="spent")
    moved.care(shares, [-part for part in signed], credit=shares[0].code("disputed", holder_account=holder_account))
    return Post(event=14, legs=moved.legs, **about(line_of_shares(shares), stated))


def repayment_demanded(
    *, amount: int, shares: Sequence[Share], source: str, holder_account: str, debtor: str,
    taken: Sequence[int] | None = None, **stated: Unpack[Stated],
) -> Post:  # fmt: skip
    """Event 17, after notice (reg 15): of money unspent, without evidence or questioned, Dr recovering / Cr advanced, Dr
    receivable/reclaim / Cr `source`; of spend that was accepted, Dr recovering / Cr spent, Dr receivable/reclaim / Cr expense, J.

    `source` is one of SOURCES; `taken` is what each share bore of the accepted spend. The receivable is that of `debtor`, who must
    pay. CannotApportion for more than is there; refusals: account_unknown, not_enough_available. Source: SI 2013/1617 reg 15;
    accounting.md event 17, L5."""
    among(source, SOURCES, "source")
    return _demanded(17, amount, shares, source, holder_account, debtor, taken, stated, sign=1)


def demand_withdrawn(
    *, amount: int, shares: Sequence[Share], source: str, holder_account: str, debtor: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 19, a demand withdrawn or cut on reconsideration: the mirror of event 17. Money without evidence is
    `disputed` then, until it is explained; spend that had been accepted is spent again, and money that never left the account is
    in it again. Refusals: not_enough_available when less is still owed. Source: SI 2013/1617 reg 15 (reconsideration);
    accounting.md event 19."""
    among(source, SOURCES, "source")
    to = "disputed" if source == "unidentified" else source
    return _demanded(19, amount, shares, to, holder_account, debtor, None, stated, sign=-1)


def _demanded(
    event: int, amount: int, shares: Sequence[Share], source: str, holder_account: str, debtor: str,
    taken: Sequence[int] | None, stated: Stated, *, sign: int,
) -> Post:  # fmt: skip
    if sign < 0:
        parts = consumed(amount, shares, "recovering")
    elif source == "spent":
        if taken is None:
            raise Malformed("shares_missing", "taken")
        parts = apportion(check_size(amount, "amount"), taken, taken)
    else:
        parts = consumed(amount, shares)
    signed = [sign * part for part in parts]
    owed = shares[0].code("receivable/reclaim", debtor=debtor)
    moved = Movement()
    if source == "spent":
        moved.shift(shares, signed, to="recovering", out_of="spent")
        moved.care(shares, [-part for part in signed], credit=owed)
    else:
        moved.shift(shares, signed, to="recovering", out_of="advanced")
        moved.pay(sign * amount, debit=owed, credit=shares[0].code(source, holder_account=holder_account))
    return Post(event=event, legs=moved.legs, **about(line_of_shares(shares), stated))


def repaid(*, amount: int, shares: Sequence[Share], debtor: str, bank: str, **stated: Unpack[Stated]) -> Post:
    """Event 18, all or part of a demand repaid: Dr the fund's unallocated / Cr recovering; Dr bank / Cr receivable/reclaim.
    CannotApportion for more than is being recovered; refusals: not_enough_available. Source: SI 2013/1617 reg 15; accounting.md
    event 18, R5."""
    moved = Movement()
    moved.shift(shares, consumed(amount, shares, "recovering"), to="unallocated", out_of="recovering")
    owed = shares[0].code("receivable/reclaim", debtor=debtor)
    moved.pay(amount, debit=account("bank", account=bank).code, credit=owed)
    return Post(event=18, legs=moved.legs, **about(line_of_shares(shares), stated))


def handed_back(
    *, amount: int, shares: Sequence[Share], holder_account: str, bank: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 18, handed back before a demand: Dr the fund's unallocated / Cr advanced; Dr bank / Cr advance. CannotApportion for
    more than the line was paid and has not used; refusals: not_enough_available. Source: SI 2013/1617 reg 15; accounting.md event
    18."""
    moved = Movement()
    moved.shift(shares, consumed(amount, shares), to="unallocated", out_of="advanced")
    held = shares[0].code("advance", holder_account=holder_account)
    moved.pay(amount, debit=account("bank", account=bank).code, credit=held)
    return Post(event=18, legs=moved.legs, **about(line_of_shares(shares), stated))


def surplus_offset(
    *, amount: int, due: int, shares: Sequence[Share], holder_account: str, through: str, stays: int = 0,
    hold: int | None = None, remaining: Mapping[str, int] | None = None, **stated: Unpack[Stated],
) -> Post | SettleHold:  # fmt: skip
    """Events 20 and 21, offset by route A, no demand raised (reg 13(4)): of an instalment of `due` only what `amount` leaves is
    paid. Dr advanced (due − amount), Dr the fund's unallocated / Cr available (or held, of an instalment that was kept); Dr advance
    / Cr `through`. For the whole period there is no money leg (event 21). `stays` pence of the freed authority are left on the
    line, where the book says so. Malformed(offset_too_large) above what is due; refusals: not_enough_available, hold_closed.
    Source: SI 2013/1617 reg 13(4); accounting.md events 20 and 21 and their notes."""
    legs = _Instalment(amount, due, shares, hold, remaining)
    moved, parts = legs.moved, legs.parts
    freed = apportion(amount, parts, parts)
    moved.shift(
        shares, [part - free for part, free in zip(parts, freed, strict=True)], to="advanced", out_of="available"
    )
    _free(moved, shares, freed, stays, "available")
    if due > amount:
        held = shares[0].code("advance", holder_account=holder_account)
        moved.pay(due - amount, debit=held, credit=through)
    return legs.request(21 if amount == due else 20, shares, stated)


def demand_offset(
    *, amount: int, due: int, shares: Sequence[Share], owing: Sequence[Share], holder_account: str, debtor: str, through: str,
    stays: int = 0, hold: int | None = None, remaining: Mapping[str, int] | None = None, **stated: Unpack[Stated],
) -> Post | SettleHold:  # fmt: skip
    """Event 22, offset by route B, against a demand that was raised: Dr advanced / Cr available (or held) for all that is due;
    Dr the fund's unallocated / Cr recovering for the offset, of the shares `owing` of the same line; Dr advance (due) / Cr
    receivable/reclaim (amount) and `through` (the rest). `stays` is that of route A; CannotApportion for more than is
    being recovered; refusals: not_enough_available, hold_closed. Source: SI 2013/1617 reg 13(4), 15; accounting.md event 22 and its
    notes."""
    legs = _Instalment(amount, due, shares, hold, remaining)
    moved = legs.moved
    moved.shift(shares, legs.parts, to="advanced", out_of="available")
    _free(moved, owing, consumed(amount, owing, "recovering"), stays, "recovering")
    held = shares[0].code("advance", holder_account=holder_account)
    moved.pay(amount, debit=held, credit=shares[0].code("receivable/reclaim", debtor=debtor))
    if due > amount:
        moved.pay(due - amount, debit=held, credit=through)
    return legs.request(22, shares, stated)


class _Instalment:
    """What an instalment takes of each share, out of what is available or out of its hold; the movement is the caller's to fill."""

    def __init__(
        self, amount: int, due: int, shares: Sequence[Share], hold: int | None, remaining: Mapping[str, int] | None
    ) -> None:  # fmt: skip
        if check_size(amount, "amount") > check_size(due, "due"):
            raise Malformed("offset_too_large", "amount")
        self.hold, self.moved = hold, Movement()
        if hold is None:
            self.parts = split_of_left(due, shares, [share.available for share in shares])
            return
        # All that is kept is due, also where the period crosses a year's end and the hold keeps money of both.
        self.parts = tuple((remaining or {}).get(share.code("held"), 0) for share in shares)
        if sum(self.parts) != due:
            raise Malformed("shares_malformed", "due")
        self.takes = tuple(
            Take(share.code("held"), part) for share, part in zip(shares, self.parts, strict=True) if part
        )
        for share, part in zip(shares, self.parts, strict=True):
            # What the hold gives is not taken from what is available.
            self.moved.add(share.code("available"), part)

    def request(self, event: int, shares: Sequence[Share], stated: Stated) -> Post | SettleHold:
        given = about(line_of_shares(shares), stated)
        if self.hold is None:
            return Post(event=event, legs=self.moved.legs, **given)
        return SettleHold(event=event, hold=self.hold, takes=self.takes, legs=self.moved.legs, final=True, fact=False,
                          **given)  # fmt: skip


def _free(moved: Movement, shares: Sequence[Share], parts: Sequence[int], stays: int, out_of: str) -> None:
    """Authority given back to the fund, but for what stays on the line."""
    kept = apportion(stays, parts, parts) if stays else (0,) * len(parts)
    moved.shift(shares, [part - keep for part, keep in zip(parts, kept, strict=True)], to="unallocated", out_of=out_of)
    moved.shift(shares, kept, to="available", out_of=out_of)


def waived(
    *, amount: int, shares: Sequence[Share], source: str, holder_account: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 23, waived before a demand (reg 15(7)): Dr lost / Cr advanced; Dr loss/claim_waived / Cr `source`, one of UNSPENT.
    CannotApportion for more than the line was paid and has not used; refusals: not_enough_available. Source: SI 2013/1617 reg
    15(7); accounting.md event 23, L6."""
    among(source, UNSPENT, "source")
    credit = shares[0].code(source, holder_account=holder_account)
    return _lost("claim_waived", amount, shares, "advanced", credit, stated)


def demand_lost(
    *, amount: int, shares: Sequence[Share], debtor: str, loss: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 23, a demand waived (`loss` claim_waived) or written off (bad_debt, fraud …, one of LOSS_CLASSES): Dr lost / Cr
    recovering; Dr loss/{loss} / Cr receivable/reclaim. CannotApportion for more than is being recovered; refusals:
    not_enough_available. Source: SI 2013/1617 reg 15(7) for a waiver; accounting.md event 23, L6, R8."""
    among(loss, LOSS_CLASSES, "loss")
    return _lost(loss, amount, shares, "recovering", shares[0].code("receivable/reclaim", debtor=debtor), stated)


def _lost(loss: str, amount: int, shares: Sequence[Share], out_of: str, credit: str, stated: Stated) -> Post:
    parts = consumed(amount, shares, out_of)
    moved = Movement()
    moved.shift(shares, parts, to="lost", out_of=out_of)
    for share, part in zip(shares, parts, strict=True):
        moved.pay(part, debit=share.code("loss", reason=loss), credit=credit)
    return Post(event=23, legs=moved.legs, **about(line_of_shares(shares), stated))


def credit_loss_expected(
    *, amount: int, reason: str, year: str, released: bool = False, **stated: Unpack[Stated]
) -> Post:
    """Event 24, of finance: Dr impairment of the year / Cr allowance of this reason; `released` mirrors it, when what was
    expected to be lost has been written off or paid. No budget leg. Subject `allowance/{reason}`. Refusals: account_unknown;
    ceiling_reached when more is released than the allowance has. Source: IFRS 9 (expected credit losses); accounting.md event
    24."""
    pence = -check_size(amount, "amount") if released else check_size(amount, "amount")
    kept, moved = account("allowance", reason=reason).code, Movement()
    moved.pay(pence, debit=account("impairment", year=year).code, credit=kept)
    return Post(event=24, legs=moved.legs, **about(kept, stated))
