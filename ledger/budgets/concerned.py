"""What an act is about, and what is read at once about it, row by row as it comes: see `ledger.budgets.foreseen`."""

from datetime import date
from typing import Any, NamedTuple

import msgspec

Rows = list[dict[str, Any]]


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What an act is about: entries and subjects, with all that they rest on; everything of some `kinds` about its person, of which
    those of some `acts` as if they were named; accounts by how their codes begin; whether the person's open orders; the `details`
    of some entries; which `parts`, BANK_LINES, ROLLED or PERIODS; what went back when a line had `ended` in an entry (one at most);
    who `credited` some accounts; the `statements` of a bank by how their subjects begin (one at most); and what `banks` of ours
    have or sent by those entries (one at most)."""

    entries: frozenset[int] = frozenset()
    subjects: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    acts: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    orders: bool = False
    details: frozenset[int] = frozenset()
    parts: frozenset[str] = frozenset()
    ended: frozenset[tuple[str, int]] = frozenset()
    credited: frozenset[str] = frozenset()
    statements: frozenset[str] = frozenset()
    banks: frozenset[str] = frozenset()

    def is_within(self, other: "About") -> bool:
        """Whether all of it is of the other as well."""
        return self.orders <= other.orders and all(getattr(self, name) <= getattr(other, name) for name in SETS)

    def __or__(self, other: "About") -> "About":
        both = {name: getattr(self, name) | getattr(other, name) for name in SETS}
        return About(orders=self.orders or other.orders, **both)


SETS = (
    "entries",
    "subjects",
    "kinds",
    "acts",
    "accounts",
    "details",
    "parts",
    "ended",
    "credited",
    "statements",
    "banks",
)


class Row(NamedTuple):
    """One row of the register as it was read, its attributes still text."""

    number: int
    kind: str
    subject: str
    act: str
    day: date | None
    attributes: msgspec.Raw
    person: str | None


class BankLineRow(NamedTuple):
    """A line of a holder's bank as it was read, with all that was said of what it is."""

    number: int
    subject: str
    act: str
    attributes: msgspec.Raw
    words: str | None
    said: msgspec.Raw
    explained: int


class BackRow(NamedTuple):
    """Money that went back out of a holder's account or came back into it, and whose line has not been named."""

    number: int
    kind: str
    amount: int
    day: date
    source: str | None
    holder_account: str | None


class StatementRow(NamedTuple):
    """A bank statement as it was last said."""

    number: int
    subject: str
    act: str
    attributes: msgspec.Raw


class UnderWayRow(NamedTuple):
    """A payment that was released and has not cleared: `number` is what it is named by."""

    posted: int
    number: int
    amount: int
    day: date
    payee: str | None
    subject: str | None


class OnBankRow(NamedTuple):
    """What an entry put on a bank, and no line of a statement shows yet."""

    number: int
    amount: int


class PeriodRow(NamedTuple):
    """A month or year with the entry that last closed or opened it."""

    period: str
    first_day: date
    last_day: date
    closed: bool
    actor: str
    number: int
    body: str
    undone_by: int | None
    erased_by: int | None


class Concerned(msgspec.Struct, frozen=True):
    """What an act is about, as `store_foreseen.CONCERNED` gives it."""

    size: int
    projected: int
    closed: list[str]
    subjects: dict[str, int]
    lines: dict[str, int]
    said: list[Row]
    entries: list[tuple[int, str, int | None, int | None]]
    decisions: list[int]
    holds: Rows
    open: list[tuple[int, str | None]]
    accounts: dict[str, int]
    drafts: list[tuple[int, str | None]]
    granted: list[tuple[int, list[tuple[int, int]]]]
    touched: list[tuple[int, list[str]]]
    behind: list[int]
    bank_lines: list[BankLineRow] | None
    posted: list[tuple[int, int, str]]
    back: list[BackRow] | None
    statements: list[StatementRow] | None
    periods: list[PeriodRow] | None
    first_day: date
    returned: list[tuple[int, str, int | None, int | None]] | None
    credited: dict[str, list[int]]
    under_way: list[UnderWayRow] | None
    on_bank: list[OnBankRow] | None
    moved: Rows | None
    stated: Rows | None


read_concerned = msgspec.json.Decoder(Concerned).decode


class OfLine(msgspec.Struct, frozen=True):
    """What a row says of a line of a bank, or of what it was said of."""

    amount: str | None = None
    document_on: str | None = None
    of: str | None = None
    payee: str | None = None


class OfAccount(msgspec.Struct, frozen=True):
    """Whose account a line of a bank is of, and how it would be known if it were entered by hand."""

    holder_account: str
    by_hand: str | None = None


read_line = msgspec.json.Decoder(OfLine).decode
read_account = msgspec.json.Decoder(OfAccount).decode
