"""Money that went off the plan, by how it is held: each has a rule of its own that says so, and none is missed."""

from typing import Any

import msgspec
import pytest

from ledger.budgets import acts, people, plans
from ledger.reports.autonomy import OFF_THE_PLAN
from policies.bundle import Bundle
from policies.engine import Engine
from tests.api.lives import BOB, DAY, NED, START, YEAR, D, N
from tests.api.test_autonomy import figure, table
from tests.api.test_dry_runs import Tried
from tests.api.test_dry_runs import lives as lives  # The fixture.
from tests.api.test_returns import ON
from tests.api.test_third_parties import T, statement
from tests.policies.conftest import bundle as bundle
from tests.policies.conftest import engine as engine
from tests.policies.sheets import EXCLUDED, sheet

SPENT = ({"act": "evidence", "money_gone": True}, {"act": "spend", "money_gone": True})
"""What a claim or statement, and what a reimbursement, is asked of the rules as."""
OFF: list[dict[str, Any]] = [
    {"service_in_line": False}, {"care_in_plan": False}, {"line_active": False}, {"plan_in_force": False},
]  # fmt: skip
DIRECTLY = ("direct_payment", "one_off")
ONCE = msgspec.structs.replace(D, line="O", management="one_off", amount=100_000, holder_account="HO")


async def _agreed(lives: Tried, line: plans.Line) -> None:
    """One more line of somebody, with its money and the account that it goes to."""
    if line.holder_account is not None:
        for act in ("registered", "approved"):
            account = people.holder_account_recorded(act, holder_account=line.holder_account, person=line.person)
            await lives.do(*account)
    made = plans.share_of(line, line.shares[0], YEAR)
    plan = plans.PlanVersion(
        plan=line.plan, person=line.person, version=1, start=START, end=line.end, coordinator="C1", agreement=True
    )
    await lives.do(
        plans.plan_recorded("signed", plan), plans.line_recorded("agreed", line, because=-1), *plans.share_opened(made),
        acts.allocated(amount=line.amount, shares=[made], effective_on=START, because=-1), asked=BOB,
    )  # fmt: skip


async def _laid_out(lives: Tried, line: plans.Line, account: str, service: str) -> list[str]:
    """£40 that somebody laid out for a service, accepted; the rules that spoke of it."""
    given = {"line": line.line, "service": service, "amount": "40.00", "currency": "GBP", "spent_on": DAY}
    claim = await lives.done(
        "reimbursements", {**given, "holder_account": account}, f"holder:holder-{line.plan[1:]}", line
    )
    accepted = await lives.done(f"reimbursements/{claim['entries'][0]['number']}/accept", ON, "officer", line)
    return [each["rule"] for each in accepted["decision"]["findings"]]


@pytest.mark.parametrize("management", ["notional", "third_party", *DIRECTLY])
async def test_what_is_off_the_plan_is_counted_however_the_money_is_held(lives: Tried, management: str) -> None:
    """Of two things of £40, one was agreed and one was not: half of them, and of the money."""
    rules = []
    if management == "third_party":
        await _agreed(lives, T)
        for service in ("home_care", "massage"):
            body = {**statement("40.00", f"S-{service}"), "service": service}
            number = (await lives.done("statements", body))["entries"][0]["number"]
            accepted = await lives.done(f"statements/{number}/accept", ON, "officer:olga")
            rules.append([each["rule"] for each in accepted["decision"]["findings"]])
    else:
        line, account = {"notional": (N, "HN"), "direct_payment": (D, "H1"), "one_off": (ONCE, "HO")}[management]
        if line is ONCE:
            await _agreed(lives, ONCE)
        if line is N:
            for act in ("registered", "approved"):
                await lives.do(*people.holder_account_recorded(act, holder_account=account, person=NED))
        rules = [await _laid_out(lives, line, account, service) for service in ("home_care", "massage")]
    expected = "statute.not_a_plan_service" if management in DIRECTLY else "plan.not_a_plan_service"
    assert [expected in each for each in rules] == [False, True]
    read = await table(lives)
    assert figure(read, "off_plan") == (1, 2, "40.00", "80.00", "50.0", "50.0")


async def test_what_the_law_lets_no_direct_payment_buy_is_off_the_plan(lives: Tried) -> None:
    """Gambling is (reg 8(5)(h)); a service that nobody can name yet is looked at, and is not called off the plan."""
    await lives.instalment("2000.00")
    for service in ("gambling", "unsure"):
        claim = await lives.claim("40.00", service=service)
        await lives.done(f"claims/{claim}/accept", ON, "officer:olga", D)
    assert figure(await table(lives), "off_plan")[:4] == (1, 2, "40.00", "80.00")


def test_every_rule_of_what_is_off_the_plan_is_one_of_the_bundle(bundle: Bundle) -> None:
    """Each once: a rule that is renamed would be counted no more."""
    assert set(OFF_THE_PLAN) <= {rule.id for rule in bundle.rules.values()}
    assert len(set(OFF_THE_PLAN)) == len(OFF_THE_PLAN)


@pytest.mark.parametrize("spent", SPENT)
@pytest.mark.parametrize("management", ["notional", "third_party", *DIRECTLY])
def test_whatever_a_plan_does_not_cover_has_a_rule_that_is_counted(
    engine: Engine, management: str, spent: dict[str, Any]
) -> None:
    """Another service, other days, a line or a plan that does not run; by direct payment also each service of reg 8(5): one rule of
    those that count speaks, and of what is agreed none does."""

    def counted(**changes: Any) -> set[str]:
        found = engine.decide(sheet(management=management, **spent, **changes)).findings
        return {each.rule for each in found} & set(OFF_THE_PLAN)

    assert not counted()
    excluded = [{"service": service} for service in EXCLUDED.values()] if management in DIRECTLY else []
    fired = [counted(**changes) for changes in (*OFF, *excluded)]
    assert all(len(each) == 1 for each in fired)
    assert len(set.union(*fired)) == len(OFF) + len(excluded)
