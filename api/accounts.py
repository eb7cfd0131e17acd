"""Accounts and what they hold. Account codes hold slashes, so one account is named by a query parameter,
never by a path."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from api import answers as out
from api.desk import WireRequest, answer, tagged_answer
from api.moments import asked_of
from api.open_books import today
from api.paging import After, Limit, next_link, position
from api.permissions import Permission
from api.problems import Problem
from api.wire import AccountChangeIn, AccountsIn, account_change_of, opening_of
from api.writing import first_entry, prepare, write
from ledger.book import balances
from ledger.book.balances import AccountUnknown
from ledger.book.statements import Place, statement
from ledger.budgets.chart import OF_NOBODY
from ledger.budgets.restricted import accounts_kept_from

Connection = Any

_CODE = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$"
AccountName = Annotated[str, QueryParameter(max_length=120, pattern=_CODE, description="An account's code.")]
Prefix = Annotated[
    str, QueryParameter(max_length=120, pattern=r"^$|" + _CODE, description="The beginning of account codes.")
]
EffectiveOn = Annotated[
    date | None,
    QueryParameter(description="Count accounting days up to this one; the current day if left out."),
]
KnownAt = Annotated[
    str | None,
    QueryParameter(max_length=40, description="Count entries up to this number, or recorded by this time."),
]
RecordedAt = Annotated[
    str | None,
    QueryParameter(
        max_length=40, description="The balance as recorded at this entry number or time, whatever the days."
    ),
]


def _seen(request: WireRequest) -> tuple[str, ...]:
    """How the codes begin that this caller may know of. Codes name people, and lines and payees by which they could be told,
    so whoever does not see people sees sums over them and never one of them."""
    return ("",) if Permission.SEE_PEOPLE in request.caller.allowed else OF_NOBODY


def _check_seen(request: WireRequest, code: str) -> None:
    """Problem(account_not_found) for an account that this caller may not know of, there or not."""
    if not code.startswith(_seen(request)):
        raise Problem("account_not_found")


async def _kept_back(
    request: WireRequest, connection: Connection, book_id: int, codes: Sequence[str], *, exact: bool = True
) -> frozenset[str]:  # fmt: skip
    """Those of these accounts, or beginnings of codes, that are of nobody but people whose records are not for whoever asks.
    Whoever reads the ledger itself reads all of it: the books have to add up."""
    if Permission.SEE_TRANSACTIONS in request.caller.allowed:
        return frozenset()
    return await accounts_kept_from(connection, book_id, codes, request.caller.sub, today(), exact=exact)


@get(
    "/v1/books/{book:str}/accounts",
    permission=Permission.SEE_ACCOUNTS,
    operation_id="listAccounts",
    tags=["accounts"],
)
async def accounts(
    request: WireRequest, book: FromPath[str], prefix: Prefix = "", after: After = None, limit: Limit = 100,
    effective_on: EffectiveOn = None, known_at: KnownAt = None,
) -> Response[out.AccountsOut]:  # fmt: skip
    """Accounts by code, with their balances. Whoever does not see people sees those of no person only."""
    row = await request.book(book)
    scope = f"accounts|{row.code}|{prefix}|{effective_on}|{known_at}"
    begins = position(request, scope, after) or ""
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, None, effective_on, known_at)
        page = await balances.list_accounts(
            connection, row.book_id, prefix=prefix, within=_seen(request), after=begins, limit=limit,
            effective_on=asked.effective_on, known_at=asked.known_at,
        )  # fmt: skip
        kept = await _kept_back(request, connection, row.book_id, [each.account for each in page.accounts])
    link = next_link(
        request,
        scope,
        page.next_after,
        prefix=prefix or None,
        effective_on=effective_on,
        known_at=known_at,
        limit=limit,
    )
    found = [out.account_of(each, row.currency) for each in page.accounts if each.account not in kept]
    return answer(out.AccountsOut(page.through_entry, page.effective_on, found, len(kept)), headers=link)


@post(
    "/v1/books/{book:str}/accounts",
    permission=Permission.OPEN_ACCOUNTS,
    operation_id="openAccounts",
    tags=["accounts"],
)
async def open_accounts(
    request: WireRequest, book: FromPath[str], data: JSONBody[AccountsIn], dry_run: FromQuery[bool] = False
) -> Response[out.EntryOut]:
    """Opens accounts, all in one entry."""
    opened, key = await prepare(request, book)
    return first_entry(await write(request, opened, key, "accounts", (opening_of(data),), is_dry=dry_run))


@get(
    "/v1/books/{book:str}/account",
    permission=Permission.SEE_ACCOUNTS,
    operation_id="readAccount",
    tags=["accounts"],
)
async def account(
    request: WireRequest,
    book: FromPath[str],
    code: AccountName,
    effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response[out.AccountOut]:
    """One account with its balance."""
    row = await request.book(book)
    _check_seen(request, code)
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, None, effective_on, known_at)
        if await _kept_back(request, connection, row.book_id, [code]):
            raise Problem("account_not_found")
        try:
            found = await balances.read_account(
                connection, row.book_id, code, effective_on=asked.effective_on, known_at=asked.known_at
            )
        except AccountUnknown:
            raise Problem("account_not_found") from None
    return tagged_answer(request, out.account_of(found, row.currency))


async def _change(
    request: WireRequest, book: str, sent: AccountChangeIn, to: str, is_dry: bool
) -> Response[out.EntryOut]:
    opened, key = await prepare(request, book)
    asked = account_change_of(sent, to)
    return first_entry(await write(request, opened, key, f"account/{to}", (asked,), is_dry=is_dry))


@post(
    "/v1/books/{book:str}/account/freeze",
    permission=Permission.CHANGE_ACCOUNTS,
    operation_id="freezeAccount",
    tags=["accounts"],
)
async def freeze(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[AccountChangeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[out.EntryOut]:
    """Freezes an account: it takes recorded facts only."""
    return await _change(request, book, data, "frozen", dry_run)


@post(
    "/v1/books/{book:str}/account/unfreeze",
    permission=Permission.CHANGE_ACCOUNTS,
    operation_id="unfreezeAccount",
    tags=["accounts"],
)
async def unfreeze(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[AccountChangeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[out.EntryOut]:
    """Ends the freeze of an account."""
    return await _change(request, book, data, "unfrozen", dry_run)


@post(
    "/v1/books/{book:str}/account/close",
    permission=Permission.CHANGE_ACCOUNTS,
    operation_id="closeAccount",
    tags=["accounts"],
)
async def close(
    request: WireRequest,
    book: FromPath[str],
    data: JSONBody[AccountChangeIn],
    dry_run: FromQuery[bool] = False,
) -> Response[out.EntryOut]:
    """Closes an account at zero, for good."""
    return await _change(request, book, data, "closed", dry_run)


@get(
    "/v1/books/{book:str}/account/statement",
    permission=Permission.SEE_STATEMENTS,
    operation_id="readStatement",
    tags=["accounts"],
)
async def account_statement(
    request: WireRequest, book: FromPath[str], code: AccountName, first_day: FromQuery[date], last_day: FromQuery[date],
    after: After = None, limit: Limit = 100, known_at: KnownAt = None, newest_first: FromQuery[bool] = False,
) -> Response[out.StatementOut]:  # fmt: skip
    """Postings by accounting day, with opening, closing and running balance. The link `next` stays in the
    same snapshot."""
    row = await request.book(book)
    scope = f"statement|{row.code}|{code}|{first_day}|{last_day}|{newest_first}"
    begins = _place(position(request, scope, after))
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, None, None, known_at)
        try:
            found = await statement(
                connection, row.book_id, code, first_day, last_day, after=begins, limit=limit, known_at=asked.known_at,
                newest_first=newest_first,
            )  # fmt: skip
        except AccountUnknown:
            raise Problem("account_not_found") from None
    goes_on = None if found.next_after is None else f"{found.next_after.effective_on}|{found.next_after.number}"
    link = next_link(
        request, scope, goes_on, code=code, first_day=first_day, last_day=last_day, limit=limit,
        known_at=found.through_entry, newest_first="true" if newest_first else None,
    )  # fmt: skip
    return answer(out.statement_of(found, row.currency), headers=link)


def _place(text: str | None) -> Place | None:
    if text is None:
        return None
    day, _, number = text.partition("|")
    return Place(date.fromisoformat(day), int(number))


@get(
    "/v1/books/{book:str}/balances",
    permission=Permission.SEE_BALANCES,
    operation_id="readBalances",
    tags=["balances"],
)
async def balances_under(
    request: WireRequest, book: FromPath[str], prefix: Prefix = "", as_recorded_at: RecordedAt = None,
    effective_on: EffectiveOn = None, known_at: KnownAt = None,
) -> Response[out.BalancesOut]:  # fmt: skip
    """What the accounts under a prefix such as `fund/nhs/` hold, in all and by the next part of their
    codes. Whoever does not see people sees the accounts of no person only."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, as_recorded_at, effective_on, known_at)
        found = await balances.roll_up(
            connection, row.book_id, prefix, within=_seen(request), effective_on=asked.effective_on,
            known_at=asked.known_at,
        )  # fmt: skip
        under = [each.prefix for each in found.branches if each.prefix.endswith("/")]
        kept = await _kept_back(request, connection, row.book_id, [prefix, *under], exact=False)
        kept |= await _kept_back(request, connection, row.book_id, [each.prefix for each in found.branches])
    shown = () if prefix in kept else (found.totals, [each for each in found.branches if each.prefix not in kept])
    totals, branches = ([out.sum_of(each.prefix, each) for each in part] for part in shown or ((), ()))
    return answer(out.BalancesOut(found.through_entry, found.effective_on, row.currency, totals, branches))


