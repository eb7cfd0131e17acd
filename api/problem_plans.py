"""The noes about versions of plans: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

PLANS: dict[str, ProblemKind] = {
    "channel_not_used": malformed("Channel not used", "Only a direct payment is held in a managed account, on a card or in an "
                                                      "account of the holder's own."),
    "if_match_malformed": malformed("If-Match malformed", "Send in If-Match the one ETag that the plan had when you read it, as "
                                                          "it was."),
    "named_twice": malformed("Named twice", "A need, an outcome or a payee is named once."),
    "rate_incomplete": malformed("Rate incomplete", "A unit, its rate and how many units come together."),
    "start_up_too_large": malformed("Start-up costs too large", "Start-up costs are a part of the amount of their line."),
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
    "line_changed_kind": ProblemKind(
        422, "Line is another",
        "A line that goes on keeps its first day, how it is managed and who bears it. Leave it out, and add a new line.",
    ),
    "line_not_going_on": ProblemKind(
        422, "Line does not go on", "This plan has no such line that could go on, or it is named twice."
    ),
}  # fmt: skip
"""Code → what it is answered as."""
