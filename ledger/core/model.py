"""The nouns of the ledger: what a request is made of, with its shape checked where it is made.

A request that exists is well formed: amounts are whole pence within bounds, codes use the alphabet of
docs/format.md, nothing is repeated. The requests themselves are in `ledger.core.requests`; what the books say to them
is decided in `ledger.core.apply`. All values are msgspec structs: frozen, slotted, and cheap enough to make twenty
thousand a second.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256

import msgspec

from ledger.core.calendar import period_days
from ledger.core.canon import (
    ACCOUNT_CODE,
    ATTRIBUTE_NAME,
    CHANNELS,
    FIELD,
    MAX_LEGS,
    MAX_LINE,
    MAX_PENCE,
    SOURCES,
    people_of,
)

ACTUAL = "actual"
LAYERS = ("budget", "actual")
TYPES = ("source", "use", "asset", "liability", "equity", "income", "expense", "suspense")
NORMALS = ("debit", "credit")


MAX_NUMBER = 10**15
MAX_GROUP = 50
MAX_IMPORTED_GROUP = 500
"""Requests of one item that an import makes under a natural key: a person who is taken on is whole or absent."""
MAX_ATTRIBUTES = 100
REFUSAL_NAMES = frozenset(("code", "intent", "item", "of"))


LINE_REST = 4096
"""What the fields of a line besides its attributes need at most: each of them is bounded."""


class Malformed(ValueError):
    """A request that cannot be considered; nothing is recorded. `code` is stable, `field` says where, and `allowed` which codes
    there are, where the list of them is closed."""

    def __init__(self, code: str, field: str, allowed: Iterable[str] = ()) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field
        self.allowed = tuple(sorted(allowed))


def check_code(value: str, field: str) -> str:
    """A code in the alphabet of the line, or Malformed(code_malformed)."""
    if value == "-" or not FIELD.fullmatch(value):
        raise Malformed("code_malformed", field)
    return value


def check_account_code(value: str, field: str) -> str:
    """An account code, or Malformed(code_malformed)."""
    if not ACCOUNT_CODE.fullmatch(value):
        raise Malformed("code_malformed", field)
    return value


def check_size(pence: int, field: str) -> int:
    """A size in pence: a whole number from 1 to the bound, or Malformed."""
    if type(pence) is not int:
        raise Malformed("amount_malformed", field)
    if pence <= 0:
        raise Malformed("amount_zero" if pence == 0 else "amount_negative", field)
    if pence > MAX_PENCE:
        raise Malformed("amount_too_large", field)
    return pence


def check_number(value: int, field: str) -> int:
    """The number of an entry or a hold: a whole number from 1 to the bound of the line, or Malformed(number_malformed)."""
    if type(value) is not int or not 1 <= value <= MAX_NUMBER:
        raise Malformed("number_malformed", field)
    return value


def check_day(value: date | None, field: str) -> date | None:
    """A plain day or None, or Malformed(dates_malformed): a point in time is not an accounting day."""
    if value is not None and type(value) is not date:
        raise Malformed("dates_malformed", field)
    return value


def check_attributes(attributes: tuple[tuple[str, str], ...], field: str, most: int) -> None:
    """Names and codes as the line takes them, no name twice, no more than `most` and than fit a line; or Malformed."""
    length = sum(len(name) + len(value) + 2 for name, value in attributes)
    if len(attributes) > most or length > MAX_LINE - LINE_REST:
        raise Malformed("attributes_too_many", field)
    for name, value in attributes:
        if not ATTRIBUTE_NAME.fullmatch(name):
            raise Malformed("code_malformed", field)
        check_code(value, name)
    if len({name for name, _ in attributes}) != len(attributes):
        raise Malformed("attribute_repeated", field)


def check_period(value: str, field: str) -> str:
    """A month `2026-03` or a financial year `2025-26`, or Malformed(period_malformed)."""
    try:
        period_days(value)
    except ValueError:
        raise Malformed("period_malformed", field) from None
    return value


class Leg(msgspec.Struct, frozen=True):
    """Signed pence on one account, debit positive. A fact's leg names where a shortfall of authority is recorded."""

    account: str
    amount: int
    shortfall: str | None = None


