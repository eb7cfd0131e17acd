"""What clients get back about money owed: debts by age, the losses register, open notices."""

from datetime import date

from msgspec import Struct

from api.keeping_back import Open
from ledger.money import format_amount


class DebtOut(Struct, frozen=True, kw_only=True):
    """A demand of which something is outstanding. `age` is `not_due`, or how many days the time to pay is over: `1-30`, `31-60`,
    `61-90`, `over_90`."""

    number: int
    person: str
    line: str
    debtor: str
    demanded_on: date | None
    pay_by: date | None
    amount: str
    outstanding: str
    overdue_days: int
    age: str


class DebtsOut(Struct, frozen=True, kw_only=True):
    """A page of aged debts; `outstanding` is what the demands that it shows come to. `kept_back` are of people whose records are
    for others of the staff."""

    book: str
    currency: str
    on: date
    outstanding: str
    debts: list[DebtOut]
    kept_back: int


class LossOut(Struct, frozen=True, kw_only=True):
    """A row of the losses register. `limit` is what one person could give up on that day; `approved` the referral that a second
    person approved, null within the limit."""

    number: int
    on: date | None
    person: str
    line: str
    loss: str
    amount: str
    authority: str
    limit: str
    approved: int | None
    demand: int | None


class LossesOut(Struct, frozen=True, kw_only=True):
    """A page of the losses register; `lost` is what the rows that it shows come to. `kept_back` are of people whose records are
    for others of the staff."""

    book: str
    currency: str
    lost: str
    losses: list[LossOut]
    kept_back: int


class OpenNoticeOut(Struct, frozen=True, kw_only=True):
    """A notice that was not withdrawn and by which nothing has been demanded yet: what became of it last, and when."""

    number: int
    person: str
    about: str
    act: str
    on: date
    amount: str | None
    pay_by: date | None
    takes_effect_on: date | None


class OpenNoticesOut(Struct, frozen=True, kw_only=True):
    """A page of open notices, by number. `kept_back` are of people whose records are for others of the staff."""

    book: str
    notices: list[OpenNoticeOut]
    kept_back: int


def debts_of(found: Open, book: str, currency: str, on: date) -> DebtsOut:
    """As it is shown."""
    rows = [
        DebtOut(
            number=each.number, person=each.person, line=each.line, debtor=each.debtor, demanded_on=each.demanded_on,
            pay_by=each.pay_by, amount=format_amount(each.amount), outstanding=format_amount(each.outstanding),
            overdue_days=each.overdue_days, age=each.age,
        )
        for each in found.rows
    ]  # fmt: skip
    total = format_amount(sum(each.outstanding for each in found.rows))
    return DebtsOut(book=book, currency=currency, on=on, outstanding=total, debts=rows, kept_back=found.kept_back)


def losses_of(found: Open, book: str, currency: str) -> LossesOut:
    """As it is shown."""
    rows = [
        LossOut(
            number=each.number, on=each.on, person=each.person, line=each.line, loss=each.loss,
            amount=format_amount(each.amount), authority=each.authority, limit=format_amount(each.limit),
            approved=each.approved, demand=each.demand,
        )
        for each in found.rows
    ]  # fmt: skip
    total = format_amount(sum(each.amount for each in found.rows))
    return LossesOut(book=book, currency=currency, lost=total, losses=rows, kept_back=found.kept_back)


def notices_of(found: Open, book: str) -> OpenNoticesOut:
    """As it is shown."""
    rows = [
        OpenNoticeOut(
            number=each.number, person=each.person, about=each.about, act=each.act, on=each.on,
            amount=None if each.amount is None else format_amount(each.amount), pay_by=each.pay_by,
            takes_effect_on=each.takes_effect_on,
        )
        for each in found.rows
    ]  # fmt: skip
    return OpenNoticesOut(book=book, notices=rows, kept_back=found.kept_back)
