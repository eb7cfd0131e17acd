"""The nouns of the ledger: what may be asked of a book, with its shape checked where it is made.

A request that exists is well formed: amounts are whole pence within bounds, codes use the alphabet of
docs/format.md, nothing is repeated. What the books say to it is decided in `ledger.core.apply`.
All values are msgspec structs: frozen, slotted, and cheap enough to make twenty thousand a second.
"""

from datetime import date
from hashlib import sha256

import msgspec

from ledger.core.calendar import period_days
from ledger.core.canon import ACCOUNT_CODE, CHANNELS, FIELD, MAX_LEGS, MAX_PENCE, REGISTER_KINDS, SOURCES

ACTUAL = "actual"
LAYERS = ("budget", "actual")
TYPES = ("source", "use", "asset", "liability", "equity", "income", "expense", "suspense")
NORMALS = ("debit", "credit")


class Malformed(ValueError):
    """A request that cannot be considered; nothing is recorded. `code` is stable, `field` says where."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(f"{code}: {field}")
        self.code = code
        self.field = field


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


class Request(msgspec.Struct, frozen=True, kw_only=True):
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
            if self.care_from is None or self.care_to is None or self.care_to < self.care_from:
                raise Malformed("dates_malformed", "care_to")
        if not 0 <= self.event <= 999:
            raise Malformed("event_unknown", "event")


class Dated(Request, frozen=True, kw_only=True):
    """A request that moves money, and so needs its accounting day."""

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if self.effective_on is None:
            raise Malformed("day_missing", "effective_on")


class Post(Dated, frozen=True, kw_only=True):
    """N legs that happen together or not at all. An act may lack authority; a fact never does (accounting.md,
    acts and facts): its guarded legs name their shortfall account. `up_to` names the account whose leg shrinks to what is
    available there, in a request of two legs."""

    legs: tuple[Leg, ...]
    fact: bool = False
    up_to: str | None = None
    currency: str | None = None

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        check_legs(self.legs)
        if self.up_to is not None and (
            len(self.legs) != 2 or self.fact or self.up_to not in {leg.account for leg in self.legs}
        ):
            raise Malformed("up_to_malformed", "up_to")
        for leg in self.legs:
            if leg.shortfall is not None:
                check_account_code(leg.shortfall, "shortfall")


class Kept(msgspec.Struct, frozen=True):
    """One pair of a hold: `amount` pence move from the origin to the holding account."""

    holding: str
    origin: str
    amount: int


class PlaceHold(Dated, frozen=True, kw_only=True):
    """Keeps money to one side, in one pair for each fund. Expires at `expires_us`, if given, as an entry."""

    pairs: tuple[Kept, ...]
    purpose: str = "order"
    expires_us: int | None = None

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        check_code(self.purpose, "purpose")
        if not 1 <= len(self.pairs) <= MAX_LEGS // 2:
            raise Malformed("legs_too_few" if not self.pairs else "legs_too_many", "pairs")
        seen = set()
        for pair in self.pairs:
            check_size(pair.amount, "pairs")
            seen.update((check_account_code(pair.holding, "pairs"), check_account_code(pair.origin, "pairs")))
        if len(seen) != 2 * len(self.pairs):
            raise Malformed("account_repeated", "pairs")


class Take(msgspec.Struct, frozen=True):
    """How many pence are taken from what a hold keeps on one account."""

    holding: str
    amount: int


def _check_takes(takes: tuple[Take, ...], least: int) -> None:
    if len(takes) < least:
        raise Malformed("legs_too_few", "takes")
    if len({take.holding for take in takes}) != len(takes):
        raise Malformed("account_repeated", "takes")
    for take in takes:
        check_account_code(take.holding, "takes")
        check_size(take.amount, "takes")


class SettleHold(Dated, frozen=True, kw_only=True):
    """Uses a hold, in part or finally. `legs` are the other legs of the movement; what a final settlement leaves goes back
    to where it came from."""

    hold: int
    takes: tuple[Take, ...]
    legs: tuple[Leg, ...]
    final: bool = False
    fact: bool = True

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        _check_takes(self.takes, 1)
        check_legs(self.legs, least=1)
        held = {take.holding for take in self.takes}
        if any(leg.account in held for leg in self.legs):
            raise Malformed("account_repeated", "legs")
        for leg in self.legs:
            if leg.shortfall is not None:
                check_account_code(leg.shortfall, "shortfall")


class ReleaseHold(Dated, frozen=True, kw_only=True):
    """Gives back what a hold keeps: all of it, or the amounts named."""

    hold: int
    takes: tuple[Take, ...] = ()

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        _check_takes(self.takes, 0)


class Reverse(Dated, frozen=True, kw_only=True):
    """Undoes one movement whole and once, on a day not before its own (accounting.md event 38)."""

    entry: int
    event: int = 38


class Replacement(msgspec.Struct, frozen=True):
    """An account of a closed year and the account of an open year that stands in for it in a correction."""

    account: str
    instead: str


class Correct(Dated, frozen=True, kw_only=True):
    """Undoes a movement of a closed year in an open one (accounting.md event 39): its legs negated, with accounts of the closed
    year replaced. Legs that meet on one account are netted."""

    entry: int
    replacements: tuple[Replacement, ...]
    event: int = 39

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        if not self.replacements:
            raise Malformed("legs_too_few", "replacements")
        for pair in self.replacements:
            check_account_code(pair.account, "replacements")
            check_account_code(pair.instead, "replacements")
        if len({pair.account for pair in self.replacements}) != len(self.replacements):
            raise Malformed("account_repeated", "replacements")


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
        return (
            f"{self.code}:{self.klass}:{self.layer}:{self.group}:{self.type}:{self.normal}:{floor}:{ceiling}"
        )

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


class OpenAccounts(Request, frozen=True, kw_only=True):
    """Opens one account, or all accounts of a share, in one entry. Tags (person, line, share …) are of all of them."""

    accounts: tuple[AccountSpec, ...]
    tags: tuple[tuple[str, str], ...] = ()
    share: bool = False

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if not 1 <= len(self.accounts) <= 99:
            raise Malformed("legs_too_few" if not self.accounts else "legs_too_many", "accounts")
        if len({spec.code for spec in self.accounts}) != len(self.accounts):
            raise Malformed("account_repeated", "accounts")
        for name, value in self.tags:
            check_code(value, f"tags.{name}")
            if not name.isidentifier() or not name.islower() or not name.isascii() or len(name) > 40:
                raise Malformed("code_malformed", "tags")
        if len({name for name, _ in self.tags}) != len(self.tags):
            raise Malformed("tag_repeated", "tags")


class ChangeAccount(Request, frozen=True, kw_only=True):
    """Freezes, unfreezes or closes an account, as a recorded event."""

    account: str
    to: str
    reason: str | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_account_code(self.account, "account")
        if self.to not in ("frozen", "unfrozen", "closed"):
            raise Malformed("code_unknown", "to")
        if self.reason is not None:
            check_code(self.reason, "reason")


class ChangePeriod(Request, frozen=True, kw_only=True):
    """Closes, reopens or (before the first month) opens a month `2026-03` or a year `2025-26`."""

    period: str
    to: str
    reason: str | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_period(self.period, "period")
        if self.to not in ("opened", "closed", "reopened"):
            raise Malformed("code_unknown", "to")
        if self.reason is not None:
            check_code(self.reason, "reason")


class Record(Request, frozen=True, kw_only=True):
    """An administrative event of a register kind, or a decision: codes, and one commitment to its details."""

    kind: str
    attributes: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if self.subject is None:
            raise Malformed("code_malformed", "subject")
        if self.kind not in REGISTER_KINDS and self.kind != "decision":
            raise Malformed("code_unknown", "kind")
        names = [name for name, _ in self.attributes]
        if len(set(names)) != len(names):
            raise Malformed("attribute_repeated", "attributes")
        if self.kind != "decision" and "act" not in names:
            raise Malformed("act_missing", "attributes")
        for name, value in self.attributes:
            check_code(value, name)


class Erase(Request, frozen=True, kw_only=True):
    """Lists the entries whose details are erased. The actor and the second person differ."""

    entries: tuple[int, ...]
    second: str
    ground: str

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_code(self.second, "second")
        check_code(self.ground, "ground")
        if not self.entries or len(set(self.entries)) != len(self.entries) or len(self.entries) > 900:
            raise Malformed("entries_malformed", "entries")


class OpenBook(Request, frozen=True, kw_only=True):
    """The first entry of a book: its currency, first month, nature and the origin of its tree."""

    currency: str
    first_month: str
    nature: str
    origin: str

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            raise Malformed("currency_malformed", "currency")
        if self.nature not in ("live", "synthetic", "open_data"):
            raise Malformed("code_unknown", "nature")
        check_period(self.first_month, "first_month")
        check_code(self.origin, "origin")


class Restart(Request, frozen=True, kw_only=True):
    """Goes on under a new origin after a restore that lost entries (engine: restore check), by two people."""

    origin: str
    second: str
    ground: str
    note_size: int
    note_root: str | None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        for field in ("origin", "second", "ground"):
            check_code(getattr(self, field), field)


AnyRequest = (
    Post | PlaceHold | SettleHold | ReleaseHold | Reverse | Correct | OpenAccounts | ChangeAccount | ChangePeriod
    | Record | Erase | OpenBook | Restart
)  # fmt: skip


class Guard(msgspec.Struct, frozen=True):
    """What a request was decided on: the subject's version is the number of the last entry about it."""

    subject: str
    version: int


class AtLeast(msgspec.Struct, frozen=True):
    """A predicate checked in the critical section: the account's signed balance is at least `amount` pence."""

    account: str
    amount: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """What is submitted at once: one request, or an atomic group of them, under one key.

    `natural` keys record successes only (an import row): a refusal leaves no entry and no key."""

    requests: tuple[AnyRequest, ...]
    asked: Asked
    key: bytes | None = None
    prints: bytes = b""
    natural: bool = False
    guards: tuple[Guard, ...] = ()
    at_least: tuple[AtLeast, ...] = ()
    refusal_attributes: tuple[tuple[str, str], ...] = ()
    refusal_detail: Detail | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.requests) <= 50:
            raise Malformed("group_malformed", "requests")
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
