"""Cases 1 to 20: persons, consent and payees."""

import msgspec

from ledger.budgets import people, plans
from tests.api.lives import DAY, DORA, D
from tests.api.test_bank_feeds import file_of
from tests.api.test_dry_runs import Tried
from tests.api.test_holding import AGREED, born, named, registered, rules
from tests.cases.asked import PATIENCE, life, paid, said
from tests.policies.scene import Scene, sender


async def test_case_01_the_first_instalment_of_a_plan_in_order_is_paid(scene: Scene) -> None:
    """Consent, signed plan and agreement, approved account: nothing objects, and nobody looks."""
    assert await paid(scene, await life(scene)) == ("allow", [])


async def test_case_02_no_money_before_the_agreement_is_signed(scene: Scene) -> None:
    """All else is in order, and with it the payment is allowed."""
    assert await paid(scene, await life(scene, plan={"agreement": False})) == ("deny", ["agreement.not_signed"])
    assert await paid(scene, await life(scene)) == ("allow", [])


async def test_case_03_no_money_before_a_care_coordinator_is_named(scene: Scene) -> None:
    """Reg 8(3): and with one it is paid."""
    assert await paid(scene, await life(scene, plan={"coordinator": None})) == ("deny", ["statute.no_coordinator"])
    assert await paid(scene, await life(scene)) == ("allow", [])


async def test_case_04_a_patient_of_15_is_not_paid_herself(lives: Tried) -> None:
    """She is not named as the holder, her account is not approved, and nothing is paid into it."""
    await born(lives, "2010-01")
    assert await named(lives, "person") == ("deny", ["statute.holder_is_child"])
    own = await registered(lives, "person")
    approval = await lives.done(f"{own}/approve", {"effective_on": DAY}, "finance:fay", D)
    assert rules(approval) == ("deny", ["statute.holder_is_child"])
    await lives.do(people.holder_account_said("approved", holder_account="H1", person=DORA, held_by="person"))
    await lives.do(plans.line_recorded("agreed", msgspec.structs.replace(D, instalment=500_00, interval="monthly")))
    body = {"line": "D", "service": "home_care", "amount": "500.00", "currency": "GBP", "effective_on": DAY}
    assert rules(await lives.done("instalments", body, line=D)) == ("deny", ["statute.paid_to_child"])


async def test_case_05_her_mother_holds_it_for_her(lives: Tried) -> None:
    """With parental responsibility; paid into the mother's account it goes out."""
    await born(lives, "2010-01")
    assert await named(lives, "representative", authority="parental_responsibility") == ("allow", [])
    await lives.do(people.holder_account_said("approved", holder_account="H1", person=DORA, held_by="representative"))
    await lives.do(plans.line_recorded("agreed", msgspec.structs.replace(D, instalment=500_00, interval="monthly")))
    body = {"line": "D", "service": "home_care", "amount": "500.00", "currency": "GBP", "effective_on": DAY}
    assert rules(await lives.done("instalments", body, line=D)) == ("allow", [])


async def test_case_07_a_drug_rehabilitation_requirement_bars_the_direct_payment(scene: Scene) -> None:
    """Whatever else is in order; the answer names the other ways to hold the budget."""
    budget = await life(scene)
    await scene.do(people.person_recorded("excluded_by_schedule", person=budget.person))
    assert await paid(scene, budget) == ("deny", ["statute.schedule_person"])
    remedy = next(each.remedy for each in scene.engine.bundle.rules.values() if each.id == "statute.schedule_person")
    assert "notional" in remedy or "third" in remedy


async def test_case_08_the_same_person_has_a_notional_budget(scene: Scene) -> None:
    """The Schedule bars direct payments only."""
    budget = await life(scene, "notional")
    await scene.do(people.person_recorded("excluded_by_schedule", person=budget.person))
    decided = await scene.gate().spend(budget.wants(50_00), sender(), PATIENCE)
    assert said(decided) == ("allow", [])


