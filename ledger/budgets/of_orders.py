"""What was taken of an order so far: all of it together, in however many parts it comes; and what stands under an approval.

What uses an order are its invoices, what a holder paid of it, imported payments that were for it, and care of a year's end that has
no invoice yet, at its estimate. Which of them count, and what came back of each, one statement says (`store.USED_UNDER`).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from ledger.budgets import store

Connection = Any
_read_stands = msgspec.json.Decoder(list[tuple[int, int, int]]).decode


class Invoiced(NamedTuple):
    """What the invoices of some orders come to, less what was given back of them: pence, and hundredths of units where said."""

    pence: int
    quantity: int


async def invoiced_on(connection: Connection, book_id: int, person: str, hold: int) -> Invoiced:
    """Everything that was accepted of an order and was not reversed, together."""
    return _together(await connection.fetchrow(store.USED_UNDER, book_id, person, None, hold))


async def used_under(connection: Connection, book_id: int, person: str, approval: int) -> int:
    """Pence that an approval stands for already: what its own order and every later one that relies on it still keep, and what was
    invoiced of them less what was given back. One statement."""
    row = await connection.fetchrow(store.USED_UNDER, book_id, person, approval, None)
    return int(row["kept"]) + _together(row).pence


def _together(row: Any) -> Invoiced:
    return stays(_read_stands(row["stands"]))


def stays(used: Iterable[tuple[int, int, int]]) -> Invoiced:
    """What is left of things that used an order (pence, hundredths of units, pence that came back) once what came back is off."""
    pence = quantity = 0
    for amount, units, back in used:
        left = max(0, amount - back)
        pence += left
        quantity += units * left // amount
    return Invoiced(pence, quantity)
