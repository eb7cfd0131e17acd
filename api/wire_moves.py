"""What clients may send about people who move between commissioners."""

from typing import Annotated

from msgspec import Meta, Struct

from api.wire import Currency, Day, EntryNumber, Size
from api.wire_budgets import Name

Hash = Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9a-f]{64}$"}, min_length=64, max_length=64)]
Hashes = Annotated[list[Hash], Meta(max_length=64)]
BookName = Annotated[str, Meta(description="A book's code, as its commissioner has it.", min_length=1, max_length=40)]


class MoveOutIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The person's line goes to another commissioner's book: `amount` is the cash in hand that goes with them, left out where there
    is none. What of the account is not explained yet, or questioned, goes along with the last of the account's lines, by an entry
    for each line that was paid for it; the other commissioner takes each over by its own receipt.
    `approved` is the number of the decision that referred this move, once another person has approved it."""

    line: Name
    book: Name
    amount: Size | None = None
    currency: Currency
    effective_on: Day
    approved: EntryNumber | None = None


class ReceiptIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A receipt as `GET …/entries/{number}/receipt` of the other book gave it, with its signed checkpoint."""

    book: BookName
    origin: Annotated[str, Meta(min_length=1, max_length=200)]
    number: EntryNumber
    line: Annotated[str, Meta(min_length=1, max_length=20_000)]
    leaf: Hash
    tree_size: EntryNumber
    root: Hash
    path: Hashes
    checkpoint: Annotated[str, Meta(min_length=1, max_length=4_000)]
    consistency: Hashes


class MoveInIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes over what an entry of another book says came with the person; `payee` is that commissioner, as a payee here."""

    line: Name
    payee: Name
    effective_on: Day
    receipt: ReceiptIn


class MoveSettledIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The transfer was paid: `bank` names one of the book's own banks."""

    bank: Name
    effective_on: Day
