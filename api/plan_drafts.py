"""What is sent for a version of a plan, made into its draft: everything that it names is there, and can be signed."""

from collections.abc import Callable, Mapping
from typing import Any

from api import wire_plans as wire
from api.deciding import naming_noes
from api.desk import WireRequest
from api.open_books import OpenBook, salt
from api.problems import Problem
from api.wire import amount_of, code_of
from api.wire_budgets import ServiceCode
from ledger.budgets.chart import account
from ledger.budgets.drafts import NOTHING, Draft, DraftLine, Standing, signing
from ledger.budgets.funds import Fund
from ledger.budgets.people import opaque_ref
from ledger.budgets.plans import Line, LineShare, PlanVersion
from ledger.budgets.presence import which_are_open, which_are_payees
from ledger.budgets.pricing import is_amount_of
from ledger.budgets.reading import Setup, funds_of, years_of
from ledger.budgets.shares import TERM
from ledger.budgets.splits import SplitOfBefore, going_on
from ledger.budgets.standing import read_rules
from ledger.budgets.terms import ConnectedPerson, Monitor, Saving
from ledger.core.model import MAX_GROUP
from policies.bundle import Bundle
from policies.planning import WHEELCHAIR

Connection = Any


def _services(bundle: Bundle, services: list[ServiceCode]) -> tuple[str, ...]:
    with naming_noes():
        for service in services:
            bundle.service_kind(service)
    return tuple(services)


def _is_of_term(sent: wire.PlanLineIn, before: Line | None) -> bool:
    """Whether the line's money is of a term: a wheelchair's is, for as long as it has to serve, unless years are said. A line that
    goes on stays what it is."""
    if before is not None:
        return before.is_of_term
    if sent.years:
        return [each.year for each in sent.years] == [TERM]
    return (
        sent.services == [WHEELCHAIR] and sent.term_end is not None and sent.management in ("notional", "third_party")
    )


def _years(sent: wire.PlanLineIn, line: Line) -> tuple[tuple[str, int], ...]:
    """Pence by year as said; they lie within the line and add up to its amount."""
    years = tuple((each.year, amount_of(each.amount, "years", is_size=True)) for each in sent.years)
    named = [year for year, _ in years]
    if len(set(named)) != len(named) or not set(named) <= set(years_of(line)):
        raise Problem("years_outside_line", field="years")
    if years and sum(pence for _, pence in years) != line.amount:
        raise Problem("years_differ", field="years")
    return () if line.is_of_term else years


def _size(sent: str | None, field: str) -> int | None:
    return None if sent is None else amount_of(sent, field, is_size=True)


def _saving(bundle: Bundle, sent: wire.SavingIn | None) -> Saving | None:
    if sent is None:
        return None
    return Saving(amount_of(sent.amount, "saving", is_size=True), _services(bundle, [sent.service])[0], sent.until)


def _split(
    sent: wire.PlanLineIn, plan: PlanVersion, funds: Mapping[str, Fund], before: Line | None
) -> tuple[LineShare, ...]:  # fmt: skip
    """Who bears a line when. One that goes on keeps who bore the days before its version."""
    shares = tuple(
        LineShare(each.fund, funds[each.fund].kind, each.weight, each.start, each.end) for each in sent.shares
    )
    if before is None:
        return shares
    try:
        return going_on(before, shares, plan.start)
    except SplitOfBefore as wrong:
        raise Problem(wrong.code, field="shares") from None


def _line(
    bundle: Bundle, sent: wire.PlanLineIn, plan: PlanVersion, funds: Mapping[str, Fund], setup: Setup,
    agreed: Mapping[str, Line],
) -> DraftLine:  # fmt: skip
    """A line as it is drafted; what it names is there, and its dates lie within its plan's."""
    if any(share.fund not in funds for share in sent.shares):
        raise Problem("fund_unknown", field="shares")
    if sent.holder_account is not None and sent.holder_account not in setup.holder_accounts:
        raise Problem("holder_account_unknown", field="holder_account")
    before = None if sent.line is None else agreed.get(sent.line)
    if sent.line is not None and before is None:
        raise Problem("line_not_going_on", field="line")
    amount = amount_of(sent.amount, "amount", is_size=True)
    line = Line(
        line=opaque_ref("L", salt()) if before is None else before.line, person=plan.person, plan=plan.plan,
        version=plan.version, services=_services(bundle, sent.services), management=sent.management,
        amount=amount, years=((TERM, amount),) if _is_of_term(sent, before) else (), start=sent.start, end=sent.end,
        shares=_split(sent, plan, funds, before),
        payees=tuple(code_of(payee, "payees") for payee in sent.payees), holder_account=sent.holder_account,
        instalment=_size(sent.instalment, "instalment"), flexibility=sent.flexibility, interval=sent.interval,
        channel=sent.channel, account_with=sent.account_with,
        unit=sent.unit, rate=_size(sent.rate, "rate"), quantity=_size(sent.quantity, "quantity"),
        indicative=_size(sent.indicative, "indicative"), start_up=_size(sent.start_up, "start_up"),
        owner=sent.owner, term_end=sent.term_end, saving=_saving(bundle, sent.saving),
        contingency=_size(sent.contingency, "contingency"), cost=_size(sent.cost, "cost"),
    )  # fmt: skip
    if before is not None and (before.start, before.management) != (line.start, line.management):
        raise Problem("line_changed_kind", field="line")
    if line.channel == "managed_account" and line.account_with is None:
        raise Problem("account_with_missing", field="account_with")
    if line.rate is not None and not is_amount_of(line.amount, line.rate, line.quantity or 0, line.start_up or 0):
        raise Problem("rate_differs", field="rate")
    begins_before = before is None and line.start < plan.start
    if begins_before or line.end < plan.start or (plan.end is not None and line.end > plan.end):
        raise Problem("line_outside_plan", field="lines")
    drafted = DraftLine(line, sent.title, sent.description, _years(sent, line), sent.working)
    # What is agreed has to be a line with its years too.
    _check_kept(drafted.agreed(), is_new=before is None)
    return drafted


