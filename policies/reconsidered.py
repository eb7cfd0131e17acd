"""What can be looked at again, how often and by which law; and which noes are told as what somebody had told of money."""

from typing import Final, NamedTuple


class Once(NamedTuple):
    """What is looked at again once, as whoever asks for it says, and the law that gives it."""

    about: str
    source: str


ONCE: Final = {
    "sign_plan": Once("left_out", "SI 2013/1617 reg 8(6A) to (6C) and 13(8)"),
    "demand": Once("demand", "SI 2013/1617 reg 15"),
    "stop": Once("stop", "SI 2013/1617 reg 17(6)"),
    "suspend": Once("suspend", "SI 2013/1617 reg 17(6)"),
}
"""The acts of which a person may ask for one reconsideration once they are done. Each is asked for by the decision."""
REFUSALS: Final = frozenset((("refuse_request", "allow"), ("request_budget", "deny"), ("name_holder", "deny")))
"""Acts and outcomes that are refusals, which are reconsidered once in any six months, whoever decided: of what an officer answered,
the act that was referred to them."""
NOT_ASKED: Final = frozenset((
    "reconsider", "view", "stop", "suspend", "demand", "surplus", "offset", "civil_debt", "refuse_request",
))  # fmt: skip
"""Acts of which a no is not looked at again: what was looked at already, a look of staff at a record, and what would have been
against the person, who has nothing to object to in its no."""


class Claimed(NamedTuple):
    """How the sentences about a no to what was told or sent in are named, and the law for the no and for what comes next."""

    named: str
    source: str | None = None
    next_source: str | None = None


CLAIMED: Final = {
    "claimed": Claimed("claim", "SI 2013/1617 reg 11(7) and (9)", "SI 2013/1617 reg 11(9) and 15"),
    "reimbursement_claimed": Claimed("reimbursement", "SI 2013/1617 reg 11(1)", "SI 2013/1617 reg 11(9) and 15"),
    "invoice_entered": Claimed("invoice"),
    "credit_entered": Claimed("credit"),
    "statement_entered": Claimed("statement"),
}
"""What a holder, a provider or a third party told of money → the sentences about a no to it."""
STANDS: Final = frozenset(("upheld", "confirmed"))
REFUSED_BY: Final = "SI 2013/1617 reg 7(13)"
