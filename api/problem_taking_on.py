"""The noes about take-ons and imported payments: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

TAKING_ON: dict[str, ProblemKind] = {
    "contribution_not_taken_on": ProblemKind(
        400, "Contribution not taken on",
        "What a person gives is taken on as received and spent, and nothing else.",
    ),
    "differences_not_named": ProblemKind(
        422, "Differences not named",
        "The differences sent are not those of this take-on. Read them, and name each one that you agree to.",
    ),
    "more_than_unassigned": ProblemKind(
        422, "More than stands unassigned",
        "Less than this stands unassigned for this payee: it was assigned before, or credited. Assign what is left.",
    ),
    "not_a_caseload": ProblemKind(
        400, "Not a caseload",
        "A caseload is files named for its sheets (people.csv and so on), or one workbook with all of them.",
    ),
    "payee_missing": ProblemKind(
        400, "No payee",
        "An unpaid invoice names whom it is owed to.",
    ),
    "payment_not_imported": ProblemKind(
        404, "No payment imported",
        "No payment to this payee has been imported from this source.",
    ),
    "person_too_large": ProblemKind(
        400, "Too much for one person",
        "Everything of one person is one group, which this does not fit into. Leave out what has ended.",
    ),
    "place_missing": ProblemKind(
        400, "No place of the money",
        "Money that is paid out is in a holder's account or with a third party, and money owed back is owed by somebody.",
    ),
    "place_not_used": ProblemKind(
        400, "Place without money",
        "A place of money is named where there is none.",
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
