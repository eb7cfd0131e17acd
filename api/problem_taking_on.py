"""The noes about take-ons and imported payments: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

TAKING_ON: dict[str, ProblemKind] = {
    "more_than_unassigned": ProblemKind(
        422, "More than stands unassigned",
        "Less than this stands unassigned for this payee: it was assigned before, or credited. Assign what is left.",
    ),
    "payment_not_imported": ProblemKind(
        404, "No payment imported",
        "No payment to this payee has been imported from this source.",
    ),
}  # fmt: skip
"""Status, title and sentence by code."""