def _check_kept(line: Line, *, is_new: bool) -> None:
    """What a new line keeps for emergencies can be set aside when it is signed, of its first year; what goes on may have carried
    more into a year than it says. An instalment is paid out of the rest."""
    kept = line.contingency or 0
    instalment = line.agreed_instalment or 0
    if kept and (
        line.amount - kept < instalment or (is_new and line.by_year().get(line.year_on(line.start), 0) < kept)
    ):  # fmt: skip
        raise Problem("contingency_too_large", field="contingency")


async def _check_named(connection: Connection, book_id: int, plan: PlanVersion, draft: Draft) -> None:
    """The payees and the years of funds that a draft names are there."""
    named = {payee for each in draft.lines for payee in each.line.payees} | {each.payee for each in plan.connected}
    named |= {each.line.account_with for each in draft.lines if each.line.account_with is not None}
    payees = sorted(named)
    if set(payees) - await which_are_payees(connection, book_id, payees):
        raise Problem("payee_unknown", field="payees")
    codes = sorted({
        account("unallocated", fund=share.fund, year=year).code
        for each in draft.lines for share in each.line.shares for year in years_of(each.line)
    })  # fmt: skip
    if set(codes) - await which_are_open(connection, book_id, codes):
        raise Problem("fund_year_not_open", field="shares")


def version_of_wire(sent: wire.PlanIn, *, plan: str, person: str, version: int) -> PlanVersion:
    """What a version says besides its lines. Malformed."""
    return PlanVersion(
        plan=plan, person=person, version=version, start=sent.start, end=sent.end, agreement=sent.agreement,
        coordinator=None if sent.coordinator is None else code_of(sent.coordinator, "coordinator"),
        needs=tuple(code_of(each, "needs") for each in sent.needs),
        outcomes=tuple(code_of(each, "outcomes") for each in sent.outcomes),
        monitors=tuple(Monitor(each.need, code_of(each.who, "monitors")) for each in sent.monitors),
        first_review=sent.first_review, notice_days=sent.notice_days, risks_on=sent.risks_on,
        risk_procedure=sent.risk_procedure, cost=_size(sent.cost, "cost"),
        enough_by=None if sent.enough_by is None else code_of(sent.enough_by, "enough_by"),
        connected=tuple(
            ConnectedPerson(code_of(each.payee, "connected"), each.necessity) for each in sent.connected
        ),
        notice_on=sent.notice_on if isinstance(sent, wire.VersionIn) else None,
        notice=sent.notice if isinstance(sent, wire.VersionIn) else None,
    )  # fmt: skip


async def drafted(
    request: WireRequest, connection: Connection, book: OpenBook, sent: wire.PlanIn, plan: PlanVersion, setup: Setup,
    now: Standing = NOTHING, *, salted: Callable[[], bytes] = salt,
) -> Draft:  # fmt: skip
    """The draft of a version. Raises the Problem of whatever cannot be signed about it, so that it is said to who drafts it."""
    bundle = await request.desk.books.bundle_in_force(book.row, connection)
    funds = funds_of((await read_rules(connection, book.row.book_id)).funds)
    lines = tuple(_line(bundle, each, plan, funds, setup, now.lines) for each in sent.lines)
    if len({each.line.line for each in lines}) != len(lines):
        raise Problem("line_not_going_on", field="line")
    draft = Draft(sent.title, sent.description, lines)
    await _check_named(connection, book.row.book_id, plan, draft)
    group = signing(plan, draft, drafted=1, funds=funds, effective_on=plan.start, salt=salted, now=now)
    # The decision takes a place in the group as well.
    if len(group) >= MAX_GROUP:
        raise Problem("plan_too_large", field="lines")
    return draft
