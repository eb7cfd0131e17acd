"""Documents of evidence over HTTP: files sent in and served, explanations instead of them, and how each stands."""

import asyncio
from collections.abc import Callable
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.access import Purpose, note_access
from api.answers_budgets import SettledOut, settled_of
from api.deciding import (
    SPENDING,
    carried_out,
    check_reach,
    is_staff,
    is_to_be_done,
    look_at,
    through_gate,
    words_detail,
)
from api.desk import WireRequest, answer
from api.evidence_apart import Busy, Read
from api.evidence_files import ENDINGS, FileRefused
from api.evidence_store import FilesAway, place_of
from api.finance import Number
from api.marking import mark_of
from api.open_books import OpenBook, salt, today
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of
from api.wire_evidence import DocumentKind, JudgedIn, SaidIn
from api.writing import prepare
from ledger.book.lookups import read_detail
from ledger.book.snapshot import snapshot, span
from ledger.budgets.documents import SAID_BY_HOLDERS, Document, documents_in
from ledger.budgets.reading import said_of_person
from ledger.budgets.wording import detail_of, is_said
from ledger.money import format_amount
from policies import documenting
from policies.resolution import Resolution
from policies.settling import NotSettled

Connection = Any
Result = TypeVar("Result")
EVIDENCE = f"{BUDGET}/evidence"
MOST_BYTES = 25_000_000
"""No setting lets more of one file in."""
TAGS = ["evidence"]
Of = Annotated[int, QueryParameter(ge=1, le=10**15, description="The entry that it is evidence of.")]
Kind = Annotated[DocumentKind, QueryParameter(description="What it is.")]
Shown = Annotated[str | None, QueryParameter(max_length=20, description='The amount that it shows, as "75.50".')]


class DocumentOut(msgspec.Struct, frozen=True):
    """A document as it stands, without its file. `again` says that the same file was given for another entry too."""

    number: int
    of: int
    document: str
    state: str
    amount: str | None
    sha256: str | None
    size: int | None
    type: str | None
    again: bool


class DocumentsOut(msgspec.Struct, frozen=True):
    """Every document of a person."""

    through_entry: int
    documents: list[DocumentOut]


async def in_store(work: Callable[..., Result], *given: Any) -> Result:
    """What the store makes of it, away from the event loop. Problem(files_away)."""
    try:
        return await asyncio.to_thread(work, *given)
    except FilesAway:
        raise Problem("files_away") from None


def _marked(request: WireRequest, book: OpenBook, likeness: tuple[str | None, ...]) -> str | None:
    """The marks of how a picture looks, quarter by quarter; `-` for one with hardly anything on it."""
    if not any(likeness):
        return None
    marks = [
        mark_of(request, book, f"quarter {place}", each)[:16] if each else "-" for place, each in enumerate(likeness)
    ]
    return ".".join(marks)


