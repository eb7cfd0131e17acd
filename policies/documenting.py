"""Documents of evidence as they are taken: for an entry of this person, once each, and judged by somebody else than gave them."""

from typing import Any

import msgspec

from ledger.budgets import documents
from ledger.budgets.reading import said_at, said_of, said_of_person, setup_of
from ledger.budgets.standing import read_standing
from ledger.core.model import Detail, Guard
from policies.resolution import Resolution
from policies.settling import NotSettled
from policies.sheets import NotThere

Connection = Any


async def give_document(
    connection: Connection, book_id: int, document: documents.Document, *, detail: Detail
) -> Resolution:  # fmt: skip
    """A file, or an explanation instead of one (reg 12), for a claim, an invoice or a bank line of this person; posts nothing. An
    explanation may be given anew. NotThere(person_unknown); NotSettled(evidence_not_found, document_known)."""
    if not setup_of((await read_standing(connection, book_id, document.person)).said).registered:
        raise NotThere("person_unknown")
    about = await said_at(connection, book_id, document.of)
    if about is None or about.act not in documents.OF or about.attributes.get("person") != document.person:
        raise NotSettled("evidence_not_found")
    before = await said_of(connection, book_id, document.subject)
    if before and document.sha256 is not None:
        raise NotSettled("document_known")
    if document.sha256 is not None:
        others = documents.documents_in(await said_of_person(connection, book_id, document.person, ["evidence"]))
        seen = any(each.sha256 == document.sha256 for _, each in others)
        document = msgspec.structs.replace(document, again=seen)
    act = "document_said" if document.sha256 is None else "document_given"
    record = documents.document_recorded(act, document, because=document.of, detail=detail)
    return Resolution((record,), (Guard(document.subject, before[-1].number if before else 0),))


async def judge_document(
    connection: Connection, book_id: int, *, person: str, number: int, state: str, detail: Detail | None
) -> Resolution:  # fmt: skip
    """Says how a document stands, by another than gave it. NotSettled(document_not_found)."""
    found = await document_given(connection, book_id, person, number)
    subject = found.subject
    last = (await said_of(connection, book_id, subject))[-1].number
    judged = documents.document_recorded("document_judged", msgspec.structs.replace(found, state=state), because=number,
                                         detail=detail)  # fmt: skip
    return Resolution((judged,), (Guard(subject, last),), (number,))


async def document_given(connection: Connection, book_id: int, person: str, number: int) -> documents.Document:
    """The document that an entry of this person gave, as it stands. NotSettled(document_not_found)."""
    said = await said_at(connection, book_id, number)
    if said is None or said.act not in ("document_given", "document_said") or said.attributes.get("person") != person:
        raise NotSettled("document_not_found")
    newest = (await said_of(connection, book_id, said.subject))[-1]
    return documents.document_of(newest.attributes)[0]
