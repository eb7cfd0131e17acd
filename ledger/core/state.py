"""The running state that a batch is decided against: accounts, holds, months and versions of one book.

It is loaded by the book room, changed only by accepted requests, and thrown away when another process wrote.
"""

from collections.abc import Callable

import msgspec

from ledger.core.calendar import Months
from ledger.core.canon import POSTING_KINDS, Entry
from ledger.core.merkle import Frontier
from ledger.core.model import AccountSpec, Identity, Item, Request
from ledger.core.requests import (
    ChangeAccount,
    Correct,
    Erase,
    OpenAccounts,
    PlaceHold,
    Post,
    ReleaseHold,
    Reverse,
    SettleHold,
)


class AccountState(msgspec.Struct):
    """One account as it stands: its guards and its balance in signed pence.

    `next_due_us` is when the next of its holds expires, or earlier; `holds_known` says that all of them are loaded."""

    id: int
    code: str
    klass: str
    layer: str
    group: str
    floor: int | None
    ceiling: int | None
    tags: dict[str, str]
    status: str = "open"
    balance: int = 0
    debit: int = 0
    credit: int = 0
    next_due_us: int | None = None
    terms: tuple[tuple[str, str, int], ...] = ()
    person: str | None = None
    holds_known: bool = True


class HoldPair(msgspec.Struct):
    """What one fund keeps under a hold, in pence."""

    origin: str
    placed: int
    remaining: int


class HoldState(msgspec.Struct):
    """One hold as it stands. `number` is that of its placing entry."""

    number: int
    purpose: str
    expires_us: int | None
    closed: bool
    pairs: dict[str, HoldPair]
    subject: str | None = None


class PastEntry(msgspec.Struct):
    """What later requests need to know of an entry: its legs, its hold, and whether it was undone or erased."""

    number: int
    kind: str
    people: frozenset[str]
    effective_on: str | None
    legs: tuple[tuple[str, int], ...]
    hold: int
    undoes: int
    undone_by: int
    commitment: str | None
    erased: bool


def past_of(entry: Entry) -> PastEntry:
    """What an entry's own line says; whether it was undone or erased since is for the reader to add."""
    undoes = hold = 0
    if entry.kind in POSTING_KINDS:
        # Of any other kind these names are attributes like the rest: a decision says whether it has a hold.
        undoes = int(entry.attribute("reverses") or entry.attribute("corrects") or 0)
        hold = entry.number if entry.kind == "hold_placed" else int(entry.attribute("hold") or 0)
    day = entry.effective_on.isoformat() if entry.effective_on else None
    return PastEntry(
        entry.number,
        entry.kind,
        entry.people,
        day,
        entry.legs,
        hold,
        undoes,
        0,
        entry.commitment,
        erased=False,
    )


class Missing(msgspec.Struct):
    """What has to be read before an item can be decided. Entries come first: they name accounts and holds."""

    accounts: set[str]
    holds: set[int]
    entries: set[int]
    subjects: set[str]

    def __bool__(self) -> bool:
        return bool(self.accounts or self.holds or self.entries or self.subjects)


class BookState:
    """Everything known of a book in this process. None in a dictionary means: looked for, and not there."""

    def __init__(
        self, *, book_id: int, code: str, currency: str, size: int, last_us: int, frontier: Frontier, months: Months,
        identities: tuple[Identity, ...], next_account_id: int, origin: str = "",
        nature: str = "synthetic",
    ) -> None:  # fmt: skip
        self.book_id = book_id
        self.code = code
        self.currency = currency
        self.size = size
        self.last_us = last_us
        self.frontier = frontier
        self.months = months
        self.next_account_id = next_account_id
        self.origin = origin
        self.nature = nature
        self.accounts: dict[str, AccountState | None] = {}
        self.holds: dict[int, HoldState | None] = {}
        self.entries: dict[int, PastEntry | None] = {}
        self.subjects: dict[str, int] = {}
        self.identities = identities
        self.expiring: set[str] = set()
        self.recent: dict[int, Entry] = {}
        self._by_class: dict[str, list[tuple[str, str, int]]] = {}
        for identity in identities:
            for term in identity.terms:
                row = (identity.name, identity.tag, term.coefficient)
                self._by_class.setdefault(term.klass, []).append(row)

    def describe(self, account: AccountState) -> AccountState:
        """Fill in what follows from class and tags: identity terms and the person whose version it moves."""
        account.terms = tuple(
            (name, account.tags[tag], coefficient)
            for name, tag, coefficient in self._by_class.get(account.klass, ())
            if tag in account.tags
        )
        person = account.tags.get("person")
        account.person = f"person/{person}" if person else None
        return account

    def opened(self, spec: AccountSpec, tags: tuple[tuple[str, str], ...]) -> AccountState:
        """A new account of this state, with the next free id."""
        account = AccountState(
            self.next_account_id,
            spec.code,
            spec.klass,
            spec.layer,
            spec.group,
            spec.floor,
            spec.ceiling,
            dict(tags),
        )
        self.next_account_id += 1
        return self.describe(account)

    def entry(self, number: int) -> PastEntry | None:
        """What is known of an entry, one that was decided a moment ago included; None if there is none."""
        past = self.entries.get(number)
        if past is None and number <= self.size and (entry := self.recent.get(number)) is not None:
            past = self.entries[number] = past_of(entry)
        return past

    def forget_after(self, size: int) -> None:
        """Entries beyond this number were undone with their group: nobody may refer to them."""
        for known in (self.recent, self.entries):
            for number in [each for each in known if each > size]:
                del known[number]

    def account(self, code: str) -> AccountState | None:
        """The account of a code, or None if there is none. It must have been loaded."""
        return self.accounts[code]


