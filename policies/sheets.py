"""Fills in the sheet of facts from what was read of a budget: the one place where registers and balances become facts.

Nothing is decided here. What does not exist at all is said before there is a sheet: an unknown person, line or service is not a
matter of policy.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import msgspec

from ledger.budgets.payees import Payee
from ledger.budgets.plans import Line, PlanVersion
from ledger.budgets.pricing import check_priced
from ledger.budgets.reading import Setup, money_of, payee_state, setup_of
from ledger.budgets.schedule import begun, scaled
from ledger.budgets.scheduled import periods_from
from ledger.budgets.standing import Facts, Said, Standing
from ledger.core.calendar import year_of
from ledger.core.model import Malformed, check_code, check_size
from ledger.money import MAX_PENCE
from policies.bundle import Bundle, Limits
from policies.conditions import Terms, terms_of
from policies.consenting import (
    confirmed_at_sixteen,
    confirmed_since_capacity,
    confirmed_since_loss,
    consented_by,
    excluded_on,
    sixteen_from,
)
from policies.facts import Act, PayeeState, Sheet
from policies.planned import planned
from policies.relying import is_answer_to, of_act, relied_on
from policies.review_tiers import review_days

PAYEE_STATES: dict[str, PayeeState] = {
    "registered": "pending", "approved": "approved", "barred": "barred", "returned": "pending",
}  # fmt: skip
LAST_DAY = date(9998, 12, 31)
"""Nothing is asked for a later day: days are counted on from it, and the calendar ends a year later."""


class NotThere(LookupError):
    """What was asked about does not exist for this person. `code` says what: person_unknown, line_unknown, ask_unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody asks the gate for: an amount in pence on one line of one person, for one service, to one payee.

    `own_limit` is up to how many pence an officer orders by themselves, None where nothing limits it;
    `period` is the first day of the period of the line's schedule that an instalment is for; `relies_on` the number of an earlier
    answer or approval; `debt_for` the service that a debt to be repaid is for;
    `over_order` what an invoice asks for beyond its open order, `over_rate` and `over_quantity` by how many percent it has a higher
    rate or more units; `rate` is pence a unit and `quantity` hundredths of units of what is ordered; `under` is the decision
    behind the order that an invoice is for, `under_approval` that it is an officer's, whose conditions count, and `lacking`
    what that order does not keep for it; `illegible` says that nobody can read the evidence, `claimed_before` that the same was
    accepted before, `lost` how much of a quarter's spending, with `lost_percent`, has none that can be read; `money_gone` says
    that the care was delivered or the money spent, on the day `spent_on`
    where its paper says one; `asked_on` is the day on which it is asked, where that is not the gate's
    today but a day of a past that is made up and loaded; `holder` is who asks when it is a holder, whose delegation must name
    one of `scopes`."""

    act: Act
    person: str
    line: str
    service: str
    amount: int
    effective_on: date
    payee: str | None = None
    care_from: date | None = None
    care_to: date | None = None
    period: date | None = None
    relies_on: int = 0
    own_limit: int | None = None
    under: int = 0
    under_approval: bool = False
    lacking: int = 0
    money_gone: bool = False
    spent_on: date | None = None
    debt_for: str | None = None
    over_order: int = 0
    over_rate: int = 0
    over_quantity: int = 0
    rate: int | None = None
    quantity: int | None = None
    illegible: bool = False
    claimed_before: bool = False
    lost: int = 0
    lost_percent: int = 0
    asked_on: date | None = None
    holder: str | None = None
    scopes: frozenset[str] = frozenset(("holder", "spend"))

    @property
    def leans_on(self) -> int:
        """The answer or approval that has to be looked up for it, by its number; 0 where there is none."""
        return self.relies_on or (self.under if self.under_approval else 0)

    def __post_init__(self) -> None:
        check_size(self.amount, "amount")
        check_priced(self.rate, self.quantity)
        for field in ("person", "line", "service"):
            check_code(getattr(self, field), field)
        if self.payee is not None:
            check_code(self.payee, "payee")
        if (self.care_from is None) != (self.care_to is None) or (
            self.care_from is not None and self.care_to is not None and self.care_to < self.care_from
        ):
            raise Malformed("dates_malformed", "care_to")
        for field in ("effective_on", "care_to"):
            day = getattr(self, field)
            if day is not None and day > LAST_DAY:
                raise Malformed("dates_malformed", field)


class NotDelegated(PermissionError):
    """The holder may see this budget, and not do this with it."""

    code = "delegation_too_narrow"


class Asked(msgspec.Struct, frozen=True):
    """The sheet, and what it was filled in from. `parts` says of which financial years an instalment is, where that is not the
    year of its accounting day alone: (year, pence)."""

    sheet: Sheet
    setup: Setup
    line: Line
    plan: PlanVersion | None
    parts: tuple[tuple[str, int], ...] = ()


def check_delegated(setup: Setup, holder: str | None, today: date, scopes: frozenset[str]) -> None:
    """Whether the person exists and, for a holder, whether a delegation of today lets them. A budget that is another's looks as
    if it did not exist. Raises NotThere(person_unknown), NotDelegated."""
    if not setup.registered:
        raise NotThere("person_unknown")
    if holder is not None:
        has = setup.scopes_of(holder, today)
        if not has:
            raise NotThere("person_unknown")
        if not has & scopes:
            raise NotDelegated


def fill(wanted: Wanted, facts: Facts, bundle: Bundle, book: str, today: date) -> Asked:
    """The sheet of a request. Raises NotThere, NotDelegated, ServiceUnknown, and LimitNotSet."""
    standing, setup = facts.standing, setup_of(facts.standing.said)
    check_delegated(setup, wanted.holder, today, wanted.scopes)
    if wanted.line not in setup.lines:
        raise NotThere("line_unknown")
    line, line_act = setup.lines[wanted.line]
    found = setup.plan_on(line, wanted.effective_on)
    plan, plan_act = found if found is not None else (None, "drafted")
    kind = bundle.service_kind(wanted.service)
    limits = bundle.limits_on(book, wanted.effective_on)
    named = period_named(wanted, facts, line)
    day, (care_from, care_to) = wanted.effective_on, named.care or (wanted.care_from, wanted.care_to)
    payee, payee_act = payee_state(facts.payee.said)
    _check_relied_on(wanted, facts.ask)
    sheet = Sheet(
        act=wanted.act,
        money_gone=wanted.money_gone or wanted.act == "evidence",
        management=line.management,  # type: ignore[arg-type]
        # Care is meant, where its days are said: an invoice that comes later than a death is for care before or after it.
        person_alive=setup.died_on is None or (care_to or day) <= setup.died_on,
        **_permitted(wanted, setup, standing, care_to or day),
        agreement_signed=plan is not None and plan.agreement,
        has_coordinator=plan is not None and plan.coordinator is not None,
        plan_signed=plan_act != "drafted",
        plan_in_force=plan is not None and plan_act in ("signed", "resumed") and _covers(plan, day, day),
        care_in_plan=plan is not None and _covers(plan, care_from or day, care_to or day),
        line_active=line_act in ("agreed", "resumed") and line.start <= day <= line.end,
        service=wanted.service,
        service_kind=kind,
        **planned(wanted.service, wanted.debt_for, setup, line, bundle),
        service_left_out_here=wanted.service in bundle.services_left_out(book, day),
        payee_state=_payee_state(wanted, setup, line, payee, payee_act, care_to or wanted.spent_on or day),
        **_paid_into(wanted, setup, line, day, standing),
        **_about_payee(wanted, setup, plan, payee),
        amount_pence=wanted.amount,
        left_pence=_left(wanted, line, standing.balances, named.parts or ((line.year_on(day), wanted.amount),)),
        agreed_instalment_pence=(line.agreed_instalment or 0) if named.agreed is None else named.agreed,
        period_in_schedule=named.in_schedule,
        period_met_before=named.met_before,
        instalment_in_interval=named.in_interval,
        limit_single_pence=limits.single_pence
        if wanted.own_limit is None
        else min(limits.single_pence, wanted.own_limit),
        service_30_days_pence=max(0, standing.used_30_days(wanted.service, day)),
        limit_30_days_pence=limits.service_30_days_pence,
        **_against_order(wanted, limits),
        **_relied_on(wanted, facts, today),
        confirmed_at_sixteen=confirmed_at_sixteen(standing, setup, day),
        confirmed_since_capacity=confirmed_since_capacity(setup, day) and confirmed_since_loss(setup, day),
        **_looked_after(wanted, setup, line, plan, limits),
        **_approved_as(wanted, facts, today),
    )
    return Asked(sheet, setup, line, plan, named.parts)


def _permitted(wanted: Wanted, setup: Setup, standing: Standing, last_day: date) -> dict[str, bool]:
    """Whether the law permits a direct payment to the person. What was lawful when it was spent stays so: consent that is withdrawn
    binds what is still to be paid (reg 17(1))."""
    if not wanted.money_gone and wanted.act != "evidence":
        return {"consent_given": setup.consent, "excluded_by_schedule": setup.excluded}
    spent_on = wanted.spent_on or last_day
    return {"consent_given": consented_by(standing, spent_on), "excluded_by_schedule": excluded_on(standing, spent_on)}


def _paid_into(wanted: Wanted, setup: Setup, line: Line, day: date, standing: Standing) -> dict[str, bool]:
    """About the account that an instalment goes into."""
    approved = setup.holder_accounts.get(line.holder_account or "") == "approved"
    if wanted.act != "instalment" or line.holder_account is None:
        return {"payee_account_approved": approved, "account_changed": False, "paid_to_child": False}
    usable, sixteen = setup.usable_from.get(line.holder_account), sixteen_from(standing)
    is_own = setup.held_by.get(line.holder_account) == "person"
    return {
        "payee_account_approved": approved,
        "account_changed": usable is not None and day < usable,
        "paid_to_child": is_own and sixteen is not None and day < sixteen,
    }


def _about_payee(wanted: Wanted, setup: Setup, plan: PlanVersion | None, payee: Payee | None) -> dict[str, bool]:
    """What is known of whom the money is for, and what the plan says of them."""
    named = plan is not None and any(
        each.payee == wanted.payee and each.necessity is not None for each in plan.connected
    )
    return {
        "payee_connected": _is_connected(wanted, setup, plan), "payee_named_in_plan": named,
        "regulated_activity": payee is not None and payee.regulated is True and not _is_to_look_up(payee),
        "provider_registered": payee is not None and payee.cqc is True,
        "directly_employed": payee is not None and payee.direct_employee is True,
    }  # fmt: skip


def _is_connected(wanted: Wanted, setup: Setup, plan: PlanVersion | None) -> bool:
    """Whether the payee is of the person's household: the register or the plan says so."""
    if wanted.payee is None:
        return False
    named = plan is not None and any(each.payee == wanted.payee for each in plan.connected)
    return named or wanted.payee in setup.connected_payees


