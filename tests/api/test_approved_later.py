"""What has changed between a referral and its approval, and between money spent and its evidence."""

from datetime import date
from typing import Any

import msgspec
import pytest

from ledger.budgets import payees, people, plans
from tests.api.lives import DAY, DORA, NED, D, Lives, N
from tests.api.test_holding import rules
from tests.api.test_separation import INSTALMENT
from tests.api.test_spending import code

ON = date.fromisoformat(DAY)
YES = {"effective_on": DAY}
NO = {"reason": "another", "words": "Not as things are now."}


def happened(act: str) -> Any:
    """Something about Dora on the day of these lives."""
    return people.person_recorded(act, person=DORA, on=ON)


async def test_an_instalment_is_not_approved_after_capacity_was_lost(lives: Lives) -> None:
    """Reg 5 and 17(1): nobody was asked about it. It can be declined; with consent since, the same referral is approved."""
    asked = (await lives.done("instalments", INSTALMENT, line=D))["number"]
    await lives.do(happened("capacity_lost"))
    no = await lives.send(f"decisions/{asked}/approve", YES, "officer:olga", D)
    assert code(no) == (422, "referral_overtaken")
    other = (await lives.done("instalments", INSTALMENT, line=D))["number"]
    await lives.done(f"decisions/{other}/decline", YES | NO, "officer:olga", D)
    await lives.do(happened("consent_given"))
    await lives.done(f"decisions/{asked}/approve", YES, "officer:olga", D)


@pytest.mark.parametrize("change", ["account", "coordinator", "agreement", "service"])
async def test_an_instalment_is_not_approved_after_what_it_needs_has_gone(lives: Lives, change: str) -> None:
    """The account was barred, the plan names no co-ordinator or has no agreement any more, or the service has left the line."""
    asked = (await lives.done("instalments", INSTALMENT, line=D))["number"]
    version = plans.PlanVersion(plan=D.plan, person=DORA, version=2, start=D.start, end=D.end,
                                coordinator=None if change == "coordinator" else "C1", agreement=change != "agreement")  # fmt: skip
    await lives.do({
        "account": people.holder_account_said("barred", holder_account="H1", person=DORA),
        "service": plans.line_recorded("agreed", msgspec.structs.replace(D, services=("exercise",))),
    }.get(change) or plans.plan_recorded("signed", version))  # fmt: skip
    assert code(await lives.send(f"decisions/{asked}/approve", YES, "officer:olga", D)) == (422, "referral_overtaken")
    await lives.done(f"decisions/{asked}/decline", YES | NO, "officer:olga", D)


async def test_an_order_is_not_approved_after_its_payee_was_barred(lives: Lives) -> None:
    """Reg 11(8): for the person; the money that was kept goes back when it is declined."""
    asked = (await lives.spend("1000.01"))["number"]
    other = (await lives.spend("1000.01"))["number"]
    await lives.done(f"decisions/{other}/approve", YES, "officer:olga")
    await lives.do(payees.payee_recorded("barred", payees.Payee(payee="A1", person=NED)))
    assert code(await lives.send(f"decisions/{asked}/approve", YES, "officer:olga")) == (422, "referral_overtaken")
    held = (await lives.money(N))["held"]
    await lives.done(f"decisions/{asked}/decline", YES | NO, "officer:olga")
    assert (held, (await lives.money(N))["held"]) == ("2000.02", "1000.01")


@pytest.mark.parametrize(("act", "lifted", "rule"), [
    ("consent_withdrawn", "consent_given", "statute.consent"),
    ("excluded_by_schedule", "schedule_lifted", "statute.schedule_person"),
])  # fmt: skip
async def test_what_was_spent_before_the_law_barred_it_is_judged_as_of_its_day(
    lives: Lives, act: str, lifted: str, rule: str
) -> None:
    """Reg 3 and 17(1): evidence of a day before the withdrawal is accepted, of the day itself looked at; what lifts it afterwards
    lifts nothing of the days between, and a payment looks at today."""
    await lives.instalment("2000.00")
    await lives.do(happened(act))
    for spent, expected in (("2025-06-01", ("allow", [])), (DAY, ("refer", [rule]))):
        claim = await lives.claim("12.00", spent_on=spent)
        assert rules((await lives.accept(claim, "officer:olga", "claims", D))["decision"]) == expected
    body = {**INSTALMENT, "amount": "10.00", "effective_on": "2025-06-01"}
    assert rule in rules(await lives.done("instalments", body, line=D))[1]
    await lives.do(people.person_recorded(lifted, person=DORA, on=date(2025, 6, 4)))
    for spent, expected in (("2025-06-03", ("refer", [rule])), ("2025-06-04", ("allow", []))):
        claim = await lives.claim("12.00", spent_on=spent)
        sent = {"effective_on": "2025-06-10"}
        accepted = await lives.done(f"claims/{claim}/accept", sent, "officer:olga", D)
        assert rules(accepted["decision"]) == expected
