"""What third parties tell of the money that they hold, and what is told of it."""

from datetime import date

from msgspec import Struct

from api.wire import Currency, Size
from api.wire_budgets import Name, ServiceCode
from api.wire_settling import Reference


class StatementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A third party's statement about one client. `amount` is of care and fee together; `fee` of it is for the third party's own
    work, and `fee_line` the line that bears that."""

    line: Name
    third_party: Name
    service: ServiceCode
    reference: Reference
    amount: Size
    currency: Currency
    fee: Size | None = None
    fee_line: Name | None = None
    document_on: date | None = None


class ClientOut(Struct, frozen=True):
    """What a third party holds for one person."""

    person: str
    balance: str


class ClientsOut(Struct, frozen=True):
    """What a third party holds, client by client; but for the `kept_back`, whose records are for others of the staff."""

    third_party: str
    currency: str
    clients: list[ClientOut]
    kept_back: int