def missing_for(state: BookState, item: Item, missing: Missing) -> Missing:
    """Add what has still to be read for an item. Call again with nothing missing after reading, until it stays so."""
    for request in item.requests:
        for code in _named(state, request, missing):
            if code not in state.accounts:
                missing.accounts.add(code)
    for number in item.other_than:
        if state.entry(number) is None and number not in state.entries:
            missing.entries.add(number)
    for guard in item.guards:
        if guard.subject not in state.subjects:
            missing.subjects.add(guard.subject)
    for predicate in item.at_least:
        if predicate.account not in state.accounts:
            missing.accounts.add(predicate.account)
    return missing


def accounts_of(state: BookState, item: Item) -> set[str]:
    """The codes of all accounts an item names, directly or through its hold or entry."""
    nothing = Missing(set(), set(), set(), set())
    codes = {predicate.account for predicate in item.at_least}
    for request in item.requests:
        codes.update(_named(state, request, nothing))
    return codes


def _named(state: BookState, request: Request, missing: Missing) -> list[str]:
    """The account codes a request names; what is not loaded of holds and entries goes into `missing`."""
    if type(request) is Post:
        codes = [leg.account for leg in request.legs]
        if request.fact:
            codes += [leg.shortfall for leg in request.legs if leg.shortfall]
        return codes
    handler = _NAMED.get(type(request))
    return handler(state, request, missing) if handler else []


def _hold_accounts(state: BookState, number: int, missing: Missing) -> list[str]:
    if number not in state.holds:
        missing.holds.add(number)
        return []
    hold = state.holds[number]
    if hold is None:
        return []
    return [code for holding, pair in hold.pairs.items() for code in (holding, pair.origin)]


def _of_settlement(state: BookState, request: SettleHold, missing: Missing) -> list[str]:
    codes = [leg.account for leg in request.legs] + [take.holding for take in request.takes]
    codes += [leg.shortfall for leg in request.legs if leg.shortfall]
    return codes + _hold_accounts(state, request.hold, missing)


def _of_release(state: BookState, request: ReleaseHold, missing: Missing) -> list[str]:
    return [take.holding for take in request.takes] + _hold_accounts(state, request.hold, missing)


def _of_undoing(state: BookState, request: Reverse | Correct, missing: Missing) -> list[str]:
    codes = [pair.instead for pair in request.replacements] if isinstance(request, Correct) else []
    past = state.entry(request.entry)
    if past is None:
        if request.entry not in state.entries:
            missing.entries.add(request.entry)
        return codes
    codes += [account for account, _ in past.legs]
    if past.hold:
        codes += _hold_accounts(state, past.hold, missing)
    return codes


def _of_erasure(state: BookState, request: Erase, missing: Missing) -> list[str]:
    for number in request.entries:
        if state.entry(number) is None and number not in state.entries:
            missing.entries.add(number)
    return []


def _of_opening(_state: BookState, request: OpenAccounts, _missing: Missing) -> list[str]:
    return [spec.code for spec in request.accounts]


def _of_hold(_state: BookState, request: PlaceHold, _missing: Missing) -> list[str]:
    return [code for pair in request.pairs for code in (pair.holding, pair.origin)]


def _of_change(_state: BookState, request: ChangeAccount, _missing: Missing) -> list[str]:
    return [request.account]


_NAMED: dict[type, Callable[..., list[str]]] = {
    SettleHold: _of_settlement,
    ReleaseHold: _of_release,
    Reverse: _of_undoing,
    Correct: _of_undoing,
    Erase: _of_erasure,
    OpenAccounts: _of_opening,
    PlaceHold: _of_hold,
    ChangeAccount: _of_change,
}
