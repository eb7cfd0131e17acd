"""The noes about changes to a budget: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

CHANGES: dict[str, ProblemKind] = {
    "approval_unfit": ProblemKind(
        422, "Approval does not fit",
        "The decision named is no referral of this same act that another person has approved, or it was used before.",
    ),
    "funds_differ": malformed(
        "Funds differ", "A fund that gives is no fund of the line that takes, and one fund never pays for another."
    ),
    "lines_same": malformed("One line named twice", "Money moves between two lines: name another one to move it to."),
}  # fmt: skip
"""Code → what it is answered as."""
