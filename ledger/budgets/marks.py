"""Marks and days away: what is recorded so that two things can be seen to be one, or to be impossible, without what they are.

A mark is a keyed hash of a bank account, an address or a telephone number; nobody can read it back, and two that are equal stand
for the same. Days away are those on which a person is in hospital, or an assistant works elsewhere or is absent: a ground and two
days, never why. Both are entries of kind evidence.
"""

import re
from datetime import date

import msgspec

from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, within
from ledger.core.model import Malformed, check_code
from ledger.core.requests import Record

NAMES = ("bank", "place", "phone")
"""What a mark may be of."""
WAYS = ("card", "cash", "direct_debit", "transfer")
"""How money left a bank account, where its provider says it."""
OF_PERSON, OF_PAYEE = ("hospital",), ("absent", "employed_elsewhere")
"""Why somebody is away: the person whose budget it is, or whom it pays."""
AWAY_ACTS = ("away_noted", "away_withdrawn")
_CASH = frozenset(("ATM", "CASH", "CPT", "CSH", "CWDL", "NCSH"))
"""What providers write for money that was drawn at a machine or a counter."""


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of a person, of somebody who acts for them, or of a payee (`payee`, its reference, instead of `person`): each a
    keyed hash in hexadecimal digits, None where nobody has said."""

    person: str | None = None
    payee: str | None = None
    bank: str | None = None
    place: str | None = None
    phone: str | None = None

    def __post_init__(self) -> None:
        if (self.person is None) == (self.payee is None):
            raise Malformed("subject_malformed", "person")
        if self.bank is None and self.place is None and self.phone is None:
            raise Malformed("marks_missing", "bank")

    @property
    def subject(self) -> str:
        """`marks/{person or payee}`; what is noted later is noted besides."""
        return marks_subject(self.person or self.payee or "")


def marks_subject(owner: str) -> str:
    """The subject of what is noted of a person or a payee."""
    return f"marks/{check_name(owner, 'owner')}"


def marks_noted(marks: Marks, *, on: date, because: int = 0) -> Record:
    """Marks as they were known on a day. A payee is `of_payee` here: an entry with a `payee` is about money."""
    given = attributes("marks_noted", person=marks.person, of_payee=marks.payee, bank=marks.bank, place=marks.place,
                       phone=marks.phone, on=on)  # fmt: skip
    return Record(kind="evidence", subject=marks.subject, because=because, attributes=given)


class Away(msgspec.Struct, frozen=True, kw_only=True):
    """Days, both counted, on which a person (or a payee, instead) was away on one of the grounds that fit them."""

    start: date
    end: date
    ground: str
    person: str | None = None
    payee: str | None = None

    def __post_init__(self) -> None:
        if (self.person is None) == (self.payee is None):
            raise Malformed("subject_malformed", "person")
        within(self.start, self.end)
        among(self.ground, OF_PAYEE if self.person is None else OF_PERSON, "ground")

    @property
    def subject(self) -> str:
        """`away/{who}/{first day}`: said again, it is put right."""
        return check_code(f"away/{self.person or self.payee}/{self.start.isoformat()}", "subject")


def away_recorded(away: Away, *, act: str = "away_noted", because: int = 0) -> Record:
    """That somebody was away, or (`away_withdrawn`) that they were not."""
    given = attributes(among(act, AWAY_ACTS, "act"), person=away.person, of_payee=away.payee, ground=away.ground,
                       from_=away.start, to=away.end)  # fmt: skip
    return Record(kind="evidence", subject=away.subject, because=because, attributes=given)


def way_of(kind: str) -> str | None:
    """How money left, from what a provider calls it: cash where one of its codes says so, else None."""
    return "cash" if _CASH & set(kind.upper().replace("/", " ").replace("-", " ").split()) else None


def following(reference: str) -> str | None:
    """The reference that would come after this one, were they counted: its last number and one more; None where it has none."""
    counted = re.fullmatch(r"(.*?)([0-9]+)([^0-9]*)", reference, re.DOTALL)
    if counted is None:
        return None
    before, number, after = counted.groups()
    return f"{before}{int(number) + 1:0{len(number)}d}{after}"


def plain_bank(sort_code: str, account_number: str) -> str:
    """A bank account as it is hashed: its fourteen digits. Malformed(bank_malformed)."""
    digits = "".join(f"{sort_code}{account_number}".replace("-", "").split())
    if not re.fullmatch(r"[0-9]{14}", digits):
        raise Malformed("bank_malformed", "account_number")
    return digits


def plain_place(address: str) -> str:
    """An address as it is hashed: its letters and digits, in capitals. Malformed(place_malformed) for fewer than six of them."""
    plain = "".join(sign for sign in address.upper() if sign.isalnum())
    if len(plain) < 6:
        raise Malformed("place_malformed", "address")
    return plain


def plain_phone(telephone: str) -> str:
    """A telephone number as it is hashed: its digits, a British one as dialled at home. Malformed(phone_malformed)."""
    digits = "".join(sign for sign in telephone if sign in "0123456789+")
    digits = re.sub(r"^(?:\+|00)44", "0", digits).lstrip("+")
    if not re.fullmatch(r"[0-9]{6,15}", digits):
        raise Malformed("phone_malformed", "telephone")
    return digits
