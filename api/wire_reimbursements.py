"""What clients may send about what holders and carers laid out."""

from datetime import date

from msgspec import Struct

from api.wire import Currency, EntryNumber, Size
from api.wire_budgets import Name, ServiceCode, Words


class ReimbursementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Care that somebody paid for themselves. It is paid back into `holder_account`, a registered account of the person's.
    `relies_on` is the number of the answer that it was bought on, from whom that was asked about."""

    line: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    spent_on: date
    holder_account: Name
    relies_on: EntryNumber | None = None
    words: Words | None = None
