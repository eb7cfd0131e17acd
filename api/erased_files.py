"""What erasing a document's details takes with it: the file, once no other entry of the person needs it."""

import os
from pathlib import Path
from typing import Any

from api.evidence_store import DirectoryStore, EvidenceStore, place_of
from ledger.book.lookups import read_detail
from ledger.budgets.documents import document_of
from ledger.budgets.reading import said_at, said_of_person

Connection = Any


def files_beside(notes: Path) -> EvidenceStore:
    """The files of an installation whose notes lie here, as the service has them."""
    return DirectoryStore(Path(os.environ.get("PHB_FILES_DIR") or notes.parent / "files"))


async def forget_files(
    connection: Connection, book_id: int, book: str, entries: tuple[int, ...], store: EvidenceStore
) -> int:  # fmt: skip
    """Let the files of erased entries go; how many went. Asked again it goes on where it was cut off."""
    gone = 0
    for number in entries:
        said = await said_at(connection, book_id, number)
        if said is None or said.act != "document_given":
            continue
        document, _ = document_of(said.attributes)
        needed = [
            row.number for row in await said_of_person(connection, book_id, document.person, ["evidence"])
            if row.act == "document_given" and row.attributes.get("sha256") == document.sha256
            and await read_detail(connection, book_id, row.number) is not None
        ]  # fmt: skip
        name = place_of(book, document.person, document.sha256 or "")
        if not needed and store.exists(name):
            store.delete(name)
            gone += 1
    return gone
