"""Money of one financial year is not money of another: what is shown is what a finding says and what is allowed, on every day."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from api.open_books import today
from ledger.budgets import acts, funds, people, plans
from tests.api.lives import START, Lives

YEARS = ("2025-26", "2026-27")
DAYS = ("2025-06-02", "2026-06-02")
TINA = people.person_ref(bytes([7]) * 16)
NHS = (plans.LineShare("nhs", "ring_fenced", 1),)
STATES = ("available", "contingency", "held", "advanced", "spent", "recovering", "lost")
GIVEN = {"K": (3_000_00, 2_000_00), "M": (700_00, 500_00)}
"""Line K is paid by the commissioner, line M into Tina's account; pence of each year."""


def _line(name: str) -> plans.Line:
    return plans.Line(
        line=name, person=TINA, plan="PT", version=1, services=("home_care",), amount=sum(GIVEN[name]), start=START,
        end=date(2027, 3, 31), shares=NHS, management="notional" if name == "K" else "direct_payment",
        holder_account=None if name == "K" else "HT",
    )  # fmt: skip


@pytest.fixture
async def tina(lives: Lives) -> Lives:
    """Somebody with money of two years on two lines."""
    await lives.do(*funds.fund_opened(funds.Fund(fund="nhs"), YEARS[1:])[1:])
    await lives.do(acts.fund_granted(fund="nhs", year=YEARS[1], amount=1_000_000, effective_on=date(2026, 4, 1)))
    await lives.do(people.person_recorded("registered", person=TINA))
    await lives.do(people.person_recorded("consent_given", person=TINA, on=START))
    for act in ("registered", "approved"):
        await lives.do(*people.holder_account_recorded(act, holder_account="HT", person=TINA))
    plan = plans.PlanVersion(plan="PT", person=TINA, version=1, start=START, end=date(2027, 3, 31), coordinator="C1",
                             agreement=True)  # fmt: skip
    made: list[Any] = [plans.plan_recorded("signed", plan)]
    for name, given in GIVEN.items():
        line = _line(name)
        made.append(plans.line_recorded("agreed", line, because=-1))
        for year, pence in zip(YEARS, given, strict=True):
            [share] = [plans.share_of(line, each, year) for each in line.shares]
            made += plans.share_opened(share)
            made.append(acts.allocated(amount=pence, shares=[share], effective_on=START, because=-1))
    await lives.do(*made)
    return lives


async def _shown(lives: Lives, on: str, line: str | None = None) -> dict[str, Any]:
    path = f"/budgets/{TINA}" + (f"/lines/{line}" if line else "")
    return (await lives.get(f"{path}?on={on}")).json()["total"]


async def _asked(lives: Lives, line: str, amount: str, on: str) -> dict[str, Any]:
    wish = {
        "line": line,
        "service": "home_care",
        "amount": amount,
        "currency": "GBP",
        "effective_on": on,
        "payee": "A1",
    }
    found: dict[str, Any] = await lives.done("asks", wish, line=_line(line))
    return found


@pytest.mark.parametrize(("place", "on"), list(enumerate(DAYS)))
@pytest.mark.parametrize("line", GIVEN)
async def test_what_is_shown_is_what_is_allowed_and_what_a_denial_says(
    tina: Lives, line: str, place: int, on: str
) -> None:  # fmt: skip
    """On a day of either year, of either kind of line: what is left to spend can be spent to the penny, and one penny more is
    denied with that same number."""
    left = GIVEN[line][place]
    assert (await _shown(tina, on, line))["left_to_spend"] == f"{left // 100}.00"
    rules = {finding["rule"] for finding in (await _asked(tina, line, f"{left // 100}.00", on))["findings"]}
    assert "icb_policy.not_enough_left" not in rules
    over = await _asked(tina, line, f"{left // 100}.01", on)
    [said] = [each for each in over["findings"] if each["rule"] == "icb_policy.not_enough_left"]
    assert said["remedy"].startswith(f"What is left is £{left // 100:,}.")


async def test_money_of_other_years_stands_apart_and_everything_adds_up(tina: Lives) -> None:
    """Year by year each state is there, and all years come to what was allocated (R2), of one line and of both together; what is
    kept by an order of one year is not missing from the other."""
    spend = {"line": "K", "service": "home_care", "amount": "100.00", "currency": "GBP", "effective_on": DAYS[1],
             "payee": "A1"}  # fmt: skip
    assert (await tina.done("spends", spend, line=_line("K")))["outcome"] == "allow"
    seen = await _shown(tina, DAYS[0], "K")
    assert (seen["year"], seen["left_to_spend"], seen["left_in_other_years"]) == (YEARS[0], "3000.00", "1900.00")
    assert [(each["year"], each["available"], each["held"]) for each in seen["years"]] == [
        (YEARS[0], "3000.00", "0.00"), (YEARS[1], "1900.00", "100.00"),
    ]  # fmt: skip
    total = await _shown(tina, DAYS[1])
    assert (total["left_to_spend"], total["can_use_now"], total["left_in_other_years"]) == (
        "2400.00",
        "1900.00",
        "3700.00",
    )
    assert Decimal(total["allocated"]) == Decimal(sum(map(sum, GIVEN.values()))) / 100
    for money in (seen, total, *total["years"]):
        states = sum(Decimal(money[state]) for state in STATES) - Decimal(money["unfunded"])
        assert states == Decimal(money["allocated"])
    for state in (*STATES, "unfunded", "allocated"):
        assert sum(Decimal(each[state]) for each in total["years"]) == Decimal(total[state])


async def test_without_a_day_it_is_the_year_of_today(tina: Lives) -> None:
    """A holder who names no day is told what can be used today."""
    shown = (await tina.get(f"/budgets/{TINA}")).json()["total"]
    assert shown == await _shown(tina, today().isoformat())
