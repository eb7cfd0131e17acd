"""Decisions on holds: money kept to one side, used in part or finally, given back, or expired."""

from ledger.core.model import Leg
from ledger.core.refusals import Refused
from ledger.core.requests import PlaceHold, ReleaseHold, SettleHold
from ledger.core.rules import (
    HOLDING_CLASS,
    Draft,
    Moment,
    check_accounts,
    check_because,
    check_day,
    check_free_of_holds,
    check_guards,
    check_sums,
    resolved,
    shortfall_accounts,
    with_shortfalls,
)
from ledger.core.state import BookState, HoldPair, HoldState


def decide_place(state: BookState, request: PlaceHold, moment: Moment) -> Draft:
    """A hold: each pair moves from its origin to its holding account (accounting.md event 5)."""
    legs = resolved(
        state,
        tuple(leg for p in request.pairs for leg in (Leg(p.holding, p.amount), Leg(p.origin, -p.amount))),
    )
    check_accounts(legs, fact=False)
    check_because(state, legs, request, moment)
    for account, amount in legs:
        if (account.klass == HOLDING_CLASS) != (amount > 0):
            raise Refused("holding_account", account.code)
    if request.expires_us is not None and request.expires_us <= moment.now_us:
        raise Refused("hold_expiry_past", request.expires_us)
    check_day(state.months, request.effective_on, moment)
    # Each pair by itself, because each can be given back by itself.
    for first in range(0, len(legs), 2):
        check_sums(legs[first : first + 2])
    check_guards(legs)
    expires = "-" if request.expires_us is None else str(request.expires_us)
    pairs = {pair.holding: HoldPair(pair.origin, pair.amount, pair.amount) for pair in request.pairs}
    hold = HoldState(0, request.purpose, request.expires_us, False, pairs, request.subject)
    attributes = (("expires_at", expires), ("purpose", request.purpose))
    return Draft("hold_placed", attributes, legs, request.subject, placed=hold)


def _open_hold(state: BookState, number: int) -> HoldState:
    hold = state.holds[number]
    if hold is None:
        raise Refused("hold_unknown", number)
    if hold.closed:
        raise Refused("hold_closed", number)
    return hold


def check_takes(hold: HoldState, takes: dict[str, int]) -> None:
    """No more is taken from an account than the hold still keeps there."""
    for holding, amount in takes.items():
        pair = hold.pairs.get(holding)
        if pair is None:
            raise Refused("hold_account_unknown", hold.number, holding)
        if amount > pair.remaining:
            raise Refused("hold_exceeded", hold.number, holding, amount, pair.remaining)


def _given_back(hold: HoldState, amounts: dict[str, int]) -> dict[str, int]:
    back: dict[str, int] = {}
    for holding, amount in amounts.items():
        back[holding] = back.get(holding, 0) - amount
        origin = hold.pairs[holding].origin
        back[origin] = back.get(origin, 0) + amount
    return back


def decide_settle(state: BookState, request: SettleHold, moment: Moment) -> Draft:
    """Uses a hold in part, for less or for more (accounting.md events 6, 28, 29)."""
    hold = _open_hold(state, request.hold)
    takes = {take.holding: take.amount for take in request.takes}
    _check_takes_known(hold, takes)
    others = resolved(state, request.legs)
    named = others + shortfall_accounts(state, request.legs) if request.fact else others
    asked, moves = _settlement(hold, request, takes)
    legs = resolved(state, asked)
    check_accounts(legs + named, request.fact)
    check_because(state, legs, request, moment)
    check_free_of_holds(named)
    check_day(state.months, request.effective_on, moment)
    check_sums(legs)
    if request.fact:
        legs = with_shortfalls(state, asked, legs, frozenset(hold.pairs))
    check_takes(hold, takes)
    check_guards(legs)
    attributes = (("final", "yes" if request.final else "no"), ("hold", str(hold.number)))
    return Draft("hold_settled", attributes, legs, request.subject, hold=hold, hold_moves=tuple(moves.items()),
                 hold_closes=request.final or _emptied(hold, moves))  # fmt: skip


def _settlement(hold: HoldState, request: SettleHold, takes: dict[str, int]) -> tuple[tuple[Leg, ...], dict[str, int]]:
    """All legs of a settlement, netted by account, and what it takes from each holding account."""
    sums = {leg.account: leg.amount for leg in request.legs}
    moves = {holding: -amount for holding, amount in takes.items()}
    sums.update(moves)
    if request.final:
        rest = {holding: pair.remaining - takes.get(holding, 0) for holding, pair in hold.pairs.items()}
        for code, amount in _given_back(hold, {code: pence for code, pence in rest.items() if pence > 0}).items():
            sums[code] = sums.get(code, 0) + amount
        moves = {holding: -pair.remaining for holding, pair in hold.pairs.items() if pair.remaining}
    shortfalls = {leg.account: leg.shortfall for leg in request.legs}
    return tuple(Leg(code, amount, shortfalls.get(code)) for code, amount in sums.items() if amount), moves


def _check_takes_known(hold: HoldState, takes: dict[str, int]) -> None:
    for holding in takes:
        if holding not in hold.pairs:
            raise Refused("hold_account_unknown", hold.number, holding)


def _emptied(hold: HoldState, moves: dict[str, int]) -> bool:
    return all(pair.remaining + moves.get(holding, 0) == 0 for holding, pair in hold.pairs.items())


def decide_release(state: BookState, request: ReleaseHold, moment: Moment) -> Draft:
    """Gives back what a hold keeps, or part of it (accounting.md event 30)."""
    hold = _open_hold(state, request.hold)
    takes = {take.holding: take.amount for take in request.takes}
    amounts = takes or {holding: pair.remaining for holding, pair in hold.pairs.items() if pair.remaining}
    _check_takes_known(hold, amounts)
    legs = resolved(state, tuple(Leg(code, amount) for code, amount in _given_back(hold, amounts).items()))
    check_accounts(legs, fact=False)
    check_because(state, legs, request, moment)
    check_day(state.months, request.effective_on, moment)
    check_takes(hold, amounts)
    check_guards(legs)
    moves = {holding: -amount for holding, amount in amounts.items()}
    return Draft("hold_released", (("hold", str(hold.number)),), legs, request.subject, hold=hold,
                 hold_moves=tuple(moves.items()), hold_closes=_emptied(hold, moves))  # fmt: skip


def expiry_of(state: BookState, hold: HoldState) -> Draft:
    """The draft of a due hold's expiry: all that remains goes back. Made by the book's clock, never refused."""
    amounts = {holding: pair.remaining for holding, pair in hold.pairs.items() if pair.remaining}
    legs = resolved(state, tuple(Leg(code, amount) for code, amount in _given_back(hold, amounts).items()))
    moves = tuple((holding, -amount) for holding, amount in amounts.items())
    return Draft("hold_expired", (("hold", str(hold.number)),), legs, hold.subject, hold=hold, hold_moves=moves,
                 hold_closes=True)  # fmt: skip
