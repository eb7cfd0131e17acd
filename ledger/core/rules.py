"""The rules that every movement passes, whatever asked for it, and the draft it becomes.

Each rule reads the state and changes nothing; it raises Refused with its own code. The order in which a decider calls
them is the order of the list in `ledger.core.refusals`.
"""

from datetime import date

import msgspec

from ledger.core.calendar import Months
from ledger.core.model import Asked, Item, Leg, Request
from ledger.core.refusals import Refused
from ledger.core.requests import OpenAccounts, PlaceHold, Post, Record
from ledger.core.state import AccountState, BookState, HoldState, PastEntry, accounts_of

MAX_BALANCE = 2**62
HOLDING_CLASS = "held"
Legs = list[tuple[AccountState, int]]
Attributes = tuple[tuple[str, str], ...]


class Draft(msgspec.Struct):
    """An entry that has been allowed and not yet numbered, and what it does to the state."""

    kind: str
    attributes: Attributes = ()
    legs: Legs = []
    subject: str | None = None
    placed: HoldState | None = None
    hold: HoldState | None = None
    hold_moves: tuple[tuple[str, int], ...] = ()
    hold_closes: bool = False
    undoes: PastEntry | None = None
    opens: tuple[AccountState, ...] = ()
    status: tuple[AccountState, str] | None = None
    period: tuple[str, str] | None = None
    erases: tuple[PastEntry, ...] = ()
    origin: str | None = None


class Moment(msgspec.Struct, frozen=True):
    """When and by whom a request is decided. `today` is the day in Europe/London."""

    now_us: int
    today: date
    asked: Asked


def resolved(state: BookState, legs: tuple[Leg, ...]) -> Legs:
    """The legs on the accounts themselves, in the same order."""
    resolved: Legs = []
    accounts = state.accounts
    for leg in legs:
        account = accounts[leg.account]
        if account is None:
            raise Refused("account_unknown", leg.account)
        resolved.append((account, leg.amount))
    return resolved


def check_lines_barred(state: BookState, item: Item) -> None:
    """An item that may not touch people's money names no account of a line or a person, not even through its hold or entry."""
    for code in sorted(accounts_of(state, item)):
        account = state.accounts[code]
        if account is not None and ("line" in account.tags or account.person is not None):
            raise Refused("line_account_refused", code)


def check_ways(state: BookState, item: Item) -> None:
    """An item names no account of a family that moves another way, not even through its hold or entry; to open one is no
    movement."""
    opened = {spec.code for request in item.requests if type(request) is OpenAccounts for spec in request.accounts}
    for code in sorted(accounts_of(state, item) - opened):
        way = item.ways.get(code.partition("/")[0])
        if way is not None:
            raise Refused("event_account_refused", code, way)


def check_accounts(legs: Legs, fact: bool) -> None:
    """A closed account takes nothing; a frozen one takes facts only."""
    frozen = None
    for account, _ in legs:
        if account.status != "open":
            if account.status == "closed":
                raise Refused("account_closed", account.code)
            frozen = frozen or account.code
    if frozen is not None and not fact:
        raise Refused("account_frozen", frozen)


def check_free_of_holds(legs: Legs) -> None:
    """Money on a holding account moves only as a hold."""
    for account, _ in legs:
        if account.klass == HOLDING_CLASS:
            raise Refused("holding_account", account.code)


def check_because_known(state: BookState, request: Request) -> None:
    """The reason given is an entry of this book."""
    if request.because > state.size:
        raise Refused("because_unknown", request.because)


def check_because(state: BookState, legs: Legs, request: Request, moment: Moment) -> None:
    """A person's budget line moves only for a reason (docs/format.md section 4), except by import or by the clock."""
    if request.because:
        check_because_known(state, request)
        return
    if moment.asked.source != "entered":
        return
    for account, _ in legs:
        if "line" in account.tags:
            raise Refused("because_missing", account.code)


def check_day(months: Months, day: date | None, moment: Moment) -> None:
    """The accounting day has come, and its month and year are open."""
    assert day is not None
    if day > moment.today and moment.asked.source != "generated":
        raise Refused("effective_in_future", day, moment.today)
    if day < months.first_day:
        raise Refused("before_first_month", day, months.first_open_on(months.first_day))
    period = months.closed_period(day)
    if period is not None:
        raise Refused("period_closed", period, months.first_open_on(day))


