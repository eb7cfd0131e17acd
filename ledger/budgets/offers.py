"""Offers of a personal health budget: when it was offered, by which right, what could be chosen, and what the person said."""

from collections.abc import Mapping
from datetime import date

import msgspec

from ledger.budgets.plans import MANAGEMENT
from ledger.budgets.shares import check_name
from ledger.budgets.wording import among, attributes, day_needed, needed, numbered, subject_name
from ledger.core.model import Malformed, check_code
from ledger.core.requests import Record

RIGHTS = ("chc", "children_cc", "s117", "wheelchair", "none")
"""The ground of a right to a budget (Standing Rules SI 2012/2996 Part 6A); `none` where it is offered without one."""
ANSWERS = ("accepted", "declined", "asked_for_time")


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """An offer and its newest answer. `options` are the ways to hold the money that were shown; `on` is the day of the offer,
    `answered_on` that of the answer; `reason` a code, without which nothing is declined."""

    offer: str
    person: str
    on: date
    right: str
    options: tuple[str, ...]
    answer: str
    answered_on: date
    reason: str | None = None

    def __post_init__(self) -> None:
        check_name(self.offer, "offer")
        check_name(self.person, "person")
        among(self.right, RIGHTS, "right")
        among(self.answer, ANSWERS, "answer")
        if not self.options or len(set(self.options)) != len(self.options):
            raise Malformed("named_twice", "options")
        for option in self.options:
            among(option, MANAGEMENT, "options")
        if self.reason is not None:
            check_code(self.reason, "reason")
        elif self.answer == "declined":
            raise Malformed("reason_missing", "reason")
        if self.answered_on < self.on:
            raise Malformed("dates_malformed", "answered_on")


def offer_recorded(offer: Offer, *, because: int = 0) -> Record:
    """An offer with its answer, stated whole each time that the person answers. Subject `offer/{offer}`; `because` is the entry of
    the answer before."""
    given = attributes(
        offer.answer, person=offer.person, on=offer.on, right=offer.right, option=offer.options,
        answered_on=offer.answered_on, reason=offer.reason,
    )  # fmt: skip
    return Record(kind="offer", subject=f"offer/{offer.offer}", because=because, attributes=given)


def offer_of(subject: str, given: Mapping[str, str]) -> Offer:
    """The offer of a register row."""
    return Offer(
        offer=subject_name(subject, "offer"), person=needed(given, "person"), on=day_needed(given, "on"),
        right=needed(given, "right"), options=numbered(given, "option"), answer=needed(given, "act"),
        answered_on=day_needed(given, "answered_on"), reason=given.get("reason"),
    )  # fmt: skip
