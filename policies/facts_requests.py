"""The sheet of facts about a request for a budget: what a rule may look at when one is asked for, and before it is refused."""

from typing import Literal

from policies.facts import FactSheet

RequestAct = Literal["request_budget", "refuse_request", "request_checks"]


class Request(FactSheet, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The facts of one request, or of its refusal; what is of a refusal only is true of a request."""

    act: RequestAct
    """`request_checks` asks the commissioner to make the enquiries about a provider (reg 11(3))."""

    has_right: bool
    """Continuing healthcare, children's continuing care, aftercare or a wheelchair (Standing Rules, Part 6A)."""
    not_appropriate: bool
    """The ground is that a budget, or this way to hold it, is not appropriate for this person."""
    reasons_given: bool
    """In writing."""
    others_offered: bool
    """Another way to hold the money was offered, or a budget as such was refused."""
