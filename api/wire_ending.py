"""What clients may send about a direct payment that stops or pauses, and about the liabilities that come over with it."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire import Currency, Day, EntryNumber, Size
from api.wire_budgets import Name, Words

Ground = Annotated[
    Literal["consent_withdrawn", "capacity_regained", "sixteen", "not_patient", "unsuitable_payee", "nominee_declined",
            "nomination_withdrawn", "off_plan", "fraud", "needs_not_met", "died"],
    Meta(description="Why: the first three leave no choice (SI 2013/1617 reg 17(1), 4 and 5), the others do (reg 17(2))."),
]  # fmt: skip
Alternative = Annotated[
    Literal["commissioned", "notional", "third_party", "other_direct_payment", "not_needed"],
    Meta(description="How the care goes on; `not_needed` only where there is nobody here to care for any more."),
]
Class = Literal["notice_pay", "redundancy", "contract"]


class StopIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gives notice that a line of direct payments stops. `notified_on` is the day of the written notice, `ends_on` the last day
    of the payments; `reasons` are those of the notice. `notice` is the entry that made that notice, where it was written down
    here: then its days count from its delivery, or from when it was recorded that it was sent, and otherwise from today. `approved`
    is the number of the decision that referred the same before, once another person has approved it."""

    ground: Ground
    notified_on: Day
    ends_on: Day
    effective_on: Day
    reasons: Words | None = None
    alternative: Alternative | None = None
    notice: EntryNumber | None = None
    approved: EntryNumber | None = None


class SuspensionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pauses a line of direct payments; see StopIn."""

    effective_on: Day
    reasons: Words | None = None
    alternative: Alternative | None = None
    approved: EntryNumber | None = None


class ResumptionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes a pause back."""


class EndIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The notice has run out. `owes_nothing` says that nothing is owed to anybody else for care under the line; what is owed is
    stated as liabilities before."""

    effective_on: Day
    owes_nothing: bool = False


class StopReconsiderationIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks that a stop be looked at again, once."""

    on: Day
    words: Words | None = None


class StopReconsideredIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What became of it: the stop is `confirmed` or `withdrawn`. `words` are the reasons, for the person, and
    nothing is answered without them."""

    outcome: Literal["confirmed", "withdrawn"]
    on: Day
    words: Words | None = None


class EmploymentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An employment that ends with the payments. `born_on` is needed for redundancy; `weeks_worked` are weeks of the notice that
    were worked and paid as wages. It is kept apart from the log, and erasable."""

    started_on: date
    ended_on: date
    weekly_pay: Size
    weeks_worked: int = 0
    born_on: date | None = None


class LiabilityIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is owed to somebody else for care under a line that stops. With an `employment`, notice and redundancy pay are worked
    out by the statutory rule, and another `amount` takes a `reason`; without one the amount is given, and how it was worked out."""

    line: Name
    class_: Class = field(name="class")
    amount: Size | None = None
    currency: Currency
    working: Words | None = None
    employment: EmploymentIn | None = None
    reason: Words | None = None


class LiabilityAcceptedIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Takes a liability over. `hold` is an order of the line that still keeps money for it."""

    effective_on: Day
    hold: EntryNumber | None = None


class LiabilityInvoiceIn(Struct, frozen=True, forbid_unknown_fields=True):
    """An invoice that was entered before and is owed out of a liability's provision."""

    invoice: EntryNumber
    effective_on: Day


class TakeOverIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Takes over an invoice that was entered for a line that stops."""

    class_: Class = field(name="class")
    effective_on: Day
