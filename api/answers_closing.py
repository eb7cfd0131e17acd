"""What finance and auditors get back around the close of a month or a year."""

from collections.abc import Sequence

from msgspec import Struct

from ledger.budgets.accruals import Estimate, undecided
from ledger.money import format_amount
from ledger.reports.identities import Identity


class IdentityOut(Struct, frozen=True):
    """One identity: what it says, how many things were looked at, and the first that breaks it, null if it holds."""

    name: str
    says: str
    checked: int
    ok: bool
    first: str | None


class IdentitiesOut(Struct, frozen=True):
    """All identities that exist, in order; `not_yet` are the names of those whose objects do not exist here."""

    ok: bool
    identities: list[IdentityOut]
    not_yet: list[str]


def identities_of(found: tuple[Identity, ...], not_yet: tuple[str, ...]) -> IdentitiesOut:
    """The identities of one moment."""
    made = [IdentityOut(each.name, each.says, each.checked, each.ok, each.first) for each in found]
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
