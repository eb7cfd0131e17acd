"""What clients may send about plans, their versions and lines, field by field."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import FundYear, Name, ServiceCode, Words

Title = Annotated[str, Meta(min_length=1, max_length=200, description="In the person's own words; erasable.")]
Weight = Annotated[int, Meta(ge=1, le=1_000_000, description="A fund bears its weight's part of the weights' sum.")]
Codes = Annotated[list[Code], Meta(max_length=20)]
Interval = Literal["weekly", "four_weekly", "monthly", "quarterly", "yearly", "once"]


class ShareIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A fund's part of a line, of the days from `from` to `to` where they are named. In a later version of a plan, shares without
    dates are for the days from the first that it counts for; who bore the days before stays."""

    fund: Name
    weight: Weight = 1
    start: date | None = field(name="from", default=None)
    end: date | None = field(name="to", default=None)


class YearAmountIn(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a line's amount is for one financial year, or for the whole term of a thing that has to serve for years."""

    year: FundYear
    amount: Size


class SavingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What the holder may save up, for which service, and until when: it is no surplus."""

    amount: Size
    service: ServiceCode
    until: date


class PlanLineIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One line of a plan. Without `years` the whole amount is that of the year in which the line begins; of a wheelchair with a
    `term_end`, notional or a third party's, that of its term, which no year end touches. `instalment` is what each
    payment to a holder or third party is; without it a person looks at each. Money may move between the lines of one `flexibility`
    group; without one a line keeps what it is given.

    `line` names, in a later version, the line that goes on; a new line has none yet. `interval` is how often an instalment comes.
    `channel` says how a direct payment is held; a managed account names the organisation that holds it, `account_with`. `unit`,
    `rate` (an amount a unit) and `quantity` (units, with two decimal places at most) come together. `indicative` is what was said
    before the plan was made, `start_up` the part of the amount that starts things off, `cost` what the care of the line costs:
    of a direct payment beside other lines a person looks where it is not said. `owner` says whose a thing is that is
    bought, `term_end` until when it has to serve. `working` is how the amount was worked out: kept apart from the log, and
    erasable. `saving` is what the plan lets the holder of a direct payment save up. `contingency` is the part
    of the amount that is kept for emergencies: the signature sets it aside, and a later version changes it by the difference."""

    line: Name | None = None
    title: Title
    description: Words = ""
    services: Annotated[list[ServiceCode], Meta(min_length=1, max_length=20)]
    management: Literal["notional", "third_party", "direct_payment", "one_off"]
    amount: Size
    start: date = field(name="from")
    end: date = field(name="to")
    shares: Annotated[list[ShareIn], Meta(min_length=1, max_length=10)]
    payees: Annotated[list[Name], Meta(max_length=20)] = []
    holder_account: Name | None = None
    instalment: Size | None = None
    flexibility: Name | None = None
    years: Annotated[list[YearAmountIn], Meta(max_length=10)] = []
    interval: Interval | None = None
    channel: Literal["managed_account", "card", "own_account"] | None = None
    account_with: Name | None = None
    unit: Name | None = None
    rate: Size | None = None
    quantity: Size | None = None
    indicative: Size | None = None
    start_up: Size | None = None
    owner: Literal["nhs", "person"] | None = None
    term_end: date | None = None
    saving: SavingIn | None = None
    contingency: Size | None = None
    cost: Size | None = None
    working: Words = ""


class MonitorIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Who monitors one of the plan's needs: codes (SI 2013/1617 reg 8(4)(e))."""

    need: Name
    who: Name


class ConnectedIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A payee who is family or friend in the same household, and why paying them is necessary (reg 8(5A))."""

    payee: Name
    necessity: Literal["meets_need", "child_welfare"] | None = None


class PlanIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Drafts a plan with its lines. Nothing is given until somebody else signs.

    `coordinator` is a code; `agreement` says whether the direct-payment agreement is signed. `needs` and `outcomes` are codes of
    what is written elsewhere. `first_review` is the day of the next review, `notice_days` how much notice a cut takes. `risks_on`
    is the day by which whoever is paid had been told of the significant risks, `risk_procedure` the code of where the procedure
    agreed for them is written (reg 8(1)). `cost` is what the care that the plan says is needed costs, and `enough_by` who confirmed
    that the lines are enough for it."""

    title: Title
    description: Words = ""
    start: date = field(name="from")
    end: date | None = field(name="to", default=None)
    currency: Currency
    coordinator: Code | None = None
    agreement: bool = False
    lines: Annotated[list[PlanLineIn], Meta(min_length=1, max_length=20)]
    needs: Codes = []
    outcomes: Codes = []
    monitors: Annotated[list[MonitorIn], Meta(max_length=20)] = []
    first_review: date | None = None
    notice_days: Annotated[int, Meta(ge=0, le=999)] | None = None
    risks_on: date | None = None
    risk_procedure: Name | None = None
    cost: Size | None = None
    enough_by: Name | None = None
    connected: Annotated[list[ConnectedIn], Meta(max_length=20)] = []


class VersionIn(PlanIn, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Drafts the next version of a plan, whole: a line that it names goes on, one without a name is new, and one that it leaves out
    ends. `from` is the first day that it counts for, which may have passed. `notice_on` is the day on which the person was given
    notice of what it cuts; where that is a direct payment, `notice` is the entry that made the written notice of the cut."""

    notice_on: date | None = None
    notice: EntryNumber | None = None


class SignatoryIn(Struct, frozen=True, forbid_unknown_fields=True):
    """One side's signature: whose (a code), when, and how it was given."""

    side: Literal["commissioner", "person", "representative"]
    who: Name
    on: date
    channel: Literal["in_person", "paper", "electronic", "video", "telephone"]


class SignatureIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Signs a drafted plan: its lines are agreed, and their money is allocated on this day. Direct payments need the signatures of
    both sides and `agreement_on`, the day by which both had signed the direct-payment agreement. `approved` is the number of the
    decision that referred this signature, once another person has approved it."""

    effective_on: Day
    signatures: Annotated[list[SignatoryIn], Meta(max_length=10)] = []
    agreement_on: date | None = None
    approved: EntryNumber | None = None
