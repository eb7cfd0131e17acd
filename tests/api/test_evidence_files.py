"""What is taken as a file of evidence, and what of it is kept: told by its content, drawn anew, and nothing that unpacks or
runs."""

import io
import re
import struct
import zlib

import pytest
from PIL import Image, ImageDraw

from api.evidence_files import FileRefused, KeptFile, kept_of, likeness_of
from api.evidence_store import DirectoryStore, place_of

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def photograph(kind: str = "JPEG", size: tuple[int, int] = (40, 20)) -> bytes:
    """A picture as a telephone takes it: with a place, a maker, a comment, and lying on its side."""
    image, made = Image.new("RGB", size, (200, 30, 30)), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "MAKER-OF-TELEPHONES", 6
    exif[0x8825] = {1: "N", 2: (51.0, 3.0, 5.0), 3: "W", 4: (2.0, 51.0, 1.0)}
    image.save(made, kind, exif=exif, **({"comment": b"MY-HOUSE"} if kind == "JPEG" else {}))
    return made.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_photograph_is_kept_without_what_the_camera_wrote_into_it(kind: str) -> None:
    """No place, no maker, no comment; the right way up; the same again gives the same bytes."""
    sent = photograph(kind)
    assert b"MAKER-OF-TELEPHONES" in sent
    kept = kept_of(sent)
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (image.size, dict(image.getexif()), image.format) == ((20, 40), {}, kind)
    assert not any(word in kept.content for word in (b"MAKER", b"MY-HOUSE", b"Exif", b"eXIf"))
    assert kept == kept_of(sent)
    assert kept.media_type == f"image/{kind.lower()}"


def test_a_pdf_is_kept_as_it_is() -> None:
    """Byte for byte; cut off it is damaged."""
    assert kept_of(PDF) == ("application/pdf", PDF)
    with pytest.raises(FileRefused, match="file_damaged"):
        kept_of(PDF[:20])


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it is of very many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "file_empty"), (b"PK\x03\x04rest", "file_archive"), (b"\x1f\x8b\x08rest", "file_archive"),
        (b"\0" * 257 + b"ustar", "file_archive"), (b"<svg xmlns='x'/>", "file_markup"), (b"\xef\xbb\xbf <!DOCTYPE html>",
        "file_markup"), (b"<?xml version='1.0'?><svg/>", "file_markup"), (b"MZ\x90\0", "file_type_unknown"), (b"GIF89a",
        "file_type_unknown"), (b"\0\0\0\x18ftypheic", "file_type_unknown"), (photograph()[:200], "file_damaged"),
        (b"\x89PNG\r\n\x1a\nrubbish", "file_damaged"), (bomb(30_000, 30_000), "file_too_many_pixels"),
        (bomb(8_000, 6_000), "file_too_many_pixels"), (bomb(100, 100), "file_damaged"),
    ],
)  # fmt: skip
def test_what_is_not_a_document_is_refused_with_its_code(sent: bytes, code: str) -> None:
    """Archives, markup, programs, other pictures, cut off files, and pictures that unpack to more than they say."""
    with pytest.raises(FileRefused) as refused:
        kept_of(sent)
    assert refused.value.code == code


def test_a_store_keeps_what_its_name_says_and_nothing_outside(tmp_path) -> None:
    """The same twice is once; what was changed on the disk is not given out; no name leaves the directory."""
    from hashlib import sha256

    store, name = DirectoryStore(tmp_path), place_of("TEST", "P1", sha256(PDF).hexdigest())
    assert (store.exists(name), store.get(name)) == (False, None)
    store.put(name, PDF)
    store.put(name, PDF)
    assert (store.exists(name), store.get(name)) == (True, PDF)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == [name.rpartition("/")[2]]
    (tmp_path / name).write_bytes(b"other")
    assert store.get(name) is None
    store.delete(name)
    store.delete(name)
    assert not store.exists(name)
    for wrong in ("../x/" + "0" * 64, "a/b", "TEST/../" + "0" * 64, "/etc/x/" + "0" * 64):
        with pytest.raises(ValueError, match="no name"):
            store.get(wrong)


def receipt(*words: tuple[int, str]) -> bytes:
    """A drawn receipt: words at heights, on paper that is lit from one side."""
    image = (
        Image.linear_gradient("L").rotate(90).resize((320, 480)).point(lambda light: 200 + light // 8).convert("RGB")
    )
    drawing = ImageDraw.Draw(image)
    for height, word in words:
        for place in range(4):
            drawing.text((10 + 75 * place, height), word, fill=(0, 0, 0), font_size=30)
    drawn = io.BytesIO()
    image.save(drawn, "PNG")
    return drawn.getvalue()


def test_a_picture_with_another_word_in_it_looks_the_same_in_most_quarters_and_another_does_not() -> None:
    """One word changed is another file, alike in three quarters; other words are alike in none; a PDF looks like nothing."""
    plain = [(20, "SHOP"), (90, "MILK"), (160, "CARE"), (300, "EACH"), (360, "VISA"), (430, "1.50")]
    first, again = kept_of(receipt(*plain)), kept_of(receipt(*plain))
    other = kept_of(receipt((60, "GAME"), (120, "HIRE"), (190, "LTD"), (270, "CASH"), (330, "TAX"), (400, "99")))
    changed = Image.open(io.BytesIO(first.content)).copy()
    ImageDraw.Draw(changed).text((20, 430), "9", fill=(0, 0, 0), font_size=30)
    drawn = io.BytesIO()
    changed.save(drawn, "PNG")
    edited = kept_of(drawn.getvalue())
    assert likeness_of(first) == likeness_of(again)
    assert first.content != edited.content

    def equal(kept: KeptFile) -> int:
        pairs = zip(likeness_of(first), likeness_of(kept), strict=True)
        return sum(one is not None and one == two for one, two in pairs)

    assert all(re.fullmatch(r"[0-9a-f]{16}", each or "") for each in likeness_of(first))
    assert equal(edited) >= 3
    assert equal(other) == 0
    assert likeness_of(KeptFile("application/pdf", b"%PDF-1.4")) == ()
