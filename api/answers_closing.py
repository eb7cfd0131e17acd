"""What finance and auditors get back around the close of a month or a year."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct

from api.answers_taking_on import CoveredOut
from ledger.budgets.accruals import Estimate, undecided
from ledger.budgets.year_end import FundLeft, LineLeft
from ledger.money import format_amount
from ledger.reports.closing import Certificate, CloseCheck, FundCost, Late, Outturn
from ledger.reports.identities import Identity


class LedgerIdentityOut(Struct, frozen=True):
    """One identity: what it says, how many things were looked at, and the first that breaks it, null if it holds."""

    name: str
    says: str
    checked: int
    ok: bool
    first: str | None


class IdentitiesOut(Struct, frozen=True):
    """All identities that exist, in order; `not_yet` are the names of those whose objects do not exist here."""

    ok: bool
    identities: list[LedgerIdentityOut]
    not_yet: list[str]


def identities_of(found: tuple[Identity, ...], not_yet: tuple[str, ...]) -> IdentitiesOut:
    """The identities of one moment."""
    made = [LedgerIdentityOut(each.name, each.says, each.checked, each.ok, each.first) for each in found]
    return IdentitiesOut(all(each.ok for each in found), made, list(not_yet))


class MonthOut(Struct, frozen=True):
    """What is recorded for one month of care."""

    month: str
    recorded: str


class EstimateOut(Struct, frozen=True, kw_only=True):
    """The estimate of one line for a month: `proposed` by `method`, which is `open_orders` where orders for the month still keep
    money and `rate_days` otherwise: `days` of the line's `rate` for `rate_days`, less what is `recorded`. `decided` is null while
    it waits, else accepted or dropped; `estimated` what was accepted, beside what `came_in` for the month since."""

    line: str
    person: str
    days: int
    rate: str
    rate_days: int
    recorded: str
    by_rate: str
    by_orders: str
    method: str
    proposed: str
    before: list[MonthOut]
    decided: str | None
    number: int | None
    estimated: str
    came_in: str


class EstimatesOut(Struct, frozen=True):
    """The estimates of a month, and what those that wait come to."""

    month: str
    currency: str
    waiting: int
    waiting_amount: str
    estimates: list[EstimateOut]


def estimates_out(month: str, currency: str, found: Sequence[Estimate]) -> EstimatesOut:
    """The estimates of one month."""
    waits = undecided(found)
    return EstimatesOut(
        month, currency, len(waits), format_amount(sum(waits.values())), [_estimate(each) for each in found]
    )


def _estimate(each: Estimate) -> EstimateOut:
    return EstimateOut(
        line=each.line, person=each.person, days=each.days, rate=format_amount(each.rate_pence), rate_days=each.rate_days,
        recorded=format_amount(each.recorded), by_rate=format_amount(each.by_rate), by_orders=format_amount(each.by_orders),
        method=each.method, proposed=format_amount(each.proposed), number=each.number,
        before=[MonthOut(month, format_amount(pence)) for month, pence in each.before],
        decided=each.decided and each.decided.removeprefix("accrual_"), estimated=format_amount(each.estimated),
        came_in=format_amount(each.came_in),
    )  # fmt: skip


class MatterOut(Struct, frozen=True, kw_only=True):
    """One open matter: how many, what they come to, who sees to them, since when, and whether they block the close."""

    name: str
    says: str
    count: int
    amount: str
    owner: str
    oldest: date | None
    blocks: bool


class CloseOut(Struct, frozen=True, kw_only=True):
    """What stands between a period and its close. `working_day` is how many working days in England have begun since the period
    ended, null where bank holidays are not known; `blocked` that an open matter blocks."""

    book: str
    period: str
    first_day: date
    last_day: date
    through_entry: int
    working_day: int | None
    blocked: bool
    currency: str
    coverage: CoveredOut
    matters: list[MatterOut]


def close_of(book: str, currency: str, found: CloseCheck, coverage: CoveredOut) -> CloseOut:
    """The state of one close."""
    return CloseOut(
        book=book, period=found.period, first_day=found.first_day, last_day=found.last_day, through_entry=found.through_entry,
        working_day=found.working_day, blocked=found.blocked, currency=currency, coverage=coverage,
        matters=[
            MatterOut(name=each.name, says=each.says, count=each.count, amount=format_amount(each.pence), owner=each.owner,
                      oldest=each.oldest, blocks=each.blocks)
            for each in found.matters
        ],
    )  # fmt: skip


class LateMonthOut(Struct, frozen=True):
    """Care of one month that was recognised after the close."""

    month: str
    entries: int
    amount: str
    first_day: date
    last_day: date


class LateOut(Struct, frozen=True, kw_only=True):
    """What came in after a period was first closed, by month of care. `closed_at` is the entry that closed it, null while it is
    open, and then nothing is late."""

    period: str
    closed_at: int | None
    entries: int
    amount: str
    currency: str
    months: list[LateMonthOut]


def late_of(currency: str, found: Late) -> LateOut:
    """What came in late."""
    months = [
        LateMonthOut(each.month, each.entries, format_amount(each.pence), each.first_day, each.last_day)
        for each in found.months
    ]
    return LateOut(
        period=found.period, closed_at=found.closed_at, entries=sum(each.entries for each in found.months),
        amount=format_amount(sum(each.pence for each in found.months)), currency=currency, months=months,
    )  # fmt: skip


class ControlOut(Struct, frozen=True):
    """The control total of one class of accounts."""

    layer: str
    klass: str
    accounts: int
    debit: str
    credit: str
    balance: str


class CertificateOut(Struct, frozen=True, kw_only=True):
    """How a period stood when it was closed for good: by whom, at which entry, its control totals as of its last day and known at
    that entry, and a published checkpoint that covers the entry, null until there is one."""

    book: str
    period: str
    closed_by: str | None
    closed_at: int | None
    reason: str | None
    currency: str
    coverage: CoveredOut
    controls: list[ControlOut]
    checkpoint: str | None


def certificate_out(
    book: str, currency: str, found: Certificate, checkpoint: str | None, coverage: CoveredOut
) -> CertificateOut:
    """The certificate of one close."""
    controls = [
        ControlOut(each.layer, each.klass, each.accounts, format_amount(each.debit), format_amount(each.credit),
                   format_amount(each.balance))
        for each in found.totals.classes
    ]  # fmt: skip
    return CertificateOut(
        book=book, period=found.closed.period, closed_by=found.closed.actor, closed_at=found.closed.number,
        reason=found.closed.reason, currency=currency, coverage=coverage, controls=controls, checkpoint=checkpoint,
    )  # fmt: skip


class CostOut(Struct, frozen=True, kw_only=True):
    """What a fund's care cost: `cost` in the view asked for, and what both views are made of."""

    fund: str
    cost: str
    evidenced: str
    paid: str
    spent: str
    lost: str
    advanced: str
    prepaid: str
    accrued: str