def check_legs(legs: tuple[Leg, ...], field: str = "legs", least: int = 2) -> None:
    """Refuses too few or too many legs, zero and over-large amounts, and an account named twice."""
    if len(legs) < least or len(legs) > MAX_LEGS:
        raise Malformed("legs_too_few" if len(legs) < least else "legs_too_many", field)
    seen = set()
    for leg in legs:
        amount = leg.amount
        if type(amount) is not int:
            raise Malformed("amount_malformed", field)
        if amount == 0:
            raise Malformed("amount_zero", field)
        if amount > MAX_PENCE or amount < -MAX_PENCE:
            raise Malformed("amount_too_large", field)
        if not leg.account.isascii() or not ACCOUNT_CODE.fullmatch(leg.account):
            raise Malformed("code_malformed", field)
        seen.add(leg.account)
    if len(seen) != len(legs):
        raise Malformed("account_repeated", field)


class Detail(msgspec.Struct, frozen=True):
    """What may be erased: bytes kept apart from the log, which carries only SHA-256(salt ‖ content)."""

    salt: bytes
    content: bytes

    def __post_init__(self) -> None:
        if len(self.salt) != 16:
            raise Malformed("salt_malformed", "salt")

    @property
    def commitment(self) -> str:
        """The 64 hexadecimal digits that stand in the line."""
        return sha256(self.salt + self.content).hexdigest()


class Asked(msgspec.Struct, frozen=True):
    """Who asked, through what. All codes; never a name."""

    client: str
    actor: str
    acting_for: str | None = None
    channel: str = "machine"
    source: str = "entered"

    def __post_init__(self) -> None:
        check_code(self.client, "client")
        check_code(self.actor, "actor")
        if self.acting_for is not None:
            check_code(self.acting_for, "acting_for")
        if self.channel not in CHANNELS:
            raise Malformed("code_unknown", "channel")
        if self.source not in SOURCES:
            raise Malformed("code_unknown", "source")

    @property
    def people(self) -> frozenset[str]:
        """Who asked, and for whom: see `people_of`."""
        return people_of(self.actor, self.acting_for)


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every request may state. `because` is the number of the entry behind it, or −k for the k-th request of
    its own group, counted from 1."""

    event: int = 0
    effective_on: date | None = None
    care_from: date | None = None
    care_to: date | None = None
    because: int = 0
    subject: str | None = None
    detail: Detail | None = None

    def __post_init__(self) -> None:
        if self.subject is not None:
            check_code(self.subject, "subject")
        if self.care_from is not None or self.care_to is not None:
            care_from, care_to = check_day(self.care_from, "care_from"), check_day(self.care_to, "care_to")
            if care_from is None or care_to is None or care_to < care_from:
                raise Malformed("dates_malformed", "care_to")
        if self.effective_on is not None and type(self.effective_on) is not date:
            raise Malformed("dates_malformed", "effective_on")
        if type(self.event) is not int or not 0 <= self.event <= 999:
            raise Malformed("event_unknown", "event")
        if self.because and (type(self.because) is not int or not -MAX_IMPORTED_GROUP < self.because <= MAX_NUMBER):
            raise Malformed("because_malformed", "because")


class Dated(Request, frozen=True, kw_only=True):
    """A request that moves money, and so needs its accounting day."""

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if self.effective_on is None:
            raise Malformed("day_missing", "effective_on")


class AccountSpec(msgspec.Struct, frozen=True):
    """A place money can be. `floor` and `ceiling` are signed pence; None means no guard."""

    code: str
    klass: str
    layer: str = ACTUAL
    group: str = ACTUAL
    type: str = "asset"
    normal: str = "debit"
    floor: int | None = None
    ceiling: int | None = None

    def __post_init__(self) -> None:
        check_account_code(self.code, "code")
        for field in ("klass", "group"):
            check_account_code(getattr(self, field), field)
        if self.layer not in LAYERS or self.type not in TYPES or self.normal not in NORMALS:
            raise Malformed("code_unknown", "account")
        if (self.layer == ACTUAL) != (self.group == ACTUAL):
            raise Malformed("group_malformed", "group")
        for limit in (self.floor, self.ceiling):
            if limit is not None and (type(limit) is not int or abs(limit) > MAX_PENCE):
                raise Malformed("amount_too_large", "floor")
        if self.floor is not None and self.ceiling is not None and self.floor > self.ceiling:
            raise Malformed("guard_malformed", "floor")
        if len(self.text()) > 256:
            raise Malformed("code_malformed", "code")

    def text(self) -> str:
        """The value of an `account.NN` attribute (docs/format.md section 5)."""
        floor = "-" if self.floor is None else str(self.floor)
        ceiling = "-" if self.ceiling is None else str(self.ceiling)
        return f"{self.code}:{self.klass}:{self.layer}:{self.group}:{self.type}:{self.normal}:{floor}:{ceiling}"

    @classmethod
    def of_text(cls, text: str) -> "AccountSpec":
        """The inverse of `text`; Malformed when it is not one."""
        parts = text.split(":")
        if len(parts) != 8:
            raise Malformed("account_malformed", "account")
        try:
            floor, ceiling = (None if part == "-" else int(part) for part in parts[6:])
        except ValueError:
            raise Malformed("account_malformed", "account") from None
        code, klass, layer, group, type_, normal = parts[:6]
        spec = cls(code, klass, layer, group, type_, normal, floor, ceiling)
        if spec.text() != text:
            raise Malformed("account_malformed", "account")
        return spec


class Guard(msgspec.Struct, frozen=True):
    """What a request was decided on: the subject's version is the number of the last entry about it."""

    subject: str
    version: int

    def __post_init__(self) -> None:
        check_code(self.subject, "guards")
        if type(self.version) is not int or not 0 <= self.version <= MAX_NUMBER:
            raise Malformed("number_malformed", "guards")