def _looked_after(
    wanted: Wanted, setup: Setup, line: Line, plan: PlanVersion | None, limits: Limits
) -> dict[str, Any]:  # fmt: skip
    """What the commissioner and the holder still owe each other, where a payment is made or evidence given for one."""
    due, is_tier_due = None, False
    if wanted.act == "instalment":
        due = setup.reviewed.due(plan.first_review if plan is not None else None)
    if wanted.act == "instalment" and plan is not None:
        within = review_days(setup, line, plan, limits, wanted.effective_on)
        since = (wanted.effective_on - (setup.reviewed.held_on or plan.start)).days
        is_tier_due = within is not None and since > within
    over = wanted.lost > limits.lost_receipts_pence and wanted.lost_percent > limits.lost_receipts_percent
    return {
        "evidence_illegible": wanted.illegible,
        "receipts_lost": over,
        "claimed_before": wanted.claimed_before,
        "review_overdue": due is not None and due < wanted.effective_on,
        "tier_review_due": is_tier_due,
        "returns_reminded": setup.reviewed.reminders if wanted.act == "instalment" else 0,
        "limit_returns_reminded": limits.returns_reminded_count,
    }


def _relied_on(wanted: Wanted, facts: Facts, today: date) -> dict[str, Any]:
    # An older accounting day makes no answer younger; and what was bought was bought on the day of its paper, however late it is
    # claimed.
    day = max(wanted.effective_on, wanted.asked_on or today)
    if wanted.money_gone and wanted.spent_on is not None:
        day = wanted.spent_on
    relies = wanted.act in ("spend", "evidence") and wanted.relies_on > 0
    return relied_on(
        facts, payee=wanted.payee, amount=wanted.amount, day=day, relies=relies, own_limit=wanted.own_limit
    )  # fmt: skip


