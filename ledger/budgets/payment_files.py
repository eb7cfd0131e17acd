"""The file by which a bank pays what was released, with control totals, as CSV or as BACS Standard 18.

Each payment is in one file: a file has those of a range of entries, and the next one begins where it ended. Where the money
goes is not in the ledger; finance gives it beside, by payee, and a payee without it is named before anything is written.
"""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

import msgspec

from ledger.budgets import store_own_bank as store
from ledger.budgets.chart import account
from ledger.budgets.wording import attributes
from ledger.core.requests import Record
from ledger.money import format_amount
from ledger.text import is_clean

Connection = Any
COLUMNS = ("payment", "payee", "name", "sort_code", "account_number", "reference", "amount")
_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_SORT_CODE, _NUMBER = re.compile(r"[0-9]{6}"), re.compile(r"[0-9]{8}")
_BACS = re.compile(r"[A-Z0-9 .&/-]*")
MOST_BACS_PENCE = 10**11 - 1


class NotPayable(ValueError):
    """Why no file of payments was made: a code, and the payee or row that it is about."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(f"{code}: {what}" if what else code)
        self.code = code
        self.what = what


class Destination(msgspec.Struct, frozen=True):
    """Where a payee's money goes."""

    name: str
    sort_code: str
    number: str


class Payment(msgspec.Struct, frozen=True):
    """One payment that was released: the entry that moved it, to whom, how many pence, on which day."""

    posted: int
    payee: str
    amount: int
    day: date


class Originator(msgspec.Struct, frozen=True):
    """Who pays, for BACS: the account the money comes from, the service user number and its name."""

    sort_code: str
    number: str
    service_user: str
    name: str


def destinations_from(text: str) -> dict[str, Destination]:
    """Destinations from a CSV `payee,name,sort_code,account_number`. NotPayable(destinations_malformed, destination_repeated,
    formula_refused), naming the row."""
    rows = csv.reader(io.StringIO(text), strict=True)
    found: dict[str, Destination] = {}
    try:
        if [name.strip() for name in next(rows, [])] != ["payee", "name", "sort_code", "account_number"]:
            raise NotPayable("destinations_malformed", "1")
        for row in rows:
            if len(row) != 4:
                raise NotPayable("destinations_malformed", str(rows.line_num))
            payee, name, sort_code, number = row
            sort_code = sort_code.replace("-", "").strip()
            if not _SORT_CODE.fullmatch(sort_code) or not _NUMBER.fullmatch(number.strip()):
                raise NotPayable("destinations_malformed", str(rows.line_num))
            if (
                not name.strip()
                or not is_clean(name)
                or name.strip().startswith(_BEGINS_FORMULA)
                or name != name.strip()
            ):
                # A spreadsheet would run it; a name that begins so is no name.
                raise NotPayable("formula_refused", str(rows.line_num))
            if payee in found:
                raise NotPayable("destination_repeated", str(rows.line_num))
            found[payee] = Destination(name, sort_code, number.strip())
    except csv.Error:
        raise NotPayable("destinations_malformed", str(rows.line_num)) from None
    return found


def where_to(payments: Sequence[Payment], destinations: Mapping[str, Destination]) -> list[Destination]:
    """The destination of each payment. NotPayable(nothing_to_pay, destination_missing)."""
    if not payments:
        raise NotPayable("nothing_to_pay")
    for payment in payments:
        if payment.payee not in destinations:
            raise NotPayable("destination_missing", payment.payee)
    return [destinations[payment.payee] for payment in payments]


def payments_csv(
    payments: Sequence[Payment], destinations: Mapping[str, Destination], *, file: str, day: date
) -> bytes:
    """A CSV (RFC 4180) of one row for each payment, between a header and a last row of control totals: how many, and how much."""
    places = where_to(payments, destinations)
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(COLUMNS)
    for payment, place in zip(payments, places, strict=True):
        rows.writerow((payment.posted, payment.payee, place.name, place.sort_code, place.number, f"{file}.{payment.posted}",
                       format_amount(payment.amount)))  # fmt: skip
    total = sum(payment.amount for payment in payments)
    rows.writerow(("TOTAL", len(payments), "", "", "", f"{file} {day.isoformat()}", format_amount(total)))
    return out.getvalue().encode("utf-8")