def shortfall_accounts(state: BookState, asked: tuple[Leg, ...]) -> Legs:
    """The accounts that a fact names for shortfalls, with no amount yet: they are checked like those of its legs."""
    return resolved(state, tuple(Leg(leg.shortfall, 0) for leg in asked if leg.shortfall is not None))


def with_shortfalls(state: BookState, asked: tuple[Leg, ...], legs: Legs, exempt: frozenset[str] = frozenset()) -> Legs:
    """Route what a guarded account cannot bear to the account named for it: facts are never refused for money.

    That account is of the same balance group, has no guard in that direction, and takes shortfalls in one direction
    only: otherwise the fact could be refused for money after all, or come to nothing."""
    known = {account.code: account for account, _ in legs}
    sums = {account.code: amount for account, amount in legs}
    directions: dict[str, bool] = {}
    is_routed = False
    for leg in asked:
        account, down = known[leg.account], leg.amount < 0
        limit = account.floor if down else account.ceiling
        if limit is None or leg.account in exempt:
            continue
        instead = state.account(leg.shortfall) if leg.shortfall is not None else None
        if instead is None or instead.group != account.group or instead is account:
            raise Refused("shortfall_unnamed", leg.account)
        if (instead.floor if down else instead.ceiling) is not None:
            raise Refused("shortfall_unnamed", leg.account)
        if directions.setdefault(instead.code, down) != down:
            raise Refused("shortfall_unnamed", leg.account)
        room = max(0, account.balance - limit if down else limit - account.balance)
        if abs(leg.amount) > room:
            kept = -room if down else room
            sums[leg.account] += kept - leg.amount
            sums[instead.code] = sums.get(instead.code, 0) + leg.amount - kept
            known[instead.code] = instead
            is_routed = True
    if not is_routed:
        return legs
    routed = [(known[code], amount) for code, amount in sums.items() if amount]
    check_sums(routed)
    return routed


def check_sums(legs: Legs) -> None:
    """Zero in each balance group (L1, L2), and in each declared identity for each value of its tag."""
    groups: dict[str, int] = {}
    rules: dict[tuple[str, str], int] = {}
    for account, amount in legs:
        groups[account.group] = groups.get(account.group, 0) + amount
        for name, of, coefficient in account.terms:
            rules[name, of] = rules.get((name, of), 0) + coefficient * amount
    for group, total in groups.items():
        if total:
            raise Refused("unbalanced", group, total)
    for (name, of), total in rules.items():
        if total:
            raise Refused("identity_broken", name, of, total)


def check_guards(legs: Legs) -> None:
    """No account below its floor after a leg that lowers it, nor above its ceiling after one that raises it."""
    ceiling_hit = None
    for account, amount in legs:
        after = account.balance + amount
        if amount < 0:
            if account.floor is not None and after < account.floor:
                available = max(0, account.balance - account.floor)
                raise Refused("not_enough_available", account.code, -amount, available)
        elif account.ceiling is not None and after > account.ceiling and ceiling_hit is None:
            ceiling_hit = (account.code, amount, max(0, account.ceiling - account.balance))
    if ceiling_hit is not None:
        raise Refused("ceiling_reached", *ceiling_hit)
    for account, amount in legs:
        if abs(account.balance + amount) > MAX_BALANCE or max(account.debit, account.credit) > MAX_BALANCE:
            raise Refused("balance_out_of_range", account.code)


def check_open_data(request: Request, moment: Moment) -> None:
    """A book of published payments takes imports only, and nothing that belongs to a person."""
    if isinstance(request, OpenAccounts):
        if any(name in ("person", "line") for name, _ in request.tags):
            raise Refused("open_data_only", "account_opened")
    elif isinstance(request, Record):
        # That an import was sent is of the import; a run that somebody enters is of a bank or a payment.
        if request.kind != "payee" and (request.kind, moment.asked.source) != ("run", "imported"):
            raise Refused("open_data_only", request.kind)
    elif isinstance(request, Post | PlaceHold) and moment.asked.source == "entered":
        raise Refused("open_data_only", "transaction" if isinstance(request, Post) else "hold_placed")
