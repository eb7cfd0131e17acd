"""What clients get back: one shape for each thing, with money as text and times in UTC.

An answer to a write is made from its entries alone, so a repeated request has the same answer, byte for byte.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from ledger.book.balances import AccountRow, Balance
from ledger.book.books import BookRow
from ledger.book.lookups import HoldRead
from ledger.book.periods import Period
from ledger.book.statements import EntryRead, OpenHold, Statement
from ledger.core.canon import Entry, render
from ledger.money import format_amount

# Without a zone, because the zone is written as a letter.
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001


class BookOut(Struct, frozen=True):
    """A book without its log."""

    book: str
    currency: str
    nature: str
    first_day: date


class BooksOut(Struct, frozen=True):
    """The books that the token reaches."""

    books: list[BookOut]


class LegOut(Struct, frozen=True):
    """One leg, debit positive."""

    account: str
    amount: str


class ReceiptOut(Struct, frozen=True):
    """Which leaf of the book's tree the entry is, against the tree of its own commit. The whole proof is at
    /v1/books/{book}/entries/{number}/receipt."""

    number: int
    leaf: str
    tree_size: int


class EntryOut(Struct, frozen=True):
    """One numbered record of the book."""

    book: str
    number: int
    kind: str
    event: int
    effective_on: date | None
    care_from: date | None
    care_to: date | None
    recorded_at: str
    source: str
    channel: str
    client: str
    actor: str
    acting_for: str | None
    because: int
    subject: str | None
    commitment: str | None
    attributes: dict[str, str]
    currency: str
    legs: list[LegOut]
    receipt: ReceiptOut | UnsetType = UNSET
    undone_by: int | UnsetType | None = UNSET
    erased_by: int | UnsetType | None = UNSET
    erased: bool | UnsetType = UNSET
    dry_run: bool | UnsetType = UNSET


class EntriesOut(Struct, frozen=True):
    """A page of entries, by number."""

    through_entry: int
    entries: list[EntryOut]


class GroupOut(Struct, frozen=True):
    """The entries of an atomic group."""

    entries: list[EntryOut]


class ItemOut(Struct, frozen=True):
    """What became of one item of a batch: its entry, or its problem; `position` counts from 1."""

    position: int
    status: int
    entry: EntryOut | UnsetType = UNSET
    problem: dict[str, Any] | UnsetType = UNSET


class BatchOut(Struct, frozen=True):
    """What became of each item, in the order sent; with `dry_run`, what would become of it."""

    posted: int
    refused: int
    items: list[ItemOut]
    dry_run: bool | UnsetType = UNSET


class AccountOut(Struct, frozen=True):
    """An account with its balance as asked for. Debit and credit are totals, never negative; the balance is
    signed."""

    account: str
    class_: str = msgspec.field(name="class")
    layer: str
    group: str
    type: str
    normal: str
    floor: str | None
    ceiling: str | None
    status: str
    tags: dict[str, str]
    opened_number: int
    debit: str
    credit: str
    balance: str
    currency: str


class AccountsOut(Struct, frozen=True):
    """A page of accounts, by code. `kept_back` are of people whose records are for others of the staff."""

    through_entry: int
    effective_on: date | None
    accounts: list[AccountOut]
    kept_back: int


class BalanceOut(Struct, frozen=True):
    """The balance of one account, or of all under a prefix. Signed, debit positive."""

    account: str
    debit: str
    credit: str
    balance: str
    currency: str
    through_entry: int
    effective_on: date | None


class SumOut(Struct, frozen=True):
    """What several accounts hold together; `name` is their class, group, layer or prefix."""

    name: str
    layer: str
    accounts: int
    debit: str
    credit: str
    balance: str


class BalancesOut(Struct, frozen=True):
    """What the accounts under a prefix hold, in all and by the next part of their codes."""

    through_entry: int
    effective_on: date | None
    currency: str
    totals: list[SumOut]
    branches: list[SumOut]


class TrialBalanceOut(Struct, frozen=True):
    """The book's totals; every balance group is at zero."""

    through_entry: int
    effective_on: date | None
    currency: str
    classes: list[SumOut]
    groups: list[SumOut]
    layers: list[SumOut]


class LineOut(Struct, frozen=True):
    """One posting on a statement, and the balance after it in the statement's order."""

    number: int
    effective_on: date
    recorded_at: str
    kind: str
    event: int
    amount: str
    balance: str


class StatementOut(Struct, frozen=True):
    """A page of a statement: opening + all lines of the range = closing, and the same for the page."""

    account: str
    currency: str
    through_entry: int
    first_day: date
    last_day: date
    order: str
    opening: str
    closing: str
    page_opening: str
    page_closing: str
    lines: list[LineOut]


class PairOut(Struct, frozen=True):
    """One fund's part of a hold."""

    holding: str
    origin: str
    placed: str
    remaining: str