async def test_case_10_a_nominee_goes_on_where_capacity_is_lost_for_a_time(lives: Tried) -> None:
    """Reg 5(7): the nominee has agreed in writing, and so has the commissioner."""
    await lives.done(f"/people/{DORA}/events", {"act": "capacity_lost", "on": DAY}, line=D)
    paper = {**AGREED, "certificate_exempt": True, "lost_for_a_time_on": DAY}
    assert await named(lives, "nominee", nomination=paper) == ("allow", [])


async def test_case_11_a_neighbour_without_authority_waits_for_an_appointment(lives: Tried) -> None:
    """The commissioner may appoint, which is a power: a person decides."""
    await lives.done(f"/people/{DORA}/events", {"act": "capacity_lost", "on": DAY}, line=D)
    assert await named(lives, "representative") == ("refer", ["statute.representative_to_appoint"])


async def test_case_13_a_brother_who_lives_elsewhere_needs_no_certificate(lives: Tried) -> None:
    """Exempt family (reg 7(8))."""
    assert await named(lives, "nominee", nomination={**AGREED, "certificate_exempt": True}) == ("allow", [])
    assert await named(lives, "nominee", nomination=AGREED) == ("deny", ["statute.nominee_certificate"])


async def test_case_14_a_nominee_whom_the_commissioner_has_not_agreed_to_waits(lives: Tried) -> None:
    """The patient's email names a new one; both sides have to agree (reg 6)."""
    paper = {"agreed_on": DAY, "certificate_exempt": True}
    assert await named(lives, "nominee", nomination=paper) == ("refer", ["statute.nominee_to_agree_to"])


async def test_case_16_nothing_recurring_is_paid_into_an_account_off_the_register(scene: Scene) -> None:
    """Registered, and then barred."""
    budget = await life(scene)
    account = budget.line.holder_account or ""
    await scene.do(people.holder_account_said("barred", holder_account=account, person=budget.person))
    assert await paid(scene, budget) == ("deny", ["statute.account_not_approved"])


async def test_case_17_a_mattress_is_paid_for_once_into_a_personal_account(scene: Scene) -> None:
    """A one-off payment needs no approved account (reg 10(6) to (8)), and happens once."""
    budget = await life(scene, "one_off", amount=300_00, services=("bedding_and_mattresses",))
    account = budget.line.holder_account or ""
    await scene.do(people.holder_account_said("barred", holder_account=account, person=budget.person))
    once = {"service": "bedding_and_mattresses"}
    assert await paid(scene, budget, 300_00, **once) == ("allow", [])
    assert await paid(scene, budget, 300_00, **once) == ("deny", ["plan.instalment_before_interval"])


async def test_case_20_a_managed_account_with_other_clients_money_is_no_objection(lives: Tried) -> None:
    """The organisation keeps a statement for each client: the payment goes out, and money of others that comes in is asked after by
    nobody. Into an account of the holder's own the same money is (reg 10(1A), 10(3))."""
    managed = msgspec.structs.replace(
        D, channel="managed_account", account_with="A1", instalment=500_00, interval="monthly"
    )
    head = "Date,Type,Description,Paid out,Paid in,Balance,Transaction ID\n"
    for channel, expected in (
        ({}, ("allow", [])), ({"channel": "own_account", "account_with": None}, ("refer", ["statute.deposit_not_permitted"])),
    ):  # fmt: skip
        await lives.do(plans.line_recorded("agreed", msgspec.structs.replace(managed, **channel)))
        body = {"line": "D", "service": "home_care", "amount": "500.00", "currency": "GBP", "effective_on": DAY}
        assert rules(await lives.done("instalments", body, line=D)) == ("allow", [])
        row = f"05/06/2025,BGC,CLIENT,,300.00,300.00,X-{len(channel)}"
        await lives.done("holder-accounts/H1/statements", file_of(content=f"{head}{row}\n".encode()), "finance", D)
        [line] = [
            each for each in (await lives.get(f"/budgets/{DORA}/bank-lines")).json()["lines"] if each["matched"] is None
        ]
        sent = {"kind": "other_money", "effective_on": "2025-06-10"}
        answered = await lives.done(f"bank-lines/{line['number']}/match", sent, "officer:mat", D)
        assert rules(answered["decision"]) == expected
