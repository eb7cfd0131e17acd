"""Makes up the people of the demo: who they are for reports, how their budget is set up, and what their year holds.

Pure: the same chance and day give the same people.
"""

import random
from datetime import date, timedelta

import msgspec

from api.demo.cast import AGENCIES, Span, staff
from api.demo.direct_years import EVERY_DAYS, FIRST_DAYS, direct_year, third_party_year
from api.demo.notional_years import notional_year, wheelchair_year
from api.demo.rare_years import EXTRA_LINE, rare_notional, trips_year
from api.demo.wishes import Wish
from ledger.budgets.offers import Offer
from ledger.budgets.people import Delegation, Group, person_ref
from ledger.budgets.plans import Line, LineShare, PlanVersion
from ledger.budgets.schedule import Schedule
from ledger.budgets.terms import Monitor, Signature
from ledger.core.calendar import period_days
from ledger.core.model import Asked

PEOPLE = 240
DIRECT_IN_100, THIRD_PARTY_IN_100 = 18, 6
JOINT_EVERY, CONTINUING_EVERY, WHEELCHAIR_EVERY = 5, 4, 30
FEE_IN_100 = 9
SERVICES = (
    ("home_care", "respite"),
    ("personal_assistant", "transport"),
    ("day_activities", "peer_support"),
    ("physiotherapy", "equipment"),
    ("nursing_care", "night_care"),
)
RIGHTS = ("chc", "chc", "s117", "children_cc", "none")
NEEDS, OUTCOMES = ("care.personal", "care.mobility"), ("home.own", "out.weekly")
NOT_READY = ("agreement", "account", "coordinator")
"""What is missing on the first three direct payments, so that the gate has to say no."""


