"""Requests for a personal health budget, or for a way to hold it, and refusals of them: who asked, by which right, and on what
ground it was refused (Standing Rules SI 2012/2996 reg 32B; SI 2013/1617 reg 7(10))."""

from collections.abc import Mapping
from datetime import date

import msgspec

from ledger.budgets.offers import RIGHTS
from ledger.budgets.plans import MANAGEMENT
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, day_needed, needed, subject_name
from ledger.core.model import Detail, Malformed
from ledger.core.requests import Record

GROUNDS = ("not_appropriate", "cannot_manage", "not_arranged", "no_money", "other")
"""Why a request is refused: a budget is not appropriate for this person; they could not manage it even with help (reg 7); the
commissioner has no way to arrange it; it has no money for it; anything else."""


class BudgetRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One request: for a budget as such, or for one way to hold it (`management`), by a right of RIGHTS. `ground` is why it was
    refused, None while it was not."""

    request: str
    person: str
    on: date
    right: str
    management: str | None = None
    ground: str | None = None

    def __post_init__(self) -> None:
        check_name(self.request, "request")
        check_name(self.person, "person")
        among(self.right, RIGHTS, "right")
        if self.management is not None:
            among(self.management, MANAGEMENT, "management")
        if self.ground is not None:
            among(self.ground, GROUNDS, "ground")
        if type(self.on) is not date:
            raise Malformed("dates_malformed", "on")


def request_recorded(asked: BudgetRequest, *, because: int = 0, detail: Detail | None = None) -> Record:
    """A request, or its refusal when it has a ground; the words of the reasons are the detail. Subject `request/{request}`."""
    given = attributes(
        "budget_requested" if asked.ground is None else "request_refused", person=asked.person, on=asked.on,
        right=asked.right, management=asked.management, ground=asked.ground,
    )  # fmt: skip
    return Record(kind="offer", subject=f"request/{asked.request}", because=because, detail=detail, attributes=given)


def request_of(subject: str, given: Mapping[str, str]) -> BudgetRequest:
    """The request of a register row."""
    return BudgetRequest(
        request=subject_name(subject, "request"), person=needed(given, "person"), on=day_needed(given, "on"),
        right=needed(given, "right"), management=given.get("management"), ground=given.get("ground"),
    )  # fmt: skip
