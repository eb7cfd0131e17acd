"""Acts: what a person or the commissioner decides to do with money. An act may be refused for lack of authority.

One function for each event of accounting.md section 3, its number in the docstring. Amounts are pence above zero
(Malformed otherwise); each returns the request, or requests, to submit, and the ledger's refusals named are those that
the state can bring. Whether the act may happen is policy. All take what `Stated` lists by keyword; the subject is
`line/{line}` unless one is given.
"""

from collections.abc import Mapping, Sequence
from typing import Unpack

from ledger.budgets.chart import account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import Share, check_shares, split, split_of_left, split_within
from ledger.core.model import Malformed, check_size
from ledger.core.requests import Kept, PlaceHold, Post, ReleaseHold, Reverse, SettleHold, Take

PURPOSES = ("order", "awaiting_decision", "instalment")
LEFT = ("available", "contingency")
"""States of a share of which nothing is promised to anybody."""


def line_of_shares(shares: Sequence[Share]) -> str:
    """The subject of an event about a line: `line/{line}`. Malformed unless the shares are those of one line."""
    return f"line/{check_shares(shares, one_year=False)[0].line}"


def fund_granted(*, fund: str, year: str, amount: int, **stated: Unpack[Stated]) -> Post:
    """Event 1, budget layer: Dr unallocated / Cr source of the fund-year. Subject `fund/{fund}`. Refusals:
    account_unknown, and those of the day. Source: accounting.md event 1 and section 1 (balance groups)."""
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=account("unallocated", fund=fund, year=year).code,
              credit=account("source", fund=fund, year=year).code)  # fmt: skip
    return Post(event=1, legs=moved.legs, **about(f"fund/{fund}", stated))


def cash_drawn_down(*, source: str, bank: str, amount: int, **stated: Unpack[Stated]) -> Post:
    """Event 1, money layer: Dr bank / Cr funding. Subject `funding/{source}`. Refusals: account_unknown. Source: accounting.md
    event 1."""
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=account("bank", account=bank).code, credit=account("funding", source=source).code)
    return Post(event=1, legs=moved.legs, **about(f"funding/{source}", stated))


def allocated(*, amount: int, shares: Sequence[Share], **stated: Unpack[Stated]) -> Post:
    """Event 2: Dr available / Cr the fund's unallocated, each share by weight. `because` is the entry of the signed plan
    version. Refusals: not_enough_available (a fund has not so much left), because_missing. A contribution's share takes
    none: its authority is what was received (`contribution_received`). Source: SI 2013/1617 reg 8(4), 13(1) for direct payments;
    accounting.md event 2."""
    if any(share.kind == "contribution" for share in shares):
        # Their authority is the money received (event 45), so nothing can be given before.
        raise Malformed("contribution_not_allocated", "shares")
    moved = Movement()
    moved.shift(shares, split(amount, shares), to="available", out_of="unallocated")
    return Post(event=2, legs=moved.legs, **about(line_of_shares(shares), stated))


