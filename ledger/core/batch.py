"""Numbers and times allowed drafts, renders their lines, and gathers what one append to the database needs.

Items are decided in order against the running state: a batch gives the same entries as its items one by one.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from ledger.core.apply import Draft, Moment, decide, expiry_of
from ledger.core.calendar import london_day, period_days
from ledger.core.canon import Entry, render
from ledger.core.merkle import leaf_hash
from ledger.core.model import AnyRequest, Asked, Detail, Item, Request
from ledger.core.refusals import Refusal, Refused
from ledger.core.state import BookState, HoldState, PastEntry, accounts_of

CLOCK = Asked("phb", "clock", None, "machine", "generated")
Undo = list[Callable[[], None]]


class Outcome(msgspec.Struct):
    """What became of an item: the entries of its group, or the refusal (whose entry stands alone when recorded).

    `tree_size` is the size of the tree at the item's own commit; receipts are proven against it."""

    entries: tuple[Entry, ...]
    refusal: Refusal | None = None
    tree_size: int = 0
    replayed: bool = False

    @property
    def number(self) -> int:
        """The number of the first entry, or 0 when nothing was recorded."""
        return self.entries[0].number if self.entries else 0


class Columns(msgspec.Struct):
    """The arrays of one append. Positions are those of entries in the batch, counted from 1."""

    lines: list[str] = []
    leg_entry: list[int] = []
    leg_account: list[int] = []
    leg_amount: list[int] = []
    leg_day: list[date] = []
    key: list[bytes] = []
    key_entry: list[int] = []
    key_count: list[int] = []
    key_prints: list[bytes] = []
    detail_entry: list[int] = []
    detail_salt: list[bytes] = []
    detail_content: list[bytes] = []
    hold_entry: list[int] = []
    hold_purpose: list[str] = []
    hold_expires: list[int | None] = []
    pair_entry: list[int] = []
    pair_holding: list[int] = []
    pair_origin: list[int] = []
    pair_amount: list[int] = []
    move_hold: list[int] = []
    move_holding: list[int] = []
    move_amount: list[int] = []
    closed_hold: list[int] = []
    closed_state: list[bool] = []
    undo_target: list[int] = []
    undo_entry: list[int] = []
    subject: list[str] = []
    subject_entry: list[int] = []
    acts: list[dict[str, Any]] = []

    def lengths(self) -> tuple[int, ...]:
        """Where each array ends now."""
        return tuple(len(getattr(self, name)) for name in _COLUMN_NAMES)

    def cut(self, lengths: tuple[int, ...]) -> None:
        """Back to an earlier end: an atomic group was refused."""
        for name, length in zip(_COLUMN_NAMES, lengths, strict=True):
            del getattr(self, name)[length:]


_COLUMN_NAMES = tuple(Columns.__struct_fields__)


