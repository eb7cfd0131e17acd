"""A book without a database: the pure core's state, asked one item at a time, for tests of what it decides."""

import itertools
from datetime import date
from typing import Any

from ledger.core.batch import Batch, Outcome
from ledger.core.calendar import Months
from ledger.core.canon import Entry, parse
from ledger.core.merkle import Frontier
from ledger.core.model import AccountSpec, Asked, Identity, Item, Leg
from ledger.core.requests import OpenAccounts, Post
from ledger.core.state import BookState, Missing, missing_for, past_of

ASKED = Asked("test", "tester")
IMPORTED = Asked("test", "tester", source="imported")
NOON = 1_749_556_800_000_000
"""2025-06-10 12:00 UTC, when these books are asked."""
TODAY = date(2025, 6, 10)


class World:
    """One book in memory. What is not there is told to the core as loaded and missing, as the book room would."""

    def __init__(self, identities: tuple[Identity, ...] = (), first_day: date = date(2025, 4, 1)) -> None:
        self.state = BookState(
            book_id=1, code="PURE", currency="GBP", size=0, last_us=0, frontier=Frontier.from_bytes(0, b""),
            months=Months(first_day, {}), identities=identities, next_account_id=1,
        )  # fmt: skip
        self.entries: dict[int, Entry] = {}
        self.now_us = NOON
        self._numbers = itertools.count(1)

    def nonce(self) -> str:
        """Nonces in order, so that two worlds write the same lines."""
        return f"{next(self._numbers):032x}"

    def load(self, item: Item) -> None:
        """Tell the state of everything an item names, as `ledger.book.loading` does from the database."""
        while missing := missing_for(self.state, item, Missing(set(), set(), set(), set())):
            for number in missing.entries:
                entry = self.entries.get(number)
                self.state.entries[number] = None if entry is None else past_of(entry)
            self.state.accounts.update(dict.fromkeys(missing.accounts))
            self.state.holds.update(dict.fromkeys(missing.holds))
            self.state.subjects.update(dict.fromkeys(missing.subjects, 0))

    def ask(self, *requests: Any, **more: Any) -> Outcome:
        """The outcome of one item; its entries are kept."""
        return self.ask_item(Item(requests=requests, **{"asked": ASKED, "key": b"k" * 16, **more}))

    def ask_item(self, item: Item) -> Outcome:
        """The outcome of an item that has been made before."""
        self.load(item)
        batch = Batch(self.state, self.nonce)
        outcome = batch.add(item, self.now_us)
        self.kept(batch)
        return outcome

    def kept(self, batch: Batch) -> None:
        """Remember the entries of a batch, expiries included."""
        for line in batch.columns.lines:
            entry = parse(line)
            self.entries[entry.number] = entry

    def done(self, *requests: Any, **more: Any) -> int:
        """The number of the first entry of an item that must be allowed."""
        outcome = self.ask(*requests, **more)
        assert outcome.refusal is None, outcome.refusal
        return outcome.number

    def code(self, *requests: Any, **more: Any) -> str | None:
        """The code of the refusal, or None."""
        refusal = self.ask(*requests, **more).refusal
        return refusal.code if refusal is not None else None

    def open(self, *specs: AccountSpec | str, **tags: str) -> None:
        """Opens accounts; a plain code becomes an unguarded asset."""
        made = tuple(spec if isinstance(spec, AccountSpec) else AccountSpec(spec, "bank") for spec in specs)
        self.done(OpenAccounts(accounts=made, tags=tuple(sorted(tags.items()))))

    def balance(self, code: str) -> int:
        """Signed pence on an account."""
        account = self.state.accounts[code]
        assert account is not None
        return account.balance

    def set_balance(self, code: str, pence: int) -> None:
        """Put an account where a test needs it."""
        account = self.state.accounts[code]
        assert account is not None
        account.balance = pence

    def balances(self) -> dict[str, int]:
        """Signed pence on every account."""
        return {code: account.balance for code, account in self.state.accounts.items() if account is not None}


def moves(*legs: tuple[str, int], day: date = TODAY, **more: Any) -> Post:
    """A movement of signed pence, one pair an account."""
    return Post(effective_on=day, legs=tuple(Leg(code, pence) for code, pence in legs), **more)


def budget(code: str, klass: str = "available", group: str = "nhs/2025-26", **more: Any) -> AccountSpec:
    """A budget account of the fund-year nhs/2025-26 unless told otherwise."""
    return AccountSpec(code, klass, "budget", group, "use", "debit", **more)