def bacs_standard_18(
    payments: Sequence[Payment], destinations: Mapping[str, Destination], *, originator: Originator, serial: int, made_on: date,
    process_on: date,
) -> bytes:  # fmt: skip
    """BACS Standard 18, single processing day: labels of 80 characters, a record of 100 for each credit (transaction code 99), the
    contra that takes the total from our account (17), and trailers with the control totals. Written and never read here.

    NotPayable(amount_too_large, name_not_bacs) for what the format cannot say."""
    places = where_to(payments, destinations)
    total = sum(payment.amount for payment in payments)
    if total > MOST_BACS_PENCE:
        raise NotPayable("amount_too_large")
    user, own = originator.service_user, f"{originator.sort_code}{originator.number}"
    name, begins, ends = f"A{user}S  1{user}", _julian(made_on), _julian(process_on)
    identity = f"{name:<17}{serial % 1_000_000:06d}"
    lines = [
        f"VOL1{serial % 1_000_000:06d}{'':<31}{user:<6}{'':<32}1",
        f"HDR1{identity}00010001{'':<6}{begins}{ends} 000000{'':<20}",
        f"HDR2F0200000100{'':<35}00{'':<28}",
        f"UHL1 {ends[1:]}999999    000000001 DAILY  001{'':<40}",
    ]
    for payment, place in zip(payments, places, strict=True):
        lines.append(_record(f"{place.sort_code}{place.number}", "99", own, payment.amount, originator.name, str(payment.posted),
                             place.name))  # fmt: skip
    lines.append(_record(own, "17", own, total, originator.name, "CONTRA", originator.name))
    lines += [
        f"EOF1{identity}00010001{'':<6}{begins}{ends} 000000{'':<20}",
        f"EOF2F0200000100{'':<35}00{'':<28}",
        f"UTL1{total:013d}{total:013d}{1:07d}{len(payments):07d}{'':<36}",
    ]
    return "".join(f"{line[:80]:<80}\r\n" if line[:3] in ("VOL", "HDR", "UHL", "EOF", "UTL") else f"{line}\r\n"
                   for line in lines).encode("ascii")  # fmt: skip


def _record(to: str, code: str, own: str, pence: int, ours: str, reference: str, name: str) -> str:
    fields = [_bacs(text) for text in (ours, reference, name)]
    return f"{to}0{code}{own}    {pence:011d}" + "".join(f"{field:<18}" for field in fields)


def _bacs(text: str) -> str:
    """At most eighteen of the signs that BACS knows; accents go, anything else is refused rather than guessed."""
    plain = text.upper()
    if not _BACS.fullmatch(plain):
        raise NotPayable("name_not_bacs", text)
    return plain[:18]


def _julian(day: date) -> str:
    """A day as BACS labels write it: a blank, two digits of the year, three of the day in it."""
    return f" {day:%y%j}"


class FileMade(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was made: payments of entries after `after` up to `through`; `digest` is the SHA-256 of its bytes."""

    number: int
    file: str
    after: int
    through: int
    payments: int
    amount: int
    digest: str


def files_subject(bank: str) -> str:
    """What every file of a bank stands under."""
    return f"payment_file/{bank}"


def file_recorded(
    bank: str, file: str, *, form: str, after: int, through: int, payments: Sequence[Payment], content: bytes
) -> Record:
    """That a file was made, with its control totals. All of a bank's have one subject, `payment_file/{bank}`, so that of two files
    made at once one is refused."""
    given = attributes("file_made", bank=bank, file=file, format=form, after=after, through=through, payments=len(payments),
                       amount=sum(each.amount for each in payments), digest=sha256(content).hexdigest())  # fmt: skip
    return Record(kind="run", subject=files_subject(bank), attributes=given)


async def files_of(connection: Connection, book_id: int, bank: str) -> list[FileMade]:
    """The files that were made for a bank, in order."""
    rows = await connection.fetch(store.FILES_OF_BANK, book_id, files_subject(bank))
    found = []
    for row in rows:
        given = json.loads(row["attributes"])
        numbers = {name: int(given[name]) for name in ("after", "through", "payments", "amount")}
        found.append(FileMade(number=row["number"], file=given["file"], digest=given["digest"], **numbers))
    return found


async def released_between(connection: Connection, book_id: int, bank: str, after: int, through: int) -> list[Payment]:
    """What was released from a bank by entries after one number up to another."""
    rows = await connection.fetch(
        store.RELEASED_BETWEEN, book_id, account("in_transit", account=bank).code, after, through
    )
    return [Payment(row["posted"], row["payee"] or "", row["amount"], row["day"]) for row in rows]
