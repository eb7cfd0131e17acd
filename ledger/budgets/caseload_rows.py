"""The rows of a caseload: what a commissioner has of people, plans, lines and money, as their files state it.

Amounts are pence. `row` is the line of the file, counted as its readers count. A code that a file knows somebody or something by
stays outside the book: references of the book are made from it (`ledger.budgets.caseload_people.Refs`)."""

from datetime import date
from typing import Literal

import msgspec

from ledger.budgets.caseload_tables import FileRead

UNREAD = "*"
"""In place of a code: the whole sheet could not be read."""


class RowSaid(msgspec.Struct, frozen=True, kw_only=True):
    """What all rows have: the line of the file that they stand on."""

    row: int


class TakeOnRow(RowSaid, frozen=True, kw_only=True):
    """What this is a take-on of."""

    take_on: str
    source: str
    opens_on: date
    complete_from: date


class ControlRow(RowSaid, frozen=True, kw_only=True):
    """A total that the holding side states: of MEASURES, of one fund or of all; pence, or a count."""

    measure: str
    expected: int
    fund: str | None = None


class FundRow(RowSaid, frozen=True, kw_only=True):
    """A year of a fund that the book may not have yet."""

    fund: str
    kind: str
    year: str
    granted: int
    partner: str | None = None


class PayeeRow(RowSaid, frozen=True, kw_only=True):
    """Who is paid."""

    payee: str
    name: str
    regulated: bool | None = None
    cqc: bool | None = None
    direct_employee: bool | None = None


class PersonRow(RowSaid, frozen=True, kw_only=True):
    """Whose budget it is. `person` is the code that the files know them by."""

    person: str
    name: str
    nhs_number: str | None = None
    consent_on: date | None = None
    groups: tuple[tuple[str, str], ...] = ()


class AccountRow(RowSaid, frozen=True, kw_only=True):
    """A bank account for direct payments."""

    account: str
    person: str
    sort_code: str
    account_number: str
    account_name: str


class PlanRow(RowSaid, frozen=True, kw_only=True):
    """A plan in force."""

    plan: str
    person: str
    start: date
    end: date | None = None
    coordinator: str | None = None
    agreement: bool = False
    title: str = ""


class LineRow(RowSaid, frozen=True, kw_only=True):
    """A line of a plan; `funds` are codes and weights in the order of the agreement."""

    line: str
    plan: str
    title: str
    services: tuple[str, ...]
    management: Literal["notional", "third_party", "direct_payment", "one_off"]
    amount: int
    start: date
    end: date
    funds: tuple[tuple[str, int], ...]
    payees: tuple[str, ...] = ()
    account: str | None = None
    instalment: int | None = None
    flexibility: str | None = None


class OpeningRow(RowSaid, frozen=True, kw_only=True):
    """What a line has of one fund in one year, in pence. `held` and `available` are checks: what orders keep, and what is left."""

    line: str
    fund: str
    year: str
    allocated: int
    spent: int = 0
    advanced: int = 0
    held: int | None = None
    available: int | None = None
    recovering: int = 0
    debtor: str | None = None
    partner_owes: int = 0
    contingency: int = 0


class OrderRow(RowSaid, frozen=True, kw_only=True):
    """An order that was placed and not invoiced yet."""

    order: str
    line: str
    service: str
    payee: str
    amount: int
    year: str
    care_from: date | None = None
    care_to: date | None = None
    expires_on: date | None = None


class InvoiceRow(RowSaid, frozen=True, kw_only=True):
    """An invoice that was accepted and is not paid."""

    line: str
    payee: str
    reference: str
    service: str
    amount: int
    document_on: date | None = None
    received_on: date | None = None


class BankLineRow(RowSaid, frozen=True, kw_only=True):
    """A payment that left a holder's account before the balances open, and that nobody has explained yet."""

    account: str
    on: date
    amount: int
    reference: str


class Caseload(msgspec.Struct, frozen=True, kw_only=True):
    """All rows that are well formed, in the order of their files. `take_on` is None when its sheet does not say one thing."""

    take_on: TakeOnRow | None
    control: tuple[ControlRow, ...] = ()
    funds: tuple[FundRow, ...] = ()
    payees: tuple[PayeeRow, ...] = ()
    people: tuple[PersonRow, ...] = ()
    accounts: tuple[AccountRow, ...] = ()
    plans: tuple[PlanRow, ...] = ()
    lines: tuple[LineRow, ...] = ()
    openings: tuple[OpeningRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    invoices: tuple[InvoiceRow, ...] = ()
    bank_lines: tuple[BankLineRow, ...] = ()
    files: dict[str, FileRead]
    broken: frozenset[tuple[str, str]] = frozenset()
    """(sheet, code) of rows that are there and could not be read: what names them is not told a second time."""
