"""Files of evidence that are sent in piece by piece, over a connection that comes and goes.

An upload is named by the SHA-256 of the whole file and is its caller's alone, for one book and person. It has no entry: its parts
wait in the store until the whole is there, and are swept when nobody went on with it (api.evidence_sweep). Each part may be sent
again; whoever lost an answer asks how far it is.
"""

from hashlib import sha256 as hash_of
from typing import Annotated, NamedTuple

import msgspec
from litestar import Response, delete, get, post, put
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter

from api.answers_budgets import SettledOut
from api.deciding import SPENDING, check_reach
from api.desk import Arrived, WireRequest, answer
from api.evidence import EVIDENCE, TAGS, Kind, Of, Shown, in_store, taken
from api.evidence_store import PARTS, EvidenceStore
from api.permissions import Permission
from api.problems import Problem
from api.writing import prepare

UPLOAD = f"{EVIDENCE}/uploads/{{sha256:str}}"
MOST_PART = 5_000_000
MOST_PARTS = 200
WAITING = 4
"""How many of the largest files one caller may have waiting for one person."""
Whole = Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$", description="The SHA-256 of the whole file, in hex.")]
At = Annotated[int, QueryParameter(ge=0, le=99_999_999, description="How many bytes stand before this part.")]


class UploadOut(msgspec.Struct, frozen=True):
    """How far an upload is: `offset` is how many bytes have come without a gap, and where the next part begins."""

    sha256: str
    offset: int


class Part(NamedTuple):
    """A part as it waits: its name in the store, the upload it is of, where it begins, its length and its hash."""

    name: str
    whole: str
    offset: int
    length: int
    digest: str


def folder_of(book: str, person: str, sub: str) -> str:
    """Where a caller's parts for a person wait."""
    return f"{PARTS}/{_digest(f'{book}|{person}|{sub}'.encode())}"


def parts_in(store: EvidenceStore, folder: str) -> list[Part]:
    """Everything that waits in a folder, by upload and offset."""
    found = []
    for each in store.kept(folder):
        whole, offset, length, digest = each.name.rpartition("/")[2].split("-")
        found.append(Part(each.name, whole, int(offset), int(length), digest))
    return found


def without_gap(parts: list[Part], whole: str) -> list[Part]:
    """The parts of an upload from its first byte on. Of two that were put at once for one place, the first by name counts."""
    found, at = list[Part](), 0
    for part in parts:
        if part.whole == whole and part.offset == at:
            found.append(part)
            at += part.length
    return found


async def _reached(request: Arrived, book: str, person: str, whole: str) -> tuple[str, list[Part]]:
    """The caller's folder and what waits in it, once they may send evidence in for this person."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person, SPENDING)
    folder = folder_of(row.code, person, request.caller.sub)
    return folder, await in_store(parts_in, request.desk.files, folder)


def _far(parts: list[Part], whole: str) -> int:
    return sum(part.length for part in without_gap(parts, whole))


@get(UPLOAD, permission=Permission.GIVE_EVIDENCE, operation_id="readUpload", tags=TAGS)
async def read_upload(
    request: WireRequest, book: FromPath[str], person: FromPath[str], sha256: Whole
) -> Response[UploadOut]:  # fmt: skip
    """How far an upload is, 0 for one that has not begun or was swept: where to go on when the connection was lost."""
    _, parts = await _reached(request, book, person, sha256)
    return answer(UploadOut(sha256, _far(parts, sha256)))


@put(
    f"{UPLOAD}/parts", permission=Permission.GIVE_EVIDENCE, operation_id="sendPart", tags=TAGS,
    request_max_body_size=MOST_PART,
)  # fmt: skip
async def send_part(
    request: WireRequest, book: FromPath[str], person: FromPath[str], sha256: Whole, offset: At
) -> Response[UploadOut]:  # fmt: skip
    """Takes a part of a file, the body of the request, that begins where the last one ended. The same part again changes nothing;
    anywhere else it is refused with the place to go on."""
    folder, parts = await _reached(request, book, person, sha256)
    sent = await request.body()
    most = request.desk.settings.file_bytes
    if not sent:
        raise Problem("file_empty")
    if offset + len(sent) > most:
        raise Problem("file_too_large")
    here, digest = without_gap(parts, sha256), _digest(sent)
    if any((part.offset, part.length, part.digest) == (offset, len(sent), digest) for part in here):
        return answer(UploadOut(sha256, _far(parts, sha256)))
    if offset != _far(parts, sha256):
        raise Problem("upload_elsewhere", facts={"offset": str(_far(parts, sha256))})
    if len(parts) >= MOST_PARTS or sum(part.length for part in parts) + len(sent) > WAITING * most:
        raise Problem("uploads_full")
    name = f"{folder}/{sha256}-{offset:08d}-{len(sent):08d}-{digest}"
    await in_store(request.desk.files.put, name, sent)
    # Looked at again: another part may have been put for this place at the same time.
    return answer(UploadOut(sha256, _far(await in_store(parts_in, request.desk.files, folder), sha256)))


def _digest(content: bytes) -> str:
    return hash_of(content).hexdigest()


@delete(UPLOAD, permission=Permission.GIVE_EVIDENCE, operation_id="dropUpload", tags=TAGS, status_code=200)
async def drop_upload(
    request: WireRequest, book: FromPath[str], person: FromPath[str], sha256: Whole
) -> Response[UploadOut]:  # fmt: skip
    """Lets the parts of an upload go, to begin anew or because it is not wanted any more. A file that was given stays."""
    _, parts = await _reached(request, book, person, sha256)
    await in_store(_let_go, request.desk.files, parts, sha256)
    return answer(UploadOut(sha256, 0))


def _let_go(store: EvidenceStore, parts: list[Part], whole: str) -> None:
    for part in parts:
        if part.whole == whole:
            store.delete(part.name)


@post(f"{UPLOAD}/finish", permission=Permission.GIVE_EVIDENCE, operation_id="finishUpload", tags=TAGS)
async def finish_upload(
    request: WireRequest, book: FromPath[str], person: FromPath[str], sha256: Whole, of: Of, document: Kind,
    amount: Shown = None, dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Gives the file whose parts have come as evidence, exactly as if it had been sent in one piece, under one key with that. Not
    before all of it is there: what came has to have the hash that names the upload."""
    opened, key = await prepare(request, book)
    _, parts = await _reached(request, book, person, sha256)
    here = without_gap(parts, sha256)
    pieces = [await in_store(request.desk.files.get, part.name) for part in here]
    sent = b"".join(piece or b"" for piece in pieces)
    is_whole = _digest(sent) == sha256
    given = await taken(
        request, opened, key, person, sent if is_whole else None, sha256, of, document, amount, is_dry=dry_run,
        otherwise=Problem("upload_incomplete", facts={"offset": str(_far(parts, sha256))}),
    )  # fmt: skip
    if is_whole and not dry_run:
        await in_store(_let_go, request.desk.files, parts, sha256)
    return given


HANDLERS = [read_upload, send_part, drop_upload, finish_upload]
