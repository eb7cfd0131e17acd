"""What an entry changes besides balances: holds, reversals, accounts, periods, erasures.

Each change is made twice, to the running state and to the arrays of the append, and noted for a step back when it
belongs to an atomic group.
"""

import msgspec

from ledger.core.calendar import period_days
from ledger.core.canon import Entry
from ledger.core.columns import Columns
from ledger.core.rules import Draft, Moment
from ledger.core.state import BookState, HoldState, PastEntry
from ledger.core.undo import Undo, restore_attribute, restore_hold, restore_key


class Place(msgspec.Struct):
    """Where an entry stands: its batch's state and arrays, its position there counted from 1, and its moment."""

    state: BookState
    columns: Columns
    entry: Entry
    position: int
    moment: Moment
    undo: Undo | None


def apply_effects(at: Place, draft: Draft) -> None:
    """Carry out what a draft says beyond its legs."""
    if draft.placed is not None:
        _place(at, draft.placed)
    if draft.hold is not None:
        _hold_moves(at, draft)
    if draft.undoes is not None:
        _undo_entry(at, draft.undoes)
    if draft.opens or draft.status or draft.period or draft.erases or draft.origin:
        _administer(at, draft)


def _place(at: Place, hold: HoldState) -> None:
    columns, state = at.columns, at.state
    hold.number = at.entry.number
    columns.hold_entry.append(at.position)
    columns.hold_purpose.append(hold.purpose)
    columns.hold_expires.append(hold.expires_us)
    for holding, pair in hold.pairs.items():
        columns.pair_entry.append(at.position)
        for code, ids in ((holding, columns.pair_holding), (pair.origin, columns.pair_origin)):
            account = state.accounts[code]
            assert account is not None
            ids.append(account.id)
            if hold.expires_us is not None:
                account.next_due_us = min(account.next_due_us or hold.expires_us, hold.expires_us)
                state.expiring.add(code)
        columns.pair_amount.append(pair.placed)
    if at.undo is not None:
        at.undo.append(restore_key(state.holds, hold.number))
    state.holds[hold.number] = hold


def _hold_moves(at: Place, draft: Draft) -> None:
    columns, state, hold = at.columns, at.state, draft.hold
    assert hold is not None
    if at.undo is not None:
        at.undo.append(restore_hold(hold))
    for holding, delta in draft.hold_moves:
        account = state.accounts[holding]
        assert account is not None
        hold.pairs[holding].remaining += delta
        columns.move_hold.append(hold.number)
        columns.move_holding.append(account.id)
        columns.move_amount.append(delta)
        for code in (holding, hold.pairs[holding].origin):
            touched = state.accounts.get(code)
            if delta > 0 and touched is not None and hold.expires_us is not None:
                touched.next_due_us = min(touched.next_due_us or hold.expires_us, hold.expires_us)
                state.expiring.add(code)
    if hold.closed != draft.hold_closes:
        hold.closed = draft.hold_closes
        columns.closed_hold.append(hold.number)
        columns.closed_state.append(hold.closed)


def _undo_entry(at: Place, past: PastEntry) -> None:
    if at.undo is not None:
        at.undo.append(lambda: setattr(past, "undone_by", 0))
    past.undone_by = at.entry.number
    at.columns.undo_target.append(past.number)
    at.columns.undo_entry.append(at.entry.number)


def _administer(at: Place, draft: Draft) -> None:
    state, acts = at.state, at.columns.acts
    for account in draft.opens:
        if at.undo is not None:
            at.undo.append(restore_key(state.accounts, account.code))
            at.undo.append(restore_attribute(state, "next_account_id"))
        state.accounts[account.code] = account
        state.next_account_id = account.id + 1
    for account, text in zip(draft.opens, _specs(at.entry), strict=False):
        acts.append({"op": "open", "entry": at.position, "id": account.id, "spec": text, "tags": account.tags})
    if draft.status is not None:
        account, status = draft.status
        if at.undo is not None:
            at.undo.append(restore_attribute(account, "status"))
        account.status = status
        acts.append({"op": "status", "entry": at.position, "id": account.id, "status": status})
    if draft.period is not None:
        _period(at, draft.period)
    for past in draft.erases:
        if at.undo is not None:
            at.undo.append(restore_attribute(past, "erased"))
        past.erased = True
        acts.append({"op": "erase", "entry": at.position, "target": past.number})
    if draft.origin is not None:
        if at.undo is not None:
            at.undo.append(restore_attribute(state, "origin"))
        state.origin = draft.origin
        acts.append({"op": "origin", "entry": at.position, "origin": draft.origin})


def _period(at: Place, change: tuple[str, str]) -> None:
    months = at.state.months
    period, to = change
    first, last = period_days(period)
    if at.undo is not None:
        at.undo.append(months.changed)
        at.undo.append(restore_attribute(months, "first_day"))
        at.undo.append(restore_key(months.closed, period))
    if to == "closed":
        months.closed[period] = at.moment.asked.people
    elif to == "reopened":
        months.closed.pop(period, None)
    else:
        months.first_day = first
    months.changed()
    at.columns.acts.append(
        {"op": "period", "entry": at.position, "period": period, "to": to, "first": first.isoformat(),
         "last": last.isoformat(), "actor": at.moment.asked.actor}
    )  # fmt: skip


def _specs(entry: Entry) -> list[str]:
    return [value for name, value in entry.attributes if name.startswith("account.")]
