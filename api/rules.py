"""The rules: what they say, and which of them are in force in a book. The gate decides by no others."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_people import RulesOut, rule_of
from api.desk import WireRequest, tagged_answer
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire_people import ActivationIn
from api.writing import first_entry, prepare
from ledger.budgets.reading import said_of
from ledger.core.requests import Record
from policies.catalogue import in_plain_words
from policies.gate import ACTIVE_BUNDLE

Connection = Any
RULES = "/v1/books/{book:str}/rules"


@post(f"{RULES}/activate", permission=Permission.ACTIVATE_RULES, operation_id="activateRules", tags=["rules"])
async def activate(
    request: WireRequest, book: FromPath[str], data: JSONBody[ActivationIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Puts this service's rules in force in a book. Their hash is sent with it, so that nobody activates what they have not
    read."""
    opened, key = await prepare(request, book)
    own = request.desk.books.engine.bundle.hash

    async def make(_: Connection) -> Wish:
        if data.hash != own:
            raise Problem("bundle_differs", field="hash")
        return Wish((Record(kind="bundle", subject=ACTIVE_BUNDLE, attributes=(("act", "activated"), ("hash", own))),))

    return first_entry(await once(request, opened, key, "rules/activate", make, is_dry=dry_run))


@get(RULES, permission=Permission.SEE_BOOKS, operation_id="readRules", tags=["rules"])
async def rules(request: WireRequest, book: FromPath[str]) -> Response[RulesOut]:
    """The rules in plain words, their hash, and that of those in force. What a pattern counts is not told."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        said = await said_of(connection, row.book_id, ACTIVE_BUNDLE)
    bundle = request.desk.books.engine.bundle
    active = said[-1].attributes.get("hash") if said else None
    found = [rule_of(rule) for rule in in_plain_words(bundle.rules.values())]
    return tagged_answer(request, RulesOut(bundle.hash, active, active == bundle.hash, found))


HANDLERS = [activate, rules]
