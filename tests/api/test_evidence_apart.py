"""Files that are made to hold whoever reads them: read apart, with a deadline and so much memory, and refused by a code."""

import io
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, NameObject

from api.evidence_apart import AT_ONCE, Busy, Readers
from api.evidence_files import FileRefused, kept_of, likeness_of
from api.evidence_store import DirectoryStore, FilesAway
from ledger.book.submission import DatabaseAway
from tests.api.lives import D
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_evidence import HOLDER, give, kept_files
from tests.api.test_evidence_files import HEIC, PDF, pdf, photograph


def children() -> list[int]:
    """The processes that this one has begun and that are there."""
    return [int(number) for number in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()]


def packed(arrays: int) -> bytes:
    """A PDF of a few kilobytes with an object that unpacks to so many arrays of ninety thousand numbers."""
    stream = zlib.compress(b"10 0 [" + (b"[" + b"0 " * 90_000 + b"]") * arrays + b"]")
    made, at = b"%PDF-1.5\n", list[int]()
    for body in (
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>\nendobj\n",
        b"4 0 obj\n<< /Type /ObjStm /N 1 /First 5 /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream\nendobj\n"
        % (len(stream), stream),
    ):
        at.append(len(made))
        made += body
    rows = [(0, 0, 65535), *((1, each, 0) for each in at), (2, 4, 0)]
    table = b"".join(kind.to_bytes(1) + where.to_bytes(4) + last.to_bytes(2) for kind, where, last in rows)
    return made + (
        b"5 0 obj\n<< /Type /XRef /W [1 4 2] /Index [0 5 10 1] /Size 11 /Root 1 0 R /Length %d >>\n"
        b"stream\n%s\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (len(table), table, len(made))
    )


def nested(deep: int) -> bytes:
    """A PDF with an array in an array in an array …"""

    def change(writer: PdfWriter) -> None:
        writer.root_object.update({NameObject("/Deep"): ArrayObject()})

    whole = pdf(change)
    return whole.replace(b"/Deep [ ]", b"/Deep " + b"[" * deep + b"]" * deep)


def flat(kind: str = "PNG") -> bytes:
    """A picture of as many pixels as are let in, which is a few hundred times smaller than what it unpacks to."""
    made = io.BytesIO()
    Image.new("RGB", (6_000, 6_000), (200, 30, 30)).save(made, kind)
    return made.getvalue()


@pytest.mark.parametrize("sent", [PDF, HEIC, photograph(), photograph("PNG")], ids=["pdf", "heic", "jpeg", "png"])
async def test_what_is_read_apart_is_what_is_read_here(sent: bytes) -> None:
    """The same bytes are kept, and it looks the same."""
    kept = kept_of(sent)
    assert await Readers().read(sent) == (kept, likeness_of(kept))


@pytest.mark.parametrize(
    ("sent", "code"), [(b"", "file_empty"), (b"MZ", "file_type_unknown"), (PDF[:20], "file_damaged")]
)  # fmt: skip
async def test_a_no_is_the_same_no(sent: bytes, code: str) -> None:
    """Also of a file that is not read to its end."""
    with pytest.raises(FileRefused, match=code):
        await Readers().read(sent)


async def test_a_pdf_that_unpacks_to_more_than_can_be_read_is_given_up() -> None:
    """Seventy kilobytes with thirty-six million numbers in them take minutes; they have a few seconds, and leave nothing."""
    before, sent = children(), packed(400)
    assert len(sent) < 100_000
    with pytest.raises(FileRefused, match="file_takes_too_much"):
        await Readers(seconds=8).read(sent)
    assert children() == before


async def test_a_pdf_that_unpacks_to_little_is_a_document() -> None:
    """It is no fault by itself that something in it is packed."""
    sent = packed(1)
    assert (await Readers().read(sent)).kept.content == sent


@pytest.mark.parametrize("deep", [2_000, 1_000_000])
async def test_a_pdf_that_is_nested_without_end_is_damaged(deep: int) -> None:
    """However deep: nobody's document has so much within itself."""
    with pytest.raises(FileRefused, match="file_damaged"):
        await Readers().read(nested(deep))


async def test_a_picture_that_unpacks_to_more_than_there_is_memory_for_is_refused() -> None:
    """A hundred kilobytes that want more than the process has; with what one has here it is taken."""
    sent = flat()
    assert len(sent) < 500_000
    with pytest.raises(FileRefused, match="file_takes_too_much"):
        await Readers(memory=300_000_000).read(sent)
    assert (await Readers().read(sent)).kept.media_type == "image/png"


async def test_a_deadline_that_is_over_is_a_no_and_leaves_nothing(lives: Tried) -> None:
    """Over HTTP: a code, no file, no entry; and whoever waits for their turn too long is told to come again."""
    await lives.instalment("100.00")
    claim, before = await lives.claim("12.00"), await lives.kept()
    readers: Any = lives.app.desk.readers
    usual, readers._seconds = readers._seconds, 0.001
    try:
        assert code(await give(lives, claim, PDF)) == (422, "file_takes_too_much")
        for _ in range(AT_ONCE):
            await readers._turns.acquire()
        with pytest.raises(Busy):
            await readers.read(PDF)
        busy = await give(lives, claim, PDF)
        assert (code(busy), busy.headers["retry-after"]) == ((503, "files_busy"), "5")
    finally:
        readers._seconds = usual
        for _ in range(AT_ONCE):
            readers._turns.release()
    assert (await lives.kept(), kept_files(lives)) == (before, [])
    assert (await give(lives, claim, PDF)).status_code == 201


def code(answer: Any) -> tuple[int, str]:
    """The status and code of a no."""
    return answer.status_code, answer.json()["code"]


async def test_a_file_is_put_while_no_connection_is_held_and_before_its_entry(
    lives: Tried, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store that is slow holds nobody up. Where it fails nothing is recorded; where the entry fails after it the file is there
    for the same request, which is then done; and what the key has an answer for is not put again."""
    await lives.instalment("100.00")
    claim, put = await lives.claim("12.00"), DirectoryStore.put
    held: list[int] = []
    puts: list[str] = []

    def watched(self: DirectoryStore, name: str, content: bytes) -> None:
        held.append(sum(pool.get_size() - pool.get_idle_size() for pool in pools))
        puts.append(name)
        put(self, name, content)

    def away(self: DirectoryStore, name: str, content: bytes) -> None:
        raise FilesAway

    plain = super(Tried, lives).send
    path, before = f"evidence/files?of={claim}&document=receipt", await lives.kept()

    async def send(key: str) -> Any:
        return await plain(path, PDF, HOLDER, D, key=key)  # type: ignore[arg-type]

    monkeypatch.setattr(DirectoryStore, "put", away)
    assert code(await send("one")) == (503, "files_away")
    assert (await lives.kept(), kept_files(lives)) == (before, [])
    monkeypatch.setattr(DirectoryStore, "put", watched)
    books: Any = lives.app.desk.books
    opened = await books.open(await books.row("TEST"))
    pools = (books._pool, opened.facts)

    async def cut(*_: Any) -> Any:
        raise DatabaseAway

    with monkeypatch.context() as patch:
        patch.setattr(opened.writer, "submit", cut)
        assert (await send("one")).status_code == 503
    assert (await lives.kept(), len(kept_files(lives))) == (before, 1)
    done = await send("one")
    assert (done.status_code, len(kept_files(lives))) == (201, 1)
    assert (await send("one")).content == done.content
    assert code(await send("two")) == (409, "document_known")
    assert (len(puts), set(held)) == (2, {0})
