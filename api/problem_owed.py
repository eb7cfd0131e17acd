"""The noes about what is owed after an order: returns, credits, refunds, bills. A row for each, added to the one table."""

from api.problem_kinds import ProblemKind

OWED: dict[str, ProblemKind] = {
    "payment_returned": ProblemKind(
        409, "Payment returned",
        "This payment has been said to have come back before.",
    ),
    "payee_unverified": ProblemKind(
        422, "Payee not verified",
        "A payment to this payee came back. Check where they are paid, and have them approved again by a second person, "
        "before anything is paid to them.",
    ),
    "return_not_reversed": ProblemKind(
        422, "Return not reversed",
        "This is what the bank did, and it is not undone. Pay again what came back.",
    ),
    "instalment_on_its_way": ProblemKind(
        422, "Instalment paid or returned",
        "The bank has paid this instalment or sent it back, so its payment is not undone. Ask for a repayment, or pay again.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
