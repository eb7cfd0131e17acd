"""Every no as an RFC 9457 problem: the one table from a code to an HTTP status, a title and a sentence, put together from
those of the wire (api.problem_kinds), of the edge (here) and of people's budgets (api.problem_budgets).

The sentences of the ledger's refusals are its own (ledger.core.refusals); all others stand here. No sentence
repeats what was sent, because a name or an NHS number may have been sent by mistake.
"""

from typing import Any

import msgspec

from api.problem_banking import BANKING
from api.problem_budgets import BUDGETS
from api.problem_changes import CHANGES
from api.problem_closing import CLOSING
from api.problem_cut_off import CUT_OFF
from api.problem_ending import ENDING
from api.problem_evidence import EVIDENCE
from api.problem_kinds import MALFORMED, NOT_CONSIDERED, ProblemKind
from api.problem_owed import OWED
from api.problem_patterns import PATTERN_NOES
from api.problem_plans import PLANS
from api.problem_recovery import RECOVERY
from api.problem_rules import RULES
from api.problem_schedules import SCHEDULES
from api.problem_settling import SETTLING
from api.problem_taking_on import TAKING_ON
from ledger.book.submission import NotConsidered
from ledger.core.model import Malformed
from ledger.core.refusals import REFUSALS, Refusal
from ledger.money import CurrencyNotInPence

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "/docs/problems#"

# The refusals of the ledger. 409 is for what reading again may settle; nothing of it is recorded.
REFUSAL_STATUS: dict[str, int] = dict.fromkeys(REFUSALS, 422) | {
    "guard_stale": 409,
    "line_account_refused": 403,
    "event_account_refused": 403,
}


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
    "live_book_not_here": ProblemKind(403, "No live book here", "A service that trusts the development issuer opens no live "
                                                                "book: anyone on this machine could sign a token for it."),
    "book_unknown": ProblemKind(404, "Book unknown", "There is no such book, or this token does not reach "
                                                     "it."),
    "account_not_found": ProblemKind(404, "Account not found", "There is no such account in this book."),
    "transaction_not_found": ProblemKind(404, "Transaction not found", "No movement of money has this "
                                                                       "number in this book."),
    "hold_not_found": ProblemKind(404, "Hold not found", "There is no hold with this number in this book."),
    "entry_not_found": ProblemKind(404, "Entry not found", "There is no entry with this number in this "
                                                           "book."),
    "tree_size_unfit": ProblemKind(404, "Tree size unfit", "The entry is there, and no tree of this size holds it. The facts say "
                                                           "which sizes do."),
    "person_unknown": ProblemKind(404, "Person unknown", "There is no such person in this book, or this token does not "
                                                         "reach their budget."),
    "line_unknown": ProblemKind(404, "Line unknown", "The person's plan has no such budget line."),
    "ask_unknown": ProblemKind(404, "Answer unknown", "There is no answer of this number for this person to rely on."),
    "decision_not_found": ProblemKind(404, "Decision not found", "No decision of this number is about this budget."),
    "delegation_too_narrow": ProblemKind(403, "Delegation too narrow", "You may look at this budget, and not do this with "
                                                                       "it. The person it is for can change that."),
    "service_unknown": ProblemKind(422, "Service unknown", "This is not a service of the list. Choose one of docs/rules.md, "
                                                           "or \"unsure\" when none fits."),
    "line_paid_out": ProblemKind(422, "Line is paid out", "The money of this line is paid to whoever holds it. Ask before "
                                                          "you buy, and tell us afterwards as a claim."),
    "line_not_paid_out": ProblemKind(422, "Line is not paid out", "The money of this line stays with the commissioner, so "
                                                                  "it has no instalments and no claims."),
    "not_referred": ProblemKind(422, "Nothing to decide", "This decision waits for nobody: it was not a referral."),
    "referral_decided": ProblemKind(409, "Referral decided", "This referral has been approved or declined before. Read the "
                                                             "decision: it names the entry that decided it."),
    "limit_not_set": ProblemKind(422, "No limit in force", "No local limit is in force on this accounting day, so nothing "
                                                           "can be decided for it."),
    "amount_not_split": ProblemKind(422, "Amount cannot be split", "The amount is more than what is left to take it from. "
                                                                   "Name at most what remains."),
    "budget_busy": ProblemKind(409, "Budget busy", "Others are acting on this budget. Nothing was recorded: repeat the "
                                                   "request with the same key.", True, 1),
    "bundle_not_active": ProblemKind(503, "Rules not in force", "The rules that this service has are not those in force in "
                                                                "this book, so it decides nothing.", True, 30),
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

PROBLEMS: dict[str, ProblemKind] = {
    **MALFORMED,
    **NOT_CONSIDERED,
    **EDGE,
    **BUDGETS,
    **SETTLING,
    **CHANGES,
    **PLANS,
    **OWED,
    **SCHEDULES,
    **BANKING,
    **CLOSING,
    **CUT_OFF,
    **RECOVERY,
    **TAKING_ON,
    **PATTERN_NOES,
    **ENDING,
    **RULES,
    **EVIDENCE,
}
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
    """The problem of a ledger's refusal. Pence are amounts as everywhere on the wire, in its sentence too."""
    return ProblemAnswer(
        type=TYPE_PREFIX + refusal.code, title=title_of(refusal.code), status=status_of(refusal.code),
        detail=refusal.sentence, code=refusal.code, transient=refusal.transient, facts=refusal.told, **members,
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
    if isinstance(no, Malformed):
        return Problem(no.code, field=no.field, **({"facts": {"allowed": ", ".join(no.allowed)}} if no.allowed else {}))
    if isinstance(no, CurrencyNotInPence):
        return Problem(no.code)
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
