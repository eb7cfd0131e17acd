"""The noes about schedules, forecasts and reviews: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

SCHEDULES: dict[str, ProblemKind] = {
    "forecast_no_shortfall": ProblemKind(
        422, "No shortfall", "No line's money is forecast to run out. Read the forecast for the working.",
    ),
    "period_met": ProblemKind(
        422, "Instalment met",
        "An instalment that begins on that day or later has been asked for, paid, offset or cut. Begin after it.",
    ),
    "period_unknown": ProblemKind(
        404, "Period unknown", "This budget line has no schedule. Leave the period out, or have a schedule agreed first.",
    ),
    "review_open": ProblemKind(
        409, "Review open", "A review for this reason is due already. Record it once it has been held.",
    ),
    "review_after_death": ProblemKind(
        422, "Nobody to review for", "The person has died. Read what follows from that, and what is left to do, at `ending`.",
    ),
    "review_without_plan": ProblemKind(
        422, "Nothing to review", "The person has no plan with a budget line that has not ended. Have a plan signed first.",
    ),
    "schedule_differs": ProblemKind(
        422, "Schedule differs from the plan",
        "The plan says what each instalment of this line is. State the same, or agree a new version of the plan.",
    ),
    "schedule_malformed": malformed(
        "Schedule malformed",
        "State the amount of a period, or the amount of a year with its day count; and no more than 400 periods of four weeks.",
    ),
    "schedule_not_on_period": ProblemKind(
        422, "Begins within an instalment",
        "A schedule changes where one of its instalments begins, or after the last. Choose the first day of one.",
    ),
    "schedule_outside_line": ProblemKind(
        422, "Outside the line", "The dates do not lie within those of the budget line, or of the schedule that ends.",
    ),
    "schedule_over_line": ProblemKind(
        422, "More than the line", "All instalments come to more than the plan agreed for this budget line, "
                                   "without what it keeps for emergencies.",
    ),
    "what_if_malformed": malformed(
        "What-if malformed", "A change states what its kind needs and nothing else: hours and a rate, a percentage, or "
                             "the days of a stay.",
    ),
    "schedule_unknown": ProblemKind(404, "No schedule", "This budget line has no schedule that is in force."),
}  # fmt: skip
"""Code → what it is answered as."""