class CostsOut(Struct, frozen=True, kw_only=True):
    """Costs between two accounting days by fund. `basis` is the view of `cost`; `set_by` the entry that made it the book's own,
    null where it was asked for or nobody has said."""

    first_day: date
    last_day: date
    basis: str
    set_by: int | None
    currency: str
    coverage: CoveredOut
    cost: str
    funds: list[CostOut]


def costs_out(
    days: tuple[date, date], basis: str, set_by: int | None, currency: str, found: Sequence[FundCost],
    coverage: CoveredOut,
) -> CostsOut:  # fmt: skip
    """Costs in one view."""
    made = [
        CostOut(
            fund=each.fund, cost=format_amount(getattr(each, basis)), evidenced=format_amount(each.evidenced),
            paid=format_amount(each.paid), spent=format_amount(each.spent), lost=format_amount(each.lost),
            advanced=format_amount(each.advanced), prepaid=format_amount(each.prepaid), accrued=format_amount(each.accrued),
        )
        for each in found
    ]  # fmt: skip
    total = format_amount(sum(getattr(each, basis) for each in found))
    return CostsOut(
        first_day=days[0], last_day=days[1], basis=basis, set_by=set_by, currency=currency, coverage=coverage, cost=total,
        funds=made,
    )  # fmt: skip


