"""Reads a caseload out of its tables: people, plans, lines, what each line has, and who is owed, as typed rows.

Each cell is read by its column's rule, and every fault is told with its sheet, line and column; a row with a fault is left out,
and what it is named by is still known, so that one fault is told once. What rows say of each other is for
`ledger.budgets.caseload_checks`."""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar

from ledger.budgets.caseload_rows import (
    UNREAD,
    AccountRow,
    BankLineRow,
    Caseload,
    ControlRow,
    FundRow,
    InvoiceRow,
    LineRow,
    OpeningRow,
    OrderRow,
    PayeeRow,
    PersonRow,
    PlanRow,
    RowSaid,
    TakeOnRow,
)
from ledger.budgets.caseload_tables import Row, Tables, Trouble
from ledger.budgets.chart import FUND_KINDS
from ledger.budgets.identity import is_nhs_number
from ledger.budgets.people import GROUPS
from ledger.budgets.plans import MANAGEMENT
from ledger.budgets.shares import NAME
from ledger.budgets.take_on import TOTALS
from ledger.core.calendar import is_year, period_days
from ledger.money import MAX_PENCE, NotAnAmount, parse_published_amount

Value = TypeVar("Value")
Said = TypeVar("Said", bound="RowSaid")
MEASURES = ("people", "lines", "payees", *TOTALS)
MOST_NAME = 200
_TEN_DIGITS = re.compile(r"(?=([0-9]{10}))")
_CODE = re.compile(r"[A-Za-z0-9._+/-]{1,80}")


class _Cells:
    """One row being read: each fault is told with its column, and whether there was one is known at the end."""

    def __init__(self, row: Row, troubles: list[Trouble]) -> None:
        self._row = row
        self._troubles = troubles
        self.is_broken = False

    def wrong(self, column: str, code: str, reason: str) -> None:
        """One fault."""
        self._troubles.append(Trouble(self._row.sheet, self._row.line, column, code, reason))
        self.is_broken = True

    def read(self, column: str, rule: Callable[[str], Value], *, code: str, reason: str) -> Value | None:
        """The value of a cell that may be empty; a ValueError of the rule is a fault."""
        text = self._row.cells.get(column)
        if text is None:
            return None
        try:
            return rule(text)
        except NotAnAmount as no:
            self.wrong(
                column, no.code, "The amount is not pounds and pence from nothing up, within the range of the ledger."
            )
        except ValueError:
            self.wrong(column, code, reason)
        return None

    def needed(self, column: str, found: Value | None, instead: Value) -> Value:
        """A value that has to be there."""
        if found is not None:
            return found
        if column not in self._row.cells:
            self.wrong(column, "cell_missing", "This cell is empty, and has to say something.")
        return instead

    def name(self, column: str) -> str | None:
        """A code that may be one part of an account's."""
        return self.read(column, _name, code="code_malformed",
                         reason="A code has letters, digits and . _ + - only, at most 40, and is no NHS number.")  # fmt: skip

    def code(self, column: str) -> str | None:
        """A code of the files, which never comes into the book."""
        return self.read(column, lambda text: _matching(_CODE, text), code="code_malformed",
                         reason="A code has letters, digits and . _ + / - only, at most 80.")  # fmt: skip

    def text(self, column: str) -> str | None:
        """Words."""
        return self.read(
            column, lambda text: _short(text, MOST_NAME), code="text_too_long", reason="At most 200 characters."
        )

    def day(self, column: str) -> date | None:
        """A day."""
        return self.read(column, _day, code="day_malformed", reason="A day is written 2026-03-31.")

    def pence(self, column: str) -> int | None:
        """An amount from nothing up."""
        return self.read(column, _pence, code="amount_malformed", reason="")

    def one_of(self, column: str, known: tuple[str, ...]) -> str | None:
        """A code of a list."""
        return self.read(column, lambda text: _among(text, known), code="code_unknown",
                         reason=f"One of {', '.join(known)}.")  # fmt: skip

    def answer(self, column: str) -> bool | None:
        """Yes or no."""
        found = self.one_of(column, ("yes", "no"))
        return None if found is None else found == "yes"

    def year(self, column: str) -> str | None:
        """A financial year."""
        return self.read(column, _year, code="year_malformed", reason="A financial year is written 2026-27.")


