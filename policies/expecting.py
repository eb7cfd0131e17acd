"""Credit losses that were expected: what an allowance gives back once the money is written off."""

from datetime import date
from typing import Any

from ledger.budgets.chart import account
from ledger.budgets.presence import balance_of
from ledger.budgets.recovery import credit_loss_expected
from ledger.core.calendar import year_of
from ledger.core.requests import AnyRequest

Connection = Any


def allowance_for(loss: str) -> str:
    """The account in which losses of a class are expected."""
    return account("allowance", reason=loss).code


async def no_longer_expected(
    connection: Connection, book_id: int, loss: str, amount: int, day: date
) -> tuple[AnyRequest, ...]:  # fmt: skip
    """The release of what was expected to be lost of this class, as far as its allowance goes."""
    kept = -(await balance_of(connection, book_id, allowance_for(loss)) or 0)
    if kept <= 0:
        return ()
    return (
        credit_loss_expected(amount=min(amount, kept), reason=loss, year=year_of(day), released=True, effective_on=day),
    )
