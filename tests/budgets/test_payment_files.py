"""Files of payments: control totals, no formulas, and the labels and records of BACS Standard 18 by their positions."""

from datetime import date

import pytest

from ledger.budgets.payment_files import (
    Destination,
    NotPayable,
    Originator,
    Payment,
    bacs_standard_18,
    destinations_from,
    payments_csv,
)

DAY = date(2025, 6, 2)
PAYMENTS = (Payment(41, "A1", 300_00, DAY), Payment(44, "H1", 2_000_01, DAY))
PLACES = {
    "A1": Destination("Rowan Care Ltd", "200001", "00000001"),
    "H1": Destination("D Example", "200002", "00000002"),
}
OWN = Originator("600000", "12345678", "123456", "NORTHSHIRE ICB")


def test_a_csv_ends_in_its_control_totals() -> None:
    """One row for each payment, and the sum of them in pounds and pence."""
    assert payments_csv(PAYMENTS, PLACES, file="run-1", day=DAY).decode().split("\r\n") == [
        "payment,payee,name,sort_code,account_number,reference,amount",
        "41,A1,Rowan Care Ltd,200001,00000001,run-1.41,300.00",
        "44,H1,D Example,200002,00000002,run-1.44,2000.01",
        "TOTAL,2,,,,run-1 2025-06-02,2300.01",
        "",
    ]


def test_bacs_has_its_fields_where_the_standard_has_them() -> None:
    """Labels of eighty characters, records of a hundred; credits 99, contra 17, and both totals in the trailer."""
    lines = (
        bacs_standard_18(PAYMENTS, PLACES, originator=OWN, serial=44, made_on=DAY, process_on=DAY)
        .decode()
        .split("\r\n")
    )
    assert [line[:4] for line in lines] == [
        "VOL1",
        "HDR1",
        "HDR2",
        "UHL1",
        "2000",
        "2000",
        "6000",
        "EOF1",
        "EOF2",
        "UTL1",
        "",
    ]
    assert {len(line) for line in lines} == {80, 100, 0}
    vol, hdr, _, uhl, first, _, contra, eof, _, utl, _ = lines
    assert (vol[4:10], vol[41:47], vol[79]) == ("000044", "123456", "1")
    assert (hdr[4:21], hdr[21:27], hdr[41:47]) == ("A123456S  1123456", "000044", " 25153")
    assert eof[4:] == hdr[4:]
    assert (uhl[4:10], uhl[10:20], uhl[28:37]) == (" 25153", "999999    ", "1 DAILY  ")
    assert (first[:14], first[14], first[15:17], first[17:31], first[35:46]) == (
        "20000100000001", "0", "99", "60000012345678", "00000030000",
    )  # fmt: skip
    assert (first[46:64], first[64:82], first[82:]) == (
        "NORTHSHIRE ICB    ",
        "41                ",
        "ROWAN CARE LTD    ",
    )
    assert (contra[:17], contra[35:46], contra[64:70]) == ("60000012345678017", "00000230001", "CONTRA")
    assert (utl[4:17], utl[17:30], utl[30:37], utl[37:44]) == ("0000000230001", "0000000230001", "0000001", "0000002")


HEAD = "payee,name,sort_code,account_number\n"


@pytest.mark.parametrize(
    ("rows", "code", "what"),
    [("A1,=HYPERLINK(),200001,00000001", "formula_refused", "2"), ("A1,+44,200001,00000001", "formula_refused", "2"),
     ("A1,@SUM,200001,00000001", "formula_refused", "2"), ("A1,-1+1,200001,00000001", "formula_refused", "2"),
     ("A1,\tx,200001,00000001", "formula_refused", "2"), ("A1,X,20001,00000001", "destinations_malformed", "2"),
     ("A1,X,200001,1", "destinations_malformed", "2"), ("A1,X,200001", "destinations_malformed", "2"),
     ("A1,X,20-00-01,00000001\nA1,Y,200001,00000001", "destination_repeated", "3")],
)  # fmt: skip
def test_destinations_are_read_strictly(rows: str, code: str, what: str) -> None:
    """A name that a spreadsheet would run is refused, and so is half an account."""
    with pytest.raises(NotPayable) as no:
        destinations_from(HEAD + rows)
    assert (no.value.code, no.value.what) == (code, what)


def test_who_has_no_account_is_named_and_nothing_is_written() -> None:
    """Neither are a file of nothing, and a name that BACS cannot write."""
    for call, code in (
        (lambda: payments_csv(PAYMENTS, {"A1": PLACES["A1"]}, file="x", day=DAY), "destination_missing"),
        (lambda: payments_csv((), PLACES, file="x", day=DAY), "nothing_to_pay"),
        (lambda: bacs_standard_18(PAYMENTS, {**PLACES, "A1": Destination("Café", "200001", "00000001")}, originator=OWN, serial=1,
                                  made_on=DAY, process_on=DAY), "name_not_bacs"),
    ):  # fmt: skip
        with pytest.raises(NotPayable) as no:
            call()
        assert no.value.code == code
