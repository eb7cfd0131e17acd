"""What could not be considered, by its code: the kinds of problems that the ledger and the wire give.

The sentences are for people who sent a request; none repeats what was sent. api.problems puts all tables together.
"""

from typing import NamedTuple

from ledger.book.submission import (
    ClockSkew,
    DatabaseAway,
    DeadlinePassed,
    ForkSuspected,
    KeyInUse,
    NotConsidered,
    OutcomeUnknown,
    QueueFull,
    WriterStopped,
)


class ProblemKind(NamedTuple):
    """What every problem of one code has in common."""

    status: int
    title: str
    sentence: str
    transient: bool = False
    retry_after_seconds: int | None = None


def malformed(title: str, sentence: str) -> ProblemKind:
    """The kind of a problem with a request that could not be considered: 400, and no use in repeating it."""
    return ProblemKind(400, title, sentence)


MALFORMED: dict[str, ProblemKind] = {
    "account_malformed": malformed("Account malformed", "An account is stated by its code, class, layer, "
                                                         "group, type and side."),
    "account_repeated": malformed("Account named twice", "An account may be named once in a request: add "
                                                          "its amounts up."),
    "act_missing": malformed("Act missing", "An administrative event states what happened in the attribute "
                                             "act."),
    "amount_float": malformed("Amount is a JSON number with decimals", "Send amounts as text with two "
                                                                        "decimal places, such as "
                               '"75.50": a JSON number with decimals is not exact.'),
    "amount_malformed": malformed("Amount malformed", 'An amount is text with two decimal places, such as '
                                                       '"75.50".'),
    "amount_negative": malformed("Amount negative", "A size is asked for here, and a size is not below "
                                                     "zero."),
    "amount_not_a_number": malformed("Amount is not a number", "NaN and infinity are not amounts of money."),
    "amount_not_text": malformed("Amount is not text", 'Send amounts as text with two decimal places, such '
                                                        'as "75.50".'),
    "amount_over_precise": malformed("Amount has parts of a penny", "An amount has exactly two decimal "
                                                                     "places."),
    "amount_too_large": malformed("Amount too large", "An amount is at most 9999999999999.99 either way."),
    "amount_zero": malformed("Amount is zero", "An amount of zero moves nothing; leave it out."),
    "attributes_too_many": malformed("Too many attributes", "An entry has at most 999 attributes, which fit its line."),
    "time_malformed": malformed("Time malformed", "A time lies in the years that the ledger can write "
                                                   "down."),
    "attribute_repeated": malformed("Attribute repeated", "An attribute may be named once."),
    "because_malformed": malformed("Reason malformed", "The entry given as the reason must come earlier."),
    "code_malformed": malformed("Code malformed", "A code uses the letters, digits and signs A-Z a-z 0-9 . "
                                                   "_ : / + - only; account "
                                 "codes have no colon and at most 120 characters."),
    "code_unknown": malformed("Code unknown", "The value is not one of those allowed here."),
    "currency_malformed": malformed("Currency malformed", "A currency is three capital letters."),
    "currency_not_in_pence": malformed("Currency not in pence", "The currency is not known, or is not "
                                                                 "counted in hundredths."),
    "currency_not_of_book": malformed("Another currency", "This book is kept in another currency. Read the book to see "
                                                           "in which."),
    "dates_malformed": malformed("Dates malformed", "care_from and care_to come together, and care_to is not the earlier. No "
                                                    "day is after the year 9998, and a referral is decided on a day of the "
                                                    "financial year that it was asked for. What happened is of a "
                                                    "day that has come, and a review of none before August 2013, when the "
                                                    "law on direct payments begins."),
    "known_at_misplaced": malformed("Moment misplaced", "Groups, and to whoever may not see people the whole book, are told as "
                                                        "they are known now: two tables of neighbouring entries would tell of one "
                                                        "person. Leave known_at out."),
    "months_not_whole": malformed("Months not whole", "Groups, and to whoever may not see people the whole book, are told of whole "
                                                      "months, from the first day of one to the last of one: two tables of "
                                                      "neighbouring days would tell of one person."),
    "day_missing": malformed("Accounting day missing", "A movement of money states its accounting day in "
                                                        "effective_on."),
    "entries_malformed": malformed("Entries malformed", "Name one to 900 different entries."),
    "event_unknown": malformed("Event unknown", "An event is a number from 0 to 999."),
    "first_month_in_future": malformed("First month in the future", "A book begins in a month that has begun: until then "
                                                                     "it could take nothing."),
    "group_malformed": malformed("Group malformed", "A group has 1 to 50 requests; a budget account has a "
                                                     "fund-year as its group, "
                                  "and an account of the layer actual has the group actual."),
    "guard_malformed": malformed("Guard malformed", "The floor of an account is not above its ceiling."),
    "legs_too_few": malformed("Too few legs", "A movement of money has at least two legs, and a list has "
                                               "at least one element."),
    "legs_too_many": malformed("Too many legs", "A movement of money has at most 200 legs, an opening at "
                                                 "most 99 accounts."),
    "period_malformed": malformed("Period malformed", "A period is a month such as 2026-03 or a financial "
                                                       "year such as 2025-26."),
    "salt_malformed": malformed("Salt malformed", "The salt of a detail has 16 bytes."),
    "tag_repeated": malformed("Tag repeated", "A tag may be named once."),
    "shortfall_of_act": malformed("Shortfall of an act", "Only a fact names where missing authority is recorded: what is "
                                                          "not yet done is refused instead. Leave the shortfall out, or "
                                                          "say fact."),
    "up_to_malformed": malformed("Up-to malformed", "up_to names one of the two legs of an act; a fact is "
                                                     "never cut."),
    # What the edge refuses before the ledger sees it.
    "body_missing": malformed("Body missing", "This request needs a JSON object as its body."),
    "body_not_json": malformed("Body is not JSON", "The body is not one JSON object in UTF-8."),
    "body_cut_off": malformed("Body cut off", "The connection was lost before the whole body had come. Nothing was recorded: "
                                               "repeat the request with the same key."),
    "body_too_deep": malformed("Body nested too deeply", "The body is nested more deeply than any request "
                                                          "of this service."),
    "text_malformed": malformed("Text malformed", "The request holds a NUL, another control character, a mark "
                                                   "that turns the direction of writing, or half a surrogate "
                                 "pair. Send plain text."),
    "field_repeated": malformed("Field repeated", "A field of the body is named twice. Which one is meant "
                                                   "cannot be told."),
    "field_unknown": malformed("Field unknown", "The body has a field that this request does not know."),
    "field_missing": malformed("Field missing", "A field that this request needs is missing."),
    "field_malformed": malformed("Field malformed", "A field has the wrong type or shape."),
    "number_too_large": malformed("Number too large", "A whole number in the body is beyond 2^63 − 1."),
    "number_malformed": malformed("Number malformed", "NaN, infinity and numbers with decimals have no "
                                                       "place in this body."),
    "personal_number": malformed("NHS number refused", "A code in this request looks like an NHS number. "
                                                        "Codes stand in permanent "
                                  "entries; use the opaque reference instead."),
    "parameter_malformed": malformed("Parameter malformed", "A query or path parameter is missing or has "
                                                             "the wrong shape."),
    "parameter_unknown": malformed("Parameter unknown", "The query has a parameter that this request does not take. "
                                                         "Nothing was done: a parameter passed over could be the one "
                                   "that matters, such as a misspelt dry_run."),
    "parameter_repeated": malformed("Parameter repeated", "A query parameter is given twice. Which one is meant "
                                                           "cannot be told."),
    "cursor_malformed": malformed("Cursor malformed", "This cursor is not one that this list gave. Begin "
                                                       "again without it."),
    "idempotency_key_missing": malformed("Idempotency-Key missing", "A write needs an Idempotency-Key "
                                                                     "header: choose one for each "
                                          "thing you want done, and send it again when you repeat the "
                                          "request."),
    "idempotency_key_malformed": malformed("Idempotency-Key malformed", "A request has one Idempotency-Key, of 1 to 128 "
                                                                         "printable ASCII characters."),
    "request_id_malformed": malformed("X-Request-ID malformed", "An X-Request-ID is a UUID."),
    "correlation_id_malformed": malformed("X-Correlation-ID malformed", "An X-Correlation-ID is 1 to 128 "
                                                                         "printable ASCII characters."),
}  # fmt: skip