class OutturnOut(Struct, frozen=True, kw_only=True):
    """How one fund stands in a year: what was granted, and what it has come to. `scheduled` is what lines have and nobody has
    used; `unfunded` care beyond authority. `remaining` is source less spent, lost, advanced, held and recovering."""

    fund: str
    source: str
    spent: str
    lost: str
    advanced: str
    held: str
    recovering: str
    scheduled: str
    unallocated: str
    carried: str
    lapsed: str
    unfunded: str
    remaining: str


class OutturnsOut(Struct, frozen=True):
    """The outturn of every fund of a year."""

    year: str
    currency: str
    coverage: CoveredOut
    funds: list[OutturnOut]


def outturns_of(year: str, currency: str, found: Sequence[Outturn], coverage: CoveredOut) -> OutturnsOut:
    """The outturn of one year."""
    return OutturnsOut(year, currency, coverage, [_outturn(each) for each in found])


def _outturn(each: Outturn) -> OutturnOut:
    used = each.spent + each.lost + each.advanced + each.held + each.recovering
    return OutturnOut(
        fund=each.fund, source=format_amount(each.source), spent=format_amount(each.spent), lost=format_amount(each.lost),
        advanced=format_amount(each.advanced), held=format_amount(each.held), recovering=format_amount(each.recovering),
        scheduled=format_amount(each.scheduled), unallocated=format_amount(each.unallocated),
        carried=format_amount(each.carried), lapsed=format_amount(each.lapsed), unfunded=format_amount(each.unfunded),
        remaining=format_amount(each.source - used),
    )  # fmt: skip


class LineLeftOut(Struct, frozen=True):
    """What a line still has of a year in one fund: what would be carried, and what would lapse. `rule` is null where the fund has
    none yet."""

    line: str
    person: str
    fund: str
    rule: str | None
    carried: str
    lapsed: str
    unfunded: str


class FundLeftOut(Struct, frozen=True):
    """What a fund has of a year that no line was given."""

    fund: str
    kind: str
    rule: str | None
    unallocated: str


class YearEndOut(Struct, frozen=True, kw_only=True):
    """The end of a year as it stands: the last word on it and its entry, and what is still to be ended. With nothing left the year
    can be closed."""

    year: str
    currency: str
    word: str | None
    number: int | None
    carried: str
    lapsed: str
    lines: list[LineLeftOut]
    funds: list[FundLeftOut]


def year_end_of(
    year: str, currency: str, word: tuple[str, int] | None, left: Sequence[LineLeft], funds: Sequence[FundLeft]
) -> YearEndOut:  # fmt: skip
    """What is left of one year."""
    rules = {each.fund: "all" if each.kind == "contribution" else each.rule for each in funds}
    lines = [(each, rules.get(each.fund)) for each in left]
    over = sum(each.unallocated for each in funds if rules[each.fund] == "all")
    gone = sum(each.unallocated for each in funds) - over
    return YearEndOut(
        year=year, currency=currency, word=word[0] if word else None, number=word[1] if word else None,
        carried=format_amount(sum(each.carried(rule or "") for each, rule in lines) + over),
        lapsed=format_amount(sum(each.lapsed(rule or "") for each, rule in lines) + gone),
        lines=[
            LineLeftOut(each.line, each.person, each.fund, rule, format_amount(each.carried(rule or "")),
                        format_amount(each.lapsed(rule or "")), format_amount(each.states.get("unfunded", 0)))
            for each, rule in lines
        ],
        funds=[FundLeftOut(each.fund, each.kind, rules[each.fund], format_amount(each.unallocated)) for each in funds],
    )  # fmt: skip
