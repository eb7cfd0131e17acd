"""The noes of the close: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

CLOSING: dict[str, ProblemKind] = {
    "period_soft_closed": ProblemKind(
        422, "Month closed to others than finance",
        "Finance is closing this month. Date it on the first open day, which the facts name, or ask finance to enter it.",
    ),
    "soft_close_stands": ProblemKind(
        409, "Month closed softly", "This month is closed to others than finance already.",
    ),
    "soft_close_missing": ProblemKind(
        409, "Month not closed softly", "This month is not closed softly, so there is nothing to open.",
    ),
    "month_not_over": ProblemKind(
        422, "Month not over", "A month is closed softly once it is over; until then care of it is still being bought.",
    ),
    "soft_open_reason_missing": ProblemKind(
        422, "Reason missing", "A month that is opened again needs a reason, as a code, which stands in the book.",
    ),
    "year_not_over": ProblemKind(
        422, "Year not over", "The end of a year is proposed once its last day has passed.",
    ),
    "carry_rule_missing": ProblemKind(
        422, "Carry rule missing", "Nobody has said what becomes of this fund's money at the end of the year. Set its rule first.",
    ),
    "unfunded_left": ProblemKind(
        422, "Care beyond authority",
        "Care of this year is recorded beyond what was allocated. Allocate what it needs before the year ends.",
    ),
    "prepayments_left": ProblemKind(
        422, "Paid ahead for this year",
        "What invoices paid ahead for this year is not its care yet. Release it before the year ends.",
    ),
    "year_end_not_proposed": ProblemKind(
        409, "Not the last proposal", "This is not the last proposal for the end of the year. Read it again, and confirm that one.",
    ),
    "year_end_not_confirmed": ProblemKind(
        422, "Year end not confirmed", "The end of this year has to be proposed by one person and confirmed by another first.",
    ),
    "year_end_changed": ProblemKind(
        409, "Changed since it was proposed",
        "Money of this year, or a fund's rule, has changed since the end of the year was proposed. Propose it again, and have it "
        "confirmed.",
    ),
    "year_end_waits": ProblemKind(
        422, "Something waits",
        "A referral or an instalment of this line keeps money. Decide it, pay it or give it back before the line's year ends.",
    ),
    "year_end_nothing": ProblemKind(
        409, "Nothing to end", "Nothing is left of this year here: it was ended before, or had nothing.",
    ),
    "fund_overdrawn": ProblemKind(
        422, "Fund overdrawn", "More was allocated from this fund than it was granted. Grant the rest before the year ends.",
    ),
    "period_not_closed": ProblemKind(
        404, "Period not closed", "This period is open, so nobody can say yet how it ended.",
    ),
    "accrual_too_early": ProblemKind(
        422, "Month not over",
        "The estimates of a month are decided from the first day of the next month on, because each is taken back on that day.",
    ),
    "accrual_at_year_end": ProblemKind(
        422, "March has no estimates",
        "An estimate that is taken back on 1 April would leave the year without its cost. What was had by 31 March and not "
        "invoiced is settled with the year.",
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
