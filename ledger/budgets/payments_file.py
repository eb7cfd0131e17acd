"""Reads the file of payments over £25,000 and the like that commissioners publish: `ICB,Payment Date,Supplier,Amount`.

The format is that of the HM Treasury transparency rules as NHS bodies publish it. A broken row never stops the reading:
it comes out as a problem with its line number. The column of the commissioner is data, not a check.
"""

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from functools import lru_cache
from typing import TextIO

from ledger.budgets.feeds import FeedRow, Problem
from ledger.money import MAX_PENCE, NotAnAmount, parse_published_amount
from ledger.text import is_clean

FEED = "payments"
COLUMNS = ("payment date", "supplier", "amount")
MAX_NAME = 500


class NotAPaymentsFile(ValueError):
    """The first line does not name the columns Payment Date, Supplier and Amount."""

    code = "not_a_payments_file"


def read_payments(text: TextIO | Iterable[str]) -> Iterator[FeedRow | Problem]:
    """Rows in the order of the file, one at a time. NotAPaymentsFile if the header is not that of the format.

    A row is one line: a quotation mark that is never closed breaks its own row and swallows no other."""
    lines = iter(text)
    try:
        header = [name.strip().lower().removeprefix("\ufeff") for name in _fields(next(lines, ""))]
    except csv.Error:
        raise NotAPaymentsFile from None
    if any(header.count(name) != 1 for name in COLUMNS):
        raise NotAPaymentsFile
    places = [header.index(name) for name in COLUMNS]
    for number, line in enumerate(lines, 2):
        try:
            fields = _fields(line)
        except csv.Error as wrong:
            yield Problem(number, "row_malformed", f"This is not a row of a CSV file: {wrong}.")
            continue
        if fields:
            yield _row(number, fields, places, len(header))


def _fields(line: str) -> list[str]:
    return next(csv.reader((line,), strict=True), [])


@lru_cache(4096)
def _day(text: str) -> date | None:
    """A file has many rows of few days."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day.isoformat() == text else None


def _row(line: int, fields: list[str], places: list[int], width: int) -> FeedRow | Problem:
    if len(fields) != width:
        return Problem(line, "row_malformed", f"The row has {len(fields)} columns and the header has {width}.")
    return row_of(line, *(fields[place] for place in places))


def row_of(line: int, day_text: str, payee: str, amount_text: str) -> FeedRow | Problem:
    """One payment of its three texts as a file has them, or what is wrong with it."""
    sent, day = payee.strip(" \t"), _day(day_text.strip())
    payee, amount = payee.strip(), amount_text.strip()
    if day is None:
        return Problem(line, "day_malformed", "The payment date is not a day written as 2021-04-30.")
    if not payee or len(payee) > MAX_NAME:
        return Problem(line, "payee_missing", f"The supplier is missing or longer than {MAX_NAME} characters.")
    # What Python strips as space includes separators that are refused here.
    if not is_clean(sent):
        return Problem(line, "text_malformed", "The supplier has control or direction characters, or is not UTF-8.")
    try:
        pence = parse_published_amount(amount)
    except NotAnAmount as no:
        return Problem(line, no.code, "The amount is not pounds and pence within the range of the ledger.")
    if pence == 0:
        return Problem(line, "amount_zero", "A payment of nothing cannot be posted.")
    if abs(pence) > MAX_PENCE:
        return Problem(line, "amount_too_large", "The amount is beyond the range of the ledger.")
    return FeedRow(line, day, payee, pence)