def _check_relied_on(wanted: Wanted, ask: Said | None) -> None:
    if wanted.relies_on and not is_answer_to(ask, line=wanted.line, service=wanted.service, payee=wanted.payee):
        raise NotThere("ask_unknown")


def _approved_as(wanted: Wanted, facts: Facts, today: date) -> dict[str, Any]:
    """What the conditions of approvals say of this: of the one that it relies on or whose order an invoice is for, and of others
    where the same is bought again or evidence was to come."""
    approval = of_act(facts.ask, is_approval=True)
    terms = terms_of(approval.attributes) if approval is not None else Terms()
    day = max(wanted.effective_on, wanted.asked_on or today)
    bought_on = wanted.spent_on if wanted.relies_on else None
    used_on = (wanted.care_to or bought_on or wanted.effective_on) if wanted.money_gone else day
    # What has been bought was bought on the day of its care or paper, however late it is told.
    bought = wanted.care_to or wanted.spent_on or wanted.effective_on if wanted.money_gone else day
    if wanted.act == "evidence":
        used_on = wanted.spent_on or used_on
    again = overdue = False
    buys = wanted.act == "spend" and not wanted.under
    for other in facts.standing.conditions:
        if other.given.get("line") != wanted.line:
            continue
        theirs, is_same = terms_of(other.given), other.given.get("service") == wanted.service
        is_own = approval is not None and other.given.get("of") == approval.attributes["of"]
        # What is bought on an approval is what it was given for, once; of what was spent on none nobody knows that it is the same.
        counts = (buys and not (is_own and not facts.used)) or (wanted.act == "evidence" and is_own and facts.used > 0)
        again |= counts and is_same and theirs.not_again is not None and bought <= theirs.not_again
        overdue |= not other.met and theirs.evidence_due is not None and theirs.evidence_due < day
    more = wanted.lacking if wanted.under else wanted.amount
    return {
        "approval_used_pence": min(facts.used + more, MAX_PENCE) if terms.amount_cap is not None else 0,
        "approval_cap_pence": terms.amount_cap or 0,
        "approval_other_payee": terms.payee_only not in (None, wanted.payee),
        "approval_past_day": terms.use_by is not None and used_on > terms.use_by, "approval_bought_again": again,
        "approval_evidence_overdue": overdue and not wanted.money_gone,
    }  # fmt: skip


