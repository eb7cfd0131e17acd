"""Proof: receipts of entries, and the signed checkpoints they lead to."""

import asyncio
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from api.desk import WireRequest, answer, tagged_answer
from api.finance import Number
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.wire import CheckpointIn
from ledger.book.books import BookRow
from ledger.book.checkpoint import (
    EntryUnknown,
    TreeSizeUnfit,
    latest_note,
    open_checkpoint,
    published_notes,
    receipt,
)
from ledger.book.loading import read_head
from ledger.book.submission import ForkSuspected
from ledger.core.note import NotACheckpoint, NoteNotVerified

TreeSize = Annotated[
    int | None,
    QueryParameter(
        ge=1,
        le=10**15,
        description="Prove against the tree of this size; the newest checkpoint's if left out.",
    ),
]


class ProofOut(msgspec.Struct, frozen=True):
    """A receipt as docs/format.md section 9 has it. Without `checkpoint` the root is unsigned and proves
    nothing yet."""

    book: str
    origin: str
    number: int
    line: str
    leaf: str
    tree_size: int
    root: str
    path: list[str]
    checkpoint: str | msgspec.UnsetType = msgspec.UNSET
    consistency: list[str] | msgspec.UnsetType = msgspec.UNSET


class CheckpointOut(msgspec.Struct, frozen=True):
    """A signed tree head: the note itself, and what it states."""

    origin: str
    tree_size: int
    root: str
    note: str


class CheckpointsOut(msgspec.Struct, frozen=True):
    """A page of checkpoints, smallest size first."""

    checkpoints: list[CheckpointOut]


def _stated(request: WireRequest, note: str) -> CheckpointOut:
    try:
        stated = open_checkpoint(note, request.desk.books.verifiers())
    except (NoteNotVerified, NotACheckpoint):
        raise Problem(ForkSuspected.code) from None
    return CheckpointOut(stated.origin, stated.size, stated.root.hex(), note)


async def _latest(request: WireRequest, row: BookRow) -> str | None:
    """The newest note of the tree as it is now: after a restart of the log the old tree's notes are history."""
    async with request.desk.books.reading(row) as connection:
        origin = (await read_head(connection, row.book_id))["origin"]
    return await asyncio.to_thread(latest_note, request.desk.settings.notes_dir, row.code, origin)


@get(
    "/v1/books/{book:str}/entries/{number:int}/receipt",
    permission=Permission.SEE_RECEIPTS,
    operation_id="readReceipt",
    tags=["proof"],
)
async def read_receipt(
    request: WireRequest, book: FromPath[str], number: Number, tree_size: TreeSize = None
) -> Response[ProofOut]:  # fmt: skip
    """The proof that an entry is in the book, for checking without this service (docs/format.md)."""
    row = await request.book(book)
    note = await _latest(request, row)
    if note is not None:
        _stated(request, note)
    async with request.desk.books.reading(row) as connection:
        try:
            found: dict[str, Any] = await receipt(connection, row.book_id, number, tree_size, note)
        except TreeSizeUnfit as no:
            raise Problem("tree_size_unfit", facts={"smallest": str(no.smallest), "largest": str(no.largest)}) from None
        except EntryUnknown:
            raise Problem("entry_not_found") from None
    return tagged_answer(request, msgspec.convert(found, ProofOut))


@get(
    "/v1/books/{book:str}/checkpoints",
    permission=Permission.SEE_CHECKPOINTS,
    operation_id="listCheckpoints",
    tags=["proof"],
)
async def checkpoints(
    request: WireRequest, book: FromPath[str], after: After = None, limit: Limit = 100
) -> Response[CheckpointsOut]:
    """The checkpoints published so far, smallest size first."""
    row = await request.book(book)
    scope = f"checkpoints|{row.code}"
    begins = number_position(request, scope, after)
    notes = await asyncio.to_thread(published_notes, request.desk.settings.notes_dir, row.code)
    later = [each for each in notes if each.size > begins]
    page = later[:limit]
    goes_on = page[-1].size if len(later) > limit else None
    found = [_stated(request, each.note) for each in page]
    return answer(CheckpointsOut(found), headers=next_link(request, scope, goes_on, limit=limit))


@get(
    "/v1/books/{book:str}/checkpoints/latest",
    permission=Permission.SEE_CHECKPOINTS,
    operation_id="readCheckpoint",
    tags=["proof"],
)
async def latest(request: WireRequest, book: FromPath[str]) -> Response[CheckpointOut]:
    """The newest checkpoint."""
    row = await request.book(book)
    note = await _latest(request, row)
    if note is None:
        raise Problem("checkpoint_not_found")
    return tagged_answer(request, _stated(request, note))


@post(
    "/v1/books/{book:str}/checkpoints",
    permission=Permission.REQUEST_CHECKPOINTS,
    operation_id="requestCheckpoint",
    tags=["proof"],
)
async def request_checkpoint(
    request: WireRequest, book: FromPath[str], data: JSONBody[CheckpointIn]
) -> Response[CheckpointOut]:
    """Signs and publishes the book's head as it is now. Asking twice signs the same head once, so no key is
    needed."""
    row = await request.book(book)
    opened = await request.desk.books.open(row)
    return answer(_stated(request, await opened.checkpointer.now()), 201)


HANDLERS = [read_receipt, checkpoints, latest, request_checkpoint]