def _name(text: str) -> str:
    if any(is_nhs_number(digits) for digits in _TEN_DIGITS.findall(text)):
        raise ValueError
    return _matching(NAME, text)


def _matching(shape: re.Pattern[str], text: str) -> str:
    if not shape.fullmatch(text):
        raise ValueError
    return text


def _short(text: str, most: int) -> str:
    if len(text) > most:
        raise ValueError
    return text


def _day(text: str) -> date:
    day = date.fromisoformat(text)
    if day.isoformat() != text or not 1990 <= day.year <= 2200:
        raise ValueError
    return day


def _pence(text: str) -> int:
    pence = parse_published_amount(text)
    if pence < 0:
        raise NotAnAmount("amount_negative", "")
    if pence > MAX_PENCE:
        raise NotAnAmount("amount_too_large", "")
    return pence


def _among(text: str, known: tuple[str, ...]) -> str:
    if text.lower() not in known:
        raise ValueError
    return text.lower()


def _year(text: str) -> str:
    period_days(text)
    if not is_year(text):
        raise ValueError
    return text


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise ValueError
    return int(text)


def _nhs_number(text: str) -> str:
    plain = text.replace(" ", "").replace("-", "")
    if not is_nhs_number(plain):
        raise ValueError
    return plain


def _digits(text: str, many: int) -> str:
    plain = text.replace("-", "").replace(" ", "")
    if len(plain) != many or not plain.isascii() or not plain.isdigit():
        raise ValueError
    return plain


def _list(text: str) -> tuple[str, ...]:
    return tuple(_name(part) for part in text.split())


def _funds(text: str) -> tuple[tuple[str, int], ...]:
    found = []
    for part in text.split():
        fund, _, weight = part.partition(":")
        found.append((_name(fund), _number(weight) if weight else 1))
    if any(weight < 1 for _, weight in found) or len({fund for fund, _ in found}) != len(found):
        raise ValueError
    return tuple(found)


NO_DAY = date(1990, 1, 1)


def _take_on(row: Row, cells: _Cells) -> TakeOnRow:
    return TakeOnRow(
        row=row.line, take_on=cells.needed("take_on", cells.name("take_on"), ""),
        source=cells.needed("source", cells.name("source"), ""),
        opens_on=cells.needed("opens_on", cells.day("opens_on"), NO_DAY),
        complete_from=cells.needed("complete_from", cells.day("complete_from"), NO_DAY),
    )  # fmt: skip


def _control(row: Row, cells: _Cells) -> ControlRow:
    measure = cells.needed("measure", cells.one_of("measure", MEASURES), "")
    expected = (
        cells.read("expected", _number, code="number_malformed", reason="A count is a whole number.")
        if measure in ("people", "lines", "payees") else cells.pence("expected")
    )  # fmt: skip
    return ControlRow(
        row=row.line, measure=measure, expected=cells.needed("expected", expected, 0), fund=cells.name("fund")
    )


def _fund(row: Row, cells: _Cells) -> FundRow:
    kind, partner = cells.needed("kind", cells.one_of("kind", FUND_KINDS), ""), cells.name("partner")
    if kind and (kind == "partner") is not (partner is not None):
        cells.wrong("partner", "partner_malformed", "A fund of kind partner names its council, and no other does.")
    return FundRow(
        row=row.line, fund=cells.needed("fund", cells.name("fund"), ""), kind=kind, partner=partner,
        year=cells.needed("year", cells.year("year"), ""), granted=cells.needed("granted", cells.pence("granted"), 0),
    )  # fmt: skip


