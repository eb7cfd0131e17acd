"""What clients may send about documents of evidence, besides the files themselves."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Currency, EntryNumber, Size
from api.wire_budgets import Words

DocumentKind = Literal["receipt", "invoice", "bank_statement", "payslip", "timesheet", "letter", "photograph", "other"]


class SaidIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says what became of a document that is not there: "I cannot find it" is `explained` with the words, and lawful (SI
    2013/1617 reg 12). `missing` is for staff, who exempt somebody by `…/judge`. `of` is the entry that it would be evidence of."""

    of: EntryNumber
    document: DocumentKind
    state: Literal["explained", "missing"] = "explained"
    words: Annotated[Words, Meta(min_length=1)]
    amount: Size | None = None
    currency: Currency = "GBP"


class JudgedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How a document stands, by somebody who looked at it. `approved` is the number of the decision that referred the same before,
    once another person has approved it."""

    state: Literal["complete", "illegible", "explained", "missing", "exempt"]
    words: Words | None = None
    approved: EntryNumber | None = None
