"""The line of an entry: the one text that is hashed, kept and checked for ever.

The format is that of docs/format.md, version 1. It is written by hand rather than left to a serialiser, because a
library's next release must not change what was hashed ten years ago.
"""

import re
from collections.abc import Iterator
from datetime import date
from hashlib import sha256

import msgspec

VERSION = "phb1"
MAX_PENCE = 10**15 - 1
MAX_FIELD = 256
MAX_LINE = 65_536
MAX_ATTRIBUTES = 999
MAX_LEGS = 200

FIELD = re.compile(r"[A-Za-z0-9._:/+-]{1,256}")
BOOK_CODE = re.compile(r"[A-Z][A-Z0-9]{1,15}")
ACCOUNT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/+-]{0,119}")
ATTRIBUTE_NAME = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_UNSIGNED = re.compile(r"0|[1-9][0-9]{0,17}")
_SIGNED = re.compile(r"0|-?[1-9][0-9]{0,17}")
_HEX32 = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")

SOURCES = ("entered", "imported", "migrated", "generated")
CHANNELS = ("self", "carer", "officer", "paper", "machine")
POSTING_KINDS = frozenset(("transaction", "hold_placed", "hold_settled", "hold_released", "hold_expired"))
REGISTER_KINDS = frozenset(
    [
        "fund",
        "setting",
        "line_activated",
        "plan",
        "plan_version",
        "line",
        "holder_account",
        "schedule",
        "run",
        "bill",
        "review",
        "reconsideration",
        "offer",
        "payee",
        "person",
        "delegation",
        "limit",
        "bundle",
        "evidence",
        "notice",
    ]
)
OTHER_KINDS = frozenset(
    [
        "book",
        "line_version",
        "log_restarted",
        "period_opened",
        "period_closed",
        "period_reopened",
        "account_opened",
        "share_opened",
        "account_frozen",
        "account_unfrozen",
        "account_closed",
        "refusal",
        "decision",
        "erasure",
    ]
)
KINDS = POSTING_KINDS | REGISTER_KINDS | OTHER_KINDS


class NotALine(ValueError):
    """A text that is not a line of version 1; `field` names the first field that is wrong."""

    code = "not_a_line"

    def __init__(self, field: str) -> None:
        super().__init__(f"not a line of version 1: {field}")
        self.field = field


class Entry(msgspec.Struct, frozen=True):
    """One numbered record of a book's log. Amounts are signed pence, debit positive; times are microseconds UTC."""

    book: str
    number: int
    recorded_us: int
    kind: str
    event: int
    effective_on: date | None
    care_from: date | None
    care_to: date | None
    source: str
    channel: str
    client: str
    actor: str
    acting_for: str | None
    because: int
    subject: str | None
    commitment: str | None
    nonce: str
    key: str | None
    attributes: tuple[tuple[str, str], ...] = ()
    legs: tuple[tuple[str, int], ...] = ()

    @property
    def people(self) -> frozenset[str]:
        """Whose act it is: no one of them is a second person beside another."""
        return people_of(self.actor, self.acting_for)

    def attribute(self, name: str) -> str | None:
        """The value of one attribute, or None."""
        for key, value in self.attributes:
            if key == name:
                return value
        return None


def people_of(actor: str, acting_for: str | None) -> frozenset[str]:
    """Who asked, and for whom: who acts for somebody does what that person could do, and is no second person beside them."""
    return frozenset((actor,)) if acting_for is None else frozenset((actor, acting_for))


def person_of(entry: Entry) -> str | None:
    """The subject `person/…` whose version an entry of the register or a decision moves besides its own, or None."""
    if not entry.attributes or (entry.kind != "decision" and entry.kind not in REGISTER_KINDS):
        return None
    person = entry.attribute("person")
    return f"person/{person}" if person is not None else None


def key_text(key: bytes, entries: int, prints: bytes) -> str:
    """What the first entry of a request states of it: its 16-byte key, and a digest of what else is kept under that key,
    the number of its entries and the fingerprints of its fields."""
    return key.hex() + sha256(entries.to_bytes(2, "big") + prints).hexdigest()[:32]


def render(entry: Entry) -> str:
    """The line of an entry. `parse(render(e)) == e` for every entry that the core makes."""
    day, start, end = entry.effective_on, entry.care_from, entry.care_to
    head = (
        f"{VERSION}|{entry.book}|{entry.number}|{entry.recorded_us}|{entry.kind}|{entry.event}"
        f"|{day.isoformat() if day else '-'}|{start.isoformat() if start else '-'}|{end.isoformat() if end else '-'}"
        f"|{entry.source}|{entry.channel}|{entry.client}|{entry.actor}|{entry.acting_for or '-'}"
        f"|{entry.because}|{entry.subject or '-'}|{entry.commitment or '-'}|{entry.nonce}"
        f"|{entry.key or '-'}|{len(entry.attributes)}"
    )
    attributes = "".join(f"|{name}|{value}" for name, value in entry.attributes)
    legs = "".join(f"|{account}|{pence}" for account, pence in entry.legs)
    return f"{head}{attributes}|{len(entry.legs)}{legs}"


