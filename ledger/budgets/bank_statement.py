"""A bank's statement, in whatever format it came: one struct for a line, one for the statement, and the check that it adds up.

A statement is read whole or not at all. What is wrong with it is told by the line of the file, the field and a stable code, and
never by the words of the file. Amounts are signed pence: positive came into the account, negative left it.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from hashlib import sha256

import msgspec

from ledger.money import MAX_PENCE
from ledger.text import is_clean, plain_reference

MOST_BYTES = 700_000
"""A statement of a year of a busy household has a tenth of it; as base64 it fits into a body of a megabyte."""
MOST_LINES = 2_000
MOST_TEXT = 500
MOST_REFERENCE = 120
FIRST_YEAR = 1990
_BLANKS = re.compile(r"\s+")
_PLAIN = re.compile(r"([0-9]{1,13})(?:[.,]([0-9]{0,2}))?")


class Unreadable(ValueError):
    """Why a statement is not taken: a stable `code`, the `line` of the file (0 for the file as a whole) and the `field`."""

    def __init__(self, code: str, line: int = 0, field: str = "") -> None:
        super().__init__(f"{code} at line {line}, {field}" if field else f"{code} at line {line}")
        self.code = code
        self.line = line
        self.field = field


class StatementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One booked line. `reference` is the provider's own, or one made from the line where it has none; `kind` is its code
    for what it is, or nothing. `place` is the line of the file."""

    place: int
    reference: str
    booked_on: date
    value_on: date
    pence: int
    currency: str
    counterparty: str = ""
    remittance: str = ""
    kind: str = ""


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """A statement of one account: `account` as the provider names it, balances in signed pence, lines in the order of the file."""

    account: str
    currency: str
    opening: int
    closing: int
    first_on: date
    last_on: date
    lines: tuple[StatementLine, ...]

    @property
    def moved(self) -> int:
        """What all lines come to."""
        return sum(line.pence for line in self.lines)


def text_of(content: bytes) -> str:
    """The file as text: UTF-8, with or without its mark, else Latin-1, which older banks write. Unreadable(file_empty,
    file_too_large)."""
    if not content.strip():
        raise Unreadable("file_empty")
    if len(content) > MOST_BYTES:
        raise Unreadable("file_too_large")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def words_of(text: str, place: int, field: str) -> str:
    """Free words on one line, blanks joined. Unreadable(text_malformed, text_too_long)."""
    joined = _BLANKS.sub(" ", text).strip()
    if not is_clean(joined):
        raise Unreadable("text_malformed", place, field)
    if len(joined) > MOST_TEXT:
        raise Unreadable("text_too_long", place, field)
    return joined


def pence_of(text: str, place: int, field: str, point: str) -> int:
    """An unsigned amount with no, one or two decimals after `point`, exactly. Unreadable(amount_malformed, amount_over_precise,
    amount_too_large)."""
    shape = _PLAIN.fullmatch(text)
    if shape is None or ("," if point == "." else ".") in text:
        precise = re.fullmatch(rf"[0-9]+{re.escape(point)}[0-9]{{3,}}", text)
        raise Unreadable("amount_over_precise" if precise else "amount_malformed", place, field)
    pounds, rest = shape.groups(default="")
    pence = int(pounds) * 100 + int(rest.ljust(2, "0"))
    if pence > MAX_PENCE:
        raise Unreadable("amount_too_large", place, field)
    return pence


def currency_of(text: str, place: int, field: str) -> str:
    """Three capitals of ISO 4217 in shape. Unreadable(currency_malformed)."""
    if not re.fullmatch(r"[A-Z]{3}", text):
        raise Unreadable("currency_malformed", place, field)
    return text


def day_in_reach(day: date, place: int, field: str) -> date:
    """A day that a statement can have. Unreadable(day_malformed)."""
    if not FIRST_YEAR <= day.year <= 2199:
        raise Unreadable("day_malformed", place, field)
    return day


def checked(
    *, account: str, currency: str, opening: int, closing: int, first_on: date | None, last_on: date | None,
    lines: Sequence[StatementLine],
) -> Statement:  # fmt: skip
    """The statement, once it adds up: opening + lines = closing, one currency, each reference once, days in order.

    Unreadable(statement_empty, lines_too_many, currency_differs, amount_zero, reference_repeated, reference_malformed,
    balance_broken)."""
    if not lines and (first_on is None or last_on is None):
        raise Unreadable("statement_empty")
    if len(lines) > MOST_LINES:
        raise Unreadable("lines_too_many", lines[MOST_LINES].place)
    for line in lines:
        if line.currency != currency:
            raise Unreadable("currency_differs", line.place, "currency")
        if line.pence == 0:
            raise Unreadable("amount_zero", line.place, "amount")
    named = _named(lines)
    if opening + sum(line.pence for line in named) != closing:
        raise Unreadable("balance_broken", 0, "closing")
    days = [line.booked_on for line in named]
    start = min([*days, *([first_on] if first_on else [])])
    end = max([*days, *([last_on] if last_on else [])])
    return Statement(account=account, currency=currency, opening=opening, closing=closing, first_on=start, last_on=end,
                     lines=tuple(named))  # fmt: skip


def _named(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Each line with a reference. One that has none is known by what it says and its place among its equals of the day, so an
    overlapping statement names it the same as long as it has whole days."""
    seen: set[str] = set()
    equals: Counter[str] = Counter()
    named = []
    for line in lines:
        reference = line.reference
        if reference:
            plain = plain_reference(reference)
            if len(reference) > MOST_REFERENCE or not is_clean(reference) or not plain:
                raise Unreadable("reference_malformed", line.place, "reference")
            if plain in seen:
                raise Unreadable("reference_repeated", line.place, "reference")
            seen.add(plain)
            named.append(line)
            continue
        fields = (line.booked_on.isoformat(), str(line.pence), line.counterparty, line.remittance, line.kind)
        made = sha256("\0".join(fields).encode("utf-8", "replace")).hexdigest()[:32]
        equals[made] += 1
        named.append(msgspec.structs.replace(line, reference=f"made:{made}:{equals[made]}"))
    return named
