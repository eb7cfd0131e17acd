"""What clients may send about who holds a direct payment, and where it goes."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire import Code, Day, EntryNumber
from api.wire_budgets import Words


class NominationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is on paper about a nominee, by the day on which it was said."""

    agreed_on: date | None = None
    commissioner_agreed_on: date | None = None
    certificate_exempt: bool = False
    certificate_asked_on: date | None = None
    lost_for_a_time_on: date | None = None


class JudgementIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody else holds the money for a person: what was weighed, of whether a direct payment suits the condition, what it
    does to the person's life, and value for money; and the reasons, which are kept apart from the log."""

    regarded: Annotated[list[Literal["condition", "life", "value"]], Meta(max_length=3)]
    words: Words


class HolderIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Names who manages the money: `holder` is the `sub` of their token, `authority` what lets a representative act. Of whoever is
    not the person, `judgement` says why, and `principal_on` when they agreed to make the contracts in their own name. `approved`
    is the number of the decision that referred the same before, once another person has approved it."""

    holder: Code
    role: Literal["person", "representative", "nominee"]
    authority: Literal["deputy", "lasting_power", "enduring_power", "parental_responsibility", "appointee"] | None = (
        None
    )
    nomination: NominationIn | None = None
    judgement: JudgementIn | None = None
    principal_on: date | None = None
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


class ReturnSaidIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A return that the holder was reminded of, or that came in, on a day."""

    act: Literal["return_reminded", "return_received"]
    on: date