@post(
    f"{EVIDENCE}/files", permission=Permission.GIVE_EVIDENCE, operation_id="giveFile", tags=TAGS,
    request_max_body_size=MOST_BYTES,
)  # fmt: skip
async def give_file(
    request: WireRequest, book: FromPath[str], person: FromPath[str], of: Of, document: Kind, amount: Shown = None,
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Takes a file, the body of the request, as evidence: PDF, JPEG, PNG or HEIC, told by its content. Pictures are drawn anew
    without what the camera wrote into them."""
    opened, key = await prepare(request, book)
    sent = await request.body()
    if len(sent) > request.desk.settings.file_bytes:
        raise Problem("file_too_large")
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    digest = sha256(sent).hexdigest()
    return await taken(request, opened, key, person, sent, digest, of, document, amount, is_dry=dry_run)


async def taken(
    request: WireRequest, opened: OpenBook, key: str, person: str, sent: bytes | None, whole: str, of: int, document: str,
    amount: str | None, *, is_dry: bool, otherwise: Problem | None = None,
) -> Response[SettledOut]:  # fmt: skip
    """A file taken as evidence, whose SHA-256 is `whole` as it was sent. Where it is not there (None) the first answer of this
    key is given again, and else `otherwise` is the no."""
    request.fields = {"of": of, "document": document, "amount": amount, "sha256": whole}
    pence = None if amount is None else amount_of(amount, "amount", is_size=True)
    # Before the book is reached: it takes its time, and nobody waits for it there.
    read = None if sent is None else await _read(request, sent)

    async def make(connection: Connection, book_id: int) -> Resolution:
        if read is None:
            raise otherwise or Problem("file_empty")
        given = Document(person=person, of=of, kind=document, state="complete", sha256=read.digest, size=len(read.kept.content),
                         media_type=read.kept.media_type, amount=pence,
                         likeness=_marked(request, opened, read.likeness))  # fmt: skip
        return await documenting.give_document(
            connection, book_id, given, detail=detail_of(salt(), {"document": document})
        )

    route = f"evidence/{person}/files"
    if read is not None and not is_dry and await is_to_be_done(request, opened, key, route, make):
        # Before its entry, so that no entry names a file that was never there, and while no connection is held. What is refused
        # after all leaves a file that nothing needs, and is swept.
        await in_store(request.desk.files.put, place_of(opened.row.code, person, read.digest), read.kept.content)
    written, detail = await carried_out(request, opened, key, route, make, person, is_dry=is_dry)
    return answer(settled_of(written, detail), written.status, written.headers)


async def _read(request: WireRequest, sent: bytes) -> Read:
    """A file, read apart. Problem(files_busy), and those of FileRefused."""
    try:
        return await request.desk.readers.read(sent)
    except FileRefused as no:
        raise Problem(no.code) from None
    except Busy:
        raise Problem("files_busy") from None


@post(EVIDENCE, permission=Permission.GIVE_EVIDENCE, operation_id="explainEvidence", tags=TAGS)
async def say(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[SaidIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Says what became of a document that is not there; an explanation is lawful evidence (reg 12)."""
    opened, key = await prepare(request, book)
    if not is_said(data.words):
        raise Problem("words_missing", field="words")
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    if data.state not in SAID_BY_HOLDERS and not is_staff(request):
        raise Problem("permission_missing")
    async with request.desk.books.reading(opened.row) as connection:
        await check_reach(request, connection, opened.row.book_id, person, SPENDING)
    said = Document(person=person, of=data.of, kind=data.document, state=data.state,
                    amount=None if data.amount is None else amount_of(data.amount, "amount", is_size=True))  # fmt: skip
    written, detail = await carried_out(
        request, opened, key, f"evidence/{person}",
        lambda connection, book_id: documenting.give_document(
            connection, book_id, said, detail=detail_of(salt(), {"words": data.words})
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@post(f"{EVIDENCE}/{{number:int}}/judge", permission=Permission.ACCEPT_CLAIMS, operation_id="judgeEvidence", tags=TAGS)
async def judge(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, data: JSONBody[JudgedIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Says how a document stands, by another than gave it, when the rules allow it: what cannot be read, is missing or explained is
    written down in any case."""
    opened, key = await prepare(request, book)
    words = words_detail(data.words)
    written, detail = await through_gate(
        request, opened, key, f"evidence/{person}/{number}/judge",
        lambda gate, sender, timeout: documenting.judge_document(
            gate, sender, timeout, person=person, number=number, state=data.state, effective_on=today(), detail=words,
            approved=data.approved or 0,
        ),
        is_dry=dry_run,
    )  # fmt: skip
    return answer(settled_of(written, detail), written.status, written.headers)


@get(EVIDENCE, permission=Permission.SEE_BUDGETS, operation_id="listEvidence", tags=TAGS)
async def list_evidence(
    request: WireRequest, book: FromPath[str], person: FromPath[str]
) -> Response[DocumentsOut]:  # fmt: skip
    """Every document of a person as it stands; its words and files are read one by one."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person)
        through, _ = await span(connection, row.book_id)
        found = documents_in(await said_of_person(connection, row.book_id, person, ["evidence"]))
    return answer(DocumentsOut(through, [
        DocumentOut(
            number, each.of, each.kind, each.state, None if each.amount is None else format_amount(each.amount), each.sha256,
            each.size, each.media_type, each.again,
        )
        for number, each in found
    ]))  # fmt: skip


@get(
    f"{EVIDENCE}/{{number:int}}/file", permission=Permission.SEE_BUDGETS, operation_id="readFile", tags=TAGS,
    produces="application/octet-stream",
)  # fmt: skip
async def read_file(
    request: WireRequest, book: FromPath[str], person: FromPath[str], number: Number, purpose: Purpose = None
) -> Response[bytes]:  # fmt: skip
    """The file of a document, to be saved and not shown. Who asked, and when, is written down before it is answered."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        await check_reach(request, connection, row.book_id, person, in_full=True)
        try:
            found = await documenting.document_given(connection, row.book_id, person, number)
        except NotSettled as no:
            raise Problem(no.code) from None
        is_there = await read_detail(connection, row.book_id, number) is not None
        if found.sha256 is not None and is_there:
            await look_at(
                request, row, connection, person, "read_evidence", purpose=purpose, subject=f"evidence/{number}"
            )
    if found.sha256 is None:
        raise Problem("file_not_there")
    if not is_there:
        raise Problem("file_erased")
    if not is_staff(request):
        await note_access(request, row, "read_evidence", f"evidence/{number}")
    content = await in_store(request.desk.files.get, place_of(row.code, person, found.sha256))
    if content is None:
        raise Problem("file_not_there")
    media_type = found.media_type or "application/octet-stream"
    headers = {
        "Content-Disposition": f'attachment; filename="evidence-{number}.{ENDINGS[media_type]}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


HANDLERS = [give_file, say, judge, list_evidence, read_file]
