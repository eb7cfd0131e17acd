"""What clients may send to change a budget within what was agreed."""

from msgspec import Struct

from api.wire import Code, Currency, Day, EntryNumber, Size
from api.wire_budgets import Name


class VirementIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Moves authority from one line of the budget to another of its flexibility group; `in_hand` moves what has been paid out and
    not used, which stays in the holder's account. `approved` is the number of the decision that referred the same before, once
    another person has approved it."""

    line: Name
    to: Name
    amount: Size
    currency: Currency
    effective_on: Day
    in_hand: bool = False
    approved: EntryNumber | None = None


class ContributionIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a person or charity gave towards a line, into a bank of the commissioner; or what of it goes back."""

    line: Name
    amount: Size
    currency: Currency
    effective_on: Day
    bank: Name


class ContingencyIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sets money of a line aside for emergencies, or draws it. `reason` is a code, such as hospital; `approved` is as for a
    virement."""

    line: Name
    amount: Size
    currency: Currency
    effective_on: Day
    reason: Code
    approved: EntryNumber | None = None
