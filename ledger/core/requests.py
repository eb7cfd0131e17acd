"""Everything that may be asked of a book: one struct for each kind of request, well formed once it exists."""

import re

import msgspec

from ledger.core.calendar import is_year
from ledger.core.canon import MAX_LEGS, REGISTER_KINDS
from ledger.core.model import (
    MAX_ATTRIBUTES,
    MAX_NUMBER,
    AccountSpec,
    Dated,
    Leg,
    Malformed,
    Request,
    check_account_code,
    check_attributes,
    check_code,
    check_legs,
    check_number,
    check_period,
    check_size,
)

MAX_PAIRS = MAX_LEGS // 4
MAX_ERASED = 600
"""As many commitments as fit into one line."""
OUTCOMES = ("allow", "refer", "deny")
_ROOT = re.compile(r"[0-9a-f]{64}")


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
        if self.currency is not None:
            check_code(self.currency, "currency")
        if self.up_to is not None and (
            len(self.legs) != 2 or self.fact or self.up_to not in {leg.account for leg in self.legs}
        ):
            raise Malformed("up_to_malformed", "up_to")
        for leg in self.legs:
            if leg.shortfall is not None:
                _check_shortfalls(self.legs, MAX_LEGS)
                break


def _check_shortfalls(legs: tuple[Leg, ...], most: int) -> None:
    """A shortfall is recorded on an account of its own, so that it can be seen; and the line has room for it."""
    named = {check_account_code(leg.shortfall, "shortfall") for leg in legs if leg.shortfall is not None}
    if any(leg.account in named for leg in legs):
        raise Malformed("account_repeated", "shortfall")
    if len(legs) + len(named) > most:
        raise Malformed("legs_too_many", "legs")


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
        if not 1 <= len(self.pairs) <= MAX_PAIRS:
            raise Malformed("legs_too_few" if not self.pairs else "legs_too_many", "pairs")
        if self.expires_us is not None and (type(self.expires_us) is not int or not 0 < self.expires_us < 10**17):
            raise Malformed("time_malformed", "expires_us")
        seen: set[str] = set()
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
        check_number(self.hold, "hold")
        _check_takes(self.takes, 1)
        check_legs(self.legs, least=1)
        held = {take.holding for take in self.takes}
        if any(leg.account in held for leg in self.legs):
            raise Malformed("account_repeated", "legs")
        # The hold's own legs come on top when it is settled finally.
        _check_shortfalls(self.legs, MAX_LEGS - 2 * MAX_PAIRS)


class ReleaseHold(Dated, frozen=True, kw_only=True):
    """Gives back what a hold keeps: all of it, or the amounts named."""

    hold: int
    takes: tuple[Take, ...] = ()

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        check_number(self.hold, "hold")
        _check_takes(self.takes, 0)


class Reverse(Dated, frozen=True, kw_only=True):
    """Undoes one movement whole and once, on a day not before its own (accounting.md event 38)."""

    entry: int
    event: int = 38

    def __post_init__(self) -> None:
        Dated.__post_init__(self)
        check_number(self.entry, "entry")


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
        check_number(self.entry, "entry")
        if not 1 <= len(self.replacements) <= 99:
            raise Malformed("legs_too_few" if not self.replacements else "legs_too_many", "replacements")
        for pair in self.replacements:
            check_account_code(pair.account, "replacements")
            check_account_code(pair.instead, "replacements")
        if len({pair.account for pair in self.replacements}) != len(self.replacements):
            raise Malformed("account_repeated", "replacements")


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
        if len({name for name, _ in self.tags}) != len(self.tags) or len(self.tags) > 50:
            raise Malformed("tag_repeated" if len(self.tags) <= 50 else "attributes_too_many", "tags")


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
    """Closes, reopens (with a reason) or, before the first month, opens a month `2026-03` or a year `2025-26`."""

    period: str
    to: str
    reason: str | None = None

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_period(self.period, "period")
        if self.to not in ("opened", "closed", "reopened"):
            raise Malformed("code_unknown", "to")
        if self.to == "reopened" and self.reason is None:
            raise Malformed("reason_missing", "reason")
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
        check_attributes(self.attributes, "attributes", MAX_ATTRIBUTES)
        given = dict(self.attributes)
        if self.kind != "decision" and "act" not in given:
            raise Malformed("act_missing", "attributes")
        if self.kind == "decision" and ("bundle" not in given or given.get("outcome") not in OUTCOMES):
            raise Malformed("code_unknown", "outcome")


class Erase(Request, frozen=True, kw_only=True):
    """Lists the entries whose details are erased. The actor and the second person differ."""

    entries: tuple[int, ...]
    second: str
    ground: str

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        check_code(self.second, "second")
        check_code(self.ground, "ground")
        if not self.entries or len(set(self.entries)) != len(self.entries) or len(self.entries) > MAX_ERASED:
            raise Malformed("entries_malformed", "entries")
        for number in self.entries:
            check_number(number, "entries")


class OpenBook(Request, frozen=True, kw_only=True):
    """The first entry of a book: its currency, first month, nature and the origin of its tree."""

    currency: str
    first_month: str
    nature: str
    origin: str

    def __post_init__(self) -> None:
        Request.__post_init__(self)
        if not (
            len(self.currency) == 3 and self.currency.isascii() and self.currency.isalpha() and self.currency.isupper()
        ):
            raise Malformed("currency_malformed", "currency")
        if self.nature not in ("live", "synthetic", "open_data"):
            raise Malformed("code_unknown", "nature")
        if is_year(check_period(self.first_month, "first_month")):
            raise Malformed("period_malformed", "first_month")
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
        if type(self.note_size) is not int or not 0 <= self.note_size <= MAX_NUMBER:
            raise Malformed("number_malformed", "note_size")
        if self.note_root is not None and not _ROOT.fullmatch(self.note_root):
            raise Malformed("code_malformed", "note_root")


AnyRequest = (
    Post | PlaceHold | SettleHold | ReleaseHold | Reverse | Correct | OpenAccounts | ChangeAccount | ChangePeriod
    | Record | Erase | OpenBook | Restart
)  # fmt: skip
