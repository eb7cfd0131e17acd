"""The noes about versions of plans: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

PLANS: dict[str, ProblemKind] = {
    "request_not_found": ProblemKind(404, "Request not found", "This person asked for no such thing."),
    "request_refused": ProblemKind(409, "Request refused", "This request has been refused before."),
    "channel_not_used": malformed("Channel not used", "Only a direct payment is held in a managed account, on a card or in an "
                                                      "account of the holder's own."),
    "if_match_malformed": malformed("If-Match malformed", "Send in If-Match the one ETag that the plan had when you read it, as "
                                                          "it was."),
    "named_twice": malformed("Named twice", "A need, an outcome or a payee is named once."),
    "reason_missing": malformed("Reason missing", "This is done with a reason, a code."),
    "rate_incomplete": malformed("Rate incomplete", "A unit, its rate and how many units come together."),
    "start_up_too_large": malformed("Start-up costs too large", "Start-up costs are a part of the amount of their line."),
    "contingency_too_large": malformed(
        "Contingency too large", "What is kept for emergencies is a part of the amount of its line, of one year (of a new line, "
                                 "its first), and leaves enough for an instalment.",
    ),
    "years_malformed": malformed("Years malformed", "The amounts by year add up to the amount of the line, each year once."),
    "plan_changed": ProblemKind(
        412, "Plan changed",
        "Somebody else has changed this plan since you read it. Nothing was recorded: read it again, and repeat the request "
        "with its new ETag. The facts name the newer version and its last entry.",
    ),
    "if_match_missing": ProblemKind(
        428, "If-Match missing",
        "Two people may work on one plan. Read it, and send its ETag in If-Match, so that nobody overwrites what they have "
        "not seen.",
    ),
    "offer_not_found": ProblemKind(404, "Offer not found", "This person has no such offer."),
    "contribution_above_agreed": ProblemKind(
        422, "Contribution above what was agreed",
        "The plan agreed a smaller contribution to this line. Take that much, and give the rest back; or agree more in a new "
        "version of the plan.",
    ),
    "line_without_contribution": ProblemKind(
        422, "Line without contribution",
        "Nobody contributes to this line in the financial year of this day, as the plan has it.",
    ),
    "version_not_begun": ProblemKind(
        422, "Version not begun", "A later version is signed from the first day on that it counts for: its lines change at once."
    ),
    "line_changed_kind": ProblemKind(
        422, "Line is another",
        "A line that goes on keeps its first day and how it is managed. Leave it out, and add a new line.",
    ),
    "split_of_before": ProblemKind(
        422, "Split of days before",
        "Who bore the days before this version counts was agreed then, and stays. Say the shares for those days as they were, or "
        "without dates for the days from now on.",
    ),
    "saving_not_used": malformed("Saving not used", "Only money that is paid to a holder is saved up by one."),
    "account_with_not_used": malformed("Organisation not used", "Only a managed account is held by an organisation."),
    "account_with_missing": ProblemKind(
        422, "Organisation missing",
        "A managed account is held by an organisation: name it, as a payee. The person does not run the account, and other "
        "people's money may be in it.",
    ),
    "rate_differs": ProblemKind(
        422, "Amount differs from its rate",
        "The amount of a line that has a rate is what its units come to, with or without its start-up costs.",
    ),
    "line_not_going_on": ProblemKind(
        422, "Line does not go on", "This plan has no such line that could go on, or it is named twice."
    ),
}  # fmt: skip
"""Code → what it is answered as."""
