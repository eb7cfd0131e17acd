"""What clients may send about who holds a direct payment, and where it goes."""

from datetime import date
from typing import Literal

from msgspec import Struct, field

from api.wire import Code, Day, EntryNumber


class NominationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is on paper about a nominee, by the day on which it was said."""

    agreed_on: date | None = None
    commissioner_agreed_on: date | None = None
    certificate_exempt: bool = False
    certificate_asked_on: date | None = None
    lost_for_a_time_on: date | None = None


class HolderIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names who manages the money: `holder` is the `sub` of their token, `authority` what lets a representative act. `approved` is
    the number of the decision that referred the same before, once another person has approved it."""

    holder: Code
    role: Literal["person", "representative", "nominee"]
    authority: Literal["deputy", "lasting_power", "enduring_power", "parental_responsibility", "appointee"] | None = (
        None
    )
    nomination: NominationIn | None = None
    start: date = field(name="from")
    end: date | None = field(name="to", default=None)
    effective_on: Day
    approved: EntryNumber | None = None


class AccountApprovalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Approves an account that somebody else registered, on a day."""

    effective_on: Day


class HouseholdIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Says whether a payee is family or a friend of a person and lives in the same household."""

    person: Code
    connected: bool


class ReturnIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A return that the holder was reminded of, or that came in, on a day."""

    act: Literal["return_reminded", "return_received"]
    on: date
