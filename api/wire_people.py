"""What clients may send to set up people, payees and funds, field by field."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import FundYear, Name, PersonRef

PersonalName = Annotated[str, Meta(min_length=1, max_length=200, description="Kept apart from the log, and erasable.")]
Years = Annotated[list[FundYear], Meta(min_length=1, max_length=10, description="Financial years, and `term`.")]


class IdentityIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Who a person is. Never written to the log."""

    name: PersonalName
    nhs_number: Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9]{10}$"})] | None = None


class GroupIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A fact about a person for reports, from a day on."""

    name: Literal["birth_month", "sex", "ethnicity", "deprivation", "sub_icb", "right", "requested_on"]
    value: Code
    since: date = field(name="from")


class PersonIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Registers a person. The answer's subject is their reference; it is all that other requests name."""

    groups: Annotated[list[GroupIn], Meta(max_length=50)] = []
    identity: IdentityIn | None = None


class PersonEventIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Something that happened to a person, on a day in the world. `groups` come with groups_changed alone. `excluded_by_schedule`
    says that the Schedule to SI 2013/1617 lets them have no direct payment, as of the day of the evidence, and never what for."""

    act: Literal["groups_changed", "consent_given", "consent_withdrawn", "capacity_found", "capacity_lost",
                 "excluded_by_schedule", "schedule_lifted", "died"]  # fmt: skip
    on: date | None = None
    groups: Annotated[list[GroupIn], Meta(max_length=50)] = []


class RestrictionIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Keeps a record for staff who are named by the `sub` of their tokens, two at least, from a day on, and says why; or questions
    or lifts that: then `reason` and `staff` are left out."""

    act: Literal["restricted", "restriction_questioned", "restriction_lifted"]
    on: date
    reason: Literal["staff_connected", "safeguarding", "another"] | None = None
    staff: Annotated[list[Code], Meta(max_length=20)] = []


class DelegationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Lets a token act for the person: `holder` is its `sub`."""

    holder: Code
    scope: Literal["see", "ask", "spend"]
    start: date = field(name="from")
    end: date | None = field(name="to", default=None)


class RevocationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Ends a delegation at once."""


class HolderAccountIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A bank account for direct payments. What the bank calls it is kept apart from the log, and erasable. `held_by` says who can
    use it: an organisation is one that holds a managed account, a carer one carer alone. `auditable` says whether it gives
    statements of where its money is from and goes to, where somebody has looked."""

    sort_code: Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9]{6}$"}, min_length=6, max_length=6)]
    account_number: Annotated[str, Meta(extra_json_schema={"pattern": "^[0-9]{8}$"}, min_length=8, max_length=8)]
    account_name: PersonalName
    held_by: Literal["person", "representative", "nominee", "organisation", "carer"] = "person"
    auditable: bool | None = None


class ApprovalIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Approves what somebody else registered. `approved` is the number of the decision that referred the same before, once another
    person has approved it."""

    approved: EntryNumber | None = None


class BarIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Bars for everybody."""


class PayeeBarIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Bars a payee for everybody, or for one person."""

    person: PersonRef | None = None


class PayeeRouteIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays a payee from now on: this ledger's payments or the commissioner's general ledger."""

    route: Literal["ours", "general_ledger"]


class PayeeRegistrationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What is known of a payee's registration now, stated whole. Of what nobody has said yet, say nothing."""

    regulated: bool | None = None
    cqc: bool | None = None
    direct_employee: bool | None = None
    profession: bool | None = None
    indemnity: bool | None = None
    registered_until: Day | None = None
    insured_until: Day | None = None


class PayeeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Registers who may be paid. Of what nobody has said yet, say nothing. `profession`: registered with the body of their
    profession, where it calls for that; `indemnity`: insured as fits the care; `registered_until` and `insured_until`: the last
    days that were shown of either. The name is kept apart from the log."""

    payee: Name
    name: PersonalName
    regulated: bool | None = None
    cqc: bool | None = None
    direct_employee: bool | None = None
    route: Literal["ours", "general_ledger"] = "ours"
    profession: bool | None = None
    indemnity: bool | None = None
    registered_until: Day | None = None
    insured_until: Day | None = None


class FundIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Opens a fund and its accounts of some years. A fund of kind partner names the council behind it."""

    fund: Name
    years: Years
    kind: Literal["ring_fenced", "demand_led", "partner", "contribution"] = "ring_fenced"
    partner: Name | None = None


class FundYearsIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Opens further years of a fund."""

    years: Years


class DrawDownIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Cash that a source, as `funding/{source}` names it, paid into one of our banks."""

    source: Name
    bank: Name
    amount: Size
    currency: Currency
    effective_on: Day


class GrantIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Money that a fund is given for a year, or for what serves for a term."""

    year: FundYear
    amount: Size
    currency: Currency
    effective_on: Day
