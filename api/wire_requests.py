"""What clients may send when a budget is asked for, or refused."""

from datetime import date
from typing import Literal

from msgspec import Struct

from api.wire import Code, Day, EntryNumber
from api.wire_budgets import Words


class BudgetRequestIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A budget was asked for, or one way to hold it, by a right. `approved` is the number of the decision that referred the same
    before, once another person has approved it."""

    on: date
    right: Literal["chc", "children_cc", "s117", "wheelchair", "none"]
    management: Literal["notional", "third_party", "direct_payment", "one_off"] | None = None
    effective_on: Day
    approved: EntryNumber | None = None


class BudgetRequestOut(Struct, frozen=True, kw_only=True):
    """A request as it stands; `on` is the day of the last word, `ground` why it was refused, null while it was not."""

    request: str
    on: date
    right: str
    management: str | None
    ground: str | None


class BudgetRequestsOut(Struct, frozen=True):
    """What one person asked for, oldest first."""

    through_entry: int
    requests: list[BudgetRequestOut]


class BudgetRefusalIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Refuses a request on a ground, with reasons in writing; `other_way_offered` says that another way to hold the money was
    offered."""

    on: date
    ground: Literal["not_appropriate", "cannot_manage", "not_arranged", "no_money", "other"]
    reasons: Words | None = None
    other_way_offered: bool = False
    effective_on: Day
    approved: EntryNumber | None = None


class CheckIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Asks the commissioner to check a provider that is registered: whether it may do this work, and is insured."""

    payee: Code
    on: date
    effective_on: Day


class CheckOut(Struct, frozen=True, kw_only=True):
    """A provider to be checked: who asked for whom, by when it is due, and how many days late it is."""

    number: int
    person: str
    payee: str
    asked_on: date
    due_on: date
    late_days: int


class ChecksOut(Struct, frozen=True):
    """Providers to be checked, in the order asked for. `kept_back` were asked for people whose records are for others of the
    staff."""

    checks: list[CheckOut]
    kept_back: int
