"""What each event of recovery posts, to the penny, and the two tests of a surplus."""

from datetime import date
from typing import Any

import pytest

from ledger.budgets import owing, recovery
from ledger.budgets.shares import Share
from ledger.core.model import Malformed
from ledger.core.requests import Post, SettleHold
from ledger.money import CannotApportion
from tests.worked_example import NEXT, YEAR, filled, legs_of

STATED: dict[str, Any] = {"effective_on": date(2025, 6, 2), "because": 1}
STATES = {"available": 10**6, "advanced": 10**6, "spent": 10**6, "recovering": 10**6}
D_LINE = Share(line="D", fund="nhs", year=YEAR, person="P1", **STATES)
JOINT = (
    Share(line="N", fund="nhs", year=YEAR, person="P2", weight=60, **STATES),
    Share(line="N", fund="council", year=YEAR, person="P2", weight=40, kind="partner", partner="council", **STATES),
)
MINE = {"shares": [D_LINE], "holder_account": "P1-bank"}
BANK = "in_transit/main"

POSTED: dict[str, tuple[Any, str]] = {
    "14 from suspense": (
        recovery.bank_line_questioned(amount=15, person="P1", holder_account="P1-bank", **STATED),
        "disputed.D 15, unidentified.D -15",
    ),
    "14 answered": (
        recovery.bank_line_questioned(amount=15, person="P1", holder_account="P1-bank", answered=True, **STATED),
        "disputed.D -15, unidentified.D 15",
    ),
    "14 from accepted": (
        recovery.spend_questioned(amount=9, taken=[20], **MINE, **STATED),
        "D.adv 9, D.spent -9, disputed.D 9, D.expense -9",
    ),
    "14 from accepted, joint": (
        recovery.spend_questioned(amount=10, shares=JOINT, taken=[60, 40], holder_account="P2-bank", **STATED),
        "Nn.adv 6, Nn.spent -6, Nc.adv 4, Nc.spent -4, disputed.N 10, Nn.expense -6, Nc.expense -4, unbilled -4, Nc.recharge 4",
    ),
    "17 of unspent": (
        recovery.repayment_demanded(amount=60, source="advance", debtor="P1", **MINE, **STATED),
        "D.rec 60, D.adv -60, reclaim.D 60, advance.D -60",
    ),
    "17 of questioned": (
        recovery.repayment_demanded(amount=60, source="disputed", debtor="P1", **MINE, **STATED),
        "D.rec 60, D.adv -60, reclaim.D 60, disputed.D -60",
    ),
    "17 of unidentified": (
        recovery.repayment_demanded(amount=60, source="unidentified", debtor="P1", **MINE, **STATED),
        "D.rec 60, D.adv -60, reclaim.D 60, unidentified.D -60",
    ),
    "17 of accepted": (
        recovery.repayment_demanded(amount=60, source="spent", debtor="P1", taken=[60], **MINE, **STATED),
        "D.rec 60, D.spent -60, reclaim.D 60, D.expense -60",
    ),
    "18 repaid": (
        recovery.repaid(amount=40, shares=[D_LINE], debtor="P1", bank="main", **STATED),
        "nhs.una 40, D.rec -40, bank 40, reclaim.D -40",
    ),
    "18 handed back": (
        recovery.handed_back(amount=40, bank="main", **MINE, **STATED),
        "nhs.una 40, D.adv -40, bank 40, advance.D -40",
    ),
    "19 withdrawn, of unidentified": (
        recovery.demand_withdrawn(amount=60, source="unidentified", debtor="P1", **MINE, **STATED),
        "D.adv 60, D.rec -60, disputed.D 60, reclaim.D -60",
    ),
    "19 withdrawn, of accepted": (
        recovery.demand_withdrawn(amount=60, source="spent", debtor="P1", **MINE, **STATED),
        "D.spent 60, D.rec -60, D.expense 60, reclaim.D -60",
    ),
    "20 offset A": (
        recovery.surplus_offset(amount=600, due=2000, through=BANK, **MINE, **STATED),
        "D.adv 1400, nhs.una 600, D.av -2000, advance.D 1400, transit -1400",
    ),
    "20 with authority left on the line": (
        recovery.surplus_offset(amount=600, due=2000, stays=600, through=BANK, **MINE, **STATED),
        "D.adv 1400, D.av -1400, advance.D 1400, transit -1400",
    ),
    "21 whole period": (
        recovery.surplus_offset(amount=2000, due=2000, through=BANK, **MINE, **STATED),
        "nhs.una 2000, D.av -2000",
    ),
    "22 offset B": (
        recovery.demand_offset(amount=600, due=2000, owing=[D_LINE], debtor="P1", through=BANK, **MINE, **STATED),
        "D.adv 2000, D.av -2000, nhs.una 600, D.rec -600, advance.D 2000, reclaim.D -600, transit -1400",
    ),
    "23 waived before": (
        recovery.waived(amount=5, source="disputed", **MINE, **STATED),
        "D.lost 5, D.adv -5, D.claim_waived 5, disputed.D -5",
    ),
    "23 waived after": (
        recovery.demand_lost(amount=5, shares=[D_LINE], debtor="P1", loss="claim_waived", **STATED),
        "D.lost 5, D.rec -5, D.claim_waived 5, reclaim.D -5",
    ),
    "23 written off": (
        recovery.demand_lost(amount=5, shares=[D_LINE], debtor="P1", loss="bad_debt", **STATED),
        "D.lost 5, D.rec -5, D.bad_debt 5, reclaim.D -5",
    ),
    "24 expected": (
        recovery.credit_loss_expected(amount=5, reason="reclaim", year=YEAR, **STATED), "impairment 5, allowance -5"
    ),
    "24 released": (
        recovery.credit_loss_expected(amount=5, reason="reclaim", year=YEAR, released=True, **STATED),
        "impairment -5, allowance 5",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POSTED)
def test_each_event_posts_what_the_table_says(name: str) -> None:
    """The legs are those of accounting.md section 3, and a book with room for them takes them."""
    request, legs = POSTED[name]
    assert {leg.account: leg.amount for leg in request.legs} == dict(legs_of(legs))
    assert str(request.event) == name.split()[0]
    filled().done(request)


def test_an_offset_of_a_kept_instalment_takes_it_from_the_hold() -> None:
    """Offset A of what was kept: the hold gives all that is due, and nothing is taken from what is available."""
    code = D_LINE.code("held")
    made = recovery.surplus_offset(amount=600, due=2000, through=BANK, hold=7, remaining={code: 2000}, **MINE, **STATED)
    assert isinstance(made, SettleHold)
    assert [(take.holding, take.amount) for take in made.takes] == [(code, 2000)]
    assert {leg.account: leg.amount for leg in made.legs} == dict(
        legs_of("D.adv 1400, nhs.una 600, advance.D 1400, transit -1400")
    )


def test_an_offset_of_a_period_that_crosses_a_years_end_frees_of_both_years() -> None:
    """£40 due, £10 of it of the old year: £8 offset free £2 of that year and £6 of the next, and the rest is paid of both."""
    later = Share(line="D", fund="nhs", year=NEXT, person="P1", **STATES)
    kept = {D_LINE.code("held"): 1000, later.code("held"): 3000}
    made = recovery.surplus_offset(
        amount=800, due=4000, shares=[D_LINE, later], holder_account="P1-bank", through=BANK, hold=7, remaining=kept, **STATED
    )  # fmt: skip
    assert {leg.account: leg.amount for leg in made.legs} == dict(
        legs_of("D.adv 800, D.adv+ 2400, nhs.una 200, nhs.una+ 600, advance.D 3200, transit -3200")
    )
    with pytest.raises(Malformed):
        recovery.surplus_offset(amount=800, due=4001, shares=[D_LINE], holder_account="P1-bank", through=BANK, hold=7,
                                remaining=kept, **STATED)  # fmt: skip


@pytest.mark.parametrize(
    ("make", "no"),
    [
        (lambda: recovery.surplus_offset(amount=2001, due=2000, through=BANK, **MINE, **STATED), Malformed),
        (lambda: recovery.repaid(amount=10**6 + 1, shares=[D_LINE], debtor="P1", bank="main", **STATED), CannotApportion),
        (lambda: recovery.spend_questioned(amount=21, taken=[20], **MINE, **STATED), CannotApportion),
        (lambda: recovery.repayment_demanded(amount=1, source="held", debtor="P1", **MINE, **STATED), Malformed),
        (lambda: recovery.demand_lost(amount=1, shares=[D_LINE], debtor="P1", loss="luck", **STATED), Malformed),
        (lambda: recovery.waived(amount=0, source="disputed", **MINE, **STATED), Malformed),
    ],
)  # fmt: skip
def test_more_than_there_is_or_another_source_is_no_event(make: Any, no: type[Exception]) -> None:
    """An offset above what is due, a repayment above what is owed, a question above what was accepted, an unknown code."""
    with pytest.raises(no):
        make()


def test_the_two_tests_of_a_surplus() -> None:
    """The worked example: £5,500 less £900 unpaid is above £4,000, so somebody looks; at most £2,600 may be taken. A penny at the
    threshold is not above it; and what may be taken says nothing about whether to look."""
    found = owing.Surplus(balance=5_500_00, liabilities=900_00, contingency=2_000_00, threshold=4_000_00)
    assert (found.reached, found.most) == (True, 2_600_00)
    at = owing.Surplus(balance=4_900_00, liabilities=900_00, contingency=2_000_00, threshold=4_000_00)
    assert (at.reached, at.most) == (False, 2_000_00)
    assert owing.Surplus(balance=5_000_00, liabilities=0, contingency=9_000_00, threshold=4_000_00).most == 0
    with pytest.raises(Malformed):
        owing.Surplus(balance=-1, liabilities=0, contingency=0, threshold=0)


def test_weeks_of_payment_go_by_the_days_of_the_line() -> None:
    """£26,000 for 364 days is £500 a week; eight weeks are £4,000. A year of 365 days gives a little less."""
    assert owing.weeks_of_payment(26_000_00, date(2025, 4, 1), date(2026, 3, 30), 8) == 4_000_00
    assert owing.weeks_of_payment(26_000_00, date(2025, 4, 1), date(2026, 3, 31), 8) == 3_989_04


@pytest.mark.parametrize("missing", ["reasons", "amount", "pay_by", "debtor", "debtor_is"])
def test_a_notice_of_repayment_says_what_the_law_wants(missing: str) -> None:
    """Reasons, amount, time to pay and who must pay (reg 15): each that is not there is named."""
    whole = {
        "subject": "notice/1", "person": "P1", "about": "repayment", "reasons": ("off_plan",), "amount": 60_00,
        "pay_by": date(2025, 7, 2), "debtor": "P1", "debtor_is": "person",
    }  # fmt: skip
    assert owing.Notice(**whole).missing == ()
    lacking = {**whole, missing: () if missing == "reasons" else None}
    assert owing.Notice(**lacking).missing == (missing,)


def test_a_notice_of_a_cut_says_how_long_and_from_when() -> None:
    """Reasons, period of notice and day (reg 13(5) and 17(3)); reasons of a repayment are the law's list."""
    cut = owing.Notice(subject="notice/1", person="P1", about="cut")
    assert cut.missing == ("reasons", "notice_days", "takes_effect_on")
    with pytest.raises(Malformed):
        owing.Notice(subject="notice/1", person="P1", about="repayment", reasons=("dislike",))


def test_every_event_is_posted_by_its_number() -> None:
    """Events 14 and 17 to 24 have each a function here."""
    made = {request.event for request, _ in POSTED.values() if isinstance(request, Post)}
    assert made == {14, *range(17, 25)}