def parse(line: str) -> Entry:
    """The entry of a line, or NotALine naming the field. Accepts nothing that `render` would write differently."""
    if len(line) > MAX_LINE:
        raise NotALine("length")
    fields = iter(line.split("|"))
    if next(fields) != VERSION:
        raise NotALine("version")
    entry = Entry(
        book=_matching(fields, "book", BOOK_CODE),
        number=_number(fields, "number"),
        recorded_us=_number(fields, "recorded_at"),
        kind=_one_of(fields, "kind", KINDS),
        event=_number(fields, "event"),
        effective_on=_day(fields, "effective_on"),
        care_from=_day(fields, "care_from"),
        care_to=_day(fields, "care_to"),
        source=_one_of(fields, "source", SOURCES),
        channel=_one_of(fields, "channel", CHANNELS),
        client=_code(fields, "client"),
        actor=_code(fields, "actor"),
        acting_for=_optional(fields, "acting_for"),
        because=_number(fields, "because"),
        subject=_optional(fields, "subject"),
        commitment=_hex64(fields, "commitment"),
        nonce=_matching(fields, "nonce", _HEX32),
        key=_hex64(fields, "key"),
        attributes=_attributes(fields),
        legs=_legs(fields),
    )
    if next(fields, None) is not None:
        raise NotALine("end")
    if (entry.care_from is None) != (entry.care_to is None):
        raise NotALine("care_to")
    if entry.care_from and entry.care_to and entry.care_to < entry.care_from:
        raise NotALine("care_to")
    if entry.number < 1 or entry.because >= entry.number:
        raise NotALine("number" if entry.number < 1 else "because")
    return entry


def _take(fields: Iterator[str], name: str) -> str:
    value = next(fields, None)
    if value is None:
        raise NotALine(name)
    return value


def _matching(fields: Iterator[str], name: str, pattern: re.Pattern[str]) -> str:
    value = _take(fields, name)
    if not pattern.fullmatch(value):
        raise NotALine(name)
    return value


def _code(fields: Iterator[str], name: str) -> str:
    value = _matching(fields, name, FIELD)
    if value == "-":
        raise NotALine(name)
    return value


def _optional(fields: Iterator[str], name: str) -> str | None:
    value = _matching(fields, name, FIELD)
    return None if value == "-" else value


def _number(fields: Iterator[str], name: str) -> int:
    return int(_matching(fields, name, _UNSIGNED))


def _one_of(fields: Iterator[str], name: str, allowed: tuple[str, ...] | frozenset[str]) -> str:
    value = _take(fields, name)
    if value not in allowed:
        raise NotALine(name)
    return value


def _day(fields: Iterator[str], name: str) -> date | None:
    value = _take(fields, name)
    if value == "-":
        return None
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise NotALine(name) from None
    if day.isoformat() != value:
        raise NotALine(name)
    return day


def _hex64(fields: Iterator[str], name: str) -> str | None:
    value = _take(fields, name)
    if value == "-":
        return None
    if not _HEX64.fullmatch(value):
        raise NotALine(name)
    return value


def _attributes(fields: Iterator[str]) -> tuple[tuple[str, str], ...]:
    count = _number(fields, "attribute count")
    if count > MAX_ATTRIBUTES:
        raise NotALine("attribute count")
    found: list[tuple[str, str]] = []
    before = ""
    for _ in range(count):
        name = _matching(fields, "attribute name", ATTRIBUTE_NAME)
        if name <= before:
            raise NotALine("attribute order")
        found.append((name, _matching(fields, name, FIELD)))
        before = name
    return tuple(found)


def _legs(fields: Iterator[str]) -> tuple[tuple[str, int], ...]:
    count = _number(fields, "leg count")
    if count > MAX_LEGS:
        raise NotALine("leg count")
    legs: dict[str, int] = {}
    for _ in range(count):
        account = _matching(fields, "account", ACCOUNT_CODE)
        text = _matching(fields, "pence", _SIGNED)
        pence = int(text)
        if pence == 0 or abs(pence) > MAX_PENCE:
            raise NotALine("pence")
        if account in legs:
            raise NotALine("repeated account")
        legs[account] = pence
    return tuple(legs.items())
