"""The facts of a signature: each is what the plan, its lines and the calendar say on the day of signing."""

from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from ledger.budgets.drafts import Draft, DraftLine, Standing, signing, without_contribution
from ledger.budgets.funds import Fund
from ledger.budgets.plans import Line, LineShare, PlanVersion
from ledger.budgets.reading import Setup
from ledger.budgets.shares import Share
from ledger.budgets.splits import agreed_contribution
from ledger.budgets.terms import ConnectedPerson, Monitor, Signature
from ledger.core.model import Malformed
from ledger.core.requests import Record
from policies.planning import Told, cuts, months_after, signing_sheet

START, DAY, END = date(2025, 4, 1), date(2025, 6, 2), date(2026, 3, 31)
NOBODY = Setup(True, None, True, False, {}, {}, {}, frozenset(), ())
PLAN = PlanVersion(
    plan="P", person="X", version=1, start=START, coordinator="C1", agreement=True, agreement_on=START, needs=("N1",),
    outcomes=("O1",), monitors=(Monitor("N1", "C1"),), first_review=date(2025, 7, 1), notice_days=28, cost=1_000_00,
    enough_by="olga", risks_on=START, risk_procedure="K1",
    signatures=(Signature("commissioner", "olga", DAY, "paper"), Signature("representative", "R1", DAY, "paper")),
)  # fmt: skip
LINE = Line(
    line="L", person="X", plan="P", version=1, services=("home_care",), management="direct_payment", amount=1_000_00,
    start=START, end=END, shares=(LineShare("nhs", "ring_fenced", 1),), holder_account="H1", instalment=100_00,
    interval="monthly",
)  # fmt: skip


def line(**changes: Any) -> Line:
    """The line with these changes; a one-off payment has neither instalment nor interval."""
    if changes.get("management") == "one_off":
        changes |= {"instalment": None, "interval": None}
    return msgspec.structs.replace(LINE, **changes)


def facts(
    plan: PlanVersion = PLAN, *lines: Line, now: Standing | None = None, setup: Setup = NOBODY, **changes: Any
) -> Any:
    """The sheet on the day of these tests, of one line unless others are given."""
    version = msgspec.structs.replace(plan, **changes)
    return signing_sheet(setup, version, lines or (LINE,), now or Standing(), DAY)


def test_who_is_excluded_when_a_plan_is_signed_is_seen() -> None:
    """Reg 3(3)(c): the day on which it is known counts, and not that of the first payment."""
    assert facts().schedule_allows
    assert not facts(setup=msgspec.structs.replace(NOBODY, excluded=True)).schedule_allows


@pytest.mark.parametrize("since", [
    {"consent": False}, {"capacity_lost_on": DAY}, {"capacity_found_on": DAY},
])  # fmt: skip
def test_consent_is_on_record_when_a_plan_is_signed(since: dict[str, Any]) -> None:
    """Reg 3 to 5: given, and given anew since capacity was lost or regained."""
    assert facts().consent_given
    lacking = msgspec.structs.replace(NOBODY, **since)
    assert not facts(setup=lacking).consent_given
    given = msgspec.structs.replace(lacking, consent=True, consented_on=DAY)
    assert facts(setup=given).consent_given


@pytest.mark.parametrize(
    ("fact", "changes"),
    [
        ("agreement_signed", {"agreement": False}),
        ("agreement_signed", {"agreement_on": None}),
        ("agreement_signed", {"agreement_on": DAY + timedelta(days=1)}),
        ("holder_signed", {"signatures": PLAN.signatures[:1]}),
        ("holder_signed", {"signatures": (Signature("person", "X", DAY + timedelta(days=1), "paper"),)}),
        ("commissioner_signed", {"signatures": PLAN.signatures[1:]}),
        ("has_needs_and_outcomes", {"needs": ()}),
        ("has_needs_and_outcomes", {"outcomes": ()}),
        ("needs_monitored", {"needs": ("N1", "N2")}),
        ("has_coordinator", {"coordinator": None}),
        ("has_review", {"first_review": None}),
        ("review_in_time", {"first_review": date(2025, 7, 2)}),
        ("has_notice_period", {"notice_days": None}),
        ("enough_confirmed", {"enough_by": None}),
        ("risks_agreed", {"risks_on": None}),
        ("risks_agreed", {"risks_on": DAY + timedelta(days=1)}),
        ("risks_agreed", {"risk_procedure": None}),
        ("connected_necessary", {"connected": (ConnectedPerson("P7"),)}),
    ],
)
def test_what_the_plan_lacks_is_a_fact_of_its_own(fact: str, changes: dict[str, Any]) -> None:
    """True of the plan in order, false without it; a signature of tomorrow is none today."""
    assert getattr(facts(), fact) is True
    assert getattr(facts(**changes), fact) is False


