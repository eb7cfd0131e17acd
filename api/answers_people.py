"""What clients get back about how budgets are set up: people without their names, payees, plans and the rules in force."""

from collections.abc import Sequence
from datetime import date

from msgspec import Struct, field

from ledger.budgets.people import Group
from ledger.budgets.reading import Setup
from ledger.budgets.standing import Said
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
    profession: bool | None
    indemnity: bool | None
    registered_until: date | None
    insured_until: date | None


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


def rule_of(rule: Rule) -> RuleOut:
    """A rule in plain words."""
    return RuleOut(rule.id, rule.effect, rule.authority, rule.source, rule.message, rule.remedy)
