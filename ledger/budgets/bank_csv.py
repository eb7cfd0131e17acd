"""Reads a bank's or a card provider's CSV by a mapping: a dated file of ours that says what its columns mean.

Every provider has columns of its own and changes them, so they are data. A mapping says how days and amounts are written and which
columns make a reference; it is read strictly, and a file that does not fit it is refused whole.
"""

import csv
import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from ledger.budgets.bank_statement import (
    Statement,
    StatementLine,
    Unreadable,
    checked,
    currency_of,
    day_in_reach,
    pence_of,
    text_of,
    words_of,
)

_DAYS = {
    "YYYY-MM-DD": re.compile(r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"),
    "DD/MM/YYYY": re.compile(r"(?P<day>[0-9]{2})/(?P<month>[0-9]{2})/(?P<year>[0-9]{4})"),
    "DD-MM-YYYY": re.compile(r"(?P<day>[0-9]{2})-(?P<month>[0-9]{2})-(?P<year>[0-9]{4})"),
    "DD.MM.YYYY": re.compile(r"(?P<day>[0-9]{2})\.(?P<month>[0-9]{2})\.(?P<year>[0-9]{4})"),
    "YYYYMMDD": re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"),
}
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?=\.|$)")


class Columns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"from_": "from"}):
    """What the columns of one provider's CSV mean, from a day on. Columns are named as in its header.

    Either `amount` (signed: positive came in) or both `debit` and `credit`. `balance` is the running balance after each line;
    where there is none, `opening` and `closing` are given with the file. `reference` names the columns that make the provider's
    reference, in order; none makes one of what the line says. `newest_first` says that the file is in falling order."""

    provider: str
    version: str
    from_: date
    date: str
    date_format: Literal["YYYY-MM-DD", "DD/MM/YYYY", "DD-MM-YYYY", "DD.MM.YYYY", "YYYYMMDD"] = "DD/MM/YYYY"
    value_date: str | None = None
    amount: str | None = None
    debit: str | None = None
    credit: str | None = None
    balance: str | None = None
    currency: str | None = None
    counterparty: str | None = None
    remittance: tuple[str, ...] = ()
    reference: tuple[str, ...] = ()
    kind: str | None = None
    account: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] = ","
    decimal: Literal[".", ","] = "."
    newest_first: bool = False


def mapping_of(content: bytes) -> Columns:
    """A mapping file. Unreadable(mapping_malformed), naming the field."""
    try:
        found = msgspec.json.decode(content, type=Columns)
    except (msgspec.ValidationError, msgspec.DecodeError) as no:
        where = re.search(r"`\$\.([^`]+)`", str(no)) or re.search(r"field `([^`]+)`", str(no))
        raise Unreadable("mapping_malformed", 0, where.group(1) if where else "") from None
    return check_mapping(found)


def check_mapping(found: Columns) -> Columns:
    """Unreadable(mapping_malformed) where the columns of amounts are neither one nor two."""
    if (found.amount is None) == (found.debit is None or found.credit is None):
        raise Unreadable("mapping_malformed", 0, "amount")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,39}", found.provider):
        raise Unreadable("mapping_malformed", 0, "provider")
    return found


def read_csv(
    content: bytes, mapping: Columns, *, currency: str, opening: int | None = None, closing: int | None = None
) -> Statement:  # fmt: skip
    """The statement of a CSV. `opening` and `closing` are needed where the file has no running balance, and must agree with
    one that it has. Unreadable with the codes of `checked`, and header_malformed, row_malformed, day_malformed, amount_malformed,
    amount_missing, mapping_not_yet, balance_missing, balance_broken."""
    rows = _rows(text_of(content), mapping)
    lines, balances = [], []
    for place, row in rows:
        line = _line(place, row, mapping, currency)
        if line.booked_on < mapping.from_:
            raise Unreadable("mapping_not_yet", place, "date")
        lines.append(line)
        if mapping.balance is not None:
            balances.append(_signed(row[mapping.balance], place, "balance", mapping))
    if mapping.newest_first:
        lines.reverse()
        balances.reverse()
    accounts = {row[mapping.account].strip() for _, row in rows} if mapping.account else set()
    if len(accounts) > 1:
        raise Unreadable("account_differs", 0, "account")
    if balances:
        own_opening, own_closing = balances[0] - lines[0].pence, balances[-1]
        _runs(lines, balances)
        if opening not in (None, own_opening) or closing not in (None, own_closing):
            raise Unreadable("balance_broken", 0, "opening" if opening not in (None, own_opening) else "closing")
        opening, closing = own_opening, own_closing
    if opening is None or closing is None:
        raise Unreadable("balance_missing", 0, "opening" if opening is None else "closing")
    return checked(account=accounts.pop() if accounts else "", currency=currency, opening=opening, closing=closing,
                   first_on=None, last_on=None, lines=lines)  # fmt: skip


