"""What clients get back about plans: their versions, and what was agreed in each."""

from collections.abc import Mapping
from datetime import date

from msgspec import UNSET, Struct, UnsetType, field

from api.answers import EntryOut
from ledger.budgets.drafts import Draft, DraftLine
from ledger.budgets.plans import Line, PlanVersion
from ledger.money import format_amount


class ShareOut(Struct, frozen=True):
    """A fund's part of a line; of all its days where it has no dates."""

    fund: str
    kind: str
    weight: int
    start: date | None = field(name="from")
    end: date | None = field(name="to")


class YearAmountOut(Struct, frozen=True):
    """How much of a line's amount is for one financial year."""

    year: str
    amount: str


class SavingOut(Struct, frozen=True):
    """What the holder may save up, for which service, and until when."""

    amount: str
    service: str
    until: date


class PlanLineOut(Struct, frozen=True, kw_only=True):
    """A line; `state` is drafted until the plan is signed, and replaced where a later version says more of it. The words are null
    when they have been erased."""

    line: str
    state: str
    title: str | None
    description: str | None
    services: list[str]
    management: str
    amount: str
    start: date = field(name="from")
    end: date = field(name="to")
    shares: list[ShareOut]
    payees: list[str]
    holder_account: str | None
    instalment: str | None
    flexibility: str | None
    years: list[YearAmountOut]
    interval: str | None
    channel: str | None
    account_with: str | None
    unit: str | None
    rate: str | None
    quantity: str | None
    indicative: str | None
    start_up: str | None
    owner: str | None
    term_end: date | None
    saving: SavingOut | None
    contingency: str | None
    cost: str | None
    working: str | None


class SignatureOut(Struct, frozen=True):
    """One side's signature."""

    side: str
    who: str
    on: date
    channel: str


class MonitorOut(Struct, frozen=True):
    """Who monitors one of the plan's needs."""

    need: str
    who: str


class ConnectedOut(Struct, frozen=True):
    """A payee of the same household, and why paying them is necessary."""

    payee: str
    necessity: str | None


class PlanOut(Struct, frozen=True, kw_only=True):
    """A version of a plan as it stands; `number` is the entry that says so. `erased` says that its words are gone."""

    plan: str
    version: int
    state: str
    number: int
    start: date = field(name="from")
    end: date | None = field(name="to")
    coordinator: str | None
    agreement: bool
    agreement_on: date | None
    needs: list[str]
    outcomes: list[str]
    monitors: list[MonitorOut]
    first_review: date | None
    notice_days: int | None
    risks_on: date | None
    risk_procedure: str | None
    cost: str | None
    enough_by: str | None
    connected: list[ConnectedOut]
    signatures: list[SignatureOut]
    notice_on: date | None
    notice: int | None
    title: str | None
    description: str | None
    currency: str
    lines: list[PlanLineOut]
    erased: bool | UnsetType = UNSET


class PlansOut(Struct, frozen=True):
    """All plans of one person, oldest first: of each the version that is signed, and the draft that waits."""

    through_entry: int
    plans: list[PlanOut]


class VersionsOut(Struct, frozen=True):
    """All versions of one plan, oldest first. The answer's ETag is what a change of the plan has to name."""

    through_entry: int
    plan: str
    versions: list[PlanOut]


class DraftedOut(Struct, frozen=True):
    """The entry of a draft, and the plan with the references that its lines have been given."""

    entry: EntryOut
    plan: PlanOut


def plan_out(
    plan: PlanVersion, state: str, number: int, draft: Draft | None, lines: Mapping[str, tuple[Line, str]], currency: str
) -> PlanOut:  # fmt: skip
    """A version from its draft (None when erased) and the lines of its plan that stand in the register."""
    drafted = {each.line.line: each for each in draft.lines} if draft is not None else {}
    waits = "drafted" if state == "drafted" else "replaced"
    known = {name: (each.line, waits) for name, each in drafted.items()} | {
        name: found for name, found in lines.items() if found[0].version == plan.version
    }
    return PlanOut(
        plan=plan.plan, version=plan.version, state=state, number=number, start=plan.start, end=plan.end,
        coordinator=plan.coordinator, agreement=plan.agreement, agreement_on=plan.agreement_on, needs=list(plan.needs),
        outcomes=list(plan.outcomes), monitors=[MonitorOut(each.need, each.who) for each in plan.monitors],
        first_review=plan.first_review, notice_days=plan.notice_days, risks_on=plan.risks_on,
        risk_procedure=plan.risk_procedure, cost=_amount(plan.cost), enough_by=plan.enough_by,
        connected=[ConnectedOut(each.payee, each.necessity) for each in plan.connected],
        signatures=[SignatureOut(each.side, each.who, each.on, each.channel) for each in plan.signatures],
        notice_on=plan.notice_on, notice=plan.notice, title=draft.title if draft is not None else None,
        description=draft.description if draft is not None else None, currency=currency,
        lines=[_line(line, act, drafted.get(name)) for name, (line, act) in known.items()],
        erased=True if draft is None else UNSET,
    )  # fmt: skip


def _amount(pence: int | None) -> str | None:
    return None if pence is None else format_amount(pence)


def _line(line: Line, state: str, draft: DraftLine | None) -> PlanLineOut:
    by_year = line.by_year() if line.years or draft is None else dict(draft.by_year())
    return PlanLineOut(
        line=line.line, state=state, title=draft.title if draft is not None else None,
        description=draft.description if draft is not None else None, services=list(line.services),
        management=line.management, amount=format_amount(line.amount), start=line.start, end=line.end,
        shares=[ShareOut(share.fund, share.kind, share.weight, share.start, share.end) for share in line.shares],
        payees=list(line.payees), holder_account=line.holder_account,
        years=[YearAmountOut(year, format_amount(pence)) for year, pence in by_year.items()],
        instalment=_amount(line.instalment), flexibility=line.flexibility, interval=line.interval, channel=line.channel,
        account_with=line.account_with,
        unit=line.unit, rate=_amount(line.rate), quantity=_amount(line.quantity), indicative=_amount(line.indicative),
        start_up=_amount(line.start_up), owner=line.owner, term_end=line.term_end,
        saving=None if line.saving is None else SavingOut(
            format_amount(line.saving.amount), line.saving.service, line.saving.until
        ),
        contingency=_amount(line.contingency), cost=_amount(line.cost),
        working=draft.working or None if draft is not None else None,
    )  # fmt: skip