def _again(no: type[NotConsidered], title: str, sentence: str) -> ProblemKind:
    return ProblemKind(503, title, sentence, no.transient, no.retry_after_seconds)


NOT_CONSIDERED: dict[str, ProblemKind] = {
    QueueFull.code: _again(QueueFull, "Queue full", "More requests wait for this book than it takes. "
                                                    "Nothing was recorded: repeat "
                           "the request with the same key after the time in Retry-After."),
    DeadlinePassed.code: _again(DeadlinePassed, "Deadline passed", "The request waited too long and nothing "
                                                                   "of it was recorded. "
                                "Repeat it with the same key."),
    OutcomeUnknown.code: _again(OutcomeUnknown, "Outcome unknown", "The request was sent to the database "
                                                                   "and the answer was lost. "
                                "Repeat it with the same key: it happens once."),
    KeyInUse.code: ProblemKind(409, "Key in use", "A request with this Idempotency-Key is still under way. Nothing was "
                                                  "recorded for this one: repeat it with the same key after the time in "
                               "Retry-After, and it has the first one's answer.", KeyInUse.transient, KeyInUse.retry_after_seconds),
    ClockSkew.code: _again(ClockSkew, "Clocks disagree", "The clocks of the service, the database and the "
                                                         "book disagree by more "
                           "than five seconds. Nothing was recorded."),
    ForkSuspected.code: _again(ForkSuspected, "Fork suspected", "The book does not extend what was "
                                                                "published of it. It is "
                               "read-only until two people recover it."),
    WriterStopped.code: _again(WriterStopped, "Stopping", "This process takes no more requests. Repeat the "
                                                          "request with the same key."),
    DatabaseAway.code: _again(DatabaseAway, "Database away", "The database cannot be reached. Nothing was "
                                                             "recorded: repeat the "
                              "request with the same key."),
    "not_considered": _again(NotConsidered, "Not considered", "Nothing was recorded. Repeat the request "
                                                              "with the same key."),
}  # fmt: skip
