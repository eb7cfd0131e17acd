"""The noes about invoices, payments, claims and references: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

SETTLING: dict[str, ProblemKind] = {
    "allocation_not_reversed": ProblemKind(
        422, "Allocation not reversed",
        "This entry gave a budget its money, and taking it back would cut the budget without notice. Agree a new version of "
        "the plan: after notice, drafted by one officer and signed by another.",
    ),
    "answer_used": ProblemKind(
        422, "Answer used",
        "What this order relied on has been relied on since, so it is not brought back. Order it anew.",
    ),
    "referral_not_reversed": ProblemKind(
        422, "Referral not reversed",
        "What was kept for this referral was given back, and the referral has been approved or declined. Nobody could decide it "
        "anew, so it is not brought back. Order it anew.",
    ),
    "hold_waiting": ProblemKind(
        422, "Order not decided",
        "This order waits for a decision. Decide the referral first, or enter the invoice without the order.",
    ),
    "invoice_known": ProblemKind(
        409, "Invoice known",
        "An invoice of this payee with this reference was entered before. Look at that one; if it was "
        "declined it can be entered again.",
    ),
    "invoice_not_found": ProblemKind(
        404, "Invoice not found",
        "No invoice of this number stands here.",
    ),
    "invoice_paid": ProblemKind(
        422, "Invoice paid",
        "This invoice has been paid. What is wrong with it now needs a credit note.",
    ),
    "invoice_settled": ProblemKind(
        409, "Invoice settled",
        "This invoice has been accepted, declined or reversed before.",
    ),
    "payee_differs": ProblemKind(
        422, "Another payee",
        "The order is for another payee. Name the order of this payee, or enter the invoice without an order.",
    ),
    "service_differs": ProblemKind(
        422, "Another service",
        "The order is for another service. Name the order of this service, or enter the invoice without an order.",
    ),
    "payee_barred": ProblemKind(
        422, "Payee barred",
        "This payee is barred, so nothing is paid to them; what is owed stays owed. Have them approved again first.",
    ),
    "payee_not_approved": ProblemKind(
        422, "Payee not approved",
        "This payee has never been approved, so nothing can be owed to them. Have them approved, then enter "
        "the invoice.",
    ),
    "payment_not_found": ProblemKind(
        404, "Payment not found",
        "There is no payment with this number in this book.",
    ),
    "payment_cleared": ProblemKind(
        409, "Payment cleared",
        "The bank has been said to have paid this before.",
    ),
    "instalment_waiting": ProblemKind(
        422, "Instalment not approved",
        "This instalment was referred and nobody has approved it. Decide it first.",
    ),
    "instalment_settled": ProblemKind(
        409, "Instalment settled",
        "Nothing is kept for this instalment any more: it was paid, given back, or has expired.",
    ),
    "holder_account_not_approved": ProblemKind(
        422, "Account not approved",
        "The holder's account is not approved, so nothing is paid into it. Have it approved by a second "
        "person.",
    ),
    "holder_account_waits": ProblemKind(
        422, "Account in its waiting days",
        "The account was changed since this instalment was asked for, and its waiting days have not passed. Release it when they "
        "have, or ask for it anew, so that somebody decides."
    ),
    "bank_line_known": ProblemKind(
        409, "Bank line known",
        "A line of this account with this reference was taken before.",
    ),
    "bank_line_not_found": ProblemKind(
        404, "Bank line not found",
        "There is no bank line of this number on the account of this budget line.",
    ),
    "bank_line_exceeded": ProblemKind(
        422, "More than the bank line",
        "The bank line is explained up to its amount already, or the claim is for more than is left of it. "
        "Claim what is left.",
    ),
    "claim_not_found": ProblemKind(
        404, "Claim not found",
        "This budget has no claim of this number.",
    ),
    "claim_settled": ProblemKind(
        409, "Claim settled",
        "This claim has been accepted or declined before.",
    ),
    "receipt_counted": ProblemKind(
        409, "Receipt counted",
        "The same receipt was accepted for the same amount before, for this person, and is counted once. Decline this, or have it "
        "sent again with what it is about.",
    ),
    "claim_of_another": ProblemKind(
        403, "Claim of another",
        "Somebody else made this claim, so it is not yours to take back. Decline it, with a reason.",
    ),
    "reference_misread": ProblemKind(
        404, "Reference misread",
        "No decision has this reference: one of its signs was read wrong. Have it read out again.",
    ),
    "token_revoked": ProblemKind(
        401, "Token revoked",
        "The token has been revoked. Ask for a new one.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
