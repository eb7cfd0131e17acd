"""Lists for finance about money owed: debts by age, the losses register, and notices that nothing has followed yet.

Every read takes a connection of role phb_reader with the book set. Amounts are pence; lists go by entry number, page by page.
"""

from datetime import date
from typing import Any

import msgspec

from ledger.budgets.owing import STEPS
from ledger.reports import store_owing as store

Connection = Any
OF_DEMAND = ["demanded", "repayment_returned", *STEPS]
"""The acts of a demand that state an amount."""
AGES = (30, 60, 90)
"""Days after the time to pay, each the last of its age."""


class Debt(msgspec.Struct, frozen=True, kw_only=True):
    """A demand of which something is outstanding. `overdue_days` is how long the time to pay is over, 0 while it is not."""

    number: int
    person: str
    line: str
    debtor: str
    demanded_on: date | None
    pay_by: date | None
    amount: int
    outstanding: int
    overdue_days: int
    age: str


class Loss(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the losses register. `approved` is the referral that a second person approved, None within the limit."""

    number: int
    on: date | None
    person: str
    line: str
    loss: str
    amount: int
    authority: str
    limit: int
    approved: int | None
    demand: int | None


class OpenNotice(msgspec.Struct, frozen=True, kw_only=True):
    """A notice as it stands: `act` is what became of it last, `on` when, `amount` what it asks for, if it asks for any."""

    number: int
    person: str
    about: str
    act: str
    on: date
    amount: int | None
    pay_by: date | None
    takes_effect_on: date | None


def age_of(overdue_days: int) -> str:
    """In which column of aged debts it stands: not due, 1-30, 31-60, 61-90 or over 90 days."""
    if overdue_days <= 0:
        return "not_due"
    before = 0
    for last in AGES:
        if overdue_days <= last:
            return f"{before + 1}-{last}"
        before = last
    return f"over_{before}"


def _given(row: Any) -> dict[str, str]:
    return msgspec.json.decode(row["attributes"], type=dict[str, str])


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _number(text: str | None) -> int | None:
    return None if text is None else int(text)


async def read_debts(connection: Connection, book_id: int, on: date, *, after: int, limit: int) -> list[Debt]:
    """Demands of which something is outstanding, aged on a day, oldest entry first."""
    found = []
    for row in await connection.fetch(store.DEMANDS, book_id, OF_DEMAND, after, limit):
        given = _given(row)
        pay_by = _day(given.get("pay_by"))
        overdue = max(0, (on - pay_by).days) if pay_by is not None else 0
        found.append(Debt(
            number=row["number"], person=given["person"], line=given["line"], debtor=given["debtor"], demanded_on=row["day"],
            pay_by=pay_by, amount=int(given["amount"]), outstanding=row["outstanding"], overdue_days=overdue,
            age=age_of(overdue),
        ))  # fmt: skip
    return found


async def read_losses(connection: Connection, book_id: int, *, after: int, limit: int) -> list[Loss]:
    """The losses register by entry."""
    found = []
    for row in await connection.fetch(store.LOSSES, book_id, after, limit):
        given = _given(row)
        found.append(Loss(
            number=row["number"], on=row["day"], person=given["person"], line=given["line"], loss=given["loss"],
            amount=int(given["amount"]), authority=given["authority"], limit=int(given["limit"]),
            approved=_number(given.get("approved")), demand=_number(given.get("demand")),
        ))  # fmt: skip
    return found


async def read_open_notices(connection: Connection, book_id: int, *, after: int, limit: int) -> list[OpenNotice]:
    """Notices that were not withdrawn and by which nothing has been demanded yet, by the entry that made them."""
    found = []
    for row in await connection.fetch(store.OPEN_NOTICES, book_id, after, limit):
        given = _given(row)
        found.append(OpenNotice(
            number=row["number"], person=given["person"], about=given["about"], act=row["act"],
            on=date.fromisoformat(given["on"]), amount=_number(given.get("amount")), pay_by=_day(given.get("pay_by")),
            takes_effect_on=_day(given.get("takes_effect_on")),
        ))  # fmt: skip
    return found
