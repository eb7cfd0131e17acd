"""What stands between a period and its close, what came in after it, what care has cost, and how each fund ends its year.

Every read takes a connection of role phb_reader with the book set; amounts are pence.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec

from ledger.book.balances import TrialBalance, trial_balance
from ledger.book.periods import Period, list_periods
from ledger.book.snapshot import snapshot, span
from ledger.budgets.accruals import estimates_of, undecided
from ledger.budgets.reviews import reviews_due
from ledger.core.calendar import is_year, period_days
from ledger.core.model import Malformed
from ledger.reports import store_closing as store
from ledger.reports.identities import check_identities
from ledger.reports.schedule_periods import periods_unasked
from ledger.reports.working_days import working_day_of

Connection = Any
CARRYING = (36, 37)
"""Events by which a year end carries what is left: a movement between years, and no cost of either."""
MOST_REVIEWS = 100_000
BASES = ("evidenced", "paid")
BASIS_SUBJECT = "basis/costs"


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """Something open: what, how many, how many pence, who sees to it, the oldest accounting day, whether it blocks the close."""

    name: str
    says: str
    count: int
    pence: int
    owner: str
    oldest: date | None
    blocks: bool

    @property
    def is_open(self) -> bool:
        """Whether there is anything to do."""
        return self.count > 0


class CloseCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Every matter of a period; `working_day` is how many working days after it have begun, None where holidays are unknown."""

    period: str
    first_day: date
    last_day: date
    through_entry: int
    working_day: int | None
    matters: tuple[Matter, ...]

    @property
    def blocked(self) -> bool:
        """Whether anything that is open blocks the close."""
        return any(each.is_open and each.blocks for each in self.matters)


_ROWS: tuple[tuple[str, str, str, bool, str, tuple[str, ...]], ...] = (
    ("open_referrals", "referrals that nobody has decided", "officer", False, store.REFERRALS_OPEN, ()),
    ("invoices_waiting", "invoices entered and not accepted", "finance", True, store.DOCUMENTS_WAITING, ("invoice_entered",)),
    ("claims_waiting", "claims made and not accepted", "officer", False, store.DOCUMENTS_WAITING, ("claimed",)),
    ("reimbursements_waiting", "reimbursements claimed and not accepted", "officer", False, store.DOCUMENTS_WAITING,
     ("reimbursement_claimed",)),
    ("statements_waiting", "third parties' statements entered and not accepted", "officer", True, store.DOCUMENTS_WAITING,
     ("statement_entered",)),
    ("credits_waiting", "credit notes entered and not accepted", "finance", False, store.DOCUMENTS_WAITING, ("credit_entered",)),
    ("liabilities_open", "liabilities taken over and not paid", "finance", False, store.CLASS_NOT_NOTHING, ("provision",)),
    ("demands_open", "repayments demanded and not come in", "finance", False, store.CLASS_NOT_NOTHING, ("receivable/reclaim",)),
    ("payments_in_transit", "payments released and not cleared", "finance", False, store.RUNS_IN_TRANSIT, ()),
    ("instalments_not_paid", "instalments decided and not released", "finance", True, store.INSTALMENTS_NOT_PAID, ()),
    ("unidentified", "money that left holders' accounts and that nothing shows", "officer", False, store.CLASS_NOT_NOTHING,
     ("unidentified",)),
    ("disputed", "money in question", "officer", False, store.CLASS_NOT_NOTHING, ("disputed",)),
    ("bank_lines_unmatched", "bank lines that no claim explains", "officer", False, store.BANK_LINES_UNEXPLAINED, ()),
    ("invoices_disputed", "invoices that somebody disputes", "officer", False, store.DOCUMENTS_WAITING, ("invoice_disputed",)),
    ("own_bank_unmatched", "lines of our own banks that nothing explains", "finance", True, store.OWN_LINES_UNMATCHED, ()),
    ("take_ons_provisional", "take-ons that are not countersigned", "finance", False, store.TAKE_ONS_PROVISIONAL, ()),
    ("prepayments_not_released", "care paid ahead whose year has begun", "finance", True, store.PREPAYMENTS_LEFT, ()),
    ("uninvoiced_old", "estimates of years' ends without an invoice for a year", "finance", False, store.UNINVOICED_OLD, ()),
    ("unfunded", "care recorded beyond authority", "commissioner", True, store.CLASS_NOT_NOTHING, ("unfunded",)),
)  # fmt: skip