@get(
    "/v1/books/{book:str}/account/balance",
    permission=Permission.SEE_BALANCES,
    operation_id="readBalance",
    tags=["balances"],
)
async def balance(
    request: WireRequest, book: FromPath[str], code: AccountName, as_recorded_at: RecordedAt = None,
    effective_on: EffectiveOn = None, known_at: KnownAt = None,
) -> Response[out.BalanceOut]:  # fmt: skip
    """The balance of one account: now, as recorded at an entry or time, as effective on a day, as that was
    known."""
    row = await request.book(book)
    _check_seen(request, code)
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, as_recorded_at, effective_on, known_at)
        if await _kept_back(request, connection, row.book_id, [code]):
            raise Problem("account_not_found")
        try:
            found = await balances.read_balance(
                connection, row.book_id, code, effective_on=asked.effective_on, known_at=asked.known_at
            )
        except AccountUnknown:
            raise Problem("account_not_found") from None
    return answer(out.balance_of(found, row.currency))


@get(
    "/v1/books/{book:str}/trial-balance",
    permission=Permission.SEE_BALANCES,
    operation_id="readTrialBalance",
    tags=["balances"],
)
async def trial_balance(
    request: WireRequest, book: FromPath[str], as_recorded_at: RecordedAt = None, effective_on: EffectiveOn = None,
    known_at: KnownAt = None,
) -> Response[out.TrialBalanceOut]:  # fmt: skip
    """Debits, credits and balance by class, by balance group and by layer."""
    row = await request.book(book)
    async with request.desk.books.reading(row) as connection:
        asked = await asked_of(connection, row.book_id, as_recorded_at, effective_on, known_at)
        found = await balances.trial_balance(
            connection, row.book_id, effective_on=asked.effective_on, known_at=asked.known_at
        )
    classes = [out.sum_of(each.klass, each) for each in found.classes]
    groups = [out.sum_of(each.group, each) for each in found.groups]
    layers = [out.sum_of(each.layer, each) for each in found.layers]
    return answer(out.TrialBalanceOut(found.through_entry, found.effective_on, row.currency, classes, groups, layers))


HANDLERS = [
    accounts, open_accounts, account, freeze, unfreeze, close, account_statement, balances_under, balance, trial_balance,
]  # fmt: skip
