"""What accounts hold: now, as recorded at an entry or a time, as effective on a day, and as that was known
at an entry.

Every read takes a connection of role phb_reader with the book set, and answers in signed pence, debit
positive. `effective_on` bounds the accounting day: today's day in Europe/London is what people mean by
"now"; None counts every day, which is the recorded balance that floors guard. `known_at` bounds the entry
number; None counts all entries. A number past the end of the log means its end, and one below 1 a book
without entries. What an answer covers stands in its `through_entry`. Parts of one answer are read in one
snapshot, so that they add up while others post.
"""

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from ledger.book import store_reads
from ledger.book.snapshot import Moment, end_of, moment_of, snapshot, sums_of, totals_of
from ledger.core.canon import ACCOUNT_CODE

Connection = Any
FourSums = tuple[int, int, int, int]
MOST_ROWS = 1_000


class AccountUnknown(LookupError):
    """There is no such account in this book. `account` is the code that was asked for."""

    code = "account_unknown"

    def __init__(self, account: str) -> None:
        super().__init__("there is no such account in this book")
        self.account = account


class Balance(msgspec.Struct, frozen=True):
    """One account's balance, and the debits and credits it is made of; all in pence, the last two never
    negative."""

    account: str
    debit: int
    credit: int
    balance: int
    through_entry: int
    effective_on: date | None


class AccountRow(msgspec.Struct, frozen=True):
    """An account as it stands, with its balance as asked for. Floor and ceiling are signed pence."""

    account: str
    klass: str
    layer: str
    group: str
    type: str
    normal: str
    floor: int | None
    ceiling: int | None
    status: str
    tags: dict[str, str]
    opened_number: int
    debit: int
    credit: int
    balance: int


class AccountPage(msgspec.Struct, frozen=True):
    """Accounts by code; `next_after` is what to pass as `after` for the next page, None on the last."""

    through_entry: int
    effective_on: date | None
    accounts: tuple[AccountRow, ...]
    next_after: str | None


class ClassTotal(msgspec.Struct, frozen=True):
    """What all accounts of one class in one layer hold together."""

    layer: str
    klass: str
    accounts: int
    debit: int
    credit: int
    balance: int


class GroupTotal(msgspec.Struct, frozen=True):
    """What all accounts of one balance group hold together; its balance is zero in a book that is in
    order."""

    layer: str
    group: str
    accounts: int
    debit: int
    credit: int
    balance: int


class LayerTotal(msgspec.Struct, frozen=True):
    """What all accounts of one layer hold together."""

    layer: str
    accounts: int
    debit: int
    credit: int
    balance: int


class TrialBalance(msgspec.Struct, frozen=True):
    """The book's totals by class, by balance group and by layer, of one snapshot."""

    through_entry: int
    effective_on: date | None
    classes: tuple[ClassTotal, ...]
    groups: tuple[GroupTotal, ...]
    layers: tuple[LayerTotal, ...]


class Branch(msgspec.Struct, frozen=True):
    """What the accounts under one code prefix hold together; `prefix` ends in `/` unless it is itself an
    account."""

    prefix: str
    layer: str
    accounts: int
    debit: int
    credit: int
    balance: int


class RollUp(msgspec.Struct, frozen=True):
    """A prefix's total per layer, and a page of the same by the next part of the code.

    `next_after` is what to pass as `after` for more branches, None on the last page."""

    through_entry: int
    effective_on: date | None
    totals: tuple[Branch, ...]
    branches: tuple[Branch, ...]
    next_after: str | None


async def entry_at(connection: Connection, book_id: int, time_us: int) -> int:
    """The number of the last entry recorded at or before a time in microseconds since 1970 UTC; 0 if there
    is none."""
    async with snapshot(connection):
        await moment_of(connection, book_id, None)
        number: int = await connection.fetchval(store_reads.SIZE_AT, book_id, time_us)
        return number


