"""The noes of the close: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

CLOSING: dict[str, ProblemKind] = {
    "accrual_too_early": ProblemKind(
        422, "Month not over",
        "The estimates of a month are decided from the first day of the next month on, because each is taken back on that day.",
    ),
    "accrual_not_for_line": ProblemKind(
        422, "No estimate for this line",
        "Only lines that are invoiced are estimated, in the months that they cover. What a direct payment bought is known by its "
        "evidence.",
    ),
    "accrual_decided": ProblemKind(
        409, "Estimate decided",
        "The estimate of this line and month was accepted or dropped before. Reverse its two entries to decide it anew.",
    ),
    "accrual_reason_missing": ProblemKind(
        422, "Reason missing",
        "An estimate that is changed or dropped needs a reason, as a code.",
    ),
}  # fmt: skip
