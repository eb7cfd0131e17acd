"""Sheets of requests for tests: random ones of every kind."""

import random

from policies.facts_requests import Request


def drawn_request(lot: random.Random) -> Request:
    """A random sheet; a fact is true two times in three."""
    has_right, not_appropriate, reasons_given, others_offered = (lot.random() < 2 / 3 for _ in range(4))
    return Request(
        act=lot.choice(("request_budget", "refuse_request", "request_checks")),
        has_right=has_right, not_appropriate=not_appropriate,
        reasons_given=reasons_given, others_offered=others_offered,
    )  # fmt: skip
