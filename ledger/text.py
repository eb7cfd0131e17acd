"""Which characters a text may hold, for names in files and for every text that a client sends, and when two references are one.

Refused is what a reader cannot see but a program obeys: control characters, marks that turn the direction of writing round
(a name could read as another one), separators that end a line, the byte order mark, and half surrogate pairs.
"""

import re
import unicodedata

_LINES = str.maketrans("", "", "\t\n\r")
_REFUSED = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # C0, DEL and C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks, embeddings, overrides and isolates of direction
    "\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]"
)


def is_clean(text: str, *, lines: bool = False) -> bool:
    """Whether a text holds none of the refused characters. With `lines` it may have tabs and line ends."""
    return _REFUSED.search(text.translate(_LINES) if lines else text) is None


def plain_reference(text: str) -> str:
    """A reference as it is told from others: without blanks and signs that nobody sees, in capitals, and each sign in the one form
    that all its lookalikes of another width or ligature have."""
    shown = (
        sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) not in ("Cf", "Cc", "Zs")
    )
    return unicodedata.normalize("NFKC", "".join("".join(shown).split()).upper())
