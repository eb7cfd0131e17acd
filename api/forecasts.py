"""How long the money lasts, what would be if something changed, and the reviews of budgets."""

from datetime import date
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api.answers import EntryOut
from api.answers_schedules import ForecastsOut, ReviewsOut, WhatIfOut, forecast_out, review_out
from api.budgets import OnDay
from api.deciding import (
    ASKING,
    SEEING,
    carried_out,
    check_open_to,
    check_person,
    naming_noes,
    own_holder,
    words_detail,
)
from api.desk import WireRequest, answer
from api.keeping_back import open_to
from api.open_books import today
from api.paging import After, Limit, next_link, position
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once, read_person
from api.spends import BUDGET
from api.wire import amount_of, code_of
from api.wire_holding import ReturnSaidIn
from api.wire_schedules import ForecastReviewIn, ReviewCallIn, ReviewIn, WhatIfChangeIn, WhatIfIn
from api.writing import first_entry, prepare
from ledger.book.books import BookRow
from ledger.book.snapshot import snapshot
from ledger.budgets.forecast import WhatIf, forecast
from ledger.budgets.outlook import Outlook, read_outlook
from ledger.budgets.reviews import return_said, review_of, reviews_due
from policies import forecasting
from policies.bundle import Limits
from policies.sheets import check_delegated

Connection = Any
REVIEWS = "/v1/books/{book:str}/reviews"
DueBefore = Annotated[
    date | None, QueryParameter(description="Reviews that are due before this day; today if left out.")
]


async def _limits(request: WireRequest, row: BookRow, on: date, field: str = "") -> Limits:
    """The local limits by the rules in force in the book. Of a day that a member `field` states, Problem(dates_malformed) where it
    is before all of them."""
    async with request.desk.books.reading(row) as connection:
        bundle = await request.desk.books.bundle_in_force(row, connection)
    if field and on < bundle.first_day():
        raise Problem("dates_malformed", field=field)
    with naming_noes():
        return bundle.limits_on(row.code, on)


async def _outlook(request: WireRequest, connection: Connection, book_id: int, person: str, on: date) -> Outlook:
    outlook = await read_outlook(connection, book_id, person, on)
    with naming_noes():
        check_delegated(outlook.setup, own_holder(request), today(), SEEING)
    await check_open_to(request, connection, person, outlook.setup)
    return outlook


@get(f"{BUDGET}/forecast", permission=Permission.SEE_BUDGETS, operation_id="readForecast", tags=["forecasts"])
async def read(
    request: WireRequest, book: FromPath[str], person: FromPath[str], on: OnDay = None
) -> Response[ForecastsOut]:  # fmt: skip
    """How long the money of each line lasts, with the working and the warnings both ways, and when the next review is due."""
    row = await request.book(book)
    check_person(person)
    day = on or today()
    limits = await _limits(request, row, day)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        outlook = await _outlook(request, connection, row.book_id, person, day)
        review = await review_of(connection, row.book_id, person)
    lines = [forecast_out(forecast(line, day), limits) for line in outlook.lines]
    return answer(
        ForecastsOut(
            through_entry=outlook.through, person=person, lines=lines,
            review=None if review is None else review_out(review, today()),
        )
    )  # fmt: skip


@post(f"{BUDGET}/what-if", permission=Permission.SEE_BUDGETS, operation_id="whatIf", tags=["forecasts"])
async def what_if(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[WhatIfIn]
) -> Response[WhatIfOut]:  # fmt: skip
    """How long the money would last with other hours, dates or prices, a stay in hospital, a new assistant. Posts nothing, so it
    needs no key; it promises nothing either."""
    row = await request.book(book)
    check_person(person)
    if data.currency != row.currency:
        raise Problem("currency_not_of_book", field="currency")
    name, day = code_of(data.line, "line"), data.on or today()
    changes = [_change(each) for each in data.changes]
    limits = await _limits(request, row, day)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        outlook = await _outlook(request, connection, row.book_id, person, day)
    line = next((each for each in outlook.lines if each.line == name), None)
    if line is None:
        raise Problem("line_unknown")
    now, then = forecast(line, day), forecast(line, day, changes, data.end)
    out = WhatIfOut(through_entry=outlook.through, now=forecast_out(now, limits), then=forecast_out(then, limits))
    return answer(out, 200)


