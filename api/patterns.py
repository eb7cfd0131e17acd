"""The patterns over HTTP, for staff alone: months looked at, what was found, what came of it, and the thresholds."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, PathParameter, QueryParameter

from api.access import note_access
from api.answers import EntryOut
from api.answers_budgets import SettledOut
from api.answers_patterns import PatternRatesOut, PatternsFoundOut, ThresholdsOut, patterns_found_of, rates_out
from api.deciding import carried_out, naming_noes, sender_of, through_gate, words_detail
from api.desk import WireRequest, answer
from api.finance import Number
from api.idempotency import naming_reuse
from api.keeping_back import open_to
from api.open_books import salt, today
from api.paging import After, Limit, next_link, number_position
from api.permissions import Permission
from api.problems import Problem
from api.settling import settled
from api.wire_patterns import LookIn, ThresholdsIn, WatchIn
from api.writing import first_entry, prepare, write
from ledger.book.snapshot import snapshot
from ledger.reports.patterns import months_watched, rates_of, read_found
from policies.facts_watch import PATTERNS
from policies.thresholds import thresholds_from, thresholds_on, thresholds_set
from policies.watching import record_look, watch_through

IN_BOOK = "/v1/books/{book:str}/patterns"
TAGS = ["patterns"]
Show = Annotated[Literal["open", "all"], QueryParameter(description="What nobody has looked at, or all.")]
OnDay = Annotated[date | None, QueryParameter(description="The day on which they hold; today if left out.")]
Month = Annotated[str, PathParameter(pattern=r"^[0-9]{4}-[0-9]{2}$", description="A month `2026-03`.")]


@post(f"{IN_BOOK}/months/{{month:str}}", permission=Permission.WATCH_PATTERNS, operation_id="watchMonth", tags=TAGS)
async def watch(
    request: WireRequest, book: FromPath[str], month: Month, data: JSONBody[WatchIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Looks at every budget's month, once it is over, and keeps what asks for a look and was not found before. The first entry is
    the run's: its `left` says of how many people more is found, for the next request."""
    opened, key = await prepare(request, book)
    route = f"patterns/months/{month}"
    sender, fields = sender_of(request, opened, key, route)
    with naming_reuse(request.desk.books.keys.requests, fields), naming_noes():
        # Outside of a try's unit of work, which holds up every writer of the book.
        return settled(await watch_through(
            opened.gate, sender, lambda keeping: through_gate(request, opened, key, route, keeping, is_dry=dry_run), month=month,
        ))  # fmt: skip


@get(IN_BOOK, permission=Permission.SEE_PATTERNS, operation_id="listPatterns", tags=TAGS)
async def found(
    request: WireRequest, book: FromPath[str], show: Show = "open", after: After = None, limit: Limit = 100
) -> Response[PatternsFoundOut]:  # fmt: skip
    """What asks for a look, in the order found. A pattern is no proof of anything, and holders never see one. Who asked, and when,
    is written down before it is answered."""
    row = await request.book(book)
    scope = f"patterns|{row.code}|{show}"
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        page = await read_found(connection, row.book_id, after=number_position(request, scope, after), limit=limit + 1)
        shown = await open_to(connection, row.book_id, request.caller.sub, page[:limit])
        in_force = await thresholds_on(connection, row.book_id, today())
    await note_access(request, row, "read_patterns", "patterns")
    goes_on = page[limit - 1].number if len(page) > limit else None
    rules = {rule.id: rule for rule in request.desk.books.engine.bundle.rules.values()}
    told = patterns_found_of(shown, in_force, rules, show_all=show == "all")
    return answer(told, headers=next_link(request, scope, goes_on, show=show, limit=limit))


@post(
    f"{IN_BOOK}/findings/{{number:int}}/looks", permission=Permission.LOOK_AT_PATTERNS, operation_id="recordLook", tags=TAGS
)  # fmt: skip
async def look(
    request: WireRequest, book: FromPath[str], number: Number, data: JSONBody[LookIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Says what came of looking at one thing that was found, and again when more comes of it. It changes nothing for the person:
    whatever follows goes its own way, with its own reasons."""
    opened, key = await prepare(request, book)
    return settled(await carried_out(
        request, opened, key, f"patterns/findings/{number}/looks",
        lambda connection, book_id: record_look(
            connection, book_id, number=number, rule=data.rule, outcome=data.outcome, on=today(),
            safeguarding_considered=data.safeguarding_considered,
            detail=words_detail(data.words),
        ),
        is_dry=dry_run, entries=(number,),
    ))  # fmt: skip


@get(f"{IN_BOOK}/rates", permission=Permission.SEE_PATTERNS, operation_id="readPatternRates", tags=TAGS)
async def rates(
    request: WireRequest, book: FromPath[str], made_up: FromQuery[bool] = False
) -> Response[PatternRatesOut]:  # fmt: skip
    """How often each pattern is found, and how often looking found nothing: of months watched with thresholds in earnest, or with
    those that are made up."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        told = await rates_of(connection, row.book_id, tuple(PATTERNS), made_up=made_up)
        others = await months_watched(connection, row.book_id, made_up=not made_up)
    return answer(rates_out(told, made_up=made_up, others=others))


@post(f"{IN_BOOK}/thresholds", permission=Permission.SET_LIMITS, operation_id="setThresholds", tags=TAGS)
async def set_thresholds(
    request: WireRequest, book: FromPath[str], data: JSONBody[ThresholdsIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Sets from how much on somebody looks, from a day on. The values are local: they are in no page of ours, and in an erasable
    detail of the book."""
    opened, key = await prepare(request, book)
    if data.made_up and opened.row.nature == "live":
        raise Problem("threshold_made_up", field="made_up")
    values = thresholds_from(msgspec.json.encode(data.values))
    made = thresholds_set(values, since=data.start, made_up=data.made_up, salt=salt())
    return first_entry(await write(request, opened, key, "patterns/thresholds", (made,), is_dry=dry_run))


@get(f"{IN_BOOK}/thresholds", permission=Permission.SET_LIMITS, operation_id="readThresholds", tags=TAGS)
async def thresholds(request: WireRequest, book: FromPath[str], on: OnDay = None) -> Response[ThresholdsOut]:
    """The thresholds that hold on a day, and the patterns that are off for want of one. Whoever knows them stays below them: only
    those who may set them read them."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        held = await thresholds_on(connection, row.book_id, on or today())
    values = {name: value for name, value in msgspec.structs.asdict(held.values).items() if value is not None}
    return answer(ThresholdsOut(number=held.number or None, start=held.since, made_up=held.made_up, values=values,
                                off=list(held.off)))  # fmt: skip


HANDLERS = [watch, found, look, rates, set_thresholds, thresholds]
