"""The noes about changes to a budget: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

CHANGES: dict[str, ProblemKind] = {
    "approval_unfit": ProblemKind(
        422, "Approval does not fit",
        "The decision named is no referral of this same act that another person has approved, or it was used before.",
    ),
    "condition_malformed": malformed(
        "Condition malformed", "A condition has what its kind needs and nothing else, and each kind comes once: an amount for a "
        "cap, a day for use_by and evidence_due, 1 to 366 days for no_repeat."
    ),
    "condition_met": ProblemKind(409, "Evidence came already", "That this evidence came has been said before."),
    "condition_not_found": ProblemKind(
        404, "No such condition", "The entry named is no approval of this person's that asks for evidence."
    ),
    "condition_unfit": ProblemKind(
        422, "Condition does not fit",
        "A cap is not above what was asked for, a day has not passed, a payee or line has to have been named, and all but evidence "
        "are conditions of orders.",
    ),
    "contacts_malformed": malformed(
        "Contacts malformed", "Each contact has a name and a way to reach them, each of 200 characters at most; and there is one."
    ),
    "decline_unreasoned": malformed(
        "No without a reason", "Say why in a code (`reason`) and in words for the person (`words`), so that they can ask again."
    ),
    "funds_differ": malformed(
        "Funds differ", "A fund that gives is no fund of the line that takes, and one fund never pays for another."
    ),
    "lines_same": malformed("One line named twice", "Money moves between two lines: name another one to move it to."),
}  # fmt: skip
"""Code → what it is answered as."""