class LinePlan(msgspec.Struct, frozen=True):
    """A line and what each of its years gets, in pence; the contribution that the person pays in, if any; and for a line that is
    paid out its schedule."""

    line: Line
    allocations: tuple[tuple[str, int], ...]
    contributed: int = 0
    schedule: Schedule | None = None

    @property
    def payments(self) -> Schedule:
        """The schedule of a line that is paid out."""
        assert self.schedule is not None
        return self.schedule


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One made-up person, set up and with a year of wishes in order."""

    index: int
    ref: str
    groups: tuple[Group, ...]
    delegation: Delegation
    holder: Asked
    plan: PlanVersion
    lines: tuple[LinePlan, ...]
    account: str | None
    account_approved: bool
    offer: Offer
    wishes: tuple[Wish, ...]


def made_up_people(chance: random.Random, span: Span, many: int = PEOPLE) -> tuple[Person, ...]:
    """So many people with budgets in these twelve months."""
    direct = round(many * DIRECT_IN_100 / 100)
    third = max(1, round(many * THIRD_PARTY_IN_100 / 100))
    kinds = ["direct_payment"] * direct + ["third_party"] * third + ["notional"] * (many - direct - third)
    turns: dict[str, int] = {}
    people = []
    for index, kind in enumerate(kinds):
        turn = turns[kind] = turns.get(kind, -1) + 1
        people.append(_person(chance, span, index, kind, turn))
    return tuple(people)


def _person(chance: random.Random, span: Span, index: int, management: str, turn: int) -> Person:
    ref = person_ref(chance.randbytes(16))
    # Most budgets run all year; every fourth began later.
    late = chance.randrange(60, 200) if index % 4 == 3 else chance.randrange(0, 40)
    start = span.first + timedelta(days=late)
    end = min(start + timedelta(days=364), span.last)
    missing = NOT_READY[turn] if management == "direct_payment" and turn < len(NOT_READY) else None
    plan = _plan(index, ref, start, end, management, missing)
    holder = f"demo.holder.{index:03d}"
    by_carer = index % 3 == 2
    channel = "carer" if by_carer else "self"
    account = f"HOLDER{index:03d}" if management == "direct_payment" else None
    first = _line(chance, plan, index, management, account, AGENCIES[turn % len(AGENCIES)])
    plan = msgspec.structs.replace(plan, cost=first.line.amount)
    lines = [first]
    wishes: list[Wish] = []
    if management == "notional":
        wishes += notional_year(chance, first.line, span, turn)
        wishes += rare_notional(wishes, first.line, turn)
        if turn % WHEELCHAIR_EVERY == 7:
            chair = _wheelchair(plan, index, span)
            lines.append(chair)
            wishes += wheelchair_year(chance, chair.line, span)
    elif management == "direct_payment":
        wishes += direct_year(chance, first.line, first.payments, span, turn, is_ready=missing is None)
        if turn in EXTRA_LINE:
            trips = _trips(plan, index)
            lines.append(trips)
            wishes += trips_year(trips.line)
    else:
        fee = _fee(first, index)
        lines.append(fee)
        both = (first.payments, fee.payments)
        wishes += third_party_year(chance, first.line, fee.line, both, span, turn)
    return Person(
        index=index, ref=ref, groups=_groups(chance, start), plan=plan, lines=tuple(lines), account=account,
        account_approved=missing != "account", offer=_offer(ref, index, start, management),
        holder=Asked("phb-portal", holder, ref if by_carer else None, channel),
        delegation=Delegation(delegation=f"DEL{index:03d}", person=ref, holder=holder, scope="holder", start=start),
        # Sorted by day alone: of one day the order is that in which a year was told.
        wishes=tuple(sorted((wish for wish in wishes if wish.on <= span.as_of), key=lambda wish: wish.on)),
    )  # fmt: skip


def _plan(index: int, ref: str, start: date, end: date, management: str, missing: str | None) -> PlanVersion:
    """Everything that SI 2013/1617 reg 8(4) has a plan say, and both signatures, but for what is left out on purpose."""
    clinician, officer = staff("clinician", index).actor, staff("officer", index + 1).actor
    agreed = management == "direct_payment" and missing != "agreement"
    return PlanVersion(
        plan=f"PLAN{index:03d}", person=ref, version=1, start=start, end=end,
        coordinator=None if missing == "coordinator" else clinician, agreement=agreed,
        agreement_on=start if agreed else None, needs=NEEDS, outcomes=OUTCOMES,
        monitors=tuple(Monitor(need, clinician) for need in NEEDS), first_review=start + timedelta(days=84),
        notice_days=28, risks_on=start, risk_procedure="RISK-PLAN", enough_by=officer,
        signatures=(
            Signature("commissioner", officer, start, "electronic"), Signature("person", ref, start, "paper"),
        ),
    )  # fmt: skip


def _groups(chance: random.Random, start: date) -> tuple[Group, ...]:
    values = {
        "birth_month": f"{chance.randrange(1932, 2018)}-{chance.randrange(1, 13):02d}",
        "sex": chance.choice(("female", "male")),
        "ethnicity": chance.choice("AAAAABCDEFGHJKLMNPRSZ"),
        "deprivation": str(chance.randrange(1, 11)),
        "sub_icb": chance.choice(("92G", "11X", "15N")),
        "right": chance.choice(RIGHTS),
        "requested_on": (start - timedelta(days=chance.randrange(20, 70))).isoformat(),
    }
    return tuple(Group(name, value, start) for name, value in values.items())


def _offer(ref: str, index: int, start: date, management: str) -> Offer:
    """The budget as it was offered, and taken at once or after some time."""
    on = start - timedelta(days=18)
    return Offer(
        offer=f"OFFER{index:03d}", person=ref, on=on, right=RIGHTS[index % len(RIGHTS)], answer="accepted",
        options=("notional", "direct_payment") if management == "notional" else ("notional", "third_party", "direct_payment"),
        answered_on=on + timedelta(days=index % 8),
    )  # fmt: skip


def _line(
    chance: random.Random, plan: PlanVersion, index: int, management: str, account: str | None, agency: str
) -> LinePlan:  # fmt: skip
    yearly = (
        chance.randrange(9_000_00, 26_000_00)
        if management == "direct_payment"
        else chance.randrange(5_500_00, 14_000_00)
    )
    shares: tuple[LineShare, ...]
    if index % JOINT_EVERY == 1:
        shares = (LineShare("nhs", "ring_fenced", 60), LineShare("council", "partner", 40))
    elif index % CONTINUING_EVERY == 0:
        shares = (LineShare("chc", "demand_led", 1),)
    else:
        shares = (LineShare("nhs", "ring_fenced", 1),)
    assert plan.end is not None
    name = f"LINE{index:03d}A"
    schedule = None
    if management == "notional":
        allocations = _by_year(plan.start, plan.end, yearly)
    else:
        schedule = _schedule(plan, name, management, yearly)
        allocations = _by_period(schedule)
    line = Line(
        line=name, person=plan.person, plan=plan.plan, version=1, services=SERVICES[index % len(SERVICES)],
        management=management, amount=sum(amount for _, amount in allocations), start=plan.start, end=plan.end,
        shares=shares, holder_account=account, instalment=None if schedule is None else schedule.amount, years=allocations,
        interval=None if schedule is None else schedule.frequency, channel=None if account is None else "own_account",
        payees=(agency,) if management == "third_party" else (),
        cost=sum(amount for _, amount in allocations) if account is not None else None,
    )  # fmt: skip
    return LinePlan(line, allocations, schedule=schedule)


def _schedule(plan: PlanVersion, line: str, management: str, yearly: int) -> Schedule:
    """A direct payment comes every four weeks, what a third party holds every quarter; in whole pounds."""
    is_direct = management == "direct_payment"
    assert plan.end is not None
    return Schedule(
        line=line, person=plan.person, end=plan.end, frequency="four_weekly" if is_direct else "quarterly",
        start=plan.start + timedelta(days=FIRST_DAYS if is_direct else 0),
        amount=yearly * EVERY_DAYS // 36500 * 100 if is_direct else yearly // 400 * 100,
    )  # fmt: skip


def _by_year(start: date, end: date, yearly: int) -> tuple[tuple[str, int], ...]:
    """What each financial year of a line gets, in whole pounds, by its days."""
    found = []
    for first_year in range(start.year - 1, end.year + 1):
        year = f"{first_year:04d}-{(first_year + 1) % 100:02d}"
        first, last = period_days(year)
        days = (min(last, end) - max(first, start)).days + 1
        if days > 0:
            found.append((year, max(1, yearly * days // 36500) * 100))
    return tuple(found)


def _by_period(schedule: Schedule) -> tuple[tuple[str, int], ...]:
    """What each financial year of a line that is paid out gets: its parts of the periods."""
    sums: dict[str, int] = {}
    for period in schedule.periods():
        for year, amount in period.parts:
            sums[year] = sums.get(year, 0) + amount
    return tuple(sums.items())


def _fee(care: LinePlan, index: int) -> LinePlan:
    """What the third party takes for holding the money: nine in a hundred of what it holds, paid as the care is."""
    schedule = msgspec.structs.replace(
        care.payments, line=f"LINE{index:03d}B", amount=(care.payments.amount or 0) * FEE_IN_100 // 100
    )
    allocations = _by_period(schedule)
    line = msgspec.structs.replace(
        care.line, line=schedule.line, services=("managed_account",), amount=sum(amount for _, amount in allocations),
        instalment=schedule.amount, years=allocations,
    )  # fmt: skip
    return LinePlan(line, allocations, schedule=schedule)


def _trips(plan: PlanVersion, index: int) -> LinePlan:
    """A line of trips and things that the commissioner pays, beside a direct payment."""
    assert plan.end is not None
    allocations = _by_year(plan.start, plan.end, 1_200_00)
    line = Line(
        line=f"LINE{index:03d}B", person=plan.person, plan=plan.plan, version=1, services=("transport", "equipment"),
        management="notional", amount=sum(amount for _, amount in allocations), start=plan.start, end=plan.end,
        shares=(LineShare("nhs", "ring_fenced", 1),), years=allocations,
    )  # fmt: skip
    return LinePlan(line, allocations)


def _wheelchair(plan: PlanVersion, index: int, span: Span) -> LinePlan:
    """A chair of £2,400 of which the person pays £400, within one year."""
    year = span.years[-1]
    assert plan.end is not None
    line = Line(
        line=f"LINE{index:03d}B", person=plan.person, plan=plan.plan, version=1, services=("wheelchair",),
        management="notional", amount=2_400_00, start=max(plan.start, period_days(year)[0]), end=plan.end,
        shares=(LineShare("nhs", "ring_fenced", 5), LineShare("own", "contribution", 1)),
    )  # fmt: skip
    return LinePlan(line, ((year, 2_000_00),), contributed=400_00)