async def read_balance(
    connection: Connection, book_id: int, account: str, *,
    effective_on: date | None = None, known_at: int | None = None,
) -> Balance:  # fmt: skip
    """The balance of one account. AccountUnknown, BookUnknown."""
    (balance,) = await read_balances(connection, book_id, (account,), effective_on=effective_on, known_at=known_at)
    return balance


async def read_balances(
    connection: Connection, book_id: int, accounts: Sequence[str], *,
    effective_on: date | None = None, known_at: int | None = None,
) -> tuple[Balance, ...]:  # fmt: skip
    """The balances of several accounts in the order given, of one snapshot.

    AccountUnknown names the first that does not exist; an account opened after `known_at` has a balance of
    zero."""
    for account in accounts:
        check_known_shape(account)
    async with snapshot(connection):
        moment = await moment_of(connection, book_id, known_at)
        rows = await connection.fetch(store_reads.ACCOUNT_IDS, book_id, list(set(accounts)))
        ids: dict[str, int] = {row["code"]: row["account_id"] for row in rows}
        for account in accounts:
            if account not in ids:
                raise AccountUnknown(account)
        sums = await sums_of(connection, book_id, list(ids.values()), moment, effective_on)
    balances = []
    for account in accounts:
        debit, credit = sums.get(ids[account], (0, 0))
        balances.append(Balance(account, debit, credit, debit - credit, moment.through, effective_on))
    return tuple(balances)


async def list_accounts(
    connection: Connection, book_id: int, *, prefix: str = "", within: Sequence[str] = ("",), after: str = "",
    limit: int = 100, effective_on: date | None = None, known_at: int | None = None,
) -> AccountPage:  # fmt: skip
    """Accounts whose code begins with `prefix` and with one of `within`, in byte order of their codes, after the code
    `after`, with balances.

    At most `limit` of them, and never more than a thousand. Accounts opened after `known_at` are there, at
    zero."""
    limit = page_size(limit)
    async with snapshot(connection):
        moment = await moment_of(connection, book_id, known_at)
        found: list[Any] = []
        for begins in narrowed(prefix, within) if can_begin_a_code(after) else ():
            left = limit + 1 - len(found)
            found += await connection.fetch(store_reads.ACCOUNT_PAGE, book_id, after, begins, end_of(begins), left)
        accounts = await _with_balances(connection, book_id, found[:limit], moment, effective_on)
    next_after = accounts[-1].account if len(found) > limit else None
    return AccountPage(moment.through, effective_on, accounts, next_after)


async def read_account(
    connection: Connection, book_id: int, account: str, *,
    effective_on: date | None = None, known_at: int | None = None,
) -> AccountRow:  # fmt: skip
    """One account with its balance. AccountUnknown, BookUnknown."""
    check_known_shape(account)
    async with snapshot(connection):
        moment = await moment_of(connection, book_id, known_at)
        found = await connection.fetchrow(store_reads.ACCOUNT_ROW, book_id, account)
        if found is None:
            raise AccountUnknown(account)
        (row,) = await _with_balances(connection, book_id, [found], moment, effective_on)
    return row


async def roll_up(
    connection: Connection, book_id: int, prefix: str, *, within: Sequence[str] = ("",), after: str = "",
    limit: int = MOST_ROWS, effective_on: date | None = None, known_at: int | None = None,
) -> RollUp:  # fmt: skip
    """What all accounts under a prefix such as `fund/nhs/`, and under one of `within`, hold: in all, and by the next part
    of their codes.

    The totals are always of all accounts under the prefix; the branches come in pages, by prefix and layer.
    Accounts opened after `known_at` are not counted."""
    limit = page_size(limit)
    async with snapshot(connection):
        moment = await moment_of(connection, book_id, known_at)
        rows = []
        for begins in narrowed(prefix, within):
            rows += await totals_of(connection, book_id, begins, len(prefix) + 1, moment, effective_on)
    totals = _folded(rows, lambda row: (row["layer"], prefix))
    every = _folded(rows, lambda row: (prefix + row["branch"], row["layer"]))
    names = sorted({name for name, _ in every if name > after})
    shown = set(names[:limit])
    return RollUp(
        moment.through,
        effective_on,
        tuple(Branch(prefix, layer, *sums) for (layer, _), sums in totals.items()),
        tuple(Branch(name, layer, *sums) for (name, layer), sums in every.items() if name in shown),
        names[limit - 1] if len(names) > limit else None,
    )


