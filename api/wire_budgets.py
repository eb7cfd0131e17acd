"""What clients may send about a person's budget, field by field."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from policies.referrals import DECLINED_FOR

PersonRef = Annotated[str, Meta(description="The person's reference in this book; never an NHS number.",
                                extra_json_schema={"pattern": "^P[BCDFGHJKLMNPQRSTVWXZ]{15}$"})]  # fmt: skip
Name = Annotated[str, Meta(description="A name of ours for one thing, without a slash.",
                           extra_json_schema={"pattern": r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,39}$"})]  # fmt: skip
FundYear = Annotated[str, Meta(description="A financial year 2025-26; or `term`, for what has to serve for years.",
                               extra_json_schema={"pattern": r"^(20[0-9]{2}-[0-9]{2}|term)$"})]  # fmt: skip
ServiceCode = Annotated[str, Meta(description="A service of the closed list in docs/rules.md.",
                                  examples=["home_care"],
                                  extra_json_schema={"pattern": "^[a-z][a-z0-9_]{0,63}$"})]  # fmt: skip
Words = Annotated[str, Meta(max_length=1000, description="In your own words. Kept apart from the log, and erasable.")]


class AskIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """May this be bought? Nothing moves; the answer is kept and can be relied on until the day it names. `debt_for` names the
    service of the plan that a debt to be repaid is for, `relies_on` the number of an earlier answer."""

    line: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    effective_on: Day
    payee: Name | None = None
    care_from: date | None = None
    care_to: date | None = None
    debt_for: ServiceCode | None = None
    relies_on: EntryNumber | None = None


class SpendIn(AskIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Order this: its money is kept until the invoice comes. `rate` (an amount a unit) and `quantity` (units, with two
    decimal places at most) come together; an invoice is then held against them."""

    rate: Size | None = None
    quantity: Size | None = None


class InstalmentIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A payment of the plan's schedule to the holder's account: kept until somebody else releases it. `period` is the first day of
    the period that it is for, and is needed where the line has a schedule."""

    line: Name
    service: ServiceCode
    amount: Size
    currency: Currency
    effective_on: Day
    period: date | None = None
    care_from: date | None = None
    care_to: date | None = None


class ConditionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A condition of an approval. Each kind once, with what it needs: `amount_cap` an `amount` for all that is spent under it;
    `use_by` a `day`, the last of the care; `payee_only` nothing, it is the payee who was asked for; `no_repeat` a number of `days`,
    in which buying the same service on the line again waits for a person; `evidence_due` a `day`."""

    kind: Literal["amount_cap", "use_by", "payee_only", "no_repeat", "evidence_due"]
    amount: Size | None = None
    day: date | None = None
    days: Annotated[int, Meta(ge=1, le=366)] | None = None
    words: Words | None = None


class ResolutionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an officer decides of a referral. `reason` is a code; `words` are for the holder."""

    effective_on: Day
    reason: Code | None = None
    words: Words | None = None


class ReferralApprovalIn(ResolutionIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A yes to a referral, with conditions or without."""

    conditions: Annotated[list[ConditionIn], Meta(max_length=5)] = []


class ReferralDeclineIn(ResolutionIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A no to a referral. It needs its reason in a code of the list and in words for the holder."""

    reason: Annotated[str, Meta(extra_json_schema={"enum": list(DECLINED_FOR)})] | None = None


class EvidenceCameIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The evidence that an approval asked for came in on a day."""

    on: Day
    words: Words | None = None


class SpendReleaseIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Gives back what is kept for an order: all that remains, or an amount of it."""

    effective_on: Day
    amount: Size | None = None
