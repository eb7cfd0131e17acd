"""What a file of evidence is, told by its content and never by its name, and what of it is kept.

A photograph is drawn anew: what the camera wrote into it, the place above all, is not kept; one in HEIC is kept as JPEG. Nothing
that a browser would run, and nothing that unpacks, is taken.
"""

import io
import itertools
import re
from typing import NamedTuple

import pi_heif  # type: ignore[import-untyped]
from PIL import Image, ImageOps

from api.evidence_pdf import PdfRefused, check_pdf

MOST_PIXELS = 40_000_000
"""More than any telephone's photograph of a receipt; a picture that unpacks to more is refused before it is unpacked."""
_QUALITY = 88
_PLACES, _CLEARLY, _LEAST = 8, 4, 5
_ARCHIVES = (
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
)
_IMAGES = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}
_MARKUP = (b"<svg", b"<html", b"<!doctype", b"<?xml", b"<script")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1")
"""The brands of still pictures in an ISO file (ISO/IEC 23008-12); `mif1` is what they share."""
_HEIC_SIZE = re.compile(rb"ispe\0\0\0\0(.{4})(.{4})", re.DOTALL)
"""The size of a picture, or of a tile of one, before it is cut or turned."""
TYPES = {"PDF": "application/pdf", "JPEG": "image/jpeg", "PNG": "image/png"}
ENDINGS = {"application/pdf": "pdf", "image/jpeg": "jpg", "image/png": "png"}


class FileRefused(ValueError):
    """A file is not taken. `code` says why: file_empty, file_archive, file_markup, file_type_unknown, file_damaged,
    file_locked, file_runs, file_too_many_pixels, file_takes_too_much."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeptFile(NamedTuple):
    """What is kept: its media type and its bytes."""

    media_type: str
    content: bytes


def kept_of(sent: bytes) -> KeptFile:
    """What is kept of a file as it was sent. The same bytes give the same again, under one version of Pillow. FileRefused.

    Takes seconds for a large picture, and as long as it likes for one that is made to: not for the service's own process
    (`api.evidence_apart`). MemoryError where that has a limit."""
    if not sent:
        raise FileRefused("file_empty")
    if sent.startswith(_ARCHIVES) or sent[257:262] == b"ustar":
        raise FileRefused("file_archive")
    head = sent[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(_MARKUP):
        raise FileRefused("file_markup")
    if sent.startswith(b"%PDF-"):
        if b"%%EOF" not in sent[-2048:]:
            raise FileRefused("file_damaged")
        try:
            check_pdf(sent)
        except PdfRefused as no:
            raise FileRefused(no.code) from None
        return KeptFile(TYPES["PDF"], sent)
    if sent[4:8] == b"ftyp" and sent[8:12] in _HEIC_BRANDS:
        return KeptFile(TYPES["JPEG"], _drawn_anew(sent, "HEIC"))
    for begins, kind in _IMAGES.items():
        if sent.startswith(begins):
            return KeptFile(TYPES[kind], _drawn_anew(sent, kind))
    raise FileRefused("file_type_unknown")


def likeness_of(kept: KeptFile) -> tuple[str | None, ...]:
    """How each quarter of a picture looks, in 16 hexadecimal digits: of its eight by eight places, which are clearly lighter than
    the next. A word changed in it leaves the other quarters as they were. None for a quarter with hardly anything on it; nothing
    for what is no picture."""
    if kept.media_type == TYPES["PDF"]:
        return ()
    with Image.open(io.BytesIO(kept.content)) as image:
        light = image.convert("L").resize((2 * _PLACES + 1, 2 * _PLACES), Image.Resampling.BOX).tobytes()
    rows = [light[place : place + 2 * _PLACES + 1] for place in range(0, len(light), 2 * _PLACES + 1)]
    signs = [[left > right + _CLEARLY for left, right in itertools.pairwise(row)] for row in rows]
    halves = (slice(0, _PLACES), slice(_PLACES, 2 * _PLACES))
    quarters = [[sign for row in signs[down] for sign in row[across]] for down in halves for across in halves]
    return tuple(
        f"{sum(sign << place for place, sign in enumerate(quarter)):016x}" if sum(quarter) >= _LEAST else None
        for quarter in quarters
    )


def _drawn_anew(sent: bytes, kind: str) -> bytes:
    """The pixels alone, the right way up. Nothing is unpacked before its size is known."""
    try:
        with _opened(sent, kind) as image:
            if image.width * image.height > MOST_PIXELS:
                raise FileRefused("file_too_many_pixels")
            image.load()
            upright = ImageOps.exif_transpose(image)
            mode = "RGB" if kind != "PNG" or upright.mode not in ("L", "RGB", "RGBA") else upright.mode
            pixels = upright.convert(mode)
    except (FileRefused, MemoryError):
        raise
    except Image.DecompressionBombError:
        raise FileRefused("file_too_many_pixels") from None
    except Exception:
        # The library names dozens of ways in which a picture is broken; to whoever sent it they are one.
        raise FileRefused("file_damaged") from None
    plain = Image.new(mode, pixels.size)
    plain.paste(pixels)
    drawn = io.BytesIO()
    if kind == "PNG":
        plain.save(drawn, "PNG")
    else:
        plain.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()


def _opened(sent: bytes, kind: str) -> Image.Image:
    """The picture, not unpacked yet, of which the size is known. A HEIC is unpacked here, and so measured before: what is shown of
    it may be a part of what is unpacked. Which way up it is, its decoder has seen to."""
    if kind != "HEIC":
        return Image.open(io.BytesIO(sent), formats=[kind])
    for width, height in _HEIC_SIZE.findall(sent):
        if int.from_bytes(width) * int.from_bytes(height) > MOST_PIXELS:
            raise FileRefused("file_too_many_pixels")
    picture: Image.Image = pi_heif.open_heif(sent).to_pillow()
    return picture
