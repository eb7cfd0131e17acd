"""The noes about the patterns and their marks: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

PATTERN_NOES: dict[str, ProblemKind] = {
    "bank_malformed": malformed("Bank account malformed", "A bank account is a sort code of six digits and a number of eight."),
    "finding_not_found": ProblemKind(
        404, "Nothing found here", "No decision of this number asks for a look by this rule.",
    ),
    "marks_missing": malformed("Marks missing", "Name a bank account, an address or a telephone number."),
    "month_not_over": ProblemKind(422, "Month not over", "A month is looked at once its last day has passed."),
    "month_watched_already": ProblemKind(
        409, "Month looked at already", "This month was looked at with these thresholds, and there is nothing new in it.",
    ),
    "patterns_off": ProblemKind(
        422, "Patterns off", "This book has no thresholds for that month, so nothing is looked for. Set them first.",
    ),
    "phone_malformed": malformed("Telephone malformed", "A telephone number has six to fifteen digits."),
    "place_malformed": malformed("Address malformed", "Write the address with its postcode."),
    "safeguarding_first": ProblemKind(
        422, "Safeguarding first",
        "First ask whether the person is safe and has the care they need, and say that it was asked.",
    ),
    "threshold_incomplete": malformed(
        "Threshold incomplete", "This pattern needs both of its values: set them together, or neither."
    ),
    "threshold_made_up": ProblemKind(
        422, "Threshold made up", "A live book takes no thresholds that are made up.",
    ),
    "threshold_malformed": malformed("Threshold malformed", "A threshold is a whole number above nought, within its bounds."),
    "thresholds_malformed": malformed(
        "Thresholds malformed", "Thresholds are whole numbers under the names of the patterns' facts."
    ),
}  # fmt: skip