def _against_order(wanted: Wanted, limits: Limits) -> dict[str, Any]:
    return {
        "over_order_pence": wanted.over_order, "limit_over_order_pence": limits.invoice_over_order_pence,
        "over_rate_percent": max(wanted.over_rate, wanted.over_quantity),
        "limit_over_rate_percent": limits.invoice_over_rate_percent,
    }  # fmt: skip


class PeriodNamed(NamedTuple):
    """The period that an instalment is for, as the facts need it: pence agreed (None where the line has no schedule), the days it
    covers, and its parts by financial year where they are not just that of the accounting day; of a line without a schedule,
    whether the plan's interval permits it."""

    agreed: int | None = None
    in_schedule: bool = True
    met_before: bool = False
    in_interval: bool = True
    care: tuple[date, date] | None = None
    parts: tuple[tuple[str, int], ...] = ()


def period_named(wanted: Wanted, facts: Facts, line: Line) -> PeriodNamed:
    """What the line's schedule says of the period that is named; of a line without one, whether its plan's interval permits another
    instalment on the accounting day. NotThere(period_unknown) for a period of a line without a schedule."""
    read = periods_from(facts.periods) if facts.periods is not None else None
    if read is None or wanted.line not in read.lines():
        if wanted.period is not None:
            raise NotThere("period_unknown")
        interval = "once" if line.management == "one_off" else line.interval
        if read is None or interval is None:
            return PeriodNamed()
        permitted = begun(interval, line.start, wanted.effective_on)
        return PeriodNamed(in_interval=not permitted or read.instalments_of(wanted.line) < permitted)
    state = next((each for each in read.states_of(wanted.line) if each.period.first == wanted.period), None)
    if state is None:
        # Of what the schedule does not have nothing is agreed, and one reason is enough.
        return PeriodNamed(agreed=wanted.amount, in_schedule=False)
    parts = scaled(wanted.amount, state.period)
    return PeriodNamed(
        agreed=wanted.amount if state.is_met else state.left,
        met_before=state.is_met,
        care=(state.period.first, state.period.last),
        parts=() if parts == ((year_of(wanted.effective_on), wanted.amount),) else parts,
    )