def allocation_changed(
    *, changes: Sequence[tuple[int, Sequence[Share]]], line: str, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 3, of a line that a later version agrees again: for each financial year the signed pence that it gets more or less, and
    its shares of that year with what they have. All years are one movement, so that a line never has more than was agreed for it.
    More is split by weight, Dr available / Cr unallocated; less (after notice, reg 13(5)) the other way, roundings as for an order.
    `because` is the signed version or the line's agreement.

    Malformed(contribution_not_allocated) for a share whose authority is what was received. Refusals: not_enough_available (of a
    fund that has not so much left; of a share that has spent, held or paid out what is to be cut). Source: SI 2013/1617 reg 13(3),
    13(5) for direct payments; accounting.md event 3."""
    moved = Movement()
    for pence, shares in changes:
        if any(share.kind == "contribution" for share in shares):
            raise Malformed("contribution_not_allocated", "shares")
        if pence > 0:
            moved.shift(shares, split(pence, shares), to="available", out_of="unallocated")
        elif pence < 0:
            moved.shift(shares, _of_available(-pence, shares), to="unallocated", out_of="available")
    return Post(event=3, legs=moved.legs, **about(f"line/{line}", stated))


def authority_given_back(*, shares: Sequence[Share], **stated: Unpack[Stated]) -> Post | None:
    """Event 35, year open, of a line that has ended: Dr unallocated / Cr available and contingency, of each share (of any years)
    whatever is there; None where nothing is. What is held, paid out or spent stays. A contribution's share gives nothing to a
    fund: its money is the person's (event 45). `because` is the entry that ended the line, or that says how much goes back.
    Refusals: not_enough_available. Source: accounting.md event 35."""
    moved = Movement()
    for share in shares:
        for state in LEFT if share.kind != "contribution" else ():
            if getattr(share, state) > 0:
                moved.pay(getattr(share, state), debit=share.code("unallocated"), credit=share.code(state))
    if not moved.legs:
        return None
    return Post(event=35, legs=moved.legs, **about(line_of_shares(shares), stated))


def _contingency(amount: int, shares: Sequence[Share], to: str, out_of: str, stated: Stated) -> Post:
    moved = Movement()
    parts = split_of_left(amount, shares, [getattr(share, out_of) for share in shares])
    moved.shift(shares, parts, to=to, out_of=out_of)
    return Post(event=4, legs=moved.legs, **about(line_of_shares(shares), stated))


def contingency_set_aside(*, amount: int, shares: Sequence[Share], **stated: Unpack[Stated]) -> Post:
    """Event 4: Dr contingency / Cr available. Refusals: not_enough_available. Source: accounting.md event 4."""
    return _contingency(amount, shares, "contingency", "available", stated)


def contingency_drawn(*, amount: int, shares: Sequence[Share], **stated: Unpack[Stated]) -> Post:
    """Event 4: Dr available / Cr contingency. Refusals: not_enough_available. Source: accounting.md event 4."""
    return _contingency(amount, shares, "available", "contingency", stated)


def contribution_received(*, amount: int, share: Share, bank: str, **stated: Unpack[Stated]) -> Post:
    """Event 45: Dr available / Cr the contribution fund's source; Dr bank / Cr contribution. Malformed unless the share is of
    kind contribution. Refusals: account_unknown. Source: accounting.md event 45 and L8."""
    check_size(amount, "amount")
    if share.kind != "contribution":
        raise Malformed("contribution_malformed", "share")
    moved = Movement()
    moved.pay(amount, debit=share.code("available"), credit=share.code("source"))
    moved.pay(amount, debit=account("bank", account=bank).code, credit=share.code("contribution"))
    return Post(event=45, legs=moved.legs, **about(f"line/{share.line}", stated))


def contribution_returned(
    *, amount: int, share: Share, bank: str, earlier: Mapping[str, int] | None = None, **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 45, returned: the reverse of `contribution_received`, of what is available. `earlier` are pence of it that had come in
    in financial years before that of the share, and were carried on (event 36): they leave the source of their own year, Dr
    source(y) / Cr carried(y), and Dr carried / Cr available of the share's. Malformed where they are more than the amount.
    Refusals: not_enough_available, ceiling_reached when less of the money is left. Source: accounting.md event 45 and L8."""
    before = earlier or {}
    check_size(amount, "amount")
    if share.kind != "contribution" or sum(before.values()) > amount:
        raise Malformed("contribution_malformed", "share")
    moved = Movement()
    moved.pay(amount - sum(before.values()), debit=share.code("source"), credit=share.code("available"))
    for year, pence in before.items():
        of_year = {"fund": share.fund, "year": year}
        moved.pay(pence, debit=account("source", **of_year).code, credit=account("carried", **of_year).code)
        moved.pay(pence, debit=share.code("carried"), credit=share.code("available"))
    moved.pay(amount, debit=share.code("contribution"), credit=account("bank", account=bank).code)
    return Post(event=45, legs=moved.legs, **about(f"line/{share.line}", stated))


def _of_available(amount: int, shares: Sequence[Share]) -> tuple[int, ...]:
    return split_of_left(amount, shares, [share.available for share in shares])


def order_placed(
    *, amount: int, shares: Sequence[Share], purpose: str = "order", expires_us: int | None = None,
    **stated: Unpack[Stated],
) -> PlaceHold:  # fmt: skip
    """Event 5: Dr held / Cr available in each share by weight, one pair a share: whatever the line has left can be ordered, to the
    penny, and roundings fall on the share that has the penny. `purpose` is one of PURPOSES; `expires_us` is when the book's clock
    gives it back (event 30). Refusals: not_enough_available, naming the share that lacks it, though another has it: the split is
    the agreement's; hold_expiry_past. Source: accounting.md event 5."""
    if purpose not in PURPOSES:
        raise Malformed("code_unknown", "purpose")
    pairs = tuple(
        Kept(share.code("held"), share.code("available"), part)
        for share, part in zip(shares, _of_available(amount, shares), strict=True)
        if part
    )
    return PlaceHold(event=5, pairs=pairs, purpose=purpose, expires_us=expires_us,
                     **about(line_of_shares(shares), stated))  # fmt: skip


def kept_by_year(
    *, parts: Sequence[tuple[int, Sequence[Share]]], purpose: str, expires_us: int | None = None,
    **stated: Unpack[Stated],
) -> PlaceHold:  # fmt: skip
    """Event 5 of more than one financial year, or of another than its accounting day's, as an instalment may be: `parts` are pence
    and the line's shares of each year, each split as an order of its own. Refusals: as for an order. Source: accounting.md event
    5."""
    orders = [order_placed(amount=amount, shares=shares, purpose=purpose, **stated) for amount, shares in parts]
    every = [share for _, shares in parts for share in shares]
    return PlaceHold(event=5, pairs=tuple(pair for order in orders for pair in order.pairs), purpose=purpose,
                     expires_us=expires_us, **about(line_of_shares(every), stated))  # fmt: skip


def payment_released(*, amount: int, payee: str, through: str, **stated: Unpack[Stated]) -> Post:
    """Event 8: Dr payable / Cr `through`, the account code of `in_transit/{bank}` (or of the bank itself where clearing is
    not followed). Subject: the payee. Refusals: ceiling_reached when less is owed to the payee. Source: accounting.md event 8."""
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=account("payable", payee=payee).code, credit=through)
    return Post(event=8, legs=moved.legs, **about(payee, stated))


