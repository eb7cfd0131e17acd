"""Bills to partners (event 44): what of their part of a cost was asked of them, disputed, paid and credited, bill by bill.

A bill is stated whole each time: `amount`, and of it what was `paid` and `credited` so far and is `disputed` now, in pence.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, Unpack

import msgspec

from ledger.budgets import store_bills
from ledger.budgets.chart import account
from ledger.budgets.movement import Movement, Stated, about
from ledger.budgets.shares import check_name
from ledger.budgets.standing import Said
from ledger.budgets.wording import among, attributes, day_needed, day_of, needed, number_of, within
from ledger.core.model import Detail, Malformed, check_size
from ledger.core.requests import Post, Record

Connection = Any
ACTS = ("raised", "disputed", "dispute_ended", "paid", "credited")
BASES = ("spent", "paid")
"""What a partner is billed on: the cost of care as it is recognised, or what has been paid for."""
SETTING = "setting/partner_billing"


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """One bill: whose, under which number of ours, for the cost of which days."""

    partner: str
    bill: str
    start: date
    end: date
    raised_on: date
    amount: int
    paid: int = 0
    credited: int = 0
    disputed: int = 0

    def __post_init__(self) -> None:
        check_name(self.partner, "partner")
        check_name(self.bill, "bill")
        within(self.start, self.end)
        check_size(self.amount, "amount")
        if min(self.paid, self.credited, self.disputed) < 0 or self.disputed > self.open:
            raise Malformed("bill_malformed", "amount")

    @property
    def open(self) -> int:
        """Pence still to come of it."""
        return self.amount - self.paid - self.credited

    @property
    def subject(self) -> str:
        """`bill/{partner}/{number}`."""
        return f"bill/{self.partner}/{self.bill}"


def bill_recorded(
    act: str, bill: Bill, *, because: int = 0, reason: str | None = None, detail: Detail | None = None
) -> Record:
    """A bill `raised`, `disputed`, `dispute_ended`, `paid` or `credited`, stated whole. Subject `bill/{partner}/{number}`."""
    given = attributes(
        among(act, ACTS, "act"), partner=bill.partner, bill=bill.bill, from_=bill.start, to=bill.end, raised_on=bill.raised_on,
        amount=bill.amount, paid=bill.paid, credited=bill.credited, disputed=bill.disputed, reason=reason,
    )  # fmt: skip
    return Record(kind="bill", subject=bill.subject, because=because, detail=detail, attributes=given)


def bill_of(given: Mapping[str, str]) -> Bill:
    """The bill of a register row."""
    return Bill(
        partner=needed(given, "partner"), bill=needed(given, "bill"), start=day_needed(given, "from"),
        end=day_needed(given, "to"), raised_on=day_needed(given, "raised_on"), amount=number_of(given, "amount"),
        paid=number_of(given, "paid"), credited=number_of(given, "credited"), disputed=number_of(given, "disputed"),
    )  # fmt: skip


def _moved(amount: int, partner: str, debit: str, credit: str, stated: Stated) -> Post:
    check_size(amount, "amount")
    moved = Movement()
    moved.pay(amount, debit=debit, credit=credit)
    return Post(event=44, legs=moved.legs, **about(f"partner/{partner}", stated))


def _of(partner: str, part: str) -> str:
    return account(f"partner/{part}", partner=partner).code


def partner_billed(*, amount: int, partner: str, **stated: Unpack[Stated]) -> Post:
    """Event 44, billed: Dr billed / Cr unbilled. Subject `partner/{partner}`. Refusals: account_unknown, and those of the day.
    Source: accounting.md event 44, R7."""
    return _moved(amount, partner, _of(partner, "billed"), _of(partner, "unbilled"), stated)


def bill_credited(*, amount: int, partner: str, **stated: Unpack[Stated]) -> Post:
    """Event 44 mirrored: what was billed too much can be billed again. Dr unbilled / Cr billed. Refusals: account_unknown, and
    those of the day. Source: accounting.md event 44, R7."""
    return _moved(amount, partner, _of(partner, "unbilled"), _of(partner, "billed"), stated)


def partner_paid(*, amount: int, partner: str, bank: str, **stated: Unpack[Stated]) -> Post:
    """Event 44, the partner pays: Dr bank / Cr billed. Refusals: account_unknown, and those of the day. Source: accounting.md event
    44, R7."""
    return _moved(amount, partner, account("bank", account=bank).code, _of(partner, "billed"), stated)


def basis_recorded(basis: str, start: date) -> Record:
    """What partners are billed on from a day: one of BASES. Subject `setting/partner_billing`."""
    return Record(
        kind="setting",
        subject=SETTING,
        attributes=attributes("changed", basis=among(basis, BASES, "basis"), from_=start),
    )


def basis_on(given: list[dict[str, str]], day: date) -> str:
    """The basis on a day, from everything recorded of it in order: the last word of those from that day or before; else `spent`."""
    said = [row["basis"] for row in given if (day_of(row, "from") or day) <= day]
    return said[-1] if said else "spent"


class PartnerStanding(msgspec.Struct, frozen=True):
    """What a partner owes: not billed, billed, and what of the unbilled is for invoices that are not paid yet, in pence; the last
    entry about them; and what was said of the basis, and of the bill that was asked for."""

    unbilled: int
    billed: int
    unpaid: int
    version: int
    said: list[Said]

    def basis_on(self, day: date) -> str:
        """What partners are billed on, on a day: what is `spent`, unless the book says otherwise, or what is `paid`."""
        return basis_on([row.attributes for row in self.said if row.subject == SETTING], day)

    def billable_on(self, day: date) -> int:
        """Pence that they may be billed on a day; below nought when credits came after bills."""
        return self.unbilled - (self.unpaid if self.basis_on(day) == "paid" else 0)


_read_said = msgspec.json.Decoder(list[Said]).decode


async def read_partner(connection: Connection, book_id: int, partner: str, bill: str = "") -> PartnerStanding | None:
    """How a partner stands now, with what was said of a bill by its subject; None if there is none such. Role phb_reader."""
    row = await connection.fetchrow(store_bills.PARTNER, book_id, partner, [SETTING, bill])
    if row is None or row["unbilled"] is None or row["billed"] is None:
        return None
    return PartnerStanding(row["unbilled"], row["billed"], row["unpaid"], row["version"], _read_said(row["said"]))


async def bills_of(connection: Connection, book_id: int, partner: str) -> list[tuple[Bill, str]]:
    """Every bill of a partner and the last word on it, oldest first. Role phb_reader."""
    rows = await connection.fetch(store_bills.BILLS_OF_PARTNER, book_id, partner)
    return [(bill_of(msgspec.json.decode(row["attributes"], type=dict[str, str])), row["act"]) for row in rows]
