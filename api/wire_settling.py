"""What clients may send about money that has gone: invoices, payments, bank lines, claims and their answers."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, ServiceCode, Words

Reference = Annotated[
    str,
    Meta(
        description="The document's own reference, as its issuer wrote it. A keyed hash of it is in the log; the text is erasable.",
        examples=["INV-2025-0117"],
        min_length=1,
        max_length=120,
        extra_json_schema={"pattern": r"[^ \t\r\n]"},
    ),
]


class InvoiceIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An invoice as it came. It posts nothing until somebody else accepts it. `hold` is the order it is for, if there is one;
    `final` says that no other invoice follows, so that what the order still keeps goes back. The days for payment run from
    `valid_on`, when it was in order (`received_on`, if nothing is said), to `due_on`. `rate` and `quantity` come together, and are
    held against those of the order. `estimate` is the accepted estimate of a year's end that it is the invoice of."""

    line: Name
    payee: Name
    reference: Reference
    service: ServiceCode
    amount: Size
    currency: Currency
    hold: EntryNumber | None = None
    care_from: date | None = None
    care_to: date | None = None
    document_on: date | None = None
    received_on: date | None = None
    valid_on: date | None = None
    due_on: date | None = None
    final: bool = False
    rate: Size | None = None
    quantity: Size | None = None
    estimate: EntryNumber | None = None


class AcceptanceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Accepts what somebody else entered or claimed; its money moves on this accounting day."""

    effective_on: Day


class ClaimWithdrawalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes back what was claimed."""


class DeclineIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Says no to what was told or sent in. `reason` is a code; `words` are for the person, and nothing is declined without them but
    an estimate of a year's end."""

    reason: Code
    words: Words | None = None


class InstalmentReleaseIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Pays an instalment from one of the book's own banks: `bank` names it as in `in_transit/{bank}`."""

    effective_on: Day
    bank: Name


class PaymentIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Pays a payee what accepted invoices sum to. `invoices` are the numbers of the entries of their acceptances."""

    payee: Name
    bank: Name
    invoices: Annotated[list[EntryNumber], Meta(min_length=1, max_length=20)]
    effective_on: Day


class DisputeIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A dispute about an accepted invoice begins, or ends, on this day. `reason` is a code; `words` are for the file."""

    effective_on: Day
    reason: Code
    words: Words | None = None


class ClearanceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The bank has paid."""

    effective_on: Day


class BankLineIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One payment out of a holder's account, as a feed tells it; `on` is the bank's own day. Known once by its reference. Of the
    account that it went to only a keyed hash is kept."""

    holder_account: Name
    amount: Size
    currency: Currency
    on: date
    reference: Reference
    source: Literal["bank_feed", "card_feed"]
    effective_on: date | None = None
    way: Literal["card", "cash", "direct_debit", "transfer"] | None = None
    to_sort_code: str | None = None
    to_account_number: str | None = None


class ClaimIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What was bought from money that is paid out. `bank_line` is the number of the bank line that it explains, `estimate` that of
    the accepted estimate of a year's end that it is evidence of, `relies_on` that of the answer that it was bought on. Of wages,
    the days worked and their hours: `rate` is an amount an hour and `quantity` hours, and they come together."""

    line: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    spent_on: date
    payee: Name | None = None
    bank_line: EntryNumber | None = None
    estimate: EntryNumber | None = None
    relies_on: EntryNumber | None = None
    words: Words | None = None
    care_from: date | None = None
    care_to: date | None = None
    rate: Size | None = None
    quantity: Size | None = None


class SpendReversalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Undoes one movement of this budget whole, once, on a day not before its own."""

    effective_on: Day
