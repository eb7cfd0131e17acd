"""The noes about take-ons and imported payments: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

TAKING_ON: dict[str, ProblemKind] = {
    "differences_not_named": ProblemKind(
        422, "Differences not named",
        "The differences sent are not those of this take-on. Read them, and name each one that you agree to.",
    ),
    "more_than_unassigned": ProblemKind(
        422, "More than stands unassigned",
        "Less than this stands unassigned for this payee: it was assigned before, or credited. Assign what is left.",
    ),
    "payment_not_imported": ProblemKind(
        404, "No payment imported",
        "No payment to this payee has been imported from this source.",
    ),
    "take_on_agreed": ProblemKind(
        409, "Take-on agreed",
        "The side that holds the earlier record has agreed to this take-on before.",
    ),
    "take_on_differs": ProblemKind(
        409, "Take-on differs",
        "What was posted of this take-on is not what it says. Send the files again: what is missing is posted, and what was there "
        "stays.",
    ),
    "take_on_not_agreed": ProblemKind(
        422, "Take-on not agreed",
        "The side that holds the earlier record has not agreed to this take-on yet. It agrees first.",
    ),
    "take_on_not_found": ProblemKind(
        404, "Take-on not found",
        "This book has no take-on of this code.",
    ),
    "take_on_not_posted": ProblemKind(
        422, "Take-on not posted",
        "Not everybody of this take-on is in the book yet. Send the files again, then agree.",
    ),
    "take_on_signed": ProblemKind(
        409, "Take-on signed",
        "Two people have signed this take-on.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
