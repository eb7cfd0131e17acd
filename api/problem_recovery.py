"""The noes about money owed: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

RECOVERY: dict[str, ProblemKind] = {
    "own_limit": ProblemKind(
        422, "Limit of one's own",
        "Nobody says of themselves, or of their own grade, what they may do alone. Ask a colleague of another grade.",
    ),
    "over_own_limit": ProblemKind(
        422, "Over the limit of one's own",
        "This is more than you may give up by yourself. Somebody whose limit is high enough says yes or no to it.",
    ),
    "line_has_no_account": ProblemKind(
        422, "Line has no account",
        "This line is not paid into a holder's account, so nothing of it is with a holder.",
    ),
    "source_not_found": ProblemKind(
        404, "Money not found",
        "There is no such money on this budget: name a bank line, or the entry by which evidence was accepted.",
    ),
    "source_exceeded": ProblemKind(
        422, "More than there is",
        "That is more than there is of this money that is neither explained, questioned nor demanded already.",
    ),
    "question_not_found": ProblemKind(404, "Question not found", "This budget has no question of this number."),
    "question_exceeded": ProblemKind(
        422, "More than is questioned", "That is more than is still questioned. Name what is left of the question."
    ),
    "notice_not_found": ProblemKind(404, "Notice not found", "This budget has no notice of this number."),
    "notice_leant_on": ProblemKind(
        409, "A demand rests on it",
        "A repayment is required by this notice. Withdraw all of the demand first; what was repaid rests on the notice for good.",
    ),
    "notice_not_so": ProblemKind(
        409, "Notice stands otherwise",
        "This cannot become of the notice as it stands: a notice is sent, then delivered or returned.",
    ),
    "notice_in_future": ProblemKind(
        422, "Notice in the future", "The day of a notice, and of what became of it, has come already. Say it when it has happened."
    ),
    "notice_before_last": ProblemKind(
        422, "Before what was said last",
        "A notice is delivered, comes back or is withdrawn on the day of what was said of it before, or later.",
    ),
    "notice_incomplete": ProblemKind(
        422, "Notice incomplete",
        "The notice lacks something that the law has it say, and is not sent: for a repayment the reasons, the amount, who must "
        "pay and by when; for a cut or a stop the reasons, the days of notice and the day. Write another that says all of it.",
    ),
    "notice_used": ProblemKind(
        409, "Notice used", "A repayment has been demanded by this notice. Another demand needs another notice."
    ),
    "surplus_not_found": ProblemKind(
        404, "Surplus not found", "No surplus of this number has been determined for this line."
    ),
    "surplus_open": ProblemKind(
        409, "Surplus not recovered yet",
        "A surplus of this line was determined before and is not recovered yet. Take it from instalments or demand it first.",
    ),
    "demand_not_found": ProblemKind(404, "Demand not found", "This line of the budget has no demand of this number."),
    "demand_exceeded": ProblemKind(
        422, "More than is outstanding", "That is more than is outstanding of the demand. Name what is left of it."
    ),
    "demand_settled": ProblemKind(409, "Demand settled", "Nothing is outstanding of this demand any more."),
    "offset_of_one": malformed(
        "Offset of one thing", "An offset is of a surplus or against a demand: name one of the two."
    ),
    "offset_too_large": malformed("Offset too large", "An offset is no more than what is due."),
    "recovery_not_reversed": ProblemKind(
        422, "Not reversed",
        "This movement has a way back of its own: explain the question, or withdraw the demand.",
    ),
    "civil_debt_claimed": ProblemKind(409, "Claimed already", "This demand has been claimed as a civil debt before."),
    "reconsidered_not_found": ProblemKind(
        404, "Nothing to reconsider",
        "This budget has no such demand, notice of a cut or stop, or decision to look at again.",
    ),
    "reconsideration_not_found": ProblemKind(
        404, "Request not found", "Nobody has asked for a decision on this budget to be looked at again by this number."
    ),
    "reconsidered_unreasoned": malformed(
        "Answer without reasons", "Say in words for the person (`words`) why the decision stands, or what is changed of it."
    ),
    "reconsidered_with_stop": ProblemKind(
        422, "Answered with the stop", "This is about a stop. Confirm or withdraw the stop of the line instead.",
    ),
    "reconsideration_answered": ProblemKind(409, "Answered", "This request to look again has been answered before."),
    "withdrawal_not_of_demand": ProblemKind(
        422, "Nothing to withdraw",
        "Only a demand that is changed can be withdrawn or cut with the answer.",
    ),
}  # fmt: skip
"""Code → what it is answered as."""
