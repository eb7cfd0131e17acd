"""What clients get back about bills to partners."""

from datetime import date

from msgspec import Struct, field


class BillOut(Struct, frozen=True, kw_only=True):
    """One bill. `days` is its age on the day asked for, `open` what is still to come of it, `disputed` a part of that."""

    bill: str
    start: date = field(name="from")
    end: date = field(name="to")
    raised_on: date
    state: str
    amount: str
    paid: str
    credited: str
    disputed: str
    open: str
    days: int


class BillsOut(Struct, frozen=True, kw_only=True):
    """A partner's bills, oldest first, and what they owe: `billable` is what may be billed on the day asked for. `ageing` is
    what is open by the age of its bill in days: `0-30`, `31-60`, `61-90` and `over-90`."""

    partner: str
    currency: str
    on: date
    basis: str
    unbilled: str
    billed: str
    billable: str
    ageing: dict[str, str]
    bills: list[BillOut]
