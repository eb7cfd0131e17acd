"""The noes about the rules of a book: a row for each, added to the one table of api.problems."""

from api.problem_kinds import ProblemKind

RULES: dict[str, ProblemKind] = {
    "bundle_drafted_already": ProblemKind(409, "Drafted already", "These rules are drafted in this book already."),
    "bundle_in_force": ProblemKind(
        422, "Rules in force",
        "These rules are in force on that day. They are retired by putting others in force.",
    ),
    "bundle_missing": ProblemKind(
        404, "Rules not kept", "The book does not keep the files of these rules, or they were erased.",
    ),
    "bundle_not_drafted": ProblemKind(
        422, "Rules not drafted", "These rules are not drafted in this book, or their draft was taken back. Draft them first.",
    ),
    "bundle_not_on_trial": ProblemKind(422, "Not on trial", "These rules are not on trial in this book."),
    "bundle_on_trial": ProblemKind(422, "On trial already", "These rules are on trial already."),
    "bundle_unfit": ProblemKind(
        422, "No bundle of rules", "These files are no rules that this service can use. The facts say everything that is wrong.",
    ),
    "day_has_passed": ProblemKind(
        422, "Day has passed", "Rules come into force today or later: what was decided on a day that has passed stays as it was.",
    ),
    "no_trial": ProblemKind(404, "No trial", "No rules are or were on trial in this book."),
    "replay_too_long": ProblemKind(
        422, "Too many decisions", "More decisions were made in this time than are decided again at once. Ask for a shorter time.",
    ),
    "rules_not_in_force": ProblemKind(404, "No rules in force", "No rules are in force in this book yet."),
}  # fmt: skip
"""Code → what it is answered as."""
