"""What a PDF must not have in it to be kept as evidence: a password, and what runs or unpacks when somebody opens it.

A PDF is kept byte for byte, so it is looked through and not drawn anew. This finds what is told in the file's own objects; it is
no virus scanner, and what is served is to be saved and never shown.
"""

import io
import logging
from typing import Any

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject

MOST_OBJECTS = 50_000
"""More than any statement or scan of so few bytes has."""
_RUNS = frozenset(("/JS", "/JavaScript", "/EmbeddedFile", "/EmbeddedFiles", "/EF", "/RichMedia", "/XFA"))
"""Keys that carry a program, another file or a form that is one (ISO 32000-1, 7.11.4, 12.6.4.16, 12.7.8, 13.7)."""
_TYPES = frozenset(
    ("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/EmbeddedFile", "/RichMedia")
)
"""The same as a type of action, stream or annotation (12.6.4)."""

# What the library thinks of somebody's document belongs in no log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


class PdfRefused(ValueError):
    """A PDF is not kept. `code`: file_damaged, file_locked, file_runs."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def check_pdf(sent: bytes) -> None:
    """Nothing for a PDF that anybody can open and that only shows something. PdfRefused. Takes seconds for a large one."""
    try:
        reader = PdfReader(io.BytesIO(sent))
        if reader.is_encrypted and not reader.decrypt(""):
            raise PdfRefused("file_locked")
        named = [
            (number, generation) for generation, found in reader.xref.items() for number in found if generation != 65535
        ]
        named += [(number, 0) for number in reader.xref_objStm]
        if len(named) > MOST_OBJECTS or not reader.pages:
            raise PdfRefused("file_damaged")
        # The trailer counts too: it is an object without a number.
        runs = _runs(reader.trailer) or any(
            _runs(reader.get_object(IndirectObject(number, generation, reader))) for number, generation in named
        )
    except (PdfRefused, MemoryError):
        raise
    except Exception:
        # The library names dozens of ways in which a file is broken; to whoever sent it they are one.
        raise PdfRefused("file_damaged") from None
    if runs:
        raise PdfRefused("file_runs")


def _runs(found: Any) -> bool:
    """Whether an object has in it what runs; what it points to is an object of its own."""
    left = [found]
    while left:
        each = left.pop()
        if isinstance(each, DictionaryObject):
            kinds = [each.raw_get(name) for name in ("/S", "/Type", "/Subtype") if name in each]
            if _RUNS & each.keys() or any(isinstance(kind, NameObject) and kind in _TYPES for kind in kinds):
                return True
            left += [each.raw_get(name) for name in each]
        elif isinstance(each, ArrayObject):
            left += list.__iter__(each)
    return False
