"""The rules: what they say, which of them are in force in a book, and how others come into force. The gate decides by no others."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_people import RulesOut, rule_of
from api.answers_rules import BundleFilesOut, BundlesOut, TrialOut, bundle_out, files_out, trial_out
from api.desk import WireRequest, answer, tagged_answer
from api.open_books import salt, today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire_rules import ActivationIn, BundleDraftIn, BundleIn
from api.writing import first_entry, prepare
from ledger.book.snapshot import snapshot
from policies import publishing
from policies.bundle import Bundle, BundleUnfit
from policies.catalogue import in_plain_words
from policies.resolution import Resolution
from policies.shelf import BundleMissing, files_from, files_kept
from policies.trying import NoTrial, read_trial

Connection = Any
RULES = "/v1/books/{book:str}/rules"
MOST, LONGEST = 50, 500
"""Reasons that are told, and signs of each, of what is wrong with files that were sent."""
HASH = re.compile(r"[0-9a-f]{64}\Z")
Step = Callable[[Connection, int], Awaitable[Resolution]]


async def _step(request: WireRequest, book: str, route: str, step: Step, dry_run: bool) -> Response[EntryOut]:
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        try:
            async with snapshot(connection):
                found = await step(connection, opened.row.book_id)
        except publishing.NotPublished as no:
            raise Problem(no.code, field="from" if no.code == "day_has_passed" else "hash") from None
        return Wish(found.requests, found.guards, found.other_than)

    return first_entry(await once(request, opened, key, f"rules/{route}", make, is_dry=dry_run))


@post(f"{RULES}/drafts", permission=Permission.DRAFT_RULES, operation_id="draftRules", tags=["rules"])
async def draft(
    request: WireRequest, book: FromPath[str], data: JSONBody[BundleDraftIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Proposes rules, and keeps their files in the book. They decide nothing until another person puts them in force."""
    bundle = _sent(data, request.desk.books.engine.bundle)
    return await _step(
        request,
        book,
        "drafts",
        lambda connection, book_id: publishing.draft(connection, book_id, bundle, salt()),
        dry_run,
    )


@post(f"{RULES}/shadow", permission=Permission.TRY_RULES, operation_id="tryRules", tags=["rules"])
async def try_beside(
    request: WireRequest, book: FromPath[str], data: JSONBody[BundleIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Evaluates drafted rules beside those in force, on every request from now on, in the place of others that were. What they
    would have said is kept with the decision, and changes nothing."""
    return await _step(
        request, book, "shadow",
        lambda connection, book_id: publishing.begin_trial(connection, book_id, data.hash, today()), dry_run,
    )  # fmt: skip


@post(f"{RULES}/shadow/end", permission=Permission.TRY_RULES, operation_id="endTrialOfRules", tags=["rules"])
async def end_trial(
    request: WireRequest, book: FromPath[str], data: JSONBody[BundleIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Evaluates rules beside those in force no longer. Their draft stays, and the day from which they are to be in force."""
    return await _step(
        request, book, "shadow/end",
        lambda connection, book_id: publishing.end_trial(connection, book_id, data.hash, today()), dry_run,
    )  # fmt: skip


@post(f"{RULES}/activate", permission=Permission.ACTIVATE_RULES, operation_id="activateRules", tags=["rules"])
async def activate(
    request: WireRequest, book: FromPath[str], data: JSONBody[ActivationIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Puts drafted rules in force in a book from a day on, by another than drafted them. Their hash is sent with it, so that nobody
    activates what they have not read."""
    return await _step(
        request, book, "activate",
        lambda connection, book_id: publishing.activate(connection, book_id, data.hash, data.start or today(), today()),
        dry_run,
    )  # fmt: skip


@post(f"{RULES}/retire", permission=Permission.RETIRE_RULES, operation_id="retireRules", tags=["rules"])
async def retire(
    request: WireRequest, book: FromPath[str], data: JSONBody[BundleIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Takes rules back that are not in force: their draft, their trial, and their activation for a later day. Rules in force are
    retired by putting others in force."""
    return await _step(
        request, book, "retire",
        lambda connection, book_id: publishing.retire(connection, book_id, data.hash, today()), dry_run,
    )  # fmt: skip


def _sent(data: BundleDraftIn, own: Bundle) -> Bundle:
    """The bundle that is meant. Problem(bundle_differs, bundle_unfit)."""
    try:
        bundle = own if data.files is None else Bundle.of_files(files_from(data.files))
    except BundleUnfit as unfit:
        facts = {f"reason.{place:02d}": reason[:LONGEST] for place, reason in enumerate(unfit.reasons[:MOST], 1)}
        raise Problem("bundle_unfit", field="files", facts=facts) from None
    if bundle.hash != data.hash:
        raise Problem("bundle_differs", field="hash")
    return bundle


@get(RULES, permission=Permission.SEE_BOOKS, operation_id="readRules", tags=["rules"])
async def rules(request: WireRequest, book: FromPath[str]) -> Response[RulesOut]:
    """The rules of this service in plain words, their hash, and that of those in force. What a pattern counts is not told."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        active = (await publishing.read_life(connection, row.book_id)).in_force(today())
    bundle = request.desk.books.engine.bundle
    found = [rule_of(rule) for rule in in_plain_words(bundle.rules.values())]
    return tagged_answer(request, RulesOut(bundle.hash, active, active == bundle.hash, found))


@get(f"{RULES}/bundles", permission=Permission.SEE_BUNDLES, operation_id="listBundles", tags=["rules"])
async def bundles(request: WireRequest, book: FromPath[str]) -> Response[BundlesOut]:
    """Every bundle that was ever drafted or in force in this book, and how each stands today."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        life = await publishing.read_life(connection, row.book_id)
    return answer(BundlesOut([bundle_out(each) for each in life.all(today())]))


@get(f"{RULES}/bundles/{{hash:str}}", permission=Permission.SEE_BUNDLES, operation_id="readBundle", tags=["rules"])
async def bundle_files(request: WireRequest, book: FromPath[str], hash: FromPath[str]) -> Response[BundleFilesOut]:
    """The files of a bundle that the book keeps, or that this service has, byte for byte: also of one that was made for other facts
    than this service's, and could be in force no more."""
    row = await request.book(book)
    own = request.desk.books.engine.bundle
    if not HASH.match(hash):
        raise Problem("bundle_missing")
    if hash == own.hash:
        return tagged_answer(request, files_out(own.hash, own.files))
    async with request.desk.books.reading(row) as connection:
        try:
            return tagged_answer(request, files_out(hash, await files_kept(connection, row.book_id, hash)))
        except (BundleMissing, BundleUnfit):
            raise Problem("bundle_missing") from None


@get(f"{RULES}/trial", permission=Permission.SEE_BUNDLES, operation_id="readTrial", tags=["rules"])
async def trial(request: WireRequest, book: FromPath[str]) -> Response[TrialOut]:
    """What the newest bundle on trial would have decided otherwise since its trial began: in decisions, people and pounds, by
    outcome and by rule. For whoever may not see people it is rounded, and too few are not told."""
    row = await request.book(book)
    sees_people = Permission.SEE_PEOPLE in request.caller.allowed
    async with request.desk.books.reading(row) as connection:
        life = await publishing.read_life(connection, row.book_id)
        try:
            return answer(trial_out(await read_trial(connection, row.book_id, life, today()), sees_people=sees_people))
        except NoTrial as no:
            raise Problem(no.code) from None


HANDLERS = [draft, try_beside, end_trial, activate, retire, rules, bundles, bundle_files, trial]
