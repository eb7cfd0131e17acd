"""The schedule of a line that is paid out: agreed, changed, ended, and read with what became of each period."""

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_schedules import ScheduleOut, schedule_out
from api.budgets import LineName
from api.deciding import carried_out, check_person, check_reach
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.problems import Problem
from api.spends import BUDGET
from api.wire import amount_of
from api.wire_schedules import ScheduleEndIn, ScheduleIn
from api.writing import first_entry, prepare
from ledger.budgets.schedule import Schedule
from ledger.budgets.scheduled import read_periods
from policies import scheduling

SCHEDULE = f"{BUDGET}/lines/{{line:str}}/schedule"


@post(SCHEDULE, permission=Permission.CHANGE_BUDGETS, operation_id="agreeSchedule", tags=["schedules"])
async def agree(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[ScheduleIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """States the schedule of a line that is paid out, within what its plan agreed; of one that has a schedule it is changed from
    the first day stated. What was paid or met is never changed."""
    opened, key = await prepare(request, book)
    check_person(person)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    schedule = Schedule(
        line=line, person=person, frequency=data.frequency, start=data.start, end=data.end,
        amount=None if data.amount is None else amount_of(data.amount, "amount", is_size=True),
        yearly=None if data.yearly is None else amount_of(data.yearly, "yearly", is_size=True), day_count=data.day_count,
    )  # fmt: skip
    written, _ = await carried_out(
        request, opened, key, f"schedule/{person}/{line}",
        lambda connection, book_id: scheduling.agree(connection, book_id, schedule), person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@post(f"{SCHEDULE}/end", permission=Permission.CHANGE_BUDGETS, operation_id="endSchedule", tags=["schedules"])
async def end(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName, data: JSONBody[ScheduleEndIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Ends the schedule of a line: after a day no period begins."""
    opened, key = await prepare(request, book)
    check_person(person)
    written, _ = await carried_out(
        request, opened, key, f"schedule/{person}/{line}/end",
        lambda connection, book_id: scheduling.end(connection, book_id, person=person, line=line, on=data.on),
        person, is_dry=dry_run,
    )  # fmt: skip
    return first_entry(written)


@get(SCHEDULE, permission=Permission.SEE_BUDGETS, operation_id="readSchedule", tags=["schedules"])
async def read(
    request: WireRequest, book: FromPath[str], person: FromPath[str], line: LineName
) -> Response[ScheduleOut]:  # fmt: skip
    """The schedule of a line with its periods: what is due when, of which financial year, and what became of it."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        await check_reach(request, connection, row.book_id, person)
        found = schedule_out(await read_periods(connection, row.book_id, person), line)
    if found is None:
        raise Problem("schedule_unknown")
    return answer(found)


HANDLERS = [agree, end, read]
