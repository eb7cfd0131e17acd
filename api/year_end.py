"""The end of a year: rules of funds, a proposal, its confirmation by another person, and the lines and funds one by one."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from api.answers import EntryOut
from api.answers_budgets import SettledOut, settled_of
from api.answers_closing import YearEndOut, year_end_of
from api.deciding import Ask, carried_out, through_gate
from api.desk import WireRequest, answer, tagged_answer
from api.funds import FUNDS
from api.open_books import today
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire import code_of
from api.wire_closing import CarryRuleIn, FundEndIn, LineEndIn, YearEndConfirmIn, YearEndIn
from api.writing import first_entry, prepare
from ledger.book.snapshot import snapshot
from ledger.budgets.reading import said_of
from ledger.budgets.year_end import carry_rule_recorded, year_named
from ledger.budgets.year_standing import read_year_end
from policies import year_ending
from policies.resolution import Resolution

Connection = Any
END = "/v1/books/{book:str}/years/{year:str}/end"


@post(
    f"{FUNDS}/{{fund:str}}/carry-rule", permission=Permission.CLOSE_YEARS, operation_id="setCarryRule", tags=["closing"]
)
async def set_carry_rule(
    request: WireRequest, book: FromPath[str], fund: FromPath[str], data: JSONBody[CarryRuleIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Says what becomes of a fund's money at the end of years, from a day on."""
    opened, key = await prepare(request, book)

    async def make(connection: Connection) -> Wish:
        if not await said_of(connection, opened.row.book_id, f"fund/{fund}"):
            raise Problem("fund_not_found")
        return Wish((carry_rule_recorded(fund, data.rule, data.first_day),))

    return first_entry(await once(request, opened, key, f"funds/{fund}/carry-rule", make, is_dry=dry_run))


@get(END, permission=Permission.SEE_CLOSING, operation_id="readYearEnd", tags=["closing"])
async def read(request: WireRequest, book: FromPath[str], year: FromPath[str]) -> Response[YearEndOut]:
    """What is left of a year, line by line and fund by fund, what would be carried or lapse, and the last word on it."""
    row = await request.book(book)
    year_named(year)
    async with request.desk.books.reading(row) as connection, snapshot(connection):
        stood = await read_year_end(connection, row.book_id, year)
    said = stood.said_of(f"year_end/{year}")
    word = (said[-1].act, said[-1].number) if said else None
    return tagged_answer(request, year_end_of(year, row.currency, word, stood.lines, stood.funds))


async def _done(
    request: WireRequest, book: str, year: str, step: str, is_dry: bool,
    make: Callable[[Connection, int], Awaitable[Resolution]],
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    year_named(year)
    written, detail = await carried_out(request, opened, key, f"years/{year}/end/{step}", make, is_dry=is_dry)
    return answer(settled_of(written, detail), written.status, written.headers)


async def _judged(
    request: WireRequest, book: str, year: str, step: str, is_dry: bool, ask: Ask
) -> Response[SettledOut]:  # fmt: skip
    opened, key = await prepare(request, book)
    year_named(year)
    written, detail = await through_gate(request, opened, key, f"years/{year}/end/{step}", ask, is_dry=is_dry)
    return answer(settled_of(written, detail), written.status, written.headers)


@post(f"{END}/proposals", permission=Permission.CLOSE_YEARS, operation_id="proposeYearEnd", tags=["closing"])
async def propose(
    request: WireRequest, book: FromPath[str], year: FromPath[str], data: JSONBody[YearEndIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Proposes the end of a year that is over, with its totals. It posts nothing."""
    return await _done(
        request, book, year, "proposals", dry_run,
        lambda connection, book_id: year_ending.propose(connection, book_id, year=year, today=today()),
    )  # fmt: skip


@post(f"{END}/confirm", permission=Permission.CLOSE_YEARS, operation_id="confirmYearEnd", tags=["closing"])
async def confirm(
    request: WireRequest, book: FromPath[str], year: FromPath[str], data: JSONBody[YearEndConfirmIn],
    dry_run: FromQuery[bool] = False,
) -> Response[SettledOut]:  # fmt: skip
    """Confirms the last proposal, by another than made it. It posts nothing: lines and funds are ended one by one then."""
    return await _done(
        request, book, year, "confirm", dry_run,
        lambda connection, book_id: year_ending.confirm(connection, book_id, year=year, proposal=data.proposal),
    )  # fmt: skip


@post(f"{END}/lines", permission=Permission.CLOSE_YEARS, operation_id="endLineYear", tags=["closing"])
async def end_line(
    request: WireRequest, book: FromPath[str], year: FromPath[str], data: JSONBody[LineEndIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Ends the year of one line by the rules of its funds, in one group (events 35 to 37), when the rules allow it;
    open orders go on under new holds."""
    line = code_of(data.line, "line")
    return await _judged(
        request, book, year, "lines", dry_run,
        lambda gate, sender, timeout: year_ending.end_line(
            gate, sender, timeout, year=year, line=line, approved=data.approved or 0
        ),
    )  # fmt: skip


@post(f"{END}/funds", permission=Permission.CLOSE_YEARS, operation_id="endFundYear", tags=["closing"])
async def end_fund(
    request: WireRequest, book: FromPath[str], year: FromPath[str], data: JSONBody[FundEndIn], dry_run: FromQuery[bool] = False
) -> Response[SettledOut]:  # fmt: skip
    """Ends the year of what a fund gave to no line: carried on, or lapsed (events 35, 36), when the rules allow it."""
    fund = code_of(data.fund, "fund")
    return await _judged(
        request, book, year, "funds", dry_run,
        lambda gate, sender, timeout: year_ending.end_fund(
            gate, sender, timeout, year=year, fund=fund, approved=data.approved or 0
        ),
    )  # fmt: skip


HANDLERS = [set_carry_rule, read, propose, confirm, end_line, end_fund]
