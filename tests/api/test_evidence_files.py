"""What is taken as a file of evidence, and what of it is kept: told by its content, drawn anew, and nothing that unpacks or
runs."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, NameObject, TextStringObject

from api.evidence_files import FileRefused, KeptFile, kept_of, likeness_of

HEIC = (Path(__file__).parent / "photograph.heic").read_bytes()
"""64 by 32 pixels, green on the left and red on the right, with a place and a maker."""


def pdf(change: Callable[[PdfWriter], object] = lambda _: None) -> bytes:
    """A PDF of one empty page, with a change."""
    writer, made = PdfWriter(), io.BytesIO()
    writer.add_blank_page(100, 100)
    change(writer)
    writer.write(made)
    return made.getvalue()


PDF = pdf()


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


def test_a_telephones_own_kind_of_picture_is_kept_as_jpeg_without_the_place() -> None:
    """HEIC is drawn anew as JPEG: the same picture, no maker, no place."""
    assert b"MAKER-OF-TELEPHONES" in HEIC
    kept = kept_of(HEIC)
    with Image.open(io.BytesIO(kept.content)) as image:
        assert (kept.media_type, image.format, image.size, dict(image.getexif())) == (
            "image/jpeg",
            "JPEG",
            (64, 32),
            {},
        )
        left, right = image.getpixel((4, 16)), image.getpixel((50, 16))
        assert left[1] > 150 > left[0]
        assert right[0] > 150 > right[1]
    assert b"MAKER" not in kept.content
    assert kept == kept_of(HEIC)


@pytest.mark.parametrize("keep", [12, 40, 300, len(HEIC) - 1, len(HEIC) - 60])
def test_a_heic_that_is_cut_off_is_damaged(keep: int) -> None:
    """At any place, and also where only its pixels are spoilt."""
    with pytest.raises(FileRefused, match="file_damaged"):
        kept_of(HEIC[:keep])


def test_a_heic_that_says_it_is_enormous_is_not_unpacked() -> None:
    """Its size is looked at before its pixels are."""
    said = b"ispe" + struct.pack(">III", 0, 64, 64)
    assert said in HEIC
    for size, code in (
        ((8_000, 6_000), "file_too_many_pixels"),
        ((2**31, 2**31), "file_too_many_pixels"),
        ((640, 400), "file_damaged"),
    ):
        with pytest.raises(FileRefused, match=code):
            kept_of(HEIC.replace(said, b"ispe" + struct.pack(">III", 0, *size)))


def test_a_pdf_is_kept_as_it_is() -> None:
    """Byte for byte, also where only changing it is locked; cut off, or without a page, it is damaged."""
    assert kept_of(PDF) == ("application/pdf", PDF)
    owned = pdf(lambda writer: writer.encrypt("", "owner", algorithm="AES-256"))
    assert kept_of(owned).content == owned
    for broken in (PDF[:20], b"%PDF-1.7\n%%EOF\n", PDF.replace(b"/Count 1", b"/Count 0").replace(b"4 0 R ]", b"]")):
        with pytest.raises(FileRefused, match="file_damaged"):
            kept_of(broken)


def name(text: str) -> NameObject:
    """A name of a PDF."""
    return NameObject(text)


def action(kind: str, **more: str) -> DictionaryObject:
    """What a PDF does when something happens."""
    return DictionaryObject(
        {name("/S"): name(kind), **{name(f"/{key}"): TextStringObject(value) for key, value in more.items()}}
    )


def on_opening(given: DictionaryObject) -> Callable[[PdfWriter], object]:
    """Done when the PDF is opened."""
    return lambda writer: writer.root_object.update({name("/OpenAction"): given})


@pytest.mark.parametrize(
    "change",
    [
        on_opening(action("/JavaScript", JS="app.alert(1)")), on_opening(action("/Launch", F="calc.exe")),
        on_opening(DictionaryObject({name("/S"): name("/GoTo"), name("/Next"): ArrayObject([action("/SubmitForm")])})),
        lambda writer: writer.add_attachment("more.txt", b"hello"),
        lambda writer: writer.root_object.update({name("/AcroForm"): DictionaryObject({name("/XFA"): ArrayObject()})}),
        lambda writer: writer.pages[0].update({name("/AA"): DictionaryObject({name("/O"): action("/ImportData")})}),
    ],
)  # fmt: skip
def test_a_pdf_that_would_run_or_unpack_is_refused(change: Callable[[PdfWriter], object]) -> None:
    """Programs, launches, forms that send themselves and files within, at the opening, deep inside, or on a page; locked or not."""
    with pytest.raises(FileRefused, match="file_runs"):
        kept_of(pdf(change))

    def locked(writer: PdfWriter) -> None:
        change(writer)
        writer.encrypt("", "owner", algorithm="AES-256")

    with pytest.raises(FileRefused, match="file_runs"):
        kept_of(pdf(locked))


def test_a_pdf_that_nobody_can_open_is_refused() -> None:
    """One with a password to open it is no evidence."""
    with pytest.raises(FileRefused, match="file_locked"):
        kept_of(pdf(lambda writer: writer.encrypt("secret")))


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
        "file_type_unknown"), (b"\0\0\0\x18ftypheic", "file_damaged"), (b"\0\0\0\x18ftypmp42", "file_type_unknown"),
        (photograph()[:200], "file_damaged"),
        (b"\x89PNG\r\n\x1a\nrubbish", "file_damaged"), (bomb(30_000, 30_000), "file_too_many_pixels"),
        (bomb(8_000, 6_000), "file_too_many_pixels"), (bomb(100, 100), "file_damaged"),
    ],
)  # fmt: skip
def test_what_is_not_a_document_is_refused_with_its_code(sent: bytes, code: str) -> None:
    """Archives, markup, programs, other pictures, cut off files, and pictures that unpack to more than they say."""
    with pytest.raises(FileRefused) as refused:
        kept_of(sent)
    assert refused.value.code == code


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
