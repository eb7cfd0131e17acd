"""What is shown of a person's budget: lines with their money, open orders, and a statement. Money is text, more is more."""

from datetime import date

from msgspec import Struct, field

from api.answers import time_of
from api.answers_taking_on import CoveredOut
from ledger.book.books import BookRow
from ledger.budgets.home import BudgetStatement, Happened, Home, LastPayment, LineShown, OpenOrder
from ledger.budgets.reading import STATES, LineMoney
from ledger.money import format_amount
from policies.decisions import reference_of


class YearMoneyOut(Struct, frozen=True, kw_only=True):
    """What there is of one financial year. `allocated` = available + contingency + held + advanced + spent + recovering + lost −
    unfunded."""

    year: str
    allocated: str
    available: str
    contingency: str
    held: str
    advanced: str
    spent: str
    recovering: str
    lost: str
    unfunded: str


class MoneyOut(Struct, frozen=True, kw_only=True):
    """What there is, on a day of financial year `year`. `left_to_spend` is what is available of that year and what can be used of
    money paid out; `can_use_now` is what a holder can use on the day; `left_in_other_years` is available too, on days of those
    years; `awaiting_evidence` has left the account and is not explained yet. `allocated` and the states are of all years together,
    and `years` has them one by one: allocated = available + contingency + held + advanced + spent + recovering + lost − unfunded,
    in each of `years` and in all."""

    year: str
    allocated: str
    left_to_spend: str
    can_use_now: str
    left_in_other_years: str
    held: str
    awaiting_evidence: str
    available: str
    contingency: str
    advanced: str
    spent: str
    recovering: str
    lost: str
    unfunded: str
    years: list[YearMoneyOut]


class LineBudgetOut(Struct, frozen=True, kw_only=True):
    """One line of the plan. `title` and `description` are the person's own words, empty when there are none or they are erased;
    `agreed` is the amount of the plan for the line's dates."""

    line: str
    plan: str
    version: int
    status: str
    title: str
    description: str
    services: list[str]
    management: str
    agreed: str
    from_: date = field(name="from")
    to: date
    money: MoneyOut


class OrderOut(Struct, frozen=True, kw_only=True):
    """An order that keeps money; `reference` is that of its decision. An `awaiting_decision` waits for an officer."""

    hold: int
    purpose: str
    line: str | None
    service: str | None
    payee: str | None
    reference: str
    effective_on: date | None
    placed: str
    remaining: str
    expires_at: str | None


class LastPaymentOut(Struct, frozen=True, kw_only=True):
    """The newest payment into the person's own account. `state` is `on_its_way` since it was released; `cleared` when our bank said
    that it left; `arrived` when the person's bank said that it came; `returned` when it came back. A day that nobody has said is
    null."""

    number: int
    amount: str
    state: str
    asked_on: date | None
    released_on: date
    cleared_on: date | None
    arrived_on: date | None
    returned_on: date | None


class BudgetOut(Struct, frozen=True, kw_only=True):
    """A person's budget after entry `through_entry`, all of one moment. In `total` a cap that lines share counts once.
    `last_payment` is of the whole budget, null where none was made.
    `provisional` is the code of a take-on that is not signed yet, whose opening figures these rest on; else null."""

    book: str
    person: str
    currency: str
    through_entry: int
    provisional: str | None
    lines: list[LineBudgetOut]
    total: MoneyOut
    orders: list[OrderOut]
    last_payment: LastPaymentOut | None


class HappenedOut(Struct, frozen=True, kw_only=True):
    """One movement: signed amounts by state, debit positive; what is unfunded stands below zero."""

    number: int
    effective_on: date | None
    recorded_at: str
    kind: str
    event: int
    subject: str | None
    because: int
    care_from: date | None
    care_to: date | None
    changes: dict[str, str]


