"""The noes about bank statements and their lines: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

BANKING: dict[str, ProblemKind] = {
    "statement_unreadable": ProblemKind(
        422, "Statement not readable",
        "The file is not a whole statement in this format, so nothing of it was taken. `facts.reason` says what is wrong, "
        "`facts.line` in which line of the file, and `field` in which field.",
    ),
    "statement_of_another_account": ProblemKind(
        422, "Another account",
        "Earlier statements of this provider for this account named another bank account. Look whose statement this is.",
    ),
    "bank_line_differs": ProblemKind(
        409, "Line known otherwise",
        "A line of this file was taken before with the same reference and another amount or day, so nothing of the file was "
        "taken. Ask the provider which is right.",
    ),
    "bank_line_matched": ProblemKind(
        409, "Line matched",
        "Somebody has said what this line of the bank is, or it is explained whole.",
    ),
    "bank_line_not_matched": ProblemKind(
        409, "Line not matched",
        "Nobody has said what this line of the bank is, or it was taken back: there is nothing to undo.",
    ),
    "match_posted": ProblemKind(
        409, "Match posted something",
        "This match is more than a saying: an order was settled by it, the claim was accepted, or the receipt names the line. "
        "Reverse that entry, by another than made it; the line is open with it.",
    ),
    "match_rested_on": ProblemKind(
        409, "Another match rests on this",
        "A debt was taken to be repaid with other money because this line showed that it had come in. Take that match back first.",
    ),
    "repaid_of_budget": ProblemKind(
        422, "Repaid out of the budget",
        "What this demand is for had left the account before, and as far as is known this line paid it with money of the budget: "
        "that has no evidence still. If other money had come in for it, say first which line that is.",
    ),
    "payments_unpayable": ProblemKind(
        422, "No file of payments",
        "The file of payments was not made, so nothing was written. `facts.reason` says why, and `facts.about` which payee or row.",
    ),
    "bank_unknown": ProblemKind(404, "Bank unknown", "This book has no bank of this name. Finance opens its accounts first."),
    "deposit_not_found": ProblemKind(
        404, "Deposit not found", "Nobody has said of this line of this person's accounts that its money is not ours."
    ),
    "deposit_answered": ProblemKind(409, "Deposit answered", "Somebody has said what was found of this money."),
    "match_unfit": ProblemKind(
        422, "Match does not fit",
        "The line cannot be this: amount, direction or account differ, the entry is not of this kind, or another line was "
        "matched to it.",
    ),
}  # fmt: skip
"""Code → what it is answered as."""
