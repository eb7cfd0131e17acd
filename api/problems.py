"""Every no as an RFC 9457 problem: the one table from a code to an HTTP status, a title and a sentence.

The sentences of the ledger's refusals are its own (ledger.core.refusals); all others stand here. No sentence
repeats what was sent, because a name or an NHS number may have been sent by mistake.
"""

from typing import Any, NamedTuple

import msgspec

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
from ledger.core.model import Malformed
from ledger.core.refusals import REFUSALS, Refusal
from ledger.money import CurrencyNotInPence, format_amount

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/docs/problems#"
PENCE_FACTS = frozenset(("needed", "available", "balance", "sum"))

# The refusals of the ledger. 409 is for what reading again may settle; nothing of it is recorded.
REFUSAL_STATUS: dict[str, int] = dict.fromkeys(REFUSALS, 422) | {
    "guard_stale": 409,
    "line_account_refused": 403,
}


class ProblemKind(NamedTuple):
    """What every problem of one code has in common."""

    status: int
    title: str
    sentence: str
    transient: bool = False
    retry_after_seconds: int | None = None


def _malformed(title: str, sentence: str) -> ProblemKind:
    return ProblemKind(400, title, sentence)


MALFORMED: dict[str, ProblemKind] = {
    "account_malformed": _malformed("Account malformed", "An account is stated by its code, class, layer, "
                                                         "group, type and side."),
    "account_repeated": _malformed("Account named twice", "An account may be named once in a request: add "
                                                          "its amounts up."),
    "act_missing": _malformed("Act missing", "An administrative event states what happened in the attribute "
                                             "act."),
    "amount_float": _malformed("Amount is a JSON number with decimals", "Send amounts as text with two "
                                                                        "decimal places, such as "
                               '"75.50": a JSON number with decimals is not exact.'),
    "amount_malformed": _malformed("Amount malformed", 'An amount is text with two decimal places, such as '
                                                       '"75.50".'),
    "amount_negative": _malformed("Amount negative", "A size is asked for here, and a size is not below "
                                                     "zero."),
    "amount_not_a_number": _malformed("Amount is not a number", "NaN and infinity are not amounts of money."),
    "amount_not_text": _malformed("Amount is not text", 'Send amounts as text with two decimal places, such '
                                                        'as "75.50".'),
    "amount_over_precise": _malformed("Amount has parts of a penny", "An amount has exactly two decimal "
                                                                     "places."),
    "amount_too_large": _malformed("Amount too large", "An amount is at most 9999999999999.99 either way."),
    "amount_zero": _malformed("Amount is zero", "An amount of zero moves nothing; leave it out."),
    "attributes_too_many": _malformed("Too many attributes", "An entry has at most 999 attributes, which fit its line."),
    "time_malformed": _malformed("Time malformed", "A time lies in the years that the ledger can write "
                                                   "down."),
    "attribute_repeated": _malformed("Attribute repeated", "An attribute may be named once."),
    "because_malformed": _malformed("Reason malformed", "The entry given as the reason must come earlier."),
    "code_malformed": _malformed("Code malformed", "A code uses the letters, digits and signs A-Z a-z 0-9 . "
                                                   "_ : / + - only; account "
                                 "codes have no colon and at most 120 characters."),
    "code_unknown": _malformed("Code unknown", "The value is not one of those allowed here."),
    "currency_malformed": _malformed("Currency malformed", "A currency is three capital letters."),
    "currency_not_in_pence": _malformed("Currency not in pence", "The currency is not known, or is not "
                                                                 "counted in hundredths."),
    "dates_malformed": _malformed("Care dates malformed", "care_from and care_to come together, and care_to "
                                                          "is not the earlier."),
    "day_missing": _malformed("Accounting day missing", "A movement of money states its accounting day in "
                                                        "effective_on."),
    "entries_malformed": _malformed("Entries malformed", "Name one to 900 different entries."),
    "event_unknown": _malformed("Event unknown", "An event is a number from 0 to 999."),
    "group_malformed": _malformed("Group malformed", "A group has 1 to 50 requests; a budget account has a "
                                                     "fund-year as its group, "
                                  "and an account of the layer actual has the group actual."),
    "guard_malformed": _malformed("Guard malformed", "The floor of an account is not above its ceiling."),
    "legs_too_few": _malformed("Too few legs", "A movement of money has at least two legs, and a list has "
                                               "at least one element."),
    "legs_too_many": _malformed("Too many legs", "A movement of money has at most 200 legs, an opening at "
                                                 "most 99 accounts."),
    "period_malformed": _malformed("Period malformed", "A period is a month such as 2026-03 or a financial "
                                                       "year such as 2025-26."),
    "salt_malformed": _malformed("Salt malformed", "The salt of a detail has 16 bytes."),
    "tag_repeated": _malformed("Tag repeated", "A tag may be named once."),
    "up_to_malformed": _malformed("Up-to malformed", "up_to names one of the two legs of an act; a fact is "
                                                     "never cut."),
    # What the edge refuses before the ledger sees it.
    "body_missing": _malformed("Body missing", "This request needs a JSON object as its body."),
    "body_not_json": _malformed("Body is not JSON", "The body is not one JSON object in UTF-8."),
    "body_too_deep": _malformed("Body nested too deeply", "The body is nested more deeply than any request "
                                                          "of this service."),
    "text_malformed": _malformed("Text malformed", "The request holds a NUL, another control character, a mark "
                                                   "that turns the direction of writing, or half a surrogate "
                                 "pair. Send plain text."),
    "field_repeated": _malformed("Field repeated", "A field of the body is named twice. Which one is meant "
                                                   "cannot be told."),
    "field_unknown": _malformed("Field unknown", "The body has a field that this request does not know."),
    "field_missing": _malformed("Field missing", "A field that this request needs is missing."),
    "field_malformed": _malformed("Field malformed", "A field has the wrong type or shape."),
    "number_too_large": _malformed("Number too large", "A whole number in the body is beyond 2^63 − 1."),
    "number_malformed": _malformed("Number malformed", "NaN, infinity and numbers with decimals have no "
                                                       "place in this body."),
    "personal_number": _malformed("NHS number refused", "A code in this request looks like an NHS number. "
                                                        "Codes stand in permanent "
                                  "entries; use the opaque reference instead."),
    "parameter_malformed": _malformed("Parameter malformed", "A query or path parameter is missing or has "
                                                             "the wrong shape."),
    "cursor_malformed": _malformed("Cursor malformed", "This cursor is not one that this list gave. Begin "
                                                       "again without it."),
    "idempotency_key_missing": _malformed("Idempotency-Key missing", "A write needs an Idempotency-Key "
                                                                     "header: choose one for each "
                                          "thing you want done, and send it again when you repeat the "
                                          "request."),
    "idempotency_key_malformed": _malformed("Idempotency-Key malformed", "An Idempotency-Key is 1 to 128 "
                                                                         "printable ASCII characters."),
    "request_id_malformed": _malformed("X-Request-ID malformed", "An X-Request-ID is a UUID."),
    "correlation_id_malformed": _malformed("X-Correlation-ID malformed", "An X-Correlation-ID is 1 to 128 "
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


def _token(title: str, sentence: str) -> ProblemKind:
    return ProblemKind(401, title, sentence)


EDGE: dict[str, ProblemKind] = {
    "token_missing": _token("Token missing", "Send a bearer token in the Authorization header."),
    "token_malformed": _token("Token malformed", "The bearer token is not an RS512 token with a key id."),
    "token_key_unknown": _token("Token key unknown", "The token is signed with a key that its issuer does "
                                                     "not publish (any more)."),
    "token_signature_wrong": _token("Token signature wrong", "The signature of the token is not that of its "
                                                             "issuer."),
    "token_expired": _token("Token expired", "The token has expired. Ask for a new one."),
    "token_not_yet_valid": _token("Token not yet valid", "The token is not valid yet."),
    "token_issuer_wrong": _token("Token issuer wrong", "The token comes from an issuer that this service "
                                                       "does not accept."),
    "token_audience_wrong": _token("Token audience wrong", "The token is meant for another service."),
    "token_claims_malformed": _token("Token claims malformed", "The token lacks exp, sub, azp or roles, or "
                                                               "one of them is no code."),
    "development_token_remote": _token("Development token from elsewhere", "Tokens of the development "
                                                                           "issuer work on loopback only."),
    "permission_missing": ProblemKind(403, "Permission missing", "None of the roles of this token allows "
                                                                 "this."),
    "development_token_live_book": ProblemKind(403, "Development token", "Tokens of the development issuer "
                                                                         "work on books of made-up "
                                               "or published data only."),
    "book_unknown": ProblemKind(404, "Book unknown", "There is no such book, or this token does not reach "
                                                     "it."),
    "account_not_found": ProblemKind(404, "Account not found", "There is no such account in this book."),
    "transaction_not_found": ProblemKind(404, "Transaction not found", "No movement of money has this "
                                                                       "number in this book."),
    "hold_not_found": ProblemKind(404, "Hold not found", "There is no hold with this number in this book."),
    "entry_not_found": ProblemKind(404, "Entry not found", "There is no entry with this number in this "
                                                           "book."),
    "checkpoint_not_found": ProblemKind(404, "Checkpoint not found", "No checkpoint of this book has been "
                                                                     "signed yet."),
    "not_found": ProblemKind(404, "Not found", "There is nothing at this address."),
    "method_not_allowed": ProblemKind(405, "Method not allowed", "This address does not take this method; "
                                                                 "Allow names those it does."),
    "not_acceptable": ProblemKind(406, "Not acceptable", "This address answers in JSON, and the Accept "
                                                         "header does not allow that."),
    "book_exists": ProblemKind(409, "Book exists", "A book of this code has been opened before."),
    "body_too_large": ProblemKind(413, "Body too large", "The body is larger than a megabyte."),
    "media_type_unsupported": ProblemKind(415, "Media type unsupported", "The body must be sent as "
                                                                         "application/json."),
    "idempotency_key_reused": ProblemKind(422, "Idempotency-Key reused", "This key was used before for "
                                                                         "another request. Use a new "
                                          "key for a new request, or send the first request again "
                                          "unchanged."),
    "refusal_budget_spent": ProblemKind(429, "Too many refusals", "This client was refused too often in the "
                                                                  "last minute. Nothing was "
                                        "recorded; repeat the request with the same key after the time in "
                                        "Retry-After.", True, 60),
    "head_not_proven": ProblemKind(503, "Head not proven", "The stored hashes do not give the book's root, "
                                                           "so nothing is signed. An "
                                   "operator has to verify the book.", False, 60),
    "note_refused": ProblemKind(503, "Checkpoint refused", "Another checkpoint of this size was published "
                                                           "before. An operator has "
                                "to look at the book.", False, 60),
    "not_ready": ProblemKind(503, "Not ready", "A part that the service needs is not in order.", True, 5),
    "internal_error": ProblemKind(500, "Internal error", "Something is wrong on our side. Nothing was "
                                                         "recorded; quote the request id."),
}  # fmt: skip

LEDGER_CODES = {
    "book_unknown": "book_unknown",
    "book_exists": "book_exists",
    "head_not_proven": "head_not_proven",
    "note_refused": "note_refused",
    "internal_error": "internal_error",
    "cursor_malformed": "cursor_malformed",
}
"""Exceptions of the ledger by their code, and the problem they are here. Reads name what was not found
themselves."""

PROBLEMS: dict[str, ProblemKind] = {**MALFORMED, **NOT_CONSIDERED, **EDGE}
"""Every code but the ledger's refusals, which are REFUSAL_STATUS and speak for themselves."""


class ProblemAnswer(msgspec.Struct):
    """The body of every answer that is a no. `field` says where in the request; `fields` name those that
    differ from the first request under the key; `entry` is the number of the refusal entry, and then there is
    no request id, so that a repeated request has the same answer, byte for byte."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    transient: bool
    facts: dict[str, str] | msgspec.UnsetType = msgspec.UNSET
    field: str | msgspec.UnsetType = msgspec.UNSET
    fields: list[str] | msgspec.UnsetType = msgspec.UNSET
    entry: int | msgspec.UnsetType = msgspec.UNSET
    tree_size: int | msgspec.UnsetType = msgspec.UNSET
    dry_run: bool | msgspec.UnsetType = msgspec.UNSET
    erased: bool | msgspec.UnsetType = msgspec.UNSET
    request_id: str | msgspec.UnsetType = msgspec.UNSET


class Problem(Exception):
    """Carries one no to the edge."""

    def __init__(self, code: str, **members: Any) -> None:
        super().__init__(code)
        self.code = code
        self.members = members
        self.headers: dict[str, str] = {}


class LedgerRefused(Problem):
    """The ledger's no to a well-formed, permitted request."""

    def __init__(self, refusal: Refusal, **members: Any) -> None:
        super().__init__(refusal.code, **members)
        self.refusal = refusal


def status_of(code: str) -> int:
    """The HTTP status of a code, whoever gives it."""
    return REFUSAL_STATUS[code] if code in REFUSAL_STATUS else PROBLEMS[code].status


def refusal_answer(refusal: Refusal, **members: Any) -> ProblemAnswer:
    """The problem of a ledger's refusal. Pence become amounts as everywhere on the wire."""
    given = dict(refusal.facts)
    # In the order of the list of refusals: what is rebuilt from an entry comes in the order of its line.
    facts = {
        name: format_amount(int(given[name])) if name in PENCE_FACTS else given[name]
        for name in REFUSALS[refusal.code].facts
    }
    return ProblemAnswer(
        type=TYPE_PREFIX + refusal.code, title=title_of(refusal.code), status=status_of(refusal.code),
        detail=refusal.sentence, code=refusal.code, transient=refusal.transient, facts=facts, **members,
    )  # fmt: skip


def answer_of(problem: Problem, request_id: str) -> ProblemAnswer:
    """The body of a problem. One that is recorded names its entry instead of the request."""
    members = dict(problem.members)
    if "entry" not in members:
        members["request_id"] = request_id
    if isinstance(problem, LedgerRefused):
        return refusal_answer(problem.refusal, **members)
    kind = PROBLEMS[problem.code]
    return ProblemAnswer(
        type=TYPE_PREFIX + problem.code, title=kind.title, status=kind.status, detail=kind.sentence, code=problem.code,
        transient=kind.transient, **members,
    )  # fmt: skip


def of_ledger(no: Exception) -> Problem:
    """The problem of an exception of the ledger, by its code; one that we do not know is our own mistake."""
    if isinstance(no, Problem):
        return no
    code = getattr(no, "code", None)
    if isinstance(no, Malformed | CurrencyNotInPence):
        return Problem(no.code, **({"field": no.field} if isinstance(no, Malformed) else {}))
    if isinstance(no, NotConsidered) or code in LEDGER_CODES:
        return Problem(LEDGER_CODES.get(str(code), str(code)))
    return Problem("internal_error")


def headers_of(problem: Problem) -> dict[str, str]:
    """The headers that go with a problem."""
    headers = dict(problem.headers)
    kind = PROBLEMS.get(problem.code)
    if kind is not None and kind.retry_after_seconds is not None:
        headers.setdefault("Retry-After", str(kind.retry_after_seconds))
    if kind is not None and kind.status == 401:
        error = "" if problem.code == "token_missing" else ', error="invalid_token"'
        headers["WWW-Authenticate"] = f'Bearer realm="phb"{error}'
    return headers


def title_of(code: str) -> str:
    """The short name of a problem in plain words."""
    kind = PROBLEMS.get(code)
    return kind.title if kind is not None else code.replace("_", " ").capitalize()
