"""The noes about stopping, and about liabilities: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind, malformed

ENDING: dict[str, ProblemKind] = {
    "amount_not_explained": ProblemKind(
        422, "Amount not explained", "This is not what the statutory rule comes to. Say why, or leave the amount out.",
    ),
    "authority_not_reversed": ProblemKind(
        422, "Return not reversed",
        "This entry returned the authority of a line that ended. It comes back when the stop is "
        "withdrawn, or by a new version of the plan.",
    ),
    "born_on_missing": malformed("Day of birth missing", "Redundancy pay goes by age, so it needs the day of birth."),
    "class_has_no_rule": malformed("No rule for this", "Only notice and redundancy pay are worked out here; state what is owed."),
    "instalment_barred": ProblemKind(
        422, "Instalment barred",
        "Since this instalment was asked for the person has died, consent was withdrawn or has to be given anew (at sixteen, or as "
        "capacity was lost or regained), the law bars them from direct payments, or the line was paused or ended.",
    ),
    "letter_reconsidered": ProblemKind(
        422, "Letter looked at again",
        "This letter was asked to be looked at again, which is not answered yet or was answered by taking it back. Answer it, or "
        "write a new letter.",
    ),
    "liabilities_not_said": ProblemKind(
        422, "Liabilities not said",
        "Before a line ends, what is owed to others for care under it is stated, or that nothing is.",
    ),
    "liability_exceeded": ProblemKind(
        422, "More than is provided", "The invoice is for more than is left of this liability. State what is owed beyond it.",
    ),
    "liability_not_found": ProblemKind(404, "Liability not found", "No liability of this number is about this budget."),
    "liability_not_reversed": ProblemKind(
        422, "Liability not reversed", "A liability that was taken over is paid, or what is not used of it is given back.",
    ),
    "liability_settled": ProblemKind(
        409, "Liability settled", "This liability has been accepted or declined before, or nothing is left of it.",
    ),
    "line_ended": ProblemKind(422, "Line has ended", "This line has ended."),
    "line_not_ended": ProblemKind(422, "Line has not ended", "This line has not ended, so what it has is its own."),
    "care_not_said": ProblemKind(
        422, "Care not said",
        "No approval stands in for how the person's care goes on when the payment stops or pauses. Say it.",
    ),
    "line_not_suspended": ProblemKind(422, "Line not paused", "This line is not paused."),
    "line_suspended": ProblemKind(422, "Line paused", "This line is paused already."),
    "move_known": ProblemKind(409, "Move known", "The entry of the other book that this receipt shows was taken over before."),
    "move_not_elsewhere": malformed("Another book", "A person moves to the book of another commissioner."),
    "move_not_found": ProblemKind(404, "Move not found", "No move of this number is about this budget."),
    "move_not_reversed": ProblemKind(
        422, "Move not reversed", "The other commissioner's book rests on this entry, so it stays; the person can move back.",
    ),
    "move_settled": ProblemKind(409, "Move settled", "This move was paid for before."),
    "move_too_large": ProblemKind(
        422, "Move too large",
        "More orders, questions and lines of the bank wait about this line and its account than one move takes along. Answer some "
        "of them first.",
    ),
    "not_moved_here": malformed("Not moved here", "The receipt is of an entry that moves nobody to this book."),
    "nothing_moves": ProblemKind(
        422, "Nothing moves", "There is neither cash in hand nor money in suspense to move. Stop the line instead.",
    ),
    "nothing_due": ProblemKind(422, "Nothing is due", "By the statutory rule nothing is due for this employment."),
    "nothing_left": ProblemKind(422, "Nothing left", "Nothing is left on this line, but what waiting liabilities ask for."),
    "receipt_unfit": ProblemKind(
        422, "Receipt unfit", "The receipt does not show its entry to be in a book whose commissioner is known here.",
    ),
    "reconsideration_not_asked": ProblemKind(
        422, "Reconsideration not asked for", "Nobody has asked for this stop to be looked at again.",
    ),
    "referral_overtaken": ProblemKind(
        422, "Referral overtaken",
        "Since this was asked for the line or its plan has ended or pauses, consent was withdrawn, the person has died, or the "
        "rules object to what they did not object to then. Decline it.",
    ),
    "reconsidered_already": ProblemKind(
        422, "Reconsidered already", "A stop is looked at again once, and this one was.",
    ),
    "stop_notice_not_given": ProblemKind(
        422, "Notice not given",
        "The written notice of this stop was never sent, came back or was withdrawn, and a direct payment stops after notice (SI "
        "2013/1617 reg 17(3)). Send it again, or withdraw the stop.",
    ),
    "stop_made_already": ProblemKind(422, "Stopped already", "This direct payment has stopped."),
    "stop_not_communicated": ProblemKind(
        422, "Stop not communicated",
        "Liabilities come over once the notice of a stop has gone out, or the person has died.",
    ),
    "stop_not_found": ProblemKind(404, "No stop", "No notice of a stop stands for this line."),
    "stop_notified_already": ProblemKind(422, "Notice given already", "The notice of a stop stands for this line."),
    "stop_too_early": ProblemKind(422, "Notice still running", "The last day of the notice has not come."),
}  # fmt: skip
"""Code → what it is answered as."""