class BudgetStatementOut(Struct, frozen=True, kw_only=True):
    """What happened by accounting day, and what each state held before the first and after the last line of this page."""

    book: str
    person: str
    line: str | None
    currency: str
    through_entry: int
    first_day: date
    last_day: date
    opening: dict[str, str]
    lines: list[HappenedOut]
    closing: dict[str, str]
    coverage: CoveredOut


def _money(found: LineMoney) -> MoneyOut:
    return MoneyOut(
        year=found.year, allocated=format_amount(found.allocated), left_to_spend=format_amount(found.left_to_spend),
        can_use_now=format_amount(found.can_use_now), left_in_other_years=format_amount(found.left_in_other_years),
        awaiting_evidence=format_amount(found.awaiting_evidence),
        years=[
            YearMoneyOut(year=each.year, allocated=format_amount(each.allocated),
                         **{state: format_amount(getattr(each, state)) for state in STATES})
            for each in found.years
        ],
        **{state: format_amount(found.of(state)) for state in STATES},
    )  # fmt: skip


def _line(shown: LineShown) -> LineBudgetOut:
    line = shown.line
    return LineBudgetOut(
        line=line.line, plan=line.plan, version=line.version, status=shown.act, title=shown.title,
        description=shown.description, services=list(line.services), management=line.management,
        agreed=format_amount(line.amount), from_=line.start, to=line.end, money=_money(shown.money),
    )  # fmt: skip


def _order(order: OpenOrder) -> OrderOut:
    given = order.given or {}
    return OrderOut(
        hold=order.hold, purpose=order.purpose, line=given.get("line"), service=given.get("service"),
        payee=given.get("payee"), reference=reference_of(order.hold - 1), effective_on=order.day,
        placed=format_amount(order.placed), remaining=format_amount(order.remaining),
        expires_at=None if order.expires_us is None else time_of(order.expires_us),
    )  # fmt: skip


def _paid(found: LastPayment) -> LastPaymentOut:
    return LastPaymentOut(
        number=found.number, amount=format_amount(found.amount), state=found.state, asked_on=found.asked_on,
        released_on=found.released_on, cleared_on=found.cleared_on, arrived_on=found.arrived_on, returned_on=found.returned_on,
    )  # fmt: skip


def budget_of(home: Home, row: BookRow, person: str, line: str | None = None) -> BudgetOut:
    """The answer for a whole budget, or for one line of it."""
    orders = [_order(order) for order in home.orders if line is None or (order.given or {}).get("line") == line]
    shown = [each for each in home.lines if line is None or each.line.line == line]
    return BudgetOut(
        book=row.code, person=person, currency=row.currency, through_entry=home.through,
        provisional=home.provisional, lines=[_line(each) for each in shown],
        total=_money(home.total if line is None else shown[0].money), orders=orders,
        last_payment=None if home.last_payment is None else _paid(home.last_payment),
    )  # fmt: skip


def _happened(found: Happened) -> HappenedOut:
    entry = found.entry
    return HappenedOut(
        number=entry.number, effective_on=entry.effective_on, recorded_at=time_of(entry.recorded_us), kind=entry.kind,
        event=entry.event, subject=entry.subject, because=entry.because, care_from=entry.care_from, care_to=entry.care_to,
        changes=_texts(found.changes),
    )  # fmt: skip


def _texts(amounts: dict[str, int]) -> dict[str, str]:
    return {state: format_amount(pence) for state, pence in amounts.items()}


def budget_statement_of(
    found: BudgetStatement, row: BookRow, person: str, line: str | None, first_day: date, last_day: date,
    coverage: CoveredOut,
) -> BudgetStatementOut:  # fmt: skip
    """The answer for a page of a statement."""
    return BudgetStatementOut(
        book=row.code, person=person, line=line, currency=row.currency, through_entry=found.through, first_day=first_day,
        last_day=last_day, opening=_texts(found.opening), lines=[_happened(each) for each in found.lines],
        closing=_texts(found.closing), coverage=coverage,
    )  # fmt: skip
