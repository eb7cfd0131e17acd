"""Numbers and times allowed drafts, renders their lines, and gathers what one append to the database needs.

Items are decided in order against the running state: a batch gives the same entries as its items one by one.
"""

from collections.abc import Callable
from datetime import date

import msgspec

from ledger.core.apply import decide
from ledger.core.calendar import london_day
from ledger.core.canon import Entry, key_text, person_of, render
from ledger.core.columns import Columns
from ledger.core.effects import Place, apply_effects
from ledger.core.holds import expiry_of
from ledger.core.merkle import leaf_hash
from ledger.core.model import Asked, Detail, Item, Request
from ledger.core.refusals import PRECEDENCE, Refusal, Refused
from ledger.core.rules import Draft, Moment, check_accounts, check_guards, check_lines_barred, check_ways
from ledger.core.state import BookState, HoldState, accounts_of
from ledger.core.undo import Undo, restore_account, restore_head, restore_key

KEEP_RECENT = 4000
"""More entries than can be on their way to the database; older ones are read from it."""
_INTENTS = {
    "OpenBook": "book", "OpenAccounts": "account_opened", "Post": "transaction", "PlaceHold": "hold_placed",
    "SettleHold": "hold_settled", "ReleaseHold": "hold_released", "Reverse": "transaction", "Correct": "transaction",
    "Erase": "erasure", "Restart": "log_restarted",
}  # fmt: skip
CLOCK = Asked("phb", "clock", None, "machine", "generated")