def _payee(row: Row, cells: _Cells) -> PayeeRow:
    return PayeeRow(
        row=row.line, payee=cells.needed("payee", cells.name("payee"), ""), name=cells.needed("name", cells.text("name"), ""),
        regulated=cells.answer("regulated"), cqc=cells.answer("cqc"), direct_employee=cells.answer("direct_employee"),
    )  # fmt: skip


def _person(row: Row, cells: _Cells) -> PersonRow:
    groups = []
    for name, shape in GROUPS.items():
        said = cells.read(name, lambda text, shape=shape: _matching(shape, text), code="group_malformed",  # type: ignore[misc]
                          reason="This is no value of this column (docs/take-on.md).")  # fmt: skip
        if said is not None:
            groups.append((name, said))
    nhs_number = cells.read("nhs_number", _nhs_number, code="nhs_number_malformed",
                            reason="Ten digits whose last one checks the others.")  # fmt: skip
    return PersonRow(
        row=row.line, person=cells.needed("person", cells.code("person"), ""), name=cells.needed("name", cells.text("name"), ""),
        nhs_number=nhs_number, consent_on=cells.day("consent_on"), groups=tuple(groups),
    )  # fmt: skip


def _account(row: Row, cells: _Cells) -> AccountRow:
    digits = {
        name: cells.needed(
            name,
            cells.read(name, lambda text, many=many: _digits(text, many), code="digits_malformed",  # type: ignore[misc]
                       reason=f"{many} digits; keep the cell as text, or a workbook drops leading noughts."),
            "",
        )
        for name, many in (("sort_code", 6), ("account_number", 8))
    }  # fmt: skip
    return AccountRow(
        row=row.line, account=cells.needed("account", cells.code("account"), ""),
        person=cells.needed("person", cells.code("person"), ""), sort_code=digits["sort_code"],
        account_number=digits["account_number"], account_name=cells.needed("account_name", cells.text("account_name"), ""),
    )  # fmt: skip


def _plan(row: Row, cells: _Cells) -> PlanRow:
    return PlanRow(
        row=row.line, plan=cells.needed("plan", cells.code("plan"), ""), person=cells.needed("person", cells.code("person"), ""),
        start=cells.needed("start", cells.day("start"), NO_DAY), end=cells.day("end"), coordinator=cells.name("coordinator"),
        agreement=cells.answer("agreement") is True, title=cells.text("title") or "",
    )  # fmt: skip


def _line(row: Row, cells: _Cells) -> LineRow:
    services = cells.read("services", _list, code="code_malformed", reason="Codes of services, with blanks between.")
    funds = cells.read("funds", _funds, code="funds_malformed", reason="Funds with their weights: nhs:60 council:40.")
    payees = cells.read("payees", _list, code="code_malformed", reason="Codes of payees, with blanks between.")
    amount = cells.needed("amount", cells.pence("amount"), 1)
    if amount == 0:
        cells.wrong("amount", "amount_zero", "A line of nothing is no line.")
    return LineRow(
        row=row.line, line=cells.needed("line", cells.code("line"), ""), plan=cells.needed("plan", cells.code("plan"), ""),
        title=cells.needed("title", cells.text("title"), ""), services=cells.needed("services", services, ()),
        management=cells.needed("management", cells.one_of("management", MANAGEMENT), "notional"),  # type: ignore[arg-type]
        amount=amount, start=cells.needed("start", cells.day("start"), NO_DAY), end=cells.needed("end", cells.day("end"), NO_DAY),
        funds=cells.needed("funds", funds, ()), payees=payees or (), account=cells.code("account"),
        instalment=cells.pence("instalment"), flexibility=cells.name("flexibility"),
    )  # fmt: skip


