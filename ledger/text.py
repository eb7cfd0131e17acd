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
_UNSHOWN = re.compile(  # Default_Ignorable_Code_Point of Unicode, where it is not of category Cf already
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_MINUS = "\u2212"
_NOT_SHOWN = ("Cf", "Cc", "Zs")


def is_clean(text: str, *, lines: bool = False) -> bool:
    """Whether a text holds none of the refused characters. With `lines` it may have tabs and line ends."""
    return _REFUSED.search(text.translate(_LINES) if lines else text) is None


def plain_reference(text: str) -> str:
    """A reference as it is told from others: without blanks and signs that nobody sees, in capitals, every dash a hyphen, and each
    sign in the one form that all its lookalikes of another width or ligature have. Empty where nothing can be seen."""
    seen = _UNSHOWN.sub("", unicodedata.normalize("NFKC", text))
    kinds = ((sign, unicodedata.category(sign)) for sign in seen)
    shown = "".join("-" if kind == "Pd" or sign == _MINUS else sign for sign, kind in kinds if kind not in _NOT_SHOWN)
    return unicodedata.normalize("NFKC", "".join(shown.split()).upper())