def test_amounts_and_intervals_are_asked_of_regular_payments() -> None:
    """Either of the two missing is missing; a one-off payment is of the whole amount, once."""
    assert facts(PLAN, line(interval=None)).has_amounts_and_intervals is False
    assert facts(PLAN, line(instalment=None)).has_amounts_and_intervals is False
    one_off = facts(PLAN, line(management="one_off"))
    assert (one_off.has_amounts_and_intervals, one_off.direct_payment) == (True, True)
    assert facts(PLAN, line(management="notional", holder_account=None, instalment=None)).direct_payment is False


def test_the_first_review_is_within_three_months_and_a_later_one_within_twelve() -> None:
    """A month that is shorter ends earlier; a plan that had direct payments before has had its first review."""
    assert [months_after(date(2025, 11, 30), each) for each in (3, 12)] == [date(2026, 2, 28), date(2026, 11, 30)]
    assert months_after(date(2027, 11, 29), 3) == date(2028, 2, 29)
    before = Standing({"L": LINE})
    assert facts(now=before, first_review=date(2026, 4, 1)).review_in_time is True
    assert facts(now=before, first_review=date(2026, 4, 2)).review_in_time is False


def test_what_is_cut_and_with_how_much_notice() -> None:
    """Less than before is a cut, so is an end before the last day; a line whose time is up is not cut. The notice is counted to the
    day, and the period is that of the version that is signed."""
    over = line(line="O", end=date(2025, 5, 31), amount=150_00)
    now = {"L": LINE, "M": line(line="M", amount=300_00), "O": over}
    assert cuts(now, [line(amount=900_00)], DAY) == {"L": 100_00, "M": 300_00}
    signed = msgspec.structs.replace(PLAN, notice_days=14)
    setup = msgspec.structs.replace(NOBODY, plans={"P": [(signed, "signed")]})
    version = msgspec.structs.replace(PLAN, version=2)
    told = Told(said_on=date(2025, 5, 19))
    found = signing_sheet(setup, version, (line(amount=900_00),), Standing(now), DAY, told)
    assert (found.cut_pence, found.cuts_direct_payment) == (400_00, True)
    assert (found.notice_given_days, found.notice_needed_days) == (14, 14)
    assert facts().notice_given_days == -1


@pytest.mark.parametrize(
    ("before", "after", "pence"),
    [
        ((100_00, "monthly"), (10_00, "monthly"), 1_080_00),
        ((100_00, "four_weekly"), (100_00, "quarterly"), 900_00),
        ((100_00, "monthly"), (99_99, "monthly"), 12),
        ((100_00, "monthly"), (100_00, "four_weekly"), 0),
        ((100_00, "four_weekly"), (108_33, "monthly"), 0),
        ((100_00, "four_weekly"), (108_32, "monthly"), 16),
        ((100_00, "four_weekly"), (325_00, "quarterly"), 0),
        ((100_00, "monthly"), (200_00, "monthly"), 0),
        ((100_00, None), (10_00, "monthly"), 0),
        ((100_00, "once"), (10_00, "monthly"), 0),
        ((None, "monthly"), (10_00, "monthly"), 0),
        ((100_00, "monthly"), (None, "monthly"), 0),
    ],
)
def test_a_lower_rate_of_payment_is_a_cut(before: tuple[Any, Any], after: tuple[Any, Any], pence: int) -> None:
    """Reg 13(5): of the same amount, less at a time or less often, by the pence of a year; what rounding takes is none."""
    was, comes = (line(instalment=each, interval=interval) for each, interval in (before, after))
    assert cuts({"L": was}, [comes], DAY) == ({"L": pence} if pence else {})
    found = signing_sheet(NOBODY, PLAN, (comes,), Standing({"L": was}), DAY)
    assert (found.cuts_direct_payment, found.cut_pence) == (pence > 0, pence)