def _opening(row: Row, cells: _Cells) -> OpeningRow:
    for column in ("unidentified", "disputed"):
        if cells.pence(column):
            cells.wrong(
                column, "suspense_not_taken_on", "A sum explains nothing. Name each payment in the sheet bank_lines."
            )
    return OpeningRow(
        row=row.line, line=cells.needed("line", cells.code("line"), ""), fund=cells.needed("fund", cells.name("fund"), ""),
        year=cells.needed("year", cells.year("year"), ""), allocated=cells.needed("allocated", cells.pence("allocated"), 0),
        spent=cells.pence("spent") or 0, advanced=cells.pence("advanced") or 0, held=cells.pence("held"),
        available=cells.pence("available"), recovering=cells.pence("recovering") or 0, debtor=cells.name("debtor"),
        partner_owes=cells.pence("partner_owes") or 0, contingency=cells.pence("contingency") or 0,
    )  # fmt: skip


def _order(row: Row, cells: _Cells) -> OrderRow:
    return OrderRow(
        row=row.line, order=cells.needed("order", cells.code("order"), ""), line=cells.needed("line", cells.code("line"), ""),
        service=cells.needed("service", cells.name("service"), ""), payee=cells.needed("payee", cells.name("payee"), ""),
        amount=_above(cells, "amount"), year=cells.needed("year", cells.year("year"), ""), care_from=cells.day("care_from"),
        care_to=cells.day("care_to"), expires_on=cells.day("expires_on"),
    )  # fmt: skip


def _invoice(row: Row, cells: _Cells) -> InvoiceRow:
    return InvoiceRow(
        row=row.line, line=cells.needed("line", cells.code("line"), ""), payee=cells.needed("payee", cells.name("payee"), ""),
        reference=cells.needed("reference", cells.text("reference"), ""),
        service=cells.needed("service", cells.name("service"), ""), amount=_above(cells, "amount"),
        document_on=cells.day("document_on"), received_on=cells.day("received_on"),
    )  # fmt: skip


def _bank_line(row: Row, cells: _Cells) -> BankLineRow:
    return BankLineRow(
        row=row.line, account=cells.needed("account", cells.code("account"), ""),
        on=cells.needed("on", cells.day("on"), NO_DAY), amount=_above(cells, "amount"),
        reference=cells.needed("reference", cells.text("reference"), ""),
    )  # fmt: skip


def _above(cells: _Cells, column: str) -> int:
    pence = cells.needed(column, cells.pence(column), 1)
    if pence == 0:
        cells.wrong(column, "amount_zero", "An amount of nothing is none.")
    return pence


def caseload_of(tables: Tables) -> tuple[Caseload, list[Trouble]]:
    """The rows of the tables, and every fault of the tables and of their cells, in the order of the sheets."""
    troubles = list(tables.troubles)
    broken = {(each.sheet, UNREAD) for each in troubles if each.line <= 1}

    def all_of(sheet: str, rule: Callable[[Row, _Cells], Said]) -> tuple[Said, ...]:
        found = []
        for row in tables.rows.get(sheet, []):
            cells = _Cells(row, troubles)
            said = rule(row, cells)
            if cells.is_broken:
                broken.add((sheet, row.cells.get(KEYS.get(sheet, ""), "")))
            else:
                found.append(said)
        return tuple(found)

    stated = all_of("take_on", _take_on)
    if len(tables.rows.get("take_on", [])) != 1 and "take_on" in tables.rows:
        troubles.append(
            Trouble("take_on", 0, "", "take_on_not_one", "This sheet has one row, that says what is taken on.")
        )
    found = Caseload(
        take_on=stated[0] if len(stated) == 1 else None, control=all_of("control", _control), funds=all_of("funds", _fund),
        payees=all_of("payees", _payee), people=all_of("people", _person), accounts=all_of("accounts", _account),
        plans=all_of("plans", _plan), lines=all_of("lines", _line), openings=all_of("openings", _opening),
        orders=all_of("orders", _order), invoices=all_of("invoices", _invoice),
        bank_lines=all_of("bank_lines", _bank_line), files=tables.files,
        broken=frozenset(broken),
    )  # fmt: skip
    return found, troubles


KEYS = {
    "people": "person", "plans": "plan", "lines": "line", "accounts": "account", "payees": "payee", "funds": "fund",
}  # fmt: skip
"""The column by which rows of a sheet are named in others."""
