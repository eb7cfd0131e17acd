"""What clients may send about money that comes back of invoices and claims, and about liabilities that a fund covers."""

from datetime import date

from msgspec import Struct

from api.wire import Currency, Day, EntryNumber, Size
from api.wire_budgets import Name
from api.wire_settling import Reference


class CreditIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A credit note as it came. `invoice` is the number of the acceptance of the invoice, the statement or the
    reimbursement that it is about."""

    invoice: EntryNumber
    payee: Name
    reference: Reference
    amount: Size
    currency: Currency
    document_on: date | None = None
    received_on: date | None = None


class CreditTakenIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes what a provider owes of a credit note from another invoice of theirs: `invoice` is the number of its acceptance.
    Without an amount, as much as both allow."""

    invoice: EntryNumber
    effective_on: Day
    amount: Size | None = None


class CreditRepaidIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A provider paid what they owe of a credit note, to this bank of ours. Without an amount, all of it."""

    bank: Name
    effective_on: Day
    amount: Size | None = None


class RefundIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Money came back without a credit note: of a paid invoice to a bank of ours (`bank`), of a holder's claim into their account.
    `of` is the number of the acceptance."""

    of: EntryNumber
    reference: Reference
    amount: Size
    currency: Currency
    effective_on: Day
    bank: Name | None = None


class UnfundedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The funds cover what a fact took beyond its line's authority. `decision` is the number of the decision on that fact."""

    decision: EntryNumber
    amount: Size
    currency: Currency
    effective_on: Day
