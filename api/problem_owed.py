"""The noes about what is owed after an order: returns, credits, refunds, bills. A row for each, added to the one table."""

from api.problem_kinds import ProblemKind, malformed

OWED: dict[str, ProblemKind] = {
    "bill_malformed": malformed("Bill malformed", "What is paid, credited or disputed of a bill is no more than the bill."),
    "nothing_unfunded": malformed("Nothing unfunded", "The line owes nothing beyond its authority, so there is nothing to cover."),
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
        "This instalment is in a file for the bank, or the bank has paid it or sent it back, so its payment is not undone. Record "
        "its return when it comes back, or ask for a repayment.",
    ),
    "taken_back_already": ProblemKind(
        422, "Questioned, demanded or explained",
        "Some of this money is questioned, was demanded or given up, or has been explained, so it is not undone whole. Explain the "
        "question or withdraw the demand first, or undo the evidence that was accepted for it.",
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
    "third_party_missing": ProblemKind(
        422, "Third party not named",
        "The plan names no third party for this line, or more than one payee. Agree a version that names who holds the money.",
    ),
    "third_party_not_approved": ProblemKind(
        422, "Third party not approved",
        "The third party is not approved as a payee, so nothing is paid to them. Have them approved by a second person.",
    ),
    "statement_known": ProblemKind(
        409, "Statement known",
        "A statement of this third party with this reference was entered before. If it was declined it can be entered again.",
    ),
    "statement_not_found": ProblemKind(
        404, "Statement not found",
        "This budget has no statement of this number.",
    ),
    "statement_settled": ProblemKind(
        409, "Statement settled",
        "This statement has been accepted or declined before.",
    ),
    "fee_line_unfit": ProblemKind(
        422, "Fee line does not fit",
        "The fee needs a line of its own that the same third party holds, and is less than the whole statement.",
    ),
    "paid_by_general_ledger": ProblemKind(
        422, "Paid by the general ledger",
        "This payee is paid by the commissioner's general ledger, so nothing is paid to them from here as well.",
    ),
    "view_denied": ProblemKind(
        403, "Not shown",
        "The rules do not let you see this record. `facts` says why, and what would help.",
    ),
    "registration_unchanged": ProblemKind(
        409, "Registration unchanged",
        "That is what the payee's registration says already.",
    ),
    "route_unchanged": ProblemKind(
        409, "Route unchanged",
        "The payee is paid that way already.",
    ),
    "invoice_disputed": ProblemKind(
        422, "Invoice disputed",
        "This invoice is disputed, so it is not paid. End the dispute first.",
    ),
    "invoice_not_disputed": ProblemKind(
        409, "Invoice not disputed",
        "There is no dispute about this invoice that could end.",
    ),
    "partner_not_found": ProblemKind(
        404, "Partner not found",
        "No fund of this book has such a partner behind it.",
    ),
    "bill_known": ProblemKind(
        409, "Bill known",
        "A bill of this number was raised before. Number this one otherwise.",
    ),
    "bill_not_found": ProblemKind(
        404, "Bill not found",
        "This partner has no bill of this number.",
    ),
    "bill_exceeds_unbilled": ProblemKind(
        422, "More than can be billed",
        "That is more of the cost than is not billed yet. Bill what the list of bills says is billable.",
    ),
    "bill_exceeded": ProblemKind(
        422, "More than is open",
        "That is more than is still open of this bill.",
    ),
    "bill_settled": ProblemKind(
        409, "Nothing changed",
        "This much of the bill is disputed already.",
    ),
    "money_in_account": ProblemKind(
        422, "Our money is in the account",
        "This can be explained from money that is paid out. Claim it as evidence: only what is beyond that is paid back.",
    ),
    "reimbursement_not_found": ProblemKind(
        404, "Reimbursement not found",
        "This budget has no claim for reimbursement of this number.",
    ),
    "reimbursement_settled": ProblemKind(
        409, "Reimbursement settled",
        "This claim for reimbursement has been accepted or declined before.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