async def check_close(connection: Connection, book_id: int, period: str, today: date) -> CloseCheck:
    """What is open in a month or a year, each matter named though nothing of it is open. Malformed(period_malformed)."""
    first, last = _days(period)
    async with snapshot(connection):
        size, projected = await span(connection, book_id)
        found = []
        for name, says, owner, blocks, query, given in _ROWS:
            row = await connection.fetchrow(query, book_id, last, *given)
            found.append(Matter(name=name, says=says, count=row["many"], pence=row["pence"], owner=owner, oldest=row["oldest"],
                                blocks=blocks))  # fmt: skip
        found.append(await _reviews(connection, book_id, last))
        found.append(await _instalments(connection, book_id, last))
        found.append(await _estimates(connection, book_id, period, last))
        if is_year(period):
            row = await connection.fetchrow(store.YEAR_NOT_ENDED, book_id, period)
            found.append(Matter(name="year_not_ended", says="balances of the year neither carried nor lapsed", owner="finance",
                                count=row["many"], pence=row["pence"], oldest=None, blocks=True))  # fmt: skip
        broken = sum(not each.ok for each in await check_identities(connection, book_id))
    found.append(Matter(name="identities_broken", says="identities that do not hold", count=broken, pence=0, owner="operator",
                        oldest=None, blocks=True))  # fmt: skip
    found.append(Matter(name="totals_behind", says="entries that the monthly totals have not taken in", owner="operator",
                        count=size - projected, pence=0, oldest=None, blocks=False))  # fmt: skip
    return CloseCheck(
        period=period, first_day=first, last_day=last, through_entry=size, working_day=working_day_of(period, today),
        matters=tuple(found),
    )  # fmt: skip


async def _reviews(connection: Connection, book_id: int, last: date) -> Matter:
    """Reviews that had to be held by the last day of the period (SI 2013/1617 reg 14), and were not."""
    rows, _ = await reviews_due(connection, book_id, before=last + timedelta(days=1), begins="", limit=MOST_REVIEWS)
    return Matter(name="reviews_overdue", says="reviews of direct payments that were not held in time", count=len(rows), pence=0,
                  owner="officer", oldest=min((each.due for each in rows), default=None), blocks=False)  # fmt: skip


async def _instalments(connection: Connection, book_id: int, last: date) -> Matter:
    """What plans owe to holders and third parties: it is in no hold and no account until somebody asks for it."""
    many, pence, oldest = await periods_unasked(connection, book_id, last)
    return Matter(name="instalments_not_asked", says="instalments that schedules owe and nobody asked for", count=many,
                  pence=pence, owner="officer", oldest=oldest, blocks=False)  # fmt: skip


async def _estimates(connection: Connection, book_id: int, period: str, last: date) -> Matter:
    waits: dict[str, int] = {}
    # March has none: what was had and not invoiced is settled with the year.
    if not is_year(period) and last.month != 3:
        waits.update(undecided(await estimates_of(connection, book_id, period)))
    return Matter(name="accruals_undecided", says="estimates neither accepted nor dropped", count=len(waits),
                  pence=sum(waits.values()), owner="finance", oldest=last if waits else None, blocks=True)  # fmt: skip


def _days(period: str) -> tuple[date, date]:
    try:
        return period_days(period)
    except ValueError:
        raise Malformed("period_malformed", "period") from None


class LateMonth(msgspec.Struct, frozen=True):
    """Care of one month that was recognised after the close: how many entries, pence, and on which accounting days."""

    month: str
    entries: int
    pence: int
    first_day: date
    last_day: date


class Late(msgspec.Struct, frozen=True):
    """What came in after a period was first closed (`closed_at`, its entry; None while it is open), by month of care."""

    period: str
    closed_at: int | None
    months: tuple[LateMonth, ...]