class Batch:
    """One append being prepared. `state` runs ahead of the database until the append has succeeded."""

    def __init__(self, state: BookState, nonce: Callable[[], str]) -> None:
        self.state = state
        self.start_size = state.size
        self.columns = Columns()
        self.leaves: list[bytes] = []
        self.items: list[tuple[Item, Outcome]] = []
        self._nonce = nonce

    def __len__(self) -> int:
        return len(self.columns.lines)

    def add(self, item: Item, now_us: int) -> Outcome:
        """Decide one item and keep its entries, or its refusal. Expires due holds on its accounts first."""
        today = london_day(now_us)
        self._expire_due(item, now_us, today)
        undo: Undo | None = [] if len(item.requests) > 1 else None
        lengths = self.columns.lengths() if undo is not None else ()
        first, position = self.state.size + 1, 0
        moment = Moment(now_us, today, item.asked)
        entries = []
        try:
            self._check_item(item)
            for position, request in enumerate(item.requests, 1):
                because = request.because if request.because >= 0 else first - request.because - 1
                if because != request.because:
                    request = msgspec.structs.replace(request, because=because)  # noqa: PLW2901
                draft = decide(self.state, request, moment)
                entries.append(self._take(draft, request, request.detail, moment, undo))
            outcome = Outcome(tuple(entries))
        except Refused as no:
            if undo:
                for step in reversed(undo):
                    step()
                self.columns.cut(lengths)
                del self.leaves[len(self.columns.lines) :]
            outcome = self._refuse(item, no.refusal, position or 1, moment)
        if item.key is not None and outcome.entries:
            columns = self.columns
            columns.key.append(item.key)
            columns.key_entry.append(outcome.number - self.start_size)
            columns.key_count.append(len(outcome.entries))
            columns.key_prints.append(item.prints)
        self.items.append((item, outcome))
        return outcome

    def expire(self, hold: HoldState, now_us: int) -> None:
        """Write the expiry of one due hold, unless its accounting day is closed (it then waits for an open one)."""
        today = london_day(now_us)
        months = self.state.months
        if hold.closed or today < months.first_day or months.closed_period(today) is not None:
            return
        request = Request(event=30, effective_on=today)
        self._take(expiry_of(self.state, hold), request, None, Moment(now_us, today, CLOCK), None)

    def finish(self) -> int:
        """The tree size after this batch, told to every outcome."""
        for _, outcome in self.items:
            outcome.tree_size = self.state.size
        return self.state.size

    def _check_item(self, item: Item) -> None:
        for guard in item.guards:
            actual = self.state.subjects[guard.subject]
            if actual != guard.version:
                raise Refused("guard_stale", guard.subject, guard.version, actual)
        for predicate in item.at_least:
            account = self.state.accounts[predicate.account]
            if account is None:
                raise Refused("account_unknown", predicate.account)
            if account.balance < predicate.amount:
                raise Refused("below_required", predicate.account, predicate.amount, account.balance)

    def _expire_due(self, item: Item, now_us: int, today: date) -> None:
        state = self.state
        for code in accounts_of(state, item):
            account = state.accounts.get(code)
            if account is None or account.next_due_us is None or account.next_due_us > now_us:
                continue
            for hold in list(state.holds.values()):
                if hold is None or hold.closed or hold.expires_us is None or hold.expires_us > now_us:
                    continue
                if _concerns(hold, code):
                    self.expire(hold, now_us)
            account.next_due_us = next_due(state, code)

    def _refuse(self, item: Item, refusal: Refusal, position: int, moment: Moment) -> Outcome:
        if item.key is None or item.natural or not refusal.recorded:
            return Outcome((), refusal)
        request = item.requests[position - 1]
        attributes = [(f"fact.{name}", value) for name, value in refusal.facts]
        attributes += [
            ("code", refusal.code), ("intent", intent_of(request)), ("item", str(position)), ("of", str(len(item.requests)))
        ]  # fmt: skip
        attributes += item.refusal_attributes
        draft = Draft("refusal", tuple(sorted(attributes)), [], request.subject)
        if request.because < 0 or request.because > self.state.size:
            request = msgspec.structs.replace(request, because=0)
        return Outcome((self._take(draft, request, item.refusal_detail, moment, None),), refusal)

    def _take(
        self, draft: Draft, request: Request, detail: Detail | None, moment: Moment, undo: Undo | None
    ) -> Entry:
        state, columns, asked = self.state, self.columns, moment.asked
        number = state.size + 1
        recorded_us = moment.now_us if moment.now_us > state.last_us else state.last_us + 1
        entry = Entry(
            state.code, number, recorded_us, draft.kind, request.event, request.effective_on, request.care_from,
            request.care_to, asked.source, asked.channel, asked.client, asked.actor, asked.acting_for, request.because,
            draft.subject, detail.commitment if detail is not None else None, self._nonce(), draft.attributes,
            tuple([(account.code, amount) for account, amount in draft.legs]),
        )  # fmt: skip
        line = render(entry)
        columns.lines.append(line)
        self.leaves.append(leaf_hash(line.encode("ascii")))
        if undo is not None:
            undo.append(_restore_head(state, state.size, state.last_us))
        state.size, state.last_us = number, recorded_us
        position = number - self.start_size
        if detail is not None:
            columns.detail_entry.append(position)
            columns.detail_salt.append(detail.salt)
            columns.detail_content.append(detail.content)
        self._move(draft, entry, position, undo)
        if draft.kind not in ("transaction", "refusal") or draft.undoes is not None or draft.subject is not None:
            self._change(draft, entry, position, moment, undo)
        return entry

    def _move(self, draft: Draft, entry: Entry, position: int, undo: Undo | None) -> None:
        columns, state = self.columns, self.state
        persons = None
        for account, amount in draft.legs:
            columns.leg_entry.append(position)
            columns.leg_account.append(account.id)
            columns.leg_amount.append(amount)
            columns.leg_day.append(entry.effective_on)  # type: ignore[arg-type]
            if undo is not None:
                undo.append(_restore_account(account))
            account.balance += amount
            if amount > 0:
                account.debit += amount
            else:
                account.credit -= amount
            if account.person is not None:
                persons = persons or set()
                persons.add(account.person)
        if persons:
            for person in sorted(persons):
                self._touch(person, entry.number, position, undo)
        if draft.subject is not None and entry.kind != "refusal" and not (persons and draft.subject in persons):
            self._touch(draft.subject, entry.number, position, undo)
        assert state.size == entry.number

    def _touch(self, subject: str, number: int, position: int, undo: Undo | None) -> None:
        if undo is not None:
            undo.append(_restore_key(self.state.subjects, subject))
        self.state.subjects[subject] = number
        self.columns.subject.append(subject)
        self.columns.subject_entry.append(position)

    def _change(self, draft: Draft, entry: Entry, position: int, moment: Moment, undo: Undo | None) -> None:
        if draft.placed is not None:
            self._place(draft.placed, entry, position, undo)
        if draft.hold is not None:
            self._hold_moves(draft, entry, undo)
        if draft.undoes is not None:
            self._undo_entry(draft.undoes, entry, undo)
        if draft.opens or draft.status or draft.period or draft.erases or draft.origin:
            self._administer(draft, entry, position, moment, undo)

    def _place(self, hold: HoldState, entry: Entry, position: int, undo: Undo | None) -> None:
        columns, state = self.columns, self.state
        hold.number = entry.number
        columns.hold_entry.append(position)
        columns.hold_purpose.append(hold.purpose)
        columns.hold_expires.append(hold.expires_us)
        for holding, pair in hold.pairs.items():
            columns.pair_entry.append(position)
            for code, ids in ((holding, columns.pair_holding), (pair.origin, columns.pair_origin)):
                account = state.accounts[code]
                assert account is not None
                ids.append(account.id)
                if hold.expires_us is not None:
                    account.next_due_us = min(account.next_due_us or hold.expires_us, hold.expires_us)
            columns.pair_amount.append(pair.placed)
        if undo is not None:
            undo.append(_restore_key(state.holds, hold.number))
        state.holds[hold.number] = hold

    def _hold_moves(self, draft: Draft, entry: Entry, undo: Undo | None) -> None:
        columns, state, hold = self.columns, self.state, draft.hold
        assert hold is not None
        if undo is not None:
            undo.append(_restore_hold(hold))
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
        if hold.closed != draft.hold_closes:
            hold.closed = draft.hold_closes
            columns.closed_hold.append(hold.number)
            columns.closed_state.append(hold.closed)

    def _undo_entry(self, past: PastEntry, entry: Entry, undo: Undo | None) -> None:
        if undo is not None:
            undo.append(lambda: setattr(past, "undone_by", 0))
        past.undone_by = entry.number
        self.columns.undo_target.append(past.number)
        self.columns.undo_entry.append(entry.number)

    def _administer(self, draft: Draft, entry: Entry, position: int, moment: Moment, undo: Undo | None) -> None:
        state, acts = self.state, self.columns.acts
        for account in draft.opens:
            if undo is not None:
                undo.append(_restore_key(state.accounts, account.code))
                undo.append(_restore_next_id(state))
            state.accounts[account.code] = account
            state.next_account_id = account.id + 1
        for account, text in zip(draft.opens, _specs(entry), strict=False):
            acts.append({"op": "open", "entry": position, "id": account.id, "spec": text, "tags": account.tags})
        if draft.status is not None:
            account, status = draft.status
            if undo is not None:
                undo.append(_restore_attribute(account, "status"))
            account.status = status
            acts.append({"op": "status", "entry": position, "id": account.id, "status": status})
        if draft.period is not None:
            self._period(draft.period, entry, position, moment, undo)
        for past in draft.erases:
            if undo is not None:
                undo.append(_restore_attribute(past, "erased"))
            past.erased = True
            acts.append({"op": "erase", "entry": position, "target": past.number})
        if draft.origin is not None:
            state.origin = draft.origin
            acts.append({"op": "origin", "entry": position, "origin": draft.origin})

    def _period(
        self, change: tuple[str, str], entry: Entry, position: int, moment: Moment, undo: Undo | None
    ) -> None:
        months = self.state.months
        period, to = change
        first, last = period_days(period)
        if undo is not None:
            undo.append(months.changed)
            undo.append(_restore_attribute(months, "first_day"))
            undo.append(_restore_key(months.closed, period))
        if to == "closed":
            months.closed[period] = moment.asked.actor
        elif to == "reopened":
            months.closed.pop(period, None)
        else:
            months.first_day = first
        months.changed()
        self.columns.acts.append(
            {"op": "period", "entry": position, "period": period, "to": to, "first": first.isoformat(),
             "last": last.isoformat(), "actor": moment.asked.actor}
        )  # fmt: skip


