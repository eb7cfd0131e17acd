"""Reads the files of a caseload into rows of text: a directory of CSV files, some CSV files, or one workbook (XLSX, ODS).

One file or sheet for each kind, named for it (docs/take-on.md). Nothing is judged here but the shape: which sheets and columns
are there, and that each cell is a clean text. A row is one line of a CSV file, so that a quotation mark that is never closed
breaks its own row."""

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import partial
from hashlib import sha256
from pathlib import Path, PurePath
from typing import Any, NamedTuple

import msgspec
import python_calamine

from ledger.text import is_clean

MOST_BYTES = 64 * 1024 * 1024
MOST_CELL = 2000
WORKBOOKS = (".xlsx", ".ods")
BLANKS = " \t\r\n\xa0"
"""What is cut off at the ends of a cell. What Python strips as space includes separators that are refused here."""


class Columns(NamedTuple):
    """The columns of a sheet: those that have to be there, and those that may be."""

    needed: tuple[str, ...]
    may: tuple[str, ...] = ()


SHEETS: dict[str, Columns] = {
    "take_on": Columns(("take_on", "source", "opens_on", "complete_from")),
    "control": Columns(("measure", "expected"), ("fund",)),
    "funds": Columns(("fund", "kind", "year", "granted"), ("partner",)),
    "payees": Columns(("payee", "name"), ("regulated", "cqc", "direct_employee")),
    "people": Columns(
        ("person", "name"),
        ("nhs_number", "consent_on", "birth_month", "sex", "ethnicity", "deprivation", "sub_icb", "right", "requested_on"),
    ),
    "accounts": Columns(("account", "person", "sort_code", "account_number", "account_name")),
    "plans": Columns(("plan", "person", "start"), ("end", "coordinator", "agreement", "title")),
    "lines": Columns(
        ("line", "plan", "title", "services", "management", "amount", "start", "end", "funds"),
        ("payees", "account", "instalment", "flexibility"),
    ),
    "openings": Columns(
        ("line", "fund", "year", "allocated"),
        ("spent", "advanced", "held", "available", "recovering", "debtor", "partner_owes", "contingency",
         "unidentified", "disputed"),
    ),
    "orders": Columns(
        ("order", "line", "service", "payee", "amount", "year"), ("care_from", "care_to", "expires_on")
    ),
    "invoices": Columns(("line", "payee", "reference", "service", "amount"), ("document_on", "received_on")),
    "bank_lines": Columns(("account", "on", "amount", "reference")),
}  # fmt: skip
"""Every kind of row that a caseload has, with its columns in the order of the page."""
ALWAYS = ("take_on", "people", "plans", "lines", "openings")


class Trouble(msgspec.Struct, frozen=True):
    """One thing that is wrong: in which sheet, on which line of it (0 where it is about the whole), in which column, a stable code,
    and a sentence. Nothing of what the cell says: a report is passed on."""

    sheet: str
    line: int
    column: str
    code: str
    reason: str


class Row(NamedTuple):
    """A row as it was written: its line in the file, and its cells by column; an empty cell is absent."""

    sheet: str
    line: int
    cells: dict[str, str]


class FileRead(msgspec.Struct, frozen=True):
    """A file behind a sheet: its hash, and how many rows the sheet has."""

    sheet: str
    sha256: str
    rows: int


class Tables(msgspec.Struct):
    """What the files say, sheet by sheet, and what is wrong with their shape."""

    rows: dict[str, list[Row]]
    files: dict[str, FileRead]
    troubles: list[Trouble]


class NotACaseload(ValueError):
    """These are no files of a caseload: name a directory with CSV files, some CSV files, or one workbook."""

    code = "not_a_caseload"


def read_caseload(paths: Sequence[Path]) -> Tables:
    """The tables of these files, with every fault of shape. NotACaseload when nothing here is a sheet; FileNotFoundError."""
    found: list[Path] = []
    for path in paths:
        found += sorted(path.glob("*.csv")) if path.is_dir() else [path]
    return tables_of([(path, partial(_bytes_of, path)) for path in found])