async def came_in_after(connection: Connection, book_id: int, period: str) -> Late:
    """Care of a period and of those before it that came in after the period was closed, softly or for good."""
    _, last = _days(period)
    async with snapshot(connection):
        closed_at = await connection.fetchval(store.CLOSED_AT, book_id, period)
        rows = [] if closed_at is None else await connection.fetch(store.CAME_IN_AFTER, book_id, closed_at, last)
    months = (LateMonth(row["month"], row["entries"], row["pence"], row["first_day"], row["last_day"]) for row in rows)
    return Late(period, closed_at, tuple(months))


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """How a period stood when it was closed for good: who, at which entry, and its control totals as that entry found them."""

    closed: Period
    totals: TrialBalance


class NotClosed(LookupError):
    """This period is not closed, so nobody can say how it ended."""

    code = "period_not_closed"


async def certificate_of(connection: Connection, book_id: int, period: str, today: date) -> Certificate:
    """The control totals of a closed month or year at its last day, known at the entry that closed it. NotClosed."""
    _, last = _days(period)
    async with snapshot(connection):
        periods = await list_periods(connection, book_id, today)
        found = next(
            (each for each in (*periods.months, *periods.years) if each.period == period and each.closed), None
        )
        if found is None or found.number is None:
            raise NotClosed
        totals = await trial_balance(connection, book_id, effective_on=last, known_at=found.number)
    return Certificate(closed=found, totals=totals)


class FundCost(msgspec.Struct, frozen=True):
    """What a fund's care cost in a time, in pence. `evidenced` = spent + lost + accrued; `paid` = spent + lost + advanced −
    prepaid + accrued."""

    fund: str
    spent: int
    lost: int
    advanced: int
    prepaid: int
    accrued: int

    @property
    def evidenced(self) -> int:
        """Care that is known to have been had."""
        return self.spent + self.lost + self.accrued

    @property
    def paid(self) -> int:
        """Care paid for, whether or not the evidence has come."""
        return self.evidenced + self.advanced - self.prepaid


async def costs_of(connection: Connection, book_id: int, first: date, last: date) -> tuple[FundCost, ...]:
    """What care cost between two accounting days, by fund, in both views."""
    rows = await connection.fetch(store.COSTS, book_id, first, last, list(CARRYING))
    return tuple(FundCost(*(row[name] for name in FundCost.__struct_fields__)) for row in rows)


async def basis_on(connection: Connection, book_id: int, day: date) -> tuple[str, int] | None:
    """Which view is the book's own on a day, and the entry that says so; None where nobody has said."""
    said = [
        (row["act"], row["number"])
        for row in await connection.fetch(store.SETTINGS_SAID, book_id, BASIS_SUBJECT)
        if msgspec.json.decode(row["attributes"])["from"] <= day.isoformat()
    ]
    return said[-1] if said else None


class Outturn(msgspec.Struct, frozen=True, kw_only=True):
    """How one fund ends a year, in pence: `source` is what was granted, and all others together come to it."""

    fund: str
    source: int
    spent: int
    lost: int
    advanced: int
    held: int
    recovering: int
    scheduled: int
    unallocated: int
    carried: int
    lapsed: int
    unfunded: int


async def outturn_of(connection: Connection, book_id: int, year: str) -> tuple[Outturn, ...]:
    """The outturn of every fund of a year: spent, advanced, held and what its lines still have, against what was granted."""
    funds: dict[str, dict[str, int]] = {}
    for row in await connection.fetch(store.OUTTURN, book_id, year):
        funds.setdefault(row["fund"], {})[row["class"]] = row["pence"]
    return tuple(_outturn(fund, has) for fund, has in funds.items())


def _outturn(fund: str, has: dict[str, int]) -> Outturn:
    same: Sequence[str] = ("spent", "lost", "advanced", "held", "recovering", "unallocated", "carried", "lapsed")
    return Outturn(
        fund=fund, source=-has.get("source", 0), unfunded=-has.get("unfunded", 0),
        scheduled=has.get("available", 0) + has.get("contingency", 0), **{name: has.get(name, 0) for name in same},
    )  # fmt: skip
