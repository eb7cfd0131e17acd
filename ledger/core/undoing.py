"""Decisions that undo: the reversal of a movement, and the correction of one whose year is closed."""

from datetime import date

from ledger.core.calendar import year_of
from ledger.core.canon import POSTING_KINDS
from ledger.core.holds import check_takes
from ledger.core.model import Leg
from ledger.core.refusals import Refused
from ledger.core.requests import Correct, Reverse
from ledger.core.rules import (
    Draft,
    Moment,
    check_accounts,
    check_because,
    check_day,
    check_free_of_holds,
    check_guards,
    check_sums,
    resolved,
)
from ledger.core.state import BookState, PastEntry


def _undoable(state: BookState, number: int) -> PastEntry:
    past = state.entry(number)
    if past is None:
        raise Refused("entry_unknown", number)
    if past.kind not in POSTING_KINDS or past.kind == "hold_expired" or past.undoes:
        raise Refused("not_reversible", number, past.kind)
    if past.undone_by:
        raise Refused("already_reversed", number, past.undone_by)
    return past


def decide_reverse(state: BookState, request: Reverse, moment: Moment) -> Draft:
    """Every leg negated, once; the hold's remaining is restored (accounting.md event 38)."""
    past = _undoable(state, request.entry)
    past_day = date.fromisoformat(past.effective_on or "")
    if state.months.closed_year(past_day) is not None:
        raise Refused("year_closed", past.number, year_of(past_day))
    hold = state.holds[past.hold] if past.hold else None
    placing = past.kind == "hold_placed"
    if hold is not None and placing and hold.closed:
        raise Refused("hold_closed", hold.number)
    legs = resolved(state, tuple(Leg(code, -amount) for code, amount in past.legs))
    check_accounts(legs, fact=False)
    check_because(state, legs, request, moment)
    check_day(state.months, request.effective_on, moment)
    assert request.effective_on is not None
    if request.effective_on < past_day:
        raise Refused("reversal_too_early", past.number, past_day)
    check_sums(legs)
    moves: dict[str, int] = {}
    if hold is not None:
        moves = {code: -amount for code, amount in past.legs if code in hold.pairs}
        if placing:
            check_takes(hold, {holding: pair.placed for holding, pair in hold.pairs.items()})
    check_guards(legs)
    return Draft("transaction", (("reverses", str(past.number)),), legs, request.subject, undoes=past, hold=hold,
                 hold_moves=tuple(moves.items()), hold_closes=placing)  # fmt: skip


def decide_correct(state: BookState, request: Correct, moment: Moment) -> Draft:
    """A movement of a closed year undone in an open one (accounting.md event 39)."""
    past = _undoable(state, request.entry)
    if past.kind not in ("transaction", "hold_settled"):
        raise Refused("not_reversible", past.number, past.kind)
    past_day = date.fromisoformat(past.effective_on or "")
    year = year_of(past_day)
    if state.months.closed_year(past_day) is None:
        raise Refused("year_open", past.number, year)
    instead = {pair.account: pair.instead for pair in request.replacements}
    stands_in = [(code, instead.get(code, code), amount) for code, amount in past.legs]
    sums: dict[str, int] = {}
    for _, new, amount in stands_in:
        sums[new] = sums.get(new, 0) - amount
    everything = resolved(state, tuple(Leg(new, -amount) for _, new, amount in stands_in))
    legs = resolved(state, tuple(Leg(code, amount) for code, amount in sums.items() if amount))
    check_accounts(legs, fact=False)
    for (code, _, _), (new_account, _) in zip(stands_in, everything, strict=True):
        account = state.account(code)
        assert account is not None
        if account.layer == "budget" and new_account.group == account.group:
            raise Refused("correction_incomplete", past.number, code)
    if len(legs) < 2:
        raise Refused("correction_incomplete", past.number, past.legs[0][0])
    check_because(state, legs, request, moment)
    check_free_of_holds(legs)
    check_day(state.months, request.effective_on, moment)
    check_sums(legs)
    check_guards(legs)
    attributes = [("corrects", str(past.number))]
    attributes += [(f"instead.{i:02d}", f"{p.account}:{p.instead}") for i, p in enumerate(request.replacements, 1)]
    return Draft("transaction", tuple(attributes), legs, request.subject, undoes=past)
