"""How register entries are written and read back: codes as attributes, and what may be erased as one canonical text.

Names, words and personal facts are never in a line (docs/format.md section 7): they are the content of a detail, of which
the line carries only a salted hash.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from ledger.core.model import Detail, Malformed

Attributes = tuple[tuple[str, str], ...]
Value = str | int | bool | date | None | tuple[str, ...]
MOST_NUMBERED = 20
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")
"""Letters by their kind that nobody sees."""


def attributes(act: str, **values: Value) -> Attributes:
    """Attributes of a register entry, ascending. None is left out, yes and no are written so, days as 2026-03-31, and a
    tuple as `name.01`, `name.02` …. A trailing underscore keeps a name that Python reserves (`from_`)."""
    found = [("act", act)]
    for name, value in values.items():
        plain = name.rstrip("_")
        if isinstance(value, tuple):
            if len(value) > MOST_NUMBERED:
                raise Malformed("attributes_too_many", plain)
            found += [(f"{plain}.{place:02d}", each) for place, each in enumerate(value, 1)]
        elif isinstance(value, bool):
            found.append((plain, "yes" if value else "no"))
        elif value is not None:
            found.append((plain, value.isoformat() if isinstance(value, date) else str(value)))
    return tuple(sorted(found))


def needed(given: Mapping[str, str], name: str) -> str:
    """An attribute that must be there, or Malformed(attribute_missing)."""
    if name not in given:
        raise Malformed("attribute_missing", name)
    return given[name]


def day_of(given: Mapping[str, str], name: str) -> date | None:
    """A day, or None where it is absent; or Malformed."""
    if name not in given:
        return None
    try:
        day = date.fromisoformat(given[name])
    except ValueError:
        raise Malformed("dates_malformed", name) from None
    if day.isoformat() != given[name]:
        raise Malformed("dates_malformed", name)
    return day


def day_needed(given: Mapping[str, str], name: str) -> date:
    """A day that must be there, or Malformed."""
    needed(given, name)
    day = day_of(given, name)
    assert day is not None
    return day


def number_of(given: Mapping[str, str], name: str) -> int:
    """A whole number from 0 as `attributes` writes it, or Malformed."""
    text = needed(given, name)
    if not text.isascii() or not text.isdigit() or str(int(text)) != text:
        raise Malformed("number_malformed", name)
    return int(text)


def optional_number(given: Mapping[str, str], name: str) -> int | None:
    """As `number_of`, or None where it is absent."""
    return number_of(given, name) if name in given else None


def answer_of(given: Mapping[str, str], name: str) -> bool | None:
    """Yes, no, or None where nobody has said; or Malformed."""
    answer = given.get(name)
    if answer not in (None, "yes", "no"):
        raise Malformed("code_unknown", name)
    return None if answer is None else answer == "yes"


def numbered(given: Mapping[str, str], name: str) -> tuple[str, ...]:
    """The values `name.01`, `name.02` … in order, or Malformed when one is left out."""
    count = sum(1 for each in given if each.startswith(f"{name}."))
    return tuple(needed(given, f"{name}.{place:02d}") for place in range(1, count + 1))


def among(value: str, known: Iterable[str], field: str) -> str:
    """A code of a closed list, or Malformed(code_unknown), which names those of the list."""
    if value not in known:
        raise Malformed("code_unknown", field, known)
    return value


def within(start: date, end: date | None) -> None:
    """A start that is a day, and an end, if there is one, not before it; or Malformed(dates_malformed)."""
    if type(start) is not date or (end is not None and (type(end) is not date or end < start)):
        raise Malformed("dates_malformed", "to")


def subject_name(subject: str, kind: str) -> str:
    """What follows `kind/` in a subject, or Malformed(subject_malformed)."""
    if not subject.startswith(f"{kind}/") or len(subject) == len(kind) + 1:
        raise Malformed("subject_malformed", "subject")
    return subject[len(kind) + 1 :]


def is_said(words: str | None) -> bool:
    """Whether words say anything: a letter or a figure is seen in them. Blanks of every kind, and marks alone, are none."""
    return words is not None and any(each.isalnum() and each not in _FILLERS for each in words)


def detail_of(salt: bytes, content: Mapping[str, Any]) -> Detail:
    """A detail in canonical JSON: sorted names, no blanks, UTF-8. The salt is 16 random bytes."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    try:
        return Detail(salt, text.encode("utf-8"))
    except UnicodeEncodeError:
        raise Malformed("text_malformed", "detail") from None


def content_of(content: bytes) -> dict[str, Any]:
    """What `detail_of` wrote; Malformed(detail_malformed) when it is no such text."""
    try:
        found = json.loads(content)
    except ValueError:
        raise Malformed("detail_malformed", "detail") from None
    if not isinstance(found, dict):
        raise Malformed("detail_malformed", "detail")
    return found
