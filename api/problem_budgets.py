"""Problems of setting up people, payees, funds and plans: each code with its status, its sentence and what helps.

A 404 says that the thing is not there or is another's; a 422 that it is there and the request does not fit it. None of
these leaves anything in the book, and the key stays free.
"""

from api.problem_kinds import ProblemKind, malformed


def _gone(title: str, sentence: str) -> ProblemKind:
    return ProblemKind(404, title, sentence)


def _unfit(title: str, sentence: str) -> ProblemKind:
    return ProblemKind(422, title, sentence)


BUDGETS: dict[str, ProblemKind] = {
    "acceptance_missing": malformed("Acceptance missing", "Money that has gone is recorded because of the entry that accepted "
                                                          "it: name that entry."),
    "attribute_missing": malformed("Attribute missing", "The entry lacks an attribute that its kind needs."),
    "contribution_malformed": malformed("Contribution malformed", "Only a share of a contribution fund takes what a person "
                                                                  "contributes."),
    "contribution_not_advanced": malformed("Contribution not paid out", "A person's own contribution is not paid out to them. "
                                                                        "Leave that fund out of a line whose money is paid "
                                                                        "to a holder."),
    "contribution_not_allocated": malformed("Contribution not allocated", "A contribution fund gives what has been received and "
                                                                          "nothing before. Leave it out of the plan's shares."),
    "detail_malformed": malformed("Details malformed", "The details of this entry are not of the shape of their kind."),
    "hash_malformed": malformed("Hash malformed", "A hash is 32 to 64 hexadecimal digits in small letters."),
    "authority_misplaced": malformed("Authority misplaced", "Only a representative acts by an authority."),
    "judgement_misplaced": malformed("Judgement misplaced", "Only of whoever holds the money for another is this said."),
    "not_restricted": ProblemKind(409, "Not restricted", "This record is open to the team as every other."),
    "restriction_malformed": malformed("Restriction malformed", "A restriction says why, and names each of those whom the record "
                                                                "is for once, two at least; to question or lift it says neither."),
    "nomination_misplaced": malformed("Nomination misplaced", "Only a nominee has been nominated."),
    "holder_account_missing": malformed("Holder account missing", "A direct payment names the holder's account that it is paid "
                                                                  "into."),
    "instalment_not_used": malformed("Instalment not used", "Only a direct payment or a third-party budget is paid in "
                                     "instalments; a one-off payment is of the whole amount."),
    "instalment_too_large": malformed("Instalment too large", "An instalment is not more than the amount of its line."),
    "holder_account_not_used": malformed("Holder account not used", "Only a direct payment or a one-off payment names a "
                                                                    "holder's account."),
    "nhs_number_malformed": malformed("NHS number malformed", "An NHS number has ten digits, the last of which checks the "
                                                              "others. Compare it with the letter or the card."),
    "partner_malformed": malformed("Partner malformed", "A fund of kind partner names its partner, and no other fund does."),
    "person_ref_malformed": malformed("Reference malformed", "A person's reference has sixteen signs that begin with P, the "
                                                             "last of which checks the others."),
    "random_malformed": malformed("Random bytes malformed", "A reference is made from sixteen random bytes."),
    "services_malformed": malformed("Services malformed", "A line is for one service or more, each named once."),
    "shares_malformed": malformed("Shares malformed", "A line is borne by one fund or more, each named once."),
    "shares_missing": malformed("Shares missing", "A movement on a line names the shares that bear it."),
    "subject_malformed": malformed("Subject malformed", "The subject of the entry is not of its kind."),
    "weight_malformed": malformed("Weight malformed", "The weight of a share is a whole number from 1."),
    "event_day_missing": malformed("Day missing", "Say in `on` on which day this happened."),
    "groups_misplaced": malformed("Groups misplaced", "Groups come with the act groups_changed, and with no other."),

    "identity_not_found": _gone("No identity", "Nothing is kept here of who this person is: it was never given, or it has been "
                                               "erased."),
    "delegation_not_found": _gone("Delegation not found", "This person has no such delegation."),
    "holder_account_not_found": _gone("Holder account not found", "This person has no such account."),
    "payee_not_found": _gone("Payee not found", "There is no such payee in this book."),
    "fund_not_found": _gone("Fund not found", "There is no such fund in this book."),
    "plan_not_found": _gone("Plan not found", "This person has no such plan."),

    "person_known": ProblemKind(409, "Person known", "Somebody with this NHS number is registered in this book. Ask whoever "
                                                     "keeps the register for their reference."),
    "delegation_revoked": _unfit("Delegation revoked", "This delegation has been revoked already."),
    "approved_already": _unfit("Approved already", "This has been approved already."),
    "account_code_reserved": _unfit("Account code reserved", "Accounts of funds, shares, people, partners and payees are opened "
                                                             "by what they are for: a fund, a signed plan, an approved payee "
                                                             "or holder's account. Choose another code."),
    "barred_already": _unfit("Barred already", "This has been barred already."),
    "payee_exists": _unfit("Payee exists", "A payee of this code has been registered before. Choose another code."),
    "fund_exists": _unfit("Fund exists", "A fund of this code has been opened before. Open its further years at "
                                         "/funds/{fund}/years."),
    "fund_unknown": _unfit("Fund unknown", "A share names a fund that this book does not have. Ask finance to open it."),
    "fund_year_not_open": _unfit("Year of fund not open", "A fund has no accounts for a financial year that the line touches. "
                                                          "Ask finance to open that year of the fund."),
    "payee_unknown": _unfit("Payee unknown", "The line names a payee that this book does not have. Register the payee first."),
    "holder_account_unknown": _unfit("Holder account unknown", "The line names an account that is not one of this person's. "
                                                               "Register the account first."),
    "line_outside_plan": _unfit("Line outside plan", "The dates of a line lie within those of its plan."),
    "years_outside_line": _unfit("Years outside line", "Amounts by year name financial years that the line's dates touch, each "
                                                       "once."),
    "years_differ": _unfit("Years differ from amount", "The amounts by year add up to the amount of the line."),
    "plan_too_large": _unfit("Plan too large", "The plan's lines, funds and years make more entries than one signing takes. "
                                               "Draft some of the lines as a plan of their own."),
    "plan_not_drafted": _unfit("Plan not in draft", "This plan has been signed already."),
    "plan_erased": _unfit("Draft erased", "What was drafted has been erased, so it cannot be signed. Draft the plan again."),
    "bundle_differs": _unfit("Rules differ", "The hash is not that of the rules which this service has. Read them at /rules "
                                             "and send their hash."),
}  # fmt: skip