def _rows(text: str, mapping: Columns) -> list[tuple[int, dict[str, str]]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=mapping.delimiter, strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(header, mapping)
        rows = []
        for fields in reader:
            if not any(field.strip() for field in fields):
                continue
            if len(fields) != len(header):
                raise Unreadable("row_malformed", reader.line_num)
            rows.append((reader.line_num, dict(zip(header, fields, strict=True))))
    except csv.Error:
        raise Unreadable("row_malformed", reader.line_num) from None
    return rows


def _check_header(header: list[str], mapping: Columns) -> None:
    wanted = [mapping.date, *mapping.remittance, *mapping.reference]
    wanted += [
        name for name in (mapping.value_date, mapping.amount, mapping.debit, mapping.credit, mapping.balance, mapping.currency,
                          mapping.counterparty, mapping.kind, mapping.account) if name is not None
    ]  # fmt: skip
    for name in wanted:
        if header.count(name) != 1:
            raise Unreadable("header_malformed", 1, name)


def _line(place: int, row: Mapping[str, str], mapping: Columns, currency: str) -> StatementLine:
    booked = _day(row[mapping.date], place, "date", mapping)
    valued = booked if mapping.value_date is None else _day(row[mapping.value_date], place, "value_date", mapping)
    own = currency if mapping.currency is None else currency_of(row[mapping.currency].strip(), place, "currency")
    reference = " ".join(row[name].strip() for name in mapping.reference if row[name].strip())
    return StatementLine(
        place=place, reference=reference, booked_on=booked, value_on=valued, pence=_moved(row, place, mapping), currency=own,
        counterparty=words_of(row[mapping.counterparty], place, "counterparty") if mapping.counterparty else "",
        remittance=words_of(" ".join(row[name] for name in mapping.remittance), place, "remittance"),
        kind=words_of(row[mapping.kind], place, "kind") if mapping.kind else "",
    )  # fmt: skip


def _moved(row: Mapping[str, str], place: int, mapping: Columns) -> int:
    if mapping.amount is not None:
        return _signed(row[mapping.amount], place, "amount", mapping)
    assert mapping.debit is not None
    assert mapping.credit is not None
    debit, credit = row[mapping.debit].strip(), row[mapping.credit].strip()
    out = _signed(debit, place, "debit", mapping) if debit else 0
    came = _signed(credit, place, "credit", mapping) if credit else 0
    # Some providers write what went out with a minus in its own column as well.
    if (out and came) or not (debit or credit):
        raise Unreadable("amount_missing", place, "debit")
    return came - abs(out)


def _signed(text: str, place: int, field: str, mapping: Columns) -> int:
    plain = text.strip().replace("£", "", 1).strip()
    minus = plain.startswith("-")
    plain = plain[1:] if plain[:1] in ("-", "+") else plain
    if mapping.decimal == "." and _GROUPED.match(plain):
        plain = plain.replace(",", "")
    pence = pence_of(plain, place, field, mapping.decimal)
    return -pence if minus else pence


def _day(text: str, place: int, field: str, mapping: Columns) -> date:
    shape = _DAYS[mapping.date_format].fullmatch(text.strip())
    try:
        assert shape is not None
        return day_in_reach(date(*(int(shape[part]) for part in ("year", "month", "day"))), place, field)
    except (AssertionError, ValueError) as no:
        if isinstance(no, Unreadable):
            raise
        raise Unreadable("day_malformed", place, field) from None


def _runs(lines: list[StatementLine], balances: list[int]) -> None:
    """Each running balance is the one before it and its line, so a row left out is named where it is missing."""
    for line, before, after in zip(lines[1:], balances, balances[1:], strict=False):
        if before + line.pence != after:
            raise Unreadable("balance_broken", line.place, "balance")
