"""Sheets of documents of evidence, for tests."""

import random

from policies.facts_evidence import Judging


def drawn_judging(lot: random.Random) -> Judging:
    """A random sheet of one state, its amount about the limit."""
    state = lot.choice(("complete", "illegible", "exempt", "explained"))
    return Judging(
        act="judge_evidence", said_complete=state == "complete", said_illegible=state == "illegible",
        said_exempt=state == "exempt", has_document=lot.random() < 0.5, amount_pence=lot.choice((0, 249_99, 250_00, 250_01)),
        limit_exempt_pence=250_00,
    )  # fmt: skip
