"""The soft close of a month: finance closes it to everybody else, and another person of finance may open it again."""

from datetime import date
from typing import Any

from ledger.budgets.reading import said_of
from ledger.budgets.soft_closes import SOFT_ACTS, soft_recorded
from ledger.core.calendar import period_days
from ledger.core.model import Guard
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any


async def change_soft_close(
    connection: Connection, book_id: int, *, month: str, closes: bool, reason: str | None, today: date
) -> Resolution:  # fmt: skip
    """Closes a month that is over to others than finance; or opens it to them again, by another than closed it and with a reason.
    NotSettled(month_not_over, soft_close_stands, soft_close_missing, reason_missing)."""
    subject = f"period/{month}"
    said = await said_of(connection, book_id, subject)
    last = said[-1] if said else None
    stands = last is not None and last.act == SOFT_ACTS[0]
    guard = Guard(subject, last.number if last else 0)
    if closes:
        if today <= period_days(month)[1]:
            raise NotSettled("month_not_over")
        if stands:
            raise NotSettled("soft_close_stands")
        return Resolution((soft_recorded("soft_closed", month, reason=reason),), (guard,))
    if not stands or last is None:
        raise NotSettled("soft_close_missing")
    if reason is None:
        raise NotSettled("soft_open_reason_missing")
    return Resolution(
        (soft_recorded("soft_opened", month, reason=reason, because=last.number),), (guard,), (last.number,)
    )