def payment_cleared(*, amount: int, bank: str, **stated: Unpack[Stated]) -> Post:
    """Event 8, cleared: Dr in_transit / Cr bank. Subject `bank/{bank}`. Refusals: account_unknown, and those of the day. Source:
    accounting.md event 8."""
    check_size(amount, "amount")
    moved, own = Movement(), account("bank", account=bank).code
    moved.pay(amount, debit=account("in_transit", account=bank).code, credit=own)
    return Post(event=8, legs=moved.legs, **about(own, stated))


def held_instalment_paid(
    *, hold: int, remaining: Mapping[str, int], amount: int, shares: Sequence[Share], holder_account: str,
    through: str, final: bool = True, **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 11, from its hold: Dr advanced / Cr held; Dr the holder account's advance / Cr `through`. `remaining` is what the hold
    keeps, account code → pence. Refusals: hold_closed, hold_exceeded; not_enough_available for what goes beyond the hold,
    because paying out is an act. Source: SI 2013/1617 reg 8(4), 10; accounting.md event 11."""
    parts, takes, over = taken_from_hold(amount, shares, remaining)
    moved = Movement()
    moved.shift(shares, over, to="advanced", out_of="available")
    for share, part, beyond in zip(shares, parts, over, strict=True):
        moved.add(share.code("advanced"), part - beyond)
    moved.pay(amount, debit=shares[0].code("advance", holder_account=holder_account), credit=through)
    return SettleHold(event=11, hold=hold, takes=takes, legs=moved.legs, final=final, fact=False,
                      **about(line_of_shares(shares), stated))  # fmt: skip


def held_instalment_of_years_paid(
    *, hold: int, remaining: Mapping[str, int], shares: Sequence[Share], into: str, through: str,
    **stated: Unpack[Stated],
) -> SettleHold:  # fmt: skip
    """Event 51, an instalment whose period crosses 31 March, from its hold: as event 11 or 9, and of each financial year what the
    hold keeps of it. `into` is the code of the account where the money is then; `shares` are those of all its years, `remaining`
    what the hold keeps, account code → pence: all of it is paid. Refusals: hold_closed, hold_exceeded. Source: SI 2013/1617 reg
    8(4), 10 for direct payments; accounting.md event 51."""
    subject = line_of_shares(shares)
    moved, takes = Movement(), []
    for share in shares:
        kept = remaining.get(share.code("held"), 0)
        if kept:
            takes.append(Take(share.code("held"), kept))
            moved.add(share.code("advanced"), kept)
    moved.pay(
        sum(take.amount for take in takes),
        debit=into,
        credit=through,
    )
    return SettleHold(event=51, hold=hold, takes=tuple(takes), legs=moved.legs, final=True, fact=False,
                      **about(subject, stated))  # fmt: skip


def taken_from_hold(
    amount: int, shares: Sequence[Share], remaining: Mapping[str, int]
) -> tuple[tuple[int, ...], tuple[Take, ...], tuple[int, ...]]:
    """How a settlement meets a hold: each share's part, what of it the hold gives, and what goes beyond.

    When the amount fits into what is held, no share takes more than the hold still keeps for it, or a last penny would be
    refused; when it does not, the parts are those of the agreement and each share bears its own excess."""
    room = [remaining.get(share.code("held"), 0) for share in shares]
    parts = split_within(amount, shares, room)
    given = [min(part, kept) for part, kept in zip(parts, room, strict=True)]
    takes = tuple(Take(share.code("held"), taken) for share, taken in zip(shares, given, strict=True) if taken)
    return parts, takes, tuple(part - taken for part, taken in zip(parts, given, strict=True))


def hold_released(
    *, hold: int, shares: Sequence[Share], amount: int | None = None, remaining: Mapping[str, int] | None = None,
    **stated: Unpack[Stated],
) -> ReleaseHold:  # fmt: skip
    """Event 30: Dr available / Cr held; the whole of what remains, or an amount of it (then `remaining` is needed: account
    code → pence). Refusals: hold_unknown, hold_closed, hold_exceeded. CannotApportion for more than remains. Source: accounting.md
    event 30."""
    takes: tuple[Take, ...] = ()
    if amount is not None:
        room = [(remaining or {}).get(share.code("held"), 0) for share in shares]
        parts = split(amount, shares, room)
        takes = tuple(Take(share.code("held"), part) for share, part in zip(shares, parts, strict=True) if part)
    return ReleaseHold(event=30, hold=hold, takes=takes, **about(line_of_shares(shares), stated))


def virement(
    *, amount: int, out_of: Sequence[Share], into: Sequence[Share], state: str = "available", **stated: Unpack[Stated]
) -> Post:  # fmt: skip
    """Event 31, between two lines of one person and flexibility group: of `available`, authority; of `advanced`, cash that the
    holder has in hand, which stays where it is. Dr that state of the line that takes / Cr that of the line that gives, fund by
    fund: the parts are those of the giving line, roundings as for an order.

    Subject `line/{line}` of the line that gives. Malformed for another state, lines of two persons or years, a contribution (its
    money belongs to its line, L8), and funds_differ where a fund that gives is no fund of the line that takes. Refusals:
    not_enough_available. Source: accounting.md event 31."""
    if state not in ("available", "advanced"):
        raise Malformed("code_unknown", "state")
    places = {(share.person, share.year) for share in (*out_of, *into)}
    if len(places) != 1 or check_shares(out_of)[0].line == check_shares(into)[0].line:
        raise Malformed("shares_malformed", "shares")
    parts = split_of_left(amount, out_of, [getattr(share, state) for share in out_of])
    takers = {share.fund: share for share in into}
    moved = Movement()
    for share, part in zip(out_of, parts, strict=True):
        if part and (share.fund not in takers or "contribution" in (share.kind, takers[share.fund].kind)):
            raise Malformed("funds_differ", "shares")
        if part:
            moved.pay(part, debit=takers[share.fund].code(state), credit=share.code(state))
    return Post(event=31, legs=moved.legs, **about(line_of_shares(out_of), stated))


def reversal(*, entry: int, line: str, **stated: Unpack[Stated]) -> Reverse:
    """Event 38: every leg of both layers negated, once; a hold's remaining is restored. Refusals: entry_unknown,
    not_reversible, already_reversed, year_closed, reversal_too_early, not_enough_available (consumed since). Source: accounting.md
    event 38."""
    return Reverse(entry=entry, **about(f"line/{line}", stated))
