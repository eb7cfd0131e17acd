"""Reads MT940, the statement that banks send by SWIFT: fields `:20:` to `:86:`, one to a line of the file or more.

Read by the field table of the SWIFT standard (Category 9, MT 940 Customer Statement Message). One file is one account; the
messages of a statement that goes over several must follow each other without a gap.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

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

_TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)", re.DOTALL)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>.{3})(?P<amount>[0-9,.]+)")
_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD])(?P<funds>[A-Z])?(?P<amount>[0-9][0-9,.]*)"
    r"(?P<kind>[SNF][A-Z0-9]{3})(?P<owner>[^/\n]*(?:/(?!/)[^/\n]*)*)(?://(?P<bank>[^\n]*))?(?:\n(?P<more>.*))?", re.DOTALL
)  # fmt: skip
_STRUCTURED = re.compile(r"\?([0-9]{2})([^?]*)")
KNOWN = frozenset(
    ("20", "21", "25", "28C", "28", "60F", "60M", "61", "86", "62F", "62M", "64", "65", "13D", "34F", "90D", "90C")
)


class _Field(NamedTuple):
    place: int
    tag: str
    text: str


class _Balance(NamedTuple):
    place: int
    pence: int
    currency: str
    day: date
    tag: str


def read_mt940(content: bytes) -> Statement:
    """The statement of an MT940 file. Unreadable with the codes of `checked`, and field_unknown, field_missing, field_repeated,
    field_malformed, day_malformed, amount_malformed, balance_broken, account_differs."""
    messages = _messages(list(_fields(text_of(content))))
    account, lines = "", []
    first, last = None, None
    for message in messages:
        own, opening, closing, made = _message(message)
        if account not in ("", own):
            raise Unreadable("account_differs", message[0].place, "25")
        if last is not None and (last.pence, last.currency) != (opening.pence, opening.currency):
            raise Unreadable("balance_broken", opening.place, opening.tag)
        if opening.pence + sum(line.pence for line in made) != closing.pence or opening.currency != closing.currency:
            raise Unreadable("balance_broken", closing.place, closing.tag)
        account, first, last = own, first or opening, closing
        lines += made
    assert first is not None
    assert last is not None
    if first.tag != "60F" or last.tag != "62F":
        # An interim balance says that another page of the statement comes before or after this one.
        wrong = first if first.tag != "60F" else last
        raise Unreadable("page_missing", wrong.place, wrong.tag)
    return checked(account=account, currency=first.currency, opening=first.pence, closing=last.pence, first_on=first.day,
                   last_on=last.day, lines=lines)  # fmt: skip


def _fields(text: str) -> Iterator[_Field]:
    """Each field with the lines that go on with it; the envelope of braces around a message is passed over."""
    place, tag, parts = 0, "", []
    for number, line in enumerate(text.splitlines(), 1):
        begins = _TAG.match(line)
        if begins is None and (line.startswith(("{", "-}")) or line.strip() in ("-", "")):
            continue
        if begins is None:
            if not tag:
                raise Unreadable("field_malformed", number)
            parts.append(line)
            continue
        if tag:
            yield _Field(place, tag, "\n".join(parts))
        place, tag, parts = number, begins.group(1), [begins.group(2)]
        if tag not in KNOWN:
            raise Unreadable("field_unknown", number, tag)
    if tag:
        yield _Field(place, tag, "\n".join(parts))


def _messages(fields: list[_Field]) -> list[list[_Field]]:
    messages: list[list[_Field]] = []
    for field in fields:
        if field.tag == "20":
            messages.append([])
        elif not messages:
            raise Unreadable("field_missing", field.place, "20")
        messages[-1].append(field)
    if not messages:
        raise Unreadable("field_missing", 0, "20")
    return messages


def _message(fields: list[_Field]) -> tuple[str, _Balance, _Balance, list[StatementLine]]:
    account = _only(fields, ("25",)).text.strip()
    _only(fields, ("28C", "28"))
    opening, closing = _balance(_only(fields, ("60F", "60M"))), _balance(_only(fields, ("62F", "62M")))
    lines: list[StatementLine] = []
    before = ""
    for field in fields:
        if field.tag == "61":
            lines.append(_line(field, opening.currency))
        elif field.tag == "86" and before == "61":
            lines[-1] = _described(lines[-1], field)
        before = field.tag
    return account, opening, closing, lines


def _only(fields: list[_Field], tags: tuple[str, ...]) -> _Field:
    found = [field for field in fields if field.tag in tags]
    if len(found) != 1:
        where = found[1] if found else fields[0]
        raise Unreadable("field_repeated" if found else "field_missing", where.place, tags[0])
    return found[0]


def _balance(field: _Field) -> _Balance:
    shape = _BALANCE.fullmatch(field.text.strip())
    if shape is None:
        raise Unreadable("field_malformed", field.place, field.tag)
    pence = pence_of(shape["amount"], field.place, field.tag, ",")
    return _Balance(field.place, pence if shape["mark"] == "C" else -pence,
                    currency_of(shape["currency"], field.place, field.tag), _day(shape["day"], field), field.tag)  # fmt: skip


def _day(text: str, field: _Field) -> date:
    try:
        return day_in_reach(date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6])), field.place, field.tag)
    except ValueError as no:
        raise no if isinstance(no, Unreadable) else Unreadable("day_malformed", field.place, field.tag) from None


def _line(field: _Field, currency: str) -> StatementLine:
    shape = _LINE.fullmatch(field.text)
    if shape is None:
        raise Unreadable("field_malformed", field.place, "61")
    pence = pence_of(shape["amount"], field.place, "61", ",")
    # RC takes a credit back and RD a debit, so each moves the other way.
    came = shape["mark"] in ("C", "RD")
    value = _day(shape["value"], field)
    owner, bank = shape["owner"].strip(), (shape["bank"] or "").strip()
    own = "" if owner in ("", "NONREF") else owner
    return StatementLine(
        place=field.place, reference=bank or own, booked_on=_entry_day(shape["entry"], value, field),
        value_on=value, pence=pence if came else -pence, currency=currency,
        remittance=words_of(shape["more"] or "", field.place, "61"), kind=shape["kind"],
    )  # fmt: skip


def _entry_day(text: str | None, value: date, field: _Field) -> date:
    """The booking day has no year: it is the one nearest to the value day."""
    if text is None:
        return value
    near = []
    for year in (value.year - 1, value.year, value.year + 1):
        try:
            near.append(date(year, int(text[:2]), int(text[2:])))
        except ValueError:
            continue
    if not near:
        raise Unreadable("day_malformed", field.place, "61")
    return min(near, key=lambda day: abs(day - value) // timedelta(days=1))


def _described(line: StatementLine, field: _Field) -> StatementLine:
    """What `:86:` says: in numbered parts as many banks write it (`?20` to `?29` words, `?32` and `?33` who), or plainly."""
    joined = "".join(field.text.split("\n"))
    parts = _STRUCTURED.findall(joined)
    if not parts:
        words, who = field.text, ""
    else:
        words = " ".join(text for code, text in parts if "20" <= code <= "29" or "60" <= code <= "63")
        who = " ".join(text for code, text in parts if code in ("32", "33"))
    remittance = words_of(f"{line.remittance} {words}", field.place, "86")
    return msgspec.structs.replace(line, remittance=remittance, counterparty=words_of(who, field.place, "86"))