def test_each_direct_payment_is_enough_for_its_own_care() -> None:
    """Reg 13(1): what a notional line has beside it covers nothing; a cost that is not said is, where the plan has other lines."""
    notional = line(
        line="N", management="notional", holder_account=None, instalment=None, interval=None, amount=2_000_00
    )
    small = line(amount=100_00, instalment=10_00)
    for cost, short, unsaid in ((1_000_00, 900_00, 0), (100_00, 0, 0), (100_01, 1, 0), (None, 0, 1)):
        found = facts(PLAN, msgspec.structs.replace(small, cost=cost), notional, cost=2_000_00)
        assert (found.short_pence, found.uncosted_lines) == (short, unsaid)
    alone = facts(PLAN, small)
    assert (alone.short_pence, alone.uncosted_lines, alone.unpaid_pence) == (0, 0, 0)
    assert facts(PLAN, msgspec.structs.replace(notional, cost=9_000_00), notional).short_pence == 0


@pytest.mark.parametrize(
    ("changes", "unpaid"),
    [
        ({"instalment": 10_00}, 880_00), ({"instalment": 83_33}, 0), ({"instalment": 83_32}, 16), ({"instalment": 84_00}, 0),
        ({"instalment": 10_00, "start_up": 880_00}, 0), ({"instalment": 10_00, "contingency": 800_00}, 80_00),
        ({"instalment": 250_00, "interval": "quarterly"}, 0), ({"instalment": 71_43, "interval": "four_weekly"}, 0),
        ({"instalment": 10_00, "interval": None}, 0), ({"instalment": None}, 0), ({"management": "one_off"}, 0),
    ],
)  # fmt: skip
def test_the_instalments_of_a_line_come_to_its_amount(changes: dict[str, Any], unpaid: int) -> None:
    """Twelve of £10 leave £880 of £1,000, which is not paid to anybody; what starts things off or is kept, and rounding, may."""
    assert facts(PLAN, line(**changes)).unpaid_pence == unpaid


def test_of_a_line_that_goes_on_what_was_paid_and_is_to_come_make_the_amount() -> None:
    """Three payments of £100 were due by the day, and nine of £66.67 are to come: £900.03. What was paid ahead counts as well."""
    for instalment, unpaid in ((66_67, 0), (66_66, 0), (60_00, 60_00)):
        later = line(instalment=instalment, amount=900_00)
        found = facts(PLAN, later, now=Standing({"L": line()}))
        assert found.unpaid_pence == unpaid
    ahead = Standing({"L": line()}, {"share/L/nhs/2025-26/advanced": 300_00, "share/L/nhs/2025-26/spent": 60_00})
    assert facts(PLAN, line(instalment=60_00, amount=900_00), now=ahead).unpaid_pence == 0


def test_a_one_off_payment_is_counted_with_the_other_direct_payments_of_its_year() -> None:
    """In its financial year, of this plan and others; one that has ended counts if it was paid from, and notional lines never."""
    one_off = line(line="A", management="one_off", services=("home_care", "respite"))
    others = {
        "B": (line(line="B", plan="Q"), "agreed"),
        "C": (line(line="C", plan="Q", start=date(2026, 4, 1), end=date(2027, 3, 31)), "agreed"),
        "D": (line(line="D"), "ended"), "E": (line(line="E"), "ended"),
        "F": (line(line="F", management="notional", holder_account=None, instalment=None, interval=None), "agreed"),
    }  # fmt: skip
    setup = msgspec.structs.replace(NOBODY, lines=others)
    found = facts(PLAN, one_off, setup=setup, now=Standing(balances={"share/D/nhs/2025-26/spent": 5}))
    assert (found.one_off_items, found.one_off_others) == (2, 2)
    assert facts(PLAN, one_off).one_off_others == 0
    assert (facts().one_off_items, facts().one_off_others) == (0, 0)


