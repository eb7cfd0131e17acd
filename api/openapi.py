"""Completes the OpenAPI document: what the framework leaves out of it is written here, once, for every route.

It leaves out that unknown fields are refused, the patterns of texts, the key header of writes, and every
answer that is a no.
"""

from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from api import (
    accesses,
    answers,
    answers_autonomy,
    answers_banking,
    answers_bills,
    answers_budgets,
    answers_closing,
    answers_ending,
    answers_explaining,
    answers_home,
    answers_patterns,
    answers_people,
    answers_plans,
    answers_practice,
    answers_recovery,
    answers_rules,
    answers_schedules,
    answers_taking_on,
    audit,
    conditions,
    contacts,
    deposits,
    evidence,
    evidence_uploads,
    health,
    limits,
    marking,
    plan_reads,
    referrals,
    rulebook,
    wire,
    wire_banking,
    wire_bills,
    wire_budgets,
    wire_changes,
    wire_closing,
    wire_contacts,
    wire_credits,
    wire_cut_off,
    wire_ending,
    wire_evidence,
    wire_holding,
    wire_moves,
    wire_offers,
    wire_patterns,
    wire_people,
    wire_plans,
    wire_recovery,
    wire_reimbursements,
    wire_requests,
    wire_returns,
    wire_rules,
    wire_schedules,
    wire_settling,
    wire_taking_on,
    wire_third_parties,
)
from api.permissions import PUBLIC
from api.problems import MEDIA_TYPE, ProblemAnswer

VERSION = "0.1.0"
ALWAYS = (400, 406, 500)
WITH_TOKEN = (401, 403)
OF_A_BOOK = (404,)
OF_A_READ = (503,)
OF_A_WRITE = (409, 413, 415, 422, 429, 503)
NO = {
    400: "Could not be considered: malformed. Nothing was recorded.",
    401: "No token, or one that is not accepted.",
    403: "The token does not allow this.",
    404: "There is no such thing, or this token does not reach it.",
    406: "The Accept header does not allow JSON.",
    409: "Something changed in between: read it again. Or a request with this key is under way: repeat it later.",
    412: "Somebody else changed it since it was read. Nothing was recorded.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "The ledger refused, and recorded that it did; or the key was used for another request.",
    428: "If-Match is missing: read the thing, and send its ETag.",
    429: "This client was refused too often in the last minute. Nothing was recorded.",
    500: "Something is wrong on our side.",
    503: "Try again with the same key after the time in Retry-After.",
}
KEY_HEADER = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "description": "Chosen by the client, once for each thing it wants done. X-Request-ID alone is taken as "
                   "the key.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"},
}  # fmt: skip
MODULES = (
    wire,
    wire_budgets,
    wire_changes,
    wire_people,
    wire_plans,
    wire_settling,
    answers,
    answers_budgets,
    answers_explaining,
    answers_home,
    answers_people,
    answers_plans,
    accesses,
    audit,
    health,
    wire_credits,
    wire_returns,
    wire_schedules,
    answers_schedules,
    answers_banking,
    wire_banking,
    deposits,
    limits,
    referrals,
    conditions,
    contacts,
    wire_contacts,
    plan_reads,
    answers_closing,
    wire_closing,
    wire_cut_off,
    wire_recovery,
    answers_recovery,
    wire_taking_on,
    wire_ending,
    wire_holding,
    answers_ending,
    wire_offers,
    wire_third_parties,
    wire_reimbursements,
    wire_requests,
    wire_bills,
    answers_bills,
    answers_practice,
    answers_autonomy,
    wire_moves,
    wire_evidence,
    evidence,
    evidence_uploads,
    wire_rules,
    answers_rules,
    answers_taking_on,
    rulebook,
    marking,
    wire_patterns,
    answers_patterns,
)
MATCHING = frozenset(("draftVersion", "signPlan"))
"""Writes that change what somebody else may change too: they need the ETag of what was read."""
IF_MATCH = {
    "name": "If-Match", "in": "header", "required": True,
    "description": "The ETag that the thing had when it was read.",
    "schema": {"type": "string", "pattern": '^"[0-9]+"$'},
}  # fmt: skip
KEYLESS = frozenset(("requestCheckpoint", "whatIf", "sendPart", "dropUpload"))
FILES = frozenset(("giveFile", "sendPart"))
"""Writes whose body is a file, or a part of one, and no JSON."""


def document(app: Litestar) -> bytes:
    """The finished OpenAPI 3.1 document as JSON."""
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema(), enc_hook=str))
    components = found.setdefault("components", {})
    components["schemas"] = {**components.get("schemas", {}), **_own_schemas()}
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    handlers = {
        (route.path_format, method.lower()): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods
        if isinstance(handler, HTTPRouteHandler)
    }
    for path, item in found["paths"].items():
        for method, operation in item.items():
            _complete(operation, method, handlers[path, method], path)
    return msgspec.json.encode(found)


def _own_schemas() -> dict[str, Any]:
    """The schemas of our structs by their own names, with patterns, bounds and the refusal of unknown
    fields."""
    types = [
        each
        for module in MODULES
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, msgspec.Struct) and each.__module__ == module.__name__
    ]
    _, components = msgspec.json.schema_components([*types, ProblemAnswer], ref_template="#/components/schemas/{name}")
    return components


def _complete(operation: dict[str, Any], method: str, handler: HTTPRouteHandler, path: str) -> None:
    permission = handler.opt["permission"]
    operation["x-permission"] = permission.value
    said = " ".join((handler.fn.__doc__ or "").split())
    operation["summary"], operation["description"] = said.partition(". ")[0].rstrip("."), said
    statuses = list(ALWAYS)
    if permission not in PUBLIC:
        operation["security"] = [{"token": []}]
        statuses += WITH_TOKEN
    if "{book}" in path or operation["operationId"] == "openBook":
        statuses += OF_A_BOOK
    if operation["operationId"] in FILES:
        content = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
        operation["requestBody"] = {"required": True, "content": content}
    if method in ("post", "put", "delete"):
        statuses += OF_A_WRITE
        if operation["operationId"] not in KEYLESS:
            operation["parameters"] = [*operation.get("parameters", []), KEY_HEADER]
        if operation["operationId"] in MATCHING:
            statuses += (412, 428)
            operation["parameters"].append(IF_MATCH)
    elif path.startswith("/v1/"):
        statuses += OF_A_READ
    answers_ = {code: each for code, each in operation["responses"].items() if code.startswith("2")}
    for each in answers_.values():
        each["headers"] = {"X-Request-ID": {"schema": {"type": "string"}, "description": "The id of this request."}}
    if "201" in answers_ and any(each["name"] == "dry_run" for each in operation.get("parameters", [])):
        answers_["200"] = {**answers_["201"], "description": "What would become of it; nothing was recorded."}
    for status in statuses:
        answers_[str(status)] = {
            "description": NO[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}},
        }
    if path == "/health/ready":
        answers_["503"] = {**answers_["200"], "description": "A part that the service needs is not in order."}
    operation["responses"] = answers_