def _is_to_look_up(payee: Payee | None) -> bool:
    """Whether they need registration and nobody has said if they have it: that is an enquiry to make and no offence (reg 11(2))."""
    return payee is not None and payee.regulated is True and payee.cqc is None and payee.direct_employee is not True


def _payee_state(
    wanted: Wanted, setup: Setup, line: Line, payee: Payee | None, act: str, cared_on: date
) -> PayeeState:  # fmt: skip
    """How the payee stands for this person and line on the last day of the care; `act` is the last word on them in the register."""
    if wanted.payee in setup.barred_payees:
        return "barred"
    if wanted.payee is None:
        # Nobody is named where nobody has to be: an instalment goes to the holder's account, and so does what they laid out.
        return "approved" if wanted.act != "spend" or wanted.money_gone else "unknown"
    state = PAYEE_STATES.get(act, "unknown")
    if state == "approved" and line.payees and wanted.payee not in line.payees:
        return "unknown"
    if state == "approved" and payee is not None and payee.lapsed_on(cared_on):
        return "lapsed"
    return "pending" if state == "approved" and _is_to_look_up(payee) else state


def _left(wanted: Wanted, line: Line, balances: Mapping[str, int], parts: Sequence[tuple[str, int]]) -> int:
    """What may still be taken: of what is advanced for evidence; for a purchase from a line that is paid out, of the money with
    the holder as well; else of what is available in the financial year of the accounting day, whose shares are to bear it. For a
    purchase it is the number that is shown for that day as left to spend. An instalment of two years has of each no more than its
    part, unless each has enough."""
    left = [(_available(line, balances, year), part) for year, part in parts]
    if len(parts) > 1:
        fits = all(available >= part for available, part in left)
        return sum(available if fits else min(available, part) for available, part in left)
    year = parts[0][0]
    if wanted.act == "evidence":
        return money_of(line, balances, year).of("advanced")
    if wanted.act == "spend" and not line.is_kept:
        return money_of(line, balances, year).left_to_spend
    # The same as its left_to_spend, without adding up the rest: this is asked for every order.
    return left[0][0]


def _available(line: Line, balances: Mapping[str, int], year: str) -> int:
    return sum(balances.get(f"share/{line.line}/{share.fund}/{year}/available", 0) for share in line.bearers)


def _covers(plan: PlanVersion, first: date, last: date) -> bool:
    return plan.start <= first and (plan.end is None or last <= plan.end)