async def trial_balance(
    connection: Connection, book_id: int, *, effective_on: date | None = None, known_at: int | None = None
) -> TrialBalance:
    """Debit and credit totals, balance and number of accounts by class, by balance group and by layer.

    Debits and credits are all that was posted to either side. Accounts opened after `known_at` are not
    counted."""
    async with snapshot(connection):
        moment = await moment_of(connection, book_id, known_at)
        rows = await totals_of(connection, book_id, "", 0, moment, effective_on)
    classes = _folded(rows, lambda row: (row["layer"], row["class"]))
    groups = _folded(rows, lambda row: (row["layer"], row["balance_group"]))
    layers = _folded(rows, lambda row: (row["layer"], ""))
    return TrialBalance(
        moment.through,
        effective_on,
        tuple(ClassTotal(layer, klass, *sums) for (layer, klass), sums in classes.items()),
        tuple(GroupTotal(layer, group, *sums) for (layer, group), sums in groups.items()),
        tuple(LayerTotal(layer, *sums) for (layer, _), sums in layers.items()),
    )


def page_size(limit: int) -> int:
    """A number of rows as asked for, held between one and a thousand."""
    return max(1, min(limit, MOST_ROWS))


def check_known_shape(account: str) -> None:
    """AccountUnknown for a text that can be no account code, before the database has to take it."""
    if not ACCOUNT_CODE.fullmatch(account):
        raise AccountUnknown(account)


def can_begin_a_code(text: str) -> bool:
    """Whether a text is empty or could be the beginning of an account code."""
    return not text or bool(ACCOUNT_CODE.fullmatch(text))


def narrowed(prefix: str, within: Sequence[str]) -> list[str]:
    """How codes begin that begin with the prefix and with one of `within`, of which none begins another; in order.

    A text that cannot begin a code begins none: the database need not be asked, and could not take every text."""
    if not can_begin_a_code(prefix):
        return []
    return sorted(max(prefix, each, key=len) for each in within if prefix.startswith(each) or each.startswith(prefix))


async def _with_balances(
    connection: Connection, book_id: int, rows: Sequence[Any], moment: Moment, day: date | None
) -> tuple[AccountRow, ...]:
    sums = await sums_of(connection, book_id, [row["account_id"] for row in rows], moment, day) if rows else {}
    return tuple(_account(row, *sums.get(row["account_id"], (0, 0))) for row in rows)


def _account(row: Any, debit: int, credit: int) -> AccountRow:
    return AccountRow(
        account=row["code"],
        klass=row["class"],
        layer=row["layer"],
        group=row["balance_group"],
        type=row["type"],
        normal=row["normal"],
        floor=row["floor"],
        ceiling=row["ceiling"],
        status=row["status"],
        tags=json.loads(row["tags"]),
        opened_number=row["opened_number"],
        debit=debit,
        credit=credit,
        balance=debit - credit,
    )


def _folded(rows: Sequence[Any], key: Callable[[Any], tuple[str, str]]) -> dict[tuple[str, str], FourSums]:
    """Accounts, debit, credit and balance added up by a key, in the order of the keys."""
    sums: dict[tuple[str, str], FourSums] = {}
    for row in rows:
        name = key(row)
        accounts, debit, credit, _ = sums.get(name, (0, 0, 0, 0))
        debit, credit = debit + row["debit"], credit + row["credit"]
        sums[name] = (accounts + row["accounts"], debit, credit, debit - credit)
    return {name: sums[name] for name in sorted(sums)}
