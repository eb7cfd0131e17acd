"""Funds: whose money budgets are made of, opened by finance for their years and given their grants, and the cash behind them."""

from typing import Any

from litestar import Response, post
from litestar.params import FromPath, FromQuery, JSONBody

from api import wire_people as wire
from api.answers import EntryOut, GroupOut
from api.desk import WireRequest, answer
from api.permissions import Permission
from api.problems import Problem
from api.setting_up import Wish, once
from api.wire import amount_of, code_of
from api.writing import first_entry, made_of, prepare
from ledger.budgets.acts import cash_drawn_down, fund_granted
from ledger.budgets.chart import account, fund_accounts
from ledger.budgets.funds import Fund, fund_of, fund_opened, partner_opened
from ledger.budgets.presence import which_are_open
from ledger.budgets.reading import said_of
from ledger.budgets.year_end import fund_year_named
from ledger.core.model import Guard

Connection = Any
FUNDS = "/v1/books/{book:str}/funds"


async def _fund(connection: Connection, book_id: int, fund: str) -> Fund:
    said = await said_of(connection, book_id, f"fund/{fund}")
    if not said:
        raise Problem("fund_not_found")
    return fund_of(said[-1].subject, said[-1].attributes)


@post(FUNDS, permission=Permission.KEEP_FUNDS, operation_id="openFund", tags=["funds"])
async def open_fund(
    request: WireRequest, book: FromPath[str], data: JSONBody[wire.FundIn], dry_run: FromQuery[bool] = False
) -> Response[GroupOut]:  # fmt: skip
    """Opens a fund with its accounts of each year named, and for a partner's first fund what the partner owes."""
    opened, key = await prepare(request, book)
    fund = Fund(fund=code_of(data.fund, "fund"), kind=data.kind,
                partner=None if data.partner is None else code_of(data.partner, "partner"))  # fmt: skip
    years = tuple(fund_year_named(year, "years") for year in dict.fromkeys(data.years))

    async def make(connection: Connection) -> Wish:
        subject = f"fund/{fund.fund}"
        if await said_of(connection, opened.row.book_id, subject):
            raise Problem("fund_exists")
        requests = fund_opened(fund, years)
        if fund.partner is not None:
            owed = account("partner/unbilled", partner=fund.partner).code
            if not await which_are_open(connection, opened.row.book_id, [owed]):
                requests += (partner_opened(fund.partner),)
        return Wish(requests, (Guard(subject, 0),))

    written = await once(request, opened, key, "funds", make, is_dry=dry_run)
    return answer(GroupOut(made_of(written)), written.status, written.headers)


@post(f"{FUNDS}/{{fund:str}}/years", permission=Permission.KEEP_FUNDS, operation_id="openFundYears", tags=["funds"])
async def open_years(
    request: WireRequest, book: FromPath[str], fund: FromPath[str], data: JSONBody[wire.FundYearsIn],
    dry_run: FromQuery[bool] = False,
) -> Response[GroupOut]:  # fmt: skip
    """Opens the accounts of further years of a fund."""
    opened, key = await prepare(request, book)
    years = tuple(fund_year_named(year, "years") for year in dict.fromkeys(data.years))

    async def make(connection: Connection) -> Wish:
        found = await _fund(connection, opened.row.book_id, fund)
        return Wish(tuple(fund_accounts(found.fund, year, found.kind) for year in years))

    written = await once(request, opened, key, f"funds/{fund}/years", make, is_dry=dry_run)
    return answer(GroupOut(made_of(written)), written.status, written.headers)


@post(f"{FUNDS}/{{fund:str}}/grants", permission=Permission.KEEP_FUNDS, operation_id="grantFund", tags=["funds"])
async def grant(
    request: WireRequest, book: FromPath[str], fund: FromPath[str], data: JSONBody[wire.GrantIn],
    dry_run: FromQuery[bool] = False,
) -> Response[EntryOut]:  # fmt: skip
    """Gives a fund money for a year, which plans may then allocate (accounting event 1)."""
    opened, key = await prepare(request, book)
    amount = amount_of(data.amount, "amount", is_size=True)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")

    async def make(connection: Connection) -> Wish:
        found = await _fund(connection, opened.row.book_id, fund)
        year = fund_year_named(data.year)
        return Wish((fund_granted(fund=found.fund, year=year, amount=amount, effective_on=data.effective_on),))

    return first_entry(await once(request, opened, key, f"funds/{fund}/grants", make, is_dry=dry_run))


@post("/v1/books/{book:str}/draw-downs", permission=Permission.KEEP_FUNDS, operation_id="drawDownCash", tags=["funds"])
async def draw_down(
    request: WireRequest, book: FromPath[str], data: JSONBody[wire.DrawDownIn], dry_run: FromQuery[bool] = False
) -> Response[EntryOut]:  # fmt: skip
    """Cash that a source paid into one of our banks (accounting event 1): money, and no authority, which is a grant's. Both
    accounts are opened before."""
    opened, key = await prepare(request, book)
    amount = amount_of(data.amount, "amount", is_size=True)
    if data.currency != opened.row.currency:
        raise Problem("currency_not_of_book", field="currency")
    source, bank = code_of(data.source, "source"), code_of(data.bank, "bank")

    async def make(_: Connection) -> Wish:
        return Wish((cash_drawn_down(source=source, bank=bank, amount=amount, effective_on=data.effective_on),))

    return first_entry(await once(request, opened, key, "draw-downs", make, is_dry=dry_run))


HANDLERS = [open_fund, open_years, grant, draw_down]