def _change(sent: WhatIfChangeIn) -> WhatIf:
    """One change as arithmetic; Problem(what_if_malformed) for what its kind does not take, or lacks."""
    needs = {"hours": ("hours_a_week", "rate"), "price": ("percent",), "hospital_stay": ("end",),
             "new_assistant": ("hours_a_week", "rate")}[sent.kind]  # fmt: skip
    takes = {*needs, "end", *{"hours": ("fewer",), "price": (), "hospital_stay": ("percent",),
                              "new_assistant": ("percent", "start_up")}[sent.kind]}  # fmt: skip
    for name in ("end", "hours_a_week", "rate", "fewer", "percent", "start_up"):
        stated = getattr(sent, name) not in (None, False)
        if (stated and name not in takes) or (name in needs and not stated):
            raise Problem("what_if_malformed", field=name)
    if sent.kind in ("price", "hospital_stay"):
        return WhatIf(first=sent.start, last=sent.end, percent=sent.percent or 0)
    assert sent.hours_a_week is not None
    assert sent.rate is not None
    hours, rate = (amount_of(text, "rate", is_size=True) for text in (sent.hours_a_week, sent.rate))
    # Hundredths of hours times pence, and on-costs in per cent: a half penny up.
    weekly = (hours * rate * (100 + (sent.percent or 0)) + 5000) // 10000
    once = 0 if sent.start_up is None else amount_of(sent.start_up, "start_up", is_size=True)
    return WhatIf(first=sent.start, last=sent.end, weekly=-weekly if sent.fewer else weekly, once=once)


@post(f"{BUDGET}/forecast/review", permission=Permission.KEEP_REVIEWS, operation_id="openReview", tags=["forecasts"])
async def open_review(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ForecastReviewIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Opens the review that is due when the money of a line is forecast to run out (reg 14(4)), once until one is held."""
    opened, key = await prepare(request, book)
    check_person(person)
    limits = await _limits(request, opened.row, data.on, "on")
    written, _ = await carried_out(
        request, opened, key, f"forecast/{person}/review",
        lambda connection, book_id: forecasting.open_review(connection, book_id, person=person, on=data.on, limits=limits),
        person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@post(f"{BUDGET}/reviews/call", permission=Permission.ASK, operation_id="callForReview", tags=["forecasts"])
async def call_for_review(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ReviewCallIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Tells that the person's health has changed significantly (reg 14(3)), or asks for a review: by the person, who acts for them
    or an officer. A review is then due by a day, once for each reason until one is held; no payment changes for it."""
    opened, key = await prepare(request, book)
    check_person(person)
    limits, holder = await _limits(request, opened.row, data.on, "on"), own_holder(request)
    written, _ = await carried_out(
        request, opened, key, f"reviews/{person}/call",
        lambda connection, book_id: forecasting.call_for_review(
            connection, book_id, person=person, reason=data.reason, on=data.on, today=today(), holder=holder, scopes=ASKING,
            limits=limits,
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@post(f"{BUDGET}/reviews", permission=Permission.KEEP_REVIEWS, operation_id="recordReview", tags=["forecasts"])
async def hold_review(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ReviewIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Records a review as it was held. The next one is due twelve months later (reg 14(2))."""
    opened, key = await prepare(request, book)
    check_person(person)
    detail = words_detail(data.words)
    written, _ = await carried_out(
        request, opened, key, f"reviews/{person}",
        lambda connection, book_id: forecasting.hold_review(
            connection, book_id, person=person, on=data.on, outcome=data.outcome, today=today(), detail=detail
        ),
        person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@get(REVIEWS, permission=Permission.SEE_PEOPLE, operation_id="listReviews", tags=["forecasts"])
async def reviews(
    request: WireRequest, book: FromPath[str], due_before: DueBefore = None, limit: Limit = 100, after: After = None
) -> Response[ReviewsOut]:  # fmt: skip
    """The reviews that are due before a day, by person. What is overdue is the commissioner's own breach."""
    row = await request.book(book)
    day = due_before or today()
    scope = f"reviews|{row.code}|{day}"
    begins = position(request, scope, after) or ""
    async with request.desk.books.reading(row) as connection:
        found, goes_on = await reviews_due(connection, row.book_id, before=day, begins=begins, limit=limit)
        shown = await open_to(connection, row.book_id, request.caller.sub, found)
    out = ReviewsOut([review_out(each, today()) for each in shown.rows], shown.kept_back)
    return answer(out, headers=next_link(request, scope, goes_on, due_before=day, limit=limit))


@post(f"{BUDGET}/returns", permission=Permission.KEEP_REVIEWS, operation_id="sayReturn", tags=["forecasts"])
async def say_return(
    request: WireRequest, book: FromPath[str], person: FromPath[str], data: JSONBody[ReturnSaidIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Writes down that the holder was reminded of a return that is due, such as a quarter's statements, or that it came in."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        await read_person(connection, opened.row.book_id, person)
        return Wish((return_said(data.act, person=person, on=data.on),))

    return first_entry(await once(request, opened, key, f"budgets/{person}/returns", make, is_dry=dry_run))


HANDLERS = [read, what_if, open_review, call_for_review, hold_review, reviews, say_return]
