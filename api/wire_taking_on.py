"""What clients may send about a take-on, and about imported payments that find their line."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_banking import Content
from api.wire_budgets import Name, ServiceCode, Words


class AssignmentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An imported payment, or a part of one, assigned to a line. `source` is the feed that it came by and `payee` its reference
    there, as in the account `unassigned/{source}/{payee}`. `hold` is the order that it pays, if there is one; `final` says that
    nothing else follows for it."""

    line: Name
    source: Name
    payee: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    effective_on: Day
    care_from: date | None = None
    care_to: date | None = None
    hold: EntryNumber | None = None
    final: bool = False


class AgreementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The side that holds the earlier record agrees to a take-on. `party` is its code, such as another book's or a council's;
    `differences` are those of the take-on, named one by one; `words` say why they are accepted."""

    party: Code
    differences: Annotated[list[Code], Meta(max_length=20)] = []
    words: Words | None = None


class TakeOnSignatureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs a take-on; there is nothing to say besides."""


class CaseloadFileIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of a caseload. Its name says which sheet it is (`people.csv`), or that it is a workbook with all of them (`.xlsx`,
    `.ods`); its content is what its hash is taken of."""

    name: Annotated[str, Meta(max_length=80)]
    content: Content


class CaseloadIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an earlier system has of people, plans, lines and money: the sheets of docs/take-on.md. Control totals that are not met
    stop it, unless it is sent `with_differences`, which who agrees has to name."""

    files: Annotated[list[CaseloadFileIn], Meta(min_length=1, max_length=20)]
    with_differences: bool = False


class PublishedPaymentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A row as it was published: `date` as 2021-04-30, `amount` in pounds, negative for a credit. `line` is where it stands in the
    source, its place here if it is left out. `occurrence` says which of equal rows of the whole source this is, from 1; left out,
    they are counted as they come here, so a source that is sent in parts says it of each row that has an equal. Of
    equal rows all say it or none: one that does otherwise than those before it is refused (`occurrence_mixed`)."""

    supplier: Annotated[str, Meta(max_length=2000)]
    date: Annotated[str, Meta(max_length=40)]
    amount: Annotated[str, Meta(max_length=40)]
    line: Annotated[int, Meta(ge=1, le=1_000_000_000)] | None = None
    occurrence: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None


class PublishedPaymentsIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Rows of a file of published payments, or a part of one. `delivery` names an extract with rows of its own; with `atomic`
    none is posted if one is broken."""

    rows: Annotated[list[PublishedPaymentIn], Meta(min_length=1, max_length=10_000)]
    delivery: Code | None = None
    atomic: bool = False
