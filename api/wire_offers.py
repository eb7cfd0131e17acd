"""What clients may send about offers of a budget, and what they get back."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct

from api.wire import Code

Answer = Literal["accepted", "declined", "asked_for_time"]
Option = Literal["notional", "third_party", "direct_payment", "one_off"]


class OfferIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A budget was offered: by which right, which ways to hold the money were shown, and what the person said. A budget that is
    declined has a `reason`, a code."""

    on: date
    right: Literal["chc", "children_cc", "s117", "wheelchair", "none"]
    options: Annotated[list[Option], Meta(min_length=1, max_length=4)]
    answer: Answer
    reason: Code | None = None


class OfferAnswerIn(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the person says now; the answer before stays in the log."""

    on: date
    answer: Answer
    reason: Code | None = None


class OfferOut(Struct, frozen=True, kw_only=True):
    """An offer with its newest answer; `number` is the entry of that."""

    offer: str
    number: int
    on: date
    right: str
    options: list[str]
    answer: str
    answered_on: date
    reason: str | None


class OffersOut(Struct, frozen=True):
    """The offers to one person, oldest first."""

    through_entry: int
    offers: list[OfferOut]
