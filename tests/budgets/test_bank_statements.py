"""Statements of banks: what the standards' fields mean, one fictional month in each format, and damaged files refused by line."""

from contextlib import suppress
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.budgets.bank_camt import read_camt053
from ledger.budgets.bank_csv import Columns, mapping_of, read_csv
from ledger.budgets.bank_mt940 import read_mt940
from ledger.budgets.bank_statement import MOST_BYTES, Statement, Unreadable

FILES = Path(__file__).parent.parent / "statements"
CSV, MT940 = (FILES / "household.csv").read_bytes(), (FILES / "household.sta").read_bytes()
CAMT_02, CAMT_08 = (FILES / "household.02.xml").read_bytes(), (FILES / "household.08.xml").read_bytes()
COLUMNS = mapping_of((FILES / "household.json").read_bytes())
READ = {
    "csv": lambda content: read_csv(content, COLUMNS, currency="GBP"), "mt940": read_mt940, "camt": read_camt053,
}  # fmt: skip
FIELDS_MT940 = (
    (":20:", "16x", "M", "transaction reference: begins a message", lambda s: True),
    (":25:", "35x", "M", "the account", lambda s: s.account == "GB00HILL00000012345678"),
    (":28C:", "5n[/5n]", "M", "statement and page", lambda s: True),
    (":60F:", "1!a6!n3!a15d", "M", "opening: mark, day, currency, amount", lambda s: (s.opening, s.currency) == (150_25, "GBP")),
    (":61: 1 value day", "6!n", "M", "YYMMDD", lambda s: s.lines[3].value_on == date(2025, 6, 9)),
    (":61: 2 entry day", "[4!n]", "O", "MMDD; the value day where it is left out",
     lambda s: [s.lines[3].booked_on, s.lines[2].booked_on] == [date(2025, 6, 10), date(2025, 6, 5)]),
    (":61: 3 mark", "2a", "M", "C, D, RC, RD", lambda s: [line.pence > 0 for line in s.lines] == [True, False, False, False]),
    (":61: 5 amount", "15d", "M", "with a comma", lambda s: s.lines[3].pence == -8_40),
    (":61: 6 type", "1!a3!c", "M", "S, N or F and three", lambda s: s.lines[1].kind == "NMSC"),
    (":61: 7 owner's reference", "16x", "M", "NONREF where there is none", lambda s: True),
    (":61: 8 bank's reference", "[//16x]", "O", "known again by it", lambda s: s.lines[0].reference == "T-0001"),
    (":61: 9 supplementary", "[34x]", "O", "on a line of its own", lambda s: s.lines[3].remittance == "CARD 7"),
    (":86:", "6*65x", "O", "words, plain or in numbered parts",
     lambda s: (s.lines[0].counterparty, s.lines[0].remittance, s.lines[1].remittance)
     == ("NORTHSHIRE ICB", "PHB JUNE INSTALMENT", "SWIMMING POOL LEISURE")),
    (":62F:", "1!a6!n3!a15d", "M", "closing", lambda s: (s.closing, s.last_on) == (1_714_35, date(2025, 6, 30))),
    (":64:", "1!a6!n3!a15d", "O", "available balance: not read", lambda s: True),
)  # fmt: skip
"""Tag, format and status of the SWIFT standard's table for MT 940, what the field is, and where it ends here."""
FIELDS_CAMT = (
    ("Stmt/Acct/Id/IBAN", "1..1", "the account", lambda s: s.account == "GB00HILL00000012345678"),
    ("Stmt/Bal OPBD", "1..n", "opening booked", lambda s: (s.opening, s.first_on) == (150_25, date(2025, 6, 1))),
    ("Stmt/Bal CLBD", "1..n", "closing booked", lambda s: (s.closing, s.last_on) == (1_714_35, date(2025, 6, 30))),
    ("Ntry/Amt/@Ccy", "1..1", "amount and currency", lambda s: (s.lines[3].pence, s.lines[3].currency) == (-8_40, "GBP")),
    ("Ntry/CdtDbtInd", "1..1", "CRDT came in", lambda s: s.lines[0].pence == 2_000_00),
    ("Ntry/Sts", "1..1", "only BOOK is taken", lambda s: len(s.lines) == 4),
    ("Ntry/BookgDt", "0..1", "booked", lambda s: s.lines[3].booked_on == date(2025, 6, 10)),
    ("Ntry/ValDt", "0..1", "value", lambda s: s.lines[3].value_on == date(2025, 6, 9)),
    ("Ntry/AcctSvcrRef", "0..1", "the bank's reference", lambda s: s.lines[2].reference == "T-0003"),
    ("Ntry/BkTxCd/Domn", "0..1", "what kind", lambda s: s.lines[0].kind == "PMNT/RCDT/ESCT"),
    ("TxDtls/RltdPties", "0..1", "debtor of a credit, creditor of a debit",
     lambda s: [line.counterparty for line in s.lines][:3] == ["NORTHSHIRE ICB", "SWIMMING POOL LEISURE", "Rowan Care Ltd"]),
    ("TxDtls/RmtInf/Ustrd", "0..n", "words", lambda s: s.lines[2].remittance == "invoice 17"),
)  # fmt: skip
FIELDS_CSV = (
    ("date", "day in the mapping's format", lambda s: s.lines[0].booked_on == date(2025, 6, 1)),
    ("debit, credit", "one of the two", lambda s: [line.pence for line in s.lines] == [2_000_00, -15_00, -412_50, -8_40]),
    ("balance", "after each line", lambda s: (s.opening, s.closing) == (150_25, 1_714_35)),
    ("counterparty, remittance", "words", lambda s: s.lines[3].counterparty == "CAFÉ AM MARKT"),
    ("reference", "known again by it", lambda s: s.lines[2].reference == "T-0003"),
    ("kind", "the provider's code", lambda s: s.lines[2].kind == "FPO"),
)  # fmt: skip


