"""What has happened since something was asked for is looked at when it is approved and when it is paid."""

from datetime import date, timedelta

import msgspec
import pytest

from ledger.budgets import payees, people, plans
from ledger.budgets.chart import account
from ledger.core.requests import OpenAccounts
from policies.instalments import release_instalment
from policies.referrals import ReferralOvertaken
from policies.resolution import Resolution
from policies.settling import NotSettled
from tests.cases.asked import INSTALMENT
from tests.policies.scene import ALICE, BOB, CAROL, DAY, Budget, Scene, findings_of, outcome_of, sender
from tests.policies.test_publishing import erased
from tests.policies.test_referrals import referred, resolution

PATIENCE = 20.0
USABLE = DAY + timedelta(days=3)
WAITS = "icb_policy.account_changed"


async def asked(scene: Scene, budget: Budget, amount: int = INSTALMENT) -> tuple[int, str, list[str]]:
    """An instalment asked for by Alice: its number, what was said and what was found."""
    wanted = budget.wants(amount, act="instalment", payee=None)
    made = await scene.gate().instalment(wanted, sender(ALICE), PATIENCE)
    return made.outcome.number, outcome_of(made), findings_of(made)


async def moved(scene: Scene, budget: Budget) -> Budget:
    """The line's money goes to the account HX from now on, which is approved and may be used three days later."""
    await scene.do(
        *people.holder_account_recorded("registered", holder_account="HX", person=budget.person), asked=CAROL
    )
    approved = people.holder_account_said("approved", holder_account="HX", person=budget.person, usable_from=USABLE)
    await scene.do(approved, asked=BOB)
    line = msgspec.structs.replace(budget.line, holder_account="HX")
    number = (await scene.do(plans.line_recorded("agreed", line), asked=BOB)).number
    return Budget(budget.person, budget.plan, line, number)


async def released(scene: Scene, budget: Budget, number: int, on: date = DAY, today: date | None = None) -> Resolution:
    """What would pay an instalment."""
    async with scene.reading() as connection:
        return await release_instalment(
            connection,
            scene.book.book_id,
            person=budget.person,
            number=number,
            bank="main",
            effective_on=on,
            today=today or on,
        )


async def with_bank(scene: Scene, instalment: int | None = INSTALMENT) -> Budget:
    """A direct payment in instalments, and a bank to pay it from."""
    await scene.do(OpenAccounts(accounts=tuple(account(klass, account="main") for klass in ("bank", "in_transit"))))
    return await scene.budget(22_080_00, management="direct_payment", instalment=instalment)


async def test_an_instalment_is_not_paid_into_an_account_that_took_its_place_before_the_waiting_days_have_passed(
    scene: Scene,
) -> None:
    """Asked for before the account changed: whichever day it is dated, it waits until the account may be used."""
    budget = await with_bank(scene)
    number, outcome, _ = await asked(scene, budget)
    assert outcome == "allow"
    assert (await released(scene, budget, number)).requests
    await moved(scene, budget)
    for on, today in ((DAY, DAY), (USABLE, DAY), (DAY, USABLE), (USABLE, USABLE - timedelta(days=1))):
        with pytest.raises(NotSettled, match="holder_account_waits"):
            await released(scene, budget, number, on, today)
    assert (await released(scene, budget, number, USABLE)).requests


async def test_an_instalment_that_was_approved_for_the_new_account_is_paid_in_its_waiting_days(scene: Scene) -> None:
    """Somebody has answered for it; for an account that changes once more nobody has."""
    budget = await moved(scene, await with_bank(scene))
    number, outcome, found = await asked(scene, budget)
    assert (outcome, found) == ("refer", [WAITS])
    yes = await resolution(scene, number, allows=True)
    await scene.do(*yes.requests, asked=BOB, guards=yes.guards, other_than=yes.other_than)
    assert (await released(scene, budget, number)).requests
    again = people.holder_account_said("approved", holder_account="HX", person=budget.person, usable_from=USABLE)
    await scene.do(again, asked=CAROL)
    with pytest.raises(NotSettled, match="holder_account_waits"):
        await released(scene, budget, number)


async def test_an_instalment_is_not_approved_after_its_account_changed(scene: Scene) -> None:
    """It was referred for something else."""
    budget = await with_bank(scene, instalment=None)
    number, outcome, found = await asked(scene, budget)
    assert outcome == "refer"
    assert WAITS not in found
    assert (await resolution(scene, number, allows=True)).requests
    await moved(scene, budget)
    with pytest.raises(ReferralOvertaken):
        await resolution(scene, number, allows=True)


async def test_facts_that_were_erased_are_read_anew_when_it_is_approved(scene: Scene) -> None:
    """Nothing has changed and it is approved, its own money and place in the count not held against it; its payee is barred and it
    is not."""
    budget = await scene.budget(1_000_01)
    number = await referred(scene, budget)
    paid = await with_bank(scene, instalment=None)
    instalment, outcome, _ = await asked(scene, paid)
    assert outcome == "refer"
    for each in (number, instalment):
        await erased(scene, each)
        assert (await resolution(scene, each, allows=True)).requests
    await scene.do(payees.payee_recorded("barred", payees.Payee(payee="A1", person=budget.person)))
    await scene.do(
        people.holder_account_said("barred", holder_account=paid.line.holder_account or "", person=paid.person)
    )
    for each in (number, instalment):
        with pytest.raises(ReferralOvertaken):
            await resolution(scene, each, allows=True)