class HoldOut(Struct, frozen=True):
    """A hold; nothing remains of a closed one."""

    number: int
    purpose: str
    subject: str | None
    expires_at: str | None
    closed: bool
    pairs: list[PairOut]


class HoldsOut(Struct, frozen=True):
    """The holds open on an account."""

    account: str
    through_entry: int
    currency: str
    holds: list[HoldOut]


def time_of(microseconds: int) -> str:
    """A time in UTC with six decimals, so that it sorts as it is written."""
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec="microseconds") + "Z"


def receipt_of(entry: Entry, tree_size: int) -> ReceiptOut:
    """The leaf of an entry in the tree of its own commit."""
    return ReceiptOut(entry.number, sha256(b"\x00" + render(entry).encode("ascii")).hexdigest(), tree_size)


def entry_of(
    entry: Entry, currency: str, tree_size: int = 0, *, dry_run: bool = False, erased: bool = False
) -> EntryOut:
    """An entry as it is answered. With a tree size it carries its receipt; one of a dry run has number 0 and
    none; one whose details are erased says so."""
    receipt = receipt_of(entry, tree_size) if tree_size and not dry_run else UNSET
    return EntryOut(
        entry.book, 0 if dry_run else entry.number, entry.kind, entry.event, entry.effective_on, entry.care_from,
        entry.care_to, time_of(entry.recorded_us), entry.source, entry.channel, entry.client, entry.actor,
        entry.acting_for, entry.because, entry.subject, entry.commitment, dict(entry.attributes), currency,
        [LegOut(account, format_amount(pence)) for account, pence in entry.legs], receipt,
        dry_run=True if dry_run else UNSET, erased=True if erased else UNSET,
    )  # fmt: skip


def entry_read_of(read: EntryRead, currency: str) -> EntryOut:
    """An entry as it is read later, with what has happened to it since."""
    found = entry_of(read.entry, currency, erased=read.erased_by is not None)
    return msgspec.structs.replace(found, undone_by=read.undone_by, erased_by=read.erased_by)


def book_of(row: BookRow) -> BookOut:
    """A book."""
    return BookOut(row.code, row.currency, row.nature, date.fromisoformat(row.first_day))


def account_of(row: AccountRow, currency: str) -> AccountOut:
    """An account."""
    return AccountOut(
        row.account, row.klass, row.layer, row.group, row.type, row.normal,
        None if row.floor is None else format_amount(row.floor),
        None if row.ceiling is None else format_amount(row.ceiling),
        row.status, row.tags, row.opened_number, format_amount(row.debit), format_amount(row.credit),
        format_amount(row.balance), currency,
    )  # fmt: skip


def balance_of(balance: Balance, currency: str) -> BalanceOut:
    """A balance."""
    return BalanceOut(
        balance.account, format_amount(balance.debit), format_amount(balance.credit), format_amount(balance.balance),
        currency, balance.through_entry, balance.effective_on,
    )  # fmt: skip


def sum_of(name: str, total: Any) -> SumOut:
    """A total of several accounts: ClassTotal, GroupTotal, LayerTotal or Branch."""
    return SumOut(
        name, total.layer, total.accounts, format_amount(total.debit), format_amount(total.credit),
        format_amount(total.balance),
    )  # fmt: skip


def statement_of(found: Statement, currency: str) -> StatementOut:
    """A page of a statement."""
    return StatementOut(
        found.account, currency, found.through_entry, found.first_day, found.last_day, found.order,
        format_amount(found.opening), format_amount(found.closing), format_amount(found.page_opening),
        format_amount(found.page_closing),
        [
            LineOut(line.number, line.effective_on, time_of(line.recorded_us), line.kind, line.event,
                    format_amount(line.amount), format_amount(line.balance))
            for line in found.lines
        ],
    )  # fmt: skip


def hold_of(hold: OpenHold | HoldRead) -> HoldOut:
    """A hold."""
    return HoldOut(
        hold.number, hold.purpose, hold.subject, None if hold.expires_us is None else time_of(hold.expires_us),
        isinstance(hold, HoldRead) and hold.closed,
        [PairOut(p.holding, p.origin, format_amount(p.placed), format_amount(p.remaining)) for p in hold.pairs],
    )  # fmt: skip


class PeriodOut(Struct, frozen=True):
    """A month or a financial year; `takes_postings` also minds the year that a month lies in."""

    period: str
    first_day: date
    last_day: date
    closed: bool
    takes_postings: bool
    number: int | None
    actor: str | None
    reason: str | None


class PeriodsOut(Struct, frozen=True):
    """All months and years of a book."""

    through_entry: int
    first_day: date
    first_open_day: date
    months: list[PeriodOut]
    years: list[PeriodOut]


def period_of(period: Period) -> PeriodOut:
    """A period."""
    return PeriodOut(
        period.period, period.first_day, period.last_day, period.closed, period.takes_postings, period.number,
        period.actor, period.reason,
    )  # fmt: skip