class Outcome(msgspec.Struct):
    """What became of an item: the entries of its group, or the refusal (whose entry stands alone when recorded).

    `tree_size` is the size of the tree at the item's own commit; receipts are proven against it."""

    entries: tuple[Entry, ...]
    refusal: Refusal | None = None
    tree_size: int = 0
    replayed: bool = False
    erased: frozenset[int] = frozenset()
    """Of a replay: the numbers of those entries whose details have been erased since."""

    @property
    def number(self) -> int:
        """The number of the first entry, or 0 when nothing was recorded."""
        return self.entries[0].number if self.entries else 0


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
        key = key_text(item.key, len(item.requests), item.prints) if item.key is not None else None
        try:
            if item.lines_barred:
                check_lines_barred(self.state, item)
            if item.ways:
                check_ways(self.state, item)
            pending = self._check_item(item) if item.guards or item.at_least or item.other_than else None
            for position, request in enumerate(item.requests, 1):
                because = request.because if request.because >= 0 else first - request.because - 1
                if because != request.because:
                    request = msgspec.structs.replace(request, because=because)
                if pending is not None:
                    raise self._earlier(pending, request, moment)
                draft = decide(self.state, request, moment)
                entries.append(self._take(draft, request, request.detail, moment, undo, key if position == 1 else None))
            outcome = Outcome(tuple(entries))
        except Refused as no:
            if undo:
                for step in reversed(undo):
                    step()
                self.state.forget_after(self.state.size)
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
        """Write the expiry of one due hold. It waits while its accounting day is closed, or while an account that it
        would give money back to is closed or at its limit: an entry made by nobody is never refused, so never tried in vain."""
        today = london_day(now_us)
        months = self.state.months
        if hold.closed or today < months.first_day or months.closed_period(today) is not None:
            return
        draft = expiry_of(self.state, hold)
        try:
            check_accounts(draft.legs, fact=True)
            check_guards(draft.legs)
        except Refused:
            return
        request = Request(event=30, effective_on=today)
        self._take(draft, request, None, Moment(now_us, today, CLOCK), None, None)

    def finish(self) -> int:
        """The tree size after this batch, told to every outcome."""
        for _, outcome in self.items:
            outcome.tree_size = self.state.size
        recent = self.state.recent
        if len(recent) > 2 * KEEP_RECENT:
            for number in list(recent)[:-KEEP_RECENT]:
                del recent[number]
        return self.state.size

    def _check_item(self, item: Item) -> Refused | None:
        """Raises for a stale guard; returns what a predicate refuses, which waits for its turn in the list."""
        for guard in item.guards:
            actual = self.state.subjects[guard.subject]
            if actual != guard.version:
                raise Refused("guard_stale", guard.subject, guard.version, actual)
        broken = []
        for number in item.other_than:
            past = self.state.entry(number)
            if past is None:
                broken.append(Refused("entry_unknown", number))
            elif same := past.people & item.asked.people:
                broken.append(Refused("second_person_needed", min(same)))
        for predicate in item.at_least:
            account = self.state.accounts[predicate.account]
            if account is None:
                broken.append(Refused("account_unknown", predicate.account))
            elif account.balance < predicate.amount:
                broken.append(Refused("below_required", predicate.account, predicate.amount, account.balance))
        return min(broken, key=_rank, default=None)

    def _earlier(self, pending: Refused, request: Request, moment: Moment) -> Refused:
        """The answer to a group whose predicate fails: what its first request meets, if that comes earlier in the list."""
        try:
            decide(self.state, request, moment)
        except Refused as no:
            return min(pending, no, key=_rank)
        return pending

    def _expire_due(self, item: Item, now_us: int, today: date) -> None:
        state = self.state
        if not state.expiring:
            return
        for code in accounts_of(state, item):
            account = state.accounts.get(code)
            if account is None or account.next_due_us is None or account.next_due_us > now_us:
                continue
            if not account.holds_known:
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
        key = key_text(item.key, 1, item.prints)
        return Outcome((self._take(draft, request, item.refusal_detail, moment, None, key),), refusal)

    def _take(
        self, draft: Draft, request: Request, detail: Detail | None, moment: Moment, undo: Undo | None, key: str | None
    ) -> Entry:  # fmt: skip
        state, columns, asked = self.state, self.columns, moment.asked
        number = state.size + 1
        recorded_us = moment.now_us if moment.now_us > state.last_us else state.last_us + 1
        entry = Entry(
            state.code, number, recorded_us, draft.kind, request.event, request.effective_on, request.care_from,
            request.care_to, asked.source, asked.channel, asked.client, asked.actor, asked.acting_for, request.because,
            draft.subject, detail.commitment if detail is not None else None, self._nonce(), key,
            draft.attributes,
            tuple([(account.code, amount) for account, amount in draft.legs]),
        )  # fmt: skip
        line = render(entry)
        columns.lines.append(line)
        self.leaves.append(leaf_hash(line.encode("ascii")))
        if undo is not None:
            undo.append(restore_head(state, state.size, state.last_us))
        state.size, state.last_us = number, recorded_us
        state.recent[number] = entry
        if number in state.entries:
            # Somebody had asked for this number before there was such an entry.
            del state.entries[number]
        position = number - self.start_size
        if detail is not None:
            columns.detail_entry.append(position)
            columns.detail_salt.append(detail.salt)
            columns.detail_content.append(detail.content)
        self._move(draft, entry, position, undo)
        if (draft.kind != "transaction" and draft.kind != "refusal") or draft.undoes is not None:
            apply_effects(Place(state, columns, entry, position, moment, undo), draft)
        return entry

    def _move(self, draft: Draft, entry: Entry, position: int, undo: Undo | None) -> None:
        columns = self.columns
        persons = None
        for account, amount in draft.legs:
            columns.leg_entry.append(position)
            columns.leg_account.append(account.id)
            columns.leg_amount.append(amount)
            columns.leg_day.append(entry.effective_on)  # type: ignore[arg-type]
            if undo is not None:
                undo.append(restore_account(account))
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
        if entry.kind == "refusal":
            return
        touched = persons or set()
        for about in (person_of(entry), draft.subject):
            if about is not None and about not in touched:
                touched.add(about)
                self._touch(about, entry.number, position, undo)

    def _touch(self, subject: str, number: int, position: int, undo: Undo | None) -> None:
        if undo is not None:
            undo.append(restore_key(self.state.subjects, subject))
        self.state.subjects[subject] = number
        self.columns.subject.append(subject)
        self.columns.subject_entry.append(position)


def _rank(no: Refused) -> int:
    return PRECEDENCE[no.refusal.code]


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


def intent_of(request: Request) -> str:
    """The kind of entry a request asks for, as a refusal states it."""
    name = type(request).__name__
    kind = _INTENTS.get(name)
    if kind is not None:
        return kind
    return getattr(request, "kind", None) or f"{name.removeprefix('Change').lower()}_{getattr(request, 'to', '')}"