def _bytes_of(path: Path) -> bytes:
    """What a file holds, or as much of it as shows that it is too large."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)


def tables_of(files: Sequence[tuple[PurePath, Callable[[], bytes]]]) -> Tables:
    """The same of files that somebody sent: the name of each, by which it is a sheet or a workbook, and what gives its bytes.
    NotACaseload, and what giving them raises."""
    tables = Tables({}, {}, [])
    kinds = {path.suffix.lower() for path, _ in files}
    if not files or kinds - {".csv", *WORKBOOKS} or (kinds & set(WORKBOOKS) and len(files) > 1):
        raise NotACaseload
    for path, given in files:
        raw = given()
        if len(raw) > MOST_BYTES:
            tables.troubles.append(Trouble(path.stem, 0, "", "file_too_large", "The file is larger than 64 MB."))
        elif path.suffix.lower() in WORKBOOKS:
            _read_workbook(tables, raw)
        else:
            _read_csv(tables, path.stem.lower(), raw)
    for sheet in ALWAYS:
        if sheet not in tables.rows:
            tables.troubles.append(Trouble(sheet, 0, "", "sheet_missing", "This sheet is not there."))
    return tables


def _read_csv(tables: Tables, sheet: str, raw: bytes) -> None:
    text = io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8-sig", errors="surrogateescape", newline="")
    table: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text, 1):
        try:
            table.append((number, next(csv.reader((line,), strict=True), [])))
        except csv.Error:
            tables.troubles.append(Trouble(sheet, number, "", "row_malformed", "This is not a row of a CSV file."))
    _take(tables, sheet, sha256(raw).hexdigest(), table)


def _read_workbook(tables: Tables, raw: bytes) -> None:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(raw))
        names = list(book.sheet_names)
        sheets = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in names]
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError):
        raise NotACaseload from None
    for name, values in sheets:
        table = [(number, [_text(cell) for cell in row]) for number, row in enumerate(values, 1)]
        _take(tables, name.strip().lower(), sha256(raw).hexdigest(), table)


def _text(cell: Any) -> str:
    """A cell as a CSV file would have it. A workbook counts in binary fractions, of which a sum may be a hair off its pennies."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        if cell == int(cell) and abs(cell) < 2**53:
            return str(int(cell))
        near = round(cell, 2)
        return f"{near:.2f}" if abs(near - cell) < 1e-6 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)


def _take(tables: Tables, sheet: str, digest: str, table: list[tuple[int, list[str]]]) -> None:
    """One sheet's header and rows. What follows a broken header is not read."""
    troubles = tables.troubles
    if sheet not in SHEETS:
        troubles.append(Trouble(sheet[:40], 0, "", "sheet_unknown", "This sheet is none of a caseload."))
        return
    if sheet in tables.rows:
        troubles.append(Trouble(sheet, 0, "", "sheet_repeated", "This sheet is there twice."))
        return
    columns = SHEETS[sheet]
    header = [name.strip().lower() for name in (table[0][1] if table else [])]
    while header and not header[-1]:
        header.pop()
    wrong = [(name, "column_missing", "This column is not there.") for name in columns.needed if name not in header]
    wrong += [
        (name[:40], "column_unknown", "This column is none of this sheet.")
        for name in header if name not in (*columns.needed, *columns.may)
    ]  # fmt: skip
    wrong += [
        (name, "column_repeated", "This column is there twice.") for name in set(header) if header.count(name) > 1
    ]
    troubles += [Trouble(sheet, 1, *each) for each in sorted(wrong)]
    rows = [] if wrong else [row for line, fields in table[1:] if (row := _row(troubles, sheet, line, fields, header))]
    tables.rows[sheet] = rows
    tables.files[sheet] = FileRead(sheet, digest, len(rows))


def _row(troubles: list[Trouble], sheet: str, line: int, fields: list[str], header: list[str]) -> Row | None:
    while fields and not fields[-1].strip(BLANKS):
        fields.pop()
    if not fields:
        return None
    if len(fields) > len(header):
        troubles.append(Trouble(sheet, line, "", "row_malformed", "The row has more columns than the header."))
        return None
    cells = {name: cell for name, field in zip(header, fields, strict=False) if (cell := field.strip(BLANKS))}
    for name, text in list(cells.items()):
        if not is_clean(text) or len(text) > MOST_CELL:
            troubles.append(
                Trouble(sheet, line, name, "text_malformed", "The text has control or direction characters, is not UTF-8, or is "
                        "longer than 2,000 characters.")
            )  # fmt: skip
            del cells[name]
    return Row(sheet, line, cells)
