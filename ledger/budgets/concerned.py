"""What is read at once about an act, row by row as it comes: see `ledger.budgets.foreseen`."""

from datetime import date
from typing import Any, NamedTuple

import msgspec

Rows = list[dict[str, Any]]


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
    bank_lines: list[BankLineRow] | None
    posted: list[tuple[int, int, str]]
    back: list[BackRow] | None
    statements: list[StatementRow] | None
    periods: list[PeriodRow] | None
    first_day: date
    returned: list[tuple[int, str, int | None, int | None]] | None
    credited: dict[str, list[int]]


read_concerned = msgspec.json.Decoder(Concerned).decode
