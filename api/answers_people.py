"""What clients get back about how budgets are set up: people without their names, payees, plans and the rules in force."""

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import UNSET, Struct, UnsetType, field

from api.answers import EntryOut
from ledger.budgets.drafts import Draft, DraftLine
from ledger.budgets.people import Group
from ledger.budgets.plans import Line, PlanVersion
from ledger.budgets.reading import Setup
from ledger.budgets.standing import Said
from ledger.money import format_amount
from policies.lint import Rule


class GroupOfPersonOut(Struct, frozen=True):
    """A fact about a person for reports, from a day on."""

    name: str
    value: str
    since: date = field(name="from")


class PersonEventOut(Struct, frozen=True):
    """Something that happened to a person; `number` is its entry."""

    number: int
    act: str
    on: str | None


class DelegationOut(Struct, frozen=True):
    """Who may act for the person now or later."""

    delegation: str
    holder: str
    scope: str
    start: date = field(name="from")
    end: date | None = field(name="to")


class HolderAccountOut(Struct, frozen=True):
    """A bank account for direct payments, and how it stands."""

    holder_account: str
    state: str


class PersonOut(Struct, frozen=True):
    """A person as the book knows them: never who they are."""

    book: str
    person: str
    through_entry: int
    consent: bool
    died_on: date | None
    groups: list[GroupOfPersonOut]
    events: list[PersonEventOut]
    delegations: list[DelegationOut]
    holder_accounts: list[HolderAccountOut]


class IdentityOut(Struct, frozen=True):
    """Who a person is. That this was read is kept."""

    person: str
    name: str
    nhs_number: str | None


class PayeeOut(Struct, frozen=True):
    """A payee and how it stands: registered, approved, barred, or returned when a payment to them came back. The name is null
    when it has been erased; `route` says who pays them."""

    payee: str
    state: str
    number: int
    name: str | None
    regulated: bool | None
    cqc: bool | None
    direct_employee: bool | None
    route: str


class ShareOut(Struct, frozen=True):
    """A fund's part of a line."""

    fund: str
    kind: str
    weight: int


class YearAmountOut(Struct, frozen=True):
    """How much of a line's amount is for one financial year."""

    year: str
    amount: str


class PlanLineOut(Struct, frozen=True, kw_only=True):
    """A line; `state` is drafted until the plan is signed. The words are null when they have been erased."""

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
    years: list[YearAmountOut] | None


class PlanOut(Struct, frozen=True, kw_only=True):
    """A plan as it stands; `number` is the entry that says so. `erased` says that its words are gone."""

    plan: str
    version: int
    state: str
    number: int
    start: date = field(name="from")
    end: date | None = field(name="to")
    coordinator: str | None
    agreement: bool
    title: str | None
    description: str | None
    currency: str
    lines: list[PlanLineOut]
    erased: bool | UnsetType = UNSET


class PlansOut(Struct, frozen=True):
    """All plans of one person, oldest first."""

    through_entry: int
    plans: list[PlanOut]


class DraftedOut(Struct, frozen=True):
    """The entry of a draft, and the plan with the references that its lines have been given."""

    entry: EntryOut
    plan: PlanOut


class RuleOut(Struct, frozen=True):
    """One rule in plain words. What stands in [brackets] is filled in when it speaks."""

    rule: str
    effect: str
    authority: str
    source: str
    message: str
    remedy: str


class RulesOut(Struct, frozen=True):
    """The rules of this service, and whether they are those in force in the book."""

    hash: str
    active: str | None
    in_force: bool
    rules: list[RuleOut]


def person_of(
    book: str, person: str, through: int, said: Sequence[Said], setup: Setup, groups: Sequence[Group]
) -> PersonOut:  # fmt: skip
    """A person from what the register says of them."""
    events = [PersonEventOut(row.number, row.act, row.attributes.get("on")) for row in said]
    delegations = [DelegationOut(d.delegation, d.holder, d.scope, d.start, d.end) for d in setup.delegations]
    accounts = [HolderAccountOut(name, state) for name, state in setup.holder_accounts.items()]
    found = [GroupOfPersonOut(group.name, group.value, group.since) for group in groups]
    return PersonOut(
        book, person, through, setup.consent, setup.died_on, found, events, delegations, accounts
    )  # fmt: skip


def plan_out(
    plan: PlanVersion, state: str, number: int, draft: Draft | None, lines: Mapping[str, tuple[Line, str]], currency: str
) -> PlanOut:  # fmt: skip
    """A plan from its version, its draft (None when erased) and the lines that stand in the register."""
    drafted = {each.line.line: each for each in draft.lines} if draft is not None else {}
    known = {name: (each.line, "drafted") for name, each in drafted.items()} | dict(lines)
    return PlanOut(
        plan=plan.plan, version=plan.version, state=state, number=number, start=plan.start, end=plan.end,
        coordinator=plan.coordinator, agreement=plan.agreement, title=draft.title if draft is not None else None,
        description=draft.description if draft is not None else None, currency=currency,
        lines=[_line(line, act, drafted.get(name)) for name, (line, act) in known.items()],
        erased=True if draft is None else UNSET,
    )  # fmt: skip


def _line(line: Line, state: str, draft: DraftLine | None) -> PlanLineOut:
    by_year = None if draft is None else [YearAmountOut(year, format_amount(pence)) for year, pence in draft.by_year()]
    return PlanLineOut(
        line=line.line, state=state, title=draft.title if draft is not None else None,
        description=draft.description if draft is not None else None, services=list(line.services),
        management=line.management, amount=format_amount(line.amount), start=line.start, end=line.end,
        shares=[ShareOut(share.fund, share.kind, share.weight) for share in line.shares], payees=list(line.payees),
        holder_account=line.holder_account, years=by_year,
        instalment=None if line.instalment is None else format_amount(line.instalment), flexibility=line.flexibility,
    )  # fmt: skip


def rule_of(rule: Rule) -> RuleOut:
    """A rule in plain words."""
    return RuleOut(rule.id, rule.effect, rule.authority, rule.source, rule.message, rule.remedy)
