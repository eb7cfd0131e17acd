"""Files that nothing needs: of an entry that was never written, of an erasure cut off, and parts that nobody went on with."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from api.evidence_store import PARTS, EvidenceStore, Kept
from ledger.budgets.documents import files_needed

Connection = Any


class Swept(msgspec.Struct, frozen=True):
    """What a sweep found: files of the book that no document needs, and parts of files, by their names in the store; and which
    files a document needs that are not there."""

    files: list[str]
    parts: list[str]
    missing: list[str]


async def sweep(
    connection: Connection, book_id: int, book: str, store: EvidenceStore, before: datetime, *, is_dry: bool
) -> Swept:  # fmt: skip
    """Lets everything go that nothing needs and that was put before a moment; a dry sweep only names it. Parts are those of
    all books, since their folders do not say whose they are. FilesAway. Role phb_reader, the book set."""
    needed = {f"{book}/{person}/{digest}" for person, digest in await files_needed(connection, book_id)}
    kept = list(store.kept(book))
    old = [each.name for each in kept if each.put_at < before and each.name not in needed]
    parts = list(_left_over(store, before))
    if not is_dry:
        old = [name for name in old if await _let_go(connection, book_id, store, name, before)]
        for name in parts:
            store.delete(name)
    return Swept(old, parts, sorted(needed - {each.name for each in kept}))


def _left_over(store: EvidenceStore, before: datetime) -> Iterator[str]:
    """The parts of folders in which nothing was put since."""
    folders: dict[str, list[Kept]] = {}
    for each in store.kept(PARTS):
        folders.setdefault(each.name.rpartition("/")[0], []).append(each)
    for waiting in folders.values():
        if max(each.put_at for each in waiting) < before:
            yield from (each.name for each in waiting)


async def _let_go(connection: Connection, book_id: int, store: EvidenceStore, name: str, before: datetime) -> bool:
    """Looked at once more first: whoever gives a file puts it, and so makes it new, before its entry is written."""
    _, person, digest = name.split("/")
    if (person, digest) in await files_needed(connection, book_id, person):
        return False
    put_at = store.put_at(name)
    if put_at is None or put_at >= before:
        return False
    store.delete(name)
    return True
