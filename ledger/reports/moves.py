"""R11: what one book says that another owes it for people who moved is what the other says that it owes, transfer by transfer.

Each book is read by a connection of its own, of one moment each: between the two something may have happened, and then a second run
says so. What one side has not recorded yet is open and no breach.
"""

from typing import Any

import msgspec

from ledger.book.snapshot import snapshot
from ledger.reports import store_moves as store

Connection = Any


class TransferRead(msgspec.Struct, frozen=True):
    """One transfer from a book to another: its entry there, pence as each side has it (None: not recorded), and whether each side
    has settled it."""

    entry: int
    out_pence: int | None
    in_pence: int | None
    out_settled: bool
    in_settled: bool

    @property
    def breach(self) -> str | None:
        """Why the two sides cannot both be right; None when they agree, or one has still to act."""
        if self.out_pence is None:
            return f"entry {self.entry} was taken over and never given"
        if self.in_pence is None:
            return "it was paid for and never taken over" if self.out_settled else None
        if self.out_pence != self.in_pence:
            return f"one side says {self.out_pence} and the other {self.in_pence}"
        if self.out_settled and not self.in_settled:
            return "one side has been paid and the other still owes"
        return None

    @property
    def state(self) -> str:
        """agreed, open (not taken over yet), on_its_way (paid, not received yet), owed, or broken."""
        if self.breach is not None:
            return "broken"
        if self.in_pence is None:
            return "open"
        if self.in_settled:
            return "agreed" if self.out_settled else "on_its_way"
        return "owed"


async def transfers_between(
    giving: tuple[Connection, int], taking: tuple[Connection, int]
) -> tuple[TransferRead, ...]:  # fmt: skip
    """Every transfer from the first book to the second, by entry. Each is a connection of role phb_reader, and a book's id."""
    (out, out_id), (into, in_id) = giving, taking
    async with snapshot(out), snapshot(into):
        code, other = await out.fetchval(store.CODE_OF_BOOK, out_id), await into.fetchval(store.CODE_OF_BOOK, in_id)
        given = {row["number"]: row for row in await out.fetch(store.MOVED_OUT, out_id, other)}
        taken = {row["number"]: row for row in await into.fetch(store.MOVED_IN, in_id, code)}
    return tuple(
        TransferRead(
            number, given[number]["amount"] if number in given else None, taken[number]["amount"] if number in taken else None,
            number in given and given[number]["settled"], number in taken and taken[number]["settled"],
        )
        for number in sorted(given.keys() | taken.keys())
    )  # fmt: skip
