"""Marks and days away: one thing written in several ways is one, and what is none is refused."""

from datetime import date

import pytest

from ledger.budgets.marks import (
    Away,
    Marks,
    away_recorded,
    following,
    marks_noted,
    plain_bank,
    plain_phone,
    plain_place,
    way_of,
)
from ledger.core.model import Malformed

DAY = date(2025, 6, 2)


@pytest.mark.parametrize(
    ("reference", "next_one"),
    [("INV-0117", "INV-0118"), ("7", "8"), ("A99", "A100"), ("2025/09 B", "2025/10 B"), ("none", None), ("", None)],
)
def test_the_next_reference_counts_the_last_number(reference: str, next_one: str | None) -> None:
    """With its leading noughts, and whatever follows it; where nothing is counted there is no next one."""
    assert following(reference) == next_one


def test_one_account_address_or_number_is_one_however_it_is_written() -> None:
    """Blanks, strokes, capitals and the country's code make no difference."""
    assert plain_bank("12-34-56", "1234 5678") == plain_bank("123456", "12345678") == "12345612345678"
    assert plain_place("1, High Street, M1 1AA") == plain_place("1 high street m11aa")
    assert plain_phone("+44 (161) 496-0000") == plain_phone("0161 496 0000") == plain_phone("0044 161 4960000")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (lambda: plain_bank("123456", "1234567"), "bank_malformed"),
        (lambda: plain_place("home"), "place_malformed"),
        (lambda: plain_phone("12"), "phone_malformed"),
        (lambda: Marks(person="P1"), "marks_missing"),
        (lambda: Marks(bank="0" * 32), "subject_malformed"),
        (lambda: Marks(person="P1", payee="A1", bank="0" * 32), "subject_malformed"),
        (lambda: Away(start=DAY, end=date(2025, 6, 1), ground="hospital", person="P1"), "dates_malformed"),
        (lambda: Away(start=DAY, end=DAY, ground="hospital", payee="A1"), "code_unknown"),
        (lambda: Away(start=DAY, end=DAY, ground="absent", person="P1"), "code_unknown"),
        (lambda: Away(start=DAY, end=DAY, ground="absent"), "subject_malformed"),
    ],
)
def test_what_is_none_is_malformed(wrong, code: str) -> None:
    """Half an account, nobody, both at once, days the wrong way round, a ground that is another's."""
    with pytest.raises(Malformed) as no:
        wrong()
    assert no.value.code == code


def test_what_is_recorded_has_codes_and_days_and_no_payee_of_money() -> None:
    """A payee's mark is `of_payee`: an entry with a `payee` is about what is owed."""
    marked = marks_noted(Marks(payee="A1", phone="1" * 32), on=DAY)
    assert (marked.kind, marked.subject, marked.detail) == ("evidence", "marks/A1", None)
    assert dict(marked.attributes) == {"act": "marks_noted", "of_payee": "A1", "on": "2025-06-02", "phone": "1" * 32}
    away = away_recorded(Away(start=DAY, end=DAY, ground="absent", payee="A1"))
    assert (away.subject, dict(away.attributes)["ground"]) == ("away/A1/2025-06-02", "absent")


@pytest.mark.parametrize(
    ("kind", "way"),
    [("ATM", "cash"), ("PMNT/CCRD/CWDL", "cash"), ("card", None), ("CASHBACK SHOP", None), ("", None), ("NTRF", None)],
)
def test_cash_is_what_its_provider_calls_so(kind: str, way: str | None) -> None:
    """By a code of its own, and never by a word that only begins like one."""
    assert way_of(kind) == way