class AtLeast(msgspec.Struct, frozen=True):
    """A predicate checked in the critical section: the account's signed balance is at least `amount` pence."""

    account: str
    amount: int

    def __post_init__(self) -> None:
        check_account_code(self.account, "at_least")
        if type(self.amount) is not int or abs(self.amount) > MAX_PENCE:
            raise Malformed("amount_malformed", "at_least")


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What is submitted at once: one request, or an atomic group of them, under one key.

    `natural` keys record successes only (an import row): a refusal leaves no entry and no key. `lines_barred` says that the
    caller may not touch accounts of budget lines: such an item is refused whole, and leaves no entry and no key either.
    `ways` does the same for families of accounts, by the first part of their codes, and says by which way each moves.
    `other_than` are the numbers of entries that somebody else must have asked for: who makes does not approve, who
    approves does not release, and who acts for another is that person too."""

    requests: tuple[Request, ...]
    asked: Asked
    key: bytes | None = None
    prints: bytes = b""
    natural: bool = False
    guards: tuple[Guard, ...] = ()
    at_least: tuple[AtLeast, ...] = ()
    other_than: tuple[int, ...] = ()
    lines_barred: bool = False
    ways: Mapping[str, str] = {}
    refusal_attributes: tuple[tuple[str, str], ...] = ()
    refusal_detail: Detail | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.requests) <= (MAX_IMPORTED_GROUP if self.natural else MAX_GROUP):
            raise Malformed("group_malformed", "requests")
        for number in self.other_than:
            check_number(number, "other_than")
        if self.refusal_attributes:
            check_attributes(self.refusal_attributes, "refusal_attributes", MAX_ATTRIBUTES)
            if any(name in REFUSAL_NAMES or name.startswith("fact.") for name, _ in self.refusal_attributes):
                raise Malformed("attribute_repeated", "refusal_attributes")
        for position, request in enumerate(self.requests):
            if request.because < 0 and -request.because > position:
                raise Malformed("because_malformed", "because")


class Term(msgspec.Struct, frozen=True):
    """One account class of an identity and its coefficient, +1 or −1."""

    klass: str
    coefficient: int


class Identity(msgspec.Struct, frozen=True):
    """A linear identity declared by the caller: for each value of the tag, the weighted legs sum to zero."""

    name: str
    tag: str
    terms: tuple[Term, ...]
