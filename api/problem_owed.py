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
    "credit_not_reversed": ProblemKind(
        422, "Credit not reversed",
        "What came back of an invoice is not undone. If the payee is owed it after all, enter their next invoice for it.",
    ),
    "credit_known": ProblemKind(
        409, "Credit note known",
        "A credit note of this payee with this reference was entered before. If it was declined it can be entered again.",
    ),
    "credit_not_found": ProblemKind(
        404, "Credit note not found",
        "No credit note of this number stands here.",
    ),
    "credit_settled": ProblemKind(
        409, "Credit note settled",
        "This credit note has been accepted or declined before, or less is left of it than you ask for.",
    ),
    "credit_exceeds_invoice": ProblemKind(
        422, "More than the invoice",
        "That is more than is left of what it is about. Look at the invoice, and at what came back of it before.",
    ),
    "refund_known": ProblemKind(
        409, "Refund known",
        "A refund with this reference was taken before.",
    ),
    "invoice_not_paid": ProblemKind(
        422, "Invoice not paid",
        "This invoice has not been paid, so no money can have come back of it. Enter a credit note.",
    ),
    "invoice_credited": ProblemKind(
        422, "Invoice credited",
        "Money has come back of this one, so it is not undone whole. Enter a credit note for the rest.",
    ),
    "bank_missing": ProblemKind(
        400, "Bank missing",
        "The money came to us: name the bank that it came to.",
    ),
    "fact_not_approved": ProblemKind(
        422, "Not approved",
        "What went beyond the line was referred and nobody has approved it. Decide it first.",
    ),
    "unfunded_exceeded": ProblemKind(
        422, "More than is unfunded",
        "That is more than is owed beyond this line's authority, or than was decided. Ask for no more than both.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
