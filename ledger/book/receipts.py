"""Receipts of another book, checked without its database: line, leaf, inclusion, and a signed checkpoint (docs/format.md section
9)."""

from collections.abc import Sequence

import msgspec

from ledger.book.checkpoint import open_checkpoint
from ledger.core.canon import Entry, NotALine, parse
from ledger.core.merkle import leaf_hash, verify_consistency, verify_inclusion
from ledger.core.note import NotACheckpoint, NoteNotVerified, Verifier


class ReceiptUnfit(ValueError):
    """What was given as a receipt proves nothing: `code` is always the same, `why` says for people what failed."""

    code = "receipt_unfit"

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Receipt(msgspec.Struct, frozen=True):
    """A receipt as it is read; hashes are in hex."""

    book: str
    origin: str
    number: int
    line: str
    leaf: str
    tree_size: int
    root: str
    path: list[str]
    checkpoint: str
    consistency: list[str]


def check_receipt(receipt: Receipt, verifiers: Sequence[Verifier]) -> Entry:
    """The entry that a receipt proves to be in its book, under a checkpoint that one of the verifiers signed. ReceiptUnfit."""
    try:
        entry = parse(receipt.line)
        signed = open_checkpoint(receipt.checkpoint, verifiers)
        leaf, root = bytes.fromhex(receipt.leaf), bytes.fromhex(receipt.root)
        path, later = [[bytes.fromhex(each) for each in hashes] for hashes in (receipt.path, receipt.consistency)]
    except (NotALine, NoteNotVerified, NotACheckpoint, ValueError) as wrong:
        raise ReceiptUnfit(f"it cannot be read, or nobody known has signed it: {wrong}") from None
    if (entry.book, entry.number, signed.origin) != (receipt.book, receipt.number, receipt.origin):
        raise ReceiptUnfit("it is about another entry, book or tree than it says")
    if leaf != leaf_hash(receipt.line.encode()):
        raise ReceiptUnfit("the line is not that of the leaf")
    if not verify_inclusion(leaf, receipt.number - 1, receipt.tree_size, root, path):
        raise ReceiptUnfit("the entry is not shown to be in the tree")
    if not verify_consistency(receipt.tree_size, root, signed.size, signed.root, later):
        raise ReceiptUnfit("the tree is not shown to be within the signed one")
    return entry