@pytest.mark.parametrize("field", FIELDS_MT940, ids=lambda field: field[0])
def test_each_field_of_mt940_ends_where_the_table_says(field) -> None:
    """By tag, format and status of the standard."""
    assert field[-1](read_mt940(MT940))


@pytest.mark.parametrize("content", [CAMT_02, CAMT_08], ids=["02", "08"])
@pytest.mark.parametrize("field", FIELDS_CAMT, ids=lambda field: field[0])
def test_each_element_of_camt053_ends_where_the_table_says(field, content: bytes) -> None:
    """In both versions, by path and how often it occurs."""
    assert field[-1](read_camt053(content))


@pytest.mark.parametrize("field", FIELDS_CSV, ids=lambda field: field[0])
def test_each_column_of_a_mapping_ends_where_it_says(field) -> None:
    """By the name in the mapping file."""
    assert field[-1](READ["csv"](CSV))


def test_the_same_month_is_the_same_in_every_format() -> None:
    """Amounts, references and balances of one month, told in four files."""

    def told(statement: Statement) -> list[object]:
        return [statement.opening, statement.closing, *((line.reference, line.pence) for line in statement.lines)]

    assert (
        told(READ["csv"](CSV)) == told(read_mt940(MT940)) == told(read_camt053(CAMT_02)) == told(read_camt053(CAMT_08))
    )


DAMAGED = {
    ("csv", "a row with a column too few"): (b",15.00,,", b",15.00,", ("row_malformed", 3, "")),
    ("csv", "a day that is none"): (b"03/06/2025", b"31/06/2025", ("day_malformed", 3, "date")),
    ("csv", "a tenth of a penny"): (b"412.50", b"412.505", ("amount_over_precise", 4, "debit")),
    ("csv", "a row left out"): (b"03/06/2025,CARD,SWIMMING POOL LEISURE,15.00,,\"2,135.25\",T-0002\n", b"",
                                ("balance_broken", 3, "balance")),
    ("csv", "another header"): (b"Paid out", b"Money out", ("header_malformed", 1, "Paid out")),
    ("csv", "a reference twice"): (b"T-0003", b"t-0002", ("reference_repeated", 4, "reference")),
    ("csv", "both columns"): (b",15.00,,", b",15.00,15.00,", ("amount_missing", 3, "debit")),
    ("csv", "a hidden mark of direction"): (b"SWIMMING", "SWIM\u202eMING".encode(), ("text_malformed", 3, "counterparty")),
    ("csv", "a file from before the mapping"): (b"/2025", b"/2024", ("mapping_not_yet", 2, "date")),
    ("mt940", "no closing balance"): (b":62F:C250630GBP1714,35\n", b"", ("field_missing", 2, "62F")),
    ("mt940", "an amount with a point"): (b"D15,00N", b"D15.00N", ("amount_malformed", 8, "61")),
    ("mt940", "a mark that is none"): (b"0603D15", b"0603X15", ("field_malformed", 8, "61")),
    ("mt940", "a day that is none"): (b":61:250605D", b":61:250631D", ("day_malformed", 11, "61")),
    ("mt940", "a penny more at the end"): (b":62F:C250630GBP1714,35", b":62F:C250630GBP1714,36", ("balance_broken", 15, "62F")),
    ("mt940", "a tag that is none"): (b":64:", b":99Z:", ("field_unknown", 16, "99Z")),
    ("mt940", "another page that is not there"): (b":62F:", b":62M:", ("page_missing", 15, "62M")),
    ("mt940", "a reference twice"): (b"//T-0003", b"//T-0002", ("reference_repeated", 11, "reference")),
    ("camt", "an entity"): (b"<Document", b'<!DOCTYPE x [<!ENTITY y "z">]>\n<Document', ("document_type_refused", 2, "")),
    ("camt", "cut off"): (b"</Stmt>", b"", ("xml_malformed", 49, "")),
    ("camt", "another message"): (b"camt.053.001", b"camt.054.001", ("namespace_unknown", 2, "Document")),
    ("camt", "no booking day"): (b"<BookgDt><Dt>2025-06-03</Dt></BookgDt>", b"", ("element_missing", 24, "BookgDt")),
    ("camt", "a mark that is none"): (b">15.00</Amt><CdtDbtInd>DBIT", b">15.00</Amt><CdtDbtInd>DEBT",
                                      ("mark_unknown", 25, "CdtDbtInd")),
    ("camt", "a minus"): (b">15.00<", b">-15.00<", ("amount_malformed", 25, "Amt")),
    ("camt", "euros"): (b'Ccy="GBP">15.00', b'Ccy="EUR">15.00', ("currency_differs", 24, "currency")),
    ("camt", "a line too much"): (b"PDNG", b"BOOK", ("balance_broken", 0, "closing")),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGED, ids=": ".join)