def test_the_funds_give_their_part_of_a_line_that_the_person_contributes_to() -> None:
    """£2,400 at five to one: £2,000 of the fund, £400 of the person; a cut takes in the same way. A fund has to bear some."""

    def share(fund: str, kind: str, weight: int) -> Share:
        return Share(line="W", fund=fund, year="2025-26", person="X", kind=kind, weight=weight)

    nhs, own = share("nhs", "ring_fenced", 5), share("own", "contribution", 1)
    assert without_contribution(2_400_00, (nhs, own)) == (2_000_00, (nhs,))
    assert without_contribution(-10_01, (nhs, own)) == (-8_34, (nhs,))
    assert without_contribution(7, (nhs,)) == (7, (nhs,))
    with pytest.raises(Malformed):
        without_contribution(7, (own,))
    chair = line(management="notional", holder_account=None, instalment=None, interval=None, amount=2_400_00,
                 shares=(LineShare("nhs", "ring_fenced", 5), LineShare("own", "contribution", 1)))  # fmt: skip
    assert agreed_contribution(chair, "own") == 400_00


def test_a_contribution_towards_nhs_care_is_a_fact_unless_it_is_for_a_wheelchair() -> None:
    """NHS money mixed with the person's own is counted, once a line; a council's own line and a wheelchair are not."""
    plain: dict[str, Any] = {"management": "notional", "holder_account": None, "instalment": None, "interval": None}
    own, nhs = LineShare("own", "contribution", 1), LineShare("nhs", "demand_led", 5)
    mixed = line(**plain, shares=(nhs, own))
    chair = line(**plain, shares=(nhs, own), services=("wheelchair",))
    both = line(**plain, shares=(nhs, own), services=("wheelchair", "home_care"))
    council = line(**plain, shares=(LineShare("council", "partner", 5), own))
    assert [facts(PLAN, each).charged_lines for each in (mixed, chair, both, council, LINE)] == [1, 0, 1, 0, 0]
    assert facts(PLAN, mixed, both, chair).charged_lines == 2


def test_a_direct_payment_that_is_left_out_is_a_stop() -> None:
    """Left out while it lasts, it needs a notice that has run out; one whose time is up, one that goes on, a notional one and a
    one-off payment that was made stop nothing."""
    later = line(line="M")
    now = {
        "L": LINE,
        "M": later,
        "O": line(line="O", end=DAY - timedelta(days=1)),
        "P": line(line="P", management="notional", holder_account=None, instalment=None, interval=None),
    }
    assert facts(PLAN, LINE, now=Standing(now)).stops_unnotified == 1
    version = msgspec.structs.replace(PLAN, version=2)
    told = Told(stopped=frozenset(("M",)))
    assert signing_sheet(NOBODY, version, (LINE,), Standing(now), DAY, told).stops_unnotified == 0
    once = {"Q": line(line="Q", management="one_off")}
    assert facts(PLAN, LINE, now=Standing(once)).stops_unnotified == 1
    paid = Standing(once, {"share/Q/nhs/2025-26/advanced": 1_00})
    assert facts(PLAN, LINE, now=paid).stops_unnotified == 0


def test_the_written_notice_says_its_own_day() -> None:
    """What a draft says of the day counts only where no notice on record does."""
    version = msgspec.structs.replace(PLAN, version=2)
    sheet = signing_sheet(
        NOBODY, version, (line(amount=900_00),), Standing({"L": LINE}), DAY,
        Told(cut_on=date(2025, 5, 31), said_on=date(2025, 5, 1)),
    )  # fmt: skip
    assert (sheet.cut_notice_named, sheet.notice_given_days) == (True, 2)
    for said_on, days in ((date(2025, 5, 1), 32), (date(2025, 6, 9), -1)):
        told = Told(said_on=said_on)
        sheet = signing_sheet(NOBODY, version, (line(amount=900_00),), Standing({"L": LINE}), DAY, told)
        assert (sheet.cut_notice_named, sheet.notice_given_days) == (False, days)


@pytest.mark.parametrize("pauses", [frozenset(("L",)), frozenset[str]()])
def test_a_line_that_pauses_goes_on_pausing(pauses: frozenset[str]) -> None:
    """A new version agrees it as it goes on, and nothing is paid until somebody resumes it."""
    draft = Draft("A plan", "Help.", (DraftLine(LINE, "Help", "Mornings."),))
    made = signing(
        PLAN, draft, drafted=7, funds={"nhs": Fund(fund="nhs")}, effective_on=DAY, salt=lambda: b"s" * 16,
        now=Standing({"L": LINE}, {}, pauses),
    )  # fmt: skip
    acts = [dict(each.attributes)["act"] for each in made if isinstance(each, Record) and each.kind == "line"]
    assert acts == ["agreed", *(["suspended"] if pauses else [])]
