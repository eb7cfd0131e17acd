"""The noes around what is cut off at a year's end: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

CUT_OFF: dict[str, ProblemKind] = {
    "estimate_known": ProblemKind(409, "Estimate known", "This estimate was entered before."),
    "estimate_not_of_year": ProblemKind(
        422, "Not of this year", "The line, or the days of care, are not of the year whose end is estimated.",
    ),
    "estimate_not_found": ProblemKind(
        404, "Estimate not found", "This person's line has no such estimate, or it does not stand any more.",
    ),
    "estimate_settled": ProblemKind(409, "Estimate settled", "This estimate was accepted or declined before."),
    "estimate_used": ProblemKind(
        422, "Estimate used", "Invoices for all of this estimate have come. Enter this one without it.",
    ),
    "estimate_exceeded": ProblemKind(
        422, "More than was estimated", "This is more than the estimate still has. Claim what goes beyond it by itself.",
    ),
    "estimate_of_this_year": ProblemKind(
        422, "Year not over",
        "An estimate is settled in a later year. Has the invoice come while its own year is open, reverse the estimate instead.",
    ),
    "estimate_or_order": ProblemKind(
        422, "Estimate or order",
        "An invoice settles an estimate or uses an order: what the estimate took from the order is gone from it.",
    ),
    "estimate_or_bank_line": ProblemKind(
        422, "Estimate or bank line", "A claim is evidence of an estimate or of a line of the bank, and not of both.",
    ),
    "correction_not_of_care": ProblemKind(
        422, "Not corrected",
        "Only care that was recognised in a closed year is corrected. What else moved money has its own way back.",
    ),
    "order_too_small": ProblemKind(
        422, "Order too small",
        "An invoice for care on both sides of 31 March cannot go beyond its order. Enter a part for each year.",
    ),
    "year_not_begun": ProblemKind(422, "Year not begun", "What was paid ahead for a year is its care once it has begun."),
    "prepayments_none": ProblemKind(409, "Nothing to release", "Nothing that was paid ahead for this year is left."),
    "cut_off_not_reversed": ProblemKind(
        422, "Not reversed",
        "What settled an estimate, or was paid ahead for the next year, is not undone whole. A credit note puts it right.",
    ),
}  # fmt: skip
