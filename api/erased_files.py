"""What erasing a document's details takes with it: the file, once no other entry of the person needs it."""

import os
from pathlib import Path
from typing import Any

from api.evidence_bucket import store_at
from api.evidence_store import EvidenceStore, place_of
from api.settings import read_files_at
from ledger.budgets.documents import document_of, files_needed
from ledger.budgets.reading import said_at

Connection = Any


def files_beside(notes: Path) -> EvidenceStore:
    """The files of an installation whose notes lie here, as the service has them."""
    return store_at(read_files_at(os.environ, notes))


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
        needed = await files_needed(connection, book_id, document.person)
        name = place_of(book, document.person, document.sha256 or "")
        if (document.person, document.sha256) not in needed and store.put_at(name) is not None:
            store.delete(name)
            gone += 1
    return gone