def test_a_damaged_file_is_refused_by_line_and_field(damage: tuple[str, str]) -> None:
    """Whole, with a stable code."""
    kind, _ = damage
    sound = {"csv": CSV, "mt940": MT940, "camt": CAMT_02}[kind]
    before, after, expected = DAMAGED[damage]
    assert before in sound
    with pytest.raises(Unreadable) as no:
        READ[kind](sound.replace(before, after))
    assert (no.value.code, no.value.line, no.value.field) == expected


@pytest.mark.parametrize("kind", READ)
def test_what_is_empty_too_large_or_no_such_file_is_refused(kind: str) -> None:
    """Before anything of it is read."""
    for content, code in ((b" \n", "file_empty"), (b"x" * (MOST_BYTES + 1), "file_too_large")):
        with pytest.raises(Unreadable) as no:
            READ[kind](content)
        assert no.value.code == code
    for other in (CSV, MT940, CAMT_02, CAMT_02.decode().encode("utf-16"), b"\x00\xff" * 40):
        if other != {"csv": CSV, "mt940": MT940, "camt": CAMT_02}[kind]:
            with pytest.raises(Unreadable):
                READ[kind](other)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_is_read_or_refused(content: bytes) -> None:
    """No file brings anything but a statement or a code."""
    for read in READ.values():
        for tried in (content, CSV[:120] + content, MT940[:180] + content, CAMT_02[:700] + content):
            with suppress(Unreadable):
                read(tried)


def test_older_banks_write_latin_1() -> None:
    """And the words are the same."""
    assert READ["csv"](CSV.decode().encode("latin-1")) == READ["csv"](CSV) == READ["csv"](b"\xef\xbb\xbf" + CSV)
    latin = CAMT_02.decode().replace("UTF-8", "ISO-8859-1").encode("latin-1")
    assert read_camt053(latin) == read_camt053(CAMT_02)


def test_lines_without_a_reference_are_known_by_what_they_say() -> None:
    """Equal lines of one day are told apart by their order; an overlapping file of whole days names them the same."""
    columns = msgspec.structs.replace(COLUMNS, reference=(), balance=None)
    head, *rows = CSV.decode().splitlines(keepends=True)
    twice = "".join([head, rows[0], rows[1], rows[1], rows[2]])
    whole = read_csv(twice.encode(), columns, currency="GBP", opening=0, closing=1_557_50)
    assert len({line.reference for line in whole.lines}) == 4
    later = "".join([head, rows[1], rows[1], rows[2], rows[3]])
    overlap = read_csv(later.encode(), columns, currency="GBP", opening=0, closing=-450_90)
    assert [line.reference for line in overlap.lines][:3] == [line.reference for line in whole.lines][1:]
    with pytest.raises(Unreadable, match="balance_missing"):
        read_csv(twice.encode(), columns, currency="GBP")


def test_signed_columns_semicolons_and_falling_order() -> None:
    """What other providers write, by their mapping."""
    columns = Columns(provider="card", version="1", from_=date(2025, 1, 1), date="day", date_format="YYYY-MM-DD", amount="sum",
                      balance="left", delimiter=";", decimal=",", newest_first=True, account="card")  # fmt: skip
    content = b"day;sum;left;card\n2025-06-02;-1,50;8,50;C1\n2025-06-01;10;10,0;C1\n"
    found = read_csv(content, columns, currency="GBP")
    assert ([line.pence for line in found.lines], found.opening, found.closing, found.account) == (
        [1000, -150],
        0,
        850,
        "C1",
    )
    with pytest.raises(Unreadable, match="account_differs"):
        read_csv(content.replace(b"10,0;C1", b"10,0;C2"), columns, currency="GBP")


@pytest.mark.parametrize(
    ("before", "after", "field"),
    [(b'"debit": "Paid out",', b"", "amount"), (b'"Date"', b"7", "date"), (b'"kind"', b'"colour"', "colour"),
     (b"DD/MM/YYYY", b"MM/DD/YYYY", "date_format"), (b"hillbank", b"hill bank", "provider")],
)  # fmt: skip
def test_a_mapping_is_read_strictly(before: bytes, after: bytes, field: str) -> None:
    """American days are no format of ours: nobody could tell the third of June from the sixth of March."""
    with pytest.raises(Unreadable) as no:
        mapping_of((FILES / "household.json").read_bytes().replace(before, after))
    assert (no.value.code, no.value.field) == ("mapping_malformed", field)