def _concerns(hold: HoldState, code: str) -> bool:
    return any(code in (holding, pair.origin) for holding, pair in hold.pairs.items())


def next_due(state: BookState, code: str) -> int | None:
    """When the next of the loaded open holds on an account expires, in microseconds, or None."""
    return min(
        (
            hold.expires_us
            for hold in state.holds.values()
            if hold is not None and not hold.closed and hold.expires_us is not None and _concerns(hold, code)
        ),
        default=None,
    )


def intent_of(request: AnyRequest) -> str:
    """The kind of entry a request asks for, as a refusal states it."""
    name = type(request).__name__
    kind = {
        "OpenBook": "book", "OpenAccounts": "account_opened", "Post": "transaction", "PlaceHold": "hold_placed", "SettleHold": "hold_settled", "ReleaseHold": "hold_released",
        "Reverse": "transaction", "Correct": "transaction", "Erase": "erasure", "Restart": "log_restarted",
    }.get(name)  # fmt: skip
    if kind is not None:
        return kind
    return getattr(request, "kind", None) or f"{name.removeprefix('Change').lower()}_{getattr(request, 'to', '')}"


def _specs(entry: Entry) -> list[str]:
    return [value for name, value in entry.attributes if name.startswith("account.")]


def _restore_head(state: BookState, size: int, last_us: int) -> Callable[[], None]:
    def restore() -> None:
        state.size, state.last_us = size, last_us

    return restore


def _restore_account(account: Any) -> Callable[[], None]:
    before = (account.balance, account.debit, account.credit, account.next_due_us)

    def restore() -> None:
        account.balance, account.debit, account.credit, account.next_due_us = before

    return restore


def _restore_hold(hold: HoldState) -> Callable[[], None]:
    closed, remaining = hold.closed, {holding: pair.remaining for holding, pair in hold.pairs.items()}

    def restore() -> None:
        hold.closed = closed
        for holding, amount in remaining.items():
            hold.pairs[holding].remaining = amount

    return restore


def _restore_key(mapping: dict[Any, Any], key: object) -> Callable[[], None]:
    was_there, before = key in mapping, mapping.get(key)

    def restore() -> None:
        if was_there:
            mapping[key] = before
        else:
            mapping.pop(key, None)

    return restore


def _restore_next_id(state: BookState) -> Callable[[], None]:
    return _restore_attribute(state, "next_account_id")


def _restore_attribute(target: Any, name: str) -> Callable[[], None]:
    before = getattr(target, name)
    return lambda: setattr(target, name, before)
